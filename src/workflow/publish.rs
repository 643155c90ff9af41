//! Publishing a spec: a checked folder becomes an immutable version, addressed by its content.

use super::{Services, WorkflowError};
use crate::ids::SpecDigest;
use crate::spec::candidate;
use crate::spec::{Folder, SpecVersion};
use crate::store::{SpecRow, SpecSummary};

/// Stores the folder as a version. The same content twice is the same version; `true` where it is new.
pub async fn publish(
    services: &Services,
    folder: Folder,
) -> Result<(SpecVersion, bool), WorkflowError> {
    let version = SpecVersion::read(folder).map_err(WorkflowError::SpecProblems)?;
    let row = SpecRow {
        digest: version.digest.clone(),
        slug: version.spec.slug.clone(),
        version: version.spec.version.clone(),
        title: version.spec.title.clone(),
        bundle: version.folder.bundle(),
        published_at: services.now(),
    };
    let new = services
        .store
        .write(move |tx| Ok::<_, WorkflowError>(tx.publish_spec(&row)?))
        .await?;
    Ok((version, new))
}

/// Finds a published version by its digest, or the latest one by slug.
pub async fn find(services: &Services, name: &str) -> Result<SpecDigest, WorkflowError> {
    if name.trim().is_empty() {
        return Err(WorkflowError::invalid("unknown_spec", "no spec is named"));
    }
    let unknown = || WorkflowError::Invalid {
        code: "unknown_spec",
        message: format!(
            "no published spec is called `{}`: publish it first, or give its digest",
            crate::plain_text::shortened(name, 80)
        ),
    };
    if let Ok(digest) = name.parse::<SpecDigest>() {
        let wanted = digest.clone();
        let row = services.store.read(move |tx| tx.spec(&wanted)).await?;
        return row.map(|row| row.digest).ok_or_else(unknown);
    }
    let slug = name.parse().map_err(|_| unknown())?;
    let row = services
        .store
        .read(move |tx| tx.spec_by_slug(&slug))
        .await?;
    row.map(|row| row.digest).ok_or_else(unknown)
}

/// Every published version, newest first.
pub async fn list(services: &Services) -> Result<Vec<SpecSummary>, WorkflowError> {
    Ok(services.store.read(|tx| tx.specs()).await?)
}

/// The slugs of published specs whose first commit holds a CI workflow: pushing that needs a permission of its own.
pub async fn with_workflows(services: &Services) -> Result<Vec<String>, WorkflowError> {
    let mut slugs = Vec::new();
    for summary in list(services).await? {
        let version = services.version(&summary.digest).await?;
        if candidate::holds_a_workflow(&version) {
            slugs.push(summary.slug.to_string());
        }
    }
    slugs.sort();
    slugs.dedup();
    Ok(slugs)
}
