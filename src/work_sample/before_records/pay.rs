//! What format 1 found to be owed.

use chrono::{DateTime, Days};

use super::Delivery;
use crate::clock::Timestamp;
use crate::money::Percent;
use crate::work_sample::event::{Event, EventBody, NaturalKey};
use crate::work_sample::key;
use crate::work_sample::model::{Obligation, WorkSample};
use crate::work_sample::parts::ObligationReason;

/// The one obligation, if anything fell due. The first delivery, late or not, made the whole pay due, and won over a
/// withdrawal or cancellation after it.
pub(super) fn obligation(
    ws: &WorkSample,
    log: &[&Event],
    deliveries: &[Delivery],
) -> Option<Obligation> {
    let over = ws.over_at();
    let first = deliveries
        .iter()
        .find(|delivery| over.is_none_or(|over| delivery.at <= over));
    if let Some(delivery) = first {
        let why = (ObligationReason::Delivered, Percent::HUNDRED);
        return owed(ws, delivery.key.clone(), why, delivery.at);
    }
    let ended = ws.ended.as_ref()?;
    let last_end = log
        .iter()
        .rev()
        .find_map(|event| match &event.happening.body {
            EventBody::Withdrawn { .. } => Some(ObligationReason::Withdrawn),
            EventBody::Cancelled { .. } => Some(ObligationReason::Cancelled),
            _ => None,
        })?;
    match last_end {
        ObligationReason::Withdrawn if ws.provisioned_at.is_some_and(|at| at <= ended.at) => {
            let why = (last_end, ws.terms.withdrawn_percent);
            owed(ws, key::withdrawn(), why, ended.at)
        }
        ObligationReason::Cancelled if ws.accepted_at.is_some() => {
            let why = (last_end, ws.terms.cancelled_percent);
            owed(ws, key::cancelled(), why, ended.at)
        }
        ObligationReason::Withdrawn | ObligationReason::Cancelled | ObligationReason::Delivered => {
            None
        }
    }
}

fn owed(
    ws: &WorkSample,
    because: NaturalKey,
    (reason, share): (ObligationReason, Percent),
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
