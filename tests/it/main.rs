//! All integration tests are one binary: one link instead of a dozen.

#![recursion_limit = "256"]
#![expect(
    clippy::unwrap_used,
    reason = "a test that meets an error fails by panicking, in its helpers too"
)]
#![expect(
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "what a test has to say is printed"
)]

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

mod access;
mod answering;
mod api;
mod body_timeout;
mod bugs;
mod candidates;
mod command_line;
mod contract;
mod core;
mod delivered_diff;
mod delivering;
mod ending;
mod following;
mod governor;
mod harness;
mod house;
mod identity;
mod inviting;
mod launching;
mod mail;
mod offer_links;
mod organizations;
mod outages;
mod pages;
mod process;
mod provisioning;
mod recurring;
mod refusal_texts;
mod refused_invitation;
mod report;
mod report_story;
mod reviews;
mod sandbox;
mod setup;
mod shipped_specs;
mod sides;
mod sign_in;
mod simulation;
mod spec;
mod stand_in;
mod steps;
mod store;
mod stored_logs;
mod stored_values;
mod stories;
mod support;
mod unusual;
mod webhooks;
