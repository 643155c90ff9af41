//! What the candidate gets to see: the first commit of their repository and the kickoff issue. Both are built from the
//! public parts of a spec only; gaps, hidden criteria and the reviewer-only directories are never read here.

mod issue_forms;
mod kickoff;
mod pages;

use std::collections::BTreeMap;

use super::folder::{File, Tree};
use super::forms::Form;
use super::model::{Criterion, Spec};
use super::version::SpecVersion;

pub use kickoff::{IssueText, KICKOFF_MARKER, kickoff, marker};

pub(super) const BRIEF: &str = "BRIEF.md";
pub(super) const WORKING: &str = "WORKING.md";
/// Where GitHub looks for CI workflows.
const WORKFLOWS: &str = ".github/workflows/";
const README: &str = "README.md";
const PULL_REQUEST_TEMPLATE: &str = ".github/pull_request_template.md";
const FORM_SETTINGS: &str = ".github/ISSUE_TEMPLATE/config.yml";

/// The first commit of the candidate's repository: starter, brief, how to work, issue forms, pull request template.
/// A README of the starter is kept.
pub fn first_commit(version: &SpecVersion) -> Tree {
    let spec = &version.spec;
    let mut tree: Tree = version.folder.below("starter");
    tree.entry(README.to_owned())
        .or_insert_with(|| File::text(pages::readme(spec)));
    for (path, text) in generated(version) {
        tree.insert(path, File::text(text));
    }
    tree
}

/// Does the first commit hold a CI workflow of GitHub's? To push one, GitHub asks for a permission of its own.
pub fn holds_a_workflow(version: &SpecVersion) -> bool {
    let starter = version.folder.below("starter");
    starter.keys().any(|path| path.starts_with(WORKFLOWS))
}

/// The files that are made for the candidate, by path.
fn generated(version: &SpecVersion) -> BTreeMap<String, String> {
    let spec = &version.spec;
    let mut files = BTreeMap::from([
        (BRIEF.to_owned(), pages::brief(spec, &version.brief)),
        (WORKING.to_owned(), pages::working(spec)),
        (
            PULL_REQUEST_TEMPLATE.to_owned(),
            pages::pull_request_template(),
        ),
        (FORM_SETTINGS.to_owned(), issue_forms::settings()),
    ]);
    for form in Form::ALL {
        files.insert(form_path(form), issue_forms::form(form, spec));
    }
    files
}

fn form_path(form: Form) -> String {
    format!(".github/ISSUE_TEMPLATE/{}.yml", form.name())
}

/// Paths in the candidate's repository that generated files take; a starter must leave them free.
pub(super) fn reserved_paths() -> Vec<String> {
    let fixed = [BRIEF, WORKING, PULL_REQUEST_TEMPLATE, FORM_SETTINGS].map(str::to_owned);
    fixed.into_iter().chain(Form::ALL.map(form_path)).collect()
}

/// The criteria that the candidate may read.
pub fn visible_criteria(spec: &Spec) -> impl Iterator<Item = &Criterion> {
    spec.criteria.iter().filter(|criterion| !criterion.hidden)
}
