//! Vague words: each one is a question that a candidate will have to ask.

use super::super::brief::Line;
use super::{Brief, Problem, at, brief, codes};

/// A vague word and what to write in its place.
const VAGUE: &[(&str, &str)] = &[
    ("etc.", "list all of them"),
    ("etc", "list all of them"),
    ("and so on", "list all of them"),
    ("and so forth", "list all of them"),
    ("and the like", "list all of them"),
    ("as needed", "say when it is needed"),
    ("as necessary", "say when it is necessary"),
    ("if necessary", "say when it is necessary"),
    ("where appropriate", "say where"),
    ("as appropriate", "say when"),
    (
        "appropriate",
        "say what fits, or mark it as the candidate's to decide",
    ),
    ("appropriately", "say how"),
    ("reasonable", "say what limit is meant"),
    ("reasonably", "say what limit is meant"),
    ("robust", "name the failures it must withstand"),
    ("robustly", "name the failures it must withstand"),
    ("user-friendly", "say what a user must be able to do"),
    ("user friendly", "say what a user must be able to do"),
    ("easy to use", "say what a user must be able to do"),
    ("intuitive", "say what a user must be able to do"),
    ("simple", "say what it must not contain"),
    ("seamless", "say what nobody may notice"),
    ("flexible", "say what must be possible to change"),
    ("scalable", "give the load and the limit"),
    ("performant", "give a number and how it is measured"),
    ("efficient", "give a number and how it is measured"),
    ("efficiently", "give a number and how it is measured"),
    ("fast", "give a number and how it is measured"),
    ("quickly", "give a number and how it is measured"),
    ("high quality", "say how a reviewer tells"),
    ("high-quality", "say how a reviewer tells"),
    ("best practices", "name the practice"),
    ("state of the art", "say what is meant"),
    ("state-of-the-art", "say what is meant"),
    ("production-ready", "name what production needs"),
    ("world-class", "say what is meant"),
    ("clean code", "say how a reviewer tells"),
    ("nice to have", "make it a requirement or a non-goal"),
    ("nice-to-have", "make it a requirement or a non-goal"),
    ("ideally", "make it a requirement or a non-goal"),
    ("if possible", "say when it is required"),
    ("if time permits", "make it a requirement or a non-goal"),
    ("tbd", "decide it, or make it a gap"),
    ("tba", "decide it, or make it a gap"),
    ("todo", "decide it, or make it a gap"),
    ("to be determined", "decide it, or make it a gap"),
    ("to be decided", "decide it, or make it a gap"),
];

/// The vague words of the brief's prose; code is left alone.
pub(super) fn vague(brief: &Brief) -> Vec<Problem> {
    let mut problems = Vec::new();
    for line in Line::all(&brief.text).filter(|line| !line.in_code) {
        let prose = without_code(line.text).to_lowercase();
        let mut taken: Vec<(usize, usize)> = Vec::new();
        for (word, remedy) in VAGUE {
            for start in word_positions(&prose, word) {
                let end = start + word.len();
                // "etc." is one finding, not one for "etc." and one for "etc".
                if taken.iter().any(|(from, to)| *from <= start && end <= *to) {
                    continue;
                }
                taken.push((start, end));
                problems.push(Problem::warning(
                    codes::VAGUE,
                    at(brief::FILE, line.number),
                    format!("`{word}` can mean anything"),
                    *remedy,
                ));
            }
        }
    }
    problems
}

/// The line with its inline code blanked out.
fn without_code(line: &str) -> String {
    line.split('`')
        .enumerate()
        .map(|(index, part)| {
            if index % 2 == 0 {
                part.to_owned()
            } else {
                " ".repeat(part.len())
            }
        })
        .collect::<Vec<_>>()
        .join(" ")
}

/// Where `word` stands in `text` as a word of its own. Both are compared as they are.
pub(super) fn word_positions(text: &str, word: &str) -> Vec<usize> {
    let part_of_word = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    text.match_indices(word)
        .filter(|(start, _)| {
            let before = text[..*start].chars().next_back();
            let after = text[start + word.len()..].chars().next();
            let open_end = word.ends_with('.');
            !before.is_some_and(part_of_word) && (open_end || !after.is_some_and(part_of_word))
        })
        .map(|(start, _)| start)
        .collect()
}
