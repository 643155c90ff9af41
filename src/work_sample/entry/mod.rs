//! Reads a text that somebody wrote: which slash commands are in it, which form it fills, what is under the form's
//! headings, which clauses it names. Who may write what is not known here; the fold decides on that.
//!
//! Any text at all may come in, so nothing here can fail.

mod address;
mod clauses;
mod commands;
mod markdown;
pub mod meant;
mod names;
mod sections;
mod target;
#[cfg(test)]
mod target_tests;

use std::borrow::Cow;

pub use address::cut;
pub use clauses::clauses;
pub use commands::{COMMANDS, Command, UnknownCommand};
pub use markdown::OPTIONS as MARKDOWN;
pub use names::Names;
pub use sections::{Label, labels, normalised, sections};
pub use target::target;

use super::parts::EntryKind;

/// What a text is by itself, before it is known who wrote it and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading<'t> {
    text: &'t str,
    /// All slash commands of both sides, in order.
    pub commands: Vec<Command<'t>>,
    /// Words that look like a slash command and are none.
    pub unknown: Vec<UnknownCommand<'t>>,
    /// The form whose headings the text has.
    pub form: Option<EntryKind>,
    /// The line of the form's first heading, from 1.
    form_line: usize,
}

impl<'t> Reading<'t> {
    /// The text without the first command of this kind: what the author says with it. The whole text where it has none.
    pub fn content(&self, kind: EntryKind) -> Cow<'t, str> {
        let Some(command) = self.commands.iter().find(|one| one.kind == kind) else {
            return Cow::Borrowed(self.text);
        };
        let (start, end) = command.span;
        let (before, after) = (&self.text[..start], &self.text[end..]);
        let nothing = |c: char| c.is_whitespace() || commands::is_invisible(c);
        if before.chars().all(nothing) {
            Cow::Borrowed(after)
        } else {
            Cow::Owned(format!("{before}{after}"))
        }
    }

    /// The kind that a candidate's text gets by its form. A command before the form's first heading comes first.
    pub fn form_before(&self, command: Option<&Command<'_>>) -> Option<EntryKind> {
        self.form
            .filter(|_| command.is_none_or(|command| command.line >= self.form_line))
    }

    /// Does the text begin with a slash command, known or not?
    pub fn opens_with_command(&self) -> bool {
        self.commands.iter().any(|one| one.opens) || self.unknown.iter().any(|one| one.opens)
    }
}

/// Reads a text.
pub fn read(text: &str) -> Reading<'_> {
    let (commands, unknown) = commands::find(text);
    let form = sections::form_of_with_line(text);
    Reading {
        text,
        commands,
        unknown,
        form: form.map(|(kind, _)| kind),
        form_line: form.map_or(0, |(_, line)| line),
    }
}

/// The form that a text fills: the one of whose own labels it has the most, and at least two.
pub fn form_of(text: &str) -> Option<EntryKind> {
    sections::form_of_with_line(text).map(|(kind, _)| kind)
}

/// The issue that an `/answer #7` names.
pub fn named_issue(words: &str) -> Option<u64> {
    words
        .split_whitespace()
        .next()?
        .strip_prefix('#')?
        .trim_end_matches([':', ',', '.'])
        .parse()
        .ok()
}

#[cfg(test)]
mod tests;
