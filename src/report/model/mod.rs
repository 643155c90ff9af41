//! The report as data: the shape of `report.json`. Own types rather than the aggregate's, so that the aggregate can change
//! without changing what readers of reports rely on. Fields stand in the order they are read in.

mod conversation;
mod results;

use schemars::JsonSchema;
use serde::Serialize;

pub use conversation::*;
pub use results::*;

use crate::clock::Timestamp;
use crate::ids::{ClauseId, CommitSha, Login, Slug, SpecDigest, WorkSampleId};
use crate::money::Money;
use crate::work_sample::{DecisionOutcome, NaturalKey, ObligationReason, Side, State, Terms};

/// Everything that is known about one work sample, laid side by side. It holds no score, no ranking and no verdict on a
/// person; the same facts give the same bytes, in whatever order they came.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Report {
    /// Version of this shape. It grows when a field changes its meaning or goes away, not when one is added.
    pub schema_version: u32,
    /// What this report is and is not.
    pub notice: String,
    pub work_sample: WorkSampleId,
    pub state: State,
    pub candidate: Candidate,
    pub spec: SpecPart,
    pub terms: Terms,
    pub milestones: Milestones,
    /// Where the work happened, once there is a repository.
    pub repository: Option<Repository>,
    /// Every declared delivery, in order of time.
    pub deliveries: Vec<Delivery>,
    /// What was declared and delivered nothing.
    pub open_deliveries: Vec<OpenDelivery>,
    /// One line a criterion, in the spec's order, on the commit that counts.
    pub criteria: Vec<Criterion>,
    /// What the results rest on; missing until the delivered commit was assessed.
    pub assessment: Option<Assessment>,
    /// Assessments of other commits than the one that counts.
    pub earlier_assessments: Vec<EarlierAssessment>,
    pub not_assessable: Vec<NotAssessable>,
    /// Findings by dimension, all five always there.
    pub dimensions: Vec<Dimension>,
    /// What the spec left open, what was written about it and what was built.
    pub gaps: Vec<Gap>,
    /// Decisions that concern none of the spec's gaps are among these too.
    pub decisions: Vec<Decision>,
    pub questions: Vec<Question>,
    pub updates: Vec<Update>,
    /// The understanding memo, and a second one where somebody wrote one.
    pub memos: Vec<Memo>,
    /// What is none of the above: the kickoff, notes, answers to nothing.
    pub other_texts: Vec<Said>,
    pub waiting: Waiting,
    pub pushes: Vec<Push>,
    pub ci_checks: Vec<CiCheck>,
    /// What the assessed commit changes against the first commit.
    pub changed_files: Vec<ChangedFile>,
    pub pay: Pay,
    /// What a named person decided, and why. Not derived from anything else in here.
    pub human_decision: Option<HumanDecision>,
    /// Troubles of the service's own; none of them is the candidate's doing.
    pub troubles: Vec<Trouble>,
    /// Everything that happened, in order of time.
    pub log: Vec<LogLine>,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Candidate {
    pub name: String,
    pub login: Option<Login>,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct SpecPart {
    pub slug: Slug,
    pub title: String,
    pub version: String,
    /// The content address of the published version.
    pub digest: SpecDigest,
    pub summary: String,
    pub update_every_hours: u32,
    /// Globs of the paths that the work is meant to touch.
    pub boundary: Vec<String>,
    pub clauses: Vec<Clause>,
}

/// A clause with its words, so that a reader need not look it up.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Clause {
    pub id: ClauseId,
    pub title: String,
    /// The clause as it stands in the brief; empty where the brief does not have it.
    pub text: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Milestones {
    pub drafted_at: Timestamp,
    pub offered_at: Option<Timestamp>,
    pub offer_expires_at: Option<Timestamp>,
    pub accepted_at: Option<Timestamp>,
    pub provisioned_at: Option<Timestamp>,
    /// After every extension.
    pub due_at: Option<Timestamp>,
    pub extensions: Vec<Extension>,
    /// The delivery that counts.
    pub delivered_at: Option<Timestamp>,
    pub delivered_late: bool,
    pub ended: Option<Ended>,
    pub closed_at: Option<Timestamp>,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Extension {
    pub at: Timestamp,
    pub by: Person,
    pub due_at: Timestamp,
    pub reason: String,
}

/// Declined, expired, withdrawn or cancelled; `state` says which.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Ended {
    pub at: Timestamp,
    pub by: Person,
    pub reason: Option<String>,
}

/// Somebody who did something, by the name the service knows.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Person {
    pub name: String,
    pub role: Role,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Lead,
    Reviewer,
    Candidate,
    Service,
    GithubAccount,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Repository {
    pub full_name: String,
    pub html_url: String,
    pub default_branch: String,
    pub first_commit: Option<CommitSha>,
    /// Renamed, made public, members added or removed …
    pub changes: Vec<RepositoryChange>,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct RepositoryChange {
    pub event: NaturalKey,
    pub at: Timestamp,
    pub text: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Push {
    pub event: NaturalKey,
    pub at: Timestamp,
    pub side: Side,
    pub login: String,
    pub git_ref: String,
    pub before: CommitSha,
    pub after: CommitSha,
    pub forced: bool,
    pub commit_count: usize,
    /// The commits that it brought, oldest first; the first two hundred of them.
    pub commits: Vec<Commit>,
}

/// A commit as its author describes it: claims, which anybody can forge.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Commit {
    pub sha: CommitSha,
    pub message: String,
    pub claimed_author: String,
    pub claimed_at: Option<Timestamp>,
    pub added: Vec<String>,
    pub modified: Vec<String>,
    pub removed: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct CiCheck {
    pub event: NaturalKey,
    pub at: Timestamp,
    pub name: String,
    pub sha: CommitSha,
    pub conclusion: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Pay {
    /// What the terms promise for the work.
    pub agreed: Money,
    pub obligation: Option<Obligation>,
    pub payouts: Vec<Payout>,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Obligation {
    /// The event by which it fell due.
    pub event: NaturalKey,
    pub reason: ObligationReason,
    pub amount: Money,
    pub fell_due_at: Timestamp,
    pub pay_by: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Payout {
    pub event: NaturalKey,
    pub at: Timestamp,
    pub by: Person,
    pub amount: Money,
    pub reference: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct HumanDecision {
    pub event: NaturalKey,
    pub at: Timestamp,
    pub by: Person,
    pub outcome: DecisionOutcome,
    pub reason: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Trouble {
    pub at: Timestamp,
    pub step: String,
    pub reason: String,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct LogLine {
    pub at: Timestamp,
    /// The event, where it is one that can be pointed at.
    pub event: Option<NaturalKey>,
    /// A short handle: `Q1`, `push 3f2a1b0`, `accepted`.
    pub label: String,
    pub who: String,
    pub what: String,
}
