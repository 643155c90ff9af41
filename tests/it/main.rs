//! All integration tests are one binary: one link instead of a dozen.

mod harness;
mod sandbox;
mod store;
mod support;
