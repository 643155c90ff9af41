//! worksample: a self-hosted service for paid work samples. ARCHITECTURE.md is the map of this crate.
//!
//! The modules stand in the order of the floors, lowest first; a module imports only from those above it in this list.

pub mod plain_text;
pub mod text_diff;

pub mod clock;
pub mod ids;
pub mod money;
pub mod secret;
pub mod secret_token;
pub mod zone;

pub mod spec;

pub mod acceptance;

pub mod work_sample;

pub mod evidence;

pub mod report;

pub mod candidate;

pub mod artifacts;
pub mod disk;
pub mod git;
pub mod logging;

pub mod github;
pub mod mail;
pub mod sandbox;
pub mod stand_in;
pub mod store;

pub mod config;

pub mod workflow;

pub mod web;

pub mod app;

pub mod doctor;

pub mod rehearsal;

pub mod cli;
