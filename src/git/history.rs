//! Reading the commits of a push out of a remote, for when the message that told of them was lost.

use std::path::Path;

use super::{Git, GitError, Remote};
use crate::clock::Timestamp;
use crate::ids::CommitSha;

/// No push webhook lists more commits than this (docs.github.com).
const MOST_COMMITS: &str = "--max-count=2048";

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
        match self.run(dir, &arguments, Some(remote)).await {
            Err(GitError::Failed { message, .. })
                if super::delivered::says_no_such_commit(&message) =>
            {
                Err(GitError::NoSuchCommit { sha: sha.clone() })
            }
            other => other.map(drop),
        }
    }

    /// The commits that lead to `after` and to none of `without`, oldest first. All of them must have been fetched.
    pub async fn commits(
        &self,
        dir: &Path,
        after: &CommitSha,
        without: &[CommitSha],
    ) -> Result<Vec<ReadCommit>, GitError> {
        let range = |format: &'static str, more: &[&'static str]| {
            let mut arguments = vec!["log", "--no-show-signature", "--reverse", "--topo-order"];
            arguments.extend([MOST_COMMITS, format]);
            arguments.extend(more);
            arguments.push(after.as_str());
            arguments.push("--not");
            arguments.extend(without.iter().map(CommitSha::as_str));
            arguments.push("--");
            arguments
        };
        let texts = self
            .run(
                dir,
                &range("--format=%H%x00%an%x00%cI%x00%B%x00%x01", &[]),
                None,
            )
            .await?;
        let files = self
            .run(
                dir,
                &range("--format=%x01%H", &["-z", "--name-status", "--no-renames"]),
                None,
            )
            .await?;
        let mut commits = texts
            .split("\0\u{1}")
            .map(str::trim_start)
            .filter(|entry| !entry.is_empty())
            .map(parse)
            .collect::<Result<Vec<ReadCommit>, GitError>>()?;
        fill(&mut commits, &files);
        Ok(commits)
    }
}

fn odd(what: &str) -> GitError {
    GitError::Odd {
        command: "log".into(),
        what: what.chars().take(200).collect(),
    }
}

fn parse(entry: &str) -> Result<ReadCommit, GitError> {
    let parts: Vec<&str> = entry.splitn(4, '\0').collect();
    let [sha, author, committed_at, message] = parts[..] else {
        return Err(odd(entry));
    };
    Ok(ReadCommit {
        sha: sha.parse().map_err(|_| odd(entry))?,
        message: message.trim_end_matches('\n').to_owned(),
        author: author.to_owned(),
        committed_at: committed_at.parse().ok(),
        added: Vec::new(),
        modified: Vec::new(),
        removed: Vec::new(),
    })
}

/// Reads `--name-status -z`: after each commit's line pairs of a letter and a path.
fn fill(commits: &mut [ReadCommit], files: &str) {
    let mut words = files.split('\0').map(|word| word.trim_start_matches('\n'));
    let mut at: Option<usize> = None;
    while let Some(word) = words.next() {
        if let Some(sha) = word.strip_prefix('\u{1}') {
            let sha = sha.trim_end();
            at = commits.iter().position(|commit| commit.sha.as_str() == sha);
            continue;
        }
        if word.is_empty() {
            continue;
        }
        let (Some(commit), Some(path)) = (at.and_then(|at| commits.get_mut(at)), words.next())
        else {
            return;
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
        let mut commits: Vec<ReadCommit> = ['a', 'b', 'c']
            .iter()
            .map(|digit| {
                parse(&format!(
                    "{}\0Ann\02026-03-02T10:00:00+01:00\0x\n",
                    sha(*digit)
                ))
                .unwrap()
            })
            .collect();
        let files = format!(
            "\u{1}{}\0\nA\0A\0M\0\u{1}odd name\0\u{1}{}\0\u{1}{}\0\nD\0gone.txt\0",
            sha('a'),
            sha('b'),
            sha('c')
        );
        fill(&mut commits, &files);
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
