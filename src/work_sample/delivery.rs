//! Deliveries: as they were recorded, and as texts and pushes are read now.

use chrono::TimeDelta;

use super::event::{Actor, NaturalKey};
use super::parts::{DeliveryOutcome, Place};
use crate::clock::Timestamp;
use crate::ids::CommitSha;

/// So long after our answer a candidate may confirm that the starter itself is meant, as of the first time.
pub const STARTER_CONFIRMED_WITHIN: TimeDelta = TimeDelta::hours(24);

/// One delivery, as it was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The event that declared it.
    pub key: NaturalKey,
    /// The text, or the request to the API, that it is.
    pub delivery: NaturalKey,
    pub at: Timestamp,
    /// The commit it stands for; `None` where no push is known that it could mean.
    pub sha: Option<CommitSha>,
    /// After the due time as it stood in the end.
    pub late: bool,
    /// Is this the delivery that counts: the last in time, or else the first late one?
    pub effective: bool,
    pub place: Option<Place>,
    /// Is it the starter, with nothing changed?
    pub starter: bool,
    /// The event that recorded it.
    pub recorded_by: NaturalKey,
    /// The lead who recorded or corrected it, and why.
    pub corrected: Option<Correction>,
}

/// A lead's word on a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correction {
    pub by: Actor,
    pub at: Timestamp,
    pub reason: String,
}

/// A declared delivery as its texts and the pushes are read now. It has no effect on pay: only records have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadDelivery {
    /// The text that it stands in; for a request to the API its event.
    pub delivery: NaturalKey,
    pub declared_by: NaturalKey,
    pub declared_at: Timestamp,
    pub place: Option<Place>,
    /// What it names, as far as that is known.
    pub meant: Meant,
    /// Has the candidate confirmed that the starter itself is meant?
    pub starter_confirmed: bool,
    pub standing: Standing,
}

/// How a declared delivery stands to what was recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Not recorded yet, or a fact that is newer than its record says otherwise.
    Pending,
    Recorded,
    /// In a log of an earlier version, which did not read it. A lead settles it.
    UnreadBeforeUpgrade,
}

/// The commit that a declared delivery means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meant {
    Commit(CommitSha),
    /// No push is known that it could mean.
    Nothing,
    /// A name that no fact explains: GitHub may know it.
    Unknown {
        name: String,
        /// What is delivered where GitHub does not know it either: the name may be just a word.
        head: Option<CommitSha>,
        /// Why nothing is, without such a commit.
        why: String,
    },
    /// It names something that is not there, or more than one thing.
    NotResolved {
        why: String,
    },
}

/// One record of a delivery, as the log has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryRecord {
    /// The event that recorded it.
    pub key: NaturalKey,
    pub by: Actor,
    pub at: Timestamp,
    pub delivery: NaturalKey,
    pub declared_by: NaturalKey,
    pub declared_at: Timestamp,
    pub place: Option<Place>,
    pub outcome: DeliveryOutcome,
    pub late: bool,
    pub starter: bool,
    pub reason: Option<String>,
}

/// Something that was declared as a delivery and delivered nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenDelivery {
    /// The text or request that declares it.
    pub delivery: NaturalKey,
    pub at: Timestamp,
    pub status: OpenDeliveryStatus,
    pub why: String,
}

/// Why a declared delivery delivered nothing.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum OpenDeliveryStatus {
    /// GitHub is looked at before it is recorded.
    Pending,
    /// What it names was not found.
    NotResolved,
    /// It is the starter with nothing changed, and the candidate has not confirmed it.
    StarterUnconfirmed,
    /// An earlier version of the service did not read it as a delivery. A lead records it where it is one.
    UnreadBeforeUpgrade,
}
