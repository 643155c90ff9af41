//! The conversation and the steps of a work sample, as its page shows them.

use super::super::components::{Step, StepState, When};
use super::super::length::length;
use crate::clock::Timestamp;
use crate::report;
use crate::work_sample::{Entry, EntryKind, Side, WorkSample, entry};
use crate::zone::Zone;

/// One text of the conversation.
pub(super) struct Said {
    pub key: String,
    /// The anchor of the text on the page.
    pub anchor: String,
    pub kind: &'static str,
    pub badge: &'static str,
    pub who: String,
    pub is_candidates: bool,
    pub at: When,
    pub title: String,
    pub text: String,
    pub clauses: Vec<String>,
    /// Empty where it is not at GitHub.
    pub html_url: String,
    pub remark: String,
    pub is_deleted: bool,
    /// How long it has waited for a reply, where it waits.
    pub waits: Option<String>,
    /// Which form replies to it.
    pub reply: Reply,
    pub form: String,
    /// The ids of the fields of its forms.
    pub text_field: String,
    pub note_field: String,
    /// The form that reads it as another kind.
    pub reclassify: String,
    /// How many replies there are.
    pub seen: usize,
    pub replies: Vec<Said>,
    /// A reviewer may read it as another kind.
    pub may_reclassify: bool,
    /// The gap that a reply of the team is about, and the interpretation that it settles on: for the team alone.
    pub settles: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reply {
    None,
    Answer,
    Settle,
}

impl Said {
    pub fn answers(&self) -> bool {
        self.reply == Reply::Answer
    }

    pub fn settles(&self) -> bool {
        self.reply == Reply::Settle
    }

    /// The label of the field for a reply.
    pub fn text_label(&self) -> &'static str {
        if self.answers() {
            "Answer"
        } else {
            "Words, needed to redirect"
        }
    }
}

/// Everything that was said, in order of time; what replies to a question or decision stands below it.
pub(super) fn texts(ws: &WorkSample, zone: Zone, now: Timestamp) -> Vec<Said> {
    let over = ws.over_at().is_some();
    ws.entries
        .iter()
        .filter(|one| one.about.as_ref().and_then(|key| ws.entry(key)).is_none())
        .filter(|one| !matches!(one.kind, EntryKind::Kickoff | EntryKind::Notice))
        .map(|one| {
            let replies: Vec<&Entry> = ws.replies_to(&one.key).collect();
            let seen = ws.team_replies_to(&one.key).count();
            let waits = one.side == Side::Candidate
                && one.deleted_at.is_none()
                && seen == 0
                && !over
                && matches!(one.kind, EntryKind::Question | EntryKind::Decision);
            Said {
                waits: waits.then(|| length(one.at, now)),
                reply: match one.kind {
                    _ if one.side != Side::Candidate || one.deleted_at.is_some() => Reply::None,
                    EntryKind::Question => Reply::Answer,
                    EntryKind::Decision => Reply::Settle,
                    _ => Reply::None,
                },
                seen,
                replies: replies
                    .into_iter()
                    .map(|reply| said(ws, reply, zone))
                    .collect(),
                ..said(ws, one, zone)
            }
        })
        .collect()
}

fn said(ws: &WorkSample, one: &Entry, zone: Zone) -> Said {
    let anchor = super::anchor(&one.key.0);
    let content = entry::read(&one.text).content(one.kind);
    let settled = ws.replies.iter().find(|reply| reply.key == one.key);
    let settles = settled.and_then(|reply| {
        let gap = reply.gap.as_ref()?;
        Some(match &reply.interpretation {
            Some(way) => format!("{gap}, {way}"),
            None => gap.to_string(),
        })
    });
    Said {
        key: one.key.0.clone(),
        text_field: format!("text-{anchor}"),
        note_field: format!("note-{anchor}"),
        anchor,
        kind: one.kind.in_words(),
        badge: match one.kind {
            EntryKind::Question => "info",
            EntryKind::Decision => "info",
            EntryKind::Delivery => "success",
            EntryKind::Redirect => "warning",
            _ => "neutral",
        },
        who: report::one_line(&one.login),
        is_candidates: one.side == Side::Candidate,
        at: When::in_zone(one.at, zone),
        title: report::one_line(&one.title),
        text: content.trim_start().to_owned(),
        clauses: one.clauses.iter().map(ToString::to_string).collect(),
        html_url: one.html_url.clone(),
        remark: one.remark.clone().unwrap_or_default(),
        is_deleted: one.deleted_at.is_some(),
        waits: None,
        reply: Reply::None,
        form: format!("reply:{}", one.key),
        reclassify: format!("reclassify:{}", one.key),
        seen: 0,
        replies: Vec::new(),
        may_reclassify: one.side.takes_part()
            && !matches!(
                one.kind,
                EntryKind::Kickoff | EntryKind::Notice | EntryKind::Delivery
            ),
        settles: settles.unwrap_or_default(),
    }
}

/// Where it stands, step by step.
pub(super) fn steps(ws: &WorkSample, zone: Zone) -> Vec<Step> {
    let paid = ws
        .obligation
        .as_ref()
        .filter(|_| ws.outstanding().is_none())
        .and_then(|_| ws.payouts.last())
        .map(|one| one.at);
    let moments = [
        ("Offer", ws.offered_at),
        ("Acceptance", ws.accepted_at),
        ("Repository", ws.provisioned_at),
        ("Delivery", ws.effective_delivery().map(|one| one.at)),
        ("Decision", ws.decided_at()),
        ("Payment", paid),
        ("Close", ws.closed_at),
    ];
    let ended = ws.ended.is_some();
    let now = moments.iter().position(|(_, at)| at.is_none());
    let next_after_end = if ws.outstanding().is_some() {
        "Payment"
    } else {
        "Close"
    };
    moments
        .iter()
        .enumerate()
        .map(|(index, (label, at))| {
            let may_come = match *label {
                "Payment" => ws.obligation.is_some(),
                "Close" => true,
                _ => !ended,
            };
            let state = match at {
                Some(_) => StepState::Done,
                None if !may_come && (ended || ws.decision.is_some()) => StepState::Off,
                None if now == Some(index) => StepState::Now,
                None if ended && *label == next_after_end => StepState::Now,
                None => StepState::Ahead,
            };
            Step::new(*label, state, at.map(|at| zone.day(at)).unwrap_or_default())
        })
        .collect()
}
