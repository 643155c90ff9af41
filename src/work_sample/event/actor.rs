//! Who did something, and where we learnt of it.

use serde::{Deserialize, Serialize};

/// Where an event was learnt from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    Command,
    Webhook,
    Reconciliation,
    Service,
}

/// Who did it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Actor {
    Lead {
        name: String,
    },
    Reviewer {
        name: String,
    },
    Candidate,
    /// The service itself.
    Service,
    /// A GitHub account; which side it is on is for the fold to say.
    GitHub {
        id: u64,
        login: String,
    },
}
