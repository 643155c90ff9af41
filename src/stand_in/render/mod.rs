//! The JSON bodies of answers and webhooks, with every field that GitHub's description requires. A file a family; all are
//! methods of [`Render`], which holds what they look things up in.

mod apps;
mod commits;
mod hooks;
mod issues;
mod pulls;
mod repos;
mod reviews;
mod users;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::state::State;
use crate::clock::Timestamp;

#[derive(Clone, Copy)]
pub(super) struct Render<'a> {
    pub state: &'a State,
    /// `http://127.0.0.1:PORT`, without a slash at the end.
    pub base: &'a str,
    pub now: Timestamp,
}

/// `2026-03-02T09:00:00Z`, the only form in which GitHub writes times.
pub(super) fn stamp(at: Timestamp) -> String {
    at.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

pub(super) fn stamp_opt(at: Option<Timestamp>) -> Value {
    at.map_or(Value::Null, |at| json!(stamp(at)))
}

/// An opaque global id.
pub(super) fn node_id(kind: &str, id: impl std::fmt::Display) -> String {
    STANDARD.encode(format!("{}:{kind}{id}", kind.len()))
}

/// No reactions; GitHub sends the counts all the same.
fn reactions(url: &str) -> Value {
    json!({
        "url": format!("{url}/reactions"), "total_count": 0, "+1": 0, "-1": 0, "laugh": 0,
        "hooray": 0, "confused": 0, "heart": 0, "rocket": 0, "eyes": 0,
    })
}
