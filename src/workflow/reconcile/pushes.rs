//! Pushes: the repository's activity tells each move of a branch with both commits, who moved it and when, force pushes
//! included. What the activity does not tell, the commits that came with a push, is read with git, which costs no REST call.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use chrono::Duration;

use super::{Look, account};
use crate::clock::Timestamp;
use crate::git::{GitError, ReadCommit, ReadCommits};
use crate::github::SeenPush;
use crate::ids::CommitSha;
use crate::work_sample::settle::{Move, listed_moves};
use crate::work_sample::{CommitClaim, EventBody, Happening, Occurrence, key};
use crate::workflow::WorkflowError;
use crate::workflow::provision::remote;

/// As long as GitHub can send a webhook again, a push whose commits cannot be read is left to it.
const REDELIVERABLE_DAYS: i64 = 3;

/// A push that the log lacks, and which commits were known to GitHub before it.
struct Missed<'p> {
    push: &'p SeenPush,
    known: Vec<CommitSha>,
}

impl Look<'_> {
    pub(super) async fn at_pushes(&mut self) -> Result<(), WorkflowError> {
        let name = self.name().to_owned();
        let Some(mut pushes) = self.lookout.pushes(&name).await? else {
            return Ok(());
        };
        pushes.reverse();
        let known = self
            .work_sample
            .pushes
            .iter()
            .map(|push| ((push.git_ref.as_str(), &push.before, &push.after), push.at));
        let missed = missed(&pushes, known);
        if missed.is_empty() {
            return Ok(());
        }
        let folder = tempfile::Builder::new()
            .prefix("missed-pushes-")
            .tempdir_in(&self.services.scratch)
            .map_err(GitError::Io)?;
        let mut found = Vec::new();
        let mut left = false;
        self.services.git.init_bare(folder.path()).await?;
        for Missed { push, known } in missed {
            let read = match self.commits(folder.path(), push, &known).await? {
                Some(read) => read,
                None if self.services.now() - push.timestamp
                    < Duration::days(REDELIVERABLE_DAYS) =>
                {
                    left = true;
                    continue;
                }
                None => ReadCommits::default(),
            };
            found.push(Happening {
                key: key::pushed(&push.git_ref, &push.before, &push.after),
                actor: account(push.actor.as_ref()),
                occurred_at: push.timestamp,
                body: EventBody::Pushed {
                    git_ref: push.git_ref.clone(),
                    before: push.before.clone(),
                    after: push.after.clone(),
                    forced: push.activity_type == "force_push",
                    commits: read.commits.into_iter().map(claim).collect(),
                    cut: read.cut,
                    occurrence: Occurrence::FIRST,
                },
            });
        }
        self.found.extend(found);
        if left {
            self.lookout.look_at_pushes_again(&name);
        }
        Ok(())
    }

    /// The commits of a push; `None` where GitHub does not have them any more. Commits that cannot be read, or are more
    /// than anybody reads, must not keep the push itself from being known.
    async fn commits(
        &self,
        folder: &Path,
        push: &SeenPush,
        known: &[CommitSha],
    ) -> Result<Option<ReadCommits>, WorkflowError> {
        if push.after.is_zero() {
            return Ok(Some(ReadCommits::default()));
        }
        let unread = |error: &GitError| {
            tracing::warn!(work_sample = %self.work_sample.id, after = %push.after, %error, "a push is noted without its commits");
            Ok(Some(ReadCommits {
                commits: Vec::new(),
                cut: true,
            }))
        };
        let git = &self.services.git;
        let remote = remote(self.github, &self.repository).await?;
        for sha in std::iter::once(&push.after).chain(known) {
            match git.fetch_history(folder, &remote, sha).await {
                Ok(()) => {}
                Err(GitError::NoSuchCommit { .. }) => return Ok(None),
                Err(error @ GitError::TooMuch { .. }) => return unread(&error),
                Err(error) => return Err(error.into()),
            }
        }
        match git.commits(folder, &push.after, known).await {
            Ok(read) => Ok(Some(read)),
            // All of it is here, so another try would say the same.
            Err(
                error @ (GitError::Odd { .. }
                | GitError::TooMuch { .. }
                | GitError::TimedOut { .. }
                | GitError::Failed { .. }),
            ) => unread(&error),
            Err(error) => Err(error.into()),
        }
    }
}

/// The pushes, oldest first, of which the log may lack one: where it lacks one of several like moves, all of them, so that
/// `record` can tell which. A new branch brings what no branch had; an old one what it did not have itself.
fn missed<'p>(
    pushes: &'p [SeenPush],
    known: impl Iterator<Item = (Move<'p>, Timestamp)>,
) -> Vec<Missed<'p>> {
    let listed = pushes.iter().map(|push| {
        let of = (push.git_ref.as_str(), &push.before, &push.after);
        (of, push.timestamp)
    });
    let lacking: BTreeSet<usize> = listed_moves(known, listed)
        .into_iter()
        .filter(|(_, lacks)| *lacks)
        .flat_map(|(places, _)| places)
        .collect();
    let mut branches: BTreeMap<&str, &CommitSha> = BTreeMap::new();
    let mut missed = Vec::new();
    for (place, push) in pushes.iter().enumerate() {
        if lacking.contains(&place) {
            let known = if push.before.is_zero() {
                let distinct: BTreeSet<&CommitSha> = branches.values().copied().collect();
                distinct.into_iter().cloned().collect()
            } else {
                vec![push.before.clone()]
            };
            missed.push(Missed { push, known });
        }
        if push.after.is_zero() {
            branches.remove(push.git_ref.as_str());
        } else {
            branches.insert(&push.git_ref, &push.after);
        }
    }
    missed
}

fn claim(commit: ReadCommit) -> CommitClaim {
    CommitClaim {
        sha: commit.sha,
        message: commit.message,
        author: commit.author,
        authored_at: commit.committed_at,
        added: commit.added,
        modified: commit.modified,
        removed: commit.removed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sha(digit: char) -> CommitSha {
        digit.to_string().repeat(40).parse().unwrap()
    }

    fn push(branch: &str, before: char, after: char) -> SeenPush {
        SeenPush {
            before: sha(before),
            after: sha(after),
            git_ref: format!("refs/heads/{branch}"),
            timestamp: "2026-03-02T09:00:00Z".parse().unwrap(),
            activity_type: "push".into(),
            actor: None,
        }
    }

    #[test]
    fn a_new_branch_is_measured_against_the_branches_of_its_time_and_an_old_one_against_itself() {
        let pushes = [
            push("main", '0', 'a'),
            push("work", '0', 'b'),
            push("main", 'a', 'c'),
            push("work", 'b', '0'),
            push("late", '0', 'd'),
        ];
        let (before, after) = (sha('a'), sha('c'));
        let told = (("refs/heads/main", &before, &after), pushes[2].timestamp);
        let missed = missed(&pushes, [told].into_iter());
        let seen: Vec<_> = missed
            .iter()
            .map(|one| (one.push.after.clone(), one.known.clone()))
            .collect();
        assert_eq!(
            seen,
            [
                (sha('a'), vec![]),
                (sha('b'), vec![sha('a')]),
                (sha('0'), vec![sha('b')]),
                (sha('d'), vec![sha('c')]),
            ]
        );
    }
}
