//! Brings logs that an earlier version wrote to the present format, when a process starts.
//!
//! Each log is upgraded in one transaction, so the step may be interrupted anywhere and goes on at the next start; two
//! processes that start at once upgrade each log once.

use super::WorkflowError;
use super::record::record;
use crate::clock::Timestamp;
use crate::ids::WorkSampleId;
use crate::store::{Store, StoreError, Tx};
use crate::work_sample::{Source, before_records};

/// Logs written by this version.
pub(super) const LOG_FORMAT: i32 = before_records::LOG_FORMAT as i32;

/// Upgrades every log that is in an earlier format; returns how many those were.
///
/// # Errors
/// The database. A log that cannot be read is named in the process's log and left as it is.
pub async fn upgrade_logs(store: &Store, now: Timestamp) -> Result<usize, WorkflowError> {
    let logs = store.read(|tx| tx.logs_before_format(LOG_FORMAT)).await?;
    let count = logs.len();
    if count == 0 {
        return Ok(0);
    }
    tracing::info!(count, "upgrading the logs of an earlier version");
    let mut upgraded = 0;
    for id in logs {
        let named = id.clone();
        match store.write(move |tx| upgrade_log(tx, &id, now)).await {
            Ok(()) => upgraded += 1,
            // One log that cannot be read must not keep all others from being worked on. It is tried again at the next start.
            Err(error @ (WorkflowError::Fold(_) | WorkflowError::Unreadable(_))) => {
                tracing::error!(work_sample = %named, %error, "could not upgrade a log of an earlier version");
            }
            Err(error) => return Err(error),
        }
    }
    tracing::info!(count = upgraded, "upgraded the logs of an earlier version");
    Ok(upgraded)
}

/// The work samples whose log is still in an earlier format: those that could not be upgraded.
///
/// # Errors
/// The database.
pub async fn logs_left(store: &Store) -> Result<Vec<WorkSampleId>, StoreError> {
    store.read(|tx| tx.logs_before_format(LOG_FORMAT)).await
}

/// Upgrades one log, unless that is done.
///
/// # Errors
/// A log that cannot be read, or the database.
pub fn upgrade_log(
    tx: &mut Tx<'_>,
    id: &WorkSampleId,
    now: Timestamp,
) -> Result<(), WorkflowError> {
    let row = tx
        .work_sample_row(id)?
        .ok_or_else(|| StoreError::NotFound {
            what: format!("the work sample {id}"),
        })?;
    if row.log_format >= LOG_FORMAT {
        return Ok(());
    }
    let events = tx.events(id)?;
    if !events.is_empty() {
        let happenings = before_records::upgrade(&events, now)?;
        record(tx, id, row.last_seq, &happenings, Source::Service, now)?;
    }
    Ok(tx.set_log_format(id, LOG_FORMAT)?)
}
