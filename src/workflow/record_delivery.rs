//! The job that records a declared delivery: it looks at GitHub first.

use chrono::Duration;

use super::delivery_records::{pending_keys, read, record_known, record_without_asking};
use super::{Services, WorkflowError, reconcile};
use crate::clock::Timestamp;
use crate::ids::WorkSampleId;

/// How long a failing look keeps a delivery from being recorded. A push that becomes known later corrects the record.
const PATIENCE: Duration = Duration::minutes(10);

/// Looks at GitHub and records what is pending. `asked_at` is when the job was queued.
///
/// # Errors
/// What GitHub answered, while another attempt may help.
pub async fn record(
    services: &Services,
    id: &WorkSampleId,
    asked_at: Timestamp,
) -> Result<(), WorkflowError> {
    let wanted = pending_keys(&read(services, id).await?);
    if wanted.is_empty() {
        return Ok(());
    }
    let is_patient = || services.now() < asked_at + PATIENCE;
    let looked = match reconcile::look_now(services, id).await {
        Ok(passed) if passed.unseen => Err(WorkflowError::Unseen {
            until: services.now() + Duration::minutes(1),
        }),
        looked => looked,
    };
    if let Err(error) = looked {
        if error.is_transient() && is_patient() {
            return Err(error);
        }
        tracing::warn!(work_sample = %id, %error, "recording a delivery without another look at GitHub");
    }
    match record_known(services, id, Some(wanted.clone())).await {
        Ok(_) => Ok(()),
        Err(error) if is_patient() && error.is_transient() => Err(error),
        Err(error) if is_waited_out(&error, services.now()) => Err(error),
        Err(error) => {
            // Pay must not depend on a repository that GitHub does not show any more.
            tracing::warn!(work_sample = %id, %error, "recording a delivery without asking GitHub about its commit");
            record_without_asking(services, id, Some(wanted))
                .await
                .map(drop)
        }
    }
}

/// Is it an outage, or something that goes on by itself at a known time?
fn is_waited_out(error: &WorkflowError, now: Timestamp) -> bool {
    error.not_before(now).is_some() || error.is_outage(Duration::zero())
}
