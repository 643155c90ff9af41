//! What can go wrong in a use case, each with a stable code. What a client may read and what the log should hold are two
//! messages: [`WorkflowError::for_client`] hides the inside of our own failures.

use chrono::Duration;

use super::harness::HarnessError;
use crate::artifacts::ArtifactError;
use crate::clock::{Timestamp, to_the_second};
use crate::disk::DiskError;
use crate::git::GitError;
use crate::github::{Because, GitHubError};
use crate::spec::Problem;
use crate::store::StoreError;
use crate::work_sample::{FoldError, Refusal};

/// Between two looks whether somebody has mended what the work waits for.
const MENDING_PAUSE: Duration = Duration::minutes(5);
/// How long git's failures pass for an outage.
const GIT_PATIENCE: Duration = Duration::hours(3);

#[derive(Debug, thiserror::Error)]
pub enum WorkflowError {
    /// The aggregate refused a command.
    #[error("{0}")]
    Refused(#[from] Refusal),
    /// The spec has errors.
    #[error("the spec has {} error(s); the first: {}", .0.len(), first(.0))]
    SpecProblems(Vec<Problem>),
    #[error("{what} does not exist")]
    NotFound { what: String },
    /// A request that cannot be carried out as it is; the client's to mend.
    #[error("{message}")]
    Invalid { code: &'static str, message: String },
    /// Something the operator has to set up first.
    #[error("{message}")]
    NotConfigured { code: &'static str, message: String },
    /// What was asked of GitHub before may still be on its way there: to look now could miss it.
    #[error("the last attempt may still take effect at GitHub: looks again at {until}")]
    TooEarly { until: Timestamp },
    /// What is there as far as is known is not shown.
    #[error(
        "GitHub does not show the repository: it is believed to be gone only if that stays so; looks again at {}", at(.until)
    )]
    Unseen { until: Timestamp },
    /// Accepted, and not provisioned in time. The candidate has had no minute of work.
    #[error(
        "the work was due at {}, before its repository was ready, so nobody is invited: extend the due time and it goes on, or cancel", at(.due_at)
    )]
    DueBeforeReady { due_at: Timestamp },
    #[error(transparent)]
    Store(StoreError),
    #[error(transparent)]
    GitHub(#[from] GitHubError),
    /// Not its turn at GitHub yet: nothing was sent, and nothing is wrong.
    #[error("{because}; its turn is at {}", at(.until))]
    Waits { until: Timestamp, because: Because },
    /// Nothing failed, and it goes on by itself at that time.
    #[error("{message}")]
    Later {
        code: &'static str,
        message: String,
        until: Timestamp,
    },
    #[error(transparent)]
    Git(#[from] GitError),
    #[error(transparent)]
    Disk(#[from] DiskError),
    #[error(transparent)]
    Artifact(#[from] ArtifactError),
    #[error("the acceptance checks could not be run: {0}")]
    Harness(#[from] HarnessError),
    /// The log cannot be folded: a bug, or a hand in the database.
    #[error("the log of a work sample cannot be read: {0}")]
    Fold(#[from] FoldError),
    #[error("what was stored cannot be read: {0}")]
    Unreadable(String),
    /// A bug of ours. What the panic said may hold anything, so only the process's own output has it.
    #[error("worksample itself failed: a bug, whose place stands in the output of its process")]
    Panicked,
}

fn first(problems: &[Problem]) -> String {
    problems
        .first()
        .map(ToString::to_string)
        .unwrap_or_default()
}

fn at(moment: &Timestamp) -> String {
    to_the_second(*moment)
}

impl From<StoreError> for WorkflowError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound { what } => WorkflowError::NotFound { what },
            StoreError::TextUnusable => WorkflowError::Invalid {
                code: error.code(),
                message: error.to_string(),
            },
            other => WorkflowError::Store(other),
        }
    }
}

impl WorkflowError {
    /// What somebody asked for cannot be meant.
    pub(in crate::workflow) fn invalid(code: &'static str, message: impl Into<String>) -> Self {
        WorkflowError::Invalid {
            code,
            message: message.into(),
        }
    }

    /// Stable, part of the API.
    pub fn code(&self) -> &'static str {
        match self {
            WorkflowError::Refused(refusal) => refusal.code,
            WorkflowError::SpecProblems(_) => "spec_unbounded",
            WorkflowError::NotFound { .. } => "not_found",
            WorkflowError::Invalid { code, .. }
            | WorkflowError::NotConfigured { code, .. }
            | WorkflowError::Later { code, .. } => code,
            WorkflowError::TooEarly { .. } => "too_early",
            WorkflowError::Unseen { .. } => "repository_not_shown",
            WorkflowError::DueBeforeReady { .. } => "due_before_ready",
            WorkflowError::Store(error) => error.code(),
            WorkflowError::GitHub(error) => error.code(),
            WorkflowError::Waits { .. } => "github_pace",
            WorkflowError::Git(_) => "git_failed",
            WorkflowError::Disk(_) => "disk_failed",
            WorkflowError::Artifact(_) => "artifact_failed",
            WorkflowError::Harness(_) => "harness_failed",
            WorkflowError::Fold(_) | WorkflowError::Unreadable(_) => "stored_data_unreadable",
            WorkflowError::Panicked => "panicked",
        }
    }

    /// Can the same step succeed later without anybody's doing?
    pub fn is_transient(&self) -> bool {
        match self {
            WorkflowError::Store(error) => error.is_transient(),
            WorkflowError::GitHub(error) => error.is_transient(),
            WorkflowError::Git(error) => match error {
                GitError::TimedOut { .. } | GitError::Failed { .. } | GitError::Io(_) => true,
                GitError::NotStarted(_)
                | GitError::NoSuchCommit { .. }
                | GitError::TooLarge { .. }
                | GitError::TooMuch { .. }
                | GitError::Odd { .. } => false,
            },
            WorkflowError::Harness(error) => error.is_worth_another_try(),
            WorkflowError::Disk(_)
            | WorkflowError::TooEarly { .. }
            | WorkflowError::DueBeforeReady { .. }
            | WorkflowError::Unseen { .. }
            | WorkflowError::Waits { .. }
            | WorkflowError::Later { .. }
            | WorkflowError::Artifact(ArtifactError::Io { .. }) => true,
            WorkflowError::Refused(_)
            | WorkflowError::SpecProblems(_)
            | WorkflowError::NotFound { .. }
            | WorkflowError::Invalid { .. }
            | WorkflowError::NotConfigured { .. }
            | WorkflowError::Artifact(_)
            | WorkflowError::Fold(_)
            | WorkflowError::Unreadable(_)
            | WorkflowError::Panicked => false,
        }
    }

    /// The moment before which trying again is of no use, where the failure itself says so.
    pub fn not_before(&self, now: Timestamp) -> Option<Timestamp> {
        match self {
            WorkflowError::GitHub(error) => error.not_before(now),
            WorkflowError::TooEarly { until }
            | WorkflowError::Unseen { until }
            | WorkflowError::Waits { until, .. }
            | WorkflowError::Later { until, .. } => Some(*until),
            // Another process may have other settings, or this one will after its next start.
            WorkflowError::NotConfigured {
                code: "github_not_configured" | "organization_not_configured",
                ..
            }
            | WorkflowError::DueBeforeReady { .. } => Some(now + MENDING_PAUSE),
            _ => None,
        }
    }

    /// Is something away that everybody waits for? Whose job has tried for so long goes on trying, for no attempt of theirs
    /// will mend it. git does not tell an outage from what is wrong with one repository, so it is believed for some hours.
    pub fn is_outage(&self, lasts: Duration) -> bool {
        match self {
            WorkflowError::GitHub(GitHubError::Server { .. } | GitHubError::NoAnswer { .. }) => {
                true
            }
            WorkflowError::Git(GitError::TimedOut { .. } | GitError::Failed { .. }) => {
                lasts < GIT_PATIENCE
            }
            _ => false,
        }
    }

    /// The message that a client reads.
    pub fn for_client(&self) -> String {
        match self {
            WorkflowError::Refused(_)
            | WorkflowError::SpecProblems(_)
            | WorkflowError::NotFound { .. }
            | WorkflowError::Invalid { .. }
            | WorkflowError::NotConfigured { .. }
            | WorkflowError::TooEarly { .. }
            | WorkflowError::DueBeforeReady { .. }
            | WorkflowError::Unseen { .. } => self.to_string(),
            WorkflowError::Store(error) if error.is_transient() => {
                "the database does not answer at present; nothing was changed, try again in a moment".into()
            }
            WorkflowError::Store(_)
            | WorkflowError::Git(_)
            | WorkflowError::Disk(_)
            | WorkflowError::Artifact(_)
            | WorkflowError::Harness(_)
            | WorkflowError::Fold(_)
            | WorkflowError::Unreadable(_)
            | WorkflowError::Panicked => {
                "the service failed; the operator finds the reason in its log under this request's id, which stands in the header X-Request-Id".into()
            }
            WorkflowError::Waits { .. } | WorkflowError::Later { .. } => self.to_string(),
            WorkflowError::GitHub(_) => "GitHub did not do what was asked, and nothing was recorded: try again in a moment; whoever runs the service finds the reason in its log".into(),
        }
    }
}
