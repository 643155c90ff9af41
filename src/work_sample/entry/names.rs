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
        if COMMON.contains(&lower.as_str()) {
            return None;
        }
        self.branches
            .iter()
            .chain(&self.tags)
            .map(|name| (distance(&name.to_lowercase(), &lower), name))
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

/// How many letters are to be changed, added, taken out or swapped with their neighbour; long words are not compared.
fn distance(one: &str, other: &str) -> usize {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    if one.len().abs_diff(other.len()) > 2 || one.len() > 100 {
        return usize::MAX;
    }
    let mut rows: Vec<Vec<usize>> = vec![(0..=other.len()).collect()];
    for i in 1..=one.len() {
        let mut row = vec![i];
        for j in 1..=other.len() {
            let change = usize::from(one[i - 1] != other[j - 1]);
            let mut least = (rows[i - 1][j] + 1)
                .min(row[j - 1] + 1)
                .min(rows[i - 1][j - 1] + change);
            if i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[one.len()][other.len()]
}
