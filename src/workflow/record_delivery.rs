//! The job that records a declared delivery: it looks at GitHub first.

use chrono::Duration;

use super::delivery_records::{read, record_known};
use super::{Services, WorkflowError, reconcile};
use crate::ids::WorkSampleId;
use crate::work_sample::records::pending;

/// How long a failing look keeps a delivery from being recorded. A push that becomes known later corrects the record.
const PATIENCE: Duration = Duration::minutes(10);

/// Looks at GitHub and records what is pending.
///
/// # Errors
/// What GitHub answered, while another attempt may help.
pub async fn record(services: &Services, id: &WorkSampleId) -> Result<(), WorkflowError> {
    let work_sample = read(services, id).await?;
    let Some(oldest) = pending(&work_sample).map(|one| one.declared_at).min() else {
        return Ok(());
    };
    if let Err(error) = reconcile::look_now(services, id).await {
        let is_patient = services.now() < oldest + PATIENCE;
        if error.is_transient() && is_patient {
            return Err(error);
        }
        tracing::warn!(work_sample = %id, %error, "recording a delivery without another look at GitHub");
    }
    record_known(services, id).await.map(drop)
}
