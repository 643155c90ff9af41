//! Reads differences as git prints them. What stands in them is untrusted, and may be cut anywhere.

use super::{Hunk, Line, LineKind};

/// Characters of a line that are kept.
const LONGEST_LINE: usize = 1_000;

/// The changes of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileDiff {
    pub path: String,
    /// Empty for a file that holds no text, or of which only the mode changed.
    pub hunks: Vec<Hunk>,
    pub is_binary: bool,
}

/// The files of a difference without renames, in the order in which git prints them. A file that became something else, such
/// as a link, is printed as removed and as added, and is one file here.
pub fn parse_git_diff(text: &str) -> Vec<FileDiff> {
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
        if let Some(path) = line.strip_prefix("diff --git ").and_then(path_of) {
            if files.last().is_none_or(|last| last.path != path) {
                files.push(FileDiff {
                    path,
                    hunks: Vec::new(),
                    is_binary: false,
                });
            }
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

/// The path in `a/src/lib.rs b/src/lib.rs`. Both sides name the same file, so each is one half, whatever it holds.
fn path_of(both: &str) -> Option<String> {
    let half = both.len().checked_sub(1)? / 2;
    let (old, new) = (both.get(..half)?, both.get(half + 1..)?);
    let (old, new) = (unquoted(old), unquoted(new));
    let path = old.strip_prefix("a/")?;
    (new.strip_prefix("b/")? == path).then(|| path.to_owned())
}

/// A path without the quotes and escapes that git writes around odd ones.
fn unquoted(path: &str) -> String {
    let quoted = path
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    let Some(quoted) = quoted else {
        return path.to_owned();
    };
    let mut bytes = Vec::new();
    let mut left = quoted.bytes();
    while let Some(byte) = left.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        bytes.push(match left.next() {
            Some(b'a') => 7,
            Some(b'b') => 8,
            Some(b't') => b'\t',
            Some(b'n') => b'\n',
            Some(b'v') => 11,
            Some(b'f') => 12,
            Some(b'r') => b'\r',
            Some(high @ b'0'..=b'3') => {
                let mut digit = || left.next().map_or(0, |digit| digit.wrapping_sub(b'0') & 7);
                let (middle, low) = (digit(), digit());
                ((high - b'0') << 6) | (middle << 3) | low
            }
            Some(other) => other,
            None => b'\\',
        });
    }
    String::from_utf8_lossy(&bytes).into_owned()
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
        let files = parse_git_diff(PRINTED);
        let shown: Vec<String> = files
            .iter()
            .flat_map(|file| {
                let lines = file.hunks.iter().flat_map(|hunk| &hunk.lines);
                let head = format!("{}, binary: {}", file.path, file.is_binary);
                std::iter::once(head).chain(lines.map(|line| {
                    format!(
                        "{:?} {:?} {:?} {}",
                        line.kind, line.old, line.new, line.text
                    )
                }))
            })
            .collect();
        insta::assert_snapshot!(shown.join("\n"), @r"
        a.txt, binary: false
        Same Some(1) Some(1) one
        Removed Some(2) None two
        Added None Some(2) diff --git a/x b/x
        Added None Some(3) three
        b.png, binary: true
        c, binary: false
        Added None Some(1) -- x
        ");
    }

    #[test]
    fn odd_paths_are_read_as_they_are() {
        for (header, path) in [
            ("a/x b/y b/x b/y", Some("x b/y")),
            (
                r#""a/tab\tand\303\251\"" "b/tab\tand\303\251\"""#,
                Some("tab\tandé\""),
            ),
            ("a/x b/y", None),
            ("a/x", None),
            ("", None),
        ] {
            assert_eq!(path_of(header).as_deref(), path, "{header}");
        }
    }

    #[test]
    fn file_that_became_a_link_is_one_file() {
        let text = "diff --git a/x b/x\ndeleted file mode 100644\n--- a/x\n+++ /dev/null\n@@ -1 +0,0 @@\n-one\n\
            diff --git a/x b/x\nnew file mode 120000\n--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+target\n\
            \\ No newline at end of file\ndiff --git a/y b/y\n@@ -1 +1 @@\n-a\n+b\n";
        let files = parse_git_diff(text);
        let found: Vec<_> = files
            .iter()
            .map(|file| (file.path.as_str(), file.hunks.len()))
            .collect();
        assert_eq!(found, [("x", 2), ("y", 1)]);
    }

    #[test]
    fn line_of_any_length_is_shortened() {
        let text = format!(
            "diff --git a/a b/a\n@@ -0,0 +1 @@\n+{}\n",
            "é".repeat(2 * LONGEST_LINE)
        );
        let files = parse_git_diff(&text);
        assert_eq!(
            files[0].hunks[0].lines[0].text.chars().count(),
            LONGEST_LINE + 1
        );
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in "(diff --git |a/x b/x|\"|\\\\[0-9]|@@ -[0-9]{1,20},?[0-9]{0,20} \\+1,[0-9]{1,20} @@|[ +\\\\-]|\n|.){0,80}") {
            parse_git_diff(&text);
        }

        #[test]
        fn difference_cut_anywhere_begins_as_the_whole(cut in 0..PRINTED.len()) {
            let whole = parse_git_diff(PRINTED);
            prop_assert!(parse_git_diff(&PRINTED[..cut]).len() <= whole.len());
        }
    }
}
