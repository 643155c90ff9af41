//! Reviewer-only stays reviewer-only: nothing of the gaps, the hidden criteria or the reviewers' files can be read from
//! what the candidate gets.

use std::collections::BTreeMap;

use super::super::candidate::visible_criteria;
use super::words::word_positions;
use super::{Check, Place, Problem, at, brief, codes, whole};

/// Shorter texts are too ordinary to give anything away ("refuse it").
const TELLING_CHARACTERS: usize = 16;
/// Shorter files are alike by chance (an empty `__init__.py`, a `.gitignore`).
const TELLING_BYTES: usize = 80;

pub(super) fn check(check: &mut Check<'_>) {
    let readable = readable(check);
    let secrets = secrets(check);
    for text in &readable {
        for secret in &secrets {
            if let Some(problem) = secret.found_in(text) {
                check.problems.push(problem);
            }
        }
    }
    copied_files(check);
}

/// A text that reaches the candidate.
struct Readable {
    file: String,
    /// The line of `spec.toml` where it is a value of that file.
    value_line: Option<u32>,
    text: Folded,
    in_brief: bool,
}

impl Readable {
    fn new(file: &str, value_line: Option<u32>, text: &str) -> Readable {
        Readable {
            file: file.to_owned(),
            value_line,
            text: Folded::new(text),
            in_brief: file == brief::FILE,
        }
    }

    fn place(&self, offset: usize) -> Place<'_> {
        at(
            &self.file,
            self.value_line.unwrap_or_else(|| self.text.line(offset)),
        )
    }
}

/// A text in lower case with single spaces, so that a sentence is found across line breaks; knows its lines.
struct Folded {
    text: String,
    /// Where each line begins in `text`.
    lines: Vec<usize>,
}

impl Folded {
    fn new(text: &str) -> Folded {
        let mut folded = Folded {
            text: String::new(),
            lines: Vec::new(),
        };
        for line in text.lines() {
            folded.lines.push(folded.text.len());
            for word in line.split_whitespace() {
                folded.text.push_str(&word.to_lowercase());
                folded.text.push(' ');
            }
        }
        folded
    }

    fn line(&self, offset: usize) -> u32 {
        u32::try_from(
            self.lines
                .iter()
                .take_while(|start| **start <= offset)
                .count()
                .max(1),
        )
        .unwrap_or(u32::MAX)
    }
}

fn folded(text: &str) -> String {
    Folded::new(text).text.trim_end().to_owned()
}

/// Everything the candidate can read: brief, starter, and the public values of `spec.toml`.
fn readable(check: &Check<'_>) -> Vec<Readable> {
    let spec = check.spec;
    let mut all: Vec<Readable> = vec![Readable::new(brief::FILE, None, &check.brief.text)];
    for (path, file) in check
        .folder
        .files
        .range("starter/".to_owned().."starter0".to_owned())
    {
        if let Some(text) = file.as_text() {
            all.push(Readable::new(path, None, text));
        }
    }
    let mut values: Vec<(String, &str)> = vec![
        ("title".to_owned(), &spec.title),
        ("summary".to_owned(), &spec.summary),
        ("ai_policy".to_owned(), &spec.ai_policy),
        ("ownership".to_owned(), &spec.ownership),
    ];
    values.extend(
        spec.clauses
            .iter()
            .enumerate()
            .map(|(index, clause)| (format!("clauses[{index}].title"), clause.title.as_str())),
    );
    for criterion in visible_criteria(spec) {
        if let Some(index) = spec.criteria.iter().position(|one| one.id == criterion.id) {
            values.push((format!("criteria[{index}].title"), &criterion.title));
        }
    }
    all.extend(values.into_iter().map(|(path, text)| {
        let place = check.document.place(&path);
        Readable::new(place.file, place.line, text)
    }));
    all
}

/// Something that must not be readable.
struct Secret {
    code: &'static str,
    /// In lower case, with single spaces.
    needle: String,
    /// Found only as a word of its own.
    as_word: bool,
    /// Ordinary enough to be there by chance outside the brief.
    only_brief: bool,
    warning: bool,
    what: String,
    remedy: &'static str,
}

impl Secret {
    fn found_in(&self, readable: &Readable) -> Option<Problem> {
        if self.only_brief && !readable.in_brief {
            return None;
        }
        let text = &readable.text.text;
        let offset = if self.as_word {
            word_positions(text, &self.needle).first().copied()
        } else {
            text.find(&self.needle)
        }?;
        let make = if self.warning {
            Problem::warning
        } else {
            Problem::error
        };
        Some(make(
            self.code,
            readable.place(offset),
            format!("the candidate reads here {}", self.what),
            self.remedy,
        ))
    }
}

fn secrets(check: &Check<'_>) -> Vec<Secret> {
    const SAY_LESS: &str = "say it in other words that leave it open, or make it a requirement";
    const NO_HIDDEN: &str = "take it out, or set `hidden = false`";
    const NO_PATH: &str = "take the path out: the file exists for reviewers only";
    let sentence = |code, text: &str, what: String, remedy| Secret {
        code,
        needle: folded(text),
        as_word: false,
        only_brief: false,
        warning: false,
        what,
        remedy,
    };
    let word = |code, text: &str, what: String, remedy| Secret {
        code,
        needle: folded(text),
        as_word: true,
        only_brief: true,
        warning: false,
        what,
        remedy,
    };
    let mut all = Vec::new();
    for gap in &check.spec.gaps {
        all.push(sentence(
            codes::GAP_READABLE,
            &gap.title,
            format!("the title of gap {}", gap.id),
            SAY_LESS,
        ));
        all.push(word(
            codes::GAP_READABLE,
            gap.id.as_str(),
            format!("the gap id {}", gap.id),
            "take it out: gaps are for reviewers only",
        ));
        for one in &gap.interpretations {
            let what = format!("the interpretation `{}` of gap {}", one.id, gap.id);
            all.push(sentence(
                codes::GAP_READABLE,
                &one.text,
                what.clone(),
                SAY_LESS,
            ));
            // A single word such as `waits` is everybody's.
            if one.id.as_str().contains('-') {
                all.push(Secret {
                    warning: true,
                    ..word(codes::GAP_READABLE, one.id.as_str(), what, SAY_LESS)
                });
            }
        }
    }
    for criterion in check
        .spec
        .criteria
        .iter()
        .filter(|criterion| criterion.hidden)
    {
        let code = codes::HIDDEN_CRITERION_READABLE;
        all.push(sentence(
            code,
            &criterion.title,
            format!("the title of the hidden criterion {}", criterion.id),
            NO_HIDDEN,
        ));
        all.push(Secret {
            only_brief: false,
            ..word(
                code,
                criterion.id.as_str(),
                format!("the id of the hidden criterion {}", criterion.id),
                NO_HIDDEN,
            )
        });
    }
    for path in check.folder.files.keys() {
        if ["acceptance/", "reference/", "rehearsal/"]
            .iter()
            .any(|directory| path.starts_with(directory))
        {
            all.push(sentence(
                codes::REVIEWER_FILE_READABLE,
                path,
                format!("the path {path}"),
                NO_PATH,
            ));
        }
        if let Some(laid_over) = path.strip_prefix("acceptance/")
            && !check
                .folder
                .files
                .contains_key(&format!("starter/{laid_over}"))
        {
            all.push(sentence(
                codes::REVIEWER_FILE_READABLE,
                laid_over,
                format!("the path {laid_over}, a file of acceptance/"),
                NO_PATH,
            ));
        }
    }
    all.retain(|secret| secret.as_word || secret.needle.chars().count() >= TELLING_CHARACTERS);
    all
}

/// Reviewers' files that lie in the starter under another name. At the same path a file is meant to be there: part of
/// the solution that did not change, or a check that is laid over its visible copy.
fn copied_files(check: &mut Check<'_>) {
    let starter = check.folder.below("starter");
    let mut private: BTreeMap<Vec<u8>, String> = BTreeMap::new();
    for directory in ["acceptance", "reference"] {
        for (path, file) in check.folder.below(directory) {
            if file.bytes.trim_ascii().len() >= TELLING_BYTES
                && starter
                    .get(&path)
                    .is_none_or(|same| same.bytes != file.bytes)
            {
                private.insert(file.bytes, format!("{directory}/{path}"));
            }
        }
    }
    for (path, file) in starter {
        if let Some(origin) = private.get(&file.bytes) {
            check.problems.push(Problem::error(
                codes::REVIEWER_FILE_READABLE,
                whole(&format!("starter/{path}")),
                format!("this file is a copy of {origin}"),
                "take it out of the starter; where candidates may have it, give it the same path in both",
            ));
        }
    }
}
