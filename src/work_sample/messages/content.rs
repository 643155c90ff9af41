//! What a message says, as data.

use super::kind::MessageKind;
use crate::clock::Timestamp;
use crate::ids::{CommitSha, JobId, Login, MessageId};
use crate::money::Money;
use crate::work_sample::following::InvitationState;
use crate::work_sample::model::Entry;
use crate::work_sample::parts::{InvitationProblem, ObligationReason, Terms};

/// What a message says: all that its words are made of, besides the names of the work sample.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    Offer {
        terms: Terms,
        expires_at: Timestamp,
    },
    OfferEnds {
        expires_at: Timestamp,
    },
    RepositoryReady {
        repository: String,
        login: Option<Login>,
        due_at: Option<Timestamp>,
    },
    InvitationPending {
        repository: String,
        login: Login,
        sent_at: Timestamp,
    },
    InvitationRefused {
        login: Login,
        code: InvitationProblem,
    },
    DueMoved {
        due_at: Timestamp,
    },
    DueSoon {
        due_at: Timestamp,
    },
    /// What the team wrote about something that the candidate wrote.
    Reply {
        about: Text,
        by: String,
        reply: Text,
    },
    MisreadCommand {
        word: String,
        meant: &'static str,
        text: Text,
    },
    DeliveredNothing {
        why: Option<String>,
    },
    DeliveryRecorded {
        sha: Option<CommitSha>,
        at: Timestamp,
        late: bool,
        due_at: Option<Timestamp>,
    },
    PayDue {
        reason: ObligationReason,
        amount: Money,
        pay_by: Timestamp,
    },
    Paid {
        amount: Money,
        reference: String,
        outstanding: Option<Money>,
    },
    Decided {
        /// It replaces another decision that was made before.
        is_corrected: bool,
        /// What the team wrote for the candidate.
        feedback: Option<String>,
    },
    Question {
        question: Text,
        blocking: bool,
        answer_by: Option<Timestamp>,
    },
    AssessmentReady {
        sha: CommitSha,
    },
    NotAssessable {
        sha: CommitSha,
    },
    InvitationFailed {
        login: Login,
        code: InvitationProblem,
    },
    InvitationEnded {
        login: Login,
        state: InvitationState,
    },
    DeadJob {
        id: JobId,
        kind: String,
    },
    MessageFailed {
        id: MessageId,
        kind: MessageKind,
    },
}

/// A text at GitHub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    pub title: String,
    pub text: String,
    pub html_url: String,
}

impl Text {
    pub(super) fn of(entry: &Entry) -> Text {
        Text {
            title: entry.title.clone(),
            text: entry.text.clone(),
            html_url: entry.html_url.clone(),
        }
    }
}
