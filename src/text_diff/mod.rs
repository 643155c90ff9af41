//! Compares two texts line by line, and reads the differences that git prints. The only module that knows `similar`.

mod git_diff;

use std::time::Duration;

use similar::{ChangeTag, TextDiff};

pub use git_diff::{FileDiff, parse_git_diff};

/// Lines around a change that are shown with it.
const CONTEXT: usize = 3;
/// Longer texts are not compared.
const MOST_LINES: usize = 20_000;
/// How long a comparison looks for the smallest difference; a larger one follows.
const PATIENCE: Duration = Duration::from_millis(250);

/// What became of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineKind {
    Same,
    Added,
    Removed,
}

/// A line of a difference, without its line end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub kind: LineKind,
    /// Its number in the old text, from 1.
    pub old: Option<usize>,
    /// Its number in the new text, from 1.
    pub new: Option<usize>,
    pub text: String,
}

/// A change with the lines around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hunk {
    pub lines: Vec<Line>,
}

/// The changes from one text to another; `None` where one of them is too long to compare. A last line without a line end is
/// another line than one with it.
pub fn compare(old: &str, new: &str) -> Option<Vec<Hunk>> {
    let is_long = |text: &str| text.lines().count() > MOST_LINES;
    if is_long(old) || is_long(new) {
        return None;
    }
    let diff = TextDiff::configure().timeout(PATIENCE).diff_lines(old, new);
    let hunks = diff.grouped_ops(CONTEXT).into_iter().map(|group| Hunk {
        lines: group
            .iter()
            .flat_map(|op| diff.iter_changes(op))
            .map(|change| Line {
                kind: match change.tag() {
                    ChangeTag::Equal => LineKind::Same,
                    ChangeTag::Insert => LineKind::Added,
                    ChangeTag::Delete => LineKind::Removed,
                },
                old: change.old_index().map(|index| index + 1),
                new: change.new_index().map(|index| index + 1),
                text: change.value().trim_end_matches(['\n', '\r']).to_owned(),
            })
            .collect(),
    });
    Some(hunks.collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn change_stands_among_lines_around_it() {
        let old = "a\nb\nc\nd\ne\nf\ng\nh\n";
        let new = "a\nb\nc\nd\nE\nf\ng\nh\n";
        let hunks = compare(old, new).unwrap();
        assert_eq!(hunks.len(), 1);
        let shown: Vec<String> = hunks[0]
            .lines
            .iter()
            .map(|line| {
                format!(
                    "{:?} {:?} {:?} {}",
                    line.kind, line.old, line.new, line.text
                )
            })
            .collect();
        insta::assert_snapshot!(shown.join("\n"), @r"
        Same Some(2) Some(2) b
        Same Some(3) Some(3) c
        Same Some(4) Some(4) d
        Removed Some(5) None e
        Added None Some(5) E
        Same Some(6) Some(6) f
        Same Some(7) Some(7) g
        Same Some(8) Some(8) h
        ");
    }

    #[test]
    fn text_beyond_limit_is_not_compared() {
        assert_eq!(compare(&"x\n".repeat(MOST_LINES + 1), ""), None);
    }

    proptest! {
        #[test]
        fn changes_lead_from_one_text_to_the_other(
            old in "([ab]{0,2}\n){0,30}",
            new in "([ab]{0,2}\n){0,30}",
        ) {
            let hunks = compare(&old, &new).unwrap();
            let count = |kind| {
                let lines = hunks.iter().flat_map(|hunk| &hunk.lines);
                lines.filter(|line| line.kind == kind).count()
            };
            let (before, after) = (old.lines().count(), new.lines().count());
            prop_assert_eq!(before - count(LineKind::Removed), after - count(LineKind::Added));
            prop_assert_eq!(hunks.is_empty(), old == new);
        }
    }
}
