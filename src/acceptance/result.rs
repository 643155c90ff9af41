//! What acceptance checking yields: raw runs and the judged results that rest on them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::ids::{CommitSha, CriterionId, GapId, InterpretationId, SpecDigest};

/// How a command ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
#[serde(tag = "how", rename_all = "snake_case")]
pub enum Exit {
    /// It ended by itself with this code.
    Code { code: i32 },
    /// A signal ended it.
    Signal { signal: i32 },
    /// It reached a limit and was killed.
    LimitReached { limit: Limit },
    /// It could not be started at all.
    NotStarted { why: String },
}

/// Limits of the sandbox.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    WallTime,
    CpuTime,
    Memory,
    Processes,
    FileSize,
    Output,
}

/// One stream of a command's output, bounded: the first part and the last.
#[derive(
    Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema,
)]
pub struct Output {
    /// The beginning, as text; bytes that are not UTF-8 are replaced.
    pub head: String,
    /// The end, where the whole was too long to keep; else empty.
    pub tail: String,
    /// Bytes the command wrote in all.
    pub bytes: u64,
}

/// One command that was run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
pub struct CommandRun {
    pub command: Vec<String>,
    pub exit: Exit,
    /// Milliseconds of wall time.
    pub duration_ms: u64,
    pub stdout: Output,
    pub stderr: Output,
}

/// What is known about a criterion on one commit.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The check ran and was met.
    Passed,
    /// The check ran and was not met.
    Failed,
    /// The check could not tell (the harness failed, the CI reported nothing).
    Undetermined,
    /// Waits for a reviewer's eye.
    Open,
}

/// One test case of a JUnit file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
pub struct TestCase {
    pub name: String,
    pub outcome: TestOutcome,
    /// The failure's message, shortened.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
}

#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum TestOutcome {
    Passed,
    Failed,
    Skipped,
}

/// A criterion's result on one commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
pub struct CriterionResult {
    pub criterion: CriterionId,
    pub verdict: Verdict,
    /// Why, in a sentence for people.
    pub because: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<CommandRun>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tests: Vec<TestCase>,
}

/// What a gap's probe found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
pub struct ProbeResult {
    pub gap: GapId,
    /// The interpretation that was built; `None` when the probe could not tell.
    pub built: Option<InterpretationId>,
    pub because: String,
    pub run: CommandRun,
}

/// A file that the delivered commit changes against the first commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
pub struct ChangedFile {
    pub path: String,
    pub change: ChangeKind,
    /// Lines added and removed; zero for binary files.
    pub added: u32,
    pub removed: u32,
}

#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    Added,
    Modified,
    Removed,
}

/// All results for one commit under one spec version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
pub struct Assessment {
    pub sha: CommitSha,
    pub spec: SpecDigest,
    /// The sandbox that ran it and its limits, in a line.
    pub sandbox: String,
    #[schema(value_type = String, format = DateTime)]
    pub started_at: Timestamp,
    /// The build step, where the spec names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub build: Option<CommandRun>,
    /// One result a criterion, in the spec's order.
    pub results: Vec<CriterionResult>,
    pub probes: Vec<ProbeResult>,
    pub changed_files: Vec<ChangedFile>,
}
