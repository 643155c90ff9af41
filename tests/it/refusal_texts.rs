//! Messages that pages, the API and candidates show name no command and no flag of the command line. The command line adds
//! them as hints, by the error's code.

use std::path::{Path, PathBuf};

/// What writes messages of errors, or texts for candidates.
const SOURCES: [&str; 5] = [
    "src/candidate",
    "src/spec",
    "src/web",
    "src/work_sample",
    "src/workflow",
];

/// Templates that a candidate reads.
const FOR_CANDIDATES: [&str; 8] = [
    "templates/pages/link.html",
    "templates/pages/offer.html",
    "templates/pages/offer_body.html",
    "templates/pages/own_report.html",
    "templates/pages/problem.html",
    "templates/pages/sign_in.html",
    "templates/pages/unsubscribe.html",
    "templates/pages/work.html",
];

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|one| one == "rs") && !path.ends_with("tests.rs") {
            found.push(path);
        }
    }
}

/// Does this text name a command of ours, or a flag?
fn names_a_command(text: &str) -> bool {
    let commands = [
        "answer",
        "cancel",
        "close",
        "confirm",
        "correct",
        "decide",
        "demo",
        "doctor",
        "extend",
        "github",
        "jobs",
        "judge",
        "launch",
        "messages",
        "offer-link",
        "owner",
        "pay ",
        "people",
        "reclassify",
        "reconcile",
        "redirect",
        "reinvite",
        "report",
        "serve",
        "show",
        "sign-in-link",
        "spec publish",
        "spec check",
        "spec schema",
        "spec rehearse",
        "token",
        "withdraw",
    ];
    let after = text
        .match_indices("worksample ")
        .map(|(at, word)| &text[at + word.len()..]);
    let is_command = after
        .into_iter()
        .any(|rest| commands.iter().any(|one| rest.starts_with(one)));
    let flag =
        |(at, _): (usize, &str)| text[at + 3..].starts_with(|c: char| c.is_ascii_lowercase());
    is_command
        || ["`--", " --", "(--"]
            .iter()
            .any(|one| text.match_indices(one).any(flag))
}

#[test]
fn command_or_flag_in_a_text_is_found() {
    for text in [
        "publish it with `worksample spec publish DIR`",
        "`--again` launches another one",
        "decide with --anyway",
    ] {
        assert!(names_a_command(text), "{text}");
    }
    for text in [
        "no slash command that worksample knows",
        "a -- b",
        "the work sample",
    ] {
        assert!(!names_a_command(text), "{text}");
    }
}

#[test]
fn messages_of_errors_name_no_command() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for folder in SOURCES {
        rust_files(&root.join(folder), &mut files);
    }
    let mut wrong = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let text = text.split("#[cfg(test)]\nmod").next().unwrap();
        let lines = text.lines().filter(|line| {
            let line = line.trim_start();
            // The log is for operators.
            !line.starts_with("//") && !line.starts_with("tracing::")
        });
        let found = lines.filter(|line| names_a_command(line));
        wrong.extend(found.map(|line| format!("{}: {}", file.display(), line.trim())));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn pages_for_candidates_name_no_command() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for template in FOR_CANDIDATES {
        let text = std::fs::read_to_string(root.join(template)).unwrap();
        let wrong: Vec<_> = text.lines().filter(|line| names_a_command(line)).collect();
        assert!(wrong.is_empty(), "{template}: {wrong:#?}");
    }
}
