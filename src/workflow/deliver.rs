//! A delivery through the API, and the commit that a lead names for one. A commit that somebody names may be mistyped: one that
//! GitHub does not know is refused before anything is recorded, while the person still waits for the answer. Where GitHub
//! cannot say, the commit is taken at its word: nobody is to miss the due time because GitHub is away, and the assessment
//! finds out.

use std::time::Duration;

use super::commits::must_exist;
use super::once::Once;
use super::reconcile::look_now;
use super::{Services, WorkflowError, act, delivery_records};
use crate::candidate::heads;
use crate::ids::{CommitSha, WorkSampleId};
use crate::work_sample::records::{head_of_branch, head_of_default_branch};
use crate::work_sample::{Actor, Command, DeliveryOutcome, RefusalCode, WorkSample, decide};

/// How long a candidate waits for a look at GitHub.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a candidate delivers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    Commit(CommitSha),
    /// The head of this branch, as it stands at GitHub now.
    Branch(String),
    /// The head of the default branch, as it stands at GitHub now.
    DefaultBranch,
}

/// Records the candidate's delivery.
///
/// # Errors
/// `no_such_commit`; `no_such_branch`; `starter_unchanged` where the commit is the starter with nothing changed, the terms owe
/// nothing for that, and it is not `starter_confirmed`. That it was asked for is recorded: a confirmation counts as of then.
pub async fn deliver(
    services: &Services,
    id: &WorkSampleId,
    what: What,
    starter_confirmed: bool,
) -> Result<WorkSample, WorkflowError> {
    deliver_once(services, id, what, starter_confirmed, None).await
}

/// [`deliver`], where a request with the same key delivers once.
///
/// # Errors
/// As [`deliver`].
pub async fn deliver_once(
    services: &Services,
    id: &WorkSampleId,
    what: What,
    starter_confirmed: bool,
    key: Option<Once>,
) -> Result<WorkSample, WorkflowError> {
    let (work_sample, version) = super::show::work_sample(services, id).await?;
    let command = |sha, head, starter| Command::Deliver {
        sha,
        head,
        starter_confirmed,
        starter,
    };
    // What is refused anyway is no reason to ask GitHub.
    let now = services.now();
    let asked = command(None, None, None);
    decide(&work_sample, &version.spec, asked, Actor::Candidate, now)?;
    let default = work_sample.provisioning.repository.as_ref();
    let default = default.map(|repository| repository.default_branch.clone());
    let (sha, head) = match what {
        // Named or not: what it means is found out again when a push becomes known later.
        What::Branch(branch) if Some(&branch) == default.as_ref() => {
            (None, looked_up_default(services, id).await?)
        }
        What::DefaultBranch => (None, looked_up_default(services, id).await?),
        What::Commit(sha) => {
            must_exist(services, &work_sample, &sha).await?;
            (Some(sha), None)
        }
        What::Branch(branch) => {
            look(services, id).await;
            let (present, _) = super::show::work_sample(services, id).await?;
            let head = head_of_branch(&present, &branch, services.now());
            (Some(head.ok_or_else(no_such_branch)?), None)
        }
    };
    let commit = sha.clone().or_else(|| head.clone());
    let starter = match &commit {
        Some(commit) if work_sample.terms.starter_owes_nothing => {
            is_starter(services, &work_sample, commit)
                .await
                .then(|| commit.clone())
        }
        Some(_) | None => None,
    };
    // A form that is sent again after another push delivers that push.
    let key = key.map(|once| Once {
        key: format!(
            "{} {}",
            once.key,
            commit.as_ref().map_or("", CommitSha::as_str)
        ),
        ..once
    });
    let command = command(sha, head, starter);
    let after = act::act_once(services, id, command, Actor::Candidate, key).await?;
    let outcome = after.delivery_records.last().map(|record| &record.outcome);
    match outcome {
        Some(DeliveryOutcome::StarterUnconfirmed { sha }) => {
            Err(RefusalCode::StarterUnchanged.because(format!(
                "{} is the starter with nothing changed, so nothing was delivered and nothing falls due{}. If you mean the starter, deliver again within 24 hours and confirm it; it counts as of now",
                sha.short(),
                newer_work(&after, sha)
            )).into())
        }
        Some(DeliveryOutcome::Delivered { .. } | DeliveryOutcome::NotResolved { .. }) | None => {
            Ok(after)
        }
    }
}

/// Says where the candidate's work is, if it is not in what was delivered.
fn newer_work(work_sample: &WorkSample, delivered: &CommitSha) -> String {
    let heads = heads(work_sample);
    let newer = heads
        .iter()
        .find(|head| head.pushed_at.is_some() && head.sha != *delivered);
    match newer {
        Some(head) => format!(": your newest work is on the branch {}", head.branch),
        None => ": push your work first".to_owned(),
    }
}

fn no_such_branch() -> WorkflowError {
    WorkflowError::Invalid {
        code: "no_such_branch",
        message: "no such branch is known at GitHub: push it first, or choose another".into(),
    }
}

/// The head of the default branch, after a look at GitHub.
async fn looked_up_default(
    services: &Services,
    id: &WorkSampleId,
) -> Result<Option<CommitSha>, WorkflowError> {
    look(services, id).await;
    let (present, _) = super::show::work_sample(services, id).await?;
    Ok(head_of_default_branch(&present, services.now()))
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
