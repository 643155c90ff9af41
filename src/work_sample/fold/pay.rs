//! What is owed. Verdicts, judgements and decisions are not read here: pay is for the work, never for passing.

use chrono::{DateTime, Days};

use crate::clock::Timestamp;
use crate::money::Percent;
use crate::work_sample::event::NaturalKey;
use crate::work_sample::key;
use crate::work_sample::model::{Obligation, ObligationReason, State, WorkSample};

/// The one obligation, if anything fell due. The first delivery, late or not, makes the whole pay due, and wins over a
/// withdrawal or cancellation after it.
pub(super) fn obligation(ws: &WorkSample, ended_as: Option<State>) -> Option<Obligation> {
    let over = ws.over_at();
    let first = ws
        .deliveries
        .iter()
        .find(|delivery| over.is_none_or(|over| delivery.at <= over));
    if let Some(delivery) = first {
        return owed(
            ws,
            delivery.key.clone(),
            ObligationReason::Delivered,
            Percent::HUNDRED,
            delivery.at,
        );
    }
    let ended = ws.ended.as_ref()?;
    match ended_as? {
        State::Withdrawn if ws.provisioned_at.is_some_and(|at| at <= ended.at) => owed(
            ws,
            key::withdrawn(),
            ObligationReason::Withdrawn,
            ws.terms.withdrawn_percent,
            ended.at,
        ),
        State::Cancelled if ws.accepted_at.is_some() => owed(
            ws,
            key::cancelled(),
            ObligationReason::Cancelled,
            ws.terms.cancelled_percent,
            ended.at,
        ),
        State::Withdrawn
        | State::Cancelled
        | State::Declined
        | State::Expired
        | State::Drafted
        | State::Offered
        | State::Accepted
        | State::Provisioned
        | State::InProgress
        | State::Delivered
        | State::Assessed
        | State::Decided
        | State::Closed => None,
    }
}

fn owed(
    ws: &WorkSample,
    because: NaturalKey,
    reason: ObligationReason,
    share: Percent,
    fell_due_at: Timestamp,
) -> Option<Obligation> {
    let amount = ws.terms.pay.percent(share);
    (amount.amount_minor > 0).then(|| Obligation {
        because,
        reason,
        amount,
        fell_due_at,
        pay_by: fell_due_at
            .checked_add_days(Days::new(u64::from(ws.terms.pay_within_days)))
            .unwrap_or(DateTime::<chrono::Utc>::MAX_UTC),
    })
}
