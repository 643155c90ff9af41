//! How findings speak of things, and how they recognise what a text is about.

use chrono::Duration;

use crate::clock::span_for_people;
use crate::ids::ClauseId;
use crate::spec::{Gap, Spec};
use crate::work_sample::{Entry, entry};

/// `question “Which status?”`: the kind of an entry and its title, or the beginning of its text.
pub(super) fn name(one: &Entry) -> String {
    format!("{} {}", one.kind.in_words(), quoted(one))
}

/// `“Which status?”`
pub(super) fn quoted(one: &Entry) -> String {
    let title = one.title.trim();
    let reading = entry::read(&one.text);
    let content = reading.content(one.kind);
    let own_words = if title.is_empty() {
        content
            .lines()
            .map(|line| line.trim_start_matches('#').trim())
            .find(|line| !line.is_empty())
            .unwrap_or("(no text)")
    } else {
        ["Question:", "Progress:", "Decision:"]
            .iter()
            .find_map(|prefix| title.strip_prefix(prefix))
            .map_or(title, str::trim)
    };
    format!("“{}”", shortened(own_words, 60))
}

fn shortened(text: &str, most: usize) -> String {
    let mut characters = text.chars();
    let start: String = characters.by_ref().take(most).collect();
    if characters.next().is_none() {
        start
    } else {
        format!("{}…", start.trim_end())
    }
}

/// `1 question`, `2 questions`.
pub(super) fn count(number: usize, one: &str) -> String {
    if number == 1 {
        format!("1 {one}")
    } else {
        format!("{number} {one}s")
    }
}

/// `a, b and c`.
pub(super) fn list<T: AsRef<str>>(items: &[T]) -> String {
    match items {
        [] => String::new(),
        [only] => only.as_ref().to_owned(),
        [start @ .., last] => {
            let start: Vec<&str> = start.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", start.join(", "), last.as_ref())
        }
    }
}

pub(super) fn ids<'c>(clauses: impl IntoIterator<Item = &'c ClauseId>) -> String {
    let ids: Vec<&str> = clauses.into_iter().map(ClauseId::as_str).collect();
    list(&ids)
}

pub(super) fn span(span: Duration) -> String {
    if span < Duration::minutes(1) {
        "less than a minute".to_owned()
    } else {
        span_for_people(span)
    }
}

/// The clauses of this spec that an entry names, in its form's part for them or in its words.
pub(super) fn clauses_of(spec: &Spec, one: &Entry) -> Vec<ClauseId> {
    let mut found: Vec<ClauseId> = Vec::new();
    // In the part that asks for a clause, `r3` can mean nothing else.
    let in_its_part = one.sections.clause.as_deref().unwrap_or_default();
    let named = entry::clauses("", &in_its_part.to_uppercase());
    for clause in named.into_iter().chain(one.clauses.iter().cloned()) {
        if spec.clause(&clause).is_some() && !found.contains(&clause) {
            found.push(clause);
        }
    }
    found
}

/// How an entry touches a gap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Touch {
    pub clauses: Vec<ClauseId>,
    /// The gap's words that occur.
    pub words: Vec<String>,
    /// Is it about the gap, or only about the same clause?
    pub about: bool,
}

impl Touch {
    /// `by R3 and the word “expire”`
    pub fn how(&self) -> String {
        let mut by = Vec::new();
        if !self.clauses.is_empty() {
            by.push(ids(&self.clauses));
        }
        let words: Vec<String> = self.words.iter().map(|word| format!("“{word}”")).collect();
        match words.as_slice() {
            [] => {}
            [one] => by.push(format!("the word {one}")),
            several => by.push(format!("the words {}", list(several))),
        }
        format!("by {}", list(&by))
    }
}

/// Does an entry touch a gap? By the gap's words; a shared clause alone makes it about the gap only where the gap has no
/// words to tell by.
pub(super) fn touches(spec: &Spec, gap: &Gap, one: &Entry) -> Option<Touch> {
    let clauses: Vec<ClauseId> = clauses_of(spec, one)
        .into_iter()
        .filter(|clause| gap.clauses.contains(clause))
        .collect();
    let text = plain(&format!("{}\n{}", one.title, one.text));
    let words: Vec<String> = gap
        .words
        .iter()
        .filter(|word| begins_a_word(&text, &plain(word)))
        .cloned()
        .collect();
    let about = !words.is_empty() || (gap.words.is_empty() && !clauses.is_empty());
    (about || !clauses.is_empty()).then_some(Touch {
        clauses,
        words,
        about,
    })
}

fn plain(text: &str) -> String {
    text.to_lowercase()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

/// Does `word` occur where a word begins? `expire` is found in `expires`, not in `unexpired`.
pub(super) fn begins_a_word(text: &str, word: &str) -> bool {
    !word.is_empty()
        && text.match_indices(word).any(|(start, _)| {
            text[..start]
                .chars()
                .next_back()
                .is_none_or(|before| !before.is_alphanumeric())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gaps_word_is_found_at_the_beginning_of_a_word_only() {
        assert!(begins_a_word("a key expires", "expire"));
        assert!(begins_a_word("(expire)", "expire"));
        assert!(!begins_a_word("unexpired keys", "expire"));
        assert!(!begins_a_word("anything", ""));
    }

    #[test]
    fn lists_and_long_titles_are_written_for_people() {
        assert_eq!(list(&["a", "b", "c"]), "a, b and c");
        assert_eq!(count(1, "push"), "1 push");
        assert_eq!(shortened("åäö åäö", 3), "åäö…");
    }
}
