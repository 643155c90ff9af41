//! Replies of the team to questions and decisions.

use super::who::given;
use crate::ids::{GapId, InterpretationId};
use crate::spec::Spec;
use crate::work_sample::command::Refusal;
use crate::work_sample::event::{EventBody, NaturalKey};
use crate::work_sample::key;
use crate::work_sample::model::{Side, WorkSample};
use crate::work_sample::parts::{EntryKind, ReplyKind};
use crate::work_sample::refusal::RefusalCode as Code;

/// `to`: the entry, and how many replies the person had seen.
pub(super) fn reply(
    ws: &WorkSample,
    spec: &Spec,
    (to, seen): (&NaturalKey, Option<usize>),
    (kind, text): (ReplyKind, String),
    about: (Option<GapId>, Option<InterpretationId>),
) -> Result<(NaturalKey, EventBody), Refusal> {
    let entry = ws.entry(to).ok_or_else(|| {
        Code::UnknownEntry.because(format!("the conversation has no entry `{to}`"))
    })?;
    let fits = match kind {
        ReplyKind::Answer => entry.kind == EntryKind::Question,
        ReplyKind::Confirm | ReplyKind::Redirect => entry.kind == EntryKind::Decision,
    };
    if !fits || entry.side != Side::Candidate {
        return Err(Code::NotAnswerable.because(
            "only a question of the candidate can be answered, and only a decision of theirs confirmed or redirected",
        ));
    }
    if entry.deleted_at.is_some() {
        return Err(Code::TextDeleted
            .because("the candidate deleted this text; there is nothing to reply to"));
    }
    let replies = ws.team_replies_to(to).count();
    if seen.is_some_and(|seen| seen != replies) {
        return Err(Code::RepliedMeanwhile
            .because("the replies are not the ones that your page showed, for one came or was taken back since; read them before you send yours"));
    }
    match kind {
        ReplyKind::Answer => given(&text, "write the answer; the candidate reads it")?,
        ReplyKind::Redirect => given(
            &text,
            "write what is to be done instead; the candidate reads it",
        )?,
        ReplyKind::Confirm => {}
    }
    let (gap, interpretation) = about;
    gap_is_known(spec, gap.as_ref(), interpretation.as_ref())?;
    Ok((
        key::replied(ws.replies.len() + 1),
        EventBody::Replied {
            entry: to.clone(),
            kind,
            text,
            gap,
            interpretation,
        },
    ))
}

fn gap_is_known(
    spec: &Spec,
    gap: Option<&GapId>,
    interpretation: Option<&InterpretationId>,
) -> Result<(), Refusal> {
    let Some(gap) = gap else {
        return match interpretation {
            None => Ok(()),
            Some(_) => {
                Err(Code::UnknownGap
                    .because("an interpretation belongs to a gap; name the gap, too"))
            }
        };
    };
    let found = spec
        .gaps
        .iter()
        .find(|one| one.id == *gap)
        .ok_or_else(|| Code::UnknownGap.because(format!("the spec has no gap {gap}")))?;
    match interpretation {
        Some(wanted) if !found.interpretations.iter().any(|one| one.id == *wanted) => {
            Err(Code::UnknownGap.because(format!("{gap} has no interpretation {wanted}")))
        }
        _ => Ok(()),
    }
}
