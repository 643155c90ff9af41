//! Names of places on the page, and the escaping of text for HTML and SVG: what the page and the timeline share.

use std::fmt::Write as _;

use super::model::Finding;
use crate::work_sample::NaturalKey;

/// The page's anchor of an event. Different keys have different anchors.
pub fn event(key: &NaturalKey) -> String {
    anchor_of("e.", &key.0)
}

/// The page's anchor of a finding.
pub fn finding(finding: &Finding) -> String {
    anchor_of("f.", &finding.id)
}

fn anchor_of(prefix: &str, name: &str) -> String {
    let mut anchor = String::from(prefix);
    for byte in name.bytes() {
        match byte {
            b':' => anchor.push('.'),
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-' => anchor.push(char::from(byte)),
            // Writing to a String cannot fail.
            _ => drop(write!(anchor, "~{byte:02x}")),
        }
    }
    anchor
}

/// Text for HTML and SVG, in elements and attributes.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(c),
        }
    }
    escaped
}

/// As [`escape`], with `code` between backticks set as code.
pub fn ticked(text: &str) -> String {
    let pieces: Vec<&str> = text.split('`').collect();
    if pieces.len().is_multiple_of(2) {
        return escape(text);
    }
    let set = |(index, piece): (usize, &&str)| {
        if index % 2 == 1 && !piece.is_empty() {
            format!("<code>{}</code>", escape(piece))
        } else {
            escape(piece)
        }
    };
    pieces.iter().enumerate().map(set).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn code_between_backticks_is_set_as_code_and_a_lone_backtick_stays() {
        assert_eq!(ticked("is `<a>` so"), "is <code>&lt;a&gt;</code> so");
        assert_eq!(ticked("a ` <b>"), "a ` &lt;b&gt;");
    }

    proptest! {
        #[test]
        fn different_events_have_different_anchors_and_no_anchor_needs_escaping(one in "[a-z:/.~ #-]{0,12}", two in "[a-z:/.~ #-]{0,12}") {
            let (a, b) = (event(&NaturalKey(one.clone())), event(&NaturalKey(two.clone())));
            prop_assert_eq!(one == two, a == b);
            prop_assert!(a.bytes().all(|b| b.is_ascii_alphanumeric() || b"._~-".contains(&b)));
        }
    }
}
