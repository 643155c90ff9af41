//! Clauses: `spec.toml` and `brief.md` must list the same ones, and each requirement must be checked by something.

use super::{Check, Problem, at, brief, codes, whole};

pub(super) fn check(check: &mut Check<'_>) {
    let (spec, brief) = (check.spec, check.brief);
    check.unique("clauses", spec.clauses.iter().map(|clause| &clause.id));
    if !spec.clauses.iter().any(|clause| clause.id.is_non_goal()) {
        check.error(
            codes::NO_NON_GOAL,
            "clauses",
            "the spec has no non-goal",
            "say in brief.md what is not asked, mark it `{#N1}`, and list N1 under [[clauses]]",
        );
    }
    if spec.clauses.iter().all(|clause| clause.id.is_non_goal()) {
        check.error(
            codes::NO_REQUIREMENT,
            "clauses",
            "the spec has no requirement",
            "mark what is asked in brief.md with `{#R1}`, and list R1 under [[clauses]]",
        );
    }
    for (index, clause) in spec.clauses.iter().enumerate() {
        check.blank(&format!("clauses[{index}].title"), &clause.title);
        if brief.clause(&clause.id).is_none() {
            check.error(
                codes::CLAUSE_NOT_IN_BRIEF,
                &format!("clauses[{index}].id"),
                format!("brief.md has no clause {}", clause.id),
                format!("put `{{#{}}}` on the heading or list item of brief.md that says it, or take the clause out", clause.id),
            );
        }
        let covered = spec
            .criteria
            .iter()
            .any(|criterion| criterion.clauses.contains(&clause.id));
        if !clause.id.is_non_goal() && !covered {
            check.error(
                codes::CLAUSE_UNCOVERED,
                &format!("clauses[{index}].id"),
                format!("no criterion checks {} ({})", clause.id, clause.title),
                format!("name {} in the `clauses` of a criterion; if no program can check it, in one with `by = \"eye\"`", clause.id),
            );
        }
    }
    for clause in &brief.clauses {
        if spec.clause(&clause.id).is_none() {
            check.problems.push(Problem::error(
                codes::CLAUSE_NOT_IN_SPEC,
                at(brief::FILE, clause.line),
                format!("spec.toml does not list clause {}", clause.id),
                format!(
                    "add it under [[clauses]] with id = \"{}\" and a title, or take the marker out",
                    clause.id
                ),
            ));
        }
    }
    if brief.clauses.is_empty() && brief.text.trim().is_empty() {
        check.problems.push(Problem::error(
            codes::BLANK,
            whole(brief::FILE),
            "brief.md is empty",
            "write what is asked, and mark each clause",
        ));
    }
}
