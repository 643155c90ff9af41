//! Text from outside as Markdown that shows it and nothing else.

/// Text of several lines from outside.
pub(super) fn quoted(text: &str) -> String {
    let is_code = text.lines().any(|line| {
        line.starts_with("    ")
            || line.contains('\t')
            || line.contains("```")
            || line.contains("~~~")
    });
    if is_code {
        return fenced(text);
    }
    let lines: Vec<String> = text
        .trim_end()
        .lines()
        .map(|line| format!("> {}", escaped(line.trim())))
        .collect();
    if lines.is_empty() {
        return "> (empty)".to_owned();
    }
    // Two spaces at the end keep the line ends as they were written.
    lines.join("  \n")
}

/// Text in a fence of its own, longer than any run of backticks inside.
pub(super) fn fenced(text: &str) -> String {
    let fence = "`".repeat(longest_run(text).max(2) + 1);
    format!("{fence}text\n{}\n{fence}", text.trim_end_matches('\n'))
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

/// Text within a line: line ends become spaces, signs of Markdown are escaped.
pub(super) fn inline(text: &str) -> String {
    escaped(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// A name or an address as code, within a line and a table.
pub(super) fn code(text: &str) -> String {
    let text = text.replace(['\n', '|'], " ");
    let ticks = "`".repeat(longest_run(&text) + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') {
        " "
    } else {
        ""
    };
    format!("{ticks}{pad}{text}{pad}{ticks}")
}

/// Escapes what could begin anything in Markdown, and leaves alone what could not.
fn escaped(line: &str) -> String {
    let mut out = String::with_capacity(line.len() + 8);
    for (index, c) in line.char_indices() {
        let first = index == 0;
        let always = matches!(
            c,
            '\\' | '`' | '*' | '[' | ']' | '<' | '>' | '&' | '|' | '~' | '$' | '^'
        );
        let at_start = first && matches!(c, '#' | '-' | '+' | '=' | ':');
        let number = matches!(c, '.' | ')')
            && index > 0
            && line[..index].bytes().all(|b| b.is_ascii_digit());
        // An underscore within a word means nothing to Markdown.
        let underscore = c == '_' && !within_a_word(line, index);
        if always || at_start || number || underscore {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

fn within_a_word(line: &str, index: usize) -> bool {
    let before = line[..index]
        .chars()
        .next_back()
        .is_some_and(char::is_alphanumeric);
    let after = line[index + 1..]
        .chars()
        .next()
        .is_some_and(char::is_alphanumeric);
    before && after
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use pulldown_cmark::{Event, Options, Parser, Tag};

    /// Does anything in it act: headings, links, pictures, HTML, tables, lists, emphasis, rules?
    fn acts(markdown: &str, quote: bool) -> Vec<String> {
        Parser::new_ext(markdown, Options::all())
            .filter(|event| match event {
                Event::Start(Tag::Paragraph | Tag::CodeBlock(_))
                | Event::End(_)
                | Event::Text(_)
                | Event::SoftBreak
                | Event::HardBreak => false,
                Event::Start(Tag::BlockQuote(None)) => !quote,
                _ => true,
            })
            .map(|event| format!("{event:?}"))
            .collect()
    }

    fn markdownish() -> impl Strategy<Value = String> {
        r#"([ \t\n#>*_`~\[\]()!<&|=.+:$^{}\\a1-]|\n\n|```|~~~|\n# |\n===|\n---|\n1\. |https://a\.b|<b>|!\[a\]\(b\)|\[\^1\]|\$\$){0,40}"#
    }

    #[test]
    fn prose_stays_readable_and_code_stays_verbatim() {
        assert_eq!(
            quoted("Should replay_key be kept?\n# Not a heading"),
            "> Should replay_key be kept?  \n> \\# Not a heading"
        );
        assert_eq!(
            quoted("```\nlet a = 1;\n```"),
            "````text\n```\nlet a = 1;\n```\n````"
        );
    }

    proptest! {
        #[test]
        fn quoted_text_can_not_become_anything_but_text(text in markdownish()) {
            let page = format!("# Head\n\n{}\n\nafter", quoted(&crate::report::text::several_lines(&text)));
            let acting = acts(page.trim_start_matches("# Head"), true);
            prop_assert!(acting.is_empty(), "{:?} in {}", acting, page);
        }

        #[test]
        fn text_within_a_line_stays_text(text in markdownish()) {
            let page = format!("Said: {}", inline(&crate::report::text::several_lines(&text)));
            let acting = acts(&page, false);
            prop_assert!(acting.is_empty(), "{:?} in {}", acting, page);
        }
    }
}
