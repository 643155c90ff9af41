//! What strangers wrote, made safe to show: characters that are invisible or turn the reading direction become visible,
//! line ends become one kind, and a text has a length beyond which a report no longer carries it.

use std::fmt::Write as _;

/// Characters of one text that a report carries; GitHub itself takes 65,536 for an issue or comment.
pub const LONGEST_TEXT: usize = 65_536;
/// Characters of one title, name or other single line.
pub const LONGEST_LINE: usize = 500;
/// Characters that are kept of the beginning of a command's output, and again of its end.
pub const LONGEST_OUTPUT: usize = 8_192;

/// A text of several lines.
pub fn several_lines(text: &str) -> String {
    clipped(&visible(text), LONGEST_TEXT)
}

/// A text of one line: line ends and tabs become spaces.
pub fn one_line(text: &str) -> String {
    let line: String = visible(text)
        .chars()
        .map(|c| if c == '\n' || c == '\t' { ' ' } else { c })
        .collect();
    clipped(line.trim(), LONGEST_LINE)
}

/// The text of a list item without its marker and indentation; other text as it is.
pub fn unwrapped_item(text: &str) -> String {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let marker = match text.as_bytes().get(digits..) {
        Some([b'-' | b'*' | b'+', b' ', ..]) if digits == 0 => 2,
        Some([b'.' | b')', b' ', ..]) if digits > 0 => digits + 2,
        _ => return text.to_owned(),
    };
    let lines = text[marker..].lines();
    let outdented = lines.map(|line| {
        let blank = line.len() - line.trim_start_matches(' ').len();
        &line[blank.min(marker)..]
    });
    outdented.collect::<Vec<_>>().join("\n")
}

/// What a program printed: as [`several_lines`], without terminal colours.
pub fn printed(text: &str) -> String {
    visible(&without_terminal_codes(text))
}

/// The first `most` characters.
pub fn first(text: &str, most: usize) -> &str {
    match text.char_indices().nth(most) {
        Some((end, _)) => &text[..end],
        None => text,
    }
}

/// The last `most` characters.
pub fn last(text: &str, most: usize) -> &str {
    match text.chars().count().checked_sub(most) {
        None | Some(0) => text,
        Some(skip) => text
            .char_indices()
            .nth(skip)
            .map_or("", |(start, _)| &text[start..]),
    }
}

fn clipped(text: &str, most: usize) -> String {
    let kept = first(text, most);
    if kept.len() == text.len() {
        return text.to_owned();
    }
    let more = text[kept.len()..].chars().count();
    format!("{kept} […] ({more} more characters are not shown)")
}

fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut previous = ' ';
    for c in text.chars() {
        match c {
            '\n' if previous == '\r' => {}
            '\r' | '\u{2028}' | '\u{2029}' => shown.push('\n'),
            '\n' | '\t' => shown.push(c),
            // The pictures of the control characters stand in Unicode in the order of the characters themselves.
            '\0'..='\u{1f}' => {
                shown.push(char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}'));
            }
            '\u{7f}' => shown.push('\u{2421}'),
            _ if is_deceptive(c) => {
                // Writing to a String cannot fail.
                let _ = write!(shown, "⟦U+{:04X}⟧", u32::from(c));
            }
            _ => shown.push(c),
        }
        previous = c;
    }
    shown
}

/// Characters that hide text or turn its direction: C1 controls, directional embeddings, overrides and isolates, blank
/// and tag characters, and what XML and HTML forbid.
fn is_deceptive(c: char) -> bool {
    matches!(c,
        '\u{80}'..='\u{9f}'
        | '\u{ad}'
        | '\u{61c}'
        | '\u{180e}'
        | '\u{200b}' | '\u{200e}' | '\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}')
        || u32::from(c) & 0xfffe == 0xfffe
        || ('\u{fdd0}'..='\u{fdef}').contains(&c)
}

fn without_terminal_codes(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("\u{1b}[") {
        plain.push_str(&rest[..at]);
        let code = &rest[at + 2..];
        match code.find(|c: char| !matches!(c, '0'..='?')) {
            Some(end) if code[end..].starts_with(|c: char| ('@'..='~').contains(&c)) => {
                rest = &code[end + 1..];
            }
            _ => {
                plain.push('\u{1b}');
                rest = &rest[at + 1..];
            }
        }
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_character_that_turns_the_reading_direction_becomes_visible() {
        assert_eq!(one_line("ab\u{202e}cd"), "ab⟦U+202E⟧cd");
        assert_eq!(
            one_line("x\u{e0041}\u{200b}y"),
            "x⟦U+E0041⟧⟦U+200B⟧y",
            "tag characters and blanks hide text from people, not from programs"
        );
    }

    #[test]
    fn a_null_byte_becomes_its_picture_and_line_ends_become_one_kind() {
        assert_eq!(several_lines("a\0b\r\nc\rd\u{2028}e"), "a␀b\nc\nd\ne");
    }

    #[test]
    fn terminal_colours_are_taken_out_of_what_a_program_printed_and_a_lone_escape_is_shown() {
        assert_eq!(
            printed("\u{1b}[1;31mred\u{1b}[0m \u{1b}[ \u{1b}x"),
            "red ␛[ ␛x"
        );
    }

    #[test]
    fn a_list_item_is_shown_without_its_marker_and_keeps_what_is_nested_in_it() {
        assert_eq!(
            unwrapped_item("- One\n  two\n  - three"),
            "One\ntwo\n- three"
        );
        assert_eq!(unwrapped_item("12. One\n    two"), "One\ntwo");
        assert_eq!(unwrapped_item("## Heading\n\n- a"), "## Heading\n\n- a");
    }

    #[test]
    fn a_text_beyond_the_limit_says_how_much_is_missing() {
        let shown = several_lines(&"ü".repeat(LONGEST_TEXT + 3));
        assert!(
            shown.ends_with("ü […] (3 more characters are not shown)"),
            "{}",
            last(&shown, 60)
        );
    }

    proptest! {
        #[test]
        fn nothing_invisible_survives(text in any::<String>()) {
            let shown = several_lines(&text);
            prop_assert!(shown.chars().all(|c| c == '\n' || c == '\t' || !(c.is_control() || is_deceptive(c))));
            prop_assert!(!one_line(&text).contains('\n'));
        }

        #[test]
        fn the_first_and_the_last_characters_make_up_the_whole(text in "\\PC{0,40}", at in 0_usize..50) {
            let count = text.chars().count();
            let whole = format!("{}{}", first(&text, at), last(&text, count.saturating_sub(at)));
            prop_assert_eq!(if at >= count { first(&text, at).to_owned() } else { whole }, text);
        }
    }
}
