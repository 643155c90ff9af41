//! The comments that carry what the team replied in the service.

use super::{Answer, AnswerKind, in_a_sentence, is_pull};
use crate::work_sample::event::Actor;
use crate::work_sample::model::WorkSample;
use crate::work_sample::parts::ReplyKind;

/// A comment for each reply.
pub(super) fn answers(ws: &WorkSample) -> impl Iterator<Item = Answer> {
    ws.replies.iter().filter_map(|reply| {
        let about = ws.entry(&reply.entry)?;
        let by = match &reply.by {
            Actor::Lead { name } | Actor::Reviewer { name } => name.clone(),
            Actor::Candidate | Actor::Service | Actor::GitHub { .. } => return None,
        };
        Some(Answer {
            about: reply.key.clone(),
            number: about.place.number(),
            on_pull: is_pull(ws, about),
            written_at: reply.at,
            kind: AnswerKind::Reply {
                by,
                kind: reply.kind,
                text: reply.text.clone(),
            },
        })
    })
}

/// Who replied, and their words alone: neither a gap nor an interpretation.
pub(super) fn text(by: &str, kind: ReplyKind, text: &str) -> String {
    let did = match kind {
        ReplyKind::Answer => "answers",
        ReplyKind::Confirm => "confirms this decision",
        ReplyKind::Redirect => "redirects this decision",
    };
    let by = in_a_sentence(by).replace(['*', '_', '`', '[', ']', '\\'], "");
    let text = text.trim();
    if text.is_empty() {
        format!("**{by}** {did}.")
    } else {
        format!("**{by}** {did}:\n\n{text}")
    }
}
