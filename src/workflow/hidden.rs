//! A repository that GitHub does not show. It need not be gone: a new one may not be visible everywhere yet, an App may
//! lose its rights for a moment, and at times GitHub does not find what it has. So one look says nothing. Whoever looks in
//! vain notes since when nobody saw it, whoever sees it forgets that; it is believed to be gone once that is long ago.

use chrono::Duration;

use super::Services;
use crate::clock::Timestamp;
use crate::ids::WorkSampleId;
use crate::store::StoreError;

/// What is not shown for so long is believed not to be there.
pub(super) const BELIEVED_GONE_AFTER: Duration = Duration::minutes(10);

/// Somebody looked in vain: since when nobody has seen the repository.
pub(super) async fn since(services: &Services, id: &WorkSampleId) -> Result<Timestamp, StoreError> {
    let (name, now) = (mark(id), services.now());
    services
        .store
        .write(move |tx| {
            let since = tx.looked_at(&name)?;
            if since.is_none() {
                tx.looked(&name, now)?;
            }
            Ok(since.unwrap_or(now))
        })
        .await
}

/// Somebody saw it.
pub(super) async fn no_longer(services: &Services, id: &WorkSampleId) -> Result<(), StoreError> {
    let name = mark(id);
    let read = name.clone();
    let since = services.store.read(move |tx| tx.looked_at(&read)).await?;
    if since.is_some() {
        services
            .store
            .write(move |tx| tx.forget_look(&name))
            .await?;
    }
    Ok(())
}

fn mark(id: &WorkSampleId) -> String {
    format!("hidden:{id}")
}
