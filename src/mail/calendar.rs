//! The due time as a calendar file.

use chrono::Duration;
use icalendar::{Calendar, Component as _, Event, EventLike as _, Property};
use serde::{Deserialize, Serialize};

use super::clean;
use crate::clock::Timestamp;

/// A due time to put into a calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DueDate {
    /// The same for every version of the event.
    pub uid: String,
    /// Grows with each version.
    pub sequence: u32,
    pub due_at: Timestamp,
    /// When this version was made.
    pub made_at: Timestamp,
    pub summary: String,
}

impl DueDate {
    /// The file, as RFC 5545 has it.
    pub fn file(&self) -> String {
        // The last half hour: an event without length is not shown by all calendars.
        let mut event = Event::new();
        event
            .uid(&self.uid)
            .sequence(self.sequence)
            .timestamp(self.made_at)
            .starts(self.due_at - Duration::minutes(30))
            .ends(self.due_at)
            .summary(&clean::line(&self.summary, 150))
            .append_property(Property::new("TRANSP", "TRANSPARENT"));
        let mut calendar = Calendar::new();
        calendar
            .append_property(Property::new("METHOD", "PUBLISH"))
            .push(event.done());
        calendar.done().to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due() -> DueDate {
        DueDate {
            uid: "ws_1@acme.example".to_owned(),
            sequence: 2,
            due_at: "2026-03-05T09:00:00Z".parse().unwrap(),
            made_at: "2026-03-02T09:00:00Z".parse().unwrap(),
            summary: "Due: A greeting".to_owned(),
        }
    }

    #[test]
    fn calendar_file_publishes_the_due_time() {
        let file = due().file();
        for line in [
            "METHOD:PUBLISH",
            "UID:ws_1@acme.example",
            "SEQUENCE:2",
            "DTSTART:20260305T083000Z",
            "DTEND:20260305T090000Z",
            "DTSTAMP:20260302T090000Z",
            "SUMMARY:Due: A greeting",
        ] {
            assert!(file.lines().any(|one| one == line), "{line}\n{file}");
        }
    }

    #[test]
    fn calendar_file_has_no_line_that_a_title_forges() {
        let hostile = DueDate {
            summary: format!(
                "x\r\nATTENDEE:mailto:a@b.c\nEND:VEVENT;,\\{}",
                "long ".repeat(90)
            ),
            ..due()
        };
        let file = hostile.file();
        assert!(
            !file.lines().any(|line| line.starts_with("ATTENDEE")),
            "{file}"
        );
        assert_eq!(file.matches("\nEND:VEVENT").count(), 1);
        assert!(file.lines().all(|line| line.len() <= 75), "{file}");
    }
}
