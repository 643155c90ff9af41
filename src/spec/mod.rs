//! Specs: what a bounded task is, read from a folder, checked, published, and shown to the candidate without what is
//! reviewer-only. Pure: folders come in as bytes.

mod brief;
pub mod candidate;
mod check;
mod difference;
mod document;
mod folder;
pub mod forms;
mod model;
mod offer;
pub mod path;
mod problem;
pub mod script;
mod shape;
mod version;

pub use brief::{Brief, BriefClause};
pub use check::{check, check_as, missing_in_offer};
pub use difference::{ChangeKind, FileChange, difference};
pub use folder::{File, Folder, Tree};
pub use model::*;
pub use offer::{Answers, MOST_ANSWER_HOURS, OfferDefaults, Payer};
pub use problem::{Problem, Severity, codes};
pub use version::{SpecVersion, schema};
