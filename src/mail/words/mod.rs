//! The words of each message: what the core wants said, as a letter.
//!
//! Subjects hold nothing that somebody else wrote but the spec's title, the payer's name and the candidate's name. Texts of candidate and team are
//! quoted, cleaned and cut.

mod candidate;
mod team;

use chrono::Duration;
use chrono_tz::Tz;

use super::clean;
use super::letter::{Block, Fact, Letter, Link};
use super::{DueDate, Mailbox};
use crate::clock::Timestamp;
use crate::ids::WorkSampleId;
use crate::work_sample::WorkSample;
use crate::work_sample::messages::{Audience, Text, Wanted};

/// The longest title or name in a subject, in characters.
const LONGEST_TITLE: usize = 80;
/// The longest text of somebody's that is quoted.
const LONGEST_QUOTE: usize = 2000;

/// What a message is about, and who reads it.
#[derive(Debug, Clone)]
pub struct About<'a> {
    /// `None`: the service itself.
    pub work_sample: Option<&'a WorkSampleId>,
    /// When it is written.
    pub now: Timestamp,
    /// The spec's title.
    pub title: &'a str,
    pub candidate: &'a str,
    /// Of the reader.
    pub zone: Tz,
    /// For calendars, where there is a due time.
    pub due: Option<DueDate>,
}

impl About<'_> {
    fn title(&self) -> String {
        clean::line(self.title, LONGEST_TITLE)
    }

    fn candidate(&self) -> String {
        clean::line(self.candidate, LONGEST_TITLE)
    }

    /// How long it is until a moment, as in `in 24 hours`.
    fn left(&self, until: Timestamp) -> String {
        match long(until - self.now) {
            Some(long) => format!("in {long}"),
            None => "now".to_owned(),
        }
    }

    /// How long ago a moment was, as in `a day ago`.
    fn ago(&self, at: Timestamp) -> String {
        match long(self.now - at) {
            Some(long) => format!("{long} ago"),
            None => "just now".to_owned(),
        }
    }

    /// A moment in the reader's zone and in UTC.
    fn time(&self, at: Timestamp) -> String {
        let utc = at.format("%a %-d %B %Y, %H:%M UTC");
        if self.zone == Tz::UTC {
            return utc.to_string();
        }
        let local = at.with_timezone(&self.zone);
        let short = if local.date_naive() == at.date_naive() {
            at.format("%H:%M UTC").to_string()
        } else {
            utc.to_string()
        };
        format!("{} ({short})", local.format("%a %-d %B %Y, %H:%M %Z"))
    }
}

/// A time in words, to the nearest minute, hour or day; `None` for less than a minute.
fn long(time: Duration) -> Option<String> {
    let minutes = (time.num_seconds() + 30) / 60;
    let hours = (minutes + 30) / 60;
    Some(match (minutes, hours) {
        (..=0, _) => return None,
        (1, _) => "a minute".to_owned(),
        (2..=59, _) => format!("{minutes} minutes"),
        (_, 1) => "an hour".to_owned(),
        (_, 2..=36) => format!("{hours} hours"),
        _ => format!("{} days", (hours + 12) / 24),
    })
}

/// The due time of a work sample, for calendars.
pub fn due_date(ws: &WorkSample, title: &str, from: &Mailbox) -> Option<DueDate> {
    let moved = ws.extensions.last().map(|one| one.at);
    Some(DueDate {
        uid: format!("{}@{}", ws.id, from.domain()),
        sequence: u32::try_from(ws.extensions.len()).unwrap_or(u32::MAX),
        due_at: ws.due_at?,
        made_at: moved.or(ws.accepted_at)?,
        summary: format!("Due: {}", clean::line(title, LONGEST_TITLE)),
    })
}

/// The letter of a message.
pub fn compose(wanted: &Wanted, about: &About<'_>) -> Letter {
    match wanted.kind.audience() {
        Audience::Candidate => candidate::letter(wanted, about),
        Audience::Team => team::letter(wanted, about),
    }
}

fn heading(text: impl Into<String>) -> Block {
    Block::Heading { text: text.into() }
}

fn paragraph(text: impl Into<String>) -> Block {
    Block::Paragraph { text: text.into() }
}

fn facts(facts: Vec<(&str, String)>) -> Block {
    let facts = facts.into_iter().filter(|(_, value)| !value.is_empty());
    Block::Facts {
        facts: facts
            .map(|(name, value)| Fact {
                name: name.to_owned(),
                value,
            })
            .collect(),
    }
}

fn button(label: &str, link: Link) -> Block {
    Block::Button {
        label: label.to_owned(),
        link,
    }
}

/// A button that leads to GitHub, if the address is one.
fn at_github(label: &str, url: &str) -> Option<Block> {
    let url = clean::url(url)?.to_owned();
    Some(button(label, Link::Url { url }))
}

fn quote(by: &str, text: &Text) -> Block {
    Block::Quote {
        by: by.to_owned(),
        text: clean::text(&text.text, LONGEST_QUOTE),
    }
}

/// What a text is called: its title, or its first words.
fn called(text: &Text) -> String {
    let title = match text.title.trim() {
        "" => text.text.as_str(),
        title => title,
    };
    clean::line(title, LONGEST_TITLE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_in_words_is_the_time_that_there_is() {
        let said = |minutes| long(Duration::minutes(minutes)).unwrap_or_default();
        for (minutes, words) in [
            (-5, ""),
            (0, ""),
            (1, "a minute"),
            (59, "59 minutes"),
            (60, "an hour"),
            (95, "2 hours"),
            (24 * 60 - 1, "24 hours"),
            (36 * 60, "36 hours"),
            (48 * 60, "2 days"),
            (10 * 24 * 60, "10 days"),
        ] {
            assert_eq!(said(minutes), words, "{minutes}");
        }
    }
}
