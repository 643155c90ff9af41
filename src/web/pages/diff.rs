//! The lines of differences, as pages show them.

use crate::text_diff::{Hunk, Line, LineKind};

/// How many lines still fit on a page.
pub(super) struct LineBudget(pub usize);

impl LineBudget {
    /// As many lines of these changes as fit.
    pub(super) fn take(&mut self, hunks: Vec<Hunk>) -> Vec<Vec<Line>> {
        let fitting = hunks.into_iter().map(|mut hunk| {
            hunk.lines.truncate(self.0);
            self.0 -= hunk.lines.len();
            hunk.lines
        });
        fitting.filter(|lines| !lines.is_empty()).collect()
    }

    pub(super) fn is_used_up(&self) -> bool {
        self.0 == 0
    }
}

/// What is written before a line.
pub(in crate::web) fn sign(kind: &LineKind) -> &'static str {
    match kind {
        LineKind::Same => " ",
        LineKind::Added => "+",
        LineKind::Removed => "-",
    }
}

pub(in crate::web) fn class(kind: &LineKind) -> Option<&'static str> {
    match kind {
        LineKind::Same => None,
        LineKind::Added => Some("added"),
        LineKind::Removed => Some("removed"),
    }
}
