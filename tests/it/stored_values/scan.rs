//! Finds in `src/` the values for which the code has no table: error codes stand where they are used.

use std::collections::BTreeSet;
use std::path::Path;

/// Every source file below `src/` but the stand-in's and tests, by path: without comments and test modules.
pub fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path
                .strip_prefix(&root)
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned();
            if !name.ends_with(".rs") || name.ends_with("tests.rs") || name.starts_with("stand_in/")
            {
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let text = text.split("#[cfg(test)]\nmod").next().unwrap().to_owned();
            let lines: Vec<&str> = text
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"))
                .collect();
            found.push((name, lines.join("\n")));
        }
    }
    found.sort();
    found
}

/// The text with each stretch of white space as one blank, and none after an opening bracket.
pub fn collapsed(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").replace("( ", "(")
}

/// What stands before a literal that is a code.
const BEFORE_CODES: &[&str] = &[
    ".coded(",
    "code: ",
    "Failure::new(",
    "bad_request(",
    "invalid(",
    ".problem(",
    "DIMENSION, ",
];

/// Files in which each arm of a `match` gives a code.
const CODE_ARMS: &[&str] = &[
    "store/error.rs",
    "github/error.rs",
    "workflow/error.rs",
    "disk/mod.rs",
    "cli/output.rs",
];

/// `area code` for every code in the source.
pub fn codes() -> BTreeSet<String> {
    let mut codes = BTreeSet::new();
    for (path, text) in sources() {
        let text = collapsed(&text);
        let area = path.split('/').next().unwrap().trim_end_matches(".rs");
        let mut parts = text.split('"');
        let mut before = parts.next().unwrap_or_default().to_owned();
        while let (Some(literal), Some(after)) = (parts.next(), parts.next()) {
            let is_attribute = before.ends_with("rename_all = ");
            if is_word(literal) && !is_attribute && is_code(&path, &before, literal) {
                codes.insert(format!("{area} {literal}"));
            }
            before = after.to_owned();
        }
    }
    codes
}

fn is_code(path: &str, before: &str, literal: &str) -> bool {
    let named = BEFORE_CODES.iter().any(|one| before.ends_with(one));
    let with_status = before
        .rsplit_once("StatusCode::")
        .is_some_and(|(head, status)| {
            head.ends_with('(')
                && status.ends_with(", ")
                && is_status(status.trim_end_matches(", "))
        });
    let arm = CODE_ARMS.contains(&path) && before.ends_with("=> ");
    // These two have a form of their own for codes: a tuple, and a table.
    let of_sandbox = path == "sandbox/prove.rs" && literal.starts_with("sandbox_");
    let of_spec = path == "spec/problem.rs" && before.ends_with(" = ");
    let of_evidence = path.starts_with("evidence/") && literal.contains('_');
    let of_problem = path == "web/problem.rs" && literal.contains('_') && before.ends_with('(');
    named || with_status || arm || of_sandbox || of_spec || of_evidence || of_problem
}

fn is_status(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte.is_ascii_uppercase() || byte == b'_')
}

/// Lower-case words joined by underscores or hyphens.
fn is_word(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_lowercase())
        && !text.ends_with(['_', '-'])
        && text.bytes().all(|byte| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_' || byte == b'-'
        })
}
