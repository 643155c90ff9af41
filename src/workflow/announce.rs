//! Announcements: each write to GitHub stands in the database before it is sent, so that whoever comes back after a failure
//! knows that something may exist out there, and looks first. Announcing and the governor's word are one transaction:
//! whoever has to wait announces nothing.

use chrono::Duration;
use serde_json::json;

use super::governor::{self, Wanted};
use super::record::{load, record};
use super::{Services, WorkflowError};
use crate::clock::Timestamp;
use crate::github::{GitHub, Urgency, Verdict, Writes};
use crate::ids::WorkSampleId;
use crate::store::Effect;
use crate::work_sample::{Actor, EventBody, Happening, NaturalKey, Source, WorkSample};

/// What is about to be done at GitHub.
pub(super) struct Announcement<'a> {
    pub step: &'a str,
    pub urgency: Urgency,
    /// Reads that may go before the write, at most.
    pub reads: u32,
    /// `None` where no REST call writes.
    pub writes: Option<Writes>,
    /// Would a second attempt that crosses the first make a second thing?
    pub may_be_doubled: bool,
}

/// Announces an attempt, if it is the step's turn at GitHub; says how many were announced, this one included. Whoever has
/// to wait announces nothing, and so need not look first later. A step that calls no REST writes nothing there.
pub(super) async fn begin(
    services: &Services,
    github: &GitHub,
    work_sample: &WorkSample,
    announcement: Announcement<'_>,
) -> Result<u32, WorkflowError> {
    let (id, now) = (work_sample.id.clone(), services.now());
    let Announcement {
        step,
        urgency,
        reads,
        writes,
        may_be_doubled,
    } = announcement;
    let step = step.to_owned();
    let wanted = writes
        .map(|writes| Wanted::new(services, github, id.as_str(), urgency, writes).reading(reads));
    if wanted.is_some() {
        // Who is not let in makes no call: neither a turn nor an announcement is to be spent on it.
        github.git_token().await?;
    }
    services
        .store
        .write(move |tx| {
            let before = tx.effect(&id, &step)?;
            if may_be_doubled {
                settled(before.as_ref(), now)?;
            }
            if let Some(wanted) = &wanted {
                let wanted = if before.is_some() {
                    wanted.clone().looking_first()
                } else {
                    wanted.clone()
                };
                // A place in the line is kept by committing it, so having to wait is no error in here.
                if let Verdict::Wait { until, because } = governor::turn(tx, &wanted, now)? {
                    return Ok(Err(WorkflowError::Waits { until, because }));
                }
            }
            let effect = tx.begin_effect(&id, &step, now)?;
            Ok::<_, WorkflowError>(Ok(effect.attempts))
        })
        .await?
}

/// Waits for the reads that have to go before a step which may be doubled is announced. What is seen then is what the last
/// attempt left behind, for it has had its effect or never will.
pub(super) async fn before_looking(
    services: &Services,
    id: &WorkSampleId,
    step: &str,
    wanted: Wanted,
) -> Result<(), WorkflowError> {
    let (id, step, now) = (id.clone(), step.to_owned(), services.now());
    let verdict = services
        .store
        .write(move |tx| {
            settled(tx.effect(&id, &step)?.as_ref(), now)?;
            governor::turn(tx, &wanted, now)
        })
        .await?;
    governor::go(verdict)
}

fn settled(before: Option<&Effect>, now: Timestamp) -> Result<(), WorkflowError> {
    match before.map(|before| before.started_at + settling()) {
        Some(until) if until > now => Err(WorkflowError::TooEarly { until }),
        _ => Ok(()),
    }
}

/// After this long, a request that GitHub took in has had its effect or never will: GitHub ends each within 10 s
/// (docs.github.com, "Timeouts").
pub(super) fn settling() -> Duration {
    Duration::seconds(15)
}

/// Says that the step is known to have happened.
pub(super) async fn finish(
    services: &Services,
    id: &WorkSampleId,
    step: &str,
) -> Result<(), WorkflowError> {
    let (id, step, now) = (id.clone(), step.to_owned(), services.now());
    services
        .store
        .write(move |tx| Ok::<_, WorkflowError>(tx.finish_effect(&id, &step, &json!({}), now)?))
        .await
}

/// As [`finish`], for a step that may have found done what it was for: then no attempt was begun, and there is nothing to
/// finish.
pub(super) async fn finish_if_begun(
    services: &Services,
    id: &WorkSampleId,
    step: &str,
) -> Result<(), WorkflowError> {
    let (id, step, now) = (id.clone(), step.to_owned(), services.now());
    services
        .store
        .write(move |tx| {
            if tx.effect(&id, &step)?.is_some() {
                tx.finish_effect(&id, &step, &json!({}), now)?;
            }
            Ok::<_, WorkflowError>(())
        })
        .await
}

/// Records an event of the service's own; the work sample as it is then.
pub(super) async fn note(
    services: &Services,
    id: &WorkSampleId,
    key: NaturalKey,
    body: EventBody,
) -> Result<WorkSample, WorkflowError> {
    let (id, now) = (id.clone(), services.now());
    services
        .store
        .write(move |tx| {
            let happening = Happening {
                key: key.clone(),
                actor: Actor::Service,
                occurred_at: now,
                body: body.clone(),
            };
            let before = load(tx, &id)?;
            record(tx, &id, before.last_seq, &[happening], Source::Service, now)
        })
        .await
}
