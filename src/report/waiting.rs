//! Who waited for whom. Both sides are measured by the same clock, so that a candidate is never blamed for a silence that
//! was the team's.

use super::conversation::{Conversation, end_of_work, wait};
use super::facts::Facts;
use super::model::{Question, Wait, WaitLine, Waiting};
use crate::clock::Timestamp;
use crate::work_sample::{NaturalKey, Side, WorkSample};

pub(super) fn waiting(facts: &Facts<'_>, conversation: &Conversation) -> Waiting {
    let ws = facts.ws;
    let blocking: Vec<&Question> = conversation
        .questions
        .iter()
        .filter(|one| one.is_blocking)
        .collect();
    let all: Vec<&Question> = conversation.questions.iter().collect();
    Waiting {
        for_team: for_team(ws, conversation),
        for_candidate: for_candidate(ws, conversation),
        seconds_with_open_question: covered(&all),
        seconds_with_blocking_question: covered(&blocking),
    }
}

fn for_team(ws: &WorkSample, conversation: &Conversation) -> Vec<WaitLine> {
    let mut lines = Vec::new();
    if let Some(accepted) = ws.accepted_at {
        let ended = ws.ended.as_ref().map(|ended| ended.at);
        let until = ws.provisioned_at;
        lines.push(line(
            "From acceptance to a ready repository".to_owned(),
            None,
            wait(accepted, until.or(ended), until.is_some()),
        ));
    }
    for question in &conversation.questions {
        let what = if question.is_blocking {
            format!("Answer to {}, which was blocking", question.label)
        } else {
            format!(
                "Answer to {}, while the candidate could go on",
                question.label
            )
        };
        lines.push(line(
            what,
            Some(&question.said.event),
            question.waited.clone(),
        ));
    }
    for decision in &conversation.decisions {
        lines.push(line(
            format!("Reply to {}", decision.label),
            Some(&decision.said.event),
            decision.waited.clone(),
        ));
    }
    if let (Some(delivery), Some(assessment)) = (ws.effective_delivery(), ws.effective_assessment())
    {
        lines.push(line(
            "From delivery to the start of the acceptance checks".to_owned(),
            Some(&delivery.key),
            wait(delivery.at, Some(assessment.started_at), true),
        ));
    }
    if let Some(owed) = &ws.obligation {
        let paid = ws.payouts.first().map(|payout| payout.at);
        lines.push(line(
            "From the pay falling due to the first payout".to_owned(),
            Some(&owed.because),
            wait(owed.fell_due_at, paid, paid.is_some()),
        ));
    }
    lines
}

fn for_candidate(ws: &WorkSample, conversation: &Conversation) -> Vec<WaitLine> {
    let mut lines = Vec::new();
    let ended = ws.ended.as_ref().map(|ended| ended.at);
    if let Some(offered) = ws.offered_at {
        lines.push(line(
            "From offer to acceptance".to_owned(),
            None,
            wait(offered, ws.accepted_at.or(ended), ws.accepted_at.is_some()),
        ));
    }
    if let Some(ready) = ws.provisioned_at {
        let memo = conversation.memos.first();
        lines.push(line(
            "From the ready repository to the understanding memo".to_owned(),
            memo.map(|memo| &memo.said.event),
            match memo {
                Some(memo) => wait(ready, Some(memo.said.at), true),
                None => wait(ready, end_of_work(ws), false),
            },
        ));
        let first_push = ws.pushes.iter().find(|push| push.side == Side::Candidate);
        lines.push(line(
            "From the ready repository to the first push".to_owned(),
            first_push.map(|push| &push.key),
            match first_push {
                Some(push) => wait(ready, Some(push.at), true),
                None => wait(ready, end_of_work(ws), false),
            },
        ));
    }
    if let (Some(due), Some(delivery)) = (ws.due_at, ws.effective_delivery())
        && delivery.late
    {
        lines.push(line(
            "From the due time to the delivery".to_owned(),
            Some(&delivery.key),
            wait(due, Some(delivery.at), true),
        ));
    }
    lines
}

fn line(what: String, event: Option<&NaturalKey>, wait: Wait) -> WaitLine {
    WaitLine {
        what,
        event: event.cloned(),
        wait,
    }
}

/// Seconds covered by at least one of the waits; overlapping ones count once, lasting ones not at all.
fn covered(questions: &[&Question]) -> i64 {
    let mut spans: Vec<(Timestamp, Timestamp)> = questions
        .iter()
        .filter_map(|one| one.waited.until.map(|until| (one.waited.from, until)))
        .collect();
    spans.sort();
    let mut seconds = 0;
    let mut reached: Option<Timestamp> = None;
    for (from, until) in spans {
        let from = reached.map_or(from, |reached| reached.max(from));
        seconds += (until - from).num_seconds().max(0);
        reached = Some(reached.map_or(until, |reached| reached.max(until)));
    }
    seconds
}
