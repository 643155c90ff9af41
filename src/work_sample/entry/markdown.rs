//! Finds the author's own words in a Markdown text, with the parser that renders it.
//!
//! Quotations, code (fenced, indented, inline), struck-out text and HTML comments are not the author's words. An HTML tag
//! is neither words nor an obstacle: the text behind it counts. This is the only file of `work_sample` that knows
//! `pulldown_cmark`.

use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// What is read beyond CommonMark. The report renders with the same options, so that what counts as a quotation here is shown
/// as one there.
pub const OPTIONS: Options = Options::ENABLE_TABLES.union(Options::ENABLE_STRIKETHROUGH);

/// HTML elements whose content is a quotation, code, struck out or not shown at all.
const NOT_OWN: [&str; 11] = [
    "blockquote",
    "code",
    "del",
    "kbd",
    "pre",
    "s",
    "samp",
    "script",
    "strike",
    "style",
    "textarea",
];

/// Which parts of a text are what. All ranges are in bytes and in the order of the text.
#[derive(Debug, Default)]
pub(super) struct Parts {
    own: Vec<Range<usize>>,
    /// HTML comments and tags.
    skipped: Vec<Range<usize>>,
    /// Block quotations and code blocks.
    foreign: Vec<Range<usize>>,
}

impl Parts {
    pub fn of(text: &str) -> Parts {
        let mut scan = Scan {
            text,
            parts: Parts::default(),
            hidden: 0,
            foreign: 0,
            in_comment: false,
            in_block: 0,
            in_line: 0,
        };
        for (event, range) in Parser::new_ext(text, OPTIONS).into_offset_iter() {
            scan.take(&event, range);
        }
        scan.parts
    }

    /// Does the author say what is written at this place?
    pub fn is_own(&self, at: usize) -> bool {
        find(&self.own, at).is_some()
    }

    /// Is this place in a block quotation or a code block?
    pub fn is_foreign(&self, at: usize) -> bool {
        find(&self.foreign, at).is_some()
    }

    /// Where the HTML comment or tag at this place ends.
    pub fn skip(&self, at: usize) -> Option<usize> {
        find(&self.skipped, at).map(|range| range.end)
    }
}

fn find(ranges: &[Range<usize>], at: usize) -> Option<&Range<usize>> {
    let index = ranges.partition_point(|range| range.start <= at);
    ranges
        .get(index.checked_sub(1)?)
        .filter(|range| range.contains(&at))
}

struct Scan<'t> {
    text: &'t str,
    parts: Parts,
    /// How many elements around this place hide it: quotations, code, struck-out text.
    hidden: usize,
    /// How many of them are block quotations and code blocks.
    foreign: usize,
    in_comment: bool,
    /// How many HTML elements of [`NOT_OWN`] are open that began in an HTML block: they last until they are closed.
    in_block: usize,
    /// How many are open that began within a paragraph: they end with it at the latest.
    in_line: usize,
}

impl Scan<'_> {
    fn take(&mut self, event: &Event<'_>, range: Range<usize>) {
        match event {
            Event::Start(Tag::BlockQuote(_) | Tag::CodeBlock(_)) => {
                if self.foreign == 0 {
                    self.parts.foreign.push(range);
                }
                self.hidden += 1;
                self.foreign += 1;
            }
            Event::End(TagEnd::BlockQuote(_) | TagEnd::CodeBlock) => {
                self.hidden = self.hidden.saturating_sub(1);
                self.foreign = self.foreign.saturating_sub(1);
            }
            Event::Start(Tag::Strikethrough) => self.hidden += 1,
            Event::End(TagEnd::Strikethrough) => self.hidden = self.hidden.saturating_sub(1),
            Event::End(TagEnd::HtmlBlock) => self.in_comment = false,
            Event::End(
                TagEnd::Paragraph | TagEnd::Heading(_) | TagEnd::Item | TagEnd::TableCell,
            ) => {
                self.in_line = 0;
            }
            Event::Text(_) => self.own(range),
            Event::InlineHtml(_) => {
                self.html(range, true);
                self.in_comment = false;
            }
            Event::Html(_) => self.html(range, false),
            _ => {}
        }
    }

    fn own(&mut self, range: Range<usize>) {
        if self.hidden == 0 && self.in_block == 0 && self.in_line == 0 && !range.is_empty() {
            self.parts.own.push(range);
        }
    }

    /// Reads a piece of raw HTML: comments, tags, and the text between them, which GitHub shows.
    fn html(&mut self, range: Range<usize>, inline: bool) {
        let Some(piece) = self.text.get(range.clone()) else {
            return;
        };
        let mut at = 0;
        while at < piece.len() {
            let rest = &piece[at..];
            let (length, is_text) = if self.in_comment {
                let end = rest.find("-->");
                self.in_comment = end.is_none();
                (end.map_or(rest.len(), |end| end + 3), false)
            } else if let Some(inside) = rest.strip_prefix("<!--") {
                // `<!-->` and `<!--->` are whole comments.
                let empty = ["->", ">"]
                    .into_iter()
                    .find(|end| inside.starts_with(end))
                    .map(str::len);
                self.in_comment = empty.is_none();
                (4 + empty.unwrap_or(0), false)
            } else if let Some(inside) = rest.strip_prefix('<').filter(|inside| {
                inside
                    .starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?'))
            }) {
                let end = inside.find('>').map_or(inside.len(), |end| end + 1);
                self.tag(&inside[..end], inline);
                (1 + end, false)
            } else {
                let after = rest
                    .char_indices()
                    .nth(1)
                    .map_or(rest.len(), |(next, _)| next);
                let end = rest[after..]
                    .find('<')
                    .map_or(rest.len(), |next| after + next);
                (end, true)
            };
            let whole = range.start + at..range.start + at + length;
            if is_text {
                self.own(whole);
            } else {
                self.parts.skipped.push(whole);
            }
            at += length;
        }
    }

    /// Counts the open elements whose content is not the author's words.
    fn tag(&mut self, inside: &str, inline: bool) {
        let closes = inside.starts_with('/');
        let name = inside
            .trim_start_matches('/')
            .split(|c: char| !c.is_ascii_alphanumeric())
            .next()
            .unwrap_or_default();
        if !NOT_OWN.iter().any(|one| one.eq_ignore_ascii_case(name)) {
            return;
        }
        let open = if inline {
            &mut self.in_line
        } else {
            &mut self.in_block
        };
        *open = if closes {
            open.saturating_sub(1)
        } else {
            *open + 1
        };
    }
}
