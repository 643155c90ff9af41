//! Carrying out a person's command on a work sample.

use std::time::Duration;

use super::commits::must_exist;
use super::once::{Once, once};
use super::reconcile::look_now;
use super::record::{load, record};
use super::sides::account_id;
use super::{Services, WorkflowError};
use crate::ids::WorkSampleId;
use crate::spec::SpecVersion;
use crate::work_sample::entry::meant::SpecWords;
use crate::work_sample::open_points::{OpenPoint, open_points};
use crate::work_sample::{
    self as decision, Actor, Command, Refusal, RefusalCode, Source, WorkSample,
};

/// How long a person waits for a look at GitHub.
const PATIENCE: Duration = Duration::from_secs(10);

/// Decides on the present state and records the outcome; a refusal changes nothing.
pub async fn act(
    services: &Services,
    id: &WorkSampleId,
    command: Command,
    actor: Actor,
) -> Result<WorkSample, WorkflowError> {
    act_once(services, id, command, actor, None).await
}

/// [`act`], where a request with the same key acts once.
pub async fn act_once(
    services: &Services,
    id: &WorkSampleId,
    command: Command,
    actor: Actor,
    key: Option<Once>,
) -> Result<WorkSample, WorkflowError> {
    act_checked(services, id, command, actor, key, |_, _| Ok(())).await
}

/// Decides on the work, unless something is open that should be looked at first. `anyway`: decides all the same.
///
/// # Errors
/// `open_points`; else as [`act`].
pub async fn decide(
    services: &Services,
    id: &WorkSampleId,
    command: Command,
    actor: Actor,
    anyway: bool,
) -> Result<WorkSample, WorkflowError> {
    let check = move |work_sample: &WorkSample, version: &SpecVersion| {
        if anyway {
            return Ok(());
        }
        let points = open_points(work_sample, &SpecWords::of(version));
        match points.len() {
            0 => Ok(()),
            count => Err(RefusalCode::OpenPoints.because(format!(
                "{count} thing(s) are still open: {}. Look at them first, or say that you decide anyway",
                in_words(&points)
            ))),
        }
    };
    act_checked(services, id, command, actor, None, check).await
}

/// What is open, in a line.
fn in_words(points: &[OpenPoint]) -> String {
    let words: Vec<String> = points
        .iter()
        .map(|point| match point {
            OpenPoint::CriterionToJudge { criterion } => {
                format!("{criterion} waits for a person's judgement")
            }
            OpenPoint::CriterionUndetermined { criterion } => {
                format!("the check of {criterion} could not tell")
            }
            OpenPoint::TextNotUnderstood { word, .. } => {
                format!("the candidate wrote `{word}`, which was not understood")
            }
            OpenPoint::QuestionUnanswered { .. } => "a question has no answer".to_owned(),
            OpenPoint::DeliveryUnresolved { .. } => "a delivery is not recorded yet".to_owned(),
        })
        .collect();
    words.join("; ")
}

async fn act_checked(
    services: &Services,
    id: &WorkSampleId,
    command: Command,
    actor: Actor,
    key: Option<Once>,
    check: impl Fn(&WorkSample, &SpecVersion) -> Result<(), Refusal> + Clone + Send + Sync + 'static,
) -> Result<WorkSample, WorkflowError> {
    if matches!(command, Command::Decide { .. }) {
        look_before_deciding(services, id).await;
    }
    let wanted = id.clone();
    let digest = services
        .store
        .read(move |tx| tx.work_sample_row(&wanted))
        .await?
        .ok_or_else(|| WorkflowError::NotFound {
            what: format!("the work sample {id}"),
        })?
        .spec_digest;
    let version = services.version(&digest).await?;
    if let Command::CorrectDelivery { sha, .. } = &command {
        let (before, _) = super::show::work_sample(services, id).await?;
        let asked = command.clone();
        // What is refused anyway, or was done by the same request before, is no reason to ask GitHub.
        let now = services.now();
        if decision::decide(&before, &version.spec, asked, actor.clone(), now).is_ok() {
            must_exist(services, &before, sha).await?;
        }
    }
    let (id, now) = (id.clone(), services.now());
    services
        .store
        .write(move |tx| {
            once(tx, key.as_ref(), now, |tx| {
                let before = load(tx, &id)?;
                let happenings =
                    decision::decide(&before, &version.spec, command.clone(), actor.clone(), now)?;
                // What cannot be decided at all is said first.
                check(&before, &version)?;
                record(tx, &id, before.last_seq, &happenings, Source::Command, now)
            })
        })
        .await
}

/// [`act`] with what a person typed: a login is looked up first. Where GitHub cannot say, it is taken at its word.
///
/// # Errors
/// `no_such_account`; else as [`act`].
pub async fn act_as_typed(
    services: &Services,
    id: &WorkSampleId,
    command: Command,
    actor: Actor,
) -> Result<WorkSample, WorkflowError> {
    if let Command::CorrectLogin { login } = &command {
        let (before, version) = super::show::work_sample(services, id).await?;
        let (asked, now) = (command.clone(), services.now());
        // What is refused anyway is no reason to ask GitHub.
        decision::decide(&before, &version.spec, asked, actor.clone(), now)?;
        account_id(services, login).await?;
    }
    act(services, id, command, actor).await
}

/// Whoever decides should decide on all that happened. Where GitHub does not answer in time, what is known has to do.
async fn look_before_deciding(services: &Services, id: &WorkSampleId) {
    if services.github.is_empty() {
        return;
    }
    match tokio::time::timeout(PATIENCE, look_now(services, id)).await {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => {
            tracing::warn!(work_sample = %id, %error, "deciding without another look at GitHub");
        }
        Err(_) => {
            tracing::warn!(work_sample = %id, "deciding without another look at GitHub: it takes too long")
        }
    }
}
