//! Time zones: an instant as somebody's clock shows it, and back.

use std::fmt;
use std::str::FromStr;

use chrono::{FixedOffset, LocalResult, NaiveDateTime, Offset as _, TimeZone as _};
use chrono_tz::{TZ_VARIANTS, Tz};
use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;

/// An IANA time zone, such as `Europe/Berlin`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Zone(Tz);

/// Why a text names no time zone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a time zone; write one such as `Europe/Berlin`")]
pub struct UnknownZone(String);

/// Why a date and time of a clock is no instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LocalTimeError {
    #[error("write a date and a time, such as 2026-03-09 17:00")]
    NotADateAndTime,
    #[error("the clocks of this time zone skip that time on that day; choose another one")]
    Skipped,
}

/// The forms in which browsers send a date and a time, and people write one.
const FORMS: [&str; 4] = [
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%d %H:%M:%S",
];

impl Zone {
    pub const UTC: Zone = Zone(Tz::UTC);

    /// The names of all zones, in alphabetical order.
    pub fn names() -> impl Iterator<Item = &'static str> {
        TZ_VARIANTS.iter().map(|zone| zone.name())
    }

    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// `Mon 9 Mar 2026, 17:00`
    pub fn day_and_time(self, at: Timestamp) -> String {
        at.with_timezone(&self.0)
            .format("%a %-d %b %Y, %H:%M")
            .to_string()
    }

    /// `9 Mar 2026`
    pub fn day(self, at: Timestamp) -> String {
        at.with_timezone(&self.0).format("%-d %b %Y").to_string()
    }

    /// How far the zone is from UTC at that instant.
    pub fn offset(self, at: Timestamp) -> FixedOffset {
        at.with_timezone(&self.0).offset().fix()
    }

    /// `2026-03-09T17:00`, as a form field for a date and a time holds it.
    pub fn for_field(self, at: Timestamp) -> String {
        at.with_timezone(&self.0)
            .format("%Y-%m-%dT%H:%M")
            .to_string()
    }

    /// The instant at which clocks of the zone show a date and a time. Where they show it twice, the later one.
    ///
    /// # Errors
    /// It is no date and time, or the clocks skip it.
    pub fn instant(self, text: &str) -> Result<Timestamp, LocalTimeError> {
        let text = text.trim();
        let local = FORMS
            .iter()
            .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
            .ok_or(LocalTimeError::NotADateAndTime)?;
        match self.0.from_local_datetime(&local) {
            LocalResult::Single(at) | LocalResult::Ambiguous(_, at) => Ok(at.to_utc()),
            LocalResult::None => Err(LocalTimeError::Skipped),
        }
    }
}

impl FromStr for Zone {
    type Err = UnknownZone;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let name = text.trim();
        Tz::from_str(name)
            .map(Zone)
            .map_err(|_| UnknownZone(name.chars().take(40).filter(|c| !c.is_control()).collect()))
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for Zone {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        name.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn zone(name: &str) -> Zone {
        name.parse().unwrap()
    }

    #[test]
    fn instants_are_shown_and_read_by_clocks_of_the_zone() {
        let berlin = zone("Europe/Berlin");
        assert_eq!(
            berlin.day_and_time(at("2026-03-09T16:00:00Z")),
            "Mon 9 Mar 2026, 17:00"
        );
        assert_eq!(
            berlin.instant("2026-03-09T17:00"),
            Ok(at("2026-03-09T16:00:00Z"))
        );
        assert_eq!(
            zone("Asia/Kolkata").instant(" 2026-03-09 17:00 "),
            Ok(at("2026-03-09T11:30:00Z"))
        );
    }

    #[test]
    fn time_that_clocks_skip_or_repeat_is_refused_or_the_later_one() {
        let berlin = zone("Europe/Berlin");
        assert_eq!(
            berlin.instant("2026-03-29T02:30"),
            Err(LocalTimeError::Skipped)
        );
        assert_eq!(
            berlin.instant("2026-10-25T02:30"),
            Ok(at("2026-10-25T01:30:00Z"))
        );
        for odd in ["", "tomorrow", "2026-02-30T10:00", "2026-03-09"] {
            assert_eq!(berlin.instant(odd), Err(LocalTimeError::NotADateAndTime));
        }
    }

    #[test]
    fn unknown_zone_is_told_with_its_name() {
        let error = "Europe/Atlantis\u{1b}".parse::<Zone>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "`Europe/Atlantis` is not a time zone; write one such as `Europe/Berlin`"
        );
    }

    proptest! {
        #[test]
        fn field_of_an_instant_reads_as_the_same_clock_time(
            minutes in 0_i64..40_000_000,
            index in 0..TZ_VARIANTS.len(),
        ) {
            let zone = Zone(TZ_VARIANTS[index]);
            let at = at("1990-01-01T00:00:00Z") + chrono::Duration::minutes(minutes);
            let field = zone.for_field(at);
            let read = zone.instant(&field).unwrap();
            prop_assert_eq!(zone.for_field(read), field);
            prop_assert!(read >= at - chrono::Duration::minutes(1));
        }
    }
}
