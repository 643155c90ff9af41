//! Keeps what lists show of each work sample in step with its log, and makes it for logs that were written before there were
//! overviews, or while they had another form.

use super::WorkflowError;
use super::record::load;
use crate::ids::WorkSampleId;
use crate::store::{Store, StoreError, Tx};
use crate::work_sample::WorkSample;
use crate::work_sample::overview::overview;

/// So many are made in one transaction: others that write wait no longer than for these.
const AT_ONCE: u32 = 20;

/// Keeps the overview of a work sample as it stands now.
pub(super) fn keep(tx: &mut Tx<'_>, work_sample: &WorkSample) -> Result<(), StoreError> {
    let login = work_sample.login.as_ref().map_or("", |login| login.as_str());
    let email = work_sample.email.as_deref().unwrap_or_default();
    let search = [work_sample.candidate.as_str(), login, email];
    tx.keep_overview(&work_sample.id, &overview(work_sample), &search)
}

/// Makes the overviews that are missing; returns how many those were. It may be interrupted anywhere and goes on at the next
/// start.
///
/// # Errors
/// The database. A log that cannot be read is named in the process's log and left without an overview.
pub async fn make_missing(store: &Store) -> Result<usize, WorkflowError> {
    let mut after: Option<WorkSampleId> = None;
    let mut made = 0;
    loop {
        let from = after.clone();
        let ids = store
            .read(move |tx| tx.without_overview(from.as_ref(), AT_ONCE))
            .await?;
        let Some(last) = ids.last().cloned() else {
            break;
        };
        if made == 0 {
            tracing::info!("making the overviews of work samples");
        }
        made += store
            .write(move |tx| {
                let mut made = 0;
                for id in &ids {
                    match load(tx, id) {
                        Ok(work_sample) => {
                            keep(tx, &work_sample)?;
                            made += 1;
                        }
                        Err(
                            error @ (WorkflowError::Fold(_)
                            | WorkflowError::Unreadable(_)
                            | WorkflowError::NotFound { .. }),
                        ) => {
                            tracing::error!(work_sample = %id, %error, "could not make the overview of a work sample");
                        }
                        Err(error) => return Err(error),
                    }
                }
                Ok::<usize, WorkflowError>(made)
            })
            .await?;
        after = Some(last);
    }
    if made > 0 {
        tracing::info!(count = made, "made the overviews of work samples");
    }
    Ok(made)
}
