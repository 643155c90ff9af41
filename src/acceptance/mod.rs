//! Acceptance criteria: what came out of running them, and how raw runs are judged. Pure.

mod judge;
mod junit;
mod result;

pub use judge::{judge_ci, judge_command, leave_open, read_probe, undetermined};
pub use junit::{JunitProblem, MOST_BYTES as JUNIT_MOST_BYTES, parse as parse_junit};
pub use result::*;
