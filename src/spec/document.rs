//! A TOML text that still knows the lines its values stand on.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::{Place, Problem, at, codes};

/// A parsed TOML text that still knows where everything stands.
pub(super) struct Document<'t> {
    text: &'t str,
    file: &'t str,
    root: Spanned<DeTable<'t>>,
}

impl<'t> Document<'t> {
    pub fn parse(text: &'t str, file: &'t str) -> Result<Document<'t>, Problem> {
        match DeTable::parse(text) {
            Ok(root) => Ok(Document { text, file, root }),
            Err(error) => Err(Problem::error(
                codes::NOT_TOML,
                at(
                    file,
                    line_of(text, error.span().map_or(0, |span| span.start)),
                ),
                format!("this is not TOML: {}", one_line(error.message())),
                "correct the syntax on this line; strings stand in quotes, tables in [brackets], lists of tables in [[double brackets]]",
            )),
        }
    }

    /// The place of the value at `path`, such as `criteria[2].clauses[0]`, or of the nearest table around it.
    pub fn place(&self, path: &str) -> Place<'t> {
        let mut steps = path
            .split(['.', '['])
            .map(|step| step.trim_end_matches(']'));
        let mut found = steps.next().and_then(|key| entry(self.root.get_ref(), key));
        let mut offset = 0;
        while let Some((start, value)) = found {
            offset = start;
            found = steps.next().and_then(|step| match value.get_ref() {
                DeValue::Table(table) => entry(table, step),
                DeValue::Array(array) => array
                    .get(step.parse::<usize>().ok()?)
                    .map(|item| (item.span().start, item)),
                _ => None,
            });
        }
        self.place_at(offset)
    }

    /// The outermost table.
    pub fn root(&self) -> &Spanned<DeTable<'t>> {
        &self.root
    }

    /// The place of the byte at `offset`.
    pub fn place_at(&self, offset: usize) -> Place<'t> {
        at(self.file, line_of(self.text, offset))
    }
}

/// Where the key stands in the text, and its value.
fn entry<'d, 't>(table: &'d DeTable<'t>, key: &str) -> Option<(usize, &'d Spanned<DeValue<'t>>)> {
    table
        .iter()
        .find(|(name, _)| name.get_ref() == key)
        .map(|(name, value)| (name.span().start, value))
}

fn line_of(text: &str, offset: usize) -> u32 {
    let before = text
        .as_bytes()
        .iter()
        .take(offset)
        .filter(|byte| **byte == b'\n')
        .count();
    u32::try_from(before + 1).unwrap_or(u32::MAX)
}

pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
