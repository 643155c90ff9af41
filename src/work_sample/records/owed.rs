//! What a delivery or an early end makes due.

use chrono::{DateTime, Days};

use crate::clock::Timestamp;
use crate::money::Percent;
use crate::work_sample::event::{Actor, EventBody, Happening, NaturalKey};
use crate::work_sample::key;
use crate::work_sample::model::{Obligation, WorkSample};
use crate::work_sample::parts::ObligationReason;

pub(super) fn obligation_recorded(n: usize, owed: Obligation, now: Timestamp) -> Happening {
    Happening {
        key: key::obligation_recorded(n),
        actor: Actor::Service,
        occurred_at: now,
        body: EventBody::ObligationRecorded {
            because: owed.because,
            reason: owed.reason,
            amount: owed.amount,
            fell_due_at: owed.fell_due_at,
            pay_by: owed.pay_by,
        },
    }
}

/// What is owed under the terms, if that is anything. Verdicts, judgements and decisions are not read here: pay is for the
/// work, never for passing.
pub(super) fn owed(
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
