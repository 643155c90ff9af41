//! Messages for people who look after them: listed, shown, sent again, turned off and on; and who owns a work sample.

use super::owner::enabled;
use super::present::{Present, Reader, Subject};
use super::recipients::{Recipient, TEAM};
use super::writing::{Writer, add, again, letter_of};
use crate::ids::{MessageId, PersonId};
use crate::mail::Mailbox;
use crate::secret_token::SecretToken;
use crate::store::{MessageFilter, MessageRow, MessageState, PersonRow, ReadTx};
use crate::work_sample::messages::{Audience, MessageKind, Wanted};
use crate::workflow::{Services, WorkflowError, message_job};

fn missing(id: &MessageId) -> WorkflowError {
    WorkflowError::NotFound {
        what: format!("the message {id}"),
    }
}

/// Messages, newest first.
pub async fn list(
    services: &Services,
    filter: MessageFilter,
) -> Result<Vec<MessageRow>, WorkflowError> {
    Ok(services.store.read(move |tx| tx.messages(&filter)).await?)
}

/// How many messages could not be sent and are not tried again.
pub async fn failed(services: &Services) -> Result<i64, WorkflowError> {
    let failed = MessageState::Failed;
    let count = services.store.read(move |tx| tx.count_messages(failed));
    Ok(count.await?)
}

/// One message, and its words. The link in them is not the one that was sent.
pub async fn show(
    services: &Services,
    id: &MessageId,
) -> Result<(MessageRow, String), WorkflowError> {
    let wanted = id.clone();
    let row = services
        .store
        .read(move |tx| tx.message(&wanted))
        .await?
        .ok_or_else(|| missing(id))?;
    let text = text_of(services, &row)?;
    Ok((row, text))
}

/// What a message says, without the tokens of its links.
pub(in crate::workflow) fn text_of(
    services: &Services,
    row: &MessageRow,
) -> Result<String, WorkflowError> {
    let link = removed_link(services);
    let (text, _) = services
        .mailer
        .parts(&letter_of(row)?, Some(&link))
        .map_err(|error| WorkflowError::Unreadable(error.to_string()))?;
    Ok(text)
}

/// Sends a message again, or at last, in the words and to the address that are right now. What was kept for the team because
/// nobody of it was known goes to those who are known now.
///
/// # Errors
/// Where it is on its way already, was turned off by its reader, is of no use any more, or no address is known.
pub async fn resend(
    services: &Services,
    id: &MessageId,
    by: &str,
) -> Result<MessageRow, WorkflowError> {
    let wanted = id.clone();
    let known = services
        .store
        .read(move |tx| tx.message(&wanted))
        .await?
        .ok_or_else(|| missing(id))?;
    let subject = Subject::of(services, known.work_sample.as_ref()).await?;
    let (writer, id) = (Writer::of(services), id.clone());
    let row = services
        .store
        .write(move |tx| {
            let mut row = tx.message(&id)?.ok_or_else(|| missing(&id))?;
            let present = Present::read(tx, &subject, writer.now)?;
            let (wanted, reader, others) = to_resend(tx, &subject, &present, &row)?;
            row.recipient.clone_from(&reader.name);
            again(&mut row);
            let letter = present.letter(&writer.mailer.from, wanted, &reader);
            writer.put(tx, &mut row, &letter, &reader)?;
            tx.change_message(&row)?;
            for other in &others {
                add(tx, &writer, &subject, &present, wanted, other)?;
            }
            let job = match &row.work_sample {
                Some(id) => message_job::job(id, writer.now),
                None => message_job::job_of_service(writer.now),
            };
            tx.nudge(&job, writer.now)?;
            Ok::<_, WorkflowError>(row)
        })
        .await?;
    tracing::info!(mail = %row.id, by, "a message is sent again");
    Ok(row)
}

/// What a message says if it is sent again now, its reader, and the others who are to have it.
fn to_resend<'p>(
    tx: &mut ReadTx<'_>,
    subject: &Subject,
    present: &'p Present,
    row: &MessageRow,
) -> Result<(&'p Wanted, Recipient, Vec<Recipient>), WorkflowError> {
    match row.state {
        MessageState::Waiting | MessageState::Sending => {
            return Err(WorkflowError::invalid(
                "message_on_its_way",
                "the message is being sent already",
            ));
        }
        MessageState::Off => return Err(is_turned_off()),
        MessageState::NotSent
        | MessageState::Sent
        | MessageState::Failed
        | MessageState::Obsolete => {}
    }
    let wanted = present.wanted(&row.message_key).ok_or_else(|| {
        WorkflowError::invalid(
            "message_not_wanted",
            "what the message is about is over, so it is not sent again",
        )
    })?;
    let (reader, others) = match row.recipient.as_str() {
        TEAM => now_known(tx, subject, present, wanted)?,
        _ => (reader(tx, present, row)?, Vec::new()),
    };
    let Some(address) = &reader.address else {
        return Err(no_address());
    };
    if let Err(error) = Mailbox::named(&reader.called, address) {
        return Err(WorkflowError::invalid("email_invalid", error.to_string()));
    }
    if Present::is_off(tx, wanted, &reader)? {
        return Err(is_turned_off());
    }
    Ok((wanted, reader, others))
}

/// Can a message be sent again now?
///
/// # Errors
/// Where the database cannot be read.
pub async fn may_resend(services: &Services, row: &MessageRow) -> Result<bool, WorkflowError> {
    let subject = Subject::of(services, row.work_sample.as_ref()).await?;
    let (row, now) = (row.clone(), services.now());
    services
        .store
        .read(move |tx| {
            let present = Present::read(tx, &subject, now)?;
            match to_resend(tx, &subject, &present, &row) {
                Ok(_) => Ok(true),
                Err(WorkflowError::Invalid { .. }) => Ok(false),
                Err(error) => Err(error),
            }
        })
        .await
}

/// What stands in the words of a message in place of the candidate's link.
pub fn removed_link(services: &Services) -> String {
    super::personal::removed(&services.mailer.public_url)
}

fn is_turned_off() -> WorkflowError {
    WorkflowError::invalid(
        "message_turned_off",
        "its reader turned messages of this kind off",
    )
}

fn no_address() -> WorkflowError {
    WorkflowError::invalid(
        "message_no_address",
        "no e-mail address is known for its recipient",
    )
}

/// The present reader of a message to somebody.
fn reader(
    tx: &mut ReadTx<'_>,
    present: &Present,
    row: &MessageRow,
) -> Result<Recipient, WorkflowError> {
    match present.reader(&row.recipient) {
        Reader::Known(reader) => Ok(reader),
        Reader::Unconfirmed => Err(WorkflowError::invalid(
            "roles_unchecked",
            "GitHub has not said for too long whether its recipient is still in the team that gives their role",
        )),
        Reader::Gone => {
            let people = tx.people()?;
            let is_recipient = |one: &&PersonRow| one.id.as_str() == row.recipient;
            let person = people.iter().find(is_recipient);
            Err(
                match person.filter(|one| one.disabled_at.is_none() && one.email.is_some()) {
                    None => no_address(),
                    Some(person) => WorkflowError::invalid(
                        "message_not_wanted",
                        format!(
                            "{} does not read for this work sample any more",
                            person.name
                        ),
                    ),
                },
            )
        }
    }
}

/// Who is known now to read what was kept for the team and do not have it: one, and the others.
fn now_known(
    tx: &mut ReadTx<'_>,
    subject: &Subject,
    present: &Present,
    wanted: &Wanted,
) -> Result<(Recipient, Vec<Recipient>), WorkflowError> {
    let marks = tx.message_marks(subject.id.as_ref())?;
    let groups = present.team.readers(wanted, present.now);
    let known: Vec<Recipient> = groups
        .into_iter()
        .flatten()
        .filter(|member| member.is_confirmed)
        .map(|member| member.recipient())
        .collect();
    if known.is_empty() {
        return Err(no_address());
    }
    let has = |reader: &Recipient| {
        marks
            .iter()
            .any(|mark| mark.message_key == wanted.key.as_str() && mark.recipient == reader.name)
    };
    let mut new = known.into_iter().filter(|reader| !has(reader));
    match new.next() {
        Some(first) => Ok((first, new.collect())),
        None => Err(WorkflowError::invalid(
            "message_not_wanted",
            "those who read for the team have this message already",
        )),
    }
}

/// What a link in a message turns off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsubscribing {
    pub kind: MessageKind,
    pub is_off: bool,
}

/// Says what a link turns off, and turns nothing off: mail scanners open links.
pub async fn unsubscribing(
    services: &Services,
    token: &str,
) -> Result<Unsubscribing, WorkflowError> {
    let hash = hash(token)?;
    services
        .store
        .read(move |tx| {
            let (recipient, kind) = of_token(tx, &hash)?;
            let is_off = tx.messages_off(&recipient)?.contains(&kind);
            Ok(Unsubscribing { kind, is_off })
        })
        .await
}

/// Turns off, or on again, what a link in a message names.
pub async fn turn_off_by_token(
    services: &Services,
    token: &str,
    off: bool,
) -> Result<Unsubscribing, WorkflowError> {
    let (hash, now) = (hash(token)?, services.now());
    services
        .store
        .write(move |tx| {
            let (recipient, kind) = of_token(tx, &hash)?;
            if off {
                tx.turn_messages_off(&recipient, kind, now)?;
            } else {
                tx.turn_messages_on(&recipient, kind)?;
            }
            Ok::<_, WorkflowError>(Unsubscribing { kind, is_off: off })
        })
        .await
}

fn unknown_link() -> WorkflowError {
    WorkflowError::NotFound {
        what: "the link to turn messages off".to_owned(),
    }
}

fn hash(token: &str) -> Result<String, WorkflowError> {
    let token = SecretToken::read(token).ok_or_else(unknown_link)?;
    Ok(token.hash().as_str().to_owned())
}

fn of_token(tx: &mut ReadTx<'_>, hash: &str) -> Result<(String, MessageKind), WorkflowError> {
    tx.unsubscribe_link(hash)?.ok_or_else(unknown_link)
}

/// The kinds of messages that a person of the team may turn off.
pub fn optional_for_team() -> impl Iterator<Item = MessageKind> {
    MessageKind::ALL
        .into_iter()
        .filter(|kind| kind.audience() == Audience::Team && kind.is_optional())
}

/// The kinds that are off for a person.
pub async fn turned_off(
    services: &Services,
    person: &PersonId,
) -> Result<Vec<MessageKind>, WorkflowError> {
    let person = person.clone();
    let off = services
        .store
        .read(move |tx| tx.messages_off(person.as_str()))
        .await?;
    Ok(off.into_iter().collect())
}

/// Turns a kind of message off or on for a person; returns the kinds that are off.
pub async fn turn(
    services: &Services,
    person: &PersonId,
    kind: MessageKind,
    off: bool,
) -> Result<Vec<MessageKind>, WorkflowError> {
    if kind.audience() != Audience::Team || !kind.is_optional() {
        return Err(WorkflowError::invalid(
            "message_not_optional",
            format!(
                "messages of the kind `{}` cannot be turned off",
                kind.name()
            ),
        ));
    }
    let (person, now) = (person.clone(), services.now());
    services
        .store
        .write(move |tx| {
            enabled(tx, &person)?;
            if off {
                tx.turn_messages_off(person.as_str(), kind, now)?;
            } else {
                tx.turn_messages_on(person.as_str(), kind)?;
            }
            Ok::<_, WorkflowError>(tx.messages_off(person.as_str())?.into_iter().collect())
        })
        .await
}
