//! Rehearsals: scripted candidates and teams played against the stand-in, through the doors that production uses.
//!
//! Nothing here knows the inside of the service. Commands go through its HTTP API, what people do at GitHub through the
//! stand-in's REST and git, and the service learns of it by signed webhooks. Only time is make-believe: one simulated
//! clock, which stand-in and service share, jumps from step to step, and after each step everything that it set off is
//! worked through before the next one begins. So simulated days pass in seconds, in the same order every time.

mod acts;
mod client;
mod expect;
mod files;
mod reviewing;
mod stage;
mod world;

use std::path::PathBuf;

use crate::app::BuildError;
use crate::disk::DiskError;
use crate::git::GitError;
use crate::github::GitHubError;
use crate::stand_in::StandInError;
use crate::workflow::WorkflowError;

pub use expect::Expected;
pub use stage::{Played, Said, play};
pub use world::{ORG, World, WorldSettings};

#[derive(Debug, thiserror::Error)]
pub enum RehearsalError {
    #[error("the service refused what the script asked for: {0}")]
    Api(String),
    #[error("the script `{script}` could not be played on, at its line {line}: {why}")]
    Step {
        script: String,
        line: u32,
        why: String,
    },
    #[error(transparent)]
    Build(#[from] BuildError),
    #[error(transparent)]
    StandIn(#[from] StandInError),
    #[error(transparent)]
    Workflow(#[from] WorkflowError),
    #[error(transparent)]
    GitHub(#[from] GitHubError),
    #[error(transparent)]
    Git(#[from] GitError),
    #[error(transparent)]
    Disk(#[from] DiskError),
    #[error("{} cannot be used: {source}", path.display())]
    Folder {
        path: PathBuf,
        source: std::io::Error,
    },
}
