//! Acceptance criteria: what came out of running them, and how raw runs are judged. Pure.

mod result;

pub use result::*;
