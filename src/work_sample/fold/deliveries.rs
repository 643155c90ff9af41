//! Which commit a delivery means, whether it was late, and which delivery counts.
//!
//! The commit is found here and not when the webhook comes, because the push that it means may become known later. GitHub's
//! times have whole seconds; a push in the same second as the words `/deliver` counts as before them, for nobody
//! delivers first and pushes after.

use chrono::{SubsecRound, TimeDelta};

use super::texts::Declared;
use crate::clock::Timestamp;
use crate::ids::CommitSha;
use crate::work_sample::event::{Event, EventBody, Happening};
use crate::work_sample::model::{Delivery, Push, WorkSample};
use crate::work_sample::parts::Place;

/// A commit that stood at the head of a branch or pull request from a moment on.
struct Head<'e> {
    at: Timestamp,
    sha: &'e CommitSha,
}

/// Every delivery, in order of time. Adds a remark to entries whose delivery could not be understood or came too late
/// to count.
pub(super) fn find(
    ws: &mut WorkSample,
    facts: &[&Happening],
    log: &[&Event],
    declared: &[Declared],
) -> Vec<Delivery> {
    let mut deliveries = Vec::new();
    let mut remarks = Vec::new();
    for one in declared {
        let sha = match &one.commit {
            Some(named) => match by_name(ws, named) {
                Ok(sha) => Some(sha),
                Err(remark) => {
                    remarks.push((one.entry.clone(), remark));
                    None
                }
            },
            None => head_for(ws, facts, one),
        };
        deliveries.push(Delivery {
            key: one.key.clone(),
            at: one.at,
            sha,
            late: false,
            effective: false,
            place: Some(one.place.clone()),
        });
    }
    for event in log {
        if let EventBody::DeliveredByApi { sha } = &event.happening.body {
            let at = event.happening.occurred_at;
            deliveries.push(Delivery {
                key: event.happening.key.clone(),
                at,
                sha: sha
                    .clone()
                    .or_else(|| default_head(ws, no_later_than(ws, at))),
                late: false,
                effective: false,
                place: None,
            });
        }
    }
    deliveries.sort_by(|a, b| (a.at, &a.key).cmp(&(b.at, &b.key)));

    let over = ws.over_at();
    for delivery in &mut deliveries {
        delivery.late = ws.due_at.is_some_and(|due| delivery.at > due);
    }
    for one in declared {
        if over.is_some_and(|over| one.at > over) {
            let remark = "delivered after the work sample had come to its end".to_owned();
            remarks.push((one.entry.clone(), remark));
        }
    }
    let counts = |delivery: &Delivery| over.is_none_or(|over| delivery.at <= over);
    let effective = deliveries
        .iter()
        .rposition(|one| counts(one) && !one.late)
        .or_else(|| deliveries.iter().position(counts));
    if let Some(delivery) = effective.and_then(|index| deliveries.get_mut(index)) {
        delivery.effective = true;
    }

    for (key, remark) in remarks {
        if let Some(entry) = ws.entries.iter_mut().find(|entry| entry.key == key) {
            entry.remark = Some(match entry.remark.take() {
                Some(earlier) => format!("{earlier}; {remark}"),
                None => remark,
            });
        }
    }
    deliveries
}

/// The commit that `/deliver <sha>` names. A full SHA is taken at its word, for it may have been pushed unseen; a
/// shortened one has to be the beginning of one commit that was pushed.
fn by_name(ws: &WorkSample, named: &str) -> Result<CommitSha, String> {
    let after_freeze = |sha: &CommitSha| {
        let pushed = |push: &&Push| {
            &push.after == sha || push.commits.iter().any(|commit| &commit.sha == sha)
        };
        let first = ws.pushes.iter().find(pushed).map(|push| push.at);
        first.is_some_and(|first| no_later_than(ws, first) < first)
    };
    if let Ok(sha) = named.parse() {
        if after_freeze(&sha) {
            return Err(format!("{} was pushed after the due time", sha.short()));
        }
        return Ok(sha);
    }
    let mut known: Vec<&CommitSha> = ws
        .pushes
        .iter()
        .flat_map(|push| {
            std::iter::once(&push.after).chain(push.commits.iter().map(|commit| &commit.sha))
        })
        .chain(&ws.provisioning.first_commit)
        .filter(|sha| sha.as_str().starts_with(named) && !sha.is_zero() && !after_freeze(sha))
        .collect();
    known.sort();
    known.dedup();
    match known.as_slice() {
        [only] => Ok((*only).clone()),
        [] => Err(format!("no commit that was pushed begins with {named}")),
        [_, _, ..] => Err(format!("{} commits begin with {named}", known.len())),
    }
}

/// The latest moment whose pushes a delivery at `at` can mean: what is pushed after the due time is a fact and no delivery,
/// once the work is frozen, and however late that happened.
fn no_later_than(ws: &WorkSample, at: Timestamp) -> Timestamp {
    ws.end
        .frozen
        .as_ref()
        .map_or(at, |frozen| at.min(frozen.at).min(frozen.due_at))
}

fn head_for(ws: &WorkSample, facts: &[&Happening], declared: &Declared) -> Option<CommitSha> {
    let at = no_later_than(ws, declared.at);
    let number = declared.place.number();
    let heads = pull_heads(ws, facts, number);
    let on_pull = declared.place.is_on_pull_request()
        || !heads.is_empty()
        || declared.html_url.contains(&format!("/pull/{number}#"));
    if on_pull {
        last_before(heads, at)
    } else {
        default_head(ws, at)
    }
}

/// Every commit that was the head of a pull request, in order of time.
fn pull_heads<'e>(ws: &'e WorkSample, facts: &[&'e Happening], number: u64) -> Vec<Head<'e>> {
    let mut heads = Vec::new();
    let mut branch = None;
    for fact in facts {
        match &fact.body {
            EventBody::TextCreated {
                place: Place::PullRequest { number: of },
                pull: Some(pull),
                ..
            } if *of == number => {
                branch = Some(pull.git_ref.as_str());
                heads.push(Head {
                    at: fact.occurred_at,
                    sha: &pull.sha,
                });
            }
            // Only one of both is needed; they say the same.
            EventBody::TextSeen {
                place: Place::PullRequest { number: of },
                pull: Some(pull),
                created_at,
                ..
            } if *of == number && branch.is_none() => {
                branch = Some(pull.git_ref.as_str());
                heads.push(Head {
                    at: *created_at,
                    sha: &pull.sha,
                });
            }
            EventBody::PullRequestHead {
                number: of, sha, ..
            } if *of == number => heads.push(Head {
                at: fact.occurred_at,
                sha,
            }),
            _ => {}
        }
    }
    // Pushes come last among equals: they have an order of their own, and say best what the branch came to.
    heads.extend(
        branch
            .into_iter()
            .flat_map(|branch| branch_heads(ws, branch)),
    );
    heads.sort_by_key(|head| head.at.trunc_subsecs(0));
    heads
}

fn branch_heads<'e>(ws: &'e WorkSample, branch: &str) -> impl Iterator<Item = Head<'e>> {
    ws.pushes
        .iter()
        .filter(move |push| push.git_ref == branch && !push.after.is_zero())
        .map(|push| Head {
            at: push.at,
            sha: &push.after,
        })
}

/// The head of the default branch at a moment: the last push to it, else the first commit.
fn default_head(ws: &WorkSample, at: Timestamp) -> Option<CommitSha> {
    let name = ws
        .provisioning
        .repository
        .as_ref()
        .map_or("main", |repository| repository.default_branch.as_str());
    let heads = branch_heads(ws, &format!("refs/heads/{name}")).collect();
    last_before(heads, at).or_else(|| ws.provisioning.first_commit.clone())
}

fn last_before(heads: Vec<Head<'_>>, at: Timestamp) -> Option<CommitSha> {
    let end_of_second = at.trunc_subsecs(0) + TimeDelta::seconds(1);
    heads
        .into_iter()
        .rfind(|head| head.at < end_of_second)
        .map(|head| head.sha.clone())
}
