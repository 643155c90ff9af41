//! The names that the words of a delivery are compared with.

use std::collections::BTreeSet;

/// The names of a work sample's repository, its branches and its tags.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// `owner/name`, with former ones.
    pub repositories: BTreeSet<String>,
    pub branches: BTreeSet<String>,
    pub tags: BTreeSet<String>,
}

impl Names {
    pub(super) fn has(&self, name: &str) -> bool {
        self.branches.contains(name) || self.tags.contains(name)
    }

    /// The branch or tag that is called so, or the only one that is but for upper and lower case.
    pub(super) fn known(&self, word: &str) -> Option<&str> {
        let mut alike = self
            .branches
            .iter()
            .chain(self.tags.difference(&self.branches))
            .filter(|name| name.eq_ignore_ascii_case(word));
        let first = alike.next();
        match self.has(word) {
            true => self
                .branches
                .get(word)
                .or_else(|| self.tags.get(word))
                .map(String::as_str),
            false => first.filter(|_| alike.next().is_none()).map(String::as_str),
        }
    }

    /// The known branch or tag that a word is nearly equal to: one letter off for names of up to four letters, else two.
    pub fn near(&self, word: &str) -> Option<&str> {
        let lower = word.to_lowercase();
        if COMMON.contains(&lower.as_str()) || lower.len() > LONGEST_COMPARED {
            return None;
        }
        self.branches
            .iter()
            .chain(&self.tags)
            .take(MOST_COMPARED)
            .filter(|name| name.len().abs_diff(lower.len()) <= 8)
            .map(|name| (strsim::osa_distance(&name.to_lowercase(), &lower), name))
            .filter(|(distance, name)| *distance <= if name.chars().count() <= 4 { 1 } else { 2 })
            .min()
            .map(|(_, name)| name.as_str())
    }

    pub(super) fn is_ours(&self, owner: &str, name: &str) -> bool {
        let name = name.strip_suffix(".git").unwrap_or(name);
        self.repositories
            .iter()
            .any(|one| one.eq_ignore_ascii_case(&format!("{owner}/{name}")))
    }
}

/// So many names are compared with a word, and words up to so many bytes: others wrote both.
const MOST_COMPARED: usize = 200;
const LONGEST_COMPARED: usize = 100;

/// Words that people write behind a command, however near to the name of a branch.
const COMMON: [&str; 16] = [
    "again",
    "all",
    "any",
    "done",
    "every",
    "everything",
    "fine",
    "good",
    "here",
    "man",
    "mine",
    "ready",
    "thanks",
    "them",
    "today",
    "word",
];
