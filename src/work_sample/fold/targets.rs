//! Which commit the words behind a `/deliver` mean, by the facts that are known. A pure function, so it is the same whichever
//! webhook came first.
//!
//! A branch, a tag or a pull request is taken at the commit that it stood at when the words were written. GitHub's times have
//! whole seconds; a push in the same second counts as before the words, for nobody delivers first and pushes after. What is
//! pushed after the work was frozen is a fact and no delivery.

use chrono::{SubsecRound, TimeDelta};

use super::texts::Declared;
use crate::clock::Timestamp;
use crate::ids::CommitSha;
use crate::work_sample::declaration::{Resolution, Target};
use crate::work_sample::entry::{self, Names};
use crate::work_sample::event::{Event, EventBody, Happening};
use crate::work_sample::model::{Push, WorkSample};
use crate::work_sample::parts::Place;

/// A commit that stood at the head of a branch or pull request from a moment on; `None` once the branch was deleted.
#[derive(Clone, Copy)]
struct Head<'e> {
    at: Timestamp,
    sha: Option<&'e CommitSha>,
}

/// What is known of the repository, for all declarations of a work sample.
pub(super) struct Known<'e> {
    ws: &'e WorkSample,
    facts: &'e [&'e Happening],
    names: Names,
}

impl<'e> Known<'e> {
    pub fn of(ws: &'e WorkSample, facts: &'e [&'e Happening], log: &[&Event]) -> Known<'e> {
        let mut names = Names::default();
        if ws.provisioning.repository.is_some() {
            names.branches.insert(default_branch(ws).to_owned());
        }
        names.repositories.extend(
            ws.provisioning
                .repository
                .iter()
                .map(|one| one.full_name.clone()),
        );
        for event in log {
            match &event.happening.body {
                EventBody::RepositoryCreated { repository } => {
                    names.repositories.insert(repository.full_name.clone());
                }
                EventBody::RepositoryChanged { full_name, .. }
                | EventBody::RepositorySeen { full_name, .. } => {
                    names.repositories.insert(full_name.clone());
                }
                EventBody::TextCreated {
                    pull: Some(pull), ..
                }
                | EventBody::TextSeen {
                    pull: Some(pull), ..
                } => {
                    names
                        .branches
                        .extend(pull.git_ref.strip_prefix(BRANCH).map(str::to_owned));
                }
                _ => {}
            }
        }
        for push in &ws.pushes {
            let (branch, tag) = (
                push.git_ref.strip_prefix(BRANCH),
                push.git_ref.strip_prefix(TAG),
            );
            names.branches.extend(branch.map(str::to_owned));
            names.tags.extend(tag.map(str::to_owned));
        }
        Known { ws, facts, names }
    }

    /// What a declaration names, and which commit that is.
    pub fn resolve(&self, declared: &Declared) -> (Target, Resolution) {
        let mut targets: Vec<Target> = Vec::new();
        for said in &declared.said {
            let target = entry::target(&said.words, said.next_line.as_deref(), &self.names);
            if !targets.contains(&target) {
                targets.push(target);
            }
        }
        let target = match targets.len() {
            0 => Target::Head { word: None },
            1 => targets.remove(0),
            _ => Target::Several { targets },
        };
        let resolution = self.commit_of(&target, declared);
        (target, resolution)
    }

    /// The head of the default branch at a moment: the last push to it, else the first commit.
    pub fn default_head(&self, at: Timestamp) -> Option<CommitSha> {
        default_before(self.ws, no_later_than(self.ws, at))
    }

    fn commit_of(&self, target: &Target, declared: &Declared) -> Resolution {
        let at = no_later_than(self.ws, declared.at);
        match target {
            Target::Head { .. } => self
                .head_for(declared, at)
                .map_or(Resolution::NoPushYet, Resolution::Resolved),
            Target::Commit { sha } => self.by_sha(sha),
            Target::Branch { name } => self.branch(name, at),
            Target::Tag { name } => self.tag(name, at),
            Target::Name { name } => {
                if self.names.branches.contains(name) {
                    self.branch(name, at)
                } else if self.names.tags.contains(name) {
                    self.tag(name, at)
                } else {
                    self.not_known("branch or tag", name)
                }
            }
            Target::PullRequest { number } => self.pull_request(*number, at),
            Target::Starter => match &self.ws.provisioning.first_commit {
                Some(first) => Resolution::Resolved(first.clone()),
                None => Resolution::NotKnown {
                    why: "the first commit has not been pushed yet".to_owned(),
                },
            },
            Target::Other { what } => Resolution::Unresolved { why: what.clone() },
            Target::Several { targets } => self.several(targets, declared),
        }
    }

    /// Several targets are one where all of them are the same commit.
    fn several(&self, targets: &[Target], declared: &Declared) -> Resolution {
        let mut found = targets.iter().map(|one| self.commit_of(one, declared));
        match found.next() {
            Some(first @ Resolution::Resolved(_)) if found.all(|one| one == first) => first,
            _ => Resolution::Unresolved {
                why: "more than one commit, branch, tag or pull request is named".to_owned(),
            },
        }
    }

    /// A shortened SHA has to be the beginning of one commit that was pushed.
    fn by_sha(&self, named: &str) -> Resolution {
        let ws = self.ws;
        let after_freeze = |sha: &CommitSha| was_pushed_too_late(ws, sha);
        if let Ok(sha) = named.parse::<CommitSha>() {
            return if after_freeze(&sha) {
                let why = format!("{} was pushed after the due time", sha.short());
                Resolution::Unresolved { why }
            } else if sha.is_zero() {
                let why = format!("{} is no commit", sha.short());
                Resolution::Unresolved { why }
            } else if self.is_known(&sha) {
                Resolution::Resolved(sha)
            } else {
                // It may have been pushed unseen: GitHub is asked before it is recorded.
                let why = format!("no commit {} was pushed", sha.short());
                Resolution::NotKnown { why }
            };
        }
        if named.len() < 7 {
            let why = format!("{named} is too short for a commit: at least 7 digits are needed");
            return Resolution::Unresolved { why };
        }
        let mut known: Vec<&CommitSha> = ws
            .pushes
            .iter()
            .flat_map(|push| {
                std::iter::once(&push.after).chain(push.commits.iter().map(|commit| &commit.sha))
            })
            .chain(&ws.provisioning.first_commit)
            .filter(|sha| sha.as_str().starts_with(named) && !sha.is_zero())
            .collect();
        known.sort();
        known.dedup();
        let (late, known): (Vec<&CommitSha>, Vec<&CommitSha>) =
            known.into_iter().partition(|sha| after_freeze(sha));
        if let (Some(late), []) = (late.first(), known.as_slice()) {
            let why = format!("{} was pushed after the due time", late.short());
            return Resolution::Unresolved { why };
        }
        match known.as_slice() {
            [only] => Resolution::Resolved((*only).clone()),
            [] => Resolution::NotKnown {
                why: format!("no commit that was pushed begins with {named}"),
            },
            [_, _, ..] => Resolution::Unresolved {
                why: format!("{} commits begin with {named}", known.len()),
            },
        }
    }

    fn branch(&self, name: &str, at: Timestamp) -> Resolution {
        let is_default = name == default_branch(self.ws);
        if !is_default && !self.names.branches.contains(name) {
            return self.not_known("branch", name);
        }
        if is_default {
            return default_before(self.ws, at).map_or(Resolution::NoPushYet, Resolution::Resolved);
        }
        let git_ref = format!("{BRANCH}{name}");
        let mut heads = self.pull_heads_of_branch(&git_ref);
        heads.extend(branch_heads(self.ws, &git_ref));
        heads.sort_by_key(|head| head.at.trunc_subsecs(0));
        match last_before(&heads, at).map(|head| head.sha) {
            Some(Some(sha)) => Resolution::Resolved(sha.clone()),
            Some(None) => Resolution::Unresolved {
                why: format!("the branch `{name}` had been deleted"),
            },
            None => Resolution::Unresolved {
                why: format!("nothing had been pushed to the branch `{name}` by then"),
            },
        }
    }

    /// An annotated tag is pushed as an object of its own: only where the facts know the same commit by a branch, its tag is
    /// known to be one.
    fn tag(&self, name: &str, at: Timestamp) -> Resolution {
        if !self.names.tags.contains(name) {
            return self.not_known("tag", name);
        }
        let heads: Vec<Head<'_>> = branch_heads(self.ws, &format!("{TAG}{name}")).collect();
        match last_before(&heads, at).map(|head| head.sha) {
            Some(Some(sha)) if self.is_commit(sha) => Resolution::Resolved(sha.clone()),
            Some(Some(_)) => Resolution::NotKnown {
                why: format!("the commit of the tag `{name}` is not known yet"),
            },
            Some(None) => Resolution::Unresolved {
                why: format!("the tag `{name}` had been deleted"),
            },
            None => Resolution::Unresolved {
                why: format!("the tag `{name}` had not been pushed by then"),
            },
        }
    }

    /// Do the facts know it, as a commit or as the head of a pull request?
    fn is_known(&self, sha: &CommitSha) -> bool {
        let on_a_pull = |fact: &&Happening| match &fact.body {
            EventBody::TextCreated {
                pull: Some(pull), ..
            }
            | EventBody::TextSeen {
                pull: Some(pull), ..
            } => pull.sha == *sha,
            EventBody::PullRequestHead { sha: head, .. } => head == sha,
            _ => false,
        };
        self.is_commit(sha) || self.facts.iter().any(on_a_pull)
    }

    fn is_commit(&self, sha: &CommitSha) -> bool {
        self.ws.provisioning.first_commit.as_ref() == Some(sha)
            || self.ws.pushes.iter().any(|push| {
                push.git_ref.starts_with(BRANCH) && &push.after == sha
                    || push.commits.iter().any(|commit| &commit.sha == sha)
            })
    }

    fn not_known(&self, what: &str, name: &str) -> Resolution {
        let near = self
            .names
            .near(name)
            .filter(|near| *near != name)
            .map(|near| format!(" (there is `{near}`)"))
            .unwrap_or_default();
        let shown = entry::cut(name);
        Resolution::NotKnown {
            why: format!("no {what} is known as `{shown}`{near}"),
        }
    }

    fn pull_request(&self, number: u64, at: Timestamp) -> Resolution {
        let heads = self.pull_heads(number);
        let is_issue = self.facts.iter().any(|fact| match &fact.body {
            EventBody::TextCreated { place, .. } | EventBody::TextSeen { place, .. } => {
                *place == Place::Issue { number }
            }
            _ => false,
        });
        if is_issue || self.ws.provisioning.kickoff == Some(number) {
            let why = format!("#{number} is an issue, not a pull request");
            return Resolution::Unresolved { why };
        }
        if heads.is_empty() {
            let why = format!("no pull request is known as #{number}");
            return Resolution::NotKnown { why };
        }
        match last_standing(&heads, at) {
            Some(sha) => Resolution::Resolved(sha.clone()),
            None => Resolution::Unresolved {
                why: format!("the pull request #{number} had not been opened by then"),
            },
        }
    }

    fn head_for(&self, declared: &Declared, at: Timestamp) -> Option<CommitSha> {
        let number = declared.place.number();
        let heads = self.pull_heads(number);
        let on_pull = declared.place.is_on_pull_request()
            || !heads.is_empty()
            || declared.html_url.contains(&format!("/pull/{number}#"));
        if on_pull {
            last_standing(&heads, at).cloned()
        } else {
            default_before(self.ws, at)
        }
    }

    /// Every commit that was the head of a pull request, in order of time.
    fn pull_heads(&self, number: u64) -> Vec<Head<'e>> {
        let mut heads = Vec::new();
        let mut branch = None;
        for fact in self.facts {
            match &fact.body {
                EventBody::TextCreated {
                    place: Place::PullRequest { number: of },
                    pull: Some(pull),
                    ..
                } if *of == number => {
                    branch = Some(pull.git_ref.as_str());
                    heads.push(Head {
                        at: fact.occurred_at,
                        sha: Some(&pull.sha),
                    });
                }
                // Only one of both is needed; they say the same.
                EventBody::TextSeen {
                    place: Place::PullRequest { number: of },
                    pull: Some(pull),
                    created_at,
                    ..
                } if *of == number && branch.is_none() => {
                    branch = Some(pull.git_ref.as_str());
                    heads.push(Head {
                        at: *created_at,
                        sha: Some(&pull.sha),
                    });
                }
                EventBody::PullRequestHead {
                    number: of, sha, ..
                } if *of == number => {
                    heads.push(Head {
                        at: fact.occurred_at,
                        sha: Some(sha),
                    });
                }
                _ => {}
            }
        }
        // Pushes come last among equals: they have an order of their own, and say best what the branch came to.
        heads.extend(
            branch
                .into_iter()
                .flat_map(|branch| branch_heads(self.ws, branch)),
        );
        heads.sort_by_key(|head| head.at.trunc_subsecs(0));
        heads
    }

    /// What pull requests say of a branch, where its pushes are not known.
    fn pull_heads_of_branch(&self, git_ref: &str) -> Vec<Head<'e>> {
        self.facts
            .iter()
            .filter_map(|fact| match &fact.body {
                EventBody::TextCreated {
                    pull: Some(pull), ..
                } if pull.git_ref == git_ref => Some((fact.occurred_at, pull)),
                EventBody::TextSeen {
                    pull: Some(pull),
                    created_at,
                    ..
                } if pull.git_ref == git_ref => Some((*created_at, pull)),
                _ => None,
            })
            .map(|(at, pull)| Head {
                at,
                sha: Some(&pull.sha),
            })
            .collect()
    }
}

/// Was it pushed after the due time, once the work is frozen?
pub(super) fn was_pushed_too_late(ws: &WorkSample, sha: &CommitSha) -> bool {
    let pushed =
        |push: &&Push| &push.after == sha || push.commits.iter().any(|commit| &commit.sha == sha);
    let first = ws.pushes.iter().find(pushed).map(|push| push.at);
    first.is_some_and(|first| no_later_than(ws, first) < first)
}

/// The commit at the head of the default branch that a request to the API at `at` means.
pub(super) fn head_of_default_branch(ws: &WorkSample, at: Timestamp) -> Option<CommitSha> {
    default_before(ws, no_later_than(ws, at))
}

fn default_before(ws: &WorkSample, at: Timestamp) -> Option<CommitSha> {
    branch_before(ws, default_branch(ws), at).or(ws.provisioning.first_commit.clone())
}

pub(super) fn branch_before(ws: &WorkSample, branch: &str, at: Timestamp) -> Option<CommitSha> {
    let heads: Vec<Head<'_>> = branch_heads(ws, &format!("{BRANCH}{branch}")).collect();
    last_standing(&heads, at).cloned()
}

const BRANCH: &str = "refs/heads/";
const TAG: &str = "refs/tags/";

fn default_branch(ws: &WorkSample) -> &str {
    ws.provisioning
        .repository
        .as_ref()
        .map_or("main", |repository| repository.default_branch.as_str())
}

/// The latest moment whose pushes a delivery at `at` can mean: what is pushed after the due time is a fact and no delivery,
/// once the work is frozen, and however late that happened.
pub(super) fn no_later_than(ws: &WorkSample, at: Timestamp) -> Timestamp {
    ws.end
        .frozen
        .as_ref()
        .map_or(at, |frozen| at.min(frozen.at).min(frozen.due_at))
}

fn branch_heads<'e>(ws: &'e WorkSample, git_ref: &str) -> impl Iterator<Item = Head<'e>> {
    ws.pushes
        .iter()
        .filter(move |push| push.git_ref == git_ref)
        .map(|push| Head {
            at: push.at,
            sha: Some(&push.after).filter(|sha| !sha.is_zero()),
        })
}

fn last_before<'e>(heads: &[Head<'e>], at: Timestamp) -> Option<Head<'e>> {
    let end_of_second = at.trunc_subsecs(0) + TimeDelta::seconds(1);
    heads.iter().rfind(|head| head.at < end_of_second).copied()
}

/// The last commit before a moment, whatever became of the branch: a merged pull request often loses its branch.
fn last_standing<'e>(heads: &[Head<'e>], at: Timestamp) -> Option<&'e CommitSha> {
    let end_of_second = at.trunc_subsecs(0) + TimeDelta::seconds(1);
    heads
        .iter()
        .rev()
        .filter(|head| head.at < end_of_second)
        .find_map(|head| head.sha)
}
