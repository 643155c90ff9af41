//! What a webhook says, as facts of our own. Pure, and forgiving: of GitHub's large payloads only what we need is read,
//! so a new field or an odd one elsewhere harms nothing.
//!
//! Every time below is GitHub's own. Where a payload has no time for what happened (a deleted comment, a new member),
//! the latest GitHub time in the payload stands for it: the same bytes must give the same fact whenever they arrive.
//!
//! Facts that recur are translated as first occurrences; `record` chooses the occurrence, for the payload does not say it.

mod pushes;

mod discussion;

use serde::Deserialize;

use super::payload::{Account, Changes, Frame, RepositoryPart, Written, read};
use crate::clock::Timestamp;
use crate::ids::{CommitSha, time_of_uuid};
use crate::work_sample::{
    Actor, EventBody, Happening, NaturalKey, Occurrence, Place, PullHead, key,
};

pub use super::payload::Misshapen;

/// What came out of a payload.
#[derive(Debug, Clone, PartialEq)]
pub enum Translated {
    /// Facts about the repository with this id.
    Facts {
        repository: u64,
        happenings: Vec<Happening>,
    },
    /// Nothing that a work sample remembers.
    Ignored { why: String },
}

/// Reads one webhook. `event` is the `X-GitHub-Event` header, `delivery` is `X-GitHub-Delivery`.
pub fn translate(event: &str, delivery: &str, body: &[u8]) -> Result<Translated, Misshapen> {
    // What comes most often is read in one go.
    if event == "push" {
        return pushes::push(event, body);
    }
    let frame: Frame = read(event, body)?;
    let action = frame.action.clone().unwrap_or_default();
    let (Some(repository), Some(sender)) = (&frame.repository, &frame.sender) else {
        return Ok(ignored(event, &action));
    };
    let by = actor(sender);
    let happenings = match (event, action.as_str()) {
        ("issues", _) => issue(event, &action, body, by)?,
        ("issue_comment", _) => discussion::comment(event, &action, body, by)?,
        ("pull_request", _) => pull_request(event, &action, body, by)?,
        ("pull_request_review", _) => discussion::review(event, &action, body, by)?,
        ("pull_request_review_comment", _) => discussion::review_comment(event, &action, body, by)?,
        ("member", "added" | "removed") => {
            member(event, (&action, delivery), body, repository, by)?
        }
        ("check_run", "completed") => check_run(event, body, by)?,
        (
            "repository",
            "renamed" | "deleted" | "publicized" | "privatized" | "transferred" | "archived"
            | "unarchived",
        ) => repository_changed(event, &action, repository, by)?,
        _ => Vec::new(),
    };
    if happenings.is_empty() {
        return Ok(ignored(event, &action));
    }
    Ok(Translated::Facts {
        repository: repository.id,
        happenings,
    })
}

/// Does the App see from now on what it did not see before? The webhooks of that time were never sent.
pub fn shows_more(event: &str, body: &[u8]) -> bool {
    let action = read::<Frame>(event, body)
        .ok()
        .and_then(|frame| frame.action);
    matches!(
        (event, action.as_deref()),
        ("installation", Some("created" | "unsuspend"))
            | ("installation_repositories", Some("added"))
    )
}

fn actor(account: &Account) -> Actor {
    Actor::GitHub {
        id: account.id,
        login: account.login.clone(),
    }
}

fn ignored(event: &str, action: &str) -> Translated {
    let what = [event, action].join(" ");
    Translated::Ignored {
        why: format!("`{}` is nothing that a work sample remembers", what.trim()),
    }
}

fn fact(key: NaturalKey, actor: Actor, occurred_at: Timestamp, body: EventBody) -> Vec<Happening> {
    vec![Happening {
        key,
        actor,
        occurred_at,
        body,
    }]
}

/// The facts that issues and pull requests share: written, edited, deleted, closed, reopened.
fn text(
    action: &str,
    place: Place,
    written: &Written,
    changes: Option<Changes>,
    pull: Option<PullHead>,
    by: Actor,
) -> Vec<Happening> {
    let author = match &written.user {
        Some(user) => actor(user),
        None => by.clone(),
    };
    let title = written.title.clone().unwrap_or_default();
    let text = written.body.clone().unwrap_or_default();
    match action {
        "opened" | "created" => fact(
            key::text_created(&place),
            author,
            written.created_at,
            EventBody::TextCreated {
                place,
                title,
                text,
                html_url: written.html_url.clone(),
                pull,
            },
        ),
        "edited" => fact(
            key::text_edited(&place, written.updated_at),
            by,
            written.updated_at,
            EventBody::TextEdited {
                place,
                title,
                text,
                before: changes
                    .and_then(|changes| changes.body)
                    .and_then(|body| body.from),
            },
        ),
        "deleted" => fact(
            key::text_deleted(&place),
            by,
            written.updated_at,
            EventBody::TextDeleted { place },
        ),
        _ => Vec::new(),
    }
}

fn issue(event: &str, action: &str, body: &[u8], by: Actor) -> Result<Vec<Happening>, Misshapen> {
    #[derive(Deserialize)]
    struct Payload {
        issue: Written,
        #[serde(default)]
        changes: Option<Changes>,
    }
    let Payload { issue, changes } = read(event, body)?;
    let number = issue.number;
    Ok(match action {
        "closed" => {
            let at = issue.closed_at.unwrap_or(issue.updated_at);
            fact(
                key::issue_closed(number, at),
                by,
                at,
                EventBody::IssueClosed { number },
            )
        }
        "reopened" => fact(
            key::issue_reopened(number, issue.updated_at),
            by,
            issue.updated_at,
            EventBody::IssueReopened { number },
        ),
        _ => text(action, Place::Issue { number }, &issue, changes, None, by),
    })
}

fn pull_request(
    event: &str,
    action: &str,
    body: &[u8],
    by: Actor,
) -> Result<Vec<Happening>, Misshapen> {
    #[derive(Deserialize)]
    struct Payload {
        pull_request: Written,
        #[serde(default)]
        changes: Option<Changes>,
    }
    #[derive(Deserialize)]
    struct Heads {
        pull_request: Pull,
    }
    #[derive(Deserialize)]
    struct Pull {
        head: Head,
        #[serde(default)]
        merged: Option<bool>,
    }
    #[derive(Deserialize)]
    struct Head {
        #[serde(rename = "ref")]
        branch: String,
        sha: CommitSha,
    }
    let Payload {
        pull_request,
        changes,
    } = read(event, body)?;
    let Pull { head, merged } = read::<Heads>(event, body)?.pull_request;
    let number = pull_request.number;
    Ok(match action {
        "synchronize" => fact(
            key::pull_request_head(number, &head.sha),
            by,
            pull_request.updated_at,
            EventBody::PullRequestHead {
                number,
                sha: head.sha,
                occurrence: Occurrence::FIRST,
            },
        ),
        "closed" => {
            let at = pull_request.closed_at.unwrap_or(pull_request.updated_at);
            fact(
                key::pull_request_closed(number, at),
                by,
                at,
                EventBody::PullRequestClosed {
                    number,
                    merged: merged.unwrap_or(false),
                },
            )
        }
        "reopened" => fact(
            key::pull_request_reopened(number, pull_request.updated_at),
            by,
            pull_request.updated_at,
            EventBody::PullRequestReopened { number },
        ),
        _ => {
            let pull = PullHead {
                git_ref: format!("refs/heads/{}", head.branch),
                sha: head.sha,
            };
            let place = Place::PullRequest { number };
            text(action, place, &pull_request, changes, Some(pull), by)
        }
    })
}

/// The time in a GUID is not documented, so it only decides among webhooks of the same GitHub time.
fn member(
    event: &str,
    (action, delivery): (&str, &str),
    body: &[u8],
    repository: &RepositoryPart,
    by: Actor,
) -> Result<Vec<Happening>, Misshapen> {
    #[derive(Deserialize)]
    struct Payload {
        member: Account,
    }
    let Payload { member } = read(event, body)?;
    let at = repository
        .last_touched()
        .ok_or_else(|| without_time(event))?;
    let Account { id, login } = member;
    let sent_at = time_of_uuid(delivery);
    Ok(if action == "added" {
        fact(
            key::member_added_by(id, delivery),
            by,
            at,
            EventBody::MemberAdded {
                login,
                id: Some(id),
                sent_at,
            },
        )
    } else {
        fact(
            key::member_removed_by(id, delivery),
            by,
            at,
            EventBody::MemberRemoved {
                login,
                id: Some(id),
                sent_at,
            },
        )
    })
}

fn check_run(event: &str, body: &[u8], by: Actor) -> Result<Vec<Happening>, Misshapen> {
    #[derive(Deserialize)]
    struct Payload {
        check_run: CheckRun,
    }
    #[derive(Deserialize)]
    struct CheckRun {
        id: u64,
        name: String,
        head_sha: CommitSha,
        #[serde(default)]
        conclusion: Option<String>,
        completed_at: Timestamp,
    }
    let Payload { check_run } = read(event, body)?;
    Ok(fact(
        key::check_completed(check_run.id),
        by,
        check_run.completed_at,
        EventBody::CheckCompleted {
            name: check_run.name,
            sha: check_run.head_sha,
            conclusion: check_run.conclusion.unwrap_or_else(|| "none".into()),
            occurrence: Occurrence::FIRST,
        },
    ))
}

fn repository_changed(
    event: &str,
    action: &str,
    repository: &RepositoryPart,
    by: Actor,
) -> Result<Vec<Happening>, Misshapen> {
    let at = repository
        .last_touched()
        .ok_or_else(|| without_time(event))?;
    Ok(fact(
        key::repository_changed(action, at),
        by,
        at,
        EventBody::RepositoryChanged {
            action: action.to_owned(),
            full_name: repository.full_name.clone(),
        },
    ))
}

fn without_time(event: &str) -> Misshapen {
    Misshapen {
        event: event.to_owned(),
        why: "the repository in it has neither `pushed_at` nor `updated_at`".into(),
    }
}
