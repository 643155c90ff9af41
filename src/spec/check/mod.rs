//! Is a spec *bounded*? Everything a lead would otherwise learn from a candidate's puzzled question: what is missing, what
//! contradicts itself, what is vague, what gives the reviewers' side away.

mod clauses;
mod criteria;
mod files;
mod offer;
mod scripts;
mod secrecy;
mod terms;
mod words;

pub use offer::missing_in_offer;

use super::brief::{self, Brief};
use super::document::Document;
use super::folder::Folder;
use super::model::Spec;
use super::problem::{Place, Problem, at, codes, in_reading_order, whole};
use super::version::{SPEC_FILE, SpecVersion, read_brief, read_document, spec_text};
use crate::plain_text::is_control;

impl SpecVersion {
    /// Reads and checks a folder. The error holds every error found; warnings do not hinder.
    pub fn read(folder: Folder) -> Result<SpecVersion, Vec<Problem>> {
        let errors: Vec<Problem> = check(&folder)
            .into_iter()
            .filter(Problem::is_error)
            .collect();
        if errors.is_empty() {
            SpecVersion::read_unchecked(folder)
        } else {
            Err(errors)
        }
    }
}

/// Everything there is to mend in a spec folder, in reading order. Without an error in it, the spec can be published.
pub fn check(folder: &Folder) -> Vec<Problem> {
    let mut problems = Vec::new();
    let brief = match read_brief(folder) {
        Ok((brief, found)) => {
            problems.extend(found);
            Some(brief)
        }
        Err(problem) => {
            problems.push(problem);
            None
        }
    };
    problems.extend(files::tree(folder));
    if let Some(brief) = &brief {
        problems.extend(words::vague(brief));
    }
    let document = spec_text(folder).and_then(|text| Document::parse(text, SPEC_FILE));
    match document
        .map_err(|problem| vec![problem])
        .and_then(|document| {
            let spec = read_document(&document)?;
            Ok((document, spec))
        }) {
        Err(found) => problems.extend(found),
        Ok((document, spec)) => {
            let empty = Brief {
                text: String::new(),
                clauses: Vec::new(),
            };
            let mut check = Check {
                folder,
                spec: &spec,
                brief: brief.as_ref().unwrap_or(&empty),
                document: &document,
                problems,
            };
            terms::check(&mut check);
            if brief.is_some() {
                clauses::check(&mut check);
            }
            criteria::check(&mut check);
            files::check(&mut check);
            secrecy::check(&mut check);
            scripts::check(&mut check);
            problems = check.problems;
        }
    }
    in_reading_order(problems)
}

/// [`check`], and besides whether the spec's slug is the name of its folder.
pub fn check_as(folder: &Folder, folder_name: &str) -> Vec<Problem> {
    let mut problems = check(folder);
    let text = spec_text(folder).unwrap_or_default();
    if let Ok(document) = Document::parse(text, SPEC_FILE)
        && let Ok(spec) = read_document(&document)
        && spec.slug.as_str() != folder_name
    {
        problems.push(Problem::error(
            codes::SLUG_NOT_FOLDER,
            document.place("slug"),
            format!(
                "the slug is `{}`, but the folder is called `{folder_name}`",
                spec.slug
            ),
            "give both the same name",
        ));
    }
    in_reading_order(problems)
}

/// What the single checks look at, and the problems they found.
struct Check<'a> {
    folder: &'a Folder,
    spec: &'a Spec,
    brief: &'a Brief,
    document: &'a Document<'a>,
    problems: Vec<Problem>,
}

impl Check<'_> {
    /// An error at a value of `spec.toml`, such as `criteria[2].clauses[0]`.
    fn error(
        &mut self,
        code: &'static str,
        path: &str,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.problems.push(Problem::error(
            code,
            self.document.place(path),
            message,
            remedy,
        ));
    }

    fn warning(
        &mut self,
        code: &'static str,
        path: &str,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.problems.push(Problem::warning(
            code,
            self.document.place(path),
            message,
            remedy,
        ));
    }

    fn blank(&mut self, path: &str, text: &str) {
        if text.trim().is_empty() {
            self.error(
                codes::BLANK,
                path,
                format!("`{path}` is blank"),
                "say it in a sentence; the candidate or a reviewer reads it",
            );
        }
        if let Some(c) = text.chars().find(|c| is_control(*c)) {
            self.error(
                codes::WRONG_VALUE,
                path,
                format!(
                    "`{path}` holds the control character U+{:04X}",
                    u32::from(c)
                ),
                "write it without; it can neither be shown nor stored everywhere",
            );
        }
    }

    fn range(&mut self, path: &str, value: u32, low: u32, high: u32, unit: &str) {
        if !(low..=high).contains(&value) {
            self.error(
                codes::OUT_OF_RANGE,
                path,
                format!("`{path}` is {value} {unit}"),
                format!("write a number from {low} to {high}"),
            );
        }
    }

    /// Reports every id that was used before.
    fn unique<'i, I: ToString + 'i>(&mut self, list: &str, ids: impl IntoIterator<Item = &'i I>) {
        let mut seen: Vec<String> = Vec::new();
        for (index, id) in ids.into_iter().enumerate() {
            let id = id.to_string();
            if let Some(first) = seen.iter().position(|one| *one == id) {
                let line = self
                    .document
                    .place(&format!("{list}[{first}].id"))
                    .line
                    .unwrap_or(1);
                self.error(
                    codes::DUPLICATE,
                    &format!("{list}[{index}].id"),
                    format!("`{id}` is used here and on line {line}"),
                    "give one of them another id",
                );
            }
            seen.push(id);
        }
    }
}
