//! Texts that people type: names that fit in one line, and texts that a terminal can show.

use std::borrow::Cow;

/// The most characters of a name or a reference.
pub const LONGEST_NAME: usize = 200;

/// The most characters of a reason or a note.
pub const LONGEST_TEXT: usize = 10_000;

/// Why a text cannot be somebody's name, as the end of a sentence; `None` where it can.
pub fn name_problem(name: &str) -> Option<&'static str> {
    if name.chars().any(has_effect) {
        return Some("it holds a control character or one that changes the direction of text");
    }
    if name.chars().all(is_blank) {
        return Some("it holds nothing that can be seen");
    }
    let letters = name.chars().count();
    (letters > LONGEST_NAME).then_some("it is longer than 200 characters")
}

/// A character that cannot stand in a text of several lines: a control character other than a line break or a tab.
pub fn is_control(c: char) -> bool {
    c.is_control() && !matches!(c, '\n' | '\r' | '\t')
}

/// A control character, or one that changes the direction of the text around it.
pub fn has_effect(c: char) -> bool {
    c.is_control() || is_direction(c) || matches!(c, '\u{2028}' | '\u{2029}')
}

fn is_direction(c: char) -> bool {
    matches!(c, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A character that shows nothing.
fn is_blank(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '\u{00ad}' | '\u{034f}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2064}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}')
}

/// The text without effect on a terminal: control characters, and those that change the direction of text, are written as
/// their code. Line breaks and tabs stay.
pub fn for_terminal(text: &str) -> Cow<'_, str> {
    let shown = |c: char| matches!(c, '\n' | '\t') || !has_effect(c);
    if text.chars().all(shown) {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        if shown(c) {
            plain.push(c);
        } else {
            plain.extend(c.escape_unicode());
        }
    }
    Cow::Owned(plain)
}

/// JSON without effect on a terminal. Such characters stand in its strings alone, and are escaped there.
pub fn json_for_terminal(json: &str) -> Cow<'_, str> {
    let shown = |c: char| c == '\n' || !has_effect(c);
    if json.chars().all(shown) {
        return Cow::Borrowed(json);
    }
    let mut plain = String::with_capacity(json.len());
    for c in json.chars() {
        if shown(c) {
            plain.push(c);
        } else {
            // All of them are in the first plane.
            plain.push_str(&format!("\\u{:04x}", u32::from(c)));
        }
    }
    Cow::Owned(plain)
}

/// At most `most` characters of a text; the last is an ellipsis where something was left out.
pub fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(most.saturating_sub(1)).collect();
    short.push('…');
    short
}

/// Does a text look like an e-mail address: a user, `@` and a host with a dot?
pub fn is_email(text: &str) -> bool {
    text.len() <= 254
        && text.split_once('@').is_some_and(|(user, host)| {
            !user.is_empty() && host.contains('.') && !host.starts_with('.') && !host.ends_with('.')
        })
        && !text.chars().any(|c| c.is_whitespace() || has_effect(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_with_hidden_or_missing_characters_is_refused() {
        for name in [
            "Ada Lovelace",
            "محمد علي",
            "Zoë 🙂",
            "李",
            "می\u{200c}خواهم",
        ] {
            assert_eq!(name_problem(name), None, "{name}");
        }
        for name in [
            "",
            " ",
            "\u{200b}",
            "Ada\0",
            "Ada\nLovelace",
            "\u{1b}[31mAda",
            "Ada\u{202e}",
            "\u{200b}\u{feff} ",
            "a".repeat(201).as_str(),
        ] {
            assert!(name_problem(name).is_some(), "{name:?}");
        }
    }

    #[test]
    fn terminal_text_keeps_lines_and_loses_control_characters() {
        assert_eq!(for_terminal("a\tb\nc — ü"), "a\tb\nc — ü");
        assert_eq!(
            for_terminal("\u{1b}[2Jx\u{202e}\r\u{9b}\0"),
            "\\u{1b}[2Jx\\u{202e}\\u{d}\\u{9b}\\u{0}"
        );
        let json = json_for_terminal("{\n  \"a\": \"\u{9b}\u{202e}\"\n}");
        assert_eq!(json, "{\n  \"a\": \"\\u009b\\u202e\"\n}");
        let read: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(read["a"], "\u{9b}\u{202e}");
    }

    #[test]
    fn shortened_text_shows_that_it_was_cut() {
        assert_eq!(shortened("abcd", 4), "abcd");
        assert_eq!(shortened("abcde", 4), "abc…");
    }
}
