//! What a spec says, as types: the meaning of `spec.toml` after parsing. The JSON Schema of `spec.toml` is generated
//! from these types, so the documentation a lead's editor shows is the documentation below.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::offer::{Answers, Payer};
use crate::ids::{ClauseId, CriterionId, GapId, InterpretationId, Slug};
use crate::money::{Money, Percent};

/// A bounded task: what is asked, what is not, how it is checked, what it pays.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// Short name in lower-case letters, digits and dashes; equal to the folder's name.
    pub slug: Slug,
    /// One line for people.
    pub title: String,
    /// The author's own version of the spec, such as `1.2`. A published version is addressed by its content besides.
    pub version: String,
    /// One or two sentences that the offer shows.
    pub summary: String,
    /// What the task is for and why it is asked of a candidate: a few sentences that the offer shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Hours of work that the pay is meant for: 1 to 40.
    pub timebox_hours: u32,
    /// Days from acceptance to the latest due date that a candidate may choose.
    pub due_days: u32,
    /// Days an offer stays open.
    #[serde(default = "default_offer_days")]
    pub offer_days: u32,
    pub pay: Pay,
    /// Who pays, and how. Without it the offer says what the service's settings say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payer: Option<Payer>,
    /// Within what time the team answers. Without it the offer says what the service's settings say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answers: Option<Answers>,
    pub updates: Updates,
    pub boundary: Boundary,
    /// What the candidate may use AI for and what they are asked to say about it.
    pub ai_policy: String,
    /// Who owns the work afterwards.
    pub ownership: String,
    /// Every requirement and non-goal of `brief.md`.
    pub clauses: Vec<Clause>,
    pub criteria: Vec<Criterion>,
    /// What the spec leaves open on purpose. Reviewer-only.
    #[serde(default)]
    pub gaps: Vec<Gap>,
    /// How the acceptance checks are run.
    #[serde(default)]
    pub sandbox: SandboxNeeds,
    /// Where a Rust candidate's CI workflow lies in `starter/`, if the spec has one; only documentation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ci_workflow: Option<String>,
}

fn default_offer_days() -> u32 {
    7
}

/// What the work sample pays, and what each early end pays.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pay {
    #[serde(flatten)]
    pub amount: MoneyFields,
    /// Days from delivery until the pay must have been paid.
    pub within_days: u32,
    /// Share of the pay that falls due when the candidate withdraws after the repository was ready.
    pub withdrawn_percent: Percent,
    /// Share of the pay that falls due when the lead cancels after the offer was accepted.
    pub cancelled_percent: Percent,
}

/// `amount_minor` and `currency` side by side, as they stand in `[pay]`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MoneyFields {
    /// Minor units (cents) of the currency.
    pub amount_minor: i64,
    /// ISO 4217 code, such as `EUR`.
    pub currency: crate::money::Currency,
}

impl From<MoneyFields> for Money {
    fn from(fields: MoneyFields) -> Money {
        Money::new(fields.amount_minor, fields.currency)
    }
}

/// How often the team would like to hear from the candidate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Updates {
    /// Hours between two progress updates, counted from acceptance.
    pub every_hours: u32,
}

/// The paths the work is meant to touch; the rest of the starter is out of bounds unless a decision says why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Boundary {
    /// Globs relative to the repository's root, such as `src/**`.
    pub allowed: Vec<String>,
}

/// One addressable requirement or non-goal. Its text stands in `brief.md` behind the marker `{#R1}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Clause {
    /// `R1` for a requirement, `N1` for a non-goal.
    pub id: ClauseId,
    /// A few words, for lists.
    pub title: String,
}

/// One acceptance criterion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Criterion {
    pub id: CriterionId,
    pub title: String,
    /// The clauses that it checks.
    pub clauses: Vec<ClauseId>,
    /// May the candidate read it (it is named in the kickoff), or is it reviewer-only?
    #[serde(default)]
    pub hidden: bool,
    pub check: Check,
}

/// How a criterion is checked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "by", rename_all = "snake_case", deny_unknown_fields)]
pub enum Check {
    /// A command in the sandbox, run in the delivered tree with `acceptance/` laid over it. Exit 0 passes.
    Command {
        /// Program and arguments; no shell is involved unless the program is one.
        run: Vec<String>,
        /// A JUnit XML file, relative to the tree, that the command writes. Where named, all of its tests must pass too.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        junit: Option<String>,
        /// Wall-clock seconds; the sandbox's own limit if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        timeout_seconds: Option<u32>,
    },
    /// A check of the candidate's CI on the delivered commit. A claim, for the candidate can edit the workflow.
    Ci {
        /// The check run's name.
        name: String,
    },
    /// A reviewer looks, and writes a note.
    Eye {
        /// What to look for.
        look_for: String,
    },
}

/// Something the spec leaves open on purpose, to see the candidate's judgement. Reviewer-only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Gap {
    pub id: GapId,
    /// What is left open, as a question.
    pub title: String,
    /// The clauses in whose neighbourhood the gap lies.
    pub clauses: Vec<ClauseId>,
    /// Words by which a question or decision is recognised as being about this gap, in lower case.
    #[serde(default)]
    pub words: Vec<String>,
    /// At least two plausible ways to fill it.
    pub interpretations: Vec<Interpretation>,
    /// Tells which one was built, where a program can tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probe: Option<Probe>,
}

/// One plausible way to fill a gap.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Interpretation {
    pub id: InterpretationId,
    pub text: String,
}

/// A command, run like a criterion's, that prints `built: <interpretation id>` on a line of its standard output.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Probe {
    pub run: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<u32>,
}

/// Limits of the sandbox and the toolchain that is visible inside it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SandboxNeeds {
    /// Toolchains that are made visible, read-only.
    pub toolchain: Vec<Toolchain>,
    /// A command run once before the checks, in the sandbox too: the build. Each check gets a copy of what it leaves.
    pub build: Option<Vec<String>>,
    /// Wall-clock seconds for one command.
    pub wall_seconds: u32,
    /// CPU seconds for one command.
    pub cpu_seconds: u32,
    /// Mebibytes of memory.
    pub memory_mib: u32,
    /// Processes and threads at once.
    pub processes: u32,
    /// Mebibytes that one file may grow to.
    pub file_mib: u32,
    /// Kibibytes of output that are kept of each stream: the first and the last half.
    pub output_kib: u32,
    /// Environment variables set inside the sandbox; nothing is inherited.
    pub environment: BTreeMap<String, String>,
}

impl Default for SandboxNeeds {
    fn default() -> Self {
        SandboxNeeds {
            toolchain: Vec::new(),
            build: None,
            wall_seconds: 120,
            cpu_seconds: 120,
            memory_mib: 2048,
            processes: 128,
            file_mib: 256,
            output_kib: 64,
            environment: BTreeMap::new(),
        }
    }
}

/// A toolchain that worksample knows how to make visible inside the sandbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Toolchain {
    /// The machine's `rustc` and `cargo`, and the C linker that they need.
    Rust,
    /// The machine's `python3`.
    Python,
}

impl Spec {
    pub fn clause(&self, id: &ClauseId) -> Option<&Clause> {
        self.clauses.iter().find(|clause| &clause.id == id)
    }

    pub fn criterion(&self, id: &CriterionId) -> Option<&Criterion> {
        self.criteria.iter().find(|criterion| &criterion.id == id)
    }

    pub fn gap(&self, id: &GapId) -> Option<&Gap> {
        self.gaps.iter().find(|gap| &gap.id == id)
    }

    pub fn pay(&self) -> Money {
        self.pay.amount.into()
    }
}

impl Gap {
    pub fn interpretation(&self, id: &InterpretationId) -> Option<&Interpretation> {
        self.interpretations.iter().find(|one| &one.id == id)
    }
}

impl Check {
    /// Is it left to a reviewer's eye?
    pub fn is_by_eye(&self) -> bool {
        matches!(self, Check::Eye { .. })
    }
}
