//! Rehearsal scripts: what a make-believe candidate and their team do, step by step in simulated time, and what must have
//! come of it. Pure data; `docs/rehearsal-scripts.md` shows every step, the `rehearsal` room plays them.

mod parse;
mod span;
mod step;
mod tip;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::{CriterionId, GapId, InterpretationId, Login, Slug};

pub use parse::parse;
pub use span::{Offset, Span};
pub use step::{KICKOFF, Outcome, ReviewOutcome, Step, StepId, Verdict, Via, Who};

/// The names that `expect.state` may have: those of a work sample's states.
pub const STATES: [&str; 13] = [
    "drafted",
    "offered",
    "accepted",
    "provisioned",
    "in_progress",
    "delivered",
    "assessed",
    "decided",
    "closed",
    "declined",
    "expired",
    "withdrawn",
    "cancelled",
];

/// One scripted candidate.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Script {
    /// Reports are filed under it.
    pub name: Slug,
    /// One line that says what kind of candidate this is.
    pub title: String,
    pub login: Login,
    pub full_name: String,
    pub expect: Expect,
    pub steps: Vec<TimedStep>,
    #[serde(skip)]
    lines: BTreeMap<String, u32>,
}

/// A step and the line of the script it stands on.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TimedStep {
    pub line: u32,
    #[serde(flatten)]
    pub step: Step,
}

/// What the run must have come to. What is left out is not looked at.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Expect {
    /// The state at the end, such as `assessed`.
    pub state: Option<String>,
    /// Criteria that must have passed.
    pub passed: Vec<CriterionId>,
    /// Criteria that must have failed.
    pub failed: Vec<CriterionId>,
    /// For a gap, the interpretation its probe must have found.
    pub built: BTreeMap<GapId, InterpretationId>,
    /// Number of questions the candidate asked.
    pub questions: Option<u32>,
    /// Number of progress updates.
    pub updates: Option<u32>,
    /// Number of decisions the candidate wrote down.
    pub decisions: Option<u32>,
    /// Was the delivery that counts late?
    pub late: Option<bool>,
}

impl Script {
    /// The same script for another candidate, up to the first step that `ends` it; `None` where no step does. Nothing is
    /// expected of it, and it does not wait for what does not come.
    pub fn up_to(
        &self,
        (name, login, full_name): (Slug, Login, &str),
        ends: impl Fn(&Step) -> bool,
    ) -> Option<Script> {
        let end = self.steps.iter().position(|one| ends(&one.step))?;
        let mut steps = self.steps[..end].to_vec();
        while let Some(TimedStep {
            step: Step::Wait { .. },
            ..
        }) = steps.last()
        {
            steps.pop();
        }
        Some(Script {
            name,
            title: self.title.clone(),
            login,
            full_name: full_name.to_owned(),
            expect: Expect::default(),
            steps,
            lines: self.lines.clone(),
        })
    }

    /// The line of a key at the top or below `expect`, such as `expect.passed`; 1 if it is not there.
    pub fn line_of(&self, key: &str) -> u32 {
        self.lines.get(key).copied().unwrap_or(1)
    }
}
