//! What the candidate gets, and what they must never get.

use proptest::prelude::*;
use worksample::ids::{Login, SeededIds, WorkSampleId};
use worksample::spec::candidate::{KICKOFF_MARKER, first_commit, kickoff, marker};
use worksample::spec::forms::Form;
use worksample::spec::{File, Folder, SpecVersion, Tree};

use super::fixture::{folder, version, with, with_file};

fn due() -> worksample::clock::Timestamp {
    "2026-03-09T17:00:00Z".parse().unwrap()
}

fn id() -> WorkSampleId {
    WorkSampleId::new(&SeededIds::new(7), due())
}

fn login() -> Login {
    "dana-diligent".parse().unwrap()
}

fn text<'t>(tree: &'t Tree, path: &str) -> &'t str {
    tree.get(path)
        .and_then(File::as_text)
        .unwrap_or_else(|| panic!("{path} is not there"))
}

#[test]
fn the_first_commit_holds_the_starter_the_brief_and_how_to_work() {
    let tree = first_commit(&version());
    insta::assert_snapshot!(tree.keys().cloned().collect::<Vec<_>>().join("\n"), @r"
    .github/ISSUE_TEMPLATE/config.yml
    .github/ISSUE_TEMPLATE/decision.yml
    .github/ISSUE_TEMPLATE/progress.yml
    .github/ISSUE_TEMPLATE/question.yml
    .github/pull_request_template.md
    BRIEF.md
    README.md
    WORKING.md
    src/shelf.py
    ");
    insta::assert_snapshot!("brief", text(&tree, "BRIEF.md"));
    insta::assert_snapshot!("working", text(&tree, "WORKING.md"));
    insta::assert_snapshot!(
        "question_form",
        text(&tree, ".github/ISSUE_TEMPLATE/question.yml")
    );
    insta::assert_snapshot!(
        "decision_form",
        text(&tree, ".github/ISSUE_TEMPLATE/decision.yml")
    );
    insta::assert_snapshot!(
        "pull_request_template",
        text(&tree, ".github/pull_request_template.md")
    );
}

#[test]
fn a_readme_of_the_starter_is_kept() {
    let version = SpecVersion::read(with_file("starter/README.md", "# Ours\n")).unwrap();
    assert_eq!(text(&first_commit(&version), "README.md"), "# Ours\n");
}

#[test]
fn executable_files_of_the_starter_stay_executable() {
    let mut folder = folder();
    folder.files.insert(
        "starter/run".to_owned(),
        File {
            bytes: b"#!/bin/sh\n".to_vec(),
            executable: true,
        },
    );
    let version = SpecVersion::read(folder).unwrap();
    assert!(first_commit(&version)["run"].executable);
}

#[test]
fn a_title_that_yaml_would_read_as_something_else_stays_a_text() {
    let version = SpecVersion::read(with(
        "spec.toml",
        "\"Parcels are found\"",
        "'on: \"yes\" # no'",
    ))
    .unwrap();
    let form = text(
        &first_commit(&version),
        ".github/ISSUE_TEMPLATE/question.yml",
    )
    .to_owned();
    assert!(
        form.contains(r##"        - "R2 on: \"yes\" # no""##),
        "{form}"
    );
}

#[test]
fn the_kickoff_asks_for_the_memo_and_names_the_visible_criteria() {
    let issue = kickoff(&version(), &id(), &login(), due());
    assert!(issue.body.contains(KICKOFF_MARKER) && issue.body.contains(&marker(&id())));
    insta::assert_snapshot!("kickoff", format!("{}\n\n{}", issue.title, issue.body));
}

#[test]
fn a_filled_in_form_reads_as_github_writes_it() {
    let answers = [("Done", "Places."), ("Next", "  ")]
        .map(|(label, text)| (label.to_owned(), text.to_owned()));
    insta::assert_snapshot!(Form::Progress.render(&answers.into()), @r"
    ### Done

    Places.

    ### Next

    _No response_

    ### Blocked

    _No response_

    ### Changed estimate

    _No response_
    ");
}

/// Everything the candidate gets, as one text.
fn all_of(version: &SpecVersion) -> String {
    let mut all: String = first_commit(version)
        .iter()
        .map(|(path, file)| format!("{path}\n{}\n", String::from_utf8_lossy(&file.bytes)))
        .collect();
    let issue = kickoff(version, &id(), &login(), due());
    all.push_str(&issue.title);
    all.push_str(&issue.body);
    all
}

/// The fixture with a secret in every reviewer-only place.
fn with_secrets(secret: &str) -> Folder {
    let mut folder = folder();
    let spec = folder.text("spec.toml").unwrap();
    let spec = spec
        .replace("Ten thousand parcels are found within a second", secret)
        .replace("Where does a parcel go when the shelf is full?", secret)
        .replace(
            "It is refused, and the caller learns that the shelf is full.",
            secret,
        )
        .replace("check_search", secret)
        .replace("check_places", secret)
        .replace("probe_full", secret)
        .replace("Names that say what they hold.", secret)
        .replace("\"no place\"", &format!("\"{secret}\""))
        .replace("oldest-out", secret);
    folder
        .files
        .insert("spec.toml".to_owned(), File::text(spec));
    let script = folder
        .text("rehearsal/diligent.toml")
        .unwrap()
        .replace("oldest-out", secret);
    folder
        .files
        .insert("rehearsal/diligent.toml".to_owned(), File::text(script));
    for directory in ["acceptance", "reference/src", "rehearsal/files"] {
        folder.files.insert(
            format!("{directory}/{secret}.py"),
            File::text(format!("{secret} {secret}")),
        );
    }
    folder
}

proptest! {
    #[test]
    fn nothing_reviewer_only_reaches_the_candidate(word in "[a-z]{12,20}") {
        let secret = format!("secret-{word}");
        let version = SpecVersion::read(with_secrets(&secret)).expect("bounded");
        let all = all_of(&version);
        prop_assert!(!all.contains(&secret), "{secret} in {all}");
        prop_assert!(!all.contains("AC-2") && !all.contains("G1"));
    }
}
