//! The words of each message: what the core wants said, as a letter.
//!
//! Subjects hold nothing that somebody else wrote but the spec's title and the candidate's name. Texts of candidate and team are
//! quoted, cleaned and cut.

mod candidate;
mod team;

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
    pub work_sample: &'a WorkSampleId,
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
