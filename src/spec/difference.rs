//! What changed from one version of a spec to another, file by file.

use std::collections::BTreeSet;

use super::folder::{File, Folder};
use crate::text_diff::{self, Hunk};

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    Added,
    Removed,
    Changed,
    /// Only whether it may be executed changed.
    Mode,
}

/// A file that is not the same in both versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileChange {
    pub path: String,
    pub kind: ChangeKind,
    /// `None` where one side is no text, or too long to compare.
    pub hunks: Option<Vec<Hunk>>,
}

/// The files that differ, by path.
pub fn difference(old: &Folder, new: &Folder) -> Vec<FileChange> {
    let paths: BTreeSet<&String> = old.files.keys().chain(new.files.keys()).collect();
    paths
        .into_iter()
        .filter_map(|path| {
            let (before, after) = (old.files.get(path), new.files.get(path));
            let kind = kind(before, after)?;
            let text = |file: Option<&File>| match file {
                None => Some(String::new()),
                Some(file) => file.as_text().map(str::to_owned),
            };
            let hunks = text(before)
                .zip(text(after))
                .and_then(|(before, after)| text_diff::compare(&before, &after));
            Some(FileChange {
                path: path.clone(),
                kind,
                hunks,
            })
        })
        .collect()
}

fn kind(before: Option<&File>, after: Option<&File>) -> Option<ChangeKind> {
    match (before, after) {
        (None, Some(_)) => Some(ChangeKind::Added),
        (Some(_), None) => Some(ChangeKind::Removed),
        (Some(before), Some(after)) if before.bytes != after.bytes => Some(ChangeKind::Changed),
        (Some(before), Some(after)) if before.executable != after.executable => {
            Some(ChangeKind::Mode)
        }
        (Some(_), Some(_)) | (None, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &str)]) -> Folder {
        Folder {
            files: files
                .iter()
                .map(|(path, text)| ((*path).to_owned(), File::text(*text)))
                .collect(),
        }
    }

    #[test]
    fn files_that_differ_are_listed_with_what_became_of_them() {
        let old = folder(&[("a", "1\n"), ("b", "1\n"), ("c", "1\n"), ("d", "#!\n")]);
        let mut new = folder(&[("a", "1\n"), ("b", "2\n"), ("d", "#!\n"), ("e", "1\n")]);
        new.files.get_mut("d").unwrap().executable = true;
        new.files.insert(
            "f".to_owned(),
            File {
                bytes: vec![0xff],
                executable: false,
            },
        );
        let found = difference(&old, &new);
        let kinds: Vec<(&str, ChangeKind)> = found
            .iter()
            .map(|one| (one.path.as_str(), one.kind))
            .collect();
        assert_eq!(
            kinds,
            [
                ("b", ChangeKind::Changed),
                ("c", ChangeKind::Removed),
                ("d", ChangeKind::Mode),
                ("e", ChangeKind::Added),
                ("f", ChangeKind::Added),
            ]
        );
        assert_eq!(found[4].hunks, None, "it is no text");
        assert_eq!(difference(&old, &old), []);
    }
}
