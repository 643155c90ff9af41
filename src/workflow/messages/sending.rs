//! Sends messages that wait: begin, send, record the outcome.

use chrono::Duration;

use super::writing::kept_copy;
use crate::clock::Timestamp;
use crate::ids::{MessageId, WorkSampleId};
use crate::mail::{SendError, Smtp};
use crate::store::{MessageRow, MessageState};
use crate::workflow::jobs::backoff;
use crate::workflow::{Services, WorkflowError};

/// An attempt may still be under way for so long: longer than its time limits allow.
pub const SETTLING: Duration = Duration::minutes(5);

/// So often a message is tried that the server does not take for now: about three days.
const MOST_ATTEMPTS: u32 = 80;
/// So often a message may have been sent without our knowing.
const MOST_UNKNOWN: u32 = 1;
/// Looks again after so long where messages wait and mail is no longer configured.
const NOT_CONFIGURED: Duration = Duration::hours(1);

/// Sends each message of a work sample that waits; says when the next is to be tried.
pub(super) async fn send_waiting(
    services: &Services,
    id: &WorkSampleId,
) -> Result<Option<Timestamp>, WorkflowError> {
    let id = id.clone();
    let waiting = services
        .store
        .read(move |tx| tx.messages_in(&id, &[MessageState::Waiting, MessageState::Sending]))
        .await?;
    let Some(smtp) = &services.mailer.smtp else {
        return Ok((!waiting.is_empty()).then(|| services.now() + NOT_CONFIGURED));
    };
    let mut next = None;
    for row in waiting {
        let again_at = send_one(services, smtp, &row.id).await?;
        next = [next, again_at].into_iter().flatten().min();
    }
    Ok(next)
}

/// What is to be done with a message now.
enum Begun {
    Send(Box<MessageRow>),
    /// Not before this moment.
    Later(Timestamp),
    Settled,
}

async fn send_one(
    services: &Services,
    smtp: &Smtp,
    id: &MessageId,
) -> Result<Option<Timestamp>, WorkflowError> {
    let row = match begin(services, id).await? {
        Begun::Send(row) => row,
        Begun::Later(at) => return Ok(Some(at)),
        Begun::Settled => return Ok(None),
    };
    if !is_still_ours(services, &row).await? {
        return Ok(Some(services.now() + SETTLING));
    }
    let from = services.mailer.from.address();
    let to = row.address.clone().unwrap_or_default();
    let sent = smtp.send(&from, &to, &row.eml).await;
    record(services, &row, sent).await
}

/// Says in the database that sending begins.
async fn begin(services: &Services, id: &MessageId) -> Result<Begun, WorkflowError> {
    let (id, now) = (id.clone(), services.now());
    services
        .store
        .write(move |tx| {
            let Some(mut row) = tx.message(&id)? else {
                return Ok(Begun::Settled);
            };
            match row.state {
                MessageState::Waiting => {
                    if let Some(at) = row.retry_at.filter(|at| *at > now) {
                        return Ok(Begun::Later(at));
                    }
                }
                MessageState::Sending => {
                    let until = row.started_at.unwrap_or(row.created_at) + SETTLING;
                    if until > now {
                        return Ok(Begun::Later(until));
                    }
                    row.unknown_outcomes = row.unknown_outcomes.saturating_add(1);
                    if row.unknown_outcomes > MOST_UNKNOWN {
                        give_up_unknown(&mut row, "the process ended while it was sending");
                        tx.change_message(&row)?;
                        return Ok(Begun::Settled);
                    }
                }
                MessageState::NotSent
                | MessageState::Sent
                | MessageState::Failed
                | MessageState::Off => return Ok(Begun::Settled),
            }
            row.state = MessageState::Sending;
            row.attempts = row.attempts.saturating_add(1);
            row.started_at = Some(now);
            row.retry_at = None;
            tx.change_message(&row)?;
            Ok::<_, WorkflowError>(Begun::Send(Box::new(row)))
        })
        .await
}

fn give_up_unknown(row: &mut MessageRow, why: &str) {
    row.state = MessageState::Failed;
    row.retry_at = None;
    row.last_error = Some(format!(
        "it is not known whether the message was sent, and it was tried twice: {why}"
    ));
}

/// Right before sending: nobody took this attempt for dead meanwhile.
async fn is_still_ours(services: &Services, row: &MessageRow) -> Result<bool, WorkflowError> {
    let id = row.id.clone();
    let present = services.store.read(move |tx| tx.message(&id)).await?;
    Ok(present.is_some_and(|present| is_attempt(&present, row)))
}

/// Is it the attempt that was begun?
fn is_attempt(present: &MessageRow, begun: &MessageRow) -> bool {
    present.state == MessageState::Sending
        && present.attempts == begun.attempts
        && present.resent == begun.resent
}

async fn record(
    services: &Services,
    begun: &MessageRow,
    sent: Result<(), SendError>,
) -> Result<Option<Timestamp>, WorkflowError> {
    let kept = match sent {
        Ok(()) => Some(kept_copy(&services.mailer, begun)?),
        Err(_) => None,
    };
    let (begun, now) = (begun.clone(), services.now());
    let (id, error) = (
        begun.id.clone(),
        sent.as_ref().err().map(ToString::to_string),
    );
    let retry_at = services
        .store
        .write(move |tx| {
            let Some(mut row) = tx.message(&begun.id)? else {
                return Ok(None);
            };
            let is_ours = is_attempt(&row, &begun);
            match &sent {
                // It is known to be sent, whatever another attempt found meanwhile.
                Ok(()) if row.resent == begun.resent && row.state != MessageState::Sent => {
                    row.state = MessageState::Sent;
                    row.sent_at = Some(now);
                    row.retry_at = None;
                    row.last_error = None;
                    row.eml = kept.clone().unwrap_or_default();
                }
                Err(error) if is_ours => failed(&mut row, error, now),
                Ok(()) | Err(_) => return Ok(row.retry_at),
            }
            tx.change_message(&row)?;
            Ok::<_, WorkflowError>(row.retry_at)
        })
        .await?;
    match (error, retry_at) {
        (None, _) => tracing::info!(mail = %id, "sent a message"),
        (Some(error), Some(at)) => {
            tracing::warn!(mail = %id, error, %at, "a message was not sent and will be tried again");
        }
        (Some(error), None) => tracing::error!(mail = %id, error, "gave up sending a message"),
    }
    Ok(retry_at)
}

fn failed(row: &mut MessageRow, error: &SendError, now: Timestamp) {
    row.last_error = Some(error.to_string());
    match error {
        SendError::Transient(_) if row.attempts < MOST_ATTEMPTS => {
            row.state = MessageState::Waiting;
            row.retry_at = Some(now + backoff(row.attempts));
        }
        SendError::Transient(_) | SendError::Permanent(_) => {
            row.state = MessageState::Failed;
            row.retry_at = None;
        }
        SendError::Unknown(why) => {
            row.unknown_outcomes = row.unknown_outcomes.saturating_add(1);
            if row.unknown_outcomes > MOST_UNKNOWN {
                give_up_unknown(row, why);
            } else {
                row.state = MessageState::Waiting;
                row.retry_at = Some(now + SETTLING);
            }
        }
    }
}
