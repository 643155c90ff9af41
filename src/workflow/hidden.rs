//! What GitHub does not show, a repository or an account. It need not be gone: a new one may not be visible everywhere yet,
//! an App may lose its rights for a moment, and at times GitHub does not find what it has. So one look says nothing. Whoever
//! looks in vain notes since when nobody saw it, whoever sees it forgets that; it is believed to be gone once that is long ago.

use chrono::Duration;

use super::stored::checkpoint;
use super::{Services, WorkflowError};
use crate::clock::Timestamp;
use crate::ids::WorkSampleId;
use crate::store::StoreError;

/// What is not shown for so long is believed not to be there.
const BELIEVED_GONE_AFTER: Duration = Duration::minutes(10);

/// The mark of a work sample's repository.
pub(super) fn repository(id: &WorkSampleId) -> String {
    checkpoint::hidden_repository(id)
}

/// The mark of an account.
pub(super) fn account(id: u64) -> String {
    checkpoint::hidden_account(id)
}

/// What a look in vain comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sight {
    /// Nobody has seen it since then, and that is long enough.
    Gone { since: Timestamp },
    /// Look again then, before anything is believed.
    Hidden { until: Timestamp },
}

/// Somebody looked in vain for what has this mark.
pub(super) async fn unseen(services: &Services, mark: String) -> Result<Sight, StoreError> {
    let now = services.now();
    let since = services
        .store
        .write(move |tx| {
            let since = tx.looked_at(&mark)?;
            if since.is_none() {
                tx.looked(&mark, now)?;
            }
            Ok::<_, StoreError>(since.unwrap_or(now))
        })
        .await?;
    let until = since + BELIEVED_GONE_AFTER;
    Ok(if now < until {
        Sight::Hidden { until }
    } else {
        Sight::Gone { since }
    })
}

/// [`unseen`], for whoever can go on only with what is gone.
///
/// # Errors
/// [`WorkflowError::Unseen`], with which a job is put off and no attempt counted.
pub(super) async fn is_gone(services: &Services, mark: String) -> Result<(), WorkflowError> {
    match unseen(services, mark).await? {
        Sight::Gone { .. } => Ok(()),
        Sight::Hidden { until } => Err(WorkflowError::Unseen { until }),
    }
}

/// Somebody saw what has this mark.
pub(super) async fn seen(services: &Services, mark: String) -> Result<(), StoreError> {
    let read = mark.clone();
    let since = services.store.read(move |tx| tx.looked_at(&read)).await?;
    if since.is_some() {
        services
            .store
            .write(move |tx| tx.forget_look(&mark))
            .await?;
    }
    Ok(())
}
