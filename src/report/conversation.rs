//! The written conversation: questions with their answers, updates, decisions with the team's replies, the memo, and all
//! that is none of these.

use std::collections::BTreeSet;

use super::facts::{Facts, section};
use super::model::{Decision, Memo, Question, Said, Update, Wait};
use crate::clock::Timestamp;
use crate::work_sample::{Entry, EntryKind, NaturalKey, WorkSample};

pub(super) struct Conversation {
    pub questions: Vec<Question>,
    pub updates: Vec<Update>,
    pub decisions: Vec<Decision>,
    pub memos: Vec<Memo>,
    pub others: Vec<Said>,
}

/// Sorts every entry into exactly one place; `elsewhere` names the entries that are told with the deliveries.
pub(super) fn read(facts: &Facts<'_>, elsewhere: &BTreeSet<&NaturalKey>) -> Conversation {
    let ws = facts.ws;
    let mut told: BTreeSet<&NaturalKey> = elsewhere.clone();
    let mut conversation = Conversation {
        questions: Vec::new(),
        updates: Vec::new(),
        decisions: Vec::new(),
        memos: Vec::new(),
        others: Vec::new(),
    };
    let mut last_update = ws.provisioned_at.or(ws.accepted_at);
    for entry in ws
        .entries
        .iter()
        .filter(|entry| !elsewhere.contains(&entry.key))
    {
        match entry.kind {
            EntryKind::Question => {
                let answers = replies(ws, entry);
                told.extend(answers.iter().map(|one| &one.key));
                told.insert(&entry.key);
                let label = format!("Q{}", conversation.questions.len() + 1);
                conversation
                    .questions
                    .push(question(facts, entry, &answers, label));
            }
            EntryKind::Decision => {
                let answers = replies(ws, entry);
                told.extend(answers.iter().map(|one| &one.key));
                told.insert(&entry.key);
                let label = format!("D{}", conversation.decisions.len() + 1);
                conversation
                    .decisions
                    .push(decision(facts, entry, &answers, label));
            }
            EntryKind::Progress => {
                told.insert(&entry.key);
                let label = format!("U{}", conversation.updates.len() + 1);
                conversation
                    .updates
                    .push(update(facts, entry, label, last_update));
                last_update = Some(entry.at);
            }
            EntryKind::Memo => {
                told.insert(&entry.key);
                conversation.memos.push(memo(facts, entry));
            }
            EntryKind::Kickoff
            | EntryKind::Answer
            | EntryKind::Confirm
            | EntryKind::Redirect
            | EntryKind::Delivery
            | EntryKind::Note
            | EntryKind::Notice => {}
        }
    }
    conversation.others = ws
        .entries
        .iter()
        .filter(|entry| !told.contains(&entry.key))
        .map(|entry| facts.said(entry))
        .collect();
    conversation
}

/// What the team wrote back, in order of time. A comment that also ends the waiting for something else is shown once.
fn replies<'a>(ws: &'a WorkSample, entry: &Entry) -> Vec<&'a Entry> {
    ws.entries
        .iter()
        .filter(|one| one.about.as_ref() == Some(&entry.key))
        .collect()
}

fn question(facts: &Facts<'_>, entry: &Entry, answers: &[&Entry], label: String) -> Question {
    let sections = &entry.sections;
    Question {
        label,
        said: facts.said(entry),
        context: section(sections.context.as_ref()),
        own_assessment: section(sections.own_assessment.as_ref()),
        default_action: section(sections.default_action.as_ref()),
        blocking: section(sections.blocking.as_ref()),
        is_blocking: sections.blocking.as_deref().is_some_and(says_yes),
        rest: section(sections.rest.as_ref()),
        answers: answers.iter().map(|one| facts.said(one)).collect(),
        waited: wait_for_reply(facts.ws, entry),
        gaps: facts.gaps_of(entry),
    }
}

fn decision(facts: &Facts<'_>, entry: &Entry, replies: &[&Entry], label: String) -> Decision {
    let sections = &entry.sections;
    Decision {
        label,
        said: facts.said(entry),
        open_point: section(sections.open_point.as_ref()),
        options: section(sections.options.as_ref()),
        choice: section(sections.choice.as_ref()),
        rest: section(sections.rest.as_ref()),
        replies: replies.iter().map(|one| facts.said(one)).collect(),
        waited: wait_for_reply(facts.ws, entry),
        gaps: facts.gaps_of(entry),
    }
}

fn update(facts: &Facts<'_>, entry: &Entry, label: String, last: Option<Timestamp>) -> Update {
    let sections = &entry.sections;
    Update {
        label,
        said: facts.said(entry),
        done: section(sections.done.as_ref()),
        next: section(sections.next.as_ref()),
        blocked: section(sections.blocked.as_ref()),
        estimate: section(sections.estimate.as_ref()),
        rest: section(sections.rest.as_ref()),
        seconds_since_last: last.map(|last| (entry.at - last).num_seconds().max(0)),
    }
}

fn memo(facts: &Facts<'_>, entry: &Entry) -> Memo {
    let sections = &entry.sections;
    Memo {
        said: facts.said(entry),
        understanding: section(sections.understanding.as_ref()),
        open_questions: section(sections.open_questions.as_ref()),
        approach: section(sections.approach.as_ref()),
        rest: section(sections.rest.as_ref()),
    }
}

fn wait_for_reply(ws: &WorkSample, entry: &Entry) -> Wait {
    match ws.replies_to(&entry.key).next() {
        Some(reply) => wait(entry.at, Some(reply.at), true),
        None => wait(entry.at, end_of_work(ws), false),
    }
}

/// When the work was over for the candidate: delivered for good, or ended early.
pub(super) fn end_of_work(ws: &WorkSample) -> Option<Timestamp> {
    ws.effective_delivery()
        .map(|delivery| delivery.at)
        .or_else(|| ws.ended.as_ref().map(|ended| ended.at))
        .or(ws.closed_at)
}

pub(super) fn wait(from: Timestamp, until: Option<Timestamp>, came: bool) -> Wait {
    let until = until.map(|until| until.max(from));
    Wait {
        from,
        until,
        seconds: until.map(|until| (until - from).num_seconds()),
        came,
    }
}

/// Reads "Blocking?": yes in its usual spellings. Everything else, silence too, means that the candidate goes on.
fn says_yes(words: &str) -> bool {
    let word: String = words
        .trim()
        .chars()
        .take_while(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect();
    matches!(word.as_str(), "yes" | "y" | "true" | "blocking" | "blocked")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocking_is_read_from_the_first_word_and_silence_means_going_on() {
        for yes in ["Yes", "yes, I cannot start R3", " YES.", "Blocking"] {
            assert!(says_yes(yes), "{yes}");
        }
        for no in [
            "No",
            "",
            "not yet",
            "no, yes would be too much",
            "yesterday",
        ] {
            assert!(!says_yes(no), "{no}");
        }
    }
}
