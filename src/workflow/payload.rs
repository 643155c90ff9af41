//! The parts that GitHub's payloads share, and reading them.

use std::fmt;

use serde::de::{self, DeserializeOwned, Visitor};
use serde::{Deserialize, Deserializer};

use crate::clock::Timestamp;

/// A payload that is not what GitHub documents for its event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the `{event}` payload is not of the documented form: {why}")]
pub struct Misshapen {
    pub event: String,
    pub why: String,
}

#[derive(Deserialize)]
pub(super) struct Account {
    pub(super) id: u64,
    pub(super) login: String,
}

#[derive(Deserialize)]
pub(super) struct RepositoryPart {
    pub(super) id: u64,
    pub(super) full_name: String,
    #[serde(default)]
    pub(super) updated_at: Option<Moment>,
    #[serde(default)]
    pub(super) pushed_at: Option<Moment>,
}

/// GitHub writes times as text, but the repository's in push payloads as seconds.
#[derive(Clone, Copy)]
pub(super) enum Moment {
    Seconds(i64),
    Text(Timestamp),
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(MomentVisitor)
    }
}

/// Takes either as it comes: serde's own way for enums without a tag keeps a copy of the value and tries both.
struct MomentVisitor;

impl Visitor<'_> for MomentVisitor {
    type Value = Moment;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a time, as RFC 3339 or in seconds")
    }

    fn visit_i64<E: de::Error>(self, seconds: i64) -> Result<Moment, E> {
        Ok(Moment::Seconds(seconds))
    }

    fn visit_u64<E: de::Error>(self, seconds: u64) -> Result<Moment, E> {
        let unexpected = de::Unexpected::Unsigned(seconds);
        let seconds = i64::try_from(seconds);
        seconds
            .map(Moment::Seconds)
            .map_err(|_| E::invalid_value(unexpected, &self))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Moment, E> {
        text.parse().map(Moment::Text).map_err(E::custom)
    }
}

impl Moment {
    pub(super) fn get(self) -> Option<Timestamp> {
        match self {
            Moment::Seconds(seconds) => chrono::DateTime::from_timestamp(seconds, 0),
            Moment::Text(at) => Some(at),
        }
    }
}

impl RepositoryPart {
    pub(super) fn last_touched(&self) -> Option<Timestamp> {
        let times = [self.updated_at, self.pushed_at];
        times.into_iter().flatten().filter_map(Moment::get).max()
    }
}

#[derive(Deserialize)]
pub(super) struct Frame {
    #[serde(default)]
    pub(super) action: Option<String>,
    #[serde(default)]
    pub(super) repository: Option<RepositoryPart>,
    #[serde(default)]
    pub(super) sender: Option<Account>,
}

#[derive(Deserialize)]
pub(super) struct Written {
    #[serde(default)]
    pub(super) number: u64,
    #[serde(default)]
    pub(super) id: u64,
    #[serde(default)]
    pub(super) title: Option<String>,
    #[serde(default)]
    pub(super) body: Option<String>,
    pub(super) html_url: String,
    pub(super) user: Option<Account>,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
    #[serde(default)]
    pub(super) closed_at: Option<Timestamp>,
}

#[derive(Deserialize)]
pub(super) struct Changes {
    #[serde(default)]
    pub(super) body: Option<From>,
}

#[derive(Deserialize)]
pub(super) struct From {
    pub(super) from: Option<String>,
}

/// Reads a payload, or says where it is misshapen.
pub(super) fn read<T: DeserializeOwned>(event: &str, body: &[u8]) -> Result<T, Misshapen> {
    // Keeping track of the place costs more than the reading itself: only what cannot be read is read once more for it.
    serde_json::from_slice(body).or_else(|_| {
        let mut deserializer = serde_json::Deserializer::from_slice(body);
        serde_path_to_error::deserialize(&mut deserializer).map_err(|error| Misshapen {
            event: event.to_owned(),
            why: error.to_string(),
        })
    })
}
