//! Assessing: the delivered commit is fetched, laid out, and checked in the sandbox; the results enter the log.

use super::announce::note;
use super::harness::{self, HarnessError};
use super::provision::remote;
use super::{Services, WorkflowError};
use crate::git::{GitError, TreeLimits};
use crate::ids::{CommitSha, WorkSampleId};
use crate::sandbox::TreeError;
use crate::store::DeliveredDiff;
use crate::work_sample::{EventBody, State, key};

/// Bytes that are kept of what a delivery changed.
const MOST_DIFF: usize = 512 * 1024;

/// Assesses the delivery that counts, if it has not been yet. One that was given up is assessed after all where an operator
/// retries the job before the decision.
pub async fn assess(services: &Services, id: &WorkSampleId) -> Result<(), WorkflowError> {
    // A later delivery may have gone by unheard. Where GitHub cannot say, what is known is assessed.
    if let Err(error) = super::reconcile::look_now(services, id).await {
        tracing::warn!(work_sample = %id, %error, "assessing what is known without another look at GitHub");
    }
    let (work_sample, version) = super::show::work_sample(services, id).await?;
    let Some(sha) = work_sample
        .effective_delivery()
        .and_then(|one| one.sha.clone())
    else {
        return Ok(());
    };
    if work_sample.effective_assessment().is_some() {
        return Ok(());
    }
    let provisioning = &work_sample.provisioning;
    let (State::Delivered | State::Assessed, Some(repository), Some(base)) = (
        work_sample.state,
        &provisioning.repository,
        &provisioning.first_commit,
    ) else {
        return Ok(());
    };
    let sandbox = services.sandbox.as_ref().ok_or(WorkflowError::NotConfigured {
        code: "sandbox_not_proved",
        message: "this process has no sandbox that proved itself: the operator has to provide what it lacks".into(),
    })?;
    let remote = remote(services.github_of(&work_sample)?, repository).await?;
    let folder = tempfile::Builder::new()
        .prefix("delivered-")
        .tempdir_in(&services.scratch)
        .map_err(GitError::Io)?;
    let started_at = services.now();
    let checkout = services
        .git
        .check_out(folder.path(), &remote, base, &sha, TreeLimits::default())
        .await;
    let checkout = match checkout {
        Ok(checkout) => checkout,
        Err(error @ (GitError::NoSuchCommit { .. } | GitError::TooLarge { .. })) => {
            return not_assessable(services, id, sha, error.to_string()).await;
        }
        Err(error) => return Err(error.into()),
    };
    keep_diff(services, id, folder.path(), (base, &sha)).await?;
    let assessment = harness::assess(
        sandbox,
        &version,
        &checkout.tree,
        &sha,
        checkout.changed,
        &work_sample.checks,
        started_at,
    )
    .await;
    let assessment = match assessment {
        Ok(assessment) => assessment,
        Err(error @ HarnessError::Stage(TreeError::TooLarge)) => {
            return not_assessable(services, id, sha, error.to_string()).await;
        }
        Err(error) => return Err(error.into()),
    };
    let key = key::assessed(&sha);
    note(services, id, key, EventBody::Assessed { assessment })
        .await
        .map(drop)
}

/// Keeps what the delivery changed for the reviewers. Where git cannot say, the delivery is assessed all the same.
async fn keep_diff(
    services: &Services,
    id: &WorkSampleId,
    folder: &std::path::Path,
    between: (&CommitSha, &CommitSha),
) -> Result<(), WorkflowError> {
    let printed = services.git.delivered_diff(folder, between, MOST_DIFF);
    let (text, whole) = match printed.await {
        Ok(printed) => printed,
        Err(error) => {
            tracing::warn!(work_sample = %id, %error, "could not keep the changes of a delivery");
            return Ok(());
        }
    };
    let (id, sha) = (id.clone(), between.1.clone());
    let diff = DeliveredDiff { text, whole };
    services
        .store
        .write(move |tx| Ok(tx.keep_diff(&id, &sha, &diff)?))
        .await
}

/// Nobody will assess the delivery unless an operator asks for it: a person has to be able to go on. Why is for the
/// operator, for the candidate reads this.
pub async fn given_up(
    services: &Services,
    id: &WorkSampleId,
    code: &str,
) -> Result<(), WorkflowError> {
    let (work_sample, _) = super::show::work_sample(services, id).await?;
    let sha = work_sample
        .effective_delivery()
        .and_then(|one| one.sha.clone());
    match sha {
        Some(sha) if work_sample.state == State::Delivered => {
            let reason = format!(
                "the service could not check it ({code}), which says nothing about the work; whoever runs the service sees why in its job list, and can have it checked after all"
            );
            not_assessable(services, id, sha, reason).await
        }
        _ => Ok(()),
    }
}

async fn not_assessable(
    services: &Services,
    id: &WorkSampleId,
    sha: CommitSha,
    reason: String,
) -> Result<(), WorkflowError> {
    tracing::warn!(work_sample = %id, %sha, reason, "a delivered commit cannot be assessed");
    let key = key::not_assessable(&sha);
    note(services, id, key, EventBody::NotAssessable { sha, reason })
        .await
        .map(drop)
}
