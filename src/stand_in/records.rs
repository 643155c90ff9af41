//! The rows of the stand-in's small world, as they are kept in the journal.

mod apps;
mod inviting_rules;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub(super) use apps::{App, AuthorizationCode, Conversion};
pub use inviting_rules::InvitingRules;

use crate::clock::Timestamp;

pub(super) type UserId = u64;
pub(super) type RepoId = u64;
pub(super) type TeamId = u64;
pub(super) type AppId = u64;
pub(super) type InstallationId = u64;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Kind {
    User,
    Organization,
    Bot,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct User {
    pub id: UserId,
    pub login: String,
    pub name: String,
    pub kind: Kind,
    pub created_at: Timestamp,
    /// What the first branch of its new repositories is called; `None`: `main`.
    #[serde(default)]
    pub default_branch: Option<String>,
}

impl User {
    pub(super) fn email(&self) -> String {
        format!("{}@users.noreply.github.com", self.login)
    }
}

/// A team of an organisation.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Team {
    pub id: TeamId,
    pub slug: String,
    pub created_at: Timestamp,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct TeamMember {
    pub maintainer: bool,
    /// Invited, and not accepted yet.
    pub pending: bool,
}

/// What a token opens: a user's rights, or those of an installation, until it expires.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Token {
    pub user: UserId,
    pub expires_at: Option<Timestamp>,
    pub installation: Option<Narrowed>,
    /// What a person's fine-grained token may do; `None`: all that the person may.
    #[serde(default)]
    pub permissions: Option<Grants>,
}

/// An installation's rights, as far as one of its tokens was given them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Narrowed {
    pub installation: InstallationId,
    /// `None`: whatever the installation has at the moment.
    pub permissions: Option<Grants>,
    /// `None`: all repositories of the account.
    pub repositories: Option<Vec<RepoId>>,
}

/// How far a permission of an App goes, each including those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Level {
    Read,
    Write,
    Admin,
}

/// Permissions of an App by GitHub's names: `issues` → write.
pub(super) type Grants = BTreeMap<String, Level>;

/// Rights on one repository, each including those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Permission {
    Pull,
    Triage,
    Push,
    Maintain,
    Admin,
}

impl Permission {
    /// Reads both families of names that GitHub uses: `push` in collaborators, `write` in invitations.
    pub(super) fn parse(text: &str) -> Option<Self> {
        match text {
            "pull" | "read" => Some(Permission::Pull),
            "triage" => Some(Permission::Triage),
            "push" | "write" => Some(Permission::Push),
            "maintain" => Some(Permission::Maintain),
            "admin" => Some(Permission::Admin),
            _ => None,
        }
    }

    /// The role's name in invitations and `role_name`.
    pub(super) fn role(self) -> &'static str {
        match self {
            Permission::Pull => "read",
            Permission::Triage => "triage",
            Permission::Push => "write",
            Permission::Maintain => "maintain",
            Permission::Admin => "admin",
        }
    }

    /// The three-step name that the permission endpoint answers with.
    pub(super) fn legacy(self) -> &'static str {
        match self {
            Permission::Pull | Permission::Triage => "read",
            Permission::Push | Permission::Maintain => "write",
            Permission::Admin => "admin",
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Repo {
    pub id: RepoId,
    pub owner: UserId,
    pub name: String,
    pub description: Option<String>,
    pub homepage: Option<String>,
    pub private: bool,
    pub archived: bool,
    pub has_issues: bool,
    pub has_projects: bool,
    pub has_wiki: bool,
    pub allow_merge_commit: bool,
    pub allow_squash_merge: bool,
    pub allow_rebase_merge: bool,
    pub delete_branch_on_merge: bool,
    pub default_branch: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub pushed_at: Timestamp,
    /// Issues and pull requests share one sequence of numbers.
    pub last_number: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Issue {
    pub id: u64,
    pub repo: RepoId,
    pub number: u64,
    pub title: String,
    pub body: Option<String>,
    pub author: UserId,
    pub open: bool,
    pub state_reason: Option<String>,
    pub labels: Vec<String>,
    pub assignees: Vec<UserId>,
    pub locked: bool,
    pub deleted: bool,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub closed_at: Option<Timestamp>,
    pub closed_by: Option<UserId>,
    pub pull: Option<Pull>,
}

/// What makes an issue a pull request.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Pull {
    pub id: u64,
    pub head_ref: String,
    pub head_sha: String,
    pub base_ref: String,
    pub base_sha: String,
    pub draft: bool,
    pub additions: u64,
    pub deletions: u64,
    pub changed_files: u64,
    pub commits: u64,
    pub merged: Option<Merge>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Merge {
    pub at: Timestamp,
    pub by: UserId,
    pub sha: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Comment {
    pub id: u64,
    pub repo: RepoId,
    pub issue: u64,
    pub author: UserId,
    pub body: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// What a review says of its pull request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ReviewState {
    /// Only its author sees it.
    Pending,
    Commented,
    Approved,
    ChangesRequested,
    Dismissed,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Review {
    pub id: u64,
    pub repo: RepoId,
    /// The number of its pull request.
    pub pull: u64,
    pub author: UserId,
    pub body: String,
    pub state: ReviewState,
    pub commit: String,
    pub submitted_at: Option<Timestamp>,
    /// Told by webhooks only.
    pub updated_at: Timestamp,
}

/// A comment on a line or file of a pull request; always part of a review.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct ReviewComment {
    pub id: u64,
    pub repo: RepoId,
    pub pull: u64,
    pub review: u64,
    pub author: UserId,
    pub body: String,
    pub commit: String,
    pub spot: Spot,
    pub in_reply_to: Option<u64>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// The place in a diff that a review comment is about.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Spot {
    pub path: String,
    /// `None`: the file as a whole.
    pub line: Option<u64>,
    pub side: String,
    pub start_line: Option<u64>,
    pub start_side: Option<String>,
    /// Lines below the first hunk's header.
    pub position: u64,
    pub hunk: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Label {
    pub id: u64,
    pub name: String,
    pub color: String,
    pub description: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Invitation {
    pub id: u64,
    pub repo: RepoId,
    pub invitee: UserId,
    pub inviter: UserId,
    pub permission: Permission,
    pub created_at: Timestamp,
}

impl Invitation {
    /// GitHub lets an invitation lapse after seven days.
    pub(super) fn expired(&self, now: Timestamp) -> bool {
        now - self.created_at >= chrono::Duration::days(7)
    }
}

/// Whose events a hook receives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Scope {
    /// The hook of a registered App hears what its installations ask for. Without one it hears everything.
    App(Option<AppId>),
    Org(UserId),
    Repo(RepoId),
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Hook {
    pub id: u64,
    pub scope: Scope,
    pub url: String,
    pub secret: Option<String>,
    pub content_type: String,
    pub insecure_ssl: String,
    pub events: Vec<String>,
    pub active: bool,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// One attempt to hand one event to one hook. Redelivery is another attempt with the same `guid`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Delivery {
    pub id: u64,
    pub guid: String,
    pub hook: u64,
    pub event: String,
    pub action: Option<String>,
    pub repo: Option<RepoId>,
    pub installation: Option<InstallationId>,
    pub redelivery: bool,
    pub queued_at: Timestamp,
    /// The exact bytes that are signed and sent.
    pub payload: String,
}

/// What became of a delivery.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Outcome {
    pub at: Timestamp,
    /// Seconds.
    pub duration: f64,
    /// HTTP status, 0 where no answer came.
    pub status_code: u16,
    pub status: String,
    /// The head of the answer's body.
    pub response: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct CheckRun {
    pub id: u64,
    pub suite: u64,
    pub repo: RepoId,
    pub head_sha: String,
    pub name: String,
    pub status: String,
    pub conclusion: Option<String>,
    pub started_at: Option<Timestamp>,
    pub completed_at: Option<Timestamp>,
    pub details_url: Option<String>,
    pub external_id: String,
    pub title: Option<String>,
    pub summary: Option<String>,
    pub text: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct CommitStatus {
    pub id: u64,
    pub sha: String,
    pub state: String,
    pub context: String,
    pub description: Option<String>,
    pub target_url: Option<String>,
    pub creator: UserId,
    pub created_at: Timestamp,
}

/// An App on one account, with what that account granted it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Installation {
    pub id: InstallationId,
    pub app: AppId,
    pub account: UserId,
    pub permissions: Grants,
    pub events: Vec<String>,
    pub suspended: Option<(Timestamp, UserId)>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// A branch that moved.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Activity {
    pub id: u64,
    pub git_ref: String,
    /// All zeros where there was, or is, no commit.
    pub before: String,
    pub after: String,
    /// GitHub's `activity_type`.
    pub kind: String,
    pub actor: UserId,
    pub at: Timestamp,
}
