//! What every event has besides its body.

use serde::{Deserialize, Serialize};

use super::{Actor, EventBody, Source};
use crate::clock::Timestamp;
use crate::ids::WorkSampleId;

/// Identifies a happening wherever it is learnt from; unique within a work sample. Built from GitHub's own ids
/// (`issue_comment:991:created`) or from the lifecycle (`accepted`). See [`crate::work_sample::key`].
#[derive(
    Debug,
    Clone,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
    utoipa::ToSchema,
)]
#[serde(transparent)]
pub struct NaturalKey(pub String);

impl std::fmt::Display for NaturalKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// One row of the log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Event {
    pub work_sample: WorkSampleId,
    /// Position in the log, from 1, without holes.
    pub seq: i64,
    pub happening: Happening,
    /// When we learnt of it. Kept for audit; never part of a report, which must not depend on the way facts took.
    pub received_at: Timestamp,
    pub source: Source,
}

/// An event before it has a place in a log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Happening {
    pub key: NaturalKey,
    pub actor: Actor,
    /// For GitHub facts GitHub's own receipt time (`created_at`, `updated_at`, `pushed_at`); for lifecycle events the
    /// service's clock. Never a date that a candidate can forge.
    pub occurred_at: Timestamp,
    pub body: EventBody,
}
