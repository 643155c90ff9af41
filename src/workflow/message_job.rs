//! Says when messages may be wanted, and the job that writes and sends them.

use chrono::Duration;
use serde_json::json;

use super::jobs::JobKind;
use super::stored::{checkpoint, job_key};
use crate::clock::Timestamp;
use crate::ids::{PersonId, WorkSampleId};
use crate::store::{JobRow, NewJob, StoreError, Tx};
use crate::work_sample::entry::meant::SpecWords;
use crate::work_sample::messages::{Known, plan};
use crate::work_sample::{EventBody, Happening, WorkSample};

/// What the job is about that writes and sends messages about the service itself.
pub(super) const SERVICE: &str = "service";

/// Where something is wanted only later, the job looks after so long when that is.
const SOON: Duration = Duration::minutes(1);

/// Queues the job where a message is wanted, now or later. The spec's words, the promise to answer and dead jobs are not known
/// here; the job knows them.
pub(super) fn ask(
    tx: &mut Tx<'_>,
    after: &WorkSample,
    happenings: &[Happening],
    now: Timestamp,
) -> Result<(), StoreError> {
    let may_ask = |happening: &Happening| match &happening.body {
        EventBody::Pushed { .. }
        | EventBody::CheckCompleted { .. }
        | EventBody::CommentPosted { .. } => false,
        EventBody::MemberAdded { .. } | EventBody::MemberSeen { .. } => true,
        body => !body.is_github_fact() || body.place().is_some(),
    };
    if !happenings.iter().any(may_ask) {
        return Ok(());
    }
    let words = SpecWords::default();
    let known = Known {
        spec: &words,
        since: tx.looked_at(checkpoint::MESSAGES_SINCE)?,
        promise: None,
        dead_jobs: &[],
        failed_messages: &[],
    };
    let plan = plan(after, &known, now);
    let written = if plan.wanted.is_empty() {
        Default::default()
    } else {
        tx.message_keys(&after.id)?
    };
    let is_new = plan
        .wanted
        .iter()
        .any(|one| !written.contains(one.key.as_str()));
    // A job that runs at this moment takes the new time for its next: it must not lose an earlier one of its own for long.
    let soon = now + SOON;
    if let Some(at) = is_new.then_some(now).or(plan.next.map(|at| at.min(soon))) {
        tx.nudge(&job(&after.id, at), now)?;
    }
    Ok(())
}

/// Is it told to whom the service itself concerns that this job is dead? Else it is told to its work sample's team.
pub(super) fn concerns_service(dead: &JobRow) -> bool {
    let is_of_mail = dead.kind == JobKind::Messages.name();
    match dead.subject.parse::<WorkSampleId>() {
        // Of itself the job cannot tell.
        Ok(_) => is_of_mail,
        Err(_) => !(is_of_mail && dead.subject == SERVICE),
    }
}

/// Queues the job that tells of a dead one.
pub(super) fn ask_about_dead(
    tx: &mut Tx<'_>,
    dead: &JobRow,
    now: Timestamp,
) -> Result<(), StoreError> {
    if concerns_service(dead) {
        return tx.nudge(&job_of_service(now), now).map(drop);
    }
    match dead.subject.parse::<WorkSampleId>() {
        Ok(id) => tx.nudge(&job(&id, now), now).map(drop),
        Err(_) => Ok(()),
    }
}

/// Queues the jobs of the work samples that a person reads for: somebody else does now.
pub(super) fn ask_about_owned(
    tx: &mut Tx<'_>,
    person: &PersonId,
    now: Timestamp,
) -> Result<(), StoreError> {
    for id in tx.owned_by(person)? {
        tx.nudge(&job(&id, now), now)?;
    }
    Ok(())
}

/// The job of a work sample.
pub(super) fn job(id: &WorkSampleId, run_at: Timestamp) -> NewJob {
    job_about(id.to_string(), job_key::messages(id), run_at)
}

/// The job of what concerns no single work sample.
pub(super) fn job_of_service(run_at: Timestamp) -> NewJob {
    let key = job_key::MESSAGES_OF_THE_SERVICE.to_owned();
    job_about(SERVICE.to_owned(), key, run_at)
}

fn job_about(subject: String, key: String, run_at: Timestamp) -> NewJob {
    let kind = JobKind::Messages;
    NewJob {
        kind: kind.name().to_owned(),
        subject,
        payload: json!({}),
        dedupe_key: Some(key),
        run_at,
        priority: kind.priority(),
        max_attempts: kind.max_attempts(),
    }
}
