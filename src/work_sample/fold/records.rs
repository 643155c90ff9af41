//! Applies the records of deliveries and obligations. They were decided once, after a look at GitHub, and have effect on
//! pay: nothing here reads a text. Only an extension changes whether a recorded delivery was late.

use std::collections::BTreeMap;

use chrono::{SubsecRound as _, TimeDelta};

use crate::clock::Timestamp;
use crate::ids::CommitSha;
use crate::work_sample::delivery::{
    Correction, Delivery, DeliveryRecord, Meant, ReadDelivery, Standing,
};
use crate::work_sample::event::{Actor, Event, EventBody, Happening, NaturalKey};
use crate::work_sample::key;
use crate::work_sample::model::{Obligation, WorkSample};
use crate::work_sample::parts::DeliveryOutcome;

/// Applies one event, in the order of the log.
pub(super) fn apply(ws: &mut WorkSample, happening: &Happening) {
    match &happening.body {
        EventBody::DeliveryRecorded {
            delivery,
            declared_by,
            declared_at,
            place,
            outcome,
            due_at: _,
            late,
            starter,
            reason,
        } => ws.delivery_records.push(DeliveryRecord {
            key: happening.key.clone(),
            by: happening.actor.clone(),
            at: happening.occurred_at,
            delivery: delivery.clone(),
            declared_by: declared_by.clone(),
            declared_at: *declared_at,
            place: place.clone(),
            outcome: outcome.clone(),
            late: *late,
            starter: *starter,
            reason: reason.clone(),
        }),
        EventBody::ObligationRecorded {
            because,
            reason,
            amount,
            fell_due_at,
            pay_by,
        } => {
            ws.obligation_records += 1;
            ws.obligation = Some(Obligation {
                because: because.clone(),
                reason: *reason,
                amount: *amount,
                fell_due_at: *fell_due_at,
                pay_by: *pay_by,
            });
        }
        EventBody::Upgraded { log_format: _ } => {
            ws.upgraded_at = Some(happening.occurred_at);
        }
        _ => {}
    }
}

/// The deliveries that the records tell of, in order of time, with the one that counts: the last in time, or else the
/// first late one. What was declared after the end counts for nothing.
pub(super) fn deliveries(ws: &WorkSample) -> Vec<Delivery> {
    let mut deliveries: Vec<Delivery> = ws
        .delivery_records
        .iter()
        .filter(|record| is_latest(ws, record))
        .filter_map(|record| delivery(ws, record))
        .collect();
    deliveries.sort_by(|a, b| (a.at, &a.key).cmp(&(b.at, &b.key)));
    let over = ws.over_at();
    let counts = |delivery: &Delivery| over.is_none_or(|over: Timestamp| delivery.at <= over);
    let effective = deliveries
        .iter()
        .rposition(|one| counts(one) && !one.late)
        .or_else(|| deliveries.iter().position(counts));
    if let Some(delivery) = effective.and_then(|index| deliveries.get_mut(index)) {
        delivery.effective = true;
    }
    deliveries
}

fn is_latest(ws: &WorkSample, record: &DeliveryRecord) -> bool {
    ws.record_of(&record.delivery)
        .is_some_and(|latest| latest.key == record.key)
}

fn delivery(ws: &WorkSample, record: &DeliveryRecord) -> Option<Delivery> {
    let sha = match &record.outcome {
        DeliveryOutcome::Delivered { sha } => sha.clone(),
        DeliveryOutcome::StarterUnconfirmed { .. } | DeliveryOutcome::NotResolved { .. } => {
            return None;
        }
    };
    let corrected = match (&record.by, &record.reason) {
        (Actor::Lead { .. }, Some(reason)) => Some(Correction {
            by: record.by.clone(),
            at: record.at,
            reason: reason.clone(),
        }),
        _ => None,
    };
    Some(Delivery {
        key: record.declared_by.clone(),
        delivery: record.delivery.clone(),
        at: record.declared_at,
        sha,
        late: record.late && ws.due_at.is_some_and(|due| record.declared_at > due),
        effective: false,
        place: record.place.clone(),
        starter: record.starter,
        recorded_by: record.key.clone(),
        corrected,
    })
}

/// Says how each declared delivery stands to the records. A record is corrected only by a fact that is newer than it in the
/// log, so that a better reading of old texts changes nothing.
pub(super) fn compare(ws: &mut WorkSample, log: &[&Event]) {
    if ws.read_deliveries.is_empty() {
        return;
    }
    let positions = Positions::of(log);
    let standings: Vec<Standing> = ws
        .read_deliveries
        .iter()
        .map(|read| standing(ws, read, &positions))
        .collect();
    for (read, standing) in ws.read_deliveries.iter_mut().zip(standings) {
        read.standing = standing;
    }
}

fn standing(ws: &WorkSample, read: &ReadDelivery, positions: &Positions<'_>) -> Standing {
    let declared = positions.event(&read.declared_by);
    let Some(record) = ws.record_of(&read.delivery) else {
        let before_upgrade = positions
            .upgraded
            .is_some_and(|upgraded| declared <= upgraded);
        return if before_upgrade {
            Standing::UnreadBeforeUpgrade
        } else {
            Standing::Pending
        };
    };
    if !matches!(record.by, Actor::Service) {
        return Standing::Recorded;
    }
    let recorded = positions.event(&record.key);
    // Once something was delivered, an edit changes nothing; that the words had stood there earlier does.
    let delivered = matches!(record.outcome, DeliveryOutcome::Delivered { .. });
    let declared_otherwise = read.declared_by != record.declared_by
        && declared > recorded
        && (!delivered || read.declared_at < record.declared_at);
    let means_otherwise = match &read.meant {
        Meant::Commit(means) => {
            let known = match &record.outcome {
                DeliveryOutcome::Delivered { sha } => sha.as_ref(),
                DeliveryOutcome::StarterUnconfirmed { sha } => Some(sha),
                DeliveryOutcome::NotResolved { .. } => None,
            };
            // More time lets in what was too late before; nothing else of an old record is read again.
            let was_late =
                record.late || matches!(record.outcome, DeliveryOutcome::NotResolved { .. });
            let is_ours = positions
                .upgraded
                .is_none_or(|upgraded| recorded > upgraded);
            let extended = if was_late && is_ours {
                positions.extended
            } else {
                0
            };
            let told = positions.commit(means, read.declared_at);
            known != Some(means) && told.max(extended) > recorded
        }
        Meant::Nothing | Meant::Unknown { .. } | Meant::NotResolved { .. } => false,
    };
    // The first time that it was asked about may become known after its repeat.
    let confirms = read.starter_confirmed
        && matches!(record.outcome, DeliveryOutcome::StarterUnconfirmed { .. })
        && ws.starter_asked_before(read).is_some();
    if declared_otherwise || means_otherwise || confirms {
        Standing::Pending
    } else {
        Standing::Recorded
    }
}

/// Where events stand in the log, and which of them tell of commits.
struct Positions<'e> {
    events: BTreeMap<NaturalKey, i64>,
    /// Positions and times of the facts that tell of each commit.
    commits: BTreeMap<&'e CommitSha, Vec<(i64, Timestamp)>>,
    upgraded: Option<i64>,
    /// The last time that the candidate was given more time: what was too late before may not be now.
    extended: i64,
}

impl<'e> Positions<'e> {
    fn of(log: &[&'e Event]) -> Positions<'e> {
        let mut positions = Positions {
            events: BTreeMap::new(),
            commits: BTreeMap::new(),
            upgraded: None,
            extended: 0,
        };
        for event in log {
            let seq = event.seq;
            let mut know = |sha: &'e CommitSha, at: Timestamp| {
                positions.commits.entry(sha).or_default().push((seq, at));
            };
            let at = event.happening.occurred_at;
            match &event.happening.body {
                EventBody::Pushed { after, commits, .. } => {
                    know(after, at);
                    commits.iter().for_each(|commit| know(&commit.sha, at));
                }
                EventBody::PullRequestHead { sha, .. } | EventBody::FirstCommitPushed { sha } => {
                    know(sha, at);
                }
                EventBody::TextCreated { pull, .. } => {
                    pull.iter().for_each(|pull| know(&pull.sha, at));
                }
                EventBody::TextSeen {
                    place,
                    pull,
                    created_at,
                    ..
                } => {
                    pull.iter().for_each(|pull| know(&pull.sha, *created_at));
                    // A text that is known from a look alone has the key that its webhook would have.
                    let created = key::text_created(place);
                    positions.events.entry(created).or_insert(seq);
                }
                EventBody::Upgraded { .. } => positions.upgraded = Some(seq),
                EventBody::Extended { .. } | EventBody::AccessRestored => positions.extended = seq,
                _ => {}
            }
            let key = event.happening.key.clone();
            positions.events.entry(key).or_insert(seq);
        }
        positions
    }

    fn event(&self, key: &NaturalKey) -> i64 {
        self.events.get(key).copied().unwrap_or(0)
    }

    /// The latest position of a fact that says where the commit stood by then; GitHub's times have whole seconds.
    fn commit(&self, sha: &CommitSha, by: Timestamp) -> i64 {
        let end = by.trunc_subsecs(0) + TimeDelta::seconds(1);
        let told = self.commits.get(sha).into_iter().flatten();
        told.filter(|(_, at)| *at < end)
            .map(|(seq, _)| *seq)
            .max()
            .unwrap_or(0)
    }
}
