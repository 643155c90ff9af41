//! A delivery through the API. Whoever names a commit may mistype it: one that GitHub does not know is refused before
//! anything is recorded, while its candidate still sits before it. Where GitHub cannot say, the delivery is taken at its
//! word: nobody is to miss the due time because GitHub is away, and the assessment finds out.

use super::governor::{Wanted, admitted};
use super::{Services, WorkflowError, act};
use crate::github::{Urgency, Writes};
use crate::ids::{CommitSha, WorkSampleId};
use crate::work_sample::{Actor, Command, WorkSample, decide};

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
    let (work_sample, version) = super::show::work_sample(services, id).await?;
    let command = Command::Deliver {
        sha: Some(sha.clone()),
    };
    // What is refused anyway is no reason to ask GitHub.
    decide(
        &work_sample,
        &version.spec,
        command,
        Actor::Candidate,
        services.now(),
    )?;
    let Some(repository) = &work_sample.provisioning.repository else {
        return Ok(());
    };
    let pushed = work_sample
        .pushes
        .iter()
        .any(|push| push.after == *sha || push.commits.iter().any(|commit| commit.sha == *sha));
    if pushed || work_sample.provisioning.first_commit.as_ref() == Some(sha) {
        return Ok(());
    }
    let full_name = &repository.full_name;
    match is_there(services, &work_sample, full_name, sha).await {
        Ok(true) => Ok(()),
        Ok(false) => Err(WorkflowError::Invalid {
            code: "no_such_commit",
            message: format!(
                "{full_name} has no commit {sha}: push it first, or leave the commit out to deliver the default branch as it is"
            ),
        }),
        Err(error) => {
            tracing::warn!(work_sample = %id, %sha, %error, "a delivery is recorded without a look at its commit");
            Ok(())
        }
    }
}

async fn is_there(
    services: &Services,
    work_sample: &WorkSample,
    full_name: &str,
    sha: &CommitSha,
) -> Result<bool, WorkflowError> {
    let github = services.github_of(work_sample)?;
    let looks = Wanted::new(
        services,
        github,
        work_sample.id.as_str(),
        Urgency::People,
        Writes::Nothing,
    );
    admitted(services, looks.reading(1)).await?;
    Ok(github.has_commit(full_name, sha).await?)
}
