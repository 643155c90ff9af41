//! What candidates tell us about themselves.

use super::{Services, WorkflowError};
use crate::ids::WorkSampleId;
use crate::store::CandidateDetails;
use crate::zone::Zone;

pub async fn details(
    services: &Services,
    id: &WorkSampleId,
) -> Result<CandidateDetails, WorkflowError> {
    let id = id.clone();
    Ok(services
        .store
        .read(move |tx| tx.candidate_details(&id))
        .await?)
}

/// Keeps the time zone in which they read times.
pub async fn set_zone(
    services: &Services,
    id: &WorkSampleId,
    zone: Zone,
) -> Result<(), WorkflowError> {
    let id = id.clone();
    services
        .store
        .write(move |tx| Ok(tx.set_candidate_zone(&id, zone.name())?))
        .await
}
