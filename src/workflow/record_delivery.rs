//! The job that records a declared delivery: it looks at GitHub first.

use chrono::Duration;

use super::delivery_records::{read, record_known, record_without_asking};
use super::{Services, WorkflowError, reconcile};
use crate::clock::Timestamp;
use crate::ids::WorkSampleId;
use crate::work_sample::records::pending;

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
    if pending(&read(services, id).await?).next().is_none() {
        return Ok(());
    }
    let is_patient = || services.now() < asked_at + PATIENCE;
    if let Err(error) = reconcile::look_now(services, id).await {
        if error.is_transient() && is_patient() {
            return Err(error);
        }
        tracing::warn!(work_sample = %id, %error, "recording a delivery without another look at GitHub");
    }
    match record_known(services, id).await {
        Ok(_) => Ok(()),
        Err(error) if is_patient() && error.is_transient() => Err(error),
        Err(error) if is_waited_out(&error, services.now()) => Err(error),
        Err(error) => {
            // Pay must not depend on a repository that GitHub does not show any more.
            tracing::warn!(work_sample = %id, %error, "recording a delivery without asking GitHub about its commit");
            record_without_asking(services, id).await.map(drop)
        }
    }
}

/// Is it an outage, or something that goes on by itself at a known time?
fn is_waited_out(error: &WorkflowError, now: Timestamp) -> bool {
    error.not_before(now).is_some() || error.is_outage(Duration::zero())
}
