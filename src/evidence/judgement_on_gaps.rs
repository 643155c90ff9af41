//! Judgement on gaps: for every gap, what was built, and what was asked, decided and said about it.

use super::words::{Touch, count, list, quoted, span, touches};
use super::{Dimension, Finding, keys};
use crate::spec::{Gap, Spec};
use crate::work_sample::{Entry, EntryKind, NaturalKey, Side, WorkSample, key};

const DIMENSION: Dimension = Dimension::JudgementOnGaps;

pub(super) fn findings(spec: &Spec, ws: &WorkSample) -> Vec<Finding> {
    if spec.gaps.is_empty() {
        return vec![Finding::not_observed(
            DIMENSION,
            "no_gaps",
            "The spec declares no gap.",
        )];
    }
    spec.gaps.iter().map(|gap| on(spec, ws, gap)).collect()
}

/// What the candidate wrote that touches a gap.
struct Said<'w> {
    decisions: Vec<&'w Entry>,
    questions: Vec<&'w Entry>,
    /// Memos, updates, notes and deliveries with the gap's words.
    mentions: Vec<&'w Entry>,
    /// Decisions and questions that name the gap's clause and none of its words.
    nearby: Vec<(&'w Entry, Touch)>,
}

fn said<'w>(spec: &Spec, ws: &'w WorkSample, gap: &Gap) -> Said<'w> {
    let mut said = Said {
        decisions: Vec::new(),
        questions: Vec::new(),
        mentions: Vec::new(),
        nearby: Vec::new(),
    };
    for entry in ws.entries.iter().filter(|one| one.side == Side::Candidate) {
        let Some(touch) = touches(spec, gap, entry) else {
            continue;
        };
        match (entry.kind, touch.about) {
            (EntryKind::Decision, true) => said.decisions.push(entry),
            (EntryKind::Question, true) => said.questions.push(entry),
            (EntryKind::Decision | EntryKind::Question, false) => said.nearby.push((entry, touch)),
            (EntryKind::Memo | EntryKind::Progress | EntryKind::Note | EntryKind::Delivery, _) => {
                // A clause alone is named too often in passing.
                if !touch.words.is_empty() {
                    said.mentions.push(entry);
                }
            }
            (
                EntryKind::Kickoff
                | EntryKind::Notice
                | EntryKind::Answer
                | EntryKind::Confirm
                | EntryKind::Redirect,
                _,
            ) => {}
        }
    }
    said
}

fn on(spec: &Spec, ws: &WorkSample, gap: &Gap) -> Finding {
    let said = said(spec, ws, gap);
    let mut parts = vec![built(ws, gap)];
    let mut rests_on: Vec<&NaturalKey> = Vec::new();
    for decision in &said.decisions {
        let (text, replies) = decided(ws, decision);
        parts.push(text);
        rests_on.push(&decision.key);
        rests_on.extend(replies.iter().map(|reply| &reply.key));
    }
    for question in &said.questions {
        let (text, answer) = asked(ws, question);
        parts.push(text);
        rests_on.push(&question.key);
        rests_on.extend(answer.map(|answer| &answer.key));
    }
    if !said.mentions.is_empty() {
        let mut kinds: Vec<(EntryKind, usize)> = Vec::new();
        for mention in &said.mentions {
            match kinds.iter_mut().find(|(kind, _)| *kind == mention.kind) {
                Some((_, times)) => *times += 1,
                None => kinds.push((mention.kind, 1)),
            }
        }
        let where_: Vec<String> = kinds
            .into_iter()
            .map(|(kind, times)| match kind {
                EntryKind::Delivery => "the delivery's text".to_owned(),
                _ => count(times, kind.in_words()),
            })
            .collect();
        parts.push(format!("its words occur in {}", list(&where_)));
        rests_on.extend(keys(&said.mentions));
    }
    let (code, observed) = if !said.decisions.is_empty() {
        ("gap_decided", true)
    } else if !said.questions.is_empty() {
        ("gap_asked", true)
    } else if !said.mentions.is_empty() {
        ("gap_mentioned", true)
    } else if let Some((entry, touch)) = said.nearby.first() {
        parts.push(format!(
            "{} {} names {} but none of the gap's words, and nothing else mentions it",
            entry.kind.in_words(),
            quoted(entry),
            super::words::ids(&touch.clauses)
        ));
        rests_on.extend(said.nearby.iter().map(|(entry, _)| &entry.key));
        ("gap_nearby", true)
    } else {
        parts.push("no question, decision or update mentions it".to_owned());
        let code = if ws.effective_delivery().is_some() {
            "gap_filled_without_a_word"
        } else {
            "gap_not_reached"
        };
        (code, false)
    };
    let statement = format!("{} “{}”: {}.", gap.id, gap.title, parts.join("; "));
    let finding = if observed {
        Finding::observed(DIMENSION, code, statement)
    } else {
        Finding::not_observed(DIMENSION, code, statement)
    };
    let assessed = ws
        .effective_assessment()
        .map(|assessment| key::assessed(&assessment.sha));
    finding
        .about(&gap.id)
        .resting_on(rests_on)
        .resting_on(&assessed)
        .naming(&gap.clauses)
        .on_gap(&gap.id)
}

/// What the probe found on the delivered commit.
fn built(ws: &WorkSample, gap: &Gap) -> String {
    if ws.effective_delivery().is_none() {
        return "nothing was delivered".to_owned();
    }
    if gap.probe.is_none() {
        return "no probe tells what was built".to_owned();
    }
    let Some(assessment) = ws.effective_assessment() else {
        return "the delivered commit was not assessed".to_owned();
    };
    let result = assessment.probes.iter().find(|probe| probe.gap == gap.id);
    match result.and_then(|result| result.built.as_ref()) {
        Some(id) => match gap.interpretation(id) {
            Some(interpretation) => format!(
                "built was “{id}” ({})",
                interpretation.text.trim().trim_end_matches('.')
            ),
            None => format!("built was “{id}”"),
        },
        None => match result {
            Some(result) => format!(
                "the probe could not tell what was built ({})",
                result.because.trim().trim_end_matches('.')
            ),
            None => "the assessment has no result of its probe".to_owned(),
        },
    }
}

fn decided<'w>(ws: &'w WorkSample, decision: &'w Entry) -> (String, Vec<&'w Entry>) {
    let when = match ws.effective_delivery() {
        Some(delivery) if decision.at > delivery.at => "after the delivery",
        Some(_) => "before the delivery",
        None => "with no delivery yet",
    };
    let replies: Vec<&Entry> = ws.replies_to(&decision.key).collect();
    let replied: Vec<String> = replies
        .iter()
        .map(|reply| {
            let how = match reply.kind {
                EntryKind::Redirect => "redirected",
                EntryKind::Confirm => "confirmed",
                _ => "replied to",
            };
            format!(
                "{how} by {} after {}",
                reply.login,
                span(reply.at - decision.at)
            )
        })
        .collect();
    let replied = if replied.is_empty() {
        "neither confirmed nor redirected by the team".to_owned()
    } else {
        list(&replied)
    };
    let choice = if decision.sections.choice.is_some() {
        "with a part for the choice and its reason"
    } else {
        "without a part for the choice and its reason"
    };
    (
        format!(
            "decision {} documents a call {when}, {choice}, {replied}",
            quoted(decision)
        ),
        replies,
    )
}

fn asked<'w>(ws: &'w WorkSample, question: &'w Entry) -> (String, Option<&'w Entry>) {
    let answer = ws
        .replies_to(&question.key)
        .find(|reply| reply.kind == EntryKind::Answer)
        .or_else(|| ws.replies_to(&question.key).next());
    let outcome = match answer {
        Some(answer) => format!(
            "{} by {} after {}",
            if answer.kind == EntryKind::Answer {
                "answered"
            } else {
                "replied to"
            },
            answer.login,
            span(answer.at - question.at)
        ),
        None => "not answered by the team".to_owned(),
    };
    let default = match &question.sections.default_action {
        Some(_) => ", saying what is done if nothing is heard",
        None => "",
    };
    (
        format!(
            "question {} asks about it{default}, {outcome}",
            quoted(question)
        ),
        answer,
    )
}
