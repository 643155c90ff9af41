//! Use cases: what happens when a lead launches, a webhook arrives, a job is due. They join the edges; the edges do not
//! know each other.

pub mod harness;
pub mod rehearse_spec;
