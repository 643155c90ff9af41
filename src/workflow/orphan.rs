//! A repository that was asked for, and whose work sample came to its end before GitHub's answer reached us. Nobody goes on
//! with it, so nobody would find it; here it is looked for and entered in the log, and the end of the work puts it away.

use super::announce::{finish, note, settling};
use super::governor::{Wanted, admitted};
use super::{Services, WorkflowError, hidden};
use crate::github::{FoundRepository, GitHub, GitHubError, Urgency, Writes};
use crate::spec::SpecVersion;
use crate::work_sample::{EventBody, WorkSample, key};

/// The announcement of a repository's making.
pub(super) const MAKING: &str = super::stored::step::REPOSITORY;

/// Adopts the repository of a work sample that is not being prepared any more, if its making was announced and what became
/// of that is not known.
pub(super) async fn adopt(
    services: &Services,
    work_sample: &WorkSample,
    version: &SpecVersion,
) -> Result<(), WorkflowError> {
    if work_sample.provisioning.repository.is_some() {
        return Ok(());
    }
    let id = work_sample.id.clone();
    let effect = services
        .store
        .read(move |tx| tx.effect(&id, MAKING))
        .await?
        .filter(|effect| effect.finished_at.is_none());
    let Some(effect) = effect else {
        return Ok(());
    };
    let until = effect.started_at + settling();
    if until > services.now() {
        return Err(WorkflowError::TooEarly { until });
    }
    let (id, github) = (&work_sample.id, services.github_of(work_sample)?);
    let looks = Wanted::new(
        services,
        github,
        id.as_str(),
        Urgency::Bulk,
        Writes::Nothing,
    );
    admitted(services, looks.reading(1)).await?;
    match ours(github, work_sample, &repository_name(work_sample, version)).await {
        Ok(Some(found)) => {
            let repository = found.remembered();
            tracing::info!(work_sample = %id, repository = repository.full_name, "found the repository of a work sample that had ended");
            let body = EventBody::RepositoryCreated { repository };
            note(services, id, key::repository_created(), body).await?;
            hidden::seen(services, hidden::repository(id)).await?;
        }
        // What was asked for may be there and not shown; else it was never made.
        Ok(None) => hidden::is_gone(services, hidden::repository(id)).await?,
        // The name is another's.
        Err(GitHubError::NameTaken { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    finish(services, id, MAKING).await
}

/// Our own repository of that name, if it is there; another's is an error.
pub(super) async fn ours(
    github: &GitHub,
    work_sample: &WorkSample,
    name: &str,
) -> Result<Option<FoundRepository>, GitHubError> {
    let Some(found) = github.our_repository(name).await? else {
        return Ok(None);
    };
    let marked = found
        .description
        .as_deref()
        .is_some_and(|text| text.contains(work_sample.id.as_str()));
    if marked {
        Ok(Some(found))
    } else {
        Err(GitHubError::NameTaken {
            full_name: found.full_name,
        })
    }
}

/// `ws-order-idempotency-5a1b2c3d`: the spec for people, the id's random end against clashes.
pub(super) fn repository_name(work_sample: &WorkSample, version: &SpecVersion) -> String {
    let slug: String = version.spec.slug.as_str().chars().take(60).collect();
    format!("ws-{slug}-{}", work_sample.id.short())
}
