//! Whether a link is still good, and what to say where it is not.

use chrono::Duration;

use super::WorkflowError;
use crate::clock::Timestamp;
use crate::ids::WorkSampleId;
use crate::store::{LinkRow, ReadTx};
use crate::work_sample::State;

/// A candidate reads feedback, report and archive for so long after the close.
const AFTER_THE_CLOSE: Duration = Duration::days(90);

/// Is the link good, as far as its own row says?
pub(super) fn check(link: &LinkRow, now: Timestamp) -> Result<(), WorkflowError> {
    if link.revoked_at.is_some() {
        return Err(WorkflowError::invalid(
            "link_revoked",
            "this link was revoked: use the newest one that you were sent, or ask for another",
        ));
    }
    if link.used_at.is_some() {
        return Err(used());
    }
    match link.expires_at {
        Some(end) if end <= now => Err(expired()),
        _ => Ok(()),
    }
}

/// Is a candidate still let in to a work sample? It is closed to them 90 days after it ended.
pub(super) fn check_not_over(
    tx: &mut ReadTx<'_>,
    id: &WorkSampleId,
    state: State,
    now: Timestamp,
) -> Result<(), WorkflowError> {
    match is_over(tx, id, state, now)? {
        true => Err(expired()),
        false => Ok(()),
    }
}

/// Did a work sample end 90 days ago?
pub(super) fn is_over(
    tx: &mut ReadTx<'_>,
    id: &WorkSampleId,
    state: State,
    now: Timestamp,
) -> Result<bool, WorkflowError> {
    let has_ended = matches!(
        state,
        State::Closed | State::Declined | State::Expired | State::Withdrawn | State::Cancelled
    );
    if !has_ended {
        return Ok(false);
    }
    let ended = tx.ended_at(id)?;
    Ok(ended.is_some_and(|ended| ended + AFTER_THE_CLOSE <= now))
}

pub(super) fn unknown() -> WorkflowError {
    WorkflowError::invalid(
        "link_unknown",
        "no such link: check that the address was copied whole, or ask for another link",
    )
}

pub(super) fn used() -> WorkflowError {
    WorkflowError::invalid(
        "link_used",
        "this link was used already, and it is good only once: ask for another",
    )
}

pub(super) fn expired() -> WorkflowError {
    WorkflowError::invalid("link_expired", "this link is too old: ask for another")
}
