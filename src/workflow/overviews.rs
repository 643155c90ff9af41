//! Keeps what lists show of each work sample in step with its log, and makes it for logs that were written before there were
//! overviews, or while they had another form.

use super::WorkflowError;
use super::record::{keep_overview, load};
use crate::ids::WorkSampleId;
use crate::store::Store;

/// So many are made in one transaction: others that write wait no longer than for these.
const AT_ONCE: u32 = 20;

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
                            keep_overview(tx, &work_sample)?;
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
