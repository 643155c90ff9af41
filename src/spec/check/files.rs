//! The folder itself: what must be there, what may not, and whether the boundary fits the files.

use std::collections::BTreeMap;

use globset::{Glob, GlobBuilder, GlobMatcher};

use super::super::candidate::reserved_paths;
use super::super::model::Check as How;
use super::super::path::unsafe_because;
use super::super::version::SPEC_FILE;
use super::{Check, Folder, Problem, brief, codes, whole};

const DIRECTORIES: [&str; 4] = ["starter", "acceptance", "reference", "rehearsal"];
/// `README.md` is for whoever keeps the spec; nobody else gets it.
const FILES: [&str; 3] = [SPEC_FILE, brief::FILE, "README.md"];

/// What can be said of the folder without reading the spec.
pub(super) fn tree(folder: &Folder) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut folded: BTreeMap<String, &str> = BTreeMap::new();
    for path in folder.files.keys() {
        if let Some(because) = unsafe_because(path) {
            problems.push(Problem::error(
                codes::UNSAFE_PATH,
                whole(path),
                format!("the path `{path}` is not safe: {because}"),
                "rename it",
            ));
        }
        if let Some(twin) = folded.insert(path.to_lowercase(), path) {
            problems.push(Problem::error(
                codes::UNSAFE_PATH,
                whole(path),
                format!(
                    "`{path}` and `{twin}` differ in case only, and are one file on some machines"
                ),
                "rename one of them",
            ));
        }
        let known = match path.split_once('/') {
            Some((directory, _)) => DIRECTORIES.contains(&directory),
            None => FILES.contains(&path.as_str()),
        };
        if !known {
            problems.push(Problem::warning(
                codes::UNKNOWN_FILE,
                whole(path),
                format!("`{path}` has no meaning in a spec folder"),
                format!(
                    "move it below one of {}, or take it out",
                    DIRECTORIES.map(|one| format!("{one}/")).join(", ")
                ),
            ));
        }
    }
    for (directory, purpose) in [
        ("starter", "the first commit of the candidate's repository"),
        (
            "reference",
            "a solution that shows that the criteria can be met",
        ),
    ] {
        if folder.below(directory).is_empty() {
            problems.push(missing(directory, purpose));
        }
    }
    problems
}

fn missing(directory: &str, purpose: &str) -> Problem {
    let name = format!("{directory}/");
    Problem::error(
        codes::FILE_MISSING,
        whole(&name),
        format!("{name} is missing or empty"),
        format!("put there {purpose}"),
    )
}

pub(super) fn check(check: &mut Check<'_>) {
    let by_command = check
        .spec
        .criteria
        .iter()
        .any(|criterion| matches!(criterion.check, How::Command { .. }));
    if by_command && check.folder.below("acceptance").is_empty() {
        check.problems.push(missing(
            "acceptance",
            "the files that the command criteria run, laid over the delivered commit",
        ));
    }
    for path in check.folder.below("starter").keys() {
        let generated = reserved_paths()
            .into_iter()
            .find(|reserved| reserved.eq_ignore_ascii_case(path));
        if let Some(generated) = generated {
            check.problems.push(Problem::error(
                codes::STARTER_RESERVED,
                whole(&format!("starter/{path}")),
                format!("{generated} is generated for the candidate and would replace this file"),
                "rename the file or take it out",
            ));
        }
    }
    if let Some(workflow) = &check.spec.ci_workflow {
        let path = workflow.strip_prefix("starter/").unwrap_or(workflow);
        if !check.folder.files.contains_key(&format!("starter/{path}")) {
            let message = format!("there is no starter/{path}");
            check.error(
                codes::FILE_MISSING,
                "ci_workflow",
                message,
                "name the workflow's path in starter/, or take the key out",
            );
        }
    }
    boundary(check);
}

fn boundary(check: &mut Check<'_>) {
    let (starter, reference) = (
        check.folder.below("starter"),
        check.folder.below("reference"),
    );
    let globs: Vec<(usize, &String, GlobMatcher)> = check
        .spec
        .boundary
        .allowed
        .iter()
        .enumerate()
        .filter_map(|(index, glob)| Some((index, glob, matcher(glob)?)))
        .collect();
    let all: Vec<&String> = starter.keys().chain(reference.keys()).collect();
    for (index, glob, matcher) in &globs {
        // `src/new/**` may be meant for files that a candidate adds, where there is a `src/`.
        let room_for_more = glob.split_once('/').is_some_and(|(top, _)| {
            all.iter().any(|path| {
                path.split_once('/')
                    .is_some_and(|(directory, _)| directory == top)
            })
        });
        if !room_for_more && !all.iter().any(|path| matcher.is_match(path)) {
            check.warning(
                codes::BOUNDARY_MATCHES_NOTHING,
                &format!("boundary.allowed[{index}]"),
                format!("`{glob}` matches no file of starter/ or reference/, nor lies in a directory of theirs"),
                "correct the glob, or take it out",
            );
        }
    }
    for (path, file) in &reference {
        let changed = starter.get(path) != Some(file);
        if changed && !globs.is_empty() && !globs.iter().any(|(_, _, glob)| glob.is_match(path)) {
            check.problems.push(Problem::warning(
                codes::REFERENCE_OUT_OF_BOUNDS,
                whole(&format!("reference/{path}")),
                "the reference solution changes a file outside the boundary, as a candidate would be told not to",
                "allow its path under [boundary], or solve the task within the boundary",
            ));
        }
    }
}

/// The boundary's globs as everybody reads them: `*` stays within one directory.
fn matcher(glob: &str) -> Option<GlobMatcher> {
    GlobBuilder::new(glob)
        .literal_separator(true)
        .build()
        .as_ref()
        .map(Glob::compile_matcher)
        .ok()
}
