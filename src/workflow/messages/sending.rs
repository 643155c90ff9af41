//! Sends messages that wait: begin, send, record the outcome.

use std::sync::Arc;

use chrono::Duration;

use super::present::{Present, Subject, Verdict};
use super::writing::{NO_SMTP, UNCONFIRMED_AGAIN, Writer, kept_copy, retire, turn_off};
use crate::clock::Timestamp;
use crate::ids::MessageId;
use crate::mail::SendError;
use crate::store::{MessageRow, MessageState, StoreError, Tx};
use crate::workflow::jobs::backoff;
use crate::workflow::{Services, WorkflowError};

/// An attempt may still be under way for so long: longer than its time limits allow.
pub const SETTLING: Duration = Duration::minutes(5);

/// So often a message is tried that the server does not take for now: about three days.
const MOST_ATTEMPTS: u32 = 80;
/// So often a message may have been sent without our knowing.
const MOST_UNKNOWN: u32 = 1;

/// Sends each message of a work sample, or about the service, that waits; says when the next is to be tried.
pub(super) async fn send_waiting(
    services: &Services,
    subject: &Arc<Subject>,
) -> Result<Option<Timestamp>, WorkflowError> {
    let states = &[MessageState::Waiting, MessageState::Sending];
    let mut next = None;
    for id in super::in_states(services, subject.id.as_ref(), states).await? {
        let again_at = match send_one(services, subject, &id).await {
            Ok(again_at) => again_at,
            // One that cannot be read or rendered keeps no other from being sent.
            Err(
                error @ (WorkflowError::Unreadable(_)
                | WorkflowError::Store(StoreError::Corrupt { .. })),
            ) => {
                tracing::error!(mail = %id, %error, "could not send a message");
                None
            }
            Err(error) => return Err(error),
        };
        next = [next, again_at].into_iter().flatten().min();
    }
    Ok(next)
}

/// What is to be done with a message now.
enum Begun {
    Send(Box<MessageRow>),
    /// Not before this moment.
    Later(Timestamp),
    /// It is not sent, and others may be wanted in its place.
    Settled,
    Nothing,
}

async fn send_one(
    services: &Services,
    subject: &Arc<Subject>,
    id: &MessageId,
) -> Result<Option<Timestamp>, WorkflowError> {
    let row = match begin(services, subject, id).await? {
        Begun::Send(row) => row,
        Begun::Later(at) => return Ok(Some(at)),
        Begun::Settled => return Ok(Some(services.now())),
        Begun::Nothing => return Ok(None),
    };
    let Some(smtp) = &services.mailer.smtp else {
        return Ok(None);
    };
    let from = services.mailer.from.address();
    let to = row.address.clone().unwrap_or_default();
    let sent = match smtp.prepare(&from, &to, row.eml.is_ascii()).await {
        Err(error) => Err(error),
        Ok(_) if !hand_over_begins(services, &row).await? => {
            return Ok(Some(services.now() + SETTLING));
        }
        Ok(prepared) => prepared.hand_over(&row.eml).await,
    };
    record(services, &row, sent).await
}

/// Says in the database that sending begins, if the message is still to be sent.
async fn begin(
    services: &Services,
    subject: &Arc<Subject>,
    id: &MessageId,
) -> Result<Begun, WorkflowError> {
    let (id, subject, writer) = (id.clone(), Arc::clone(subject), Writer::of(services));
    let now = writer.now;
    services
        .store
        .write(move |tx| {
            let Some(mut row) = tx.message(&id)? else {
                return Ok(Begun::Nothing);
            };
            match row.state {
                MessageState::Waiting => {
                    if let Some(at) = row.retry_at.filter(|at| *at > now) {
                        return Ok(Begun::Later(at));
                    }
                }
                MessageState::Sending => {
                    // A worker of an earlier version does not say when it hands over: it may be doing so at this moment.
                    let since = row.handed_over_at.or(row.started_at);
                    if let Some(until) = since.map(|at| at + SETTLING).filter(|at| *at > now) {
                        return Ok(Begun::Later(until));
                    }
                    // An attempt without that mark that is taken over cannot set it any more.
                    if row.handed_over_at.is_some() {
                        row.unknown_outcomes = row.unknown_outcomes.saturating_add(1);
                    }
                }
                MessageState::NotSent
                | MessageState::Sent
                | MessageState::Failed
                | MessageState::Off
                | MessageState::Obsolete => return Ok(Begun::Nothing),
            }
            let why = "the process ended while it was sending";
            let begun = if row.unknown_outcomes > MOST_UNKNOWN {
                give_up_unknown(&mut row, why, now);
                row.eml = kept_copy(&writer.mailer, &row);
                Begun::Settled
            } else if row.attempts >= MOST_ATTEMPTS {
                give_up(
                    &mut row,
                    format!("{why}, each of {MOST_ATTEMPTS} times"),
                    now,
                );
                row.eml = kept_copy(&writer.mailer, &row);
                Begun::Settled
            } else {
                let present = Present::read(tx, &subject, now)?;
                prepare(tx, &present, &writer, &mut row)?
            };
            if let Begun::Send(_) = begun {
                row.state = MessageState::Sending;
                row.attempts = row.attempts.saturating_add(1);
                row.started_at = Some(now);
                row.handed_over_at = None;
                row.retry_at = None;
                tx.change_message(&row)?;
                return Ok::<_, WorkflowError>(Begun::Send(Box::new(row)));
            }
            tx.change_message(&row)?;
            Ok(begun)
        })
        .await
}

/// Looks once more, right before sending: whether the message is wanted, by whom, and in which words.
fn prepare(
    tx: &mut Tx<'_>,
    present: &Present,
    writer: &Writer,
    row: &mut MessageRow,
) -> Result<Begun, WorkflowError> {
    let (letter, reader) = match present.verdict(tx, &writer.mailer.from, row)? {
        Verdict::Unconfirmed => {
            let again_at = present.now + UNCONFIRMED_AGAIN;
            row.state = MessageState::Waiting;
            row.retry_at = Some(again_at);
            return Ok(Begun::Later(again_at));
        }
        Verdict::Off => {
            turn_off(row);
            return Ok(Begun::Settled);
        }
        Verdict::Obsolete(why) => {
            retire(row, why);
            return Ok(Begun::Settled);
        }
        Verdict::Send(letter, reader) => (letter, reader),
    };
    if writer.mailer.smtp.is_none() {
        match row.unknown_outcomes {
            0 => {
                row.state = MessageState::NotSent;
                row.last_error = Some(NO_SMTP.to_owned());
                row.retry_at = None;
            }
            _ => {
                give_up_unknown(row, "mail is no longer configured", present.now);
                row.eml = kept_copy(&writer.mailer, row);
            }
        }
        return Ok(Begun::Settled);
    }
    // What may have been sent is sent once more as it is.
    let words = serde_json::to_value(&letter).ok();
    let is_as_written = words.as_ref() == Some(&row.letter) && reader.address == row.address;
    if row.unknown_outcomes == 0 && !is_as_written {
        writer.put(tx, row, &letter, &reader)?;
        if row.state != MessageState::Waiting {
            return Ok(Begun::Settled);
        }
    }
    Ok(Begun::Send(Box::new(row.clone())))
}

fn give_up(row: &mut MessageRow, why: String, now: Timestamp) {
    row.state = MessageState::Failed;
    row.retry_at = None;
    row.failed_at = Some(now);
    row.last_error = Some(why);
}

fn give_up_unknown(row: &mut MessageRow, why: &str, now: Timestamp) {
    let times = match row.unknown_outcomes {
        0 | 1 => "",
        _ => ", and it was tried twice",
    };
    let why = format!("it is not known whether the message was sent{times}: {why}");
    give_up(row, why, now);
}

/// Says in the database that the message is handed over from now on, unless somebody took this attempt for dead meanwhile.
async fn hand_over_begins(services: &Services, begun: &MessageRow) -> Result<bool, WorkflowError> {
    let (begun, now) = (begun.clone(), services.now());
    services
        .store
        .write(move |tx| {
            let Some(row) = tx.message(&begun.id)? else {
                return Ok(false);
            };
            if !is_attempt(&row, &begun) {
                return Ok(false);
            }
            tx.change_message(&MessageRow {
                handed_over_at: Some(now),
                ..row
            })?;
            Ok::<_, WorkflowError>(true)
        })
        .await
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
    let kept = kept_copy(&services.mailer, begun);
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
                    row.failed_at = None;
                    row.eml.clone_from(&kept);
                }
                Err(error) if is_ours => {
                    failed(&mut row, error, now);
                    if row.state == MessageState::Failed {
                        row.eml.clone_from(&kept);
                    }
                }
                Ok(()) | Err(_) => return Ok(row.retry_at),
            }
            tx.change_message(&row)?;
            // Somebody is to be told that it failed.
            let failed_now = (row.state == MessageState::Failed).then_some(now);
            Ok::<_, WorkflowError>(row.retry_at.or(failed_now))
        })
        .await?;
    let again = retry_at.filter(|at| *at > now);
    match (error, again) {
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
            give_up(row, error.to_string(), now);
        }
        SendError::Unknown(why) => {
            row.unknown_outcomes = row.unknown_outcomes.saturating_add(1);
            if row.unknown_outcomes > MOST_UNKNOWN {
                give_up_unknown(row, why, now);
            } else {
                row.state = MessageState::Waiting;
                row.retry_at = Some(now + SETTLING);
            }
        }
    }
}
