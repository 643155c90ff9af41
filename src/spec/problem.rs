//! What is wrong with a spec, said so that its author can mend it: what, where, and how.

use std::fmt;

use serde::Serialize;

/// How much a problem weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The spec cannot be published.
    Error,
    /// The spec can be published, but a careful author would look at it.
    Warning,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
        })
    }
}

/// One thing to mend in a spec folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    pub severity: Severity,
    /// One of [`codes`]; stable, so that a client or a test can rely on it.
    pub code: &'static str,
    /// Path relative to the spec folder.
    pub file: String,
    /// Line in that file, from 1, where one line is to blame.
    pub line: Option<u32>,
    /// What is wrong.
    pub message: String,
    /// How to mend it.
    pub remedy: String,
}

impl Problem {
    pub(super) fn error(
        code: &'static str,
        place: Place<'_>,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Problem {
        Problem::new(Severity::Error, code, place, message, remedy)
    }

    pub(super) fn warning(
        code: &'static str,
        place: Place<'_>,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Problem {
        Problem::new(Severity::Warning, code, place, message, remedy)
    }

    fn new(
        severity: Severity,
        code: &'static str,
        place: Place<'_>,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Problem {
        Problem {
            severity,
            code,
            file: place.file.to_owned(),
            line: place.line,
            message: message.into(),
            remedy: remedy.into(),
        }
    }

    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// `error[clause-uncovered] spec.toml:31: … ` and, indented below it, how to mend it.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}[{}] {}", self.severity, self.code, self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}\n    to mend it: {}", self.message, self.remedy)
    }
}

/// Where a problem stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    pub file: &'a str,
    pub line: Option<u32>,
}

pub(super) fn at(file: &str, line: u32) -> Place<'_> {
    Place {
        file,
        line: Some(line),
    }
}

pub(super) fn whole(file: &str) -> Place<'_> {
    Place { file, line: None }
}

/// Orders problems as a reader meets them: by file, then line, then code.
pub(super) fn in_reading_order(mut problems: Vec<Problem>) -> Vec<Problem> {
    problems.sort_by(|a, b| {
        (&a.file, a.line, a.severity, a.code, &a.message)
            .cmp(&(&b.file, b.line, b.severity, b.code, &b.message))
    });
    problems.dedup();
    problems
}

macro_rules! codes {
    ($($name:ident = $code:literal, $meaning:literal;)*) => {
        /// Every code a [`Problem`] can carry.
        pub mod codes {
            $(#[doc = $meaning] pub const $name: &str = $code;)*
            /// All codes with their meanings, in the order of the documentation.
            pub const ALL: &[(&str, &str)] = &[$(($code, $meaning)),*];
        }
    };
}

codes! {
    FILE_MISSING = "file-missing", "A file or directory that every spec has is not there, or is empty.";
    FILE_NOT_TEXT = "file-not-text", "A file that people read is not UTF-8 text.";
    UNSAFE_PATH = "unsafe-path", "A path is absolute, climbs with `..`, lies in `.git`, or could mean something else on another system.";
    UNKNOWN_FILE = "unknown-file", "A file at the top of the spec folder has no meaning there.";
    NOT_TOML = "not-toml", "A TOML file cannot be parsed.";
    UNKNOWN_KEY = "unknown-key", "A key has no meaning where it stands.";
    MISSING_KEY = "missing-key", "A required key is not there.";
    WRONG_TYPE = "wrong-type", "A value is of another type than its key wants.";
    WRONG_VALUE = "wrong-value", "A value is not one of those allowed, or has another form.";
    BLANK = "blank", "A text that people read, or a command, is empty.";
    OUT_OF_RANGE = "out-of-range", "A number lies outside its range.";
    DUPLICATE = "duplicate", "An id is used twice.";
    SLUG_NOT_FOLDER = "slug-not-folder", "The slug is not the name of the spec's folder.";
    BAD_GLOB = "bad-glob", "A glob of the boundary cannot be parsed or leads out of the repository.";
    BOUNDARY_EMPTY = "boundary-empty", "The boundary allows nothing.";
    BOUNDARY_MATCHES_NOTHING = "boundary-matches-nothing", "A glob matches no file of starter/ or reference/, nor lies in a directory of theirs.";
    REFERENCE_OUT_OF_BOUNDS = "reference-out-of-bounds", "The reference solution changes a file that the boundary does not allow.";
    NO_NON_GOAL = "no-non-goal", "The spec says nowhere what is not asked.";
    NO_REQUIREMENT = "no-requirement", "The spec has no requirement.";
    NO_CRITERION = "no-criterion", "The spec has no acceptance criterion.";
    CLAUSE_NOT_IN_BRIEF = "clause-not-in-brief", "A clause of spec.toml has no marker in brief.md.";
    CLAUSE_NOT_IN_SPEC = "clause-not-in-spec", "A marker of brief.md has no clause in spec.toml.";
    CLAUSE_UNKNOWN = "clause-unknown", "A criterion or gap names a clause that spec.toml does not list.";
    CLAUSE_UNCOVERED = "clause-uncovered", "No criterion checks a requirement, and none leaves it to a reviewer's eye.";
    MARKER_MISPLACED = "marker-misplaced", "A clause marker stands neither on a heading nor on a list item, or is malformed.";
    CLAUSE_EMPTY = "clause-empty", "A clause of brief.md has a marker but says nothing.";
    TOO_FEW_INTERPRETATIONS = "too-few-interpretations", "A gap with fewer than two interpretations leaves nothing open.";
    TIMEOUT_OVER_LIMIT = "timeout-over-limit", "A timeout is longer than the sandbox's own limit.";
    CI_WITHOUT_WORKFLOW = "ci-without-workflow", "A criterion relies on CI, but the starter has no workflow.";
    CADENCE_TOO_SLOW = "cadence-too-slow", "The first progress update would be expected after the work is due.";
    STARTER_RESERVED = "starter-reserved", "A starter file stands where a generated file goes.";
    OFFER_INCOMPLETE = "offer-incomplete", "Neither the spec nor the settings say something that a candidate should read before accepting.";
    VAGUE = "vague", "A vague word leaves the candidate to guess what is meant.";
    GAP_READABLE = "gap-readable", "The candidate could read a gap or one of its interpretations.";
    HIDDEN_CRITERION_READABLE = "hidden-criterion-readable", "The candidate could read a hidden criterion.";
    REVIEWER_FILE_READABLE = "reviewer-file-readable", "The candidate could read a reviewer-only file or its path.";
    SCRIPT_REFERENCE = "script-reference", "A rehearsal script refers to something that is not there.";
    SCRIPT_STEP = "script-step", "A step of a rehearsal script has keys that do not go together.";
}
