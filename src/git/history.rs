//! Reading the commits of a push out of a remote, for when the message that told of them was lost.

use std::path::Path;

use super::{Git, GitError, Remote};
use crate::clock::Timestamp;
use crate::ids::CommitSha;

/// No push webhook lists more commits than this (docs.github.com).
const MOST_COMMITS: &str = "--max-count=2048";
/// As much of the commits' own words, and as much of their lists of files, is read of one push. The bytes become one
/// event: what a person works in days stays far below, and a commit of some kilobytes can claim a million files.
const MOST_BYTES: usize = 1024 * 1024;
/// A history without contents may take this much on disk.
const MOST_ON_DISK: u64 = 256 * 1024 * 1024;

/// A commit as it says of itself: claims of its author.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadCommit {
    pub sha: CommitSha,
    pub message: String,
    pub author: String,
    pub committed_at: Option<Timestamp>,
    /// Paths, against the first parent; empty for merges.
    pub added: Vec<String>,
    pub modified: Vec<String>,
    pub removed: Vec<String>,
}

/// The commits of one push.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReadCommits {
    /// Oldest first.
    pub commits: Vec<ReadCommit>,
    /// There is more to the push than was read.
    pub cut: bool,
}

impl Git {
    /// An empty repository in `dir`, to fetch into.
    pub async fn init_bare(&self, dir: &Path) -> Result<(), GitError> {
        self.run(dir, &["init", "--quiet", "--bare"], None)
            .await
            .map(drop)
    }

    /// Fetches `sha` with all that it builds on into `dir`, without the contents of files.
    ///
    /// # Errors
    /// No such commit where the remote does not have it any more.
    pub async fn fetch_history(
        &self,
        dir: &Path,
        remote: &Remote,
        sha: &CommitSha,
    ) -> Result<(), GitError> {
        let arguments = [
            "fetch",
            "--quiet",
            "--no-tags",
            "--filter=blob:none",
            "--no-recurse-submodules",
            "--",
            remote.url.as_str(),
            sha.as_str(),
        ];
        match self
            .run_within(dir, &arguments, Some(remote), MOST_ON_DISK)
            .await
        {
            Err(GitError::Failed { message, .. })
                if super::delivered::says_no_such_commit(&message) =>
            {
                Err(GitError::NoSuchCommit { sha: sha.clone() })
            }
            other => other,
        }
    }

    /// The commits that lead to `after` and to none of `without`. All of them must have been fetched.
    ///
    /// # Errors
    /// Also where git's answer cannot be read: people write commits with more than git's own hands.
    pub async fn commits(
        &self,
        dir: &Path,
        after: &CommitSha,
        without: &[CommitSha],
    ) -> Result<ReadCommits, GitError> {
        let range = |format: &'static str, more: &[&'static str]| {
            let mut arguments = vec!["log", "-z", "--no-show-signature", "--reverse"];
            arguments.extend(["--topo-order", MOST_COMMITS, format]);
            arguments.extend(more);
            arguments.push(after.as_str());
            arguments.push("--not");
            arguments.extend(without.iter().map(CommitSha::as_str));
            arguments.push("--");
            arguments
        };
        let texts = range("--format=%H%x00%an%x00%cI%x00%B", &[]);
        let (texts, all_texts) = self.run_up_to(dir, &texts, MOST_BYTES).await?;
        let files = range("--format=%x01%H", &["--name-status", "--no-renames"]);
        let (files, all_files) = self.run_up_to(dir, &files, MOST_BYTES).await?;
        let mut commits = parse(&whole_fields(&texts))?;
        fill(&mut commits, &whole_fields(&files));
        Ok(ReadCommits {
            cut: !all_texts || !all_files,
            commits,
        })
    }
}

/// The fields that are there with their end, which is a zero byte.
fn whole_fields(output: &[u8]) -> Vec<String> {
    let mut fields: Vec<String> = output
        .split(|byte| *byte == 0)
        .map(|field| String::from_utf8_lossy(field).into_owned())
        .collect();
    fields.pop();
    fields
}

fn odd(what: &str) -> GitError {
    GitError::Odd {
        command: "log".into(),
        what: what.chars().take(200).collect(),
    }
}

/// Takes four fields a commit, whatever stands in them: the texts are other people's.
fn parse(fields: &[String]) -> Result<Vec<ReadCommit>, GitError> {
    let (commits, _) = fields.as_chunks::<4>();
    commits
        .iter()
        .map(|[sha, author, committed_at, message]| {
            Ok(ReadCommit {
                sha: sha.parse().map_err(|_| odd(sha))?,
                message: message.trim_end_matches('\n').to_owned(),
                author: author.clone(),
                committed_at: committed_at.parse().ok(),
                added: Vec::new(),
                modified: Vec::new(),
                removed: Vec::new(),
            })
        })
        .collect()
}

/// Reads `--name-status -z`: after each commit's line pairs of a letter and a path.
fn fill(commits: &mut [ReadCommit], files: &[String]) {
    let mut words = files.iter().map(|word| word.trim_start_matches('\n'));
    let mut at: Option<usize> = None;
    while let Some(word) = words.next() {
        if let Some(sha) = word.strip_prefix('\u{1}') {
            at = commits.iter().position(|commit| commit.sha.as_str() == sha);
            continue;
        }
        if word.is_empty() {
            continue;
        }
        let Some(path) = words.next() else {
            return;
        };
        let Some(commit) = at.and_then(|at| commits.get_mut(at)) else {
            continue;
        };
        let list = match word.as_bytes().first() {
            Some(b'A') => &mut commit.added,
            Some(b'D') => &mut commit.removed,
            _ => &mut commit.modified,
        };
        list.push(path.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_given_to_their_commits_however_they_are_called() {
        let sha = |digit: char| digit.to_string().repeat(40);
        let fields: Vec<String> = ['a', 'b', 'c']
            .iter()
            .flat_map(|digit| {
                [&*sha(*digit), "Ann", "2026-03-02T10:00:00+01:00", "x\n"].map(str::to_owned)
            })
            .collect();
        let mut commits = parse(&fields).unwrap();
        let files = format!(
            "\u{1}{}\0\nA\0A\0M\0\u{1}odd name\0\u{1}{}\0\u{1}{}\0\nD\0gone.txt\0",
            sha('a'),
            sha('b'),
            sha('c')
        );
        fill(&mut commits, &whole_fields(files.as_bytes()));
        assert_eq!(commits[0].added, ["A"]);
        assert_eq!(commits[0].modified, ["\u{1}odd name"]);
        assert!(
            commits[1].added.is_empty() && commits[1].modified.is_empty(),
            "a merge"
        );
        assert_eq!(commits[2].removed, ["gone.txt"]);
        assert_eq!(
            commits[2].committed_at,
            Some("2026-03-02T09:00:00Z".parse().unwrap())
        );
    }
}
