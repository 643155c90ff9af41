//! Asks GitHub whether a commit exists, before a delivery of it is recorded.

use super::governor::{Wanted, admitted};
use super::{Services, WorkflowError};
use crate::github::{Urgency, Writes};
use crate::ids::CommitSha;
use crate::work_sample::WorkSample;

/// Refuses a commit that GitHub does not know. Where GitHub cannot say, the commit is taken at its word.
pub(super) async fn must_exist(
    services: &Services,
    work_sample: &WorkSample,
    sha: &CommitSha,
) -> Result<(), WorkflowError> {
    let Some(repository) = &work_sample.provisioning.repository else {
        return Ok(());
    };
    let full_name = &repository.full_name;
    let unknown = || WorkflowError::Invalid {
        code: "no_such_commit",
        message: format!(
            "{full_name} has no commit {sha}: push it first, or name another; a delivery that names no commit is of the default branch as it is"
        ),
    };
    // A branch that was deleted was pushed to no commit.
    if sha.is_zero() {
        return Err(unknown());
    }
    let pushed = work_sample
        .pushes
        .iter()
        .any(|push| push.after == *sha || push.commits.iter().any(|commit| commit.sha == *sha));
    // Of a repository that was deleted or handed over GitHub says nothing.
    if !work_sample.whereabouts.there {
        return Ok(());
    }
    if pushed || work_sample.provisioning.first_commit.as_ref() == Some(sha) {
        return Ok(());
    }
    match is_there(services, work_sample, full_name, sha).await {
        Ok(true) => Ok(()),
        Ok(false) => Err(unknown()),
        Err(error) => {
            tracing::warn!(work_sample = %work_sample.id, %sha, %error, "a delivery is recorded without a look at its commit");
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
