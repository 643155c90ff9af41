//! The rehearsal scripts of a spec: each can be played, and speaks of things the spec has.

use super::super::script::{self, Script, Step};
use super::super::version::text_of;
use super::{Check, Problem, at, codes};

pub(super) fn check(check: &mut Check<'_>) {
    let mut names: Vec<(String, String)> = Vec::new();
    let paths: Vec<&String> = check
        .folder
        .files
        .keys()
        .filter(|path| is_script(path))
        .collect();
    for path in paths {
        let script = text_of(check.folder, path, "a rehearsal")
            .map_err(|problem| vec![problem])
            .and_then(|text| script::parse(text, path));
        match script {
            Err(found) => check.problems.extend(found),
            Ok(script) => {
                against_spec(check, path, &script);
                let name = script.name.to_string();
                if let Some((_, first)) = names.iter().find(|(one, _)| *one == name) {
                    check.problems.push(Problem::error(
                        codes::DUPLICATE,
                        at(path, script.line_of("name")),
                        format!("`{name}` is the name of {first} too"),
                        "give each script a name of its own; reports are filed under it",
                    ));
                }
                names.push((name, path.clone()));
            }
        }
    }
}

/// A script is a TOML file directly in `rehearsal/`; what lies deeper are the files scripts write.
fn is_script(path: &str) -> bool {
    path.strip_prefix("rehearsal/")
        .is_some_and(|rest| !rest.contains('/') && rest.ends_with(".toml"))
}

fn against_spec(check: &mut Check<'_>, path: &str, script: &Script) {
    let spec = check.spec;
    let mut missing = |line: u32, message: String, remedy: &str| {
        check.problems.push(Problem::error(
            codes::SCRIPT_REFERENCE,
            at(path, line),
            message,
            remedy,
        ));
    };
    for (key, criteria) in [
        ("expect.passed", &script.expect.passed),
        ("expect.failed", &script.expect.failed),
    ] {
        for criterion in criteria.iter().filter(|one| spec.criterion(one).is_none()) {
            missing(
                script.line_of(key),
                format!("this spec has no criterion {criterion}"),
                "name a criterion of spec.toml",
            );
        }
    }
    for (gap, built) in &script.expect.built {
        match spec.gap(gap) {
            None => missing(
                script.line_of("expect.built"),
                format!("this spec has no gap {gap}"),
                "name a gap of spec.toml",
            ),
            Some(known) if known.interpretation(built).is_none() => {
                missing(
                    script.line_of("expect.built"),
                    format!("gap {gap} has no interpretation `{built}`"),
                    "name an interpretation of that gap",
                );
            }
            Some(known) if known.probe.is_none() => {
                missing(
                    script.line_of("expect.built"),
                    format!("gap {gap} has no probe that could find `{built}`"),
                    "give the gap a probe, or expect nothing of it",
                );
            }
            Some(_) => {}
        }
    }
    for timed in &script.steps {
        match &timed.step {
            Step::Write {
                from: Some(from), ..
            } => {
                let below = format!("{}/", from.trim_end_matches('/'));
                let there = check
                    .folder
                    .files
                    .keys()
                    .any(|file| file == from || file.starts_with(&below));
                if !there {
                    check.problems.push(Problem::error(
                        codes::SCRIPT_REFERENCE,
                        at(path, timed.line),
                        format!("the spec folder has no file or directory `{from}`"),
                        "name a path of the spec folder, such as \"reference\" or \"rehearsal/files/…\"",
                    ));
                }
            }
            Step::Judge { criterion, .. } if spec.criterion(criterion).is_none() => {
                check.problems.push(Problem::error(
                    codes::SCRIPT_REFERENCE,
                    at(path, timed.line),
                    format!("this spec has no criterion {criterion}"),
                    "name a criterion of spec.toml",
                ))
            }
            _ => {}
        }
    }
}
