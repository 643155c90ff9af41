//! Technical depth: what the acceptance checks came to on the delivered commit, and what the candidate added to check
//! their own work.

use super::words::{count, ids, list, span};
use super::{Dimension, Finding};
use crate::acceptance::{Assessment, CriterionResult, Exit, Verdict};
use crate::clock::for_people;
use crate::ids::CommitSha;
use crate::spec::{Criterion, Spec};
use crate::work_sample::{Delivery, WorkSample, key};

const DIMENSION: Dimension = Dimension::TechnicalDepth;

pub(super) fn findings(spec: &Spec, ws: &WorkSample) -> Vec<Finding> {
    let Some(delivery) = ws.effective_delivery() else {
        return vec![Finding::not_observed(
            DIMENSION,
            "nothing_delivered",
            format!(
                "Nothing was delivered; none of the {} was checked.",
                count(spec.criteria.len(), "criterion").replace("criterions", "criteria")
            ),
        )];
    };
    let mut all = vec![when(ws, delivery)];
    match (&delivery.sha, ws.effective_assessment()) {
        (Some(sha), Some(assessment)) => {
            all.push(overall(spec, ws, delivery, sha, assessment));
            all.extend(build(assessment));
            all.extend(
                spec.criteria
                    .iter()
                    .map(|criterion| one(ws, sha, assessment, criterion)),
            );
            all.push(own_tests(assessment));
            all.extend(ci_claims(ws, sha, assessment));
        }
        (Some(sha), None) => all.push(not_assessed(ws, sha)),
        (None, _) => all.push(
            Finding::not_observed(
                DIMENSION,
                "commit_unknown",
                "The delivery names no commit that was pushed; nothing could be checked.",
            )
            .resting_on([&delivery.key]),
        ),
    }
    all
}

fn when(ws: &WorkSample, delivery: &Delivery) -> Finding {
    let times = match ws.deliveries.len() {
        1 => String::new(),
        several => format!(" It is one of {several} deliveries, and the one that counts."),
    };
    let (code, statement) = match ws.due_at {
        Some(due) if delivery.late => (
            "delivered_late",
            format!(
                "Delivered {} after the due time {}.{times}",
                span(delivery.at - due),
                for_people(due)
            ),
        ),
        Some(due) => (
            "delivered_in_time",
            format!(
                "Delivered {} before the due time {}.{times}",
                span(due - delivery.at),
                for_people(due)
            ),
        ),
        None => (
            "delivered_in_time",
            format!("Delivered at {}.{times}", for_people(delivery.at)),
        ),
    };
    Finding::observed(DIMENSION, code, statement).resting_on([&delivery.key])
}

fn not_assessed(ws: &WorkSample, sha: &CommitSha) -> Finding {
    let why = ws.not_assessable.iter().rev().find(|one| &one.sha == sha);
    match why {
        Some(why) => Finding::not_observed(
            DIMENSION,
            "not_assessable",
            format!(
                "The delivered commit {} could not be assessed: {}",
                sha.short(),
                why.reason
            ),
        )
        .resting_on([&key::not_assessable(sha)]),
        None => Finding::not_observed(
            DIMENSION,
            "not_assessed",
            format!(
                "The delivered commit {} has not been assessed.",
                sha.short()
            ),
        ),
    }
}

/// A criterion's verdict on a commit: a reviewer's judgement where there is one, else the check's.
fn verdict(ws: &WorkSample, sha: &CommitSha, result: &CriterionResult) -> Verdict {
    ws.judgement(&result.criterion, sha)
        .map_or(result.verdict, |judgement| judgement.verdict)
}

/// `4 of 6 criteria are met; 1 not met, 1 open`
fn tally(ws: &WorkSample, sha: &CommitSha, assessment: &Assessment) -> String {
    let of = |wanted: Verdict| {
        assessment
            .results
            .iter()
            .filter(|result| verdict(ws, sha, result) == wanted)
            .count()
    };
    let rest: Vec<String> = [
        (of(Verdict::Failed), "not met"),
        (of(Verdict::Undetermined), "undetermined"),
        (of(Verdict::Open), "open for a reviewer"),
    ]
    .into_iter()
    .filter(|(number, _)| *number > 0)
    .map(|(number, what)| format!("{number} {what}"))
    .collect();
    let rest = if rest.is_empty() {
        String::new()
    } else {
        format!("; {}", rest.join(", "))
    };
    format!(
        "{} of {} criteria are met{rest}",
        of(Verdict::Passed),
        assessment.results.len()
    )
}

fn overall(
    spec: &Spec,
    ws: &WorkSample,
    delivery: &Delivery,
    sha: &CommitSha,
    assessment: &Assessment,
) -> Finding {
    Finding::observed(
        DIMENSION,
        "criteria_met",
        format!(
            "On the delivered commit {} {}.",
            sha.short(),
            tally(ws, sha, assessment)
        ),
    )
    .resting_on([&delivery.key, &key::assessed(sha)])
    .naming(
        spec.criteria
            .iter()
            .flat_map(|criterion| &criterion.clauses),
    )
}

fn build(assessment: &Assessment) -> Option<Finding> {
    let run = assessment.build.as_ref()?;
    let how = match &run.exit {
        Exit::Code { code: 0 } => return None,
        Exit::Code { code } => format!("ended with exit code {code}"),
        Exit::Signal { signal } => format!("was ended by signal {signal}"),
        Exit::LimitReached { limit } => format!("reached its limit of {}", limit_name(*limit)),
        Exit::NotStarted { why } => format!("could not be started: {why}"),
    };
    Some(
        Finding::observed(
            DIMENSION,
            "build_failed",
            format!(
                "The build `{}` {how} on {}.",
                run.command.join(" "),
                assessment.sha.short()
            ),
        )
        .resting_on([&key::assessed(&assessment.sha)]),
    )
}

fn limit_name(limit: crate::acceptance::Limit) -> &'static str {
    use crate::acceptance::Limit;
    match limit {
        Limit::WallTime => "wall time",
        Limit::CpuTime => "CPU time",
        Limit::Memory => "memory",
        Limit::Processes => "processes",
        Limit::FileSize => "file size",
        Limit::Output => "output",
    }
}

fn one(
    ws: &WorkSample,
    sha: &CommitSha,
    assessment: &Assessment,
    criterion: &Criterion,
) -> Finding {
    let what = format!(
        "{} “{}” ({})",
        criterion.id,
        criterion.title,
        ids(&criterion.clauses)
    );
    let result = assessment
        .results
        .iter()
        .find(|result| result.criterion == criterion.id);
    let judgement = ws.judgement(&criterion.id, sha);
    let said = |verdict: Verdict| match verdict {
        Verdict::Passed => ("criterion_met", "is met"),
        Verdict::Failed => ("criterion_not_met", "is not met"),
        Verdict::Undetermined => ("criterion_undetermined", "is undetermined"),
        Verdict::Open => ("criterion_open", "waits for a reviewer"),
    };
    let (verdict, by, because) = match (judgement, result) {
        (Some(judgement), _) => {
            let by = match &judgement.by {
                crate::work_sample::Actor::Lead { name }
                | crate::work_sample::Actor::Reviewer { name } => name.as_str(),
                crate::work_sample::Actor::Candidate
                | crate::work_sample::Actor::Service
                | crate::work_sample::Actor::GitHub { .. } => "a reviewer",
            };
            (
                judgement.verdict,
                format!(" in the judgement of {by}"),
                judgement.note.trim().to_owned(),
            )
        }
        (None, Some(result)) => (result.verdict, String::new(), result.because.clone()),
        (None, None) => (
            Verdict::Undetermined,
            String::new(),
            "the assessment has no result for it".to_owned(),
        ),
    };
    let (code, is) = said(verdict);
    let statement = format!("{what} {is}{by}: {}", ended(&because));
    let finding = match verdict {
        Verdict::Passed | Verdict::Failed => Finding::observed(DIMENSION, code, statement),
        Verdict::Undetermined | Verdict::Open => Finding::not_observed(DIMENSION, code, statement),
    };
    let mut finding = finding
        .about(&criterion.id)
        .resting_on([&key::assessed(sha)])
        .resting_on(judgement.map(|judgement| &judgement.key))
        .naming(&criterion.clauses);
    finding.criterion = Some(criterion.id.clone());
    finding.reviewer_only = criterion.hidden;
    finding
}

fn ended(sentence: &str) -> String {
    let sentence = sentence.trim();
    if sentence.ends_with(['.', '!', '?']) {
        sentence.to_owned()
    } else {
        format!("{sentence}.")
    }
}

/// Files that are tests by their path. Tests inside source files are not seen this way, and the statement says so.
fn own_tests(assessment: &Assessment) -> Finding {
    let tests: Vec<String> = assessment
        .changed_files
        .iter()
        .filter(|file| file.change != crate::acceptance::ChangeKind::Removed && is_test(&file.path))
        .map(|file| format!("{} (+{} −{})", file.path, file.added, file.removed))
        .collect();
    let finding = if tests.is_empty() {
        Finding::not_observed(
            DIMENSION,
            "no_own_tests",
            "No added or changed file is a test by its path; tests inside source files are not seen this way.",
        )
    } else {
        Finding::observed(
            DIMENSION,
            "own_tests",
            format!(
                "{} added or changed: {}.",
                count(tests.len(), "test file"),
                list(&tests)
            ),
        )
    };
    finding.resting_on([&key::assessed(&assessment.sha)])
}

pub(super) fn is_test(path: &str) -> bool {
    let path = path.to_lowercase();
    let (folders, file) = path.rsplit_once('/').unwrap_or(("", path.as_str()));
    let stem = file.split_once('.').map_or(file, |(stem, _)| stem);
    folders
        .split('/')
        .any(|folder| matches!(folder, "test" | "tests" | "__tests__" | "spec" | "specs"))
        || stem == "test"
        || stem == "tests"
        || stem.starts_with("test_")
        || stem.ends_with("_test")
        || stem.ends_with("_tests")
        || file.contains(".test.")
        || file.contains(".spec.")
}

/// CI results on the delivered commit, the latest of each name, beside our own run.
fn ci_claims(ws: &WorkSample, sha: &CommitSha, assessment: &Assessment) -> Option<Finding> {
    let mut latest: Vec<&crate::work_sample::CiCheck> = Vec::new();
    for check in ws.checks.iter().filter(|check| &check.sha == sha) {
        latest.retain(|earlier| earlier.name != check.name);
        latest.push(check);
    }
    if latest.is_empty() {
        return None;
    }
    let claims: Vec<String> = latest
        .iter()
        .map(|check| format!("`{}` concluded `{}`", check.name, check.conclusion))
        .collect();
    Some(
        Finding::observed(
            DIMENSION,
            "ci_claims",
            format!(
                "The candidate's CI on {}: {}. The candidate can edit its workflow, so this is a claim; in our own run {}.",
                sha.short(),
                list(&claims),
                tally(ws, sha, assessment)
            ),
        )
        .resting_on(latest.iter().map(|check| &check.key))
        .resting_on([&key::assessed(sha)]),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_are_known_by_their_paths() {
        for path in [
            "tests/a.rs",
            "src/test_store.py",
            "a/b_test.go",
            "web/x.spec.ts",
            "src/tests.rs",
        ] {
            assert!(is_test(path), "{path}");
        }
        for path in [
            "src/latest.rs",
            "src/contest/a.rs",
            "testing.md",
            "attest.py",
        ] {
            assert!(!is_test(path), "{path}");
        }
    }
}
