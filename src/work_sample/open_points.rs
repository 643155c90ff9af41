//! What is still open when somebody is about to decide: criteria that wait for a person, results that are not known, questions
//! without an answer, texts that were not understood. A decision may be made all the same; it should not be made unawares.

use serde::Serialize;

use super::answers::misread_commands;
use super::entry::{self, meant::SpecWords};
use super::event::NaturalKey;
use super::model::{Entry, Side, WorkSample};
use super::parts::EntryKind;
use super::records;
use crate::acceptance::Verdict;
use crate::clock::Timestamp;
use crate::ids::CriterionId;

/// One thing that is open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum OpenPoint {
    /// A person has not judged it yet.
    CriterionToJudge {
        #[schema(value_type = String)]
        criterion: CriterionId,
    },
    /// The check could not tell, and nobody has judged it.
    CriterionUndetermined {
        #[schema(value_type = String)]
        criterion: CriterionId,
    },
    /// A word that looks like a command was not understood.
    TextNotUnderstood {
        entry: NaturalKey,
        /// With its slash.
        word: String,
    },
    /// A question of the candidate has no reply.
    QuestionUnanswered { entry: NaturalKey },
    /// Words that deliver something are not recorded yet, or name nothing that is known.
    DeliveryUnresolved { delivery: NaturalKey },
}

/// All that is open, in the order of the variants.
pub fn open_points(ws: &WorkSample, words: &SpecWords) -> Vec<OpenPoint> {
    let mut points = Vec::new();
    criteria(ws, &mut points);
    points.extend(
        unsettled_misreads(ws, words)
            .into_iter()
            .map(|(entry, word, _)| OpenPoint::TextNotUnderstood {
                entry: entry.key.clone(),
                word: format!("/{word}"),
            }),
    );
    let unanswered = ws
        .entries_of(EntryKind::Question)
        .filter(|one| one.side == Side::Candidate && one.deleted_at.is_none())
        .filter(|one| ws.team_replies_to(&one.key).next().is_none());
    points.extend(unanswered.map(|one| OpenPoint::QuestionUnanswered {
        entry: one.key.clone(),
    }));
    points.extend(
        records::pending(ws).map(|read| OpenPoint::DeliveryUnresolved {
            delivery: read.delivery.clone(),
        }),
    );
    points
}

fn criteria(ws: &WorkSample, points: &mut Vec<OpenPoint>) {
    let Some(assessment) = ws.effective_assessment() else {
        return;
    };
    for result in &assessment.results {
        if ws.judgement(&result.criterion, &assessment.sha).is_some() {
            continue;
        }
        let criterion = result.criterion.clone();
        match result.verdict {
            Verdict::Open => points.push(OpenPoint::CriterionToJudge { criterion }),
            Verdict::Undetermined => points.push(OpenPoint::CriterionUndetermined { criterion }),
            Verdict::Passed | Verdict::Failed => {}
        }
    }
}

/// The candidate's texts with a word that looks like a command and is none, until they have done what they probably meant: the
/// text, the word, and the command that was meant, both without the slash.
pub fn unsettled_misreads<'w>(
    ws: &'w WorkSample,
    words: &SpecWords,
) -> Vec<(&'w Entry, String, &'static str)> {
    misread_commands(ws, words)
        .into_iter()
        .filter(|(entry, ..)| entry.side == Side::Candidate)
        .filter(|(entry, _, meant)| !was_put_right(ws, meant, entry.at))
        .collect()
}

/// Did the candidate write this command after that, or deliver in another way; or is it too late to?
fn was_put_right(ws: &WorkSample, meant: &str, after: Timestamp) -> bool {
    if ws.decision.is_some() || ws.ended.is_some() {
        return true;
    }
    let command = entry::COMMANDS.iter().find(|(word, _)| *word == meant);
    command.is_some_and(|(_, kind)| match kind {
        EntryKind::Delivery => ws.deliveries.iter().any(|one| one.at > after),
        kind => ws
            .entries_of(*kind)
            .any(|one| one.side == Side::Candidate && one.at > after && one.deleted_at.is_none()),
    })
}
