//! When passes happen: by themselves now and then, and when somebody asks.

use serde_json::json;

use super::{Passed, look, reconcile};
use crate::clock::Timestamp;
use crate::github::Urgency;
use crate::ids::WorkSampleId;
use crate::store::{NewJob, StoreError, Tx, WorkSampleFilter};
use crate::workflow::following::{job, pause};
use crate::workflow::jobs::JobKind;
use crate::workflow::stored::job_key;
use crate::workflow::{Services, WorkflowError};

/// Answering a person goes before passes that nobody waits for.
const ASKED_FOR: i32 = 5;

/// The job's doing: a pass, and when the next one is due, if any.
pub async fn follow(
    services: &Services,
    id: &WorkSampleId,
) -> Result<Option<Timestamp>, WorkflowError> {
    let passed = reconcile(services, id).await?;
    let read = id.clone();
    let row = services
        .store
        .read(move |tx| tx.work_sample_row(&read))
        .await?;
    let regular = row
        .and_then(|row| pause(row.state))
        .map(|pause| services.now() + pause);
    Ok(match (passed.again_at, regular) {
        (Some(again), Some(regular)) => Some(again.min(regular)),
        (again, regular) => again.or(regular),
    })
}

/// A look for whoever waits for it. What it could not see is looked at again by the job that follows the work sample.
pub async fn look_now(services: &Services, id: &WorkSampleId) -> Result<Passed, WorkflowError> {
    let passed = look(services, id, Urgency::People).await?;
    if let Some(at) = passed.again_at {
        let (again, now) = (job(id, at, JobKind::Reconcile.priority()), services.now());
        services
            .store
            .write(move |tx| tx.nudge(&again, now))
            .await?;
    }
    Ok(passed)
}

/// Asks for a pass that reads everything anew, as soon as a worker is free; where one is under way, after that.
pub async fn ask(services: &Services, id: &WorkSampleId) -> Result<(), WorkflowError> {
    let (id, now) = (id.clone(), services.now());
    services
        .store
        .write(move |tx| {
            if tx.work_sample_row(&id)?.is_none() {
                return Err(StoreError::NotFound {
                    what: format!("the work sample {id}"),
                });
            }
            tx.forget_etags(&id)?;
            tx.nudge(&job(&id, now, ASKED_FOR), now)?;
            Ok(())
        })
        .await
        .map_err(WorkflowError::from)
}

/// Asks for a pass over every work sample that is still followed; returns how many those are.
pub async fn ask_all(services: &Services) -> Result<usize, WorkflowError> {
    let now = services.now();
    services
        .store
        .write(move |tx| ask_all_in(tx, now))
        .await
        .map_err(WorkflowError::from)
}

/// [`ask_all`], in a transaction with what it follows from.
pub fn ask_all_in(tx: &mut Tx<'_>, now: Timestamp) -> Result<usize, StoreError> {
    let rows = tx.work_samples(&WorkSampleFilter::default())?;
    let followed: Vec<_> = rows
        .into_iter()
        .filter(|row| row.repository_id.is_some() && pause(row.state).is_some())
        .collect();
    for row in &followed {
        tx.nudge(&job(&row.id, now, JobKind::Reconcile.priority()), now)?;
    }
    Ok(followed.len())
}

/// What a worker does when it starts: webhooks may have come while nobody listened.
pub async fn wake(services: &Services) -> Result<(), WorkflowError> {
    let now = services.now();
    let redeliver = NewJob {
        kind: JobKind::Redeliver.name().to_owned(),
        subject: "webhooks".to_owned(),
        payload: json!({}),
        dedupe_key: Some(job_key::REDELIVER.to_owned()),
        run_at: now,
        priority: JobKind::Redeliver.priority(),
        max_attempts: JobKind::Redeliver.max_attempts(),
    };
    services
        .store
        .write(move |tx| tx.nudge(&redeliver, now))
        .await?;
    Ok(())
}
