//! Fetching a delivered commit and laying it out. What comes from there is hostile: it is bounded before it is written,
//! nothing of it is executed, submodules are not followed.

use std::collections::BTreeMap;
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
        self.fetch(&repository, remote, base).await?;
        self.fetch(&repository, remote, sha).await?;
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
        match self.run(repository, &arguments, Some(remote)).await {
            Err(GitError::Failed { message, .. }) if says_no_such_commit(&message) => {
                Err(GitError::NoSuchCommit { sha: sha.clone() })
            }
            other => other.map(drop),
        }
    }

    async fn refuse_too_large(
        &self,
        repository: &Path,
        sha: &CommitSha,
        limits: TreeLimits,
    ) -> Result<(), GitError> {
        let listing = self
            .run(
                repository,
                &["ls-tree", "-r", "-l", "-z", "--full-tree", sha.as_str()],
                None,
            )
            .await?;
        let (mut files, mut bytes) = (0_usize, 0_u64);
        for entry in listing.split('\0').filter(|entry| !entry.is_empty()) {
            files += 1;
            let size = entry
                .split('\t')
                .next()
                .and_then(|facts| facts.split_whitespace().nth(3))
                .and_then(|size| size.parse::<u64>().ok())
                .unwrap_or(0);
            bytes = bytes.saturating_add(size);
        }
        if files > limits.files || bytes > limits.bytes {
            let what = format!(
                "{files} files of {bytes} bytes together, where {} files of {} bytes are allowed",
                limits.files, limits.bytes
            );
            return Err(GitError::TooLarge {
                sha: sha.clone(),
                what,
            });
        }
        Ok(())
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
