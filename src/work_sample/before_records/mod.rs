//! Reads deliveries and what is owed out of logs as the versions before delivery records did (log format 1), and turns
//! that into records.
//!
//! This is that versions' reading, kept for the upgrade alone and never improved: what was agreed under it stays agreed,
//! to the cent and the second. `tests/fixtures/stored` holds logs that such a version wrote, and what it read in them.

mod heads;
mod opening;
mod pay;
mod texts;

use chrono::TimeDelta;

use self::heads::{Push, commit_of, default_head, no_later_than, pushes};
use self::texts::Declared;
use super::event::{Actor, Event, EventBody, Happening, NaturalKey};
use super::fold::{FoldError, fold};
use super::key;
use super::model::WorkSample;
use super::parts::{DeliveryOutcome, Place};
use crate::clock::Timestamp;
use crate::ids::CommitSha;

/// The format of logs that hold records.
pub const LOG_FORMAT: u32 = 2;

/// A delivery as it was read.
struct Delivery {
    /// The text or request that it is.
    delivery: NaturalKey,
    /// The event that declared it.
    key: NaturalKey,
    at: Timestamp,
    sha: Option<CommitSha>,
    place: Option<Place>,
}

/// The events that bring a log of format 1 to format 2: a record of each delivery, of what is owed, and the mark of the
/// upgrade.
///
/// # Errors
/// A log that cannot be folded.
pub fn upgrade(log: &[Event], now: Timestamp) -> Result<Vec<Happening>, FoldError> {
    let ws = fold(log)?;
    let mut log: Vec<&Event> = log.iter().collect();
    log.sort_by_key(|event| event.seq);
    let deliveries = deliveries(&ws, &log);
    let mut bodies: Vec<(NaturalKey, EventBody)> = deliveries
        .iter()
        .zip(1..)
        .map(|(one, n)| (key::delivery_recorded(n), record(&ws, one)))
        .collect();
    if let Some(owed) = pay::obligation(&ws, &log, &deliveries) {
        bodies.push((
            key::obligation_recorded(1),
            EventBody::ObligationRecorded {
                because: owed.because,
                reason: owed.reason,
                amount: owed.amount,
                fell_due_at: owed.fell_due_at,
                pay_by: owed.pay_by,
            },
        ));
    }
    let log_format = LOG_FORMAT;
    bodies.push((
        key::upgraded(log_format),
        EventBody::Upgraded { log_format },
    ));
    Ok(bodies
        .into_iter()
        .map(|(key, body)| Happening {
            key,
            actor: Actor::Service,
            occurred_at: now,
            body,
        })
        .collect())
}

fn record(ws: &WorkSample, one: &Delivery) -> EventBody {
    EventBody::DeliveryRecorded {
        delivery: one.delivery.clone(),
        declared_by: one.key.clone(),
        declared_at: one.at,
        place: one.place.clone(),
        outcome: DeliveryOutcome::Delivered {
            sha: one.sha.clone(),
        },
        due_at: ws.due_at,
        late: ws.due_at.is_some_and(|due| one.at > due),
        starter: one.sha.is_some() && one.sha == ws.provisioning.first_commit,
        reason: None,
    }
}

/// Every delivery, in order of time.
fn deliveries(ws: &WorkSample, log: &[&Event]) -> Vec<Delivery> {
    let facts = facts_in_order(log);
    let pushes = pushes(&facts);
    let mut deliveries: Vec<Delivery> = texts::declared(ws, &facts)
        .into_iter()
        .map(|declared| {
            let sha = commit_of(ws, &facts, &pushes, &declared);
            let Declared {
                entry,
                key,
                at,
                place,
                ..
            } = declared;
            Delivery {
                delivery: entry,
                key,
                at,
                sha,
                place: Some(place),
            }
        })
        .collect();
    for event in log {
        if let EventBody::DeliveredByApi { sha } = &event.happening.body {
            deliveries.push(requested(ws, &pushes, &event.happening, sha.as_ref()));
        }
    }
    deliveries.sort_by(|a, b| (a.at, &a.key).cmp(&(b.at, &b.key)));
    deliveries
}

fn requested(
    ws: &WorkSample,
    pushes: &[Push<'_>],
    request: &Happening,
    sha: Option<&CommitSha>,
) -> Delivery {
    let at = request.occurred_at;
    let head = || default_head(ws, pushes, no_later_than(ws, at));
    Delivery {
        delivery: request.key.clone(),
        key: request.key.clone(),
        at,
        sha: sha.cloned().or_else(head),
        place: None,
    }
}

/// The GitHub facts by GitHub's time, then key.
fn facts_in_order<'e>(log: &[&'e Event]) -> Vec<&'e Happening> {
    let mut facts: Vec<&Happening> = log
        .iter()
        .map(|event| &event.happening)
        .filter(|happening| happening.body.is_github_fact())
        .collect();
    facts.sort_by_key(|fact| (fact.occurred_at, &fact.key));
    facts
}

fn end_of_second(at: Timestamp) -> Timestamp {
    use chrono::SubsecRound as _;
    at.trunc_subsecs(0) + TimeDelta::seconds(1)
}
