//! A work sample in one row of a list: who waits for whom, the last news, what the team has to do, and a few marks for a small
//! timeline. Pure.
//!
//! It is kept beside the log, so that a list of thousands need not fold their logs. What depends on the time of reading
//! (is it late, is the task due yet) is not in it: a task has a moment since when it waits, and that may lie ahead.

mod marks;
mod news;
mod tasks;

use serde::{Deserialize, Serialize};

use super::event::NaturalKey;
use super::model::{State, WorkSample};
use crate::clock::Timestamp;
use crate::ids::ClauseId;

pub use marks::MOST_MARKS;

/// The present form of [`Overview`]. Those of another form are made again.
pub const OVERVIEW_FORMAT: i32 = 2;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overview {
    pub waiting: Waiting,
    pub news: News,
    pub tasks: Vec<TeamTask>,
    /// Oldest first, at most [`MOST_MARKS`].
    pub marks: Vec<Mark>,
}

/// Who waits for whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    pub on: WaitingOn,
    pub since: Timestamp,
}

/// Whose turn it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitingOn {
    /// The team: somebody waits for its answer, decision or payment.
    Team,
    Candidate,
    /// The service is making the repository, or assesses a delivery.
    Service,
    /// It is over, and nothing is left to do.
    Nobody,
}

/// The last thing that happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct News {
    pub at: Timestamp,
    pub kind: NewsKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NewsKind {
    Drafted,
    Offered,
    Accepted,
    RepositoryReady,
    InvitationFailed,
    Question,
    TeamReply,
    ProgressUpdate,
    CandidateDecision,
    Memo,
    CandidateText,
    TeamText,
    Pushed,
    DueMoved,
    Delivered,
    Assessed,
    NotAssessable,
    Decided,
    Paid,
    Declined,
    Expired,
    Withdrawn,
    Cancelled,
    Closed,
}

/// Something that the team has to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamTask {
    pub kind: TeamTaskKind,
    /// The event that it is about.
    pub about: NaturalKey,
    /// Since when it waits; it may lie ahead.
    pub since: Timestamp,
    /// The moment by which it should be done, where one was agreed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Timestamp>,
    /// The beginning of somebody's words, on one line; empty where there are none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// The clauses that the words name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clauses: Vec<ClauseId>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TeamTaskKind {
    /// A question of the candidate has no reply.
    AnswerQuestion,
    /// A decision of the candidate is neither confirmed nor redirected.
    SettleDecision,
    /// Nobody is invited, or the invitation came to its end.
    FixInvitation,
    /// The starter was delivered with nothing changed and is not confirmed.
    LookAtStarter,
    /// Words that deliver something could not be resolved.
    LookAtDelivery,
    /// The answer to a question took longer than the promised hours, nights and days off included, and the due time was not moved
    /// since.
    ConsiderExtension,
    /// Criteria of the delivery wait for a person's judgement.
    JudgeCriteria,
    /// The candidate waits for the decision.
    Decide,
    /// The due time is over, and nothing was delivered.
    DecideWithoutDelivery,
    Pay,
    /// The service could not go on.
    HelpService,
    /// It is over and paid, and can be closed.
    Close,
}

/// A point of the small timeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    pub at: Timestamp,
    pub kind: MarkKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MarkKind {
    Offered,
    Accepted,
    Ready,
    Question,
    Reply,
    Update,
    Decision,
    Push,
    Delivered,
    Decided,
    Ended,
}

/// What a list shows of a work sample.
pub fn overview(ws: &WorkSample) -> Overview {
    let tasks = tasks::tasks(ws);
    Overview {
        waiting: waiting(ws, &tasks),
        news: news::last(ws),
        marks: marks::marks(ws),
        tasks,
    }
}

/// Whose turn it is follows from the tasks, and where the team has none, from the state.
fn waiting(ws: &WorkSample, tasks: &[TeamTask]) -> Waiting {
    // The pay has its day; before the work is over, something else comes first.
    let is_over = ws.over_at().is_some();
    let theirs = tasks
        .iter()
        .filter(|task| is_waited_for(task.kind))
        .filter(|task| is_over || task.kind != TeamTaskKind::Pay);
    if let Some(since) = theirs.map(|task| task.since).min() {
        return Waiting {
            on: WaitingOn::Team,
            since,
        };
    }
    let start = ws.drafted_at;
    let latest = |moments: &[Option<Timestamp>]| moments.iter().flatten().max().copied();
    let (on, since) = match ws.state {
        State::Drafted => (WaitingOn::Service, Some(start)),
        State::Offered => (WaitingOn::Candidate, ws.offered_at),
        State::Accepted => (WaitingOn::Service, ws.accepted_at),
        State::Provisioned | State::InProgress => {
            let reply = ws
                .entries
                .iter()
                .filter(|entry| entry.about.is_some())
                .map(|entry| entry.at)
                .max();
            (WaitingOn::Candidate, latest(&[ws.provisioned_at, reply]))
        }
        State::Delivered => {
            let delivered = ws.effective_delivery().map(|one| one.at);
            (WaitingOn::Service, delivered)
        }
        // The task to decide is the team's.
        State::Assessed => (WaitingOn::Team, ws.effective_delivery().map(|one| one.at)),
        State::Decided
        | State::Closed
        | State::Declined
        | State::Expired
        | State::Withdrawn
        | State::Cancelled => (WaitingOn::Nobody, latest(&[ws.over_at(), ws.closed_at])),
    };
    Waiting {
        on,
        since: since.unwrap_or(start),
    }
}

/// Does somebody wait for it? The candidate works on without a word on a decision, and nobody waits for a closing.
fn is_waited_for(kind: TeamTaskKind) -> bool {
    match kind {
        TeamTaskKind::AnswerQuestion
        | TeamTaskKind::FixInvitation
        | TeamTaskKind::JudgeCriteria
        | TeamTaskKind::Decide
        | TeamTaskKind::Pay
        | TeamTaskKind::HelpService => true,
        TeamTaskKind::SettleDecision
        | TeamTaskKind::LookAtStarter
        | TeamTaskKind::LookAtDelivery
        | TeamTaskKind::ConsiderExtension
        | TeamTaskKind::DecideWithoutDelivery
        | TeamTaskKind::Close => false,
    }
}

#[cfg(test)]
mod tests;
