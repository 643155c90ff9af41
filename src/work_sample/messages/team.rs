//! Messages to the team: what waits for somebody.

use chrono::Duration;

use super::{
    Content, Known, MessageKey, MessageKind, Promise, Text, Timed, Wanted, is_shown, is_under_way,
    message,
};
use crate::clock::Timestamp;
use crate::work_sample::answer_hours::{first_alone, promised_until};
use crate::work_sample::following::InvitationState;
use crate::work_sample::model::{Entry, Side, State, WorkSample};
use crate::work_sample::parts::EntryKind;

/// A question is brought to mind again after this part of the promised hours: three quarters.
const AGAIN_AFTER: (i64, i64) = (3, 4);

pub(super) fn messages(ws: &WorkSample, known: &Known<'_>, all: &mut Vec<Timed>) {
    if is_under_way(ws) {
        for question in ws.entries_of(EntryKind::Question) {
            if waits(ws, question) {
                ask(question, known.promise, all);
            }
        }
        assessment(ws, all);
    }
    if ws.state == State::Accepted || is_under_way(ws) {
        invitation(ws, all);
    }
}

/// What only an operator can put right.
pub(super) fn operator(known: &Known<'_>, all: &mut Vec<Timed>) {
    let wanted = |key, at, content| Timed {
        wanted: Wanted {
            key,
            kind: MessageKind::OperatorNeeded,
            at,
            content,
            backup_from: None,
        },
        until: None,
    };
    for job in known.dead_jobs {
        let content = Content::DeadJob {
            id: job.id.clone(),
            kind: job.kind.clone(),
        };
        all.push(wanted(MessageKey::of_dead_job(job), job.at, content));
    }
    for message in known.failed_messages {
        // That this one failed cannot be told by the same way.
        if message.kind == MessageKind::OperatorNeeded {
            continue;
        }
        let content = Content::MessageFailed {
            id: message.id.clone(),
            kind: message.kind,
        };
        let key = MessageKey::of_failed_message(message);
        all.push(wanted(key, message.at, content));
    }
}

/// Has nobody of the team replied to it?
fn waits(ws: &WorkSample, question: &Entry) -> bool {
    is_shown(question, Side::Candidate) && ws.team_replies_to(&question.key).next().is_none()
}

fn ask(question: &Entry, promise: Option<&Promise>, all: &mut Vec<Timed>) {
    let part_of = |(part, of): (i64, i64)| -> Option<Timestamp> {
        let promise = promise?;
        let hours = Duration::minutes(i64::from(promise.within_hours) * 60 * part / of);
        promised_until(question.at, hours, &promise.everybody())
    };
    let answer_by = part_of((1, 1));
    let backup_from = promise.zip(answer_by).and_then(|(promise, answer_by)| {
        let (owner, backup) = (promise.people.first()?, promise.backup.as_ref()?);
        first_alone(backup, owner, question.at, answer_by)
    });
    let blocking = question.sections.blocking.as_ref();
    let content = Content::Question {
        question: Text::of(question),
        blocking: blocking.is_some_and(|text| text.trim().to_ascii_lowercase().starts_with("yes")),
        answer_by,
    };
    let waiting = MessageKind::QuestionWaiting;
    let mut first = message(waiting, &question.key, question.at, content.clone());
    first.wanted.backup_from = backup_from;
    all.push(first);
    if let Some(at) = part_of(AGAIN_AFTER) {
        let again = MessageKind::QuestionAgain;
        let mut again = message(again, &question.key, at, content);
        again.wanted.backup_from = backup_from.map(|from| from.max(at));
        all.push(again);
    }
}

fn assessment(ws: &WorkSample, all: &mut Vec<Timed>) {
    let kind = MessageKind::AssessmentReady;
    if let Some(assessment) = ws.effective_assessment() {
        let sha = assessment.sha.clone();
        let about = crate::work_sample::key::assessed(&sha);
        let at = assessment.started_at;
        all.push(message(kind, &about, at, Content::AssessmentReady { sha }));
        return;
    }
    let effective = ws.effective_delivery().and_then(|one| one.sha.as_ref());
    let failed = ws
        .not_assessable
        .iter()
        .rev()
        .find(|one| Some(&one.sha) == effective);
    if let Some(failed) = failed {
        let sha = failed.sha.clone();
        let about = crate::work_sample::key::not_assessable(&sha);
        let at = failed.at;
        all.push(message(kind, &about, at, Content::NotAssessable { sha }));
    }
}

fn invitation(ws: &WorkSample, all: &mut Vec<Timed>) {
    let kind = MessageKind::InvitationFailed;
    if let Some(failure) = ws.invitation_failure() {
        let content = Content::InvitationFailed {
            login: failure.login.clone(),
            code: failure.code,
        };
        all.push(message(kind, &failure.key, failure.at, content));
    }
    if let Some(invitation) = &ws.invitation
        && let Some((at, key)) = &invitation.ended
        && matches!(
            invitation.state,
            InvitationState::Expired
                | InvitationState::Declined
                | InvitationState::WrongAccount
                | InvitationState::AccountGone
        )
    {
        let content = Content::InvitationEnded {
            login: invitation.login.clone(),
            state: invitation.state,
        };
        all.push(message(kind, key, *at, content));
    }
}
