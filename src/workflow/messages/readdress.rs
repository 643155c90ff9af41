//! Writes the messages that a candidate has not been sent for their present address, with new links.

use super::present::{Present, Subject};
use super::recipients::CANDIDATE;
use super::writing::{NO_SMTP, Writer, again};
use crate::store::{MessageState, Tx};
use crate::workflow::{WorkflowError, message_job};

/// Writes again what waits, is being sent, or was kept for want of an address. An attempt that is under way does not count any
/// more: whatever becomes of it, the message is sent to the present address. What was kept because mail was not configured
/// stays kept.
pub(super) fn readdress(
    tx: &mut Tx<'_>,
    writer: &Writer,
    subject: &Subject,
) -> Result<(), WorkflowError> {
    let present = Present::read(tx, subject, writer.now)?;
    let Some((id, reader)) = subject.id.as_ref().zip(present.candidate()) else {
        return Ok(());
    };
    for mark in tx.message_marks(Some(id))? {
        let is_open = matches!(
            mark.state,
            MessageState::Waiting | MessageState::Sending | MessageState::NotSent
        );
        if !is_open || mark.recipient != CANDIDATE {
            continue;
        }
        // What is of no use any more is not sent, to whatever address.
        let Some(wanted) = present.wanted(&mark.message_key) else {
            continue;
        };
        let Some(mut row) = super::present::readable(tx.message(&mark.id), &mark.id)? else {
            continue;
        };
        let stays_kept = row.state == MessageState::NotSent && row.address.is_some();
        again(&mut row);
        let letter = present.letter(&writer.mailer.from, wanted, &reader);
        writer.put(tx, &mut row, &letter, &reader)?;
        if stays_kept && row.state == MessageState::Waiting {
            row.state = MessageState::NotSent;
            row.last_error = Some(NO_SMTP.to_owned());
        }
        tx.change_message(&row)?;
    }
    Ok(tx
        .nudge(&message_job::job(id, writer.now), writer.now)
        .map(drop)?)
}
