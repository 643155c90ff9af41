//! What events are made of: the terms, and the things of GitHub that facts speak of.

mod accounts;
mod invitations;

use serde::{Deserialize, Serialize};

pub use accounts::{AccountSide, GitHubAccount, SideReason};
pub use invitations::{InvitationEnd, InvitationProblem};

use crate::clock::Timestamp;
use crate::ids::{CommitSha, Login};
use crate::money::{Money, Percent};
use crate::spec::Payer;

/// What the candidate accepts.
#[derive(
    Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema, utoipa::ToSchema,
)]
pub struct Terms {
    pub pay: Money,
    pub timebox_hours: u32,
    /// Days from acceptance to the latest due date that may be chosen.
    pub due_days: u32,
    /// Days from delivery until the pay must have been paid.
    pub pay_within_days: u32,
    pub withdrawn_percent: Percent,
    pub cancelled_percent: Percent,
    pub ownership: String,
    pub ai_policy: String,
    /// What is recorded about the candidate's work.
    pub recorded: String,
    /// A delivery of the starter with nothing changed makes nothing due, unless the candidate confirms that it is meant.
    /// Terms of earlier versions have no such rule.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub starter_owes_nothing: bool,
    /// Who pays, and how; missing where nobody said so, as in terms of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payer: Option<Payer>,
    /// Hours within which the team answers a question, counted while somebody of the team is there to answer. Missing where
    /// nothing was promised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answers_within_hours: Option<u32>,
}

/// What was found out about a declared delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum DeliveryOutcome {
    /// This commit was delivered; `None` where no push is known that it could mean.
    Delivered { sha: Option<CommitSha> },
    /// It is the starter with nothing changed, and the candidate has not said that this is meant.
    StarterUnconfirmed { sha: CommitSha },
    /// What it names could not be found. Nothing was delivered.
    NotResolved { why: String },
}

/// What made pay fall due.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ObligationReason {
    Delivered,
    Withdrawn,
    Cancelled,
}

/// A repository at GitHub. The id stays when it is renamed.
#[derive(
    Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema, utoipa::ToSchema,
)]
pub struct Repository {
    pub id: u64,
    /// `owner/name`.
    pub full_name: String,
    pub html_url: String,
    pub default_branch: String,
}

impl Repository {
    /// The same repository under another name.
    pub fn called(&self, full_name: &str) -> Repository {
        let base = self.html_url.strip_suffix(self.full_name.as_str());
        Repository {
            html_url: base.map_or_else(
                || self.html_url.clone(),
                |base| format!("{base}{full_name}"),
            ),
            full_name: full_name.to_owned(),
            ..self.clone()
        }
    }
}

/// What a push says of one commit. The candidate wrote all of it: claims, not facts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct CommitClaim {
    pub sha: CommitSha,
    pub message: String,
    pub author: String,
    /// The author date that the commit claims.
    pub authored_at: Option<Timestamp>,
    /// Paths added, modified and removed.
    pub added: Vec<String>,
    pub modified: Vec<String>,
    pub removed: Vec<String>,
}

/// Where a text stands: an issue or pull request, a comment below one, or a review of a pull request.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(tag = "at", rename_all = "snake_case")]
pub enum Place {
    Issue {
        number: u64,
    },
    PullRequest {
        number: u64,
    },
    /// A comment on the issue or pull request `number`.
    Comment {
        number: u64,
        comment_id: u64,
    },
    /// The text of a review of the pull request `number`.
    Review {
        number: u64,
        review_id: u64,
    },
    /// A comment on a line or file of the pull request `number`.
    ReviewComment {
        number: u64,
        comment_id: u64,
    },
}

impl Place {
    pub fn number(&self) -> u64 {
        match self {
            Place::Issue { number }
            | Place::PullRequest { number }
            | Place::Comment { number, .. }
            | Place::Review { number, .. }
            | Place::ReviewComment { number, .. } => *number,
        }
    }

    /// Is it a pull request's own text, or one that GitHub has below pull requests only?
    pub fn is_on_pull_request(&self) -> bool {
        match self {
            Place::PullRequest { .. } | Place::Review { .. } | Place::ReviewComment { .. } => true,
            Place::Issue { .. } | Place::Comment { .. } => false,
        }
    }

    /// Does a thread begin with it?
    pub fn opens_thread(&self) -> bool {
        match self {
            Place::Issue { .. } | Place::PullRequest { .. } => true,
            Place::Comment { .. } | Place::Review { .. } | Place::ReviewComment { .. } => false,
        }
    }
}

/// What a review says of its pull request beside its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReviewVerdict {
    Approved,
    ChangesRequested,
}

impl ReviewVerdict {
    /// Reads GitHub's `state` of a review: `approved` in webhooks, `APPROVED` in the REST API. Other states say nothing of
    /// the pull request.
    pub fn parse(state: &str) -> Option<ReviewVerdict> {
        match state.to_ascii_lowercase().as_str() {
            "approved" => Some(ReviewVerdict::Approved),
            "changes_requested" => Some(ReviewVerdict::ChangesRequested),
            _ => None,
        }
    }
}

/// The kinds of entry in the conversation.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    Kickoff,
    Memo,
    Question,
    Answer,
    Progress,
    Decision,
    Confirm,
    Redirect,
    Delivery,
    Note,
    /// A comment by the service itself.
    Notice,
}

impl EntryKind {
    /// What people call it, in lower case.
    pub fn in_words(self) -> &'static str {
        match self {
            EntryKind::Kickoff => "kickoff",
            EntryKind::Memo => "understanding memo",
            EntryKind::Question => "question",
            EntryKind::Answer => "answer",
            EntryKind::Progress => "progress update",
            EntryKind::Decision => "decision",
            EntryKind::Confirm => "confirmation",
            EntryKind::Redirect => "redirection",
            EntryKind::Delivery => "delivery",
            EntryKind::Note => "note",
            EntryKind::Notice => "message of the service",
        }
    }
}

/// How the team replies in the service.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ReplyKind {
    /// To a question.
    Answer,
    /// To a decision: go on like that.
    Confirm,
    /// To a decision: do it in another way.
    Redirect,
}

impl ReplyKind {
    pub fn entry_kind(self) -> EntryKind {
        match self {
            ReplyKind::Answer => EntryKind::Answer,
            ReplyKind::Confirm => EntryKind::Confirm,
            ReplyKind::Redirect => EntryKind::Redirect,
        }
    }
}

/// How a person decided; never derived, always said by a named human.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum DecisionOutcome {
    /// Go on with this contractor.
    Proceed,
    /// Do not go on.
    Stop,
    /// Undecided on purpose: talk first.
    Discuss,
}

/// To whom an invitation was sent, and for which wish.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Sent {
    pub login: Login,
    /// How often another one had been asked for, see `WorkSample::invitation_rounds`.
    pub round: usize,
}

/// The head of a pull request when it was opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct PullHead {
    /// The branch, as `refs/heads/feature`.
    pub git_ref: String,
    pub sha: CommitSha,
}

/// The how many-th time something happened, from 1. The first one is neither in keys nor in JSON.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(transparent)]
pub struct Occurrence(u32);

impl Default for Occurrence {
    fn default() -> Self {
        Occurrence::FIRST
    }
}

impl Occurrence {
    pub const FIRST: Occurrence = Occurrence(1);

    pub fn get(self) -> u32 {
        self.0
    }

    pub fn is_first(&self) -> bool {
        *self == Occurrence::FIRST
    }

    #[must_use]
    pub fn next(self) -> Occurrence {
        Occurrence(self.0.saturating_add(1))
    }
}
