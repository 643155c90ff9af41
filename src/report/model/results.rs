//! What was delivered and what came out of checking it.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Clause, Person, Said};
use crate::acceptance::{ChangeKind, CommandRun, TestCase, Verdict};
use crate::clock::Timestamp;
use crate::evidence::{self, Observation};
use crate::ids::{ClauseId, CommitSha, CriterionId, GapId, InterpretationId};
use crate::work_sample::{NaturalKey, OpenDeliveryStatus};

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Delivery {
    pub event: NaturalKey,
    pub at: Timestamp,
    /// Missing while no push is known that it could mean.
    pub sha: Option<CommitSha>,
    pub late: bool,
    /// Is this the delivery that counts?
    pub counts: bool,
    /// The words of the delivery, where it was declared in GitHub.
    pub said: Option<Said>,
    /// What a reader should know of it: it is the starter, leaves out newer work, was corrected. A sentence each.
    pub notes: Vec<String>,
}

/// Something that was declared as a delivery and delivered nothing.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct OpenDelivery {
    pub event: NaturalKey,
    pub at: Timestamp,
    pub status: OpenDeliveryStatus,
    /// Why, in a sentence.
    pub why: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Criterion {
    pub id: CriterionId,
    pub title: String,
    pub clauses: Vec<Clause>,
    /// Could the candidate not read it?
    pub hidden: bool,
    /// How it is checked, in a sentence.
    pub checked_by: String,
    /// Missing while the delivered commit was not assessed.
    pub verdict: Option<Verdict>,
    /// Why, in a sentence.
    pub because: String,
    pub run: Option<CommandRun>,
    pub tests: Vec<TestCase>,
    /// The reviewer's judgement on this commit, where there is one; its verdict is the one above.
    pub judged: Option<Judged>,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Judged {
    pub event: NaturalKey,
    pub at: Timestamp,
    pub by: Person,
    pub verdict: Verdict,
    pub note: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Assessment {
    pub sha: CommitSha,
    pub started_at: Timestamp,
    /// The sandbox and its limits, in a line.
    pub sandbox: String,
    pub build: Option<CommandRun>,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct EarlierAssessment {
    pub sha: CommitSha,
    pub started_at: Timestamp,
    pub results: Vec<BareResult>,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct BareResult {
    pub criterion: CriterionId,
    pub verdict: Verdict,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct NotAssessable {
    pub at: Timestamp,
    pub sha: CommitSha,
    pub reason: String,
}

/// One of the five dimensions with what was found.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Dimension {
    pub dimension: evidence::Dimension,
    pub title: String,
    pub findings: Vec<Finding>,
}

/// A statement with the events it rests on.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Finding {
    pub id: String,
    pub observation: Observation,
    /// The stable code of the kind of finding.
    pub code: String,
    pub statement: String,
    pub events: Vec<NaturalKey>,
    pub clauses: Vec<ClauseId>,
    pub gap: Option<GapId>,
    pub criterion: Option<CriterionId>,
    /// Does it tell of gaps or hidden criteria, which a candidate does not get to read?
    pub reviewer_only: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Gap {
    pub id: GapId,
    /// What is left open, as a question.
    pub title: String,
    pub clauses: Vec<Clause>,
    pub interpretations: Vec<Interpretation>,
    /// What the probe found; missing where there is no probe or nothing was assessed.
    pub probe: Option<Probe>,
    /// Questions and decisions that concern this gap.
    pub about: Vec<NaturalKey>,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Interpretation {
    pub id: InterpretationId,
    pub text: String,
    /// Did the probe find this one?
    pub built: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Probe {
    pub built: Option<InterpretationId>,
    pub because: String,
    pub run: CommandRun,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ChangedFile {
    pub path: String,
    pub change: ChangeKind,
    /// Lines; zero for binary files.
    pub added: u32,
    pub removed: u32,
    pub within_boundary: bool,
}
