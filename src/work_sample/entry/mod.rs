//! Reads a text that somebody wrote as an entry: which slash command it starts with, which form it fills, what stands
//! under the form's headings, which clauses it names. Who may write what is not known here; the fold decides on that.
//!
//! Any text at all may come in, so nothing here can fail.

mod clauses;
mod sections;

pub use clauses::clauses;
pub use sections::{Label, form_of, labels, normalised, sections};

use super::parts::EntryKind;

/// What a text is by itself, before it is known who wrote it and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading<'t> {
    pub opening: Opening<'t>,
    /// The form whose headings the text has.
    pub form: Option<EntryKind>,
    /// The text without the slash command.
    pub content: &'t str,
}

/// How a text begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opening<'t> {
    /// A slash command that is known.
    Command {
        kind: EntryKind,
        /// The first word after the command on the same line, if any: a commit for `/deliver`, `#7` for `/answer`.
        argument: Option<&'t str>,
    },
    /// It looks like a slash command, but nobody taught it.
    UnknownCommand { name: &'t str },
    /// Plain text.
    Plain,
}

/// The slash commands, by the kind of entry that they make.
pub const COMMANDS: [(&str, EntryKind); 7] = [
    ("question", EntryKind::Question),
    ("progress", EntryKind::Progress),
    ("decision", EntryKind::Decision),
    ("deliver", EntryKind::Delivery),
    ("answer", EntryKind::Answer),
    ("confirm", EntryKind::Confirm),
    ("redirect", EntryKind::Redirect),
];

/// Reads a text.
pub fn read(text: &str) -> Reading<'_> {
    let (opening, content) = opening(text);
    Reading {
        opening,
        form: form_of(content),
        content,
    }
}

fn opening(text: &str) -> (Opening<'_>, &str) {
    let start = text.trim_start_matches('\u{feff}').trim_start();
    let Some(after_slash) = start.strip_prefix('/') else {
        return (Opening::Plain, text);
    };
    let end = after_slash
        .find(char::is_whitespace)
        .unwrap_or(after_slash.len());
    let (word, content) = after_slash.split_at(end);
    let name = word.trim_end_matches([':', ',', '.', '!', ';']);
    // A path such as `/etc/hosts` at the start of a sentence is no command.
    let looks_like_one = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if !looks_like_one {
        return (Opening::Plain, text);
    }
    match COMMANDS
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
    {
        Some((_, kind)) => {
            let first_line = content.lines().next().unwrap_or_default();
            let argument = first_line.split_whitespace().next();
            (
                Opening::Command {
                    kind: *kind,
                    argument,
                },
                content,
            )
        }
        None => (Opening::UnknownCommand { name }, text),
    }
}

/// The commit that a `/deliver` names: 7 to 64 hexadecimal digits, in lower case, possibly shortened. Other words after
/// `/deliver` are just words.
pub fn named_commit(argument: Option<&str>) -> Option<String> {
    let word = argument?.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    let looks_like_one =
        (7..=64).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_hexdigit());
    looks_like_one.then(|| word.to_ascii_lowercase())
}

/// The issue that an `/answer #7` names.
pub fn named_issue(argument: Option<&str>) -> Option<u64> {
    argument?
        .strip_prefix('#')?
        .trim_end_matches([':', ',', '.'])
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn kind(text: &str) -> Option<EntryKind> {
        match read(text).opening {
            Opening::Command { kind, .. } => Some(kind),
            Opening::UnknownCommand { .. } | Opening::Plain => None,
        }
    }

    #[test]
    fn a_slash_command_counts_at_the_very_start_only() {
        assert_eq!(kind("/question R3: which?"), Some(EntryKind::Question));
        assert_eq!(kind("/Deliver"), Some(EntryKind::Delivery));
        assert_eq!(kind("/deliver."), Some(EntryKind::Delivery));
        assert_eq!(kind("I will /deliver tomorrow"), None);
        assert_eq!(kind("> /deliver"), None);
        assert_eq!(kind("/delivery"), None);
    }

    #[test]
    fn a_command_that_nobody_taught_is_told_from_a_path() {
        assert_eq!(
            read("/estimate 3d").opening,
            Opening::UnknownCommand { name: "estimate" }
        );
        assert_eq!(read("/etc/hosts is missing").opening, Opening::Plain);
        assert_eq!(read("/").opening, Opening::Plain);
        assert_eq!(read("/ deliver").opening, Opening::Plain);
    }

    #[test]
    fn deliver_may_name_a_commit_and_other_words_are_not_taken_for_one() {
        let commit = |text: &'static str| match read(text).opening {
            Opening::Command { argument, .. } => named_commit(argument),
            Opening::UnknownCommand { .. } | Opening::Plain => None,
        };
        assert_eq!(commit("/deliver `ABCDEF1`"), Some("abcdef1".to_owned()));
        assert_eq!(commit("/deliver please"), None);
        assert_eq!(commit("/deliver\nabcdef1"), None);
        assert_eq!(commit("/deliver added"), None);
    }

    #[test]
    fn an_answer_may_name_the_issue_of_its_question() {
        assert_eq!(named_issue(Some("#12")), Some(12));
        assert_eq!(named_issue(Some("#12:")), Some(12));
        assert_eq!(named_issue(Some("#twelve")), None);
        assert_eq!(named_issue(Some("#99999999999999999999999999")), None);
    }

    proptest! {
        #[test]
        fn any_text_can_be_read(text in any::<String>()) {
            let reading = read(&text);
            prop_assert!(text.ends_with(reading.content));
            for kind in [EntryKind::Question, EntryKind::Progress, EntryKind::Decision, EntryKind::Memo, EntryKind::Note] {
                sections(kind, &text);
            }
            clauses(&text, &text);
        }

        #[test]
        fn hostile_mixtures_of_marks_can_be_read(text in r"[/#~`\-_ \r\nRN0-9\u{feff}é:?a-d]{0,200}") {
            read(&text);
            sections(EntryKind::Question, &text);
            clauses("", &text);
        }
    }
}
