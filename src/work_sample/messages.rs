//! Says which messages a work sample should have sent: to its candidate and to its team, about what, and since when. Pure;
//! writing and sending them is the workflow's part.
//!
//! What is wanted follows from the log, the spec's words, the promise to answer and the time. A message has a stable key, made
//! of its kind and the key of the event that it is about, so that it is sent once. What a candidate may not read is not in the
//! content of a message to them: no outcome of a decision, no check, no gap, no note of the team's.

mod content;
mod key;
mod kind;
mod team;

pub use content::*;
pub use key::*;
pub use kind::*;

use chrono::Duration;

use super::answer_hours::Availability;
use super::answers::{self, AnswerKind};
use super::entry::meant::SpecWords;
use super::event::NaturalKey;
use super::following::InvitationState;
use super::model::{Entry, Side, State, WorkSample};
use super::parts::{DeliveryOutcome, EntryKind, InvitationProblem};
use crate::clock::Timestamp;
use crate::ids::{JobId, MessageId};

/// The reminder of an offer is sent at the latest so long before its end.
const OFFER_REMINDER: Duration = Duration::hours(48);
/// An invitation is not accepted if nobody has accepted it for so long.
const INVITATION_PATIENCE: Duration = Duration::hours(24);
/// The reminder of the due time.
const DUE_REMINDER: Duration = Duration::hours(24);

/// A message that should be sent, or should have been.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    pub key: MessageKey,
    pub kind: MessageKind,
    /// Since when it is wanted.
    pub at: Timestamp,
    pub content: Content,
    /// Since when the owner's backup is to be told too, because their answer hours are counted.
    pub backup_from: Option<Timestamp>,
}

/// Within what time the team answers, and who does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Promise {
    pub within_hours: u32,
    /// Who is told of a question at once: the owner, or all leads.
    pub people: Vec<Availability>,
    /// Who is told once their hours are counted and the owner's are not.
    pub backup: Option<Availability>,
}

impl Promise {
    /// Everybody whose hours are counted.
    pub fn everybody(&self) -> Vec<Availability> {
        self.people.iter().chain(&self.backup).cloned().collect()
    }
}

/// A job about this work sample that is dead until an operator retries it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadJob {
    pub id: JobId,
    pub kind: String,
    pub at: Timestamp,
}

/// A message that was given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedMessage {
    pub id: MessageId,
    pub kind: MessageKind,
    /// How often somebody had it sent again before.
    pub resent: u32,
    pub at: Timestamp,
}

/// What is known besides the log.
#[derive(Debug, Clone)]
pub struct Known<'a> {
    pub spec: &'a SpecWords,
    /// Nothing is sent that was wanted before this moment.
    pub since: Option<Timestamp>,
    pub promise: Option<&'a Promise>,
    pub dead_jobs: &'a [DeadJob],
    pub failed_messages: &'a [FailedMessage],
}

/// The messages that are wanted now, and the next moment at which another may be.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    pub wanted: Vec<Wanted>,
    pub next: Option<Timestamp>,
}

/// Which messages a work sample should have sent by now.
pub fn plan(ws: &WorkSample, known: &Known<'_>, now: Timestamp) -> Plan {
    let mut all = Vec::new();
    offer(ws, &mut all);
    repository(ws, &mut all);
    due(ws, &mut all);
    conversation(ws, known, &mut all);
    deliveries(ws, &mut all);
    pay(ws, &mut all);
    decided(ws, &mut all);
    team::messages(ws, known, &mut all);
    team::operator(known, &mut all);
    planned(all, known, now)
}

/// Which messages there should be by now about what concerns no single work sample.
pub fn service_plan(known: &Known<'_>, now: Timestamp) -> Plan {
    let mut all = Vec::new();
    team::operator(known, &mut all);
    planned(all, known, now)
}

fn planned(all: Vec<Timed>, known: &Known<'_>, now: Timestamp) -> Plan {
    let all = all
        .into_iter()
        .filter(|one| known.since.is_none_or(|since| one.wanted.at >= since))
        .filter(|one| one.until.is_none_or(|until| now < until));
    let (wanted, later): (Vec<Timed>, Vec<Timed>) = all.partition(|one| one.wanted.at <= now);
    let mut wanted: Vec<Wanted> = wanted.into_iter().map(|one| one.wanted).collect();
    wanted.sort_by(|a, b| (a.at, &a.key).cmp(&(b.at, &b.key)));
    let later = later.iter().map(|one| one.wanted.at);
    let to_backups = wanted.iter().filter_map(|one| one.backup_from);
    Plan {
        next: later.chain(to_backups.filter(|at| *at > now)).min(),
        wanted,
    }
}

/// A message that is of no use any more after some moment.
struct Timed {
    wanted: Wanted,
    until: Option<Timestamp>,
}

fn message(kind: MessageKind, about: &NaturalKey, at: Timestamp, content: Content) -> Timed {
    Timed {
        wanted: Wanted {
            key: MessageKey::of(kind, about),
            kind,
            at,
            content,
            backup_from: None,
        },
        until: None,
    }
}

/// Is there work to talk about?
fn is_under_way(ws: &WorkSample) -> bool {
    match ws.state {
        State::Provisioned | State::InProgress | State::Delivered | State::Assessed => true,
        State::Drafted
        | State::Offered
        | State::Accepted
        | State::Decided
        | State::Closed
        | State::Declined
        | State::Expired
        | State::Withdrawn
        | State::Cancelled => false,
    }
}

fn offer(ws: &WorkSample, all: &mut Vec<Timed>) {
    let (State::Offered, Some(offered_at), Some(expires_at)) =
        (ws.state, ws.offered_at, ws.offer_expires_at)
    else {
        return;
    };
    let terms = ws.terms.clone();
    let content = Content::Offer { terms, expires_at };
    let about = super::key::offered();
    all.push(Timed {
        until: Some(expires_at),
        ..message(MessageKind::Offer, &about, offered_at, content)
    });
    let ahead = OFFER_REMINDER.min((expires_at - offered_at) / 2);
    let content = Content::OfferEnds { expires_at };
    all.push(Timed {
        until: Some(expires_at),
        ..message(MessageKind::OfferEnds, &about, expires_at - ahead, content)
    });
}

fn repository(ws: &WorkSample, all: &mut Vec<Timed>) {
    if ws.state == State::Accepted || is_under_way(ws) {
        refused_invitation(ws, all);
    }
    let (Some(repository), Some(provisioned_at)) = (&ws.provisioning.repository, ws.provisioned_at)
    else {
        return;
    };
    if !is_under_way(ws) {
        return;
    }
    let content = Content::RepositoryReady {
        repository: repository.html_url.clone(),
        login: ws.login.clone(),
        due_at: ws.due_at,
    };
    let about = super::key::provisioned();
    all.push(message(
        MessageKind::RepositoryReady,
        &about,
        provisioned_at,
        content,
    ));
    let pending = ws
        .invitation
        .as_ref()
        .filter(|one| one.state == InvitationState::Pending);
    if let Some(invitation) = pending {
        let content = Content::InvitationPending {
            repository: repository.html_url.clone(),
            login: invitation.login.clone(),
            sent_at: invitation.sent_at,
        };
        let about = super::key::candidate_invited(invitation.id, ws.invitation_rounds);
        let at = invitation.sent_at + INVITATION_PATIENCE;
        all.push(Timed {
            until: ws.due_at,
            ..message(MessageKind::InvitationNotAccepted, &about, at, content)
        });
    }
}

/// Tells the candidate of a refusal that they can do something about.
fn refused_invitation(ws: &WorkSample, all: &mut Vec<Timed>) {
    let theirs = |code| {
        matches!(
            code,
            InvitationProblem::NoSuchAccount
                | InvitationProblem::AccountNotAPerson
                | InvitationProblem::TwoFactorRequired
                | InvitationProblem::ManagedUser
        )
    };
    if let Some(failure) = ws.invitation_failure().filter(|one| theirs(one.code)) {
        let content = Content::InvitationRefused {
            login: failure.login.clone(),
            code: failure.code,
        };
        let kind = MessageKind::InvitationNotAccepted;
        all.push(message(kind, &failure.key, failure.at, content));
    }
}

fn due(ws: &WorkSample, all: &mut Vec<Timed>) {
    let (Some(due_at), Some(provisioned_at)) = (ws.due_at, ws.provisioned_at) else {
        return;
    };
    if !is_under_way(ws) {
        return;
    }
    let moved = ws.extensions.last();
    if let Some(moved) = moved.filter(|one| one.at > provisioned_at) {
        let about = super::key::extended(ws.extensions.len());
        let content = Content::DueMoved {
            due_at: moved.due_at,
        };
        all.push(message(MessageKind::DueMoved, &about, moved.at, content));
    }
    let told_at = moved.map_or(provisioned_at, |one| one.at.max(provisioned_at));
    let at = due_at - DUE_REMINDER;
    let works = matches!(ws.state, State::Provisioned | State::InProgress);
    // Who was told of the due time within the last day needs no reminder.
    if works && at > told_at {
        let about = match ws.extensions.len() {
            0 => super::key::accepted(),
            moved => super::key::extended(moved),
        };
        all.push(Timed {
            until: Some(due_at),
            ..message(
                MessageKind::DueSoon,
                &about,
                at,
                Content::DueSoon { due_at },
            )
        });
    }
}

fn conversation(ws: &WorkSample, known: &Known<'_>, all: &mut Vec<Timed>) {
    if !is_under_way(ws) {
        return;
    }
    for reply in ws.entries.iter().filter(|one| is_shown(one, Side::Team)) {
        let about = reply.about.as_ref().and_then(|key| ws.entry(key));
        let Some(about) = about.filter(|one| is_shown(one, Side::Candidate)) else {
            continue;
        };
        let kind = match (about.kind, reply.kind) {
            (EntryKind::Question, _) => MessageKind::AnswerGiven,
            (EntryKind::Decision, EntryKind::Redirect) => MessageKind::DecisionRedirected,
            _ => continue,
        };
        let content = Content::Reply {
            about: Text::of(about),
            by: reply.login.clone(),
            reply: Text::of(reply),
        };
        all.push(message(kind, &reply.key, reply.at, content));
    }
    for misread in answers::misread_texts(ws, known.spec) {
        let entry = misread.about.0.rsplit_once(':');
        let entry = entry.and_then(|(key, _)| ws.entry(&NaturalKey(key.to_owned())));
        let (AnswerKind::MisreadCommand { word, meant, .. }, Some(entry)) = (misread.kind, entry)
        else {
            continue;
        };
        let content = Content::MisreadCommand {
            word,
            meant,
            text: Text::of(entry),
        };
        let kind = MessageKind::NotUnderstood;
        all.push(message(kind, &entry.key, misread.written_at, content));
    }
}

fn is_shown(entry: &Entry, side: Side) -> bool {
    entry.side == side && entry.deleted_at.is_none()
}

fn deliveries(ws: &WorkSample, all: &mut Vec<Timed>) {
    if !is_under_way(ws) {
        return;
    }
    let latest = |record: &&super::delivery::DeliveryRecord| {
        ws.record_of(&record.delivery)
            .is_some_and(|one| one.key == record.key)
            && ws.upgraded_at.is_none_or(|at| record.at > at)
    };
    for record in ws.delivery_records.iter().filter(latest) {
        let (kind, content) = match &record.outcome {
            DeliveryOutcome::Delivered { sha } => {
                let recorded = ws
                    .deliveries
                    .iter()
                    .find(|one| one.recorded_by == record.key);
                if !recorded.is_some_and(|one| one.effective) {
                    continue;
                }
                let content = Content::DeliveryRecorded {
                    sha: sha.clone(),
                    at: record.declared_at,
                    late: recorded.map_or(record.late, |one| one.late),
                    due_at: ws.due_at,
                };
                let delivered = MessageKind::Delivered;
                all.push(message(delivered, &record.key, record.at, content.clone()));
                (MessageKind::DeliveryRecorded, content)
            }
            DeliveryOutcome::StarterUnconfirmed { .. } => (
                MessageKind::NotUnderstood,
                Content::DeliveredNothing { why: None },
            ),
            DeliveryOutcome::NotResolved { why } => (
                MessageKind::NotUnderstood,
                Content::DeliveredNothing {
                    why: Some(why.clone()),
                },
            ),
        };
        all.push(message(kind, &record.key, record.at, content));
    }
}

fn pay(ws: &WorkSample, all: &mut Vec<Timed>) {
    if let (Some(owed), Some(_)) = (&ws.obligation, ws.outstanding()) {
        let content = Content::PayDue {
            reason: owed.reason,
            amount: owed.amount,
            pay_by: owed.pay_by,
        };
        // Another delivery that counts moves the day and leaves the amount.
        let about = super::key::obligation_recorded(ws.obligation_records);
        let at = owed.fell_due_at;
        all.push(message(MessageKind::PayDue, &about, at, content.clone()));
        all.push(message(MessageKind::PayToPay, &about, at, content));
    }
    for payout in &ws.payouts {
        let content = Content::Paid {
            amount: payout.amount,
            reference: payout.reference.clone(),
            outstanding: ws.outstanding(),
        };
        all.push(message(MessageKind::Paid, &payout.key, payout.at, content));
    }
}

fn decided(ws: &WorkSample, all: &mut Vec<Timed>) {
    if let Some(decision) = &ws.decision {
        let content = Content::Decided {
            is_corrected: !ws.former_decisions.is_empty(),
            feedback: decision.feedback.clone(),
        };
        all.push(message(
            MessageKind::Decided,
            &decision.key,
            decision.at,
            content,
        ));
    }
}

#[cfg(test)]
mod tests;
