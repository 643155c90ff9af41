//! What was written, and who waited for whom meanwhile.

use schemars::JsonSchema;
use serde::Serialize;

use super::Clause;
use crate::clock::Timestamp;
use crate::ids::GapId;
use crate::work_sample::{EntryKind, NaturalKey, ReadBy, Side};

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
    /// Answers by the team, and its comments in the thread without a command, whose kind is `note`.
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
    /// Confirmations and redirections by the team, and its comments in the thread without a command, whose kind is `note`.
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
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct WaitLine {
    pub what: String,
    pub event: Option<NaturalKey>,
    pub wait: Wait,
}
