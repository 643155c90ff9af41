//! Natural keys: one function a kind of happening, each giving the same text for the same happening, whoever tells us of
//! it. A webhook, its redelivery and a reconciliation pass therefore write one row. GitHub's keys use only what both a
//! webhook's payload and the REST API know; an issue's or pull request's number is unique within its repository, and a
//! work sample has one repository.
//!
//! Lifecycle keys that may occur more than once carry a count, `n` from 1: two processes that decide at once on the same
//! state build the same key, and the database lets one of them through.
//!
//! Facts that recur have keys that end in an occurrence from the second on: `push:<after>:<ref>:from:<before>:2`. The
//! functions here give the key of the first one; `super::settle` chooses which one a fact is when it is recorded. The
//! fold counts again in order of time, so a report's key may have another occurrence than the stored row.

use sha2::{Digest as _, Sha256};

use super::event::NaturalKey;
use super::parts::{Place, ReviewVerdict};
use crate::clock::Timestamp;
use crate::ids::{CommitSha, Login};

fn key(text: String) -> NaturalKey {
    NaturalKey(text)
}

/// GitHub's own precision: whole seconds, as in `updated_at`.
fn moment(at: Timestamp) -> String {
    at.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

// ── lifecycle ──

/// `replied:<n>`
pub fn replied(n: usize) -> NaturalKey {
    key(format!("replied:{n}"))
}

/// `decision_corrected:<n>`
pub fn decision_corrected(n: usize) -> NaturalKey {
    key(format!("decision_corrected:{n}"))
}

/// `drafted`
pub fn drafted() -> NaturalKey {
    key("drafted".to_owned())
}

/// `offered`
pub fn offered() -> NaturalKey {
    key("offered".to_owned())
}

/// `accepted`
pub fn accepted() -> NaturalKey {
    key("accepted".to_owned())
}

/// `declined`
pub fn declined() -> NaturalKey {
    key("declined".to_owned())
}

/// `expired`
pub fn expired() -> NaturalKey {
    key("expired".to_owned())
}

/// `withdrawn`
pub fn withdrawn() -> NaturalKey {
    key("withdrawn".to_owned())
}

/// `cancelled`
pub fn cancelled() -> NaturalKey {
    key("cancelled".to_owned())
}

/// `extended:<n>`
pub fn extended(n: usize) -> NaturalKey {
    key(format!("extended:{n}"))
}

/// `repository_created`
pub fn repository_created() -> NaturalKey {
    key("repository_created".to_owned())
}

/// `first_commit_pushed`
pub fn first_commit_pushed() -> NaturalKey {
    key("first_commit_pushed".to_owned())
}

/// `candidate_invited:<invitation id>`, or `candidate_invited:member` for an account that is a member already and gets
/// no invitation; for those a round after the first is counted.
pub fn candidate_invited(invitation_id: Option<u64>, round: usize) -> NaturalKey {
    match (invitation_id, round) {
        (Some(id), _) => key(format!("candidate_invited:{id}")),
        (None, 0) => key("candidate_invited:member".to_owned()),
        (None, round) => key(format!("candidate_invited:member:{round}")),
    }
}

/// `invitation_failed:<round>:<n>`: GitHub can refuse more than once in a round of asking.
pub fn invitation_failed(round: usize, n: usize) -> NaturalKey {
    key(format!("invitation_failed:{round}:{n}"))
}

/// `invitation_asked:<n>`
pub fn invitation_asked(n: usize) -> NaturalKey {
    key(format!("invitation_asked:{n}"))
}

/// `email_corrected:<n>`
pub fn email_corrected(n: usize) -> NaturalKey {
    key(format!("email_corrected:{n}"))
}

/// `login_corrected:<n>`
pub fn login_corrected(n: usize) -> NaturalKey {
    key(format!("login_corrected:{n}"))
}

/// `invitation_ended:<invitation id>`
pub fn invitation_ended(invitation_id: u64) -> NaturalKey {
    key(format!("invitation_ended:{invitation_id}"))
}

/// `account:<id>:renamed:<login>`, and with an occurrence, for a login may be taken again.
pub fn account_renamed(account: u64, login: &Login) -> NaturalKey {
    key(format!("account:{account}:renamed:{login}"))
}

/// `account:<id>:gone`
pub fn account_gone(account: u64) -> NaturalKey {
    key(format!("account:{account}:gone"))
}

/// `account:<id>:side:<n>`
pub fn account_looked_up(account: u64, n: usize) -> NaturalKey {
    key(format!("account:{account}:side:{n}"))
}

/// `account:<id>:side_settled:<n>`
pub fn side_settled(account: u64, n: usize) -> NaturalKey {
    key(format!("account:{account}:side_settled:{n}"))
}

/// `kickoff_opened`
pub fn kickoff_opened() -> NaturalKey {
    key("kickoff_opened".to_owned())
}

/// `provisioned`
pub fn provisioned() -> NaturalKey {
    key("provisioned".to_owned())
}

/// `stuck:<step>:<n>`
pub fn stuck(step: &str, n: usize) -> NaturalKey {
    key(format!("stuck:{step}:{n}"))
}

/// `delivered_by_api:<n>`
pub fn delivered_by_api(n: usize) -> NaturalKey {
    key(format!("delivered_by_api:{n}"))
}

/// `delivery_recorded:<n>`
pub fn delivery_recorded(n: usize) -> NaturalKey {
    key(format!("delivery_recorded:{n}"))
}

/// `obligation_recorded:<n>`
pub fn obligation_recorded(n: usize) -> NaturalKey {
    key(format!("obligation_recorded:{n}"))
}

/// `upgraded:<log format>`
pub fn upgraded(log_format: u32) -> NaturalKey {
    key(format!("upgraded:{log_format}"))
}

/// `assessed:<sha>`: a commit is assessed once for a work sample, for the spec version does not change.
pub fn assessed(sha: &CommitSha) -> NaturalKey {
    key(format!("assessed:{sha}"))
}

/// `not_assessable:<sha>`
pub fn not_assessable(sha: &CommitSha) -> NaturalKey {
    key(format!("not_assessable:{sha}"))
}

/// `judged:<n>`
pub fn judged(n: usize) -> NaturalKey {
    key(format!("judged:{n}"))
}

/// `reclassified:<n>`
pub fn reclassified(n: usize) -> NaturalKey {
    key(format!("reclassified:{n}"))
}

/// `paid:<n>`
pub fn paid(n: usize) -> NaturalKey {
    key(format!("paid:{n}"))
}

/// `decided`
pub fn decided() -> NaturalKey {
    key("decided".to_owned())
}

/// `closed`
pub fn closed() -> NaturalKey {
    key("closed".to_owned())
}

/// `frozen:<n>`
pub fn frozen(n: usize) -> NaturalKey {
    key(format!("frozen:{n}"))
}

/// `access_reduced:<n>`
pub fn access_reduced(n: usize) -> NaturalKey {
    key(format!("access_reduced:{n}"))
}

/// `access_restored:<n>`
pub fn access_restored(n: usize) -> NaturalKey {
    key(format!("access_restored:{n}"))
}

/// `kept`
pub fn kept() -> NaturalKey {
    key("kept".to_owned())
}

/// `nothing_to_keep`
pub fn nothing_to_keep() -> NaturalKey {
    key("nothing_to_keep".to_owned())
}

/// `repository_archived`
pub fn repository_archived() -> NaturalKey {
    key("repository_archived".to_owned())
}

/// `repository_handed_over`
pub fn repository_handed_over() -> NaturalKey {
    key("repository_handed_over".to_owned())
}

/// `repository_deleted`
pub fn repository_deleted() -> NaturalKey {
    key("repository_deleted".to_owned())
}

/// `comment_posted:<about>`
pub fn comment_posted(about: &NaturalKey) -> NaturalKey {
    key(format!("comment_posted:{about}"))
}

// ── GitHub facts ──

/// `issues:7`, `pull_request:7`, `issue_comment:991`, `pull_request_review:80`, `pull_request_review_comment:10`: the name
/// of the place in every key about its text.
fn place_name(place: &Place) -> String {
    match place {
        Place::Issue { number } => format!("issues:{number}"),
        Place::PullRequest { number } => format!("pull_request:{number}"),
        Place::Comment { comment_id, .. } => format!("issue_comment:{comment_id}"),
        Place::Review { review_id, .. } => format!("pull_request_review:{review_id}"),
        Place::ReviewComment { comment_id, .. } => {
            format!("pull_request_review_comment:{comment_id}")
        }
    }
}

/// `issues:7:opened`, `pull_request:7:opened`, `issue_comment:991:created`, `pull_request_review:80:submitted`,
/// `pull_request_review_comment:10:created`
pub fn text_created(place: &Place) -> NaturalKey {
    let verb = match place {
        Place::Issue { .. } | Place::PullRequest { .. } => "opened",
        Place::Comment { .. } | Place::ReviewComment { .. } => "created",
        Place::Review { .. } => "submitted",
    };
    key(format!("{}:{verb}", place_name(place)))
}

/// `issue_comment:991:edited:<updated_at>`, and the same for every other place.
pub fn text_edited(place: &Place, updated_at: Timestamp) -> NaturalKey {
    key(format!(
        "{}:edited:{}",
        place_name(place),
        moment(updated_at)
    ))
}

/// `issue_comment:991:deleted`, and the same for issues and review comments.
pub fn text_deleted(place: &Place) -> NaturalKey {
    key(format!("{}:deleted", place_name(place)))
}

/// `issues:7:closed:<closed_at>`
pub fn issue_closed(number: u64, closed_at: Timestamp) -> NaturalKey {
    key(format!("issues:{number}:closed:{}", moment(closed_at)))
}

/// `issues:7:reopened:<updated_at>`
pub fn issue_reopened(number: u64, updated_at: Timestamp) -> NaturalKey {
    key(format!("issues:{number}:reopened:{}", moment(updated_at)))
}

/// `pull_request:7:head:<sha>`, and with an occurrence, for a force push may bring a commit back.
pub fn pull_request_head(number: u64, sha: &CommitSha) -> NaturalKey {
    key(format!("pull_request:{number}:head:{sha}"))
}

/// `pull_request:7:closed:<closed_at>`
pub fn pull_request_closed(number: u64, closed_at: Timestamp) -> NaturalKey {
    key(format!(
        "pull_request:{number}:closed:{}",
        moment(closed_at)
    ))
}

/// `pull_request:7:reopened:<updated_at>`
pub fn pull_request_reopened(number: u64, updated_at: Timestamp) -> NaturalKey {
    key(format!(
        "pull_request:{number}:reopened:{}",
        moment(updated_at)
    ))
}

/// `pull_request_review:80:approved` or `pull_request_review:80:changes_requested`
pub fn reviewed(review_id: u64, verdict: ReviewVerdict) -> NaturalKey {
    let verdict = match verdict {
        ReviewVerdict::Approved => "approved",
        ReviewVerdict::ChangesRequested => "changes_requested",
    };
    key(format!("pull_request_review:{review_id}:{verdict}"))
}

/// `push:<after>:<ref>:from:<before>`; for a deleted branch `push:deleted:<ref>:from:<before>`. Both with an occurrence,
/// for a branch may make the same move again.
///
/// `before` is part of it because a branch may come back to a commit it stood at earlier: a force push that is taken back
/// is a second push to the same commit, and the delivery after it means that commit.
pub fn pushed(git_ref: &str, before: &CommitSha, after: &CommitSha) -> NaturalKey {
    if after.is_zero() {
        key(format!("push:deleted:{git_ref}:from:{before}"))
    } else {
        key(format!("push:{after}:{git_ref}:from:{before}"))
    }
}

/// `member:<user id>:added`, in logs that were written before webhooks of members were told apart.
pub fn member_added(user_id: u64) -> NaturalKey {
    key(format!("member:{user_id}:added"))
}

/// `member:<user id>:removed`, in the same logs.
pub fn member_removed(user_id: u64) -> NaturalKey {
    key(format!("member:{user_id}:removed"))
}

/// `member:<user id>:added:<delivery>`. The payload has neither an id nor a time, so the webhook's delivery GUID
/// identifies it; a redelivery keeps that.
pub fn member_added_by(user_id: u64, delivery: &str) -> NaturalKey {
    key(format!("member:{user_id}:added:{delivery}"))
}

/// `member:<user id>:removed:<delivery>`
pub fn member_removed_by(user_id: u64, delivery: &str) -> NaturalKey {
    key(format!("member:{user_id}:removed:{delivery}"))
}

/// `check_run:<id>:completed`, and with an occurrence: a check that is run again has another id, but an App may also
/// complete the same one again.
pub fn check_completed(check_run_id: u64) -> NaturalKey {
    key(format!("check_run:{check_run_id}:completed"))
}

/// `repository:<action>:<updated_at>`
pub fn repository_changed(action: &str, updated_at: Timestamp) -> NaturalKey {
    key(format!("repository:{action}:{}", moment(updated_at)))
}

// ── sightings ──

/// The beginning of a digest that tells one sight from another.
fn sight(parts: &[&str]) -> String {
    let digest = Sha256::digest(parts.join("\0"));
    hex::encode(&digest[..6])
}

/// `issue_comment:991:seen:<updated_at>:<digest of the text>`, and the same for every other place. A review has no
/// `updated_at`: the time of the look stands there.
pub fn text_seen(place: &Place, updated_at: Timestamp, title: &str, text: &str) -> NaturalKey {
    key(format!(
        "{}:seen:{}:{}",
        place_name(place),
        moment(updated_at),
        sight(&[title, text])
    ))
}

/// `issue_comment:991:back:<gone at>`, and the same for issues: GitHub shows a text again that had been gone since.
pub fn text_back(place: &Place, gone_at: Timestamp) -> NaturalKey {
    key(format!("{}:back:{}", place_name(place), moment(gone_at)))
}

/// `issue_comment:991:gone`, and the same for issues and review comments; with an occurrence, for GitHub may show it again in between.
pub fn text_gone(place: &Place) -> NaturalKey {
    key(format!("{}:gone", place_name(place)))
}

/// `member:<user id>:seen`, and with an occurrence.
pub fn member_seen(user_id: u64) -> NaturalKey {
    key(format!("member:{user_id}:seen"))
}

/// `member:<user id>:gone`, and with an occurrence.
pub fn member_gone(user_id: u64) -> NaturalKey {
    key(format!("member:{user_id}:gone"))
}

/// `repository:seen:<updated_at>:<digest of what was seen>`
pub fn repository_seen(
    updated_at: Timestamp,
    full_name: &str,
    private: bool,
    archived: bool,
) -> NaturalKey {
    let seen = sight(&[full_name, &private.to_string(), &archived.to_string()]);
    key(format!("repository:seen:{}:{seen}", moment(updated_at)))
}

/// `repository:gone:<since>`: it may come back, and be gone another time.
pub fn repository_gone(since: Timestamp) -> NaturalKey {
    key(format!("repository:gone:{}", moment(since)))
}

/// `repository:back:<seen at>`
pub fn repository_back(at: Timestamp) -> NaturalKey {
    key(format!("repository:back:{}", moment(at)))
}

#[cfg(test)]
mod tests;
