//! Translates webhooks about what stands below issues and pull requests: comments, reviews and review comments.

use serde::Deserialize;

use super::{actor, fact, text};
use crate::clock::Timestamp;
use crate::ids::CommitSha;
use crate::work_sample::{Actor, EventBody, Happening, Place, ReviewVerdict, key};
use crate::workflow::payload::{Account, Changes, Misshapen, Written, read};

/// The issue or pull request that a text stands below.
#[derive(Deserialize)]
struct Below {
    number: u64,
    updated_at: Timestamp,
}

pub(super) fn comment(
    event: &str,
    action: &str,
    body: &[u8],
    by: Actor,
) -> Result<Vec<Happening>, Misshapen> {
    #[derive(Deserialize)]
    struct Payload {
        issue: Below,
        comment: Written,
        #[serde(default)]
        changes: Option<Changes>,
    }
    let Payload {
        issue,
        mut comment,
        changes,
    } = read(event, body)?;
    if action == "deleted" {
        comment.updated_at = comment.updated_at.max(issue.updated_at);
    }
    let place = Place::Comment {
        number: issue.number,
        comment_id: comment.id,
    };
    Ok(text(action, place, &comment, changes, None, by))
}

pub(super) fn review_comment(
    event: &str,
    action: &str,
    body: &[u8],
    by: Actor,
) -> Result<Vec<Happening>, Misshapen> {
    #[derive(Deserialize)]
    struct Payload {
        pull_request: Below,
        comment: Written,
        #[serde(default)]
        changes: Option<Changes>,
    }
    let Payload {
        pull_request,
        mut comment,
        changes,
    } = read(event, body)?;
    match action {
        // A comment of a pending review is shown to others when the review is submitted. GitHub moves `updated_at` then and
        // leaves `created_at`.
        "created" => comment.created_at = comment.created_at.max(comment.updated_at),
        "deleted" => comment.updated_at = comment.updated_at.max(pull_request.updated_at),
        _ => {}
    }
    let place = Place::ReviewComment {
        number: pull_request.number,
        comment_id: comment.id,
    };
    Ok(text(action, place, &comment, changes, None, by))
}

/// A dismissed review keeps its text and what it said of the pull request.
pub(super) fn review(
    event: &str,
    action: &str,
    body: &[u8],
    by: Actor,
) -> Result<Vec<Happening>, Misshapen> {
    #[derive(Deserialize)]
    struct Payload {
        pull_request: Below,
        review: Review,
        #[serde(default)]
        changes: Option<Changes>,
    }
    #[derive(Deserialize)]
    struct Review {
        id: u64,
        #[serde(default)]
        body: Option<String>,
        state: String,
        html_url: String,
        user: Option<Account>,
        #[serde(default)]
        submitted_at: Option<Timestamp>,
        /// Webhooks may tell when a review was edited; the REST API does not.
        #[serde(default)]
        updated_at: Option<Timestamp>,
        #[serde(default)]
        commit_id: Option<CommitSha>,
    }
    let Payload {
        pull_request,
        review,
        changes,
    } = read(event, body)?;
    let number = pull_request.number;
    let place = Place::Review {
        number,
        review_id: review.id,
    };
    let text = review.body.unwrap_or_default();
    Ok(match action {
        "submitted" => {
            let at = review.submitted_at.unwrap_or(pull_request.updated_at);
            let author = review.user.as_ref().map_or(by, actor);
            let mut happenings = Vec::new();
            if let Some(verdict) = ReviewVerdict::parse(&review.state) {
                happenings.extend(fact(
                    key::reviewed(review.id, verdict),
                    author.clone(),
                    at,
                    EventBody::Reviewed {
                        number,
                        review_id: review.id,
                        verdict,
                        sha: review.commit_id,
                    },
                ));
            }
            happenings.extend(fact(
                key::text_created(&place),
                author,
                at,
                EventBody::TextCreated {
                    place,
                    title: String::new(),
                    text,
                    html_url: review.html_url,
                    pull: None,
                },
            ));
            happenings
        }
        // A pending review is visible to its author only.
        "edited" if review.submitted_at.is_some() => {
            let at = review.updated_at.unwrap_or(pull_request.updated_at);
            let at = review
                .submitted_at
                .map_or(at, |submitted| at.max(submitted));
            fact(
                key::text_edited(&place, at),
                by,
                at,
                EventBody::TextEdited {
                    place,
                    title: String::new(),
                    text,
                    before: changes
                        .and_then(|changes| changes.body)
                        .and_then(|body| body.from),
                },
            )
        }
        _ => Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::clock::Timestamp;
    use crate::work_sample::{EventBody, Happening};
    use crate::workflow::translate::{Translated, translate};

    fn payload(action: &str, part: &str, text: Value) -> Value {
        let account = json!({ "id": 5, "login": "dana" });
        let mut payload = json!({
            "action": action,
            "pull_request": { "number": 7, "updated_at": "2026-03-02T12:00:09Z" },
            "repository": { "id": 3, "full_name": "acme/r" },
            "sender": account,
        });
        payload[part] = text;
        payload[part]["user"] = account;
        payload[part]["html_url"] = json!("https://github.com/acme/r/pull/7");
        payload
    }

    fn facts(event: &str, payload: &Value) -> Vec<Happening> {
        match translate(event, "guid-1", payload.to_string().as_bytes()).unwrap() {
            Translated::Facts { happenings, .. } => happenings,
            Translated::Ignored { .. } => Vec::new(),
        }
    }

    fn keys(facts: &[Happening]) -> Vec<&str> {
        facts.iter().map(|fact| fact.key.0.as_str()).collect()
    }

    fn review(action: &str, state: &str) -> Value {
        let review = json!({
            "id": 80, "body": "Fine", "state": state, "submitted_at": "2026-03-02T12:00:05Z",
            "commit_id": "a".repeat(40),
        });
        payload(action, "review", review)
    }

    #[test]
    fn approving_review_is_a_verdict_and_a_text() {
        let facts = facts("pull_request_review", &review("submitted", "approved"));
        assert_eq!(
            keys(&facts),
            [
                "pull_request_review:80:approved",
                "pull_request_review:80:submitted"
            ]
        );
        assert_eq!(facts[0].occurred_at, facts[1].occurred_at);
    }

    #[test]
    fn dismissed_and_pending_reviews_are_no_facts() {
        let mut pending = review("edited", "pending");
        pending["review"]["submitted_at"] = Value::Null;
        for payload in [review("dismissed", "dismissed"), pending] {
            assert_eq!(facts("pull_request_review", &payload), []);
        }
    }

    #[test]
    fn review_edit_is_told_apart_by_the_time_of_the_edit() {
        let mut payload = review("edited", "commented");
        payload["changes"] = json!({ "body": { "from": "Fin" } });
        let without = facts("pull_request_review", &payload);
        assert_eq!(
            keys(&without),
            ["pull_request_review:80:edited:2026-03-02T12:00:09Z"]
        );
        payload["review"]["updated_at"] = json!("2026-03-02T12:00:08Z");
        let with = facts("pull_request_review", &payload);
        assert_eq!(
            keys(&with),
            ["pull_request_review:80:edited:2026-03-02T12:00:08Z"]
        );
        let EventBody::TextEdited { before, .. } = &with[0].body else {
            panic!("{with:?}")
        };
        assert_eq!(before.as_deref(), Some("Fin"));
    }

    #[test]
    fn review_comment_counts_from_the_submission_of_its_review() {
        let comment = json!({
            "id": 10, "body": "/deliver",
            "created_at": "2026-03-02T09:00:00Z", "updated_at": "2026-03-02T12:00:05Z",
        });
        let payload = payload("created", "comment", comment);
        let facts = facts("pull_request_review_comment", &payload);
        assert_eq!(keys(&facts), ["pull_request_review_comment:10:created"]);
        let submitted: Timestamp = "2026-03-02T12:00:05Z".parse().unwrap();
        assert_eq!(facts[0].occurred_at, submitted);
    }
}
