//! The one way into a log: append, bring the summary up to date, queue what follows, in one transaction.

use serde_json::json;

use super::jobs::JobKind;
use super::stored::{job_key, step};
use super::{WorkflowError, answer_job, following, message_job, side_jobs};
use crate::clock::Timestamp;
use crate::ids::WorkSampleId;
use crate::store::{NewJob, ReadTx, StoreError, Summary, Tx, candidate_key};
use crate::work_sample::overview::overview;
use crate::work_sample::settle::{Settled, settle};
use crate::work_sample::{
    EventBody, Happening, NaturalKey, Source, State, WorkSample, fold, records,
};

/// A work sample as its log tells it.
pub fn load(tx: &mut ReadTx<'_>, id: &WorkSampleId) -> Result<WorkSample, WorkflowError> {
    let events = tx.events(id)?;
    if events.is_empty() {
        return Err(WorkflowError::NotFound {
            what: format!("the work sample {id}"),
        });
    }
    Ok(fold(&events)?)
}

/// Appends what is new of `happenings` and does what follows. `after_seq` is the last position that the caller decided
/// on.
///
/// Which occurrence a fact that recurs is, is decided here, in the transaction that appends it.
pub fn record(
    tx: &mut Tx<'_>,
    id: &WorkSampleId,
    after_seq: i64,
    happenings: &[Happening],
    source: Source,
    now: Timestamp,
) -> Result<WorkSample, WorkflowError> {
    let recurs = |one: &Happening| one.body.occurrence().is_some();
    let known = if happenings.iter().any(recurs) {
        tx.events(id)?
    } else {
        Vec::new()
    };
    let Settled {
        new: happenings,
        in_doubt,
    } = settle(&known, happenings, source);
    tx.append(id, after_seq, &happenings, now, source)?;
    let after = load(tx, id)?;
    if after.last_seq > after_seq {
        sound_alarms(tx, &after, &happenings)?;
    }
    tx.update_summary(id, &summary(&after), now)?;
    if happenings.iter().any(|one| corrects_email(&one.body)) {
        let email = after.email.as_deref();
        tx.correct_email(id, email, &candidate_key(&after.candidate, email))?;
    }
    keep_overview(tx, &after)?;
    if happenings.iter().any(|one| settles_the_offer(&one.body)) {
        tx.retire_job(&job_key::expire(id), now)?;
    }
    if happenings.iter().any(|one| asks_to_invite(&one.body)) {
        // What could not invite before is another job's now, also where it was given up.
        let kinds = [JobKind::Provision.name(), JobKind::Invite.name()];
        tx.retire_jobs(&kinds, id.as_str(), now)?;
    }
    for (kind, dedupe_key, run_at) in what_follows(&after, now) {
        let job = NewJob {
            kind: kind.name().to_owned(),
            subject: id.to_string(),
            payload: json!({}),
            dedupe_key: Some(dedupe_key),
            run_at,
            priority: kind.priority(),
            max_attempts: kind.max_attempts(),
        };
        tx.enqueue(&job, now)?;
    }
    if after.last_seq > after_seq && side_jobs::to_look_up(&after, &happenings) {
        tx.nudge(&side_jobs::job(id, now), now)?;
    }
    if answer_job::asked_for(&after, &happenings) {
        tx.nudge(&answer_job::job(id, now), now)?;
    }
    message_job::ask(tx, &after, &happenings, now)?;
    if after.provisioned_at.is_some()
        && let Some(pause) = following::pause(after.state)
    {
        let job = following::job(id, now + pause, JobKind::Reconcile.priority());
        tx.enqueue(&job, now)?;
        if in_doubt {
            tx.forget_etags(id)?;
            tx.nudge(&following::job(id, now, JobKind::Reconcile.priority()), now)?;
        }
    }
    Ok(after)
}

/// Says to the operator, too, what a lead should look at: nobody has forty reports open. Of what we do ourselves GitHub tells
/// before it is noted.
fn sound_alarms(
    tx: &mut Tx<'_>,
    after: &WorkSample,
    happenings: &[Happening],
) -> Result<(), StoreError> {
    let news = |key: &NaturalKey| happenings.iter().any(|one| one.key == *key);
    for event in &after.repository_events {
        if !(event.alarm && news(&event.key)) {
            continue;
        }
        let puts_away = tx.effect(&after.id, step::DELETE)?.is_some()
            || tx.effect(&after.id, step::TRANSFER)?.is_some();
        let is_away = !after.whereabouts.there || event.text.contains("transferred");
        if !(puts_away && is_away) {
            tracing::warn!(work_sample = %after.id, at = %event.at, text = event.text, "something happened to a repository that a lead should look at");
        }
    }
    Ok(())
}

fn summary(after: &WorkSample) -> Summary {
    let repository = after.provisioning.repository.as_ref();
    Summary {
        state: after.state,
        last_seq: after.last_seq,
        login: after.login.clone(),
        repository_id: repository.map(|repository| repository.id),
        repository_full_name: repository.map(|repository| repository.full_name.clone()),
        due_at: after.due_at,
        offer_expires_at: after.offer_expires_at,
        invitation_failed: after.invitation_failure().map(|failure| failure.code),
    }
}

/// Keeps the overview of a work sample as it stands now.
pub(super) fn keep_overview(tx: &mut Tx<'_>, work_sample: &WorkSample) -> Result<(), StoreError> {
    let login = work_sample
        .login
        .as_ref()
        .map_or("", |login| login.as_str());
    let email = work_sample.email.as_deref().unwrap_or_default();
    let search = [work_sample.candidate.as_str(), login, email];
    tx.keep_overview(&work_sample.id, &overview(work_sample), &search)
}

/// Nothing is left to expire.
fn settles_the_offer(body: &EventBody) -> bool {
    matches!(
        body,
        EventBody::Accepted { .. } | EventBody::Declined { .. } | EventBody::Cancelled { .. }
    )
}

/// Is the candidate known by another address now?
fn corrects_email(body: &EventBody) -> bool {
    matches!(body, EventBody::EmailCorrected { .. })
}

/// Is another invitation to be sent?
fn asks_to_invite(body: &EventBody) -> bool {
    matches!(
        body,
        EventBody::InvitationAsked | EventBody::LoginCorrected { .. }
    )
}

/// The work that a state asks for. Asked for again on every event; the key makes it one job.
fn what_follows(after: &WorkSample, now: Timestamp) -> Vec<(JobKind, String, Timestamp)> {
    let id = &after.id;
    let mut work = Vec::new();
    match after.state {
        State::Offered => {
            let end = after.offer_expires_at;
            work.extend(end.map(|at| (JobKind::Expire, job_key::expire(id), at)));
        }
        State::Accepted => {
            // A corrected login gives provisioning that is dead another life.
            let key = job_key::provision(id, after.invitation_rounds);
            work.push((JobKind::Provision, key, now));
        }
        State::Provisioned | State::InProgress => {
            work.extend(invitation(after, now));
            work.extend(due(after, now));
        }
        State::Delivered => {
            let sha = after.effective_delivery().and_then(|one| one.sha.as_ref());
            work.extend(sha.map(|sha| (JobKind::Assess, job_key::assess(id, sha), now)));
            work.extend(due(after, now));
        }
        State::Assessed => work.extend(due(after, now)),
        State::Decided | State::Closed | State::Withdrawn | State::Cancelled => {
            if after.provisioning.repository.is_some() {
                work.push((JobKind::End, job_key::end_over(id), now));
            } else if after.accepted_at.is_some() {
                // Was one asked for, and the answer lost?
                work.push((JobKind::Provision, job_key::provision_over(id), now));
            }
        }
        State::Drafted | State::Declined | State::Expired => {}
    }
    work.extend(deliveries(after, now));
    work
}

/// Each declared delivery is recorded by a job of its own key, and again where a newer fact corrects it.
fn deliveries(
    after: &WorkSample,
    now: Timestamp,
) -> impl Iterator<Item = (JobKind, String, Timestamp)> {
    let id = &after.id;
    records::pending(after).map(move |read| {
        let key = job_key::record_delivery(id, &read.declared_by, after.delivery_records.len());
        (JobKind::RecordDelivery, key, now)
    })
}

fn invitation(after: &WorkSample, now: Timestamp) -> Vec<(JobKind, String, Timestamp)> {
    let (id, round) = (&after.id, after.invitation_rounds);
    let missing = (!after.provisioning.invited).then(|| job_key::invite(id, round));
    let strays = after.strays.iter().filter_map(|stray| stray.id);
    missing
        .into_iter()
        .chain(strays.map(|stray| job_key::invite_back(id, stray)))
        .map(|key| (JobKind::Invite, key, now))
        .collect()
}

/// What happens at the due time, and at once where it was moved after it had passed.
fn due(after: &WorkSample, now: Timestamp) -> Vec<(JobKind, String, Timestamp)> {
    let (id, Some(due_at)) = (&after.id, after.due_at) else {
        return Vec::new();
    };
    let mut work = vec![(JobKind::End, job_key::end(id, due_at), due_at)];
    if after.end.frozen.is_some() && due_at > now {
        let moved = after.extensions.len();
        work.push((JobKind::End, job_key::end_moved(id, moved), now));
    }
    work
}

/// A state as it stands in JSON and in messages.
pub(super) fn state_name(state: State) -> String {
    serde_json::to_value(state)
        .ok()
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default()
}
