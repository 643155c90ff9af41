//! Candidates' Markdown as HTML that can do nothing: no raw HTML, no pictures, no headings of its own, no ids, links that
//! lead out only when somebody follows them. Two gates, each enough by itself: the parser's events are turned into text
//! where they are not on the list, and what is rendered is cleaned once more.

use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

use ammonia::{Builder, UrlRelative};
use pulldown_cmark::{Event, Parser, Tag, TagEnd, html};

use crate::work_sample::entry::MARKDOWN;

/// Renders Markdown from outside. The result may stand in a page as it is.
pub fn to_safe_html(markdown: &str) -> String {
    // In comments on GitHub a line end is a line end.
    render(markdown, Event::HardBreak)
}

/// The same for text from a file, where lines end because the page is narrow.
pub fn wrapped_to_safe_html(markdown: &str) -> String {
    render(markdown, Event::SoftBreak)
}

fn render(markdown: &str, line_end: Event<'_>) -> String {
    let events = Parser::new_ext(markdown, MARKDOWN)
        .map(|event| {
            if event == Event::SoftBreak {
                line_end.clone()
            } else {
                event
            }
        })
        .flat_map(tamed);
    let mut rendered = String::with_capacity(markdown.len() + markdown.len() / 2);
    html::push_html(&mut rendered, events);
    cleaner().clean(&rendered).to_string()
}

/// The event as one that makes no raw HTML, no picture and no heading: up to two events in its place.
fn tamed(event: Event<'_>) -> impl Iterator<Item = Event<'_>> {
    let (one, two) = match event {
        Event::Html(raw) | Event::InlineHtml(raw) => (Some(Event::Text(raw)), None),
        Event::Start(Tag::HtmlBlock) => (Some(Event::Start(Tag::Paragraph)), None),
        Event::End(TagEnd::HtmlBlock) => (Some(Event::End(TagEnd::Paragraph)), None),
        Event::Start(Tag::Heading { .. }) => (
            Some(Event::Start(Tag::Paragraph)),
            Some(Event::Start(Tag::Strong)),
        ),
        Event::End(TagEnd::Heading(_)) => (
            Some(Event::End(TagEnd::Strong)),
            Some(Event::End(TagEnd::Paragraph)),
        ),
        Event::Start(Tag::Image { dest_url, .. }) => (
            Some(Event::Text(format!("[picture {dest_url}: ").into())),
            None,
        ),
        Event::End(TagEnd::Image) => (Some(Event::Text("]".into())), None),
        other => (Some(other), None),
    };
    one.into_iter().chain(two)
}

fn cleaner() -> &'static Builder<'static> {
    static CLEANER: OnceLock<Builder<'static>> = OnceLock::new();
    CLEANER.get_or_init(|| {
        let tags = [
            "p",
            "br",
            "em",
            "strong",
            "del",
            "code",
            "pre",
            "blockquote",
            "ul",
            "ol",
            "li",
            "table",
            "thead",
            "tbody",
            "tr",
            "th",
            "td",
            "a",
            "hr",
        ];
        let attributes = HashMap::from([
            ("a", HashSet::from(["href", "title"])),
            ("ol", HashSet::from(["start"])),
        ]);
        let mut builder = Builder::new();
        builder
            .tags(HashSet::from(tags))
            .tag_attributes(attributes)
            .generic_attributes(HashSet::new())
            .url_schemes(HashSet::from(["http", "https", "mailto"]))
            .url_relative(UrlRelative::Deny)
            .link_rel(Some("nofollow noopener noreferrer"));
        builder
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    #[case::script(
        "<script>alert(1)</script>",
        "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"
    )]
    #[case::script_link(
        "[x](javascript:alert(1))",
        "<p><a rel=\"nofollow noopener noreferrer\">x</a></p>"
    )]
    #[case::data_link(
        "[x](data:text/html,hi)",
        "<p><a rel=\"nofollow noopener noreferrer\">x</a></p>"
    )]
    #[case::relative_link(
        "[x](../../secrets)",
        "<p><a rel=\"nofollow noopener noreferrer\">x</a></p>"
    )]
    #[case::picture(
        "![see](https://evil.example/p.png)",
        "<p>[picture https://evil.example/p.png: see]</p>"
    )]
    #[case::heading("# Acceptance", "<p><strong>Acceptance</strong></p>")]
    #[case::style("a <b style=\"x\">b</b>", "<p>a &lt;b style=\"x\"&gt;b&lt;/b&gt;</p>")]
    #[case::code(
        "```rust\nlet x = \"<\";\n```",
        "<pre><code>let x = \"&lt;\";\n</code></pre>"
    )]
    #[case::lines("one\ntwo", "<p>one<br>\ntwo</p>")]
    fn what_could_act_is_shown_as_text(#[case] markdown: &str, #[case] html: &str) {
        assert_eq!(to_safe_html(markdown).trim(), html);
    }

    #[test]
    fn a_link_out_says_that_it_follows_nothing_and_opens_nothing() {
        assert_eq!(
            to_safe_html("[docs](https://example.org/a?b=1&c=2)").trim(),
            "<p><a href=\"https://example.org/a?b=1&amp;c=2\" rel=\"nofollow noopener noreferrer\">docs</a></p>"
        );
    }

    #[test]
    fn vector_pictures_and_formulas_are_text_too() {
        for hostile in [
            "<svg onload=alert(1)><a xlink:href=javascript:alert(1)>x</a></svg>",
            "<math><mtext><img src=x onerror=alert(1)></mtext></math>",
            "text <iframe srcdoc=\"<script>1</script>\"></iframe>",
            "</article></main><h1>Forged</h1>",
        ] {
            let html = to_safe_html(hostile);
            for tag in [
                "<svg", "<math", "<img", "<iframe", "<h1", "</main", "<script",
            ] {
                assert!(!html.contains(tag), "{html}");
            }
        }
    }

    #[test]
    fn deep_nesting_and_long_texts_are_rendered_in_reasonable_time() {
        for hostile in [
            ">".repeat(20_000),
            "[".repeat(60_000),
            "* ".repeat(20_000),
            "`a".repeat(30_000),
            "a".repeat(65_536),
        ] {
            assert!(!to_safe_html(&hostile).is_empty());
        }
    }

    proptest! {
        #[test]
        fn no_tag_outside_the_list_ever_appears(markdown in r#"([<>/a-z"'=:!\[\]()#*`~| \n-]|<(img|script|svg|style|h1|div) |javascript:|https://){0,60}"#) {
            let html = to_safe_html(&markdown);
            for part in html.split('<').skip(1) {
                let name: String = part.trim_start_matches('/').chars().take_while(char::is_ascii_alphanumeric).collect();
                prop_assert!(
                    ["p", "br", "em", "strong", "del", "code", "pre", "blockquote", "ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td", "a", "hr"]
                        .contains(&name.as_str()),
                    "`{}` in {}", name, html
                );
            }
        }
    }
}
