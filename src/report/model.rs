//! The report as data: the shape of `report.json`. Own types rather than the aggregate's, so that the aggregate can change
//! without changing what readers of reports rely on. Fields stand in the order they are read in.

use schemars::JsonSchema;
use serde::Serialize;

use crate::acceptance::{ChangeKind, CommandRun, TestCase, Verdict};
use crate::clock::Timestamp;
use crate::evidence::{self, Observation};
use crate::ids::{
    ClauseId, CommitSha, CriterionId, GapId, InterpretationId, Login, Slug, SpecDigest,
    WorkSampleId,
};
use crate::money::Money;
use crate::work_sample::{
    DecisionOutcome, EntryKind, NaturalKey, ObligationReason, ReadBy, Side, State, Terms,
};

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

/// One text somebody wrote in GitHub, with what became of it.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Said {
    pub event: NaturalKey,
    pub kind: EntryKind,
    pub read_by: ReadBy,
    pub side: Side,
    pub login: String,
    pub at: Timestamp,
    /// `issue #4`, `comment on pull request #7`.
    pub place: String,
    /// Where it stands; empty for an address that is none.
    pub html_url: String,
    /// Without the word that the issue form puts before it.
    pub title: String,
    /// The present text, or the last one where it was deleted.
    pub text: String,
    /// The clauses that it names.
    pub clauses: Vec<Clause>,
    /// Earlier texts, oldest first.
    pub history: Vec<Revision>,
    pub deleted_at: Option<Timestamp>,
    pub remark: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Revision {
    pub text: String,
    /// When it was replaced.
    pub until: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Question {
    /// `Q1`, `Q2` …: the handle used in the timeline and the log.
    pub label: String,
    pub said: Said,
    pub context: Option<String>,
    pub own_assessment: Option<String>,
    pub default_action: Option<String>,
    /// The words under "Blocking?".
    pub blocking: Option<String>,
    /// Do these words say that the candidate could not go on?
    pub is_blocking: bool,
    /// Text outside the form's headings.
    pub rest: Option<String>,
    pub answers: Vec<Said>,
    pub waited: Wait,
    pub gaps: Vec<GapId>,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Update {
    /// `U1`, `U2` …
    pub label: String,
    pub said: Said,
    pub done: Option<String>,
    pub next: Option<String>,
    pub blocked: Option<String>,
    pub estimate: Option<String>,
    pub rest: Option<String>,
    /// Seconds since the work began or since the update before.
    pub seconds_since_last: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Decision {
    /// `D1`, `D2` …
    pub label: String,
    pub said: Said,
    pub open_point: Option<String>,
    pub options: Option<String>,
    pub choice: Option<String>,
    pub rest: Option<String>,
    /// Confirmations and redirections by the team.
    pub replies: Vec<Said>,
    pub waited: Wait,
    pub gaps: Vec<GapId>,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Memo {
    pub said: Said,
    pub understanding: Option<String>,
    pub open_questions: Option<String>,
    pub approach: Option<String>,
    pub rest: Option<String>,
}

/// How long something waited for somebody.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Wait {
    pub from: Timestamp,
    /// The end of the wait, or of the work where nothing ended it; missing while it lasts.
    pub until: Option<Timestamp>,
    /// From start to end; missing while it lasts.
    pub seconds: Option<i64>,
    /// Did what was waited for come?
    pub came: bool,
}

/// Who waited for whom, side by side.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Waiting {
    /// The candidate waited for the team or its service.
    pub for_team: Vec<WaitLine>,
    /// The team waited for the candidate.
    pub for_candidate: Vec<WaitLine>,
    /// Seconds in which at least one question had no answer yet.
    pub seconds_with_open_question: i64,
    /// The part of it in which a question was open that the candidate called blocking.
    pub seconds_with_blocking_question: i64,
    /// The longest time without any written word of the candidate between the start and the delivery or end.
    pub longest_silence: Option<Wait>,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct WaitLine {
    pub what: String,
    pub event: Option<NaturalKey>,
    pub wait: Wait,
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
pub struct ChangedFile {
    pub path: String,
    pub change: ChangeKind,
    /// Lines; zero for binary files.
    pub added: u32,
    pub removed: u32,
    pub within_boundary: bool,
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
