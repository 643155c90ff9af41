//! The one way into a log: append, bring the summary up to date, queue what follows, in one transaction.

use serde_json::json;

use super::jobs::JobKind;
use super::{WorkflowError, following};
use crate::clock::Timestamp;
use crate::ids::WorkSampleId;
use crate::store::{NewJob, ReadTx, Summary, Tx};
use crate::work_sample::{Happening, Source, State, WorkSample, fold};

/// A work sample as its log tells it.
pub fn load(tx: &mut ReadTx<'_>, id: &WorkSampleId) -> Result<WorkSample, WorkflowError> {
    let events = tx.events(id)?;
    if events.is_empty() {
        return Err(WorkflowError::NotFound {
            what: format!("the work sample {id}"),
        });
    }
    Ok(fold(&events)?)
}

/// Appends what is new of `happenings` and does what follows. `after_seq` is the last position that the caller decided
/// on.
pub fn record(
    tx: &mut Tx<'_>,
    id: &WorkSampleId,
    after_seq: i64,
    happenings: &[Happening],
    source: Source,
    now: Timestamp,
) -> Result<WorkSample, WorkflowError> {
    tx.append(id, after_seq, happenings, now, source)?;
    let after = load(tx, id)?;
    tx.update_summary(id, &summary(&after), now)?;
    for (kind, dedupe_key, run_at) in what_follows(&after, now) {
        let job = NewJob {
            kind: kind.name().to_owned(),
            subject: id.to_string(),
            payload: json!({}),
            dedupe_key: Some(dedupe_key),
            run_at,
            priority: kind.priority(),
            max_attempts: kind.max_attempts(),
        };
        tx.enqueue(&job, now)?;
    }
    if after.provisioned_at.is_some()
        && let Some(pause) = following::pause(after.state)
    {
        let job = following::job(id, now + pause, JobKind::Reconcile.priority());
        tx.enqueue(&job, now)?;
    }
    Ok(after)
}

fn summary(after: &WorkSample) -> Summary {
    let repository = after.provisioning.repository.as_ref();
    Summary {
        state: after.state,
        last_seq: after.last_seq,
        login: after.login.clone(),
        repository_id: repository.map(|repository| repository.id),
        repository_full_name: repository.map(|repository| repository.full_name.clone()),
        due_at: after.due_at,
        offer_expires_at: after.offer_expires_at,
    }
}

/// The work that a state asks for. Asked for again on every event; the key makes it one job.
fn what_follows(after: &WorkSample, now: Timestamp) -> Vec<(JobKind, String, Timestamp)> {
    let id = &after.id;
    match after.state {
        State::Offered => after
            .offer_expires_at
            .map(|at| vec![(JobKind::Expire, format!("expire:{id}"), at)])
            .unwrap_or_default(),
        State::Accepted => vec![(JobKind::Provision, format!("provision:{id}"), now)],
        State::Delivered => after
            .effective_delivery()
            .and_then(|delivery| delivery.sha.as_ref())
            .map(|sha| vec![(JobKind::Assess, format!("assess:{id}:{sha}"), now)])
            .unwrap_or_default(),
        State::Drafted
        | State::Provisioned
        | State::InProgress
        | State::Assessed
        | State::Decided
        | State::Closed
        | State::Declined
        | State::Expired
        | State::Withdrawn
        | State::Cancelled => Vec::new(),
    }
}

/// A state as it stands in JSON and in messages.
pub(super) fn state_name(state: State) -> String {
    serde_json::to_value(state)
        .ok()
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default()
}
