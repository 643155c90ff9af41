//! The web door: JSON API, pages, webhooks, health. The only room besides the stand-in that knows actix-web.
//!
//! Handlers are thin: they parse at the edge, call one use case, and show the outcome. Who may do what sits in the
//! extractors of [`auth`] (bearer tokens) and `session` (a browser's cookie), so that a handler cannot forget to ask.

pub mod api;
pub mod auth;
mod body;
mod door;
mod health;
mod metrics;
mod notice;
pub mod offers;
mod pages;
mod problem;
mod room;
mod server;
mod session;
pub mod setup;
pub mod tokens;
mod traced;
mod visit;
mod webhook;
pub mod words;

pub use door::Door;
pub use metrics::Metrics;
pub use problem::Problem;
pub use server::{ExtraPages, Extras, Server, ServerError};
