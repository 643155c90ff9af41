//! Answers to deliveries: what was recorded, whether it is in time, and what happens next.

#[cfg(test)]
mod tests;

use super::{Answer, AnswerKind, in_a_sentence, is_pull};
use crate::clock::{Timestamp, for_people};
use crate::ids::CommitSha;
use crate::work_sample::delivery::{DeliveryRecord, STARTER_CONFIRMED_WITHIN};
use crate::work_sample::event::{Actor, NaturalKey};
use crate::work_sample::model::WorkSample;
use crate::work_sample::parts::DeliveryOutcome;

/// What an answer to a delivery says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryAnswer {
    outcome: DeliveryOutcome,
    declared_at: Timestamp,
    due_at: Option<Timestamp>,
    late: bool,
    counts: bool,
    /// Does a later delivery count instead?
    later_counts: bool,
    starter: bool,
    /// The branch and commit of newer work that is not part of it.
    left_out: Option<(String, CommitSha)>,
    /// The lead who recorded or corrected it, and why.
    lead: Option<(String, String)>,
}

/// What an answer to a record is about.
pub fn about(record: &DeliveryRecord) -> NaturalKey {
    record.key.clone()
}

/// An answer to the latest record of each delivery.
pub(super) fn answers(ws: &WorkSample) -> impl Iterator<Item = Answer> + '_ {
    ws.delivery_records
        .iter()
        .filter(|record| ws.record_of(&record.delivery) == Some(record))
        // What an earlier version had read was recorded at the upgrade and is no news.
        .filter(|record| ws.upgraded_at.is_none_or(|at| record.at > at))
        .filter(|record| !is_repeat(ws, record))
        .filter_map(|record| answer(ws, record))
}

/// A request for the starter that needs no answer: the starter was confirmed meanwhile, or the API answered it and an earlier
/// one has an answer here.
fn is_repeat(ws: &WorkSample, record: &DeliveryRecord) -> bool {
    let unconfirmed = |record: &DeliveryRecord| {
        matches!(record.outcome, DeliveryOutcome::StarterUnconfirmed { .. })
    };
    if !unconfirmed(record) {
        return false;
    }
    let mut records = ws.delivery_records.iter();
    let earlier = records.any(|one| {
        unconfirmed(one) && one.delivery != record.delivery && one.declared_at < record.declared_at
    });
    ws.starter_is_delivered() || record.place.is_none() && earlier
}

fn answer(ws: &WorkSample, record: &DeliveryRecord) -> Option<Answer> {
    let entry = ws.entry(&record.delivery);
    let (number, on_pull) = match (&record.place, entry) {
        (Some(place), Some(entry)) => (place.number(), is_pull(ws, entry)),
        (Some(place), None) => (place.number(), place.is_on_pull_request()),
        (None, _) => (ws.provisioning.kickoff?, false),
    };
    let delivery = ws
        .deliveries
        .iter()
        .find(|one| one.recorded_by == record.key);
    let effective = ws.effective_delivery();
    let is_delivered = |sha: &CommitSha| {
        let mut deliveries = ws.deliveries.iter();
        deliveries.any(|one| one.sha.as_ref() == Some(sha))
    };
    // Advice to deliver helps only where this delivery counts and the newer work was not delivered yet.
    let left_out = delivery
        .filter(|one| one.effective)
        .and_then(|one| ws.left_out(one))
        .filter(|push| !is_delivered(&push.after));
    let left_out = left_out.map(|push| {
        let branch = push.git_ref.strip_prefix("refs/heads/");
        (
            branch.unwrap_or(&push.git_ref).to_owned(),
            push.after.clone(),
        )
    });
    let lead = match (&record.by, &record.reason) {
        (Actor::Lead { name }, Some(reason)) => Some((name.clone(), reason.clone())),
        _ => None,
    };
    Some(Answer {
        about: about(record),
        number,
        on_pull,
        written_at: record.declared_at,
        kind: AnswerKind::Delivery(DeliveryAnswer {
            outcome: record.outcome.clone(),
            declared_at: record.declared_at,
            due_at: ws.due_at,
            late: delivery.map_or(record.late, |one| one.late),
            counts: delivery.is_some_and(|one| one.effective),
            later_counts: delivery
                .zip(effective)
                .is_some_and(|(one, effective)| effective.at > one.at),
            starter: record.starter,
            left_out,
            lead,
        }),
    })
}

impl DeliveryAnswer {
    /// The words of the answer, in Markdown.
    pub(super) fn text(&self) -> String {
        let mut parts = match &self.outcome {
            DeliveryOutcome::Delivered { sha } => self.delivered(sha.as_ref()),
            DeliveryOutcome::StarterUnconfirmed { sha } => self.unconfirmed(sha),
            DeliveryOutcome::NotResolved { why } => not_resolved(why),
        };
        if let Some((name, reason)) = &self.lead {
            parts.push(format!(
                "Recorded by {}: {}",
                in_a_sentence(name),
                in_a_sentence(reason)
            ));
        }
        parts.push("<sub>This is an automatic message.</sub>".to_owned());
        parts.join("\n\n")
    }

    fn delivered(&self, sha: Option<&CommitSha>) -> Vec<String> {
        let commit = match sha {
            Some(sha) => format!("commit {sha}"),
            None => "no commit is known yet".to_owned(),
        };
        let at = for_people(self.declared_at);
        let timing = match (self.due_at, self.late) {
            (Some(due), true) => format!("late: it was due at {}", for_people(due)),
            (Some(due), false) => format!("in time: it is due at {}", for_people(due)),
            (None, _) => "in time".to_owned(),
        };
        let mut parts = vec![format!("**Delivered**: {commit}, {at}, {timing}.")];
        if self.starter {
            parts.push("This is the starter with nothing changed.".to_owned());
        }
        if let Some((branch, sha)) = &self.left_out {
            parts.push(format!(
                "Newer work on `{}` ({}) is **not part of it**. To deliver that, write `/deliver` with the name of the branch.",
                in_a_sentence(branch).replace('`', "'"),
                sha.short()
            ));
        }
        parts.push(if !self.counts && self.later_counts {
            "A later delivery counts, so this one changes nothing.".to_owned()
        } else if !self.counts {
            "An earlier delivery counts, so this one changes nothing.".to_owned()
        } else if self.late {
            "The acceptance criteria are checked on this commit next, and your pay is due by the terms.".to_owned()
        } else {
            "The acceptance criteria are checked on this commit next, and your pay is due by the terms. You can deliver again until the due time: the last delivery in time counts.".to_owned()
        });
        parts
    }

    fn unconfirmed(&self, sha: &CommitSha) -> Vec<String> {
        vec![
            format!(
                "**Nothing was delivered**: {} is the starter with nothing changed.",
                sha.short()
            ),
            "Push your work, then write `/deliver` again; with the name of a branch behind it, if the work is not on the default branch.".to_owned(),
            format!(
                "If you mean the starter as it is, write `/deliver starter` within {} hours. It then counts as of {}.",
                STARTER_CONFIRMED_WITHIN.num_hours(),
                for_people(self.declared_at)
            ),
        ]
    }
}

fn not_resolved(why: &str) -> Vec<String> {
    vec![
        format!("**Nothing was delivered**: {}.", in_a_sentence(why)),
        "Write a new comment with `/deliver` alone for the head of the pull request that it is on (elsewhere: of the default branch), or with a branch, a tag, a commit or a pull request behind it, such as `/deliver work` or `/deliver #2`.".to_owned(),
    ]
}
