//! Criteria and gaps: each names clauses that exist, and says completely how it is checked.

use super::super::model::Check as How;
use super::super::path::unsafe_because;
use super::{Check, codes};
use crate::ids::ClauseId;

pub(super) fn check(check: &mut Check<'_>) {
    let spec = check.spec;
    if spec.criteria.is_empty() {
        check.error(
            codes::NO_CRITERION,
            "criteria",
            "the spec has no acceptance criterion",
            "add [[criteria]] with id, title, clauses and check",
        );
    }
    check.unique(
        "criteria",
        spec.criteria.iter().map(|criterion| &criterion.id),
    );
    for (index, criterion) in spec.criteria.iter().enumerate() {
        let path = format!("criteria[{index}]");
        check.blank(&format!("{path}.title"), &criterion.title);
        clauses_exist(check, &path, criterion.id.as_str(), &criterion.clauses);
        how(check, &format!("{path}.check"), &criterion.check);
    }
    gaps(check);
}

fn how(check: &mut Check<'_>, path: &str, how: &How) {
    match how {
        How::Command {
            run,
            junit,
            timeout_seconds,
        } => {
            command(check, &format!("{path}.run"), run);
            timeout(check, &format!("{path}.timeout_seconds"), *timeout_seconds);
            if let Some(junit) = junit
                && let Some(because) = unsafe_because(junit)
            {
                check.error(
                    codes::UNSAFE_PATH,
                    &format!("{path}.junit"),
                    format!("`{junit}` cannot be a JUnit file: {because}"),
                    "name a file relative to the delivered tree",
                );
            }
        }
        How::Ci { name } => {
            check.blank(&format!("{path}.name"), name);
            let has_workflow = check
                .folder
                .files
                .keys()
                .any(|file| file.starts_with("starter/.github/workflows/"));
            if !has_workflow {
                check.warning(
                    codes::CI_WITHOUT_WORKFLOW,
                    path,
                    format!("the criterion waits for the CI check `{name}`, but starter/.github/workflows/ is empty"),
                    "put the workflow into the starter, or check by command",
                );
            }
        }
        How::Eye { look_for } => check.blank(&format!("{path}.look_for"), look_for),
    }
}

fn gaps(check: &mut Check<'_>) {
    let spec = check.spec;
    check.unique("gaps", spec.gaps.iter().map(|gap| &gap.id));
    for (index, gap) in spec.gaps.iter().enumerate() {
        let path = format!("gaps[{index}]");
        check.blank(&format!("{path}.title"), &gap.title);
        clauses_exist(check, &path, gap.id.as_str(), &gap.clauses);
        check.unique(
            &format!("{path}.interpretations"),
            gap.interpretations.iter().map(|one| &one.id),
        );
        for (which, interpretation) in gap.interpretations.iter().enumerate() {
            check.blank(
                &format!("{path}.interpretations[{which}].text"),
                &interpretation.text,
            );
        }
        for (which, word) in gap.words.iter().enumerate() {
            let place = format!("{path}.words[{which}]");
            check.blank(&place, word);
            if word.to_lowercase() != *word {
                check.error(
                    codes::WRONG_VALUE,
                    &place,
                    format!("`{word}` would never be found: texts are compared in lower case"),
                    format!("write `{}`", word.to_lowercase()),
                );
            }
        }
        if gap.interpretations.len() < 2 {
            check.error(
                codes::TOO_FEW_INTERPRETATIONS,
                &format!("{path}.interpretations"),
                format!("{} has {} interpretation(s)", gap.id, gap.interpretations.len()),
                "name at least two plausible ways to fill the gap; with only one it is a requirement",
            );
        }
        if let Some(probe) = &gap.probe {
            command(check, &format!("{path}.probe.run"), &probe.run);
            timeout(
                check,
                &format!("{path}.probe.timeout_seconds"),
                probe.timeout_seconds,
            );
        }
    }
}

pub(super) fn command(check: &mut Check<'_>, path: &str, run: &[String]) {
    if run.first().is_none_or(|program| program.trim().is_empty()) {
        check.error(
            codes::BLANK,
            path,
            format!("`{path}` names no program"),
            "write the program and its arguments, such as [\"cargo\", \"test\", \"--offline\"]",
        );
    } else if run.iter().any(|word| word.contains('\0')) {
        check.error(
            codes::WRONG_VALUE,
            path,
            format!("`{path}` holds a NUL character"),
            "take it out; no program can be given one",
        );
    }
}

fn timeout(check: &mut Check<'_>, path: &str, seconds: Option<u32>) {
    let wall = check.spec.sandbox.wall_seconds;
    match seconds {
        Some(0) => check.error(
            codes::OUT_OF_RANGE,
            path,
            format!("`{path}` is 0 seconds: nothing would ever pass"),
            "write at least 1, or take the key out",
        ),
        Some(seconds) if seconds > wall => check.error(
            codes::TIMEOUT_OVER_LIMIT,
            path,
            format!(
                "`{path}` is {seconds} seconds, but the sandbox ends every command after {wall}"
            ),
            "write a smaller timeout, or raise `wall_seconds` under [sandbox]",
        ),
        _ => {}
    }
}

fn clauses_exist(check: &mut Check<'_>, path: &str, id: &str, clauses: &[ClauseId]) {
    if clauses.is_empty() {
        check.error(
            codes::BLANK,
            &format!("{path}.clauses"),
            format!("{id} names no clause"),
            "name the clauses that it is about",
        );
    }
    for (index, clause) in clauses.iter().enumerate() {
        if check.spec.clause(clause).is_none() {
            let known: Vec<&str> = check
                .spec
                .clauses
                .iter()
                .map(|one| one.id.as_str())
                .collect();
            check.error(
                codes::CLAUSE_UNKNOWN,
                &format!("{path}.clauses[{index}]"),
                format!("{id} names {clause}, which is no clause of this spec"),
                format!(
                    "name one of {}, or list {clause} under [[clauses]]",
                    known.join(", ")
                ),
            );
        }
    }
}
