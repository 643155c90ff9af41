//! Other people's words in mails: without characters that forge headers or reorder text, and bounded in length.

/// Controls of the direction of text, and characters that nobody sees.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}')
}

/// The words in one line, at most `longest` characters.
pub fn line(text: &str, longest: usize) -> String {
    let plain: String = text
        .chars()
        .filter(|c| !is_invisible(*c))
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let words = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    cut(words, longest)
}

/// The words with their lines, at most `longest` characters.
pub fn text(text: &str, longest: usize) -> String {
    let plain: String = text
        .replace("\r\n", "\n")
        .chars()
        .filter(|c| !is_invisible(*c))
        .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
        .collect();
    cut(plain.trim().to_owned(), longest)
}

fn cut(text: String, longest: usize) -> String {
    if text.chars().count() <= longest {
        return text;
    }
    let mut short: String = text.chars().take(longest.saturating_sub(1)).collect();
    short.truncate(short.trim_end().len());
    short.push('…');
    short
}

/// An address that a link may lead to, if it is one.
pub fn url(url: &str) -> Option<&str> {
    let is_web = url.starts_with("https://") || url.starts_with("http://");
    let is_plain = url
        .bytes()
        .all(|b| b.is_ascii_graphic() && !matches!(b, b'"' | b'<' | b'>' | b'\\' | b'`'));
    (is_web && is_plain && url.len() <= 500).then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_has_no_control_and_no_bidirectional_character() {
        assert_eq!(line("a\r\nBcc: x@y.z\u{202e}b\u{0}", 80), "a Bcc: x@y.zb");
        assert_eq!(line("  two\t words ", 80), "two words");
        assert_eq!(line("abcdef", 4), "abc…");
        assert_eq!(text("a\r\nb\u{2066}\u{1b}[31m", 80), "a\nb[31m");
    }

    #[test]
    fn only_web_addresses_are_links() {
        assert_eq!(
            url("https://github.com/a/b#c"),
            Some("https://github.com/a/b#c")
        );
        for other in [
            "javascript:alert(1)",
            "https://a b",
            "https://a\"b",
            "//x",
            "",
        ] {
            assert_eq!(url(other), None, "{other}");
        }
    }
}
