//! Writes the messages that a work sample should have sent, and sends each once.
//!
//! A reconciler like answering: which messages there should be follows from the log (`work_sample::messages`). A message is
//! written, rendered as it will be sent, in one transaction; then it is sent; then its outcome is recorded. SMTP takes the same
//! message any number of times, so after an attempt of unknown outcome (the process died, or the connection broke before the
//! server said what became of it) the same bytes are sent once more, after a pause: its Message-ID lets receivers drop the
//! second. After a second unknown outcome the message is given up and listed, for two copies are worse than a question to the
//! operator. What the server refuses for good is given up at once; what it refuses for now is tried for about three days.

mod manage;
mod personal;
mod recipients;
mod sending;
mod writing;

use crate::clock::Timestamp;
use crate::ids::WorkSampleId;
use crate::store::{Store, StoreError};

pub(in crate::workflow) use self::manage::person_called;
pub use self::manage::{
    OwnerChange, Unsubscribing, list, optional_for_team, owner, resend, set_owner, show, turn,
    turn_off_by_token, turned_off, unsubscribing,
};
pub use self::recipients::{CANDIDATE, TEAM};
pub use self::sending::SETTLING;

use super::stored::checkpoint;
use super::{Services, WorkflowError};

/// Remembers the first start of a version that sends messages. Nothing that happened before it is told.
pub async fn remember_since(store: &Store, now: Timestamp) -> Result<(), StoreError> {
    let known = store
        .read(|tx| tx.looked_at(checkpoint::MESSAGES_SINCE))
        .await?;
    if known.is_some() {
        return Ok(());
    }
    store
        .write(move |tx| match tx.looked_at(checkpoint::MESSAGES_SINCE)? {
            Some(_) => Ok(()),
            None => tx.looked(checkpoint::MESSAGES_SINCE, now),
        })
        .await
}

/// Writes what is wanted, and sends what waits. Says when there may be more.
pub async fn send(
    services: &Services,
    id: &WorkSampleId,
) -> Result<Option<Timestamp>, WorkflowError> {
    let wanted_at = writing::write(services, id).await?;
    writing::file(services, id).await?;
    let retry_at = sending::send_waiting(services, id).await?;
    Ok([wanted_at, retry_at].into_iter().flatten().min())
}
