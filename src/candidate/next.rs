//! What is asked of the candidate next.

use chrono::Duration;
use serde::Serialize;
use utoipa::ToSchema;

use super::conversation;
use crate::clock::Timestamp;
use crate::spec::Spec;
use crate::work_sample::{EntryKind, InvitationState, Side, State, WorkSample};

/// One thing that is asked, or that the candidate waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct NextStep {
    pub step: Step,
    /// By when, where there is such a time.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub by: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Accept or decline the offer.
    DecideOnOffer,
    /// The repository is being made.
    WaitForRepository,
    /// Nobody is invited: correct the login, or wait for the team.
    MendInvitation,
    AcceptInvitation,
    /// Answer the kickoff issue: what was understood, open questions, the approach.
    WriteMemo,
    WriteProgress,
    /// The team redirected a decision, and nothing was written or pushed since.
    ReadRedirection,
    Deliver,
    /// The acceptance criteria are being run.
    WaitForAssessment,
    WaitForDecision,
    /// Pay is due and not paid yet.
    WaitForPay,
}

/// The most urgent first.
pub(super) fn next_steps(ws: &WorkSample, spec: &Spec) -> Vec<NextStep> {
    let mut steps = match ws.state {
        State::Drafted | State::Declined | State::Expired => Vec::new(),
        State::Offered => vec![NextStep {
            step: Step::DecideOnOffer,
            by: ws.offer_expires_at,
        }],
        State::Accepted => vec![invitation(ws).unwrap_or(whenever(Step::WaitForRepository))],
        State::Provisioned | State::InProgress => working(ws, spec),
        State::Delivered => vec![whenever(Step::WaitForAssessment)],
        State::Assessed => vec![whenever(Step::WaitForDecision)],
        State::Decided | State::Closed | State::Withdrawn | State::Cancelled => Vec::new(),
    };
    if ws.outstanding().is_some() {
        steps.push(NextStep {
            step: Step::WaitForPay,
            by: ws.obligation.as_ref().map(|owed| owed.pay_by),
        });
    }
    steps
}

fn whenever(step: Step) -> NextStep {
    NextStep { step, by: None }
}

fn invitation(ws: &WorkSample) -> Option<NextStep> {
    if ws.invitation_failure().is_some() {
        return Some(whenever(Step::MendInvitation));
    }
    match ws.invitation.as_ref().map(|invitation| invitation.state) {
        Some(InvitationState::Pending) => Some(whenever(Step::AcceptInvitation)),
        Some(
            InvitationState::Expired
            | InvitationState::Declined
            | InvitationState::WrongAccount
            | InvitationState::AccountGone
            | InvitationState::Refused,
        ) => Some(whenever(Step::MendInvitation)),
        Some(InvitationState::Accepted | InvitationState::Renewing) | None => None,
    }
}

fn working(ws: &WorkSample, spec: &Spec) -> Vec<NextStep> {
    let mut steps: Vec<NextStep> = invitation(ws).into_iter().collect();
    if waits_to_be_read(ws) {
        steps.push(whenever(Step::ReadRedirection));
    }
    if ws.entries_of(EntryKind::Memo).next().is_none() {
        steps.push(whenever(Step::WriteMemo));
    }
    let last_update = ws
        .entries_of(EntryKind::Progress)
        .filter(|entry| entry.side == Side::Candidate)
        .map(|entry| entry.at)
        .chain(ws.accepted_at)
        .max();
    let update_by = last_update.map(|at| at + Duration::hours(i64::from(spec.updates.every_hours)));
    if update_by < ws.due_at {
        steps.push(NextStep {
            step: Step::WriteProgress,
            by: update_by,
        });
    }
    steps.push(NextStep {
        step: Step::Deliver,
        by: ws.due_at,
    });
    steps
}

/// Is a decision redirected, and has the candidate neither written nor pushed anything since?
fn waits_to_be_read(ws: &WorkSample) -> bool {
    let redirected = ws
        .entries_of(EntryKind::Decision)
        .filter_map(|decision| conversation::redirected_at(ws, decision))
        .max();
    let written = ws
        .entries
        .iter()
        .filter(|entry| entry.side == Side::Candidate)
        .map(|entry| entry.at);
    let pushed = ws
        .pushes
        .iter()
        .filter(|push| push.side == Side::Candidate)
        .map(|push| push.at);
    redirected.is_some_and(|at| written.chain(pushed).all(|sign| sign <= at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::work_sample::testing::*;

    #[test]
    fn redirection_is_asked_to_be_read_until_next_sign() {
        let mut story = Story::provisioned();
        story.issue(candidate(), 2, 10, "Decision", "/decision I keep the key.");
        assert!(!waits_to_be_read(&story.fold()));
        story.comment(team(), 2, 20, "/redirect Drop the key instead.");
        assert!(waits_to_be_read(&story.fold()));
        let mut confirmed = story.clone();
        confirmed.comment(team(), 2, 25, "/confirm Keep it after all.");
        assert!(!waits_to_be_read(&confirmed.fold()));
        story.push(30, MAIN, '1', 'a');
        assert!(!waits_to_be_read(&story.fold()));
    }
}
