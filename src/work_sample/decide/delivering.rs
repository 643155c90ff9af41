//! A delivery through the API, and a lead's correction of one.

use super::who::given;
use crate::clock::Timestamp;
use crate::ids::CommitSha;
use crate::work_sample::command::Refusal;
use crate::work_sample::delivery::{Meant, ReadDelivery, Standing};
use crate::work_sample::event::{Actor, EventBody, Happening, NaturalKey};
use crate::work_sample::fold::head_of_default_branch;
use crate::work_sample::model::{Side, WorkSample};
use crate::work_sample::parts::DeliveryOutcome;
use crate::work_sample::refusal::RefusalCode as Code;
use crate::work_sample::{key, records};

/// The request, and in the same moment what is recorded of it.
pub(super) fn deliver(
    ws: &WorkSample,
    (sha, head): (Option<CommitSha>, Option<CommitSha>),
    (starter_confirmed, starter): (bool, Option<CommitSha>),
    actor: Actor,
    now: Timestamp,
) -> Vec<Happening> {
    let before = ws
        .read_deliveries
        .iter()
        .filter(|one| one.place.is_none())
        .count();
    let key = key::delivered_by_api(before + 1);
    let request = Happening {
        key: key.clone(),
        actor,
        occurred_at: now,
        body: EventBody::DeliveredByApi { sha: sha.clone() },
    };
    let meant = sha
        .or(head)
        .or_else(|| head_of_default_branch(ws, now))
        .map_or(Meant::Nothing, Meant::Commit);
    let read = ReadDelivery {
        delivery: key.clone(),
        declared_by: key,
        declared_at: now,
        place: None,
        meant,
        starter_confirmed,
        standing: Standing::Pending,
    };
    let recorded = records::of_request(ws, &read, starter.as_ref(), now);
    std::iter::once(request).chain(recorded).collect()
}

/// Records the commit that a lead names for a declared delivery.
pub(super) fn correct_delivery(
    ws: &WorkSample,
    delivery: &NaturalKey,
    sha: CommitSha,
    (actor, reason): (Actor, String),
    now: Timestamp,
) -> Result<Vec<Happening>, Refusal> {
    let read = declared(ws, delivery).ok_or_else(|| {
        Code::UnknownDelivery.because(format!(
            "no text or request of the candidate has the key `{delivery}`; the report lists the keys of all texts"
        ))
    })?;
    given(
        &reason,
        "say why the delivery is corrected; the candidate reads it",
    )?;
    let recorded = ws.record_of(&read.delivery).map(|record| &record.outcome);
    if matches!(recorded, Some(DeliveryOutcome::Delivered { sha: Some(known) }) if *known == sha) {
        return Err(Code::SameCommit.because(format!(
            "{} is recorded for this delivery already",
            sha.short()
        )));
    }
    Ok(records::correction(ws, &read, sha, (actor, reason), now))
}

/// The delivery that a text or request declares. A lead may find one in a text in which this version reads none.
fn declared(ws: &WorkSample, delivery: &NaturalKey) -> Option<ReadDelivery> {
    let read = ws
        .read_deliveries
        .iter()
        .find(|read| read.delivery == *delivery || read.declared_by == *delivery);
    let text = || {
        let entry = ws.entry(delivery)?;
        (entry.side == Side::Candidate).then(|| ReadDelivery {
            delivery: entry.key.clone(),
            declared_by: entry.key.clone(),
            declared_at: entry.at,
            place: Some(entry.place.clone()),
            meant: Meant::Nothing,
            starter_confirmed: true,
            standing: Standing::Pending,
        })
    };
    read.cloned().or_else(text)
}
