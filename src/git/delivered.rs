//! Fetching a delivered commit and laying it out. What comes from there is hostile: it is bounded before it is written,
//! nothing of it is executed, submodules are not followed.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use super::{Git, GitError, Remote};
use crate::acceptance::{ChangeKind, ChangedFile};
use crate::ids::CommitSha;

/// What a delivered tree may be at most.
#[derive(Debug, Clone, Copy)]
pub struct TreeLimits {
    pub files: usize,
    /// Bytes of all files together.
    pub bytes: u64,
}

impl Default for TreeLimits {
    fn default() -> Self {
        TreeLimits {
            files: 20_000,
            bytes: 256 * 1024 * 1024,
        }
    }
}

/// A delivered commit on disk.
#[derive(Debug)]
pub struct Checkout {
    /// The files, without `.git`.
    pub tree: PathBuf,
    /// What changed against the first commit.
    pub changed: Vec<ChangedFile>,
}

impl Git {
    /// Fetches `sha` and the first commit `base` into `dir` (an empty folder) and lays `sha` out in `dir/tree`.
    pub async fn check_out(
        &self,
        dir: &Path,
        remote: &Remote,
        base: &CommitSha,
        sha: &CommitSha,
        limits: TreeLimits,
    ) -> Result<Checkout, GitError> {
        let repository = dir.join("repository.git");
        let tree = dir.join("tree");
        std::fs::create_dir_all(&repository)?;
        std::fs::create_dir_all(&tree)?;
        self.run(&repository, &["init", "--quiet", "--bare"], None)
            .await?;
        // Packed, and with what git needs besides, a tree is smaller than laid out; the first commit's is ours.
        let most_bytes = limits.bytes.saturating_mul(2);
        self.fetch(&repository, remote, base, most_bytes).await?;
        self.fetch(&repository, remote, sha, most_bytes).await?;
        self.refuse_too_large(&repository, sha, limits).await?;
        let work_tree = format!("--work-tree={}", tree.display());
        self.run(
            &repository,
            &[
                "--git-dir=.",
                &work_tree,
                "checkout",
                "--quiet",
                "--force",
                sha.as_str(),
                "--",
                ".",
            ],
            None,
        )
        .await?;
        let changed = self.changed_files(&repository, base, sha).await?;
        Ok(Checkout { tree, changed })
    }

    async fn fetch(
        &self,
        repository: &Path,
        remote: &Remote,
        sha: &CommitSha,
        most_bytes: u64,
    ) -> Result<(), GitError> {
        let arguments = [
            "fetch",
            "--quiet",
            "--no-tags",
            "--depth=1",
            "--no-recurse-submodules",
            "--",
            remote.url.as_str(),
            sha.as_str(),
        ];
        match self
            .run_within(repository, &arguments, Some(remote), most_bytes)
            .await
        {
            Err(GitError::Failed { message, .. }) if says_no_such_commit(&message) => {
                Err(GitError::NoSuchCommit { sha: sha.clone() })
            }
            Err(GitError::TooMuch { what, .. }) => Err(GitError::TooLarge {
                sha: sha.clone(),
                what: format!("fetching it was ended, for {what}"),
            }),
            other => other,
        }
    }

    /// Reads the list of a commit's files no further than it may go: trees that hold each other list more files than any
    /// disk has room for.
    pub(super) async fn refuse_too_large(
        &self,
        repository: &Path,
        sha: &CommitSha,
        limits: TreeLimits,
    ) -> Result<(), GitError> {
        let arguments = ["ls-tree", "-r", "-l", "-z", "--full-tree", sha.as_str()];
        let mut listing = Listing::new(limits);
        self.run_until(repository, &arguments, &mut |bytes| listing.take(bytes))
            .await?;
        match listing.fault {
            Some(what) => Err(GitError::TooLarge {
                sha: sha.clone(),
                what,
            }),
            None => Ok(()),
        }
    }

    /// What `sha` changed against `base` in a folder that both were fetched into, as git prints it: at most `most` bytes, and
    /// whether that is all.
    pub async fn delivered_diff(
        &self,
        dir: &Path,
        (base, sha): (&CommitSha, &CommitSha),
        most: usize,
    ) -> Result<(Vec<u8>, bool), GitError> {
        let arguments = [
            "diff-tree",
            "-r",
            "-p",
            "--no-renames",
            "--no-commit-id",
            "--no-ext-diff",
            "--no-textconv",
            "--no-color",
            base.as_str(),
            sha.as_str(),
        ];
        self.run_up_to(&dir.join("repository.git"), &arguments, most)
            .await
    }

    async fn changed_files(
        &self,
        repository: &Path,
        base: &CommitSha,
        sha: &CommitSha,
    ) -> Result<Vec<ChangedFile>, GitError> {
        let difference = |how: &'static str| {
            [
                "diff-tree",
                "-r",
                "-z",
                "--no-renames",
                "--no-commit-id",
                how,
                base.as_str(),
                sha.as_str(),
            ]
        };
        let kinds = self
            .run(repository, &difference("--name-status"), None)
            .await?;
        let counts = self.run(repository, &difference("--numstat"), None).await?;
        Ok(join(&kinds, &counts))
    }
}

/// Names longer than this are taken by no usual file system.
const LONGEST_NAME: usize = 255;
/// Paths longer than this leave no room for the folder that they are laid out in (Linux takes 4,096 bytes).
const LONGEST_PATH: usize = 3_000;

/// The output of `ls-tree -l -z` as it comes in.
struct Listing {
    limits: TreeLimits,
    /// The beginning of an entry whose end is still to come.
    begun: Vec<u8>,
    files: usize,
    bytes: u64,
    fault: Option<String>,
}

impl Listing {
    fn new(limits: TreeLimits) -> Listing {
        Listing {
            limits,
            begun: Vec::new(),
            files: 0,
            bytes: 0,
            fault: None,
        }
    }

    fn take(&mut self, output: &[u8]) -> ControlFlow<()> {
        for piece in output.split_inclusive(|byte| *byte == 0) {
            self.begun.extend_from_slice(piece);
            if piece.last() == Some(&0) {
                self.begun.pop();
                let entry = std::mem::take(&mut self.begun);
                self.fault = self.add(&entry);
            } else if self.begun.len() > LONGEST_PATH + 100 {
                self.fault = Some(too_long_a_path());
            }
            if self.fault.is_some() {
                return ControlFlow::Break(());
            }
        }
        ControlFlow::Continue(())
    }

    /// Counts `<mode> <type> <object> <size>\t<path>`; what is wrong with it, if anything is.
    fn add(&mut self, entry: &[u8]) -> Option<String> {
        let TreeLimits { files, bytes } = self.limits;
        let mut halves = entry.splitn(2, |byte| *byte == b'\t');
        let facts = String::from_utf8_lossy(halves.next().unwrap_or_default()).into_owned();
        let path = halves.next().unwrap_or_default();
        let size = facts.split_whitespace().nth(3);
        let size = size.and_then(|size| size.parse::<u64>().ok()).unwrap_or(0);
        self.files += 1;
        self.bytes = self.bytes.saturating_add(size);
        if self.files > files {
            return Some(format!("it has more than {files} files"));
        }
        if self.bytes > bytes {
            return Some(format!("its files have more than {bytes} bytes together"));
        }
        if path.len() > LONGEST_PATH {
            return Some(too_long_a_path());
        }
        let name = path
            .split(|byte| *byte == b'/')
            .find(|name| name.len() > LONGEST_NAME)?;
        let beginning = String::from_utf8_lossy(&name[..40]).into_owned();
        Some(format!(
            "the file name that begins with `{beginning}` is longer than {LONGEST_NAME} bytes"
        ))
    }
}

fn too_long_a_path() -> String {
    format!("it has a path of more than {LONGEST_PATH} bytes")
}

/// Joins `--name-status -z` with `--numstat -z`, sorted by path.
fn join(kinds: &str, counts: &str) -> Vec<ChangedFile> {
    let lines: BTreeMap<&str, (u32, u32)> = counts
        .split('\0')
        .filter_map(|entry| {
            let mut parts = entry.splitn(3, '\t');
            let (added, removed, path) = (parts.next()?, parts.next()?, parts.next()?);
            // Binary files say `-`.
            Some((
                path,
                (added.parse().unwrap_or(0), removed.parse().unwrap_or(0)),
            ))
        })
        .collect();
    let mut fields = kinds.split('\0').filter(|field| !field.is_empty());
    let mut changed = Vec::new();
    while let (Some(kind), Some(path)) = (fields.next(), fields.next()) {
        let change = match kind.as_bytes().first() {
            Some(b'A') => ChangeKind::Added,
            Some(b'D') => ChangeKind::Removed,
            _ => ChangeKind::Modified,
        };
        let (added, removed) = lines.get(path).copied().unwrap_or_default();
        changed.push(ChangedFile {
            path: path.to_owned(),
            change,
            added,
            removed,
        });
    }
    changed.sort_by(|one, other| one.path.cmp(&other.path));
    changed
}

pub(super) fn says_no_such_commit(message: &str) -> bool {
    [
        "not our ref",
        "couldn't find remote ref",
        "no such remote ref",
        "did not send all necessary objects",
    ]
    .iter()
    .any(|sign| message.to_lowercase().contains(sign))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_and_line_counts_are_joined_by_path_and_binary_files_count_no_lines() {
        let changed = join(
            "M\0src/b.rs\0A\0logo.png\0D\0old.txt\0",
            concat!("3\t1\tsrc/b.rs\0", "-\t-\tlogo.png\0", "0\t9\told.txt\0"),
        );
        let seen: Vec<_> = changed
            .iter()
            .map(|file| (file.path.as_str(), file.change, file.added, file.removed))
            .collect();
        assert_eq!(
            seen,
            [
                ("logo.png", ChangeKind::Added, 0, 0),
                ("old.txt", ChangeKind::Removed, 0, 9),
                ("src/b.rs", ChangeKind::Modified, 3, 1),
            ]
        );
    }
}
