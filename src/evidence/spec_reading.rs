//! Spec-reading: was the brief taken in before the work began, and do the questions concern what it leaves open.

use super::words::{clauses_of, ids, name, quoted, span, touches};
use super::{Dimension, Finding, keys};
use crate::ids::ClauseId;
use crate::spec::{Gap, Spec};
use crate::work_sample::{Entry, EntryKind, Side, WorkSample};

const DIMENSION: Dimension = Dimension::SpecReading;

pub(super) fn findings(spec: &Spec, ws: &WorkSample) -> Vec<Finding> {
    let mut all = vec![memo(ws)];
    let questions: Vec<&Entry> = ws.entries_of(EntryKind::Question).collect();
    if questions.is_empty() {
        all.push(Finding::not_observed(
            DIMENSION,
            "no_questions_asked",
            "No question was asked, so there is none to lay beside the brief.",
        ));
    }
    all.extend(questions.into_iter().map(|one| question(spec, ws, one)));
    all
}

fn memo(ws: &WorkSample) -> Finding {
    let Some(memo) = ws.entries_of(EntryKind::Memo).next() else {
        return Finding::not_observed(
            DIMENSION,
            "no_memo",
            "No understanding memo was given; the kickoff asks for one before code.",
        );
    };
    let after = match ws.provisioned_at {
        Some(ready) => format!("{} after the repository was ready", span(memo.at - ready)),
        None => "before the repository was ready".to_owned(),
    };
    let first_push = ws.pushes.iter().find(|push| push.side == Side::Candidate);
    let order = match first_push {
        Some(push) if push.at < memo.at => {
            format!(
                "{} after the candidate's first push",
                span(memo.at - push.at)
            )
        }
        Some(push) => format!(
            "{} before the candidate's first push",
            span(push.at - memo.at)
        ),
        None => "with no push by the candidate".to_owned(),
    };
    let parts = [
        ("what was understood", &memo.sections.understanding),
        ("open questions", &memo.sections.open_questions),
        ("the approach", &memo.sections.approach),
    ];
    let given: Vec<&str> = parts
        .iter()
        .filter(|(_, part)| part.is_some())
        .map(|(what, _)| *what)
        .collect();
    let parts = if given.is_empty() {
        "It is written without the headings that the kickoff asks for.".to_owned()
    } else {
        format!("It has parts for {}.", super::words::list(&given))
    };
    Finding::observed(
        DIMENSION,
        "memo_given",
        format!("An understanding memo was given {after}, {order}. {parts}"),
    )
    .resting_on([&memo.key])
    .resting_on(first_push.map(|push| &push.key))
}

fn question(spec: &Spec, ws: &WorkSample, one: &Entry) -> Finding {
    let touched: Vec<_> = spec
        .gaps
        .iter()
        .filter_map(|gap| touches(spec, gap, one).map(|touch| (gap, touch)))
        .collect();
    let named = clauses_of(spec, one);
    let answers: Vec<&Entry> = ws.replies_to(&one.key).collect();
    if let Some((gap, touch)) = touched.iter().find(|(_, touch)| touch.about) {
        return Finding::observed(
            DIMENSION,
            "question_on_gap",
            format!(
                "{} concerns the gap {} “{}” ({}).",
                capitalised(&name(one)),
                gap.id,
                gap.title,
                touch.how()
            ),
        )
        .about(&one.key)
        .resting_on([&one.key])
        .naming(&named)
        .on_gap(&gap.id);
    }
    let answer = pointing(spec, &answers);
    let (code, statement) = match (named.as_slice(), touched.first()) {
        (_, Some((gap, touch))) => (
            "question_near_gap",
            format!(
                "{} names {}, where the gap {} “{}” lies, but has none of the words for it{answer}.",
                capitalised(&name(one)),
                ids(&touch.clauses),
                gap.id,
                gap.title
            ),
        ),
        ([], None) => (
            "question_without_clause",
            format!(
                "{} names no clause and has none of the words for a gap{answer}.",
                capitalised(&name(one))
            ),
        ),
        (named, None) => (
            "question_outside_gaps",
            format!(
                "{}: no gap is declared for {}{answer}.",
                capitalised(&name(one)),
                ids(named)
            ),
        ),
    };
    let mut finding = Finding::observed(DIMENSION, code, statement)
        .about(&one.key)
        .resting_on([&one.key])
        .resting_on(keys(&answers))
        .naming(&named);
    finding.gap = touched.first().map(|(gap, _): &(&Gap, _)| gap.id.clone());
    finding.reviewer_only = true;
    finding
}

/// Where the team's answers point: `; the team's answer points to R4`.
fn pointing(spec: &Spec, answers: &[&Entry]) -> String {
    if answers.is_empty() {
        return "; the team has not answered it".to_owned();
    }
    let mut pointed: Vec<ClauseId> = Vec::new();
    for answer in answers {
        for clause in clauses_of(spec, answer) {
            if !pointed.contains(&clause) {
                pointed.push(clause);
            }
        }
    }
    if pointed.is_empty() {
        let texts: Vec<String> = answers.iter().map(|answer| quoted(answer)).collect();
        format!("; the team's answer names no clause: {}", texts.join(", "))
    } else {
        format!("; the team's answer points to {}", ids(&pointed))
    }
}

pub(super) fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    match characters.next() {
        Some(first) => first.to_uppercase().chain(characters).collect(),
        None => String::new(),
    }
}
