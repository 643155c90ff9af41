//! A letter as text and as HTML, from one list of blocks.

use askama::Template;

use super::clean;
use super::letter::{Block, Fact, Letter, Link};

/// What links are made of.
pub(super) struct Links<'a> {
    pub public_url: &'a str,
    /// The candidate's page, with its token.
    pub personal: Option<&'a str>,
    /// Where this kind of message is turned off.
    pub unsubscribe: Option<&'a str>,
}

/// A block with its links resolved.
enum Shown<'a> {
    Heading(&'a str),
    Paragraph(&'a str),
    Quote { by: &'a str, lines: Vec<&'a str> },
    Facts(&'a [Fact]),
    Button { label: &'a str, url: String },
}

#[derive(Template)]
#[template(path = "mail/letter.html")]
struct Html<'a> {
    subject: &'a str,
    blocks: &'a [Shown<'a>],
    unsubscribe: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "mail/letter.txt")]
struct Text<'a> {
    blocks: &'a [Shown<'a>],
    unsubscribe: Option<&'a str>,
}

/// The text and the HTML.
pub(super) fn render(
    letter: &Letter,
    links: &Links<'_>,
) -> Result<(String, String), askama::Error> {
    let blocks: Vec<Shown<'_>> = letter
        .blocks
        .iter()
        .filter_map(|block| shown(block, links))
        .collect();
    let text = Text {
        blocks: &blocks,
        unsubscribe: links.unsubscribe,
    };
    let html = Html {
        subject: &letter.subject,
        blocks: &blocks,
        unsubscribe: links.unsubscribe,
    };
    Ok((text.render()?.trim_end().to_owned() + "\n", html.render()?))
}

fn shown<'a>(block: &'a Block, links: &Links<'_>) -> Option<Shown<'a>> {
    Some(match block {
        Block::Heading { text } => Shown::Heading(text),
        Block::Paragraph { text } => Shown::Paragraph(text),
        Block::Quote { by, text } => Shown::Quote {
            by,
            lines: text.lines().collect(),
        },
        Block::Facts { facts } => Shown::Facts(facts),
        Block::Button { label, link } => {
            let url = match link {
                Link::Personal => links.personal?.to_owned(),
                Link::Page { path } => format!("{}{path}", links.public_url),
                Link::Url { url } => url.clone(),
            };
            Shown::Button {
                label,
                url: clean::url(&url)?.to_owned(),
            }
        }
    })
}
