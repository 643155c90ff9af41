//! Writes messages: the rows that sending goes by.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::Duration;

use super::personal::{personal, removed};
use super::present::{Present, Subject, Verdict, readable};
use super::recipients::Recipient;
use crate::clock::Timestamp;
use crate::ids::{MessageId, SharedIds};
use crate::mail::{Headers, Letter, Mailbox, Mailer, message_id, thread_id};
use crate::secret_token::SecretToken;
use crate::store::{MessageMark, MessageRow, MessageState, Tx};
use crate::work_sample::messages::Wanted;
use crate::workflow::message_job::SERVICE;
use crate::workflow::{Services, WorkflowError};

/// What is said of a message without an address.
const NO_ADDRESS: &str = "no e-mail address is known";
/// What is said of a message that no server is there for.
pub(super) const NO_SMTP: &str = "mail is not configured: set WORKSAMPLE_SMTP_URL";
/// Where GitHub does not say whether a reader still has their role, it is looked again after so long.
pub(super) const UNCONFIRMED_AGAIN: Duration = Duration::minutes(5);

/// Where a kind of message is turned off.
pub(super) fn unsubscribe_url(mailer: &Mailer, token: &str) -> String {
    format!("{}/unsubscribe/{token}", mailer.public_url)
}

/// What rendering needs besides the transaction.
#[derive(Clone)]
pub(super) struct Writer {
    pub mailer: Mailer,
    pub ids: SharedIds,
    pub now: Timestamp,
}

/// What a message is about, as its ids in headers are made of it.
fn about(row: &MessageRow) -> &str {
    row.work_sample.as_ref().map_or(SERVICE, |id| id.as_str())
}

impl Writer {
    pub fn of(services: &Services) -> Writer {
        Writer {
            mailer: services.mailer.clone(),
            ids: services.ids.clone(),
            now: services.now(),
        }
    }

    /// Puts a letter into the row of its message, rendered with new tokens, and says how it goes on with it. One that cannot be
    /// rendered has failed; it keeps no other from being written.
    pub fn put(
        &self,
        tx: &mut Tx<'_>,
        row: &mut MessageRow,
        letter: &Letter,
        reader: &Recipient,
    ) -> Result<(), WorkflowError> {
        row.address.clone_from(&reader.address);
        row.subject.clone_from(&letter.subject);
        let rendered = serde_json::to_value(letter)
            .map_err(|error| WorkflowError::Unreadable(error.to_string()))
            .and_then(|value| {
                row.letter = value;
                self.render(tx, row, letter, reader)
            });
        match rendered {
            Err(WorkflowError::Unreadable(why)) => {
                tracing::error!(mail = %row.id, why, "could not render a message");
                row.eml = Vec::new();
                self.fail(row, why);
                Ok(())
            }
            other => other,
        }
    }

    /// Gives a message up before it was sent.
    fn fail(&self, row: &mut MessageRow, why: String) {
        row.state = MessageState::Failed;
        row.last_error = Some(why);
        row.failed_at = Some(self.now);
        row.retry_at = None;
    }

    fn render(
        &self,
        tx: &mut Tx<'_>,
        row: &mut MessageRow,
        letter: &Letter,
        reader: &Recipient,
    ) -> Result<(), WorkflowError> {
        row.message_id = message_id(
            about(row),
            &row.message_key,
            &row.recipient,
            row.resent,
            &self.mailer.from,
        );
        row.eml = Vec::new();
        row.failed_at = None;
        row.rendered_at = Some(self.now);
        row.unsubscribe_hash = None;
        let Some(address) = &row.address else {
            row.state = MessageState::NotSent;
            row.last_error = Some(NO_ADDRESS.to_owned());
            return Ok(());
        };
        let to = match Mailbox::named(&reader.called, address) {
            Ok(to) => to,
            Err(error) => {
                self.fail(row, error.to_string());
                return Ok(());
            }
        };
        let unsubscribe = if row.kind.is_optional() {
            let token = SecretToken::new(self.ids.as_ref());
            let hash = token.hash().as_str().to_owned();
            // Links of messages that were sent before stay good.
            tx.add_unsubscribe_link(&hash, &reader.preferences_of, row.kind, self.now)?;
            row.unsubscribe_hash = Some(hash);
            Some(unsubscribe_url(&self.mailer, token.expose()))
        } else {
            None
        };
        let personal = match &row.work_sample {
            Some(id) if letter.is_personal() => {
                let (ids, public_url) = (&self.ids, &self.mailer.public_url);
                Some(personal(tx, ids, public_url, id, self.now)?)
            }
            _ => None,
        };
        row.eml = render(
            &self.mailer,
            row,
            letter,
            &to,
            (personal.as_deref(), unsubscribe.as_deref()),
        )?;
        (row.state, row.last_error) = match self.mailer.smtp {
            Some(_) => (MessageState::Waiting, None),
            None => (MessageState::NotSent, Some(NO_SMTP.to_owned())),
        };
        Ok(())
    }
}

/// The message as it is sent.
fn render(
    mailer: &Mailer,
    row: &MessageRow,
    letter: &Letter,
    to: &Mailbox,
    (personal, unsubscribe): (Option<&str>, Option<&str>),
) -> Result<Vec<u8>, WorkflowError> {
    let headers = Headers {
        to,
        message_id: &row.message_id,
        thread: &thread_id(about(row), &mailer.from),
        date: row.rendered_at.unwrap_or(row.created_at),
        personal,
        unsubscribe,
    };
    mailer.render(letter, &headers).map_err(|error| {
        WorkflowError::Unreadable(format!("a message cannot be rendered: {error}"))
    })
}

/// The copy of a message that is kept once it is not to be sent any more: with its words, and without its tokens. Empty where
/// they cannot be rendered.
pub(super) fn kept_copy(mailer: &Mailer, row: &MessageRow) -> Vec<u8> {
    use crate::mail::REMOVED;
    let copy = || -> Result<Vec<u8>, WorkflowError> {
        let letter = letter_of(row)?;
        let Some(address) = &row.address else {
            return Ok(Vec::new());
        };
        // The name is a nicety that the copy can do without.
        let to = Mailbox::named("", address)
            .map_err(|error| WorkflowError::Unreadable(error.to_string()))?;
        let personal = removed(&mailer.public_url);
        let unsubscribe = row
            .kind
            .is_optional()
            .then(|| unsubscribe_url(mailer, REMOVED));
        let links = (Some(personal.as_str()), unsubscribe.as_deref());
        render(mailer, row, &letter, &to, links)
    };
    copy().unwrap_or_else(|error| {
        tracing::error!(mail = %row.id, %error, "could not keep a copy of a message");
        Vec::new()
    })
}

/// What a message says.
pub(super) fn letter_of(row: &MessageRow) -> Result<Letter, WorkflowError> {
    serde_json::from_value(row.letter.clone())
        .map_err(|error| WorkflowError::Unreadable(format!("the letter of {}: {error}", row.id)))
}

/// A message that is not sent, and why.
pub(super) fn retire(row: &mut MessageRow, why: &str) {
    row.state = MessageState::Obsolete;
    row.last_error = Some(match row.unknown_outcomes {
        0 => why.to_owned(),
        _ => format!("{why}; it may have been sent"),
    });
    row.retry_at = None;
    row.eml = Vec::new();
}

/// A message of a kind that its reader turned off before it was sent.
pub(super) fn turn_off(row: &mut MessageRow) {
    row.state = MessageState::Off;
    row.last_error = None;
    row.retry_at = None;
    row.eml = Vec::new();
}

/// Writes each message that is wanted and was not written, to those who read now; says when there may be more.
pub(super) async fn write(
    services: &Services,
    subject: &Arc<Subject>,
) -> Result<Option<Timestamp>, WorkflowError> {
    let (writer, subject) = (Writer::of(services), Arc::clone(subject));
    services
        .store
        .write(move |tx| {
            let present = Present::read(tx, &subject, writer.now)?;
            let mut writing = Writing {
                marks: tx.message_marks(subject.id.as_ref())?,
                is_unconfirmed: false,
                has_failed: false,
                subject: &subject,
                present: &present,
                writer: &writer,
            };
            writing.look_through(tx)?;
            for wanted in &present.plan.wanted {
                writing.tell(tx, wanted)?;
            }
            let again = writing
                .is_unconfirmed
                .then(|| writer.now + UNCONFIRMED_AGAIN);
            // The operator is told at once of one that could not be written.
            let failed = writing.has_failed.then_some(writer.now);
            let later = present.plan.next.into_iter().chain(again);
            Ok(later.chain(failed).min())
        })
        .await
}

struct Writing<'a> {
    subject: &'a Subject,
    present: &'a Present,
    writer: &'a Writer,
    marks: Vec<MessageMark>,
    /// GitHub did not say of somebody who is to be told whether they still have their role.
    is_unconfirmed: bool,
    /// A message failed while it was written.
    has_failed: bool,
}

impl Writing<'_> {
    /// Settles what waits and is not to be sent any more, before it is decided who has been told.
    fn look_through(&mut self, tx: &mut Tx<'_>) -> Result<(), WorkflowError> {
        for mark in &mut self.marks {
            if mark.state != MessageState::Waiting {
                continue;
            }
            let Some(mut row) = readable(tx.message(&mark.id), &mark.id)? else {
                continue;
            };
            match self.present.verdict(tx, &self.writer.mailer.from, &row)? {
                Verdict::Send(..) | Verdict::Unconfirmed => continue,
                Verdict::Off => turn_off(&mut row),
                Verdict::Obsolete(why) => retire(&mut row, why),
            }
            tx.change_message(&row)?;
            mark.state = row.state;
        }
        Ok(())
    }

    /// Writes a message to those who are to read it and do not have it.
    fn tell(&mut self, tx: &mut Tx<'_>, wanted: &Wanted) -> Result<(), WorkflowError> {
        let present = self.present;
        if Present::is_candidates(wanted) {
            return match present.candidate() {
                Some(candidate) => self.tell_one(tx, wanted, &candidate),
                None => Ok(()),
            };
        }
        let groups = present.team.readers(wanted, present.now);
        if groups.is_empty() && self.told(wanted).is_empty() {
            return self.tell_one(tx, wanted, &Recipient::team());
        }
        for group in groups {
            let told = self.told(wanted);
            let told: BTreeSet<&str> = told.iter().map(String::as_str).collect();
            if present.team.is_told(&group, wanted.kind, &told) {
                continue;
            }
            for member in group {
                if member.is_confirmed {
                    self.tell_one(tx, wanted, &member.recipient())?;
                } else {
                    self.is_unconfirmed = true;
                }
            }
        }
        Ok(())
    }

    /// Who was told of something, or is being told.
    fn told(&self, wanted: &Wanted) -> BTreeSet<String> {
        let marks = self.marks.iter().filter(|mark| {
            mark.message_key == wanted.key.as_str() && mark.state != MessageState::Obsolete
        });
        marks.map(|mark| mark.recipient.clone()).collect()
    }

    fn tell_one(
        &mut self,
        tx: &mut Tx<'_>,
        wanted: &Wanted,
        reader: &Recipient,
    ) -> Result<(), WorkflowError> {
        let known = self
            .marks
            .iter()
            .find(|mark| mark.message_key == wanted.key.as_str() && mark.recipient == reader.name);
        match known {
            None => {
                let state = add(tx, self.writer, self.subject, self.present, wanted, reader)?;
                self.has_failed |= state == MessageState::Failed;
                Ok(())
            }
            // It was of no use for a while.
            Some(mark) if mark.state == MessageState::Obsolete => {
                let Some(mut row) = readable(tx.message(&mark.id), &mark.id)? else {
                    return Ok(());
                };
                if Present::is_off(tx, wanted, reader)? {
                    return Ok(());
                }
                again(&mut row);
                let letter = self
                    .present
                    .letter(&self.writer.mailer.from, wanted, reader);
                self.writer.put(tx, &mut row, &letter, reader)?;
                self.has_failed |= row.state == MessageState::Failed;
                Ok(tx.change_message(&row)?)
            }
            Some(_) => Ok(()),
        }
    }
}

/// A message that is to be sent again, as another one.
pub(super) fn again(row: &mut MessageRow) {
    row.resent = row.resent.saturating_add(1);
    row.attempts = 0;
    row.unknown_outcomes = 0;
    row.retry_at = None;
    row.filed_at = None;
    row.handed_over_at = None;
}

/// Writes a message to one reader, and says in which state it is.
pub(super) fn add(
    tx: &mut Tx<'_>,
    writer: &Writer,
    subject: &Subject,
    present: &Present,
    wanted: &Wanted,
    reader: &Recipient,
) -> Result<MessageState, WorkflowError> {
    let letter = present.letter(&writer.mailer.from, wanted, reader);
    let mut row = MessageRow {
        id: MessageId::new(writer.ids.as_ref(), writer.now),
        work_sample: subject.id.clone(),
        kind: wanted.kind,
        message_key: wanted.key.to_string(),
        recipient: reader.name.clone(),
        address: reader.address.clone(),
        subject: letter.subject.clone(),
        letter: serde_json::to_value(&letter)
            .map_err(|error| WorkflowError::Unreadable(error.to_string()))?,
        state: MessageState::Off,
        attempts: 0,
        unknown_outcomes: 0,
        resent: 0,
        last_error: None,
        message_id: String::new(),
        unsubscribe_hash: None,
        eml: Vec::new(),
        retry_at: None,
        started_at: None,
        filed_at: None,
        created_at: writer.now,
        sent_at: None,
        handed_over_at: None,
        failed_at: None,
        rendered_at: None,
    };
    if !Present::is_off(tx, wanted, reader)? {
        writer.put(tx, &mut row, &letter, reader)?;
    }
    tx.add_message(&row)?;
    Ok(row.state)
}
