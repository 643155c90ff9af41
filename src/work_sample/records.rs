//! Decides what is recorded of declared deliveries, and what they make due.
//!
//! A record is written once, after a look at GitHub. It has effect on pay, so it is corrected only where a fact that was
//! not known then says otherwise, or by a lead; never because a later version reads a text in another way.

mod owed;

use std::collections::{BTreeMap, BTreeSet};

use self::owed::{obligation_recorded, owed};
use super::delivery::{
    DeliveryRecord, Meant, OpenDelivery, OpenDeliveryStatus, ReadDelivery,
    STARTER_CONFIRMED_WITHIN, Standing,
};
use super::event::{Actor, EventBody, Happening, NaturalKey};
use super::key;
use super::model::WorkSample;
use super::parts::{DeliveryOutcome, ObligationReason};
use crate::clock::Timestamp;
use crate::ids::CommitSha;
use crate::money::Percent;

/// The commit that a request means which names this branch: like the default branch's, none that was pushed after the work
/// was frozen.
pub fn head_of_branch(ws: &WorkSample, branch: &str, now: Timestamp) -> Option<CommitSha> {
    super::fold::head_of_branch(ws, branch, now)
}

/// The commit that a request to the API means which names none.
pub fn head_of_default_branch(ws: &WorkSample, now: Timestamp) -> Option<CommitSha> {
    super::fold::head_of_default_branch(ws, now)
}

/// What GitHub said of what the facts do not tell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LookedUp {
    /// Names of branches and tags; `None` where GitHub knows no such name.
    pub names: BTreeMap<String, Option<CommitSha>>,
    /// Whether commits have the starter's tree.
    pub starters: BTreeMap<CommitSha, bool>,
}

/// The deliveries that are to be recorded, or whose record a newer fact corrects.
pub fn pending(ws: &WorkSample) -> impl Iterator<Item = &ReadDelivery> {
    ws.read_deliveries
        .iter()
        .filter(|read| read.standing == Standing::Pending)
}

/// What was declared and delivered nothing, in order of time.
pub fn open(ws: &WorkSample) -> Vec<OpenDelivery> {
    let unsettled = ws.read_deliveries.iter().filter_map(|read| {
        let (status, why) = match read.standing {
            Standing::Recorded => return None,
            Standing::Pending if ws.record_of(&read.delivery).is_some() => return None,
            Standing::Pending => (
                OpenDeliveryStatus::Pending,
                "GitHub is looked at before it is recorded; it counts as of its own time"
                    .to_owned(),
            ),
            Standing::UnreadBeforeUpgrade => (
                OpenDeliveryStatus::UnreadBeforeUpgrade,
                unread(&read.meant)?,
            ),
        };
        Some(OpenDelivery {
            delivery: read.delivery.clone(),
            at: read.declared_at,
            status,
            why,
        })
    });
    let settled = ws.delivery_records.iter().filter_map(|record| {
        if ws.record_of(&record.delivery) != Some(record) {
            return None;
        }
        let (status, why) = match &record.outcome {
            DeliveryOutcome::Delivered { .. } => return None,
            DeliveryOutcome::NotResolved { why } => (OpenDeliveryStatus::NotResolved, why.clone()),
            DeliveryOutcome::StarterUnconfirmed { sha } => {
                // One confirmation answers every request for the starter.
                if ws.starter_is_delivered() {
                    return None;
                }
                (OpenDeliveryStatus::StarterUnconfirmed, unconfirmed(sha))
            }
        };
        Some(OpenDelivery {
            delivery: record.delivery.clone(),
            at: record.declared_at,
            status,
            why,
        })
    });
    let mut open: Vec<OpenDelivery> = unsettled.chain(settled).collect();
    open.sort_by(|a, b| (a.at, &a.delivery).cmp(&(b.at, &b.delivery)));
    open
}

fn unconfirmed(sha: &CommitSha) -> String {
    format!(
        "{} is the starter with nothing changed; `/deliver starter` within {} hours confirms that it is meant",
        sha.short(),
        STARTER_CONFIRMED_WITHIN.num_hours()
    )
}

fn unread(meant: &Meant) -> Option<String> {
    let means = match meant {
        Meant::NotResolved { .. } => return None,
        Meant::Commit(sha) => format!("; it means {sha}"),
        Meant::Nothing | Meant::Unknown { .. } => String::new(),
    };
    Some(format!(
        "an earlier version of this service did not read it as a delivery{means}; a lead records it where it is one"
    ))
}

/// The names and commits that GitHub has to be asked about before [`settle`].
pub fn questions(ws: &WorkSample) -> (Vec<String>, Vec<CommitSha>) {
    let mut names = Vec::new();
    let mut commits = Vec::new();
    for read in pending(ws) {
        match &read.meant {
            Meant::Unknown { name, head, .. } => {
                names.push(name.clone());
                if ws.terms.starter_owes_nothing {
                    commits.extend(head.clone());
                }
            }
            Meant::Commit(sha)
                if ws.terms.starter_owes_nothing
                    && ws.provisioning.first_commit.as_ref() != Some(sha) =>
            {
                commits.push(sha.clone());
            }
            Meant::Commit(_) | Meant::Nothing | Meant::NotResolved { .. } => {}
        }
    }
    names.sort();
    names.dedup();
    commits.sort();
    commits.dedup();
    (names, commits)
}

/// The records that are due, with what they make due. What GitHub was not asked about
/// stays pending, as does what is not among `only`, by the event that declared it.
pub fn settle(
    ws: &WorkSample,
    looked_up: &LookedUp,
    only: Option<&BTreeSet<NaturalKey>>,
    now: Timestamp,
) -> Vec<Happening> {
    let mut records = Recorder::new(ws, Actor::Service, now);
    let mut asked_now: Option<Asked> = None;
    let is_due = |read: &ReadDelivery| {
        read.standing == Standing::Pending
            && only.is_none_or(|only| only.contains(&read.declared_by))
    };
    for read in &ws.read_deliveries {
        // A repeat that was recorded before its first time was known is a confirmation as soon as that one is recorded.
        let confirms = asked_now.is_some() && was_recorded_as_first_time(ws, read);
        if !is_due(read) && !confirms {
            continue;
        }
        let asked = asked_before(ws, read).or(asked_now.take());
        let Some(found) = outcome(ws, read, asked.is_some(), looked_up) else {
            asked_now = asked;
            continue;
        };
        let (found, declared_at) = as_of_first_time(ws, read, asked.as_ref(), found);
        asked_now = match &found.0 {
            DeliveryOutcome::StarterUnconfirmed { sha } if asked.is_none() => Some(Asked {
                sha: sha.clone(),
                declared_at: read.declared_at,
                answered_at: now,
            }),
            _ => asked,
        };
        records.delivery(read, found, declared_at, None);
    }
    records.happenings
}

/// Did the words that confirm the starter look like the first time that it was delivered?
fn was_recorded_as_first_time(ws: &WorkSample, read: &ReadDelivery) -> bool {
    let record = ws.record_of(&read.delivery);
    read.standing == Standing::Recorded
        && read.starter_confirmed
        && record.is_some_and(|record| {
            matches!(record.by, Actor::Service)
                && matches!(record.outcome, DeliveryOutcome::StarterUnconfirmed { .. })
        })
}

/// The record of a delivery that [`super::decide`] has just allowed through the API. `starter` is a commit that is known
/// to have the starter's tree; where GitHub could not say, the delivery is taken at its word.
pub(super) fn of_request(
    ws: &WorkSample,
    read: &ReadDelivery,
    starter: Option<&CommitSha>,
    now: Timestamp,
) -> Vec<Happening> {
    let starters = match &read.meant {
        Meant::Commit(sha) => BTreeMap::from([(sha.clone(), starter == Some(sha))]),
        Meant::Nothing | Meant::Unknown { .. } | Meant::NotResolved { .. } => BTreeMap::new(),
    };
    let looked_up = LookedUp {
        names: BTreeMap::new(),
        starters,
    };
    let asked = asked_before(ws, read);
    let Some(found) = outcome(ws, read, asked.is_some(), &looked_up) else {
        return Vec::new();
    };
    let (found, declared_at) = as_of_first_time(ws, read, asked.as_ref(), found);
    let mut records = Recorder::new(ws, Actor::Service, now);
    records.delivery(read, found, declared_at, None);
    records.happenings
}

/// A lead's word on a delivery: this commit is what was delivered.
pub(super) fn correction(
    ws: &WorkSample,
    read: &ReadDelivery,
    sha: CommitSha,
    (lead, reason): (Actor, String),
    now: Timestamp,
) -> Vec<Happening> {
    let starter = ws.provisioning.first_commit.as_ref() == Some(&sha);
    let outcome = DeliveryOutcome::Delivered { sha: Some(sha) };
    let mut records = Recorder::new(ws, lead, now);
    records.delivery(read, (outcome, starter), read.declared_at, Some(reason));
    records.happenings
}

/// What an end without a delivery makes due; nothing where something is due already.
pub(super) fn of_end(
    ws: &WorkSample,
    (reason, because): (ObligationReason, NaturalKey),
    now: Timestamp,
) -> Option<Happening> {
    let share = match reason {
        ObligationReason::Withdrawn if ws.provisioned_at.is_some_and(|at| at <= now) => {
            ws.terms.withdrawn_percent
        }
        ObligationReason::Cancelled if ws.accepted_at.is_some() => ws.terms.cancelled_percent,
        ObligationReason::Withdrawn | ObligationReason::Cancelled | ObligationReason::Delivered => {
            return None;
        }
    };
    if ws.obligation.is_some() {
        return None;
    }
    let owed = owed(ws, because, (reason, share), now)?;
    Some(obligation_recorded(ws.obligation_records + 1, owed, now))
}

/// Which commit it is, and whether that is the starter with nothing changed; `None` where GitHub has to be asked first.
fn outcome(
    ws: &WorkSample,
    read: &ReadDelivery,
    was_asked: bool,
    looked_up: &LookedUp,
) -> Option<(DeliveryOutcome, bool)> {
    let sha = match &read.meant {
        Meant::Commit(sha) => sha.clone(),
        Meant::Nothing => return Some((DeliveryOutcome::Delivered { sha: None }, false)),
        Meant::NotResolved { why } => {
            return Some((DeliveryOutcome::NotResolved { why: why.clone() }, false));
        }
        Meant::Unknown { name, head, why } => {
            match looked_up.names.get(name)?.as_ref().or(head.as_ref()) {
                Some(sha) if super::fold::was_pushed_too_late(ws, sha) => {
                    let why = format!("{} was pushed after the due time", sha.short());
                    return Some((DeliveryOutcome::NotResolved { why }, false));
                }
                Some(sha) => sha.clone(),
                None => return Some((DeliveryOutcome::NotResolved { why: why.clone() }, false)),
            }
        }
    };
    let starter = if ws.provisioning.first_commit.as_ref() == Some(&sha) {
        true
    } else if ws.terms.starter_owes_nothing {
        *looked_up.starters.get(&sha)?
    } else {
        false
    };
    // Only a repeat confirms: the first time is answered, however it is said.
    let confirmed = read.starter_confirmed && was_asked;
    let unconfirmed = starter && ws.terms.starter_owes_nothing && !confirmed;
    Some(if unconfirmed {
        (DeliveryOutcome::StarterUnconfirmed { sha }, true)
    } else {
        (DeliveryOutcome::Delivered { sha: Some(sha) }, starter)
    })
}

/// A confirmation in time counts as of the delivery of the starter that it confirms, with what had been pushed by then. Words
/// written after the end change nothing.
fn as_of_first_time(
    ws: &WorkSample,
    read: &ReadDelivery,
    asked: Option<&Asked>,
    (outcome, starter): (DeliveryOutcome, bool),
) -> ((DeliveryOutcome, bool), Timestamp) {
    let goes_on = ws.over_at().is_none_or(|over| read.declared_at <= over);
    let confirms = starter && read.starter_confirmed && goes_on;
    match asked.filter(|_| confirms) {
        Some(asked) if read.declared_at <= asked.answered_at + STARTER_CONFIRMED_WITHIN => {
            let sha = Some(asked.sha.clone());
            (
                (DeliveryOutcome::Delivered { sha }, starter),
                asked.declared_at,
            )
        }
        Some(_) | None => ((outcome, starter), read.declared_at),
    }
}

/// A delivery of the starter that was not confirmed.
struct Asked {
    sha: CommitSha,
    declared_at: Timestamp,
    answered_at: Timestamp,
}

/// The first such delivery before this one.
fn asked_before(ws: &WorkSample, read: &ReadDelivery) -> Option<Asked> {
    ws.starter_asked_before(read).map(|(record, sha)| Asked {
        sha: sha.clone(),
        declared_at: record.declared_at,
        answered_at: answered_at(ws, record),
    })
}

/// When the candidate could read our answer to a record.
fn answered_at(ws: &WorkSample, record: &DeliveryRecord) -> Timestamp {
    let answer = ws.comments.iter().find(|one| one.about == record.key);
    answer.map_or(record.at, |answer| answer.at.max(record.at))
}

/// Numbers records and keeps track of what is owed while several are made at once.
struct Recorder<'w> {
    ws: &'w WorkSample,
    by: Actor,
    now: Timestamp,
    owed: Option<(ObligationReason, Timestamp)>,
    happenings: Vec<Happening>,
    records: usize,
    obligations: usize,
}

impl<'w> Recorder<'w> {
    fn new(ws: &'w WorkSample, by: Actor, now: Timestamp) -> Self {
        Recorder {
            ws,
            by,
            now,
            owed: ws
                .obligation
                .as_ref()
                .map(|owed| (owed.reason, owed.fell_due_at)),
            happenings: Vec::new(),
            records: ws.delivery_records.len(),
            obligations: ws.obligation_records,
        }
    }

    fn delivery(
        &mut self,
        read: &ReadDelivery,
        (outcome, starter): (DeliveryOutcome, bool),
        declared_at: Timestamp,
        reason: Option<String>,
    ) {
        let delivered = matches!(outcome, DeliveryOutcome::Delivered { .. });
        let due_at = self.ws.due_at;
        self.records += 1;
        self.happenings.push(Happening {
            key: key::delivery_recorded(self.records),
            actor: self.by.clone(),
            occurred_at: self.now,
            body: EventBody::DeliveryRecorded {
                delivery: read.delivery.clone(),
                declared_by: read.declared_by.clone(),
                declared_at,
                place: read.place.clone(),
                outcome,
                due_at,
                late: due_at.is_some_and(|due| declared_at > due),
                starter,
                reason,
            },
        });
        if delivered {
            self.owe(&read.declared_by, declared_at);
        }
    }

    /// The first delivery, late or not, makes the whole pay due, and wins over an end after it.
    fn owe(&mut self, because: &NaturalKey, declared_at: Timestamp) {
        if self.ws.over_at().is_some_and(|over| declared_at > over) {
            return;
        }
        let earlier = match self.owed {
            None => true,
            Some((ObligationReason::Delivered, fell_due_at)) => declared_at < fell_due_at,
            Some((ObligationReason::Withdrawn | ObligationReason::Cancelled, _)) => true,
        };
        if !earlier {
            return;
        }
        let why = (ObligationReason::Delivered, Percent::HUNDRED);
        let Some(owed) = owed(self.ws, because.clone(), why, declared_at) else {
            return;
        };
        self.owed = Some((owed.reason, owed.fell_due_at));
        self.obligations += 1;
        self.happenings
            .push(obligation_recorded(self.obligations, owed, self.now));
    }
}

#[cfg(test)]
mod tests;
