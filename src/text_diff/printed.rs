//! Reads differences as git prints them. What stands in them is untrusted, and may be cut anywhere.

use super::{Hunk, Line, LineKind};

/// Characters of a line that are kept.
const LONGEST_LINE: usize = 1_000;

/// The changes of one file, in the order in which git prints files.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FileDiff {
    /// Empty for a file that holds no text, or of which only the mode changed.
    pub hunks: Vec<Hunk>,
    pub is_binary: bool,
}

/// The files of a difference, in git's order: by the bytes of their paths. Paths are not read: their quoting depends on
/// settings, and the order tells which file is meant.
pub fn printed(text: &str) -> Vec<FileDiff> {
    let mut files: Vec<FileDiff> = Vec::new();
    let mut at: Option<Position> = None;
    for line in text.split('\n') {
        if let Some(position) = at.as_mut().filter(|position| !position.is_over())
            && let Some(hunk) = files.last_mut().and_then(|file| file.hunks.last_mut())
            && let Some(line) = position.take(line)
        {
            hunk.lines.extend(line);
            continue;
        }
        at = None;
        if line.starts_with("diff --git ") {
            files.push(FileDiff::default());
        } else if let Some(file) = files.last_mut() {
            if let Some(begins) = Position::of(line) {
                file.hunks.push(Hunk { lines: Vec::new() });
                at = Some(begins);
            } else if line.starts_with("Binary files ") || line == "GIT binary patch" {
                file.is_binary = true;
            }
        }
    }
    files
}

/// Where a hunk is being read, and how many lines of it are still to come.
struct Position {
    old: usize,
    new: usize,
    old_left: usize,
    new_left: usize,
}

impl Position {
    /// Of `@@ -1,5 +1,6 @@ …`.
    fn of(line: &str) -> Option<Position> {
        let rest = line.strip_prefix("@@ -")?;
        let (old, rest) = rest.split_once(" +")?;
        let (new, _) = rest.split_once(" @@")?;
        let (old, old_left) = range(old)?;
        let (new, new_left) = range(new)?;
        Some(Position {
            old,
            new,
            old_left,
            new_left,
        })
    }

    fn is_over(&self) -> bool {
        self.old_left == 0 && self.new_left == 0
    }

    /// A line of the hunk; the inner `None` for one that says that a line end is missing. `None` for what is no line of it.
    fn take(&mut self, line: &str) -> Option<Option<Line>> {
        let mut characters = line.chars();
        let kind = match characters.next()? {
            ' ' if self.old_left > 0 && self.new_left > 0 => LineKind::Same,
            '+' if self.new_left > 0 => LineKind::Added,
            '-' if self.old_left > 0 => LineKind::Removed,
            '\\' => return Some(None),
            _ => return None,
        };
        let is_old = kind != LineKind::Added;
        let is_new = kind != LineKind::Removed;
        let line = Line {
            kind,
            old: is_old.then_some(self.old),
            new: is_new.then_some(self.new),
            text: shortened(characters.as_str().trim_end_matches('\r')),
        };
        if is_old {
            self.old += 1;
            self.old_left -= 1;
        }
        if is_new {
            self.new += 1;
            self.new_left -= 1;
        }
        Some(Some(line))
    }
}

/// `12,5`: the first line and how many; `12` for one.
fn range(text: &str) -> Option<(usize, usize)> {
    match text.split_once(',') {
        Some((first, count)) => Some((first.parse().ok()?, count.parse().ok()?)),
        None => Some((text.parse().ok()?, 1)),
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(LONGEST_LINE) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PRINTED: &str = "diff --git a/a.txt b/a.txt\nindex 1..2 100644\n--- a/a.txt\n+++ b/a.txt\n\
        @@ -1,2 +1,3 @@ fn x() {\n one\n-two\n+diff --git a/x b/x\n+three\n\\ No newline at end of file\n\
        diff --git a/b.png b/b.png\nBinary files a/b.png and b/b.png differ\n\
        diff --git a/c b/c\nnew file mode 100644\n--- /dev/null\n+++ b/c\n@@ -0,0 +1 @@\n+-- x\n";

    #[test]
    fn files_and_their_lines_are_read_in_order() {
        let files = printed(PRINTED);
        let shown: Vec<String> = files
            .iter()
            .flat_map(|file| {
                let lines = file.hunks.iter().flat_map(|hunk| &hunk.lines);
                let head = format!("file, binary: {}", file.is_binary);
                std::iter::once(head).chain(lines.map(|line| {
                    format!(
                        "{:?} {:?} {:?} {}",
                        line.kind, line.old, line.new, line.text
                    )
                }))
            })
            .collect();
        insta::assert_snapshot!(shown.join("\n"), @r"
        file, binary: false
        Same Some(1) Some(1) one
        Removed Some(2) None two
        Added None Some(2) diff --git a/x b/x
        Added None Some(3) three
        file, binary: true
        file, binary: false
        Added None Some(1) -- x
        ");
    }

    #[test]
    fn line_of_any_length_is_shortened() {
        let text = format!(
            "diff --git a/a b/a\n@@ -0,0 +1 @@\n+{}\n",
            "é".repeat(2 * LONGEST_LINE)
        );
        let files = printed(&text);
        assert_eq!(
            files[0].hunks[0].lines[0].text.chars().count(),
            LONGEST_LINE + 1
        );
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in "(diff --git |@@ -[0-9]{1,20},?[0-9]{0,20} \\+1,[0-9]{1,20} @@|[ +\\\\-]|\n|.){0,80}") {
            printed(&text);
        }

        #[test]
        fn difference_cut_anywhere_begins_as_the_whole(cut in 0..PRINTED.len()) {
            let whole = printed(PRINTED);
            prop_assert!(printed(&PRINTED[..cut]).len() <= whole.len());
        }
    }
}
