//! What people may ask of a work sample. Whether it may happen now is decided in [`super::decide`].

use super::event::NaturalKey;
use super::parts::{AccountSide, DecisionOutcome, EntryKind, ReplyKind};
use crate::acceptance::Verdict;
use crate::clock::Timestamp;
use crate::ids::{CommitSha, CriterionId, GapId, InterpretationId, Login};
use crate::money::Money;

/// One request, with all that it needs.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    Offer {
        expires_at: Timestamp,
    },
    Accept {
        login: Login,
        due_at: Timestamp,
        /// The SHA-256 of the text that is accepted, where it is kept.
        terms_sha256: Option<String>,
    },
    Decline {
        reason: Option<String>,
    },
    Expire,
    Withdraw {
        reason: Option<String>,
    },
    Cancel {
        reason: String,
    },
    Extend {
        due_at: Timestamp,
        reason: String,
    },
    Deliver {
        sha: Option<CommitSha>,
        /// The head of the default branch that was looked at, where no commit is named. Whether it is the starter was
        /// asked about this commit, so a push that came after the look does not take its place.
        head: Option<CommitSha>,
        /// The candidate means it although it may be the starter with nothing changed.
        starter_confirmed: bool,
        /// A commit that is known to have the starter's tree.
        starter: Option<CommitSha>,
    },
    /// Record that this commit was delivered, or correct what was recorded.
    CorrectDelivery {
        /// The text or request that the delivery is.
        delivery: NaturalKey,
        sha: CommitSha,
        reason: String,
    },
    /// Send the candidate another invitation.
    Reinvite,
    /// Invite another account: the login was wrong.
    CorrectLogin {
        login: Login,
    },
    /// The candidate's e-mail address was wrong.
    CorrectEmail {
        email: String,
    },
    Judge {
        criterion: CriterionId,
        verdict: Verdict,
        note: String,
    },
    Reclassify {
        entry: NaturalKey,
        kind: EntryKind,
        note: String,
    },
    /// Say which side an account is on, in all that it wrote.
    SettleSide {
        /// Its login or its id.
        account: String,
        side: AccountSide,
        note: String,
    },
    Pay {
        amount: Option<Money>,
        reference: String,
    },
    Decide {
        outcome: DecisionOutcome,
        /// For the team.
        reason: String,
        feedback: Feedback,
    },
    /// Replace what was decided.
    CorrectDecision {
        outcome: DecisionOutcome,
        /// Why it is corrected, for the team.
        reason: String,
        feedback: Feedback,
    },
    /// Reply to a question or decision of the candidate.
    Reply {
        entry: NaturalKey,
        kind: ReplyKind,
        text: String,
        gap: Option<GapId>,
        interpretation: Option<InterpretationId>,
        /// How many replies the person had seen who replies; `None` where that is not known.
        seen: Option<usize>,
    },
    Close,
}

/// What a decision says to the candidate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Feedback {
    Given(String),
    /// The team says that it gives none.
    Refused,
    /// Nothing was said about it, as clients of earlier versions may do.
    NotSaid,
}

impl Feedback {
    /// The text, where there is one with words, and whether it is refused.
    pub(super) fn into_parts(self) -> (Option<String>, bool) {
        match self {
            Feedback::Given(text) => (Some(text).filter(|text| !text.trim().is_empty()), false),
            Feedback::Refused => (None, true),
            Feedback::NotSaid => (None, false),
        }
    }
}

/// Why a command was not carried out. `code` is stable and part of the API.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    pub code: &'static str,
    /// What was wrong and how to mend it, for the person who asked.
    pub message: String,
}
