//! Git, by the git program: first commits, pushes, fetching a delivered commit, what it changes. A tool for the edges above.
//!
//! The program is run with nothing inherited: no system or user configuration, no prompts, no hooks of ours. A token
//! travels in the environment of the child, never in an argument, a URL or a file, so that it shows neither in a process
//! list nor in an error.

mod bundle;
mod child;
mod delivered;
mod history;
#[cfg(test)]
mod hostile;
mod program;

pub use delivered::{Checkout, TreeLimits};
pub use history::{ReadCommit, ReadCommits};
pub use program::{Git, GitError, Remote, program_on};
