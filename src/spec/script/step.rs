//! The kinds of step.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::span::{Offset, Span};
use crate::ids::CriterionId;
use crate::spec::forms::Form;

/// The id that the kickoff issue has in every script.
pub const KICKOFF: &str = "kickoff";

/// What a script calls an issue, comment or pull request of its own.
pub type StepId = String;

/// One thing that is done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum Step {
    // ── the candidate and the service ──
    /// Accepts the offer and chooses a due time, counted from now.
    Accept { due_in: Span },
    /// Lets time pass.
    Wait {
        #[serde(rename = "for")]
        span: Span,
    },
    /// Withdraws.
    Withdraw { reason: String },

    // ── the candidate in git ──
    /// Accepts the repository invitation and clones.
    Join,
    /// Writes one file (`text`), or copies a file or a folder of the spec folder (`from`).
    Write {
        /// Path in the clone; `.` for its root where a folder is copied.
        path: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
        /// Path in the spec folder, such as `reference` or `rehearsal/files/diligent/store.rs`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<String>,
        /// May the file be executed? Copied files keep what they have unless this is said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        executable: Option<bool>,
    },
    /// Removes a file or a folder of the clone.
    Remove { path: String },
    /// Creates a branch at the present commit and checks it out.
    Branch { name: String },
    /// Commits everything in the clone.
    Commit {
        message: String,
        /// Replaces the last commit instead of following it. Once that was pushed, only a forced push brings the new one.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        amend: bool,
        /// An author date that differs from the time of the commit: a claim, forged or honest.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        claimed_at: Option<Offset>,
    },
    /// Pushes the current branch.
    Push {
        /// Replaces what GitHub has, where an amended commit had been pushed.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        force: bool,
    },

    // ── the candidate on GitHub ──
    /// Opens an issue: by form with `sections`, or as free `text`.
    Issue {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<StepId>,
        title: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        form: Option<Form>,
        /// Answers by label; a label that is left out was left empty.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        sections: BTreeMap<String, String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
        #[serde(default, rename = "as", skip_serializing_if = "Who::is_candidate")]
        who: Who,
    },
    /// Comments on an issue or pull request.
    Comment {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<StepId>,
        on: StepId,
        text: String,
        #[serde(default, rename = "as", skip_serializing_if = "Who::is_candidate")]
        who: Who,
    },
    /// Replaces the text of an issue, comment or pull request. An issue by form may be given new `sections`.
    Edit {
        target: StepId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        sections: BTreeMap<String, String>,
    },
    /// Deletes a comment.
    Delete { target: StepId },
    /// Opens a pull request from the current branch to `main`.
    PullRequest {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<StepId>,
        title: String,
        #[serde(default)]
        text: String,
    },
    /// Reviews a pull request.
    Review {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<StepId>,
        on: StepId,
        /// An approval may have none.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        text: String,
        #[serde(default, skip_serializing_if = "ReviewOutcome::is_comment")]
        outcome: ReviewOutcome,
        #[serde(default, rename = "as", skip_serializing_if = "Who::is_candidate")]
        who: Who,
    },
    /// Comments on a line of a pull request's diff.
    ReviewComment {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<StepId>,
        on: StepId,
        /// Path in the repository.
        path: String,
        /// Its number in the new file.
        line: u32,
        text: String,
        #[serde(default, rename = "as", skip_serializing_if = "Who::is_candidate")]
        who: Who,
    },
    /// Delivers: by `/deliver` on a pull request or issue (`on`), or through the API (`by = "api"`).
    Deliver {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on: Option<StepId>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<Via>,
    },

    // ── the team ──
    /// Answers a question.
    Answer { on: StepId, text: String },
    /// Confirms a decision.
    Confirm { on: StepId, text: String },
    /// Asks for another way than a decision took.
    Redirect { on: StepId, text: String },
    /// A reviewer's eye on a criterion.
    Judge {
        criterion: CriterionId,
        verdict: Verdict,
        note: String,
        by: String,
    },
    /// Records the pay as paid.
    Pay { reference: String, by: String },
    /// A named person decides, with a reason.
    Decide {
        outcome: Outcome,
        reason: String,
        /// What the candidate reads.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        feedback: Option<String>,
        by: String,
    },
    /// Gives the candidate until another due time, counted from now.
    Extend {
        due_in: Span,
        reason: String,
        by: String,
    },
}

/// Who writes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Who {
    #[default]
    Candidate,
    Team,
}

impl Who {
    fn is_candidate(&self) -> bool {
        *self == Who::Candidate
    }
}

/// What a review says of the pull request. GitHub lets nobody approve a pull request of their own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReviewOutcome {
    #[default]
    Comment,
    Approve,
    RequestChanges,
}

impl ReviewOutcome {
    fn is_comment(&self) -> bool {
        *self == ReviewOutcome::Comment
    }
}

/// The way of a delivery besides GitHub.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Via {
    Api,
}

/// What a reviewer may find.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Passed,
    Failed,
}

/// How the named person decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Proceed,
    Stop,
    Discuss,
}

impl Step {
    /// The id by which later steps may refer to what this one makes.
    pub fn id(&self) -> Option<&str> {
        match self {
            Step::Issue { id, .. }
            | Step::Comment { id, .. }
            | Step::PullRequest { id, .. }
            | Step::Review { id, .. }
            | Step::ReviewComment { id, .. } => id.as_deref(),
            _ => None,
        }
    }

    /// The `do` of the step.
    pub fn name(&self) -> &'static str {
        match self {
            Step::Accept { .. } => "accept",
            Step::Wait { .. } => "wait",
            Step::Withdraw { .. } => "withdraw",
            Step::Join => "join",
            Step::Write { .. } => "write",
            Step::Remove { .. } => "remove",
            Step::Branch { .. } => "branch",
            Step::Commit { .. } => "commit",
            Step::Push { .. } => "push",
            Step::Issue { .. } => "issue",
            Step::Comment { .. } => "comment",
            Step::Edit { .. } => "edit",
            Step::Delete { .. } => "delete",
            Step::PullRequest { .. } => "pull_request",
            Step::Review { .. } => "review",
            Step::ReviewComment { .. } => "review_comment",
            Step::Deliver { .. } => "deliver",
            Step::Answer { .. } => "answer",
            Step::Confirm { .. } => "confirm",
            Step::Redirect { .. } => "redirect",
            Step::Judge { .. } => "judge",
            Step::Pay { .. } => "pay",
            Step::Decide { .. } => "decide",
            Step::Extend { .. } => "extend",
        }
    }
}
