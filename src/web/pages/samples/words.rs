//! What lists and pages of work samples say in words.

use crate::work_sample::State;
use crate::work_sample::overview::{NewsKind, TeamTaskKind, WaitingOn};

pub(in crate::web::pages) fn state(state: State) -> &'static str {
    match state {
        State::Drafted => "drafted",
        State::Offered => "offered",
        State::Accepted => "accepted",
        State::Provisioned => "ready to work",
        State::InProgress => "in progress",
        State::Delivered => "delivered",
        State::Assessed => "assessed",
        State::Decided => "decided",
        State::Closed => "closed",
        State::Declined => "declined",
        State::Expired => "expired",
        State::Withdrawn => "withdrawn",
        State::Cancelled => "cancelled",
    }
}

/// The kind of a state's badge.
pub(in crate::web::pages) fn state_badge(state: State) -> &'static str {
    match state {
        State::Drafted | State::Offered | State::Accepted => "neutral",
        State::Provisioned | State::InProgress => "info",
        State::Delivered | State::Assessed => "warning",
        State::Decided | State::Closed => "success",
        State::Declined | State::Expired | State::Withdrawn | State::Cancelled => "neutral",
    }
}

/// Who waits for whom.
pub(in crate::web::pages) fn waiting(on: WaitingOn) -> &'static str {
    match on {
        WaitingOn::Team => "the team",
        WaitingOn::Candidate => "the candidate",
        WaitingOn::Service => "the service",
        WaitingOn::Nobody => "nobody",
    }
}

pub(in crate::web::pages) fn news(kind: NewsKind) -> &'static str {
    match kind {
        NewsKind::Drafted => "Drafted",
        NewsKind::Offered => "Offered",
        NewsKind::Accepted => "Accepted",
        NewsKind::RepositoryReady => "Repository ready",
        NewsKind::InvitationFailed => "Invitation failed",
        NewsKind::Question => "Question asked",
        NewsKind::TeamReply => "The team replied",
        NewsKind::ProgressUpdate => "Progress update",
        NewsKind::CandidateDecision => "Decision written down",
        NewsKind::Memo => "Understanding memo",
        NewsKind::CandidateText => "The candidate wrote",
        NewsKind::TeamText => "The team wrote",
        NewsKind::Pushed => "Commits pushed",
        NewsKind::DueMoved => "Due time moved",
        NewsKind::Delivered => "Delivered",
        NewsKind::Assessed => "Assessed",
        NewsKind::NotAssessable => "Could not be assessed",
        NewsKind::Decided => "Decided",
        NewsKind::Paid => "Paid",
        NewsKind::Declined => "Declined",
        NewsKind::Expired => "Offer expired",
        NewsKind::Withdrawn => "Withdrawn",
        NewsKind::Cancelled => "Cancelled",
        NewsKind::Closed => "Closed",
    }
}

/// What is to be done, as the heading of a task.
pub(in crate::web::pages) fn task(kind: TeamTaskKind) -> &'static str {
    match kind {
        TeamTaskKind::AnswerQuestion => "A question waits for an answer",
        TeamTaskKind::SettleDecision => "A decision to confirm or redirect",
        TeamTaskKind::FixInvitation => "Nobody could be invited, or the invitation ended",
        TeamTaskKind::LookAtStarter => "The starter was delivered with nothing changed",
        TeamTaskKind::LookAtDelivery => "A delivery names nothing that is known",
        TeamTaskKind::ConsiderExtension => {
            "An answer took longer than the promised hours by the clock"
        }
        TeamTaskKind::JudgeCriteria => "Criteria wait for a person’s judgement",
        TeamTaskKind::Decide => "The candidate waits for the decision",
        TeamTaskKind::DecideWithoutDelivery => "The due time is over, and nothing was delivered",
        TeamTaskKind::Pay => "Pay is due",
        TeamTaskKind::HelpService => "The service could not go on",
        TeamTaskKind::Close => "It is over and can be closed",
    }
}

/// What the link to a task's place says, and the part of the work sample's page that it leads to.
pub(in crate::web::pages) fn action(kind: TeamTaskKind) -> (&'static str, &'static str) {
    match kind {
        TeamTaskKind::AnswerQuestion => ("Read it in its place", "conversation"),
        TeamTaskKind::SettleDecision => ("Read it in its place", "conversation"),
        TeamTaskKind::FixInvitation => ("See the invitation", "invitation"),
        TeamTaskKind::LookAtStarter | TeamTaskKind::LookAtDelivery => {
            ("See the deliveries", "deliveries")
        }
        TeamTaskKind::ConsiderExtension => ("Extend", "extend"),
        TeamTaskKind::JudgeCriteria => ("Judge", "acceptance"),
        TeamTaskKind::Decide | TeamTaskKind::DecideWithoutDelivery => ("Decide", "decide"),
        TeamTaskKind::Pay => ("Record the payment", "pay"),
        TeamTaskKind::HelpService => ("See what happened", "troubles"),
        TeamTaskKind::Close => ("Close", "close"),
    }
}
