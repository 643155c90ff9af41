//! The words of the budget: the limits, what somebody asks for, and what they are told.

use chrono::Duration;
use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;

/// What GitHub allows, and what we keep back of it (docs.github.com, "Rate limits for the REST API").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Between two writes.
    pub spacing: Duration,
    pub creates_a_minute: usize,
    pub creates_an_hour: usize,
    /// A read costs 1, a write 5.
    pub points_a_minute: u32,
    /// Calls under way at the same time, of all processes together.
    pub at_once: u32,
    /// Of [`Self::creates_an_hour`], what bulk work leaves to people.
    pub reserved_an_hour: usize,
}

impl Limits {
    /// Those of github.com.
    pub const GITHUB: Limits = Limits {
        spacing: Duration::seconds(1),
        creates_a_minute: 80,
        creates_an_hour: 500,
        points_a_minute: 900,
        at_once: 100,
        reserved_an_hour: 15,
    };

    /// None of our own, as on an Enterprise Server whose administrator set none. What a server answers is obeyed all the
    /// same.
    pub const NONE: Limits = Limits {
        spacing: Duration::zero(),
        creates_a_minute: usize::MAX,
        creates_an_hour: usize::MAX,
        points_a_minute: u32::MAX,
        at_once: u32::MAX,
        reserved_an_hour: 0,
    };
}

/// Who waits for a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Urgency {
    /// Somebody does: an answer, a correction, a webhook's consequence.
    People,
    /// Forty candidates before lunch.
    Bulk,
}

/// What somebody wants to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// Tells those in the line apart: a work sample's id.
    pub holder: String,
    /// The process that will send it.
    pub process: String,
    pub urgency: Urgency,
    /// Reads to be sent now.
    pub reads: u32,
    pub writes: Writes,
}

/// What a call changes at GitHub.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writes {
    Nothing,
    /// Something that is there already, by PATCH or DELETE. GitHub does not say which calls it takes for
    /// content-creating; whatever goes by POST or PUT is held to be one.
    Changes,
    /// It makes something new: a repository, an invitation, an issue, a comment. `then` further such calls follow in the
    /// same work: what was begun keeps its places together, so that it is finished before other work begins.
    Creates {
        then: u32,
    },
}

/// May it be sent?
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Now; it is counted.
    Go,
    /// Not before then; ask again.
    Wait { until: Timestamp, because: Because },
}

/// Why something waits, for people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Because {
    #[error("writes to GitHub are spaced by a second, and others are before it in the line")]
    Spacing,
    #[error("GitHub allows 80 content-creating calls a minute")]
    CreatesAMinute,
    #[error("GitHub allows 500 content-creating calls an hour, and those of this hour are used")]
    CreatesAnHour,
    #[error("GitHub allows 900 points of calls a minute")]
    Points,
    #[error("GitHub allows 100 calls at once, and other processes have them all")]
    AtOnce,
    #[error("the requests that GitHub allows in this hour are used, save for a reserve")]
    Requests,
    #[error("GitHub asked us to wait: {0}")]
    Asked(String),
}

/// The primary limit as an answer's headers told it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quota {
    pub limit: u32,
    pub remaining: u32,
    pub reset: Timestamp,
}

impl Limits {
    /// How many creating calls of an hour are theirs.
    pub(super) fn of_an_hour(&self, urgency: Urgency, most: usize) -> usize {
        match urgency {
            Urgency::People => most,
            Urgency::Bulk => most.saturating_sub(self.reserved_an_hour),
        }
    }
}

impl Ask {
    pub(super) fn writes(&self) -> bool {
        self.writes != Writes::Nothing
    }

    pub(super) fn creates(&self) -> bool {
        matches!(self.writes, Writes::Creates { .. })
    }

    pub(super) fn requests(&self) -> u32 {
        self.reads + u32::from(self.writes())
    }

    pub(super) fn points(&self) -> u32 {
        self.reads + 5 * u32::from(self.writes())
    }
}
