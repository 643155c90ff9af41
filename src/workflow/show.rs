//! Looking: work samples, and the report on one.

use std::sync::Arc;

use super::record::load;
use super::{Services, WorkflowError};
use crate::ids::WorkSampleId;
use crate::report::Report;
use crate::spec::SpecVersion;
use crate::store::{WorkSampleFilter, WorkSampleRow};
use crate::work_sample::WorkSample;

/// A work sample and the spec version it was offered.
pub async fn work_sample(
    services: &Services,
    id: &WorkSampleId,
) -> Result<(WorkSample, Arc<SpecVersion>), WorkflowError> {
    let id = id.clone();
    let work_sample = services.store.read(move |tx| load(tx, &id)).await?;
    let version = services.version(&work_sample.spec).await?;
    Ok((work_sample, version))
}

/// Summaries, in the order of launching.
pub async fn work_samples(
    services: &Services,
    filter: WorkSampleFilter,
) -> Result<Vec<WorkSampleRow>, WorkflowError> {
    services
        .store
        .read(move |tx| Ok(tx.work_samples(&filter)?))
        .await
}

/// The process report as it stands now.
pub async fn report(services: &Services, id: &WorkSampleId) -> Result<Report, WorkflowError> {
    let (work_sample, version) = work_sample(services, id).await?;
    Ok(Report::of(&version, &work_sample))
}
