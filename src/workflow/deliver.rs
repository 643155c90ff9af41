//! A delivery through the API, and the commit that a lead names for one. A commit that somebody names may be mistyped: one that
//! GitHub does not know is refused before anything is recorded, while the person still waits for the answer. Where GitHub
//! cannot say, the commit is taken at its word: nobody is to miss the due time because GitHub is away, and the assessment
//! finds out.

use std::time::Duration;

use super::commits::must_exist;
use super::reconcile::look_now;
use super::{Services, WorkflowError, act, delivery_records};
use crate::ids::{CommitSha, WorkSampleId};
use crate::work_sample::records::head_of_default_branch;
use crate::work_sample::{Actor, Command, DeliveryOutcome, RefusalCode, WorkSample, decide};

/// How long a candidate waits for a look at GitHub.
const PATIENCE: Duration = Duration::from_secs(10);

/// Records the candidate's delivery of `sha`, or of the default branch's head.
///
/// # Errors
/// `no_such_commit`; `starter_unchanged` where the commit is the starter with nothing changed, the terms owe nothing for
/// that, and it is not `starter_confirmed`. That it was asked for is recorded: a confirmation counts as of then.
pub async fn deliver(
    services: &Services,
    id: &WorkSampleId,
    sha: Option<CommitSha>,
    starter_confirmed: bool,
) -> Result<WorkSample, WorkflowError> {
    let (work_sample, version) = super::show::work_sample(services, id).await?;
    let command = |head, starter| Command::Deliver {
        sha: sha.clone(),
        head,
        starter_confirmed,
        starter,
    };
    // What is refused anyway is no reason to ask GitHub.
    let now = services.now();
    let asked = command(None, None);
    decide(&work_sample, &version.spec, asked, Actor::Candidate, now)?;
    let commit = match &sha {
        Some(sha) => {
            must_exist(services, &work_sample, sha).await?;
            Some(sha.clone())
        }
        None => {
            look(services, id).await;
            let (present, _) = super::show::work_sample(services, id).await?;
            head_of_default_branch(&present, services.now())
        }
    };
    let starter = match &commit {
        Some(commit) if work_sample.terms.starter_owes_nothing => {
            is_starter(services, &work_sample, commit)
                .await
                .then(|| commit.clone())
        }
        Some(_) | None => None,
    };
    let head = commit.filter(|_| sha.is_none());
    let after = act::act(services, id, command(head, starter), Actor::Candidate).await?;
    let outcome = after.delivery_records.last().map(|record| &record.outcome);
    match outcome {
        Some(DeliveryOutcome::StarterUnconfirmed { sha }) => {
            Err(RefusalCode::StarterUnchanged.because(format!(
                "{} is the starter with nothing changed, so nothing was delivered and nothing falls due: push your work first. If you mean the starter, deliver again within 24 hours with `starter` set to true; it counts as of now",
                sha.short()
            )).into())
        }
        Some(DeliveryOutcome::Delivered { .. } | DeliveryOutcome::NotResolved { .. }) | None => {
            Ok(after)
        }
    }
}

/// What was pushed last may still be on its way to us. Where GitHub does not answer in time, what is known has to do.
async fn look(services: &Services, id: &WorkSampleId) {
    if services.github.is_empty() {
        return;
    }
    match tokio::time::timeout(PATIENCE, look_now(services, id)).await {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => {
            tracing::warn!(work_sample = %id, %error, "recording a delivery without another look at GitHub");
        }
        Err(_) => {
            tracing::warn!(work_sample = %id, "timed out looking at GitHub before a delivery");
        }
    }
}

/// Where GitHub cannot say, the delivery is taken at its word.
async fn is_starter(services: &Services, work_sample: &WorkSample, commit: &CommitSha) -> bool {
    let asked = delivery_records::is_starter(services, work_sample, commit);
    match tokio::time::timeout(PATIENCE, asked).await {
        Ok(Ok(is_starter)) => is_starter,
        Ok(Err(error)) => {
            tracing::warn!(work_sample = %work_sample.id, %commit, %error, "could not compare a delivered commit with the starter");
            false
        }
        Err(_) => {
            tracing::warn!(work_sample = %work_sample.id, %commit, "timed out comparing a delivered commit with the starter");
            false
        }
    }
}
