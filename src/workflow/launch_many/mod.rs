//! Launching many: from a list of candidates to a work sample each.
//!
//! `list` reads the CSV, `plan` shows what would happen, `batch` makes it durable and works it off line by line through
//! the same use case as a single launch, `results` says what became of each person. A line is settled in one transaction
//! with its work sample, so it is offered once however often a process dies, and what is wrong with one line harms no other.
//!
//! A launch makes offers and nothing else: accepting is the candidate's own act, for it is the consent to the terms, and only
//! then is anything made at GitHub. So a GitHub login in the list is a hint for the lead, never an acceptance.

mod batch;
mod csv_file;
mod estimate;
mod links;
mod list;
mod plan;
mod results;

pub use batch::{Batch, BatchState, Wanted, create, resume, stop, work, work_on};
pub use csv_file::to_csv;
pub use estimate::{CALLS_A_CANDIDATE, Pace};
pub use links::with_links;
pub use list::{LineProblem, MOST_BYTES, MOST_PEOPLE, Person, read};
pub use plan::{AtGitHub, Plan, PlannedLine, SeatsNeeded, SpecName, plan};
pub use results::{BatchView, CandidateToken, LineResult, Waits, lines, list as batches, view};
