//! Writes the messages that a work sample should have sent, and sends each once.
//!
//! A reconciler like answering: which messages there should be follows from the log (`work_sample::messages`). A message is
//! written, rendered as it will be sent, in one transaction. When sending begins, another one decides whether the message is
//! still wanted, by whom and in which words; what is of no use any more is not sent. Once the server knows sender and recipient,
//! it is committed that the message is handed over; then it is; then the outcome is recorded. SMTP takes the same message any
//! number of times, so after an attempt of unknown outcome (the process died after that commit, or the connection broke before
//! the server said what became of it) the same bytes are sent once more, after a pause: its Message-ID lets receivers drop the
//! second. After a second unknown outcome the message is given up and listed, for two copies are worse than a question to the
//! operator. What the server refuses for good is given up at once; what it refuses for now is tried for about three days.

mod files;
mod manage;
mod owner;
mod personal;
mod present;
mod preview;
mod readdress;
mod recipients;
mod sending;
mod writing;

use std::sync::Arc;

use crate::clock::Timestamp;
use crate::ids::{MessageId, WorkSampleId};
use crate::store::{MessageRow, MessageState, Store, StoreError, Tx};

pub(in crate::workflow) use self::manage::text_of;
pub use self::manage::{
    Unsubscribing, failed, list, may_resend, optional_for_team, removed_link, resend, show, turn,
    turn_off_by_token, turned_off, unsubscribing,
};
pub(in crate::workflow) use self::owner::person_called;
pub use self::owner::{OwnerChange, owner, set_owner};
pub use self::preview::{MailPreview, offer_mail};
pub use self::recipients::{CANDIDATE, TEAM};
pub use self::sending::SETTLING;

use self::present::Subject;
use self::writing::Writer;
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

/// What writing messages for another address needs besides the transaction.
pub(in crate::workflow) struct Readdressing {
    writer: Writer,
    subject: Subject,
}

impl Readdressing {
    pub async fn of(services: &Services, id: &WorkSampleId) -> Result<Self, WorkflowError> {
        Ok(Readdressing {
            writer: Writer::of(services),
            subject: Subject::of(services, Some(id)).await?,
        })
    }

    /// Writes what the candidate has not been sent for their present address.
    pub fn readdress(&self, tx: &mut Tx<'_>) -> Result<(), WorkflowError> {
        readdress::readdress(tx, &self.writer, &self.subject)
    }
}

/// Writes what is wanted about a work sample, or about the service itself, and sends what waits. Says when there may be more.
pub async fn send(
    services: &Services,
    id: Option<&WorkSampleId>,
) -> Result<Option<Timestamp>, WorkflowError> {
    let subject = Arc::new(Subject::of(services, id).await?);
    let wanted_at = writing::write(services, &subject).await?;
    let retry_at = sending::send_waiting(services, &subject).await?;
    files::file(services, id).await?;
    Ok([wanted_at, retry_at].into_iter().flatten().min())
}

/// The messages in one of these states, oldest first.
async fn in_states(
    services: &Services,
    id: Option<&WorkSampleId>,
    states: &'static [MessageState],
) -> Result<Vec<MessageId>, StoreError> {
    let id = id.cloned();
    let marks = services
        .store
        .read(move |tx| tx.message_marks(id.as_ref()))
        .await?;
    let marks = marks
        .into_iter()
        .filter(|mark| states.contains(&mark.state));
    Ok(marks.map(|mark| mark.id).collect())
}

/// A message, unless its row cannot be read.
async fn one(services: &Services, id: &MessageId) -> Result<Option<MessageRow>, StoreError> {
    let wanted = id.clone();
    let read = services.store.read(move |tx| tx.message(&wanted)).await;
    present::readable(read, id)
}
