//! A delivery through the API. Whoever names a commit may mistype it: one that GitHub does not know is refused before
//! anything is recorded, while its candidate still sits before it.

use super::governor::{Wanted, admitted};
use super::{Services, WorkflowError, act};
use crate::github::{Urgency, Writes};
use crate::ids::{CommitSha, WorkSampleId};
use crate::work_sample::{Actor, Command, WorkSample};

/// Records the candidate's delivery of `sha`, or of the default branch's head.
pub async fn deliver(
    services: &Services,
    id: &WorkSampleId,
    sha: Option<CommitSha>,
) -> Result<WorkSample, WorkflowError> {
    if let Some(sha) = &sha {
        must_exist(services, id, sha).await?;
    }
    act::act(services, id, Command::Deliver { sha }, Actor::Candidate).await
}

async fn must_exist(
    services: &Services,
    id: &WorkSampleId,
    sha: &CommitSha,
) -> Result<(), WorkflowError> {
    let (work_sample, _) = super::show::work_sample(services, id).await?;
    // Without a repository the delivery is refused for that reason.
    let Some(repository) = &work_sample.provisioning.repository else {
        return Ok(());
    };
    let github = services.github_of(&work_sample)?;
    let pushed = work_sample.pushes.iter().any(|push| push.after == *sha);
    if pushed {
        return Ok(());
    }
    let looks = Wanted::new(
        services,
        github,
        id.as_str(),
        Urgency::People,
        Writes::Nothing,
    );
    admitted(services, looks.reading(1)).await?;
    if github.has_commit(&repository.full_name, sha).await? {
        return Ok(());
    }
    Err(WorkflowError::Invalid {
        code: "no_such_commit",
        message: format!(
            "{} has no commit {sha}: push it first, or leave the commit out to deliver the default branch as it is",
            repository.full_name
        ),
    })
}
