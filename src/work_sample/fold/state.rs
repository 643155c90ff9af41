//! Where a work sample stands, from everything that is known of it: the furthest that the facts carry it.

use super::side_of;
use crate::work_sample::event::{EventBody, Happening};
use crate::work_sample::model::{Side, State, WorkSample};

pub(super) fn of(ws: &WorkSample, ended_as: Option<State>, facts: &[&Happening]) -> State {
    if ws.closed_at.is_some() {
        State::Closed
    } else if ws.decision.is_some() {
        State::Decided
    } else if let Some(ended_as) = ended_as {
        ended_as
    } else if let Some(delivery) = ws.effective_delivery() {
        let assessed = delivery.sha.as_ref().is_some_and(|sha| {
            ws.assessments.iter().any(|one| &one.sha == sha)
                || ws.not_assessable.iter().any(|one| &one.sha == sha)
        });
        if assessed {
            State::Assessed
        } else {
            State::Delivered
        }
    } else if ws.provisioned_at.is_some() {
        if facts.iter().any(|fact| is_work(ws, fact)) {
            State::InProgress
        } else {
            State::Provisioned
        }
    } else if ws.accepted_at.is_some() {
        State::Accepted
    } else if ws.offered_at.is_some() {
        State::Offered
    } else {
        State::Drafted
    }
}

/// Is it something the candidate did in the repository? Joining it is not yet work.
fn is_work(ws: &WorkSample, fact: &Happening) -> bool {
    !matches!(
        fact.body,
        EventBody::MemberAdded { .. }
            | EventBody::MemberRemoved { .. }
            | EventBody::MemberSeen { .. }
            | EventBody::MemberGone { .. }
            | EventBody::CheckCompleted { .. }
    ) && side_of(&fact.actor, fact.occurred_at, ws) == Side::Candidate
}
