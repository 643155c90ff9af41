//! Specs: what a bounded task is, read from a folder, checked, published, and shown to the candidate without what is
//! reviewer-only. Pure: folders come in as bytes.

mod folder;
mod model;

pub use folder::{File, Folder, Tree};
pub use model::*;
