//! `brief.md`: the prose the candidate reads, and the clauses in it that everything else points at.

use serde::{Deserialize, Serialize};

use super::problem::{Problem, at, codes};
use crate::ids::ClauseId;

pub(super) const FILE: &str = "brief.md";

/// What the candidate reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Brief {
    /// The whole of `brief.md`, with the markers.
    pub text: String,
    /// The clauses in the order of the text.
    pub clauses: Vec<BriefClause>,
}

/// A heading or list item marked `{#R1}`, and the text that belongs to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BriefClause {
    pub id: ClauseId,
    /// The line of its marker, from 1.
    pub line: u32,
    /// Its text without the marker, as Markdown.
    pub text: String,
}

impl Brief {
    pub fn clause(&self, id: &ClauseId) -> Option<&BriefClause> {
        self.clauses.iter().find(|clause| &clause.id == id)
    }

    /// The brief as the candidate sees it: GitHub does not know the markers, so each becomes a visible `(R1)`, or
    /// nothing where its line names the clause already.
    pub fn for_candidate(&self) -> String {
        let mut shown: Vec<String> = Vec::new();
        for line in Line::all(&self.text) {
            match line.marker() {
                Some(Marker { id: Ok(id) }) if !line.in_code => {
                    shown.push(with_visible_id(line.text, id.as_str()))
                }
                _ => shown.push(line.text.to_owned()),
            }
        }
        let mut text = shown.join("\n");
        text.push('\n');
        text
    }

    /// Reads the clauses. A clause's text runs from its heading or list item to the next clause, or to where its
    /// section (for an item: its item) ends.
    pub(super) fn parse(text: &str) -> (Brief, Vec<Problem>) {
        let mut reader = Reader::default();
        for line in Line::all(text) {
            reader.line(&line);
        }
        reader.close();
        for clause in &reader.clauses {
            if clause
                .text
                .trim_matches(|c: char| !c.is_alphanumeric())
                .is_empty()
            {
                reader.problems.push(Problem::error(
                    codes::CLAUSE_EMPTY,
                    at(FILE, clause.line),
                    format!("clause {} says nothing", clause.id),
                    "write on this heading or list item what is asked",
                ));
            }
        }
        (
            Brief {
                text: text.to_owned(),
                clauses: reader.clauses,
            },
            reader.problems,
        )
    }
}

/// A line with what Markdown makes of it.
pub(super) struct Line<'t> {
    pub number: u32,
    pub text: &'t str,
    /// Inside a fenced code block, or one of its fences.
    pub in_code: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Block {
    Heading(usize),
    /// A list item and its indentation.
    Item(usize),
    Other,
}

struct Marker<'t> {
    id: Result<ClauseId, &'t str>,
}

impl<'t> Line<'t> {
    pub fn all(text: &'t str) -> impl Iterator<Item = Line<'t>> {
        let mut fence: Option<(char, usize)> = None;
        text.lines().zip(1_u32..).map(move |(text, number)| {
            let opening = fence_of(text);
            let in_code = fence.is_some() || opening.is_some();
            match (fence, opening) {
                (None, Some(opened)) => fence = Some(opened),
                (Some((mark, length)), Some((same, longer)))
                    if same == mark
                        && longer >= length
                        && text.trim().chars().all(|c| c == mark) =>
                {
                    fence = None;
                }
                _ => {}
            }
            Line {
                number,
                text,
                in_code,
            }
        })
    }

    fn indent(&self) -> usize {
        self.text.len() - self.text.trim_start().len()
    }

    fn block(&self) -> Block {
        if self.in_code {
            return Block::Other;
        }
        let text = self.text.trim_start();
        let hashes = text.bytes().take_while(|byte| *byte == b'#').count();
        if (1..=6).contains(&hashes) && self.indent() < 4 && text[hashes..].starts_with([' ', '\t'])
        {
            return Block::Heading(hashes);
        }
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let rest = &text[digits..];
        let bullet = if digits == 0 {
            rest.starts_with(['-', '*', '+'])
        } else {
            rest.starts_with(['.', ')'])
        };
        if bullet && rest[1..].starts_with([' ', '\t']) {
            Block::Item(self.indent())
        } else {
            Block::Other
        }
    }

    fn marker(&self) -> Option<Marker<'t>> {
        let (_, rest) = self.text.split_once("{#")?;
        let (id, _) = rest.split_once('}')?;
        Some(Marker {
            id: id.trim().parse().map_err(|_| id),
        })
    }
}

fn fence_of(text: &str) -> Option<(char, usize)> {
    let text = text.trim_start();
    let mark = text.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let length = text.chars().take_while(|c| *c == mark).count();
    (length >= 3).then_some((mark, length))
}

fn without_marker(line: &str) -> String {
    match line
        .split_once("{#")
        .and_then(|(before, rest)| rest.split_once('}').map(|(_, after)| (before, after)))
    {
        Some((before, after)) => format!("{}{after}", before.trim_end())
            .trim_end()
            .to_owned(),
        None => line.to_owned(),
    }
}

/// The line with `R1:` or `(R1)` in the place of its marker, or nothing there where the line names the clause already.
fn with_visible_id(line: &str, id: &str) -> String {
    let bare = without_marker(line);
    if names(&bare, id) {
        return bare;
    }
    let (before, after) = line
        .split_once("{#")
        .and_then(|(before, rest)| Some((before, rest.split_once('}')?.1)))
        .unwrap_or((line, ""));
    if before.chars().any(char::is_alphanumeric) {
        format!("{} ({id}){after}", before.trim_end())
    } else {
        format!("{before}{id}:{after}")
    }
}

/// Does `text` name `id` as a word of its own?
fn names(text: &str, id: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric() && c != '-')
        .any(|word| word == id)
}

#[derive(Default)]
struct Reader {
    clauses: Vec<BriefClause>,
    problems: Vec<Problem>,
    /// The clause whose text is being gathered, and the block that opened it.
    open: Option<(BriefClause, Block)>,
    /// Lines of the list item that stands open; a marker may stand on any of them.
    item: Option<(usize, Vec<String>)>,
    after_blank: bool,
}

impl Reader {
    fn line(&mut self, line: &Line<'_>) {
        let block = line.block();
        let blank = line.text.trim().is_empty();
        self.end_what_ends(line, block, blank);
        match block {
            Block::Item(indent) => self.item = Some((indent, Vec::new())),
            Block::Heading(_) => self.item = None,
            Block::Other => {}
        }
        let marker = if line.in_code { None } else { line.marker() };
        let text = if marker.is_some() {
            without_marker(line.text)
        } else {
            line.text.to_owned()
        };
        if let Some((_, lines)) = &mut self.item {
            lines.push(text.clone());
        }
        match marker {
            Some(Marker { id: Ok(id) }) => self.open_clause(id, block, line),
            Some(Marker { id: Err(bad) }) => self.problems.push(Problem::error(
                codes::MARKER_MISPLACED,
                at(FILE, line.number),
                format!("`{{#{bad}}}` does not name a clause"),
                "write `{#R1}` for a requirement or `{#N1}` for a non-goal, with the clause's own number",
            )),
            None => {
                if let Some((clause, _)) = &mut self.open {
                    clause.text.push('\n');
                    clause.text.push_str(&text);
                }
            }
        }
        self.after_blank = blank;
    }

    /// Closes the open clause and item where this line is no longer part of them.
    fn end_what_ends(&mut self, line: &Line<'_>, block: Block, blank: bool) {
        let leaves_item = |indent: usize| match block {
            Block::Heading(_) => true,
            Block::Item(here) => here <= indent,
            Block::Other => self.after_blank && !blank && line.indent() <= indent,
        };
        if self
            .item
            .as_ref()
            .is_some_and(|(indent, _)| leaves_item(*indent))
        {
            self.item = None;
        }
        let ends = match self.open {
            Some((_, Block::Heading(level))) => {
                matches!(block, Block::Heading(here) if here <= level)
            }
            Some((_, Block::Item(indent))) => leaves_item(indent),
            _ => false,
        };
        if ends {
            self.close();
        }
    }

    fn open_clause(&mut self, id: ClauseId, block: Block, line: &Line<'_>) {
        let (block, text) = match (block, &self.item) {
            (Block::Heading(level), _) => (Block::Heading(level), without_marker(line.text)),
            (_, Some((indent, lines))) => (Block::Item(*indent), lines.join("\n")),
            (_, None) => {
                self.problems.push(Problem::error(
                    codes::MARKER_MISPLACED,
                    at(FILE, line.number),
                    format!("the marker of {id} stands neither on a heading nor on a list item"),
                    "put the marker at the end of the heading or list item that says what is asked",
                ));
                return;
            }
        };
        if let Some(first) = self
            .clauses
            .iter()
            .chain(self.open.as_ref().map(|(clause, _)| clause))
            .find(|clause| clause.id == id)
        {
            self.problems.push(Problem::error(
                codes::DUPLICATE,
                at(FILE, line.number),
                format!("the marker of {id} stands here and on line {}", first.line),
                "give each clause one marker; number the second one anew",
            ));
            return;
        }
        self.close();
        self.open = Some((
            BriefClause {
                id,
                line: line.number,
                text,
            },
            block,
        ));
    }

    fn close(&mut self) {
        if let Some((mut clause, _)) = self.open.take() {
            clause.text = clause.text.trim().to_owned();
            self.clauses.push(clause);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn clauses(text: &str) -> Vec<(String, u32, String)> {
        let (brief, problems) = Brief::parse(text);
        assert_eq!(problems, []);
        brief
            .clauses
            .into_iter()
            .map(|clause| (clause.id.to_string(), clause.line, clause.text))
            .collect()
    }

    fn clause(id: &str, line: u32, text: &str) -> (String, u32, String) {
        (id.to_owned(), line, text.to_owned())
    }

    #[test]
    fn a_heading_clause_runs_to_the_next_clause_or_heading_of_its_level() {
        let text = "# Brief\n\n## One {#R1}\n\nText.\n\n### Detail\n\nMore.\n\n## Two {#R2}\nText.\n\n## No clause\n\nOther.\n";
        assert_eq!(
            clauses(text),
            [
                clause("R1", 3, "## One\n\nText.\n\n### Detail\n\nMore."),
                clause("R2", 11, "## Two\nText."),
            ]
        );
    }

    #[test]
    fn an_item_clause_is_its_item_wherever_in_it_the_marker_stands() {
        let text = "- First,\n  over two lines. {#R1}\n\n  And a paragraph.\n- {#N1} Second\n  - a detail\n- Not a clause\n\nAfterwards.\n\n1. Third {#R2}\n\nNot the third.\n";
        assert_eq!(
            clauses(text),
            [
                clause("R1", 2, "- First,\n  over two lines.\n\n  And a paragraph."),
                clause("N1", 5, "- Second\n  - a detail"),
                clause("R2", 11, "1. Third"),
            ]
        );
    }

    #[test]
    fn code_holds_no_clauses_even_where_a_fence_stands_inside_a_longer_one() {
        let text = "## One {#R1}\n````\n```\n## Two {#R2}\n```\n- {#R3}\n````\nText.\n~~~ toml\n# {#R4}\n```\n~~~\n## Five {#R5}\n";
        let found: Vec<String> = clauses(text).into_iter().map(|(id, ..)| id).collect();
        assert_eq!(found, ["R1", "R5"]);
    }

    #[test]
    fn the_candidate_sees_each_clause_named_once() {
        let (brief, _) = Brief::parse(
            "## One {#R1}\n## R2: two {#R2}\n- {#N1} **No.**\n- Item {#R3}, with a tail\n```\n{#R4}\n```\n",
        );
        assert_eq!(
            brief.for_candidate(),
            "## One (R1)\n## R2: two\n- N1: **No.**\n- Item (R3), with a tail\n```\n{#R4}\n```\n"
        );
    }

    proptest! {
        #[test]
        fn every_marker_on_a_heading_is_found_in_order(numbers in proptest::collection::btree_set(1_u16..999, 0..12)) {
            let text: String = numbers.iter().map(|number| format!("## About {number} {{#R{number}}}\n\ntext\n\n")).collect();
            let found: Vec<String> = clauses(&text).into_iter().map(|(id, ..)| id).collect();
            let wanted: Vec<String> = numbers.iter().map(|number| format!("R{number}")).collect();
            prop_assert_eq!(found, wanted);
        }
    }
}
