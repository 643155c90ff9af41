//! What came of one step of a worker, for whoever drives it step by step.

use crate::clock::Timestamp;
use crate::workflow::jobs::JobKind;

/// What one step did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing is due; the next job is due then, if any.
    Idle {
        next: Option<Timestamp>,
    },
    Done {
        kind: JobKind,
        subject: String,
    },
    /// Will be tried again at the time given.
    Postponed {
        kind: JobKind,
        subject: String,
        error: String,
        until: Timestamp,
    },
    /// Not its turn at GitHub before the time given; nothing was sent.
    Paced {
        kind: JobKind,
        subject: String,
        why: String,
        until: Timestamp,
    },
    /// Waits for an operator.
    Dead {
        kind: JobKind,
        subject: String,
        error: String,
    },
}

impl Outcome {
    /// When it is the turn of what only waits for that.
    pub fn turn(&self) -> Option<Timestamp> {
        match self {
            Outcome::Paced { until, .. } => Some(*until),
            Outcome::Idle { .. }
            | Outcome::Done { .. }
            | Outcome::Postponed { .. }
            | Outcome::Dead { .. } => None,
        }
    }
}
