//! The spec room from outside: what authors are told, what candidates get, and the laws of reading and writing.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot set its stage should end"
)]

mod candidate;
mod disk;
mod documents;
mod fixture;
mod laws;
mod problems;
mod scripts;
