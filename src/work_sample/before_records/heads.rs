//! Which commit a delivery meant, as format 1 found it: the one it named, or the head of its pull request or of the default
//! branch at its time.

use chrono::SubsecRound as _;

use super::end_of_second;
use super::texts::Declared;
use crate::clock::Timestamp;
use crate::ids::CommitSha;
use crate::work_sample::event::{EventBody, Happening};
use crate::work_sample::model::WorkSample;
use crate::work_sample::parts::{CommitClaim, Place};

/// A push, as far as it tells where a branch stood.
#[derive(Clone, Copy)]
pub(super) struct Push<'e> {
    at: Timestamp,
    git_ref: &'e str,
    before: &'e CommitSha,
    after: &'e CommitSha,
    commits: &'e [CommitClaim],
}

/// A commit that stood at the head of a branch or pull request from a moment on.
struct Head<'e> {
    at: Timestamp,
    sha: &'e CommitSha,
}

/// Pushes by time; those of one second in the order in which each builds on the one before.
pub(super) fn pushes<'e>(facts: &[&'e Happening]) -> Vec<Push<'e>> {
    let mut pushes: Vec<Push<'e>> = facts
        .iter()
        .filter_map(|fact| match &fact.body {
            EventBody::Pushed {
                git_ref,
                before,
                after,
                commits,
                ..
            } => Some(Push {
                at: fact.occurred_at,
                git_ref,
                before,
                after,
                commits,
            }),
            _ => None,
        })
        .collect();
    pushes
        .chunk_by_mut(|one, next| one.at == next.at)
        .for_each(chain);
    pushes
}

/// Puts every push behind the one that it builds on, where both are there; where pushes go in a circle, they stay as
/// they are.
fn chain(pushes: &mut [Push<'_>]) {
    for done in 0..pushes.len() {
        let next = (done..pushes.len()).find(|&one| {
            !(done..pushes.len()).any(|other| {
                other != one
                    && pushes[other].git_ref == pushes[one].git_ref
                    && pushes[other].after == pushes[one].before
            })
        });
        if let Some(next) = next {
            pushes[done..=next].rotate_right(1);
        }
    }
}

/// The commit that a declared delivery meant.
pub(super) fn commit_of(
    ws: &WorkSample,
    facts: &[&Happening],
    pushes: &[Push<'_>],
    declared: &Declared,
) -> Option<CommitSha> {
    match &declared.commit {
        Some(named) => by_name(ws, pushes, named),
        None => head_for(ws, facts, pushes, declared),
    }
}

/// A full SHA was taken at its word; a shortened one had to be the beginning of one commit that was pushed.
fn by_name(ws: &WorkSample, pushes: &[Push<'_>], named: &str) -> Option<CommitSha> {
    let after_freeze = |sha: &CommitSha| {
        let pushed = |push: &&Push<'_>| {
            push.after == sha || push.commits.iter().any(|commit| &commit.sha == sha)
        };
        let first = pushes.iter().find(pushed).map(|push| push.at);
        first.is_some_and(|first| no_later_than(ws, first) < first)
    };
    if let Ok(sha) = named.parse() {
        return (!after_freeze(&sha)).then_some(sha);
    }
    let mut known: Vec<&CommitSha> = pushes
        .iter()
        .flat_map(|push| {
            std::iter::once(push.after).chain(push.commits.iter().map(|commit| &commit.sha))
        })
        .chain(&ws.provisioning.first_commit)
        .filter(|sha| sha.as_str().starts_with(named) && !sha.is_zero() && !after_freeze(sha))
        .collect();
    known.sort();
    known.dedup();
    match known.as_slice() {
        [only] => Some((*only).clone()),
        [] | [_, _, ..] => None,
    }
}

/// The latest moment whose pushes a delivery at `at` could mean.
pub(super) fn no_later_than(ws: &WorkSample, at: Timestamp) -> Timestamp {
    ws.end
        .frozen
        .as_ref()
        .map_or(at, |frozen| at.min(frozen.at).min(frozen.due_at))
}

fn head_for(
    ws: &WorkSample,
    facts: &[&Happening],
    pushes: &[Push<'_>],
    declared: &Declared,
) -> Option<CommitSha> {
    let at = no_later_than(ws, declared.at);
    let number = declared.place.number();
    let heads = pull_heads(facts, pushes, number);
    let on_pull = matches!(declared.place, Place::PullRequest { .. })
        || !heads.is_empty()
        || declared.html_url.contains(&format!("/pull/{number}#"));
    if on_pull {
        last_before(heads, at)
    } else {
        default_head(ws, pushes, at)
    }
}

/// Every commit that was the head of a pull request, in order of time.
fn pull_heads<'e>(facts: &[&'e Happening], pushes: &[Push<'e>], number: u64) -> Vec<Head<'e>> {
    let mut heads = Vec::new();
    let mut branch = None;
    for fact in facts {
        match &fact.body {
            EventBody::TextCreated {
                place: Place::PullRequest { number: of },
                pull: Some(pull),
                ..
            } if *of == number => {
                branch = Some(pull.git_ref.as_str());
                heads.push(Head {
                    at: fact.occurred_at,
                    sha: &pull.sha,
                });
            }
            EventBody::TextSeen {
                place: Place::PullRequest { number: of },
                pull: Some(pull),
                created_at,
                ..
            } if *of == number && branch.is_none() => {
                branch = Some(pull.git_ref.as_str());
                heads.push(Head {
                    at: *created_at,
                    sha: &pull.sha,
                });
            }
            EventBody::PullRequestHead {
                number: of, sha, ..
            } if *of == number => heads.push(Head {
                at: fact.occurred_at,
                sha,
            }),
            _ => {}
        }
    }
    // Pushes come last among equals.
    heads.extend(
        branch
            .into_iter()
            .flat_map(|branch| branch_heads(pushes, branch)),
    );
    heads.sort_by_key(|head| head.at.trunc_subsecs(0));
    heads
}

fn branch_heads<'e>(pushes: &[Push<'e>], branch: &str) -> Vec<Head<'e>> {
    pushes
        .iter()
        .filter(|push| push.git_ref == branch && !push.after.is_zero())
        .map(|push| Head {
            at: push.at,
            sha: push.after,
        })
        .collect()
}

/// The head of the default branch at a moment: the last push to it, else the first commit.
pub(super) fn default_head(
    ws: &WorkSample,
    pushes: &[Push<'_>],
    at: Timestamp,
) -> Option<CommitSha> {
    let name = ws
        .provisioning
        .repository
        .as_ref()
        .map_or("main", |repository| repository.default_branch.as_str());
    let heads = branch_heads(pushes, &format!("refs/heads/{name}"));
    last_before(heads, at).or_else(|| ws.provisioning.first_commit.clone())
}

fn last_before(heads: Vec<Head<'_>>, at: Timestamp) -> Option<CommitSha> {
    let end = end_of_second(at);
    heads
        .into_iter()
        .rfind(|head| head.at < end)
        .map(|head| head.sha.clone())
}
