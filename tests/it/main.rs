//! All integration tests are one binary: one link instead of a dozen.

mod core;
mod harness;
mod house;
mod report;
mod report_story;
mod sandbox;
mod shipped_specs;
mod store;
mod support;
