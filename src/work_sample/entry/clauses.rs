//! Clauses named in a text: `R3`, `N1`, as words of their own.

use crate::ids::ClauseId;

/// The clauses that a title and a text name, in order of first mention, each once.
pub fn clauses(title: &str, text: &str) -> Vec<ClauseId> {
    let mut found = Vec::new();
    for part in [title, text] {
        for id in named_in(part) {
            if !found.contains(&id) {
                found.push(id);
            }
        }
    }
    found
}

fn named_in(text: &str) -> impl Iterator<Item = ClauseId> + '_ {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .filter_map(|word| word.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(title: &str, text: &str) -> Vec<String> {
        clauses(title, text).into_iter().map(String::from).collect()
    }

    #[test]
    fn clauses_are_found_as_whole_words_in_order_of_first_mention() {
        assert_eq!(
            names("Question: R3?", "See N1, (R12) and R3-R4; again R12."),
            ["R3", "N1", "R12", "R4"]
        );
    }

    #[test]
    fn parts_of_other_words_are_no_clauses() {
        assert!(names("", "CR3 R3b R_1 XN1 R R1234 r3 ÄR1 R1ß").is_empty());
    }
}
