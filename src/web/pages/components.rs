//! What the macros of `templates/pages/components.html` are given.

use std::fmt;

use chrono::FixedOffset;

use crate::clock::{Timestamp, to_the_second};
use crate::zone::Zone;

/// A link of a navigation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    pub href: String,
    pub label: String,
}

impl Link {
    pub fn new(href: impl Into<String>, label: impl Into<String>) -> Link {
        Link {
            href: href.into(),
            label: label.into(),
        }
    }
}

/// What is wrong with one field of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// The field's id; empty where the error concerns the whole form.
    pub field: String,
    pub message: String,
}

/// What is wrong with a form that is shown again. Empty for a form that is shown for the first time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldErrors {
    errors: Vec<FieldError>,
    /// The code of what was refused; may be empty.
    code: &'static str,
}

impl FieldErrors {
    pub fn none() -> FieldErrors {
        FieldErrors::default()
    }

    /// Adds an error beside the field with this id, or about the whole form if the id is empty.
    pub fn add(&mut self, field: &str, message: impl Into<String>) {
        self.errors.push(FieldError {
            field: field.to_owned(),
            message: message.into(),
        });
    }

    pub fn with(mut self, field: &str, message: impl Into<String>) -> FieldErrors {
        self.add(field, message);
        self
    }

    /// Names the code of what was refused, for those who ask about it.
    pub fn coded(self, code: &'static str) -> FieldErrors {
        FieldErrors { code, ..self }
    }

    pub fn code(&self) -> &'static str {
        self.code
    }

    pub fn is_empty(&self) -> bool {
        self.errors.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = &FieldError> {
        self.errors.iter()
    }

    pub fn has(&self, field: &str) -> bool {
        self.errors.iter().any(|error| error.field == field)
    }

    /// The first error of a field, or nothing.
    pub fn of(&self, field: &str) -> &str {
        self.errors
            .iter()
            .find(|error| error.field == field)
            .map_or("", |error| &error.message)
    }
}

/// One choice of a select or a radio group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    pub value: String,
    pub label: String,
    pub chosen: bool,
    /// Shown below a radio button.
    pub hint: String,
}

impl Choice {
    pub fn new(value: impl Into<String>, label: impl Into<String>, chosen: bool) -> Choice {
        Choice {
            value: value.into(),
            label: label.into(),
            chosen,
            hint: String::new(),
        }
    }

    pub fn with_hint(self, hint: impl Into<String>) -> Choice {
        Choice {
            hint: hint.into(),
            ..self
        }
    }
}

/// A moment as a reader sees it: in their zone, with the exact instant for programs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct When {
    at: Timestamp,
    offset: FixedOffset,
    zone: String,
}

impl When {
    pub fn utc(at: &Timestamp) -> When {
        When {
            at: *at,
            offset: chrono::Offset::fix(&chrono::Utc),
            zone: "UTC".to_owned(),
        }
    }

    /// In the zone of this name, which is so far from UTC at that moment.
    pub fn local(at: Timestamp, offset: FixedOffset, zone: impl Into<String>) -> When {
        When {
            at,
            offset,
            zone: zone.into(),
        }
    }

    pub fn in_zone(at: Timestamp, zone: Zone) -> When {
        When::local(at, zone.offset(at), zone.name())
    }

    /// For `datetime`: `2026-03-02T09:30:07Z`.
    pub fn instant(&self) -> String {
        self.at.format("%Y-%m-%dT%H:%M:%SZ").to_string()
    }

    pub fn in_utc(&self) -> String {
        to_the_second(self.at)
    }
}

/// `Mon 2 Mar 2026, 10:30 (Europe/Berlin)`.
impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let local = self.at.with_timezone(&self.offset);
        let text = local.format("%a %-d %b %Y, %H:%M");
        match self.zone.as_str() {
            "UTC" => write!(f, "{text} UTC"),
            zone => write!(f, "{text} ({zone})"),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepState {
    Done,
    Now,
    Ahead,
    /// Will not happen any more.
    Off,
}

/// One step of a lifecycle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub label: String,
    pub state: StepState,
    /// A date, for example; may be empty.
    pub note: String,
}

impl Step {
    pub fn new(label: impl Into<String>, state: StepState, note: impl Into<String>) -> Step {
        Step {
            label: label.into(),
            state,
            note: note.into(),
        }
    }

    pub fn class(&self) -> &'static str {
        match self.state {
            StepState::Done => "done",
            StepState::Now => "now",
            StepState::Ahead => "ahead",
            StepState::Off => "off",
        }
    }

    pub fn is_now(&self) -> bool {
        self.state == StepState::Now
    }

    pub fn state_in_words(&self) -> &'static str {
        match self.state {
            StepState::Done => "done",
            StepState::Now => "now",
            StepState::Ahead => "later",
            StepState::Off => "not any more",
        }
    }
}

/// Where a long list is shown page by page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pages {
    /// Counted from 1.
    pub current: u32,
    pub last: u32,
    /// The address up to the number: `/messages?page=`.
    pub base: String,
}

impl Pages {
    pub fn href(&self, page: u32) -> String {
        format!("{}{page}", self.base)
    }
}

/// An amount with its thousands apart: `1,234.00 EUR`.
pub fn grouped(amount: &impl fmt::Display) -> String {
    let text = amount.to_string();
    let digits = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let mut grouped = String::new();
    for (at, digit) in text[..digits].chars().enumerate() {
        if at > 0 && (digits - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped + &text[digits..]
}

/// The first ten characters of a commit's SHA.
pub fn short(commit: &str) -> String {
    commit.chars().take(10).collect()
}

/// A message as HTML, with what is between back-ticks as code. All of it is escaped.
pub fn with_code(message: &str) -> String {
    let mut html = String::with_capacity(message.len() + 16);
    let parts: Vec<&str> = message.split('`').collect();
    let last = parts.len() - 1;
    for (index, part) in parts.iter().enumerate() {
        let part = escaped(part);
        match index % 2 {
            // A last back-tick without its partner is only a back-tick.
            1 if index == last => html.push_str(&format!("`{part}")),
            1 => html.push_str(&format!("<code>{part}</code>")),
            _ => html.push_str(&part),
        }
    }
    html
}

fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => html.push_str("&#38;"),
            '<' => html.push_str("&#60;"),
            '>' => html.push_str("&#62;"),
            '"' => html.push_str("&#34;"),
            '\'' => html.push_str("&#39;"),
            other => html.push(other),
        }
    }
    html
}

/// A message as a sentence: with a capital letter, where it begins with a plain word, and with a full stop.
pub fn sentence(message: &str) -> String {
    let first = message.split_whitespace().next().unwrap_or_default();
    let is_word = !first.is_empty() && first.bytes().all(|byte| byte.is_ascii_lowercase());
    let mut text = match message.chars().next() {
        Some(letter) if is_word => {
            let rest = &message[letter.len_utf8()..];
            format!("{}{rest}", letter.to_ascii_uppercase())
        }
        _ => message.to_owned(),
    };
    if text.ends_with(|last: char| last.is_alphanumeric() || matches!(last, ')' | '`' | '"')) {
        text.push('.');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_names_its_zone_and_keeps_the_instant() {
        let at = "2026-03-02T09:30:07Z".parse().unwrap();
        let utc = When::utc(&at);
        assert_eq!(utc.to_string(), "Mon 2 Mar 2026, 09:30 UTC");
        let offset = FixedOffset::east_opt(9 * 3600 + 1800).unwrap();
        let local = When::local(at, offset, "Australia/Darwin");
        assert_eq!(
            local.to_string(),
            "Mon 2 Mar 2026, 19:00 (Australia/Darwin)"
        );
        assert_eq!(local.instant(), "2026-03-02T09:30:07Z");
        assert_eq!(local.in_utc(), utc.in_utc());
    }

    #[test]
    fn amount_has_its_thousands_apart() {
        for (amount, shown) in [
            ("0.99 EUR", "0.99 EUR"),
            ("120.00 EUR", "120.00 EUR"),
            ("1200.00 EUR", "1,200.00 EUR"),
            ("1234567890 JPY", "1,234,567,890 JPY"),
            ("", ""),
        ] {
            assert_eq!(grouped(&amount), shown);
        }
    }

    #[test]
    fn message_becomes_a_sentence_unless_it_begins_with_a_name() {
        for (message, sentenced) in [
            ("the list is empty", "The list is empty."),
            ("`nowhere` is no address", "`nowhere` is no address."),
            ("spec.toml: no title", "spec.toml: no title."),
            ("Done already.", "Done already."),
            ("", ""),
        ] {
            assert_eq!(sentence(message), sentenced);
        }
    }

    #[test]
    fn back_ticks_become_code_and_all_is_escaped() {
        for (message, html) in [
            ("no account `ada`", "no account <code>ada</code>"),
            (
                "`a` and `<b>`",
                "<code>a</code> and <code>&#60;b&#62;</code>",
            ),
            ("one ` only <i>", "one ` only &#60;i&#62;"),
            ("", ""),
        ] {
            assert_eq!(with_code(message), html);
        }
    }
}
