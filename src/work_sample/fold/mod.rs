//! Events in, [`WorkSample`] out.
//!
//! Lifecycle events, records of deliveries among them, are taken by `seq`, GitHub facts by GitHub's own times: the log of the
//! same facts in another order gives an equal work sample. The state at the end is a function of everything that is known, not of what came last.
//!
//! The rooms: `lifecycle` applies what the service decided, with `invitations` and `end`, `texts` turns facts about texts into entries, `links` says
//! which answer belongs to which question, `pushes` orders the moves of branches, `own` says which comments are the
//! service's, `targets` finds the commits that deliveries name, `deliveries` says what they mean as texts and pushes are read now, `records` applies what was
//! recorded of them and what is owed, `repository` and `members` say what became of the repository and its members, `sides` which accounts wrote and on whose side, `state` where the
//! work sample stands.

mod deliveries;
mod end;
mod invitations;
mod lifecycle;
mod links;
#[cfg(test)]
mod member_tests;
mod members;
mod own;
mod pushes;
mod records;
#[cfg(test)]
mod recurring_tests;
#[cfg(test)]
mod reply_tests;
mod repository;
#[cfg(test)]
mod review_tests;
#[cfg(test)]
mod side_tests;
mod sides;
#[cfg(test)]
mod sighting_tests;
mod state;
#[cfg(test)]
mod target_tests;
mod targets;
#[cfg(test)]
mod tests;
mod texts;

use std::collections::BTreeSet;

use super::event::{Actor, Event, EventBody, Happening, NaturalKey};
use super::model::{CiCheck, Side, WorkSample};
use super::occurrence::{in_order, recounted};
use crate::clock::Timestamp;
use crate::ids::{CommitSha, Login, WorkSampleId};

pub(super) use members::is_member;

/// A log that cannot be a work sample's. Logs are written through [`super::decide`] and by the service itself, so this
/// means that rows were lost, mixed up or written by something else.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FoldError {
    #[error("the log is empty: a work sample begins with `drafted`")]
    Empty,
    #[error("the log begins with `{found}` instead of `drafted`: its first rows are missing")]
    NotDraftedFirst { found: &'static str },
    #[error(
        "the log should go on with seq {expected} but goes on with {found}: rows are missing or doubled"
    )]
    Hole { expected: i64, found: i64 },
    #[error("event {seq} belongs to {found}, the log to {expected}: two logs are mixed up")]
    OtherWorkSample {
        seq: i64,
        expected: WorkSampleId,
        found: WorkSampleId,
    },
    #[error(
        "event {seq} has the natural key `{key}`, which an earlier event has: one of them must go"
    )]
    KeyTwice { seq: i64, key: NaturalKey },
    #[error("event {seq} `{event}` cannot have happened: {because}")]
    Impossible {
        seq: i64,
        event: &'static str,
        because: &'static str,
    },
}

/// Folds a whole log. The slice may be in any order; `seq` is what counts.
///
/// # Errors
/// Says what is wrong with a log that no work sample can have.
pub fn fold(events: &[Event]) -> Result<WorkSample, FoldError> {
    let mut log: Vec<&Event> = events.iter().collect();
    log.sort_by_key(|event| event.seq);
    check_log(&log)?;

    let (mut ws, ended_as) = lifecycle::apply(&log)?;
    let facts = facts_in_order(&log);
    let recounted = recounted(&facts);
    let facts: Vec<&Happening> = facts
        .into_iter()
        .map(|fact| recounted.get(&fact.key).unwrap_or(fact))
        .collect();
    ws.pushes = pushes::read(&ws, &facts);
    ws.checks = checks(&facts);
    ws.repository_events = repository::events(&ws, &facts);
    ws.closings = repository::closings(&facts);
    ws.members = members::members(&ws, &facts);
    invitations::settle(&mut ws);
    (ws.provisioning.repository, ws.whereabouts) = repository::present(&ws, &facts);
    ws.own_accounts = own::accounts(&ws, &facts);
    let texts = texts::read(&ws, &facts, &log);
    ws.entries = texts.entries;
    ws.accounts = sides::accounts(&ws, &facts);
    links::link(&mut ws.entries);
    (ws.declarations, ws.read_deliveries) =
        deliveries::find(&mut ws, &facts, &log, &texts.declared);
    ws.deliveries = records::deliveries(&ws);
    records::compare(&mut ws, &log);
    ws.state = state::of(&ws, ended_as, &facts);
    Ok(ws)
}

fn check_log(log: &[&Event]) -> Result<(), FoldError> {
    let first = log.first().ok_or(FoldError::Empty)?;
    let mut keys = BTreeSet::new();
    for (expected, event) in (1_i64..).zip(log) {
        if event.seq != expected {
            return Err(FoldError::Hole {
                expected,
                found: event.seq,
            });
        }
        if event.work_sample != first.work_sample {
            return Err(FoldError::OtherWorkSample {
                seq: event.seq,
                expected: first.work_sample.clone(),
                found: event.work_sample.clone(),
            });
        }
        if !keys.insert(&event.happening.key) {
            return Err(FoldError::KeyTwice {
                seq: event.seq,
                key: event.happening.key.clone(),
            });
        }
    }
    Ok(())
}

/// The GitHub facts by GitHub's time, then key.
fn facts_in_order<'e>(log: &[&'e Event]) -> Vec<&'e Happening> {
    let mut facts: Vec<&Happening> = log
        .iter()
        .map(|event| &event.happening)
        .filter(|happening| happening.body.is_github_fact())
        .collect();
    in_order(&mut facts);
    facts
}

/// Was a commit pushed after the due time, once the work is frozen?
pub(super) fn was_pushed_too_late(ws: &WorkSample, sha: &CommitSha) -> bool {
    targets::was_pushed_too_late(ws, sha)
}

/// The commit at the head of the default branch that a delivery at `at` means.
pub(super) fn head_of_branch(ws: &WorkSample, branch: &str, at: Timestamp) -> Option<CommitSha> {
    targets::branch_before(ws, branch, targets::no_later_than(ws, at))
}

pub(super) fn head_of_default_branch(ws: &WorkSample, at: Timestamp) -> Option<CommitSha> {
    targets::head_of_default_branch(ws, at)
}

/// Whom an actor speaks for, in what they did at this time. The one place that says so: who is not the candidate is on the
/// side that was recorded for the account.
fn side_of(actor: &Actor, at: Timestamp, ws: &WorkSample) -> Side {
    match actor {
        Actor::Candidate => Side::Candidate,
        Actor::Service => Side::Service,
        Actor::Lead { .. } | Actor::Reviewer { .. } => Side::Team,
        Actor::GitHub { id, login } => {
            if ws.is_candidates(Some(*id), login) {
                Side::Candidate
            } else {
                ws.sides.side_at(*id, login, at)
            }
        }
    }
}

fn login_of(actor: &Actor, candidate: Option<&Login>) -> String {
    match actor {
        Actor::Lead { name } | Actor::Reviewer { name } => name.clone(),
        Actor::Candidate => candidate.map(Login::to_string).unwrap_or_default(),
        Actor::Service => "worksample".to_owned(),
        Actor::GitHub { login, .. } => login.clone(),
    }
}

fn checks(facts: &[&Happening]) -> Vec<CiCheck> {
    facts
        .iter()
        .filter_map(|fact| match &fact.body {
            EventBody::CheckCompleted {
                name,
                sha,
                conclusion,
                occurrence: _,
            } => Some(CiCheck {
                key: fact.key.clone(),
                at: fact.occurred_at,
                name: name.clone(),
                sha: sha.clone(),
                conclusion: conclusion.clone(),
            }),
            _ => None,
        })
        .collect()
}
