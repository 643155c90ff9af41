//! Writes messages: the rows that sending goes by, and the files for those that are not sent.

use std::path::Path;

use super::personal::{personal, removed};
use super::recipients::{Recipient, Team};
use crate::clock::Timestamp;
use crate::ids::{MessageId, SharedIds, WorkSampleId};
use crate::mail::{
    About, Headers, Letter, Mailbox, Mailer, compose, due_date, message_id, thread_id,
};
use crate::secret_token::SecretToken;
use crate::store::{JobFilter, JobState, MessageRow, MessageState, ReadTx, StoreError, Tx};
use crate::work_sample::WorkSample;
use crate::work_sample::entry::meant::SpecWords;
use crate::work_sample::messages::{DeadJob, Known, Wanted, plan};
use crate::workflow::record::load;
use crate::workflow::stored::checkpoint;
use crate::workflow::{Services, WorkflowError, show};

/// What is said of a message without an address.
const NO_ADDRESS: &str = "no e-mail address is known";
/// What is said of a message that no server is there for.
const NO_SMTP: &str = "mail is not configured: set WORKSAMPLE_SMTP_URL";

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

impl Writer {
    pub fn of(services: &Services) -> Writer {
        Writer {
            mailer: services.mailer.clone(),
            ids: services.ids.clone(),
            now: services.now(),
        }
    }

    /// Renders a message with new tokens into its row, and says how it goes on with it.
    pub fn render(
        &self,
        tx: &mut Tx<'_>,
        row: &mut MessageRow,
        letter: &Letter,
        called: &str,
    ) -> Result<(), WorkflowError> {
        row.message_id = message_id(
            &row.work_sample,
            &row.message_key,
            &row.recipient,
            row.resent,
            &self.mailer.from,
        );
        row.eml = Vec::new();
        row.unsubscribe_hash = None;
        let Some(address) = &row.address else {
            row.state = MessageState::NotSent;
            row.last_error = Some(NO_ADDRESS.to_owned());
            return Ok(());
        };
        let to = match Mailbox::named(called, address) {
            Ok(to) => to,
            Err(error) => {
                row.state = MessageState::Failed;
                row.last_error = Some(error.to_string());
                return Ok(());
            }
        };
        let unsubscribe = row.kind.is_optional().then(|| {
            let token = SecretToken::new(self.ids.as_ref());
            row.unsubscribe_hash = Some(token.hash().as_str().to_owned());
            unsubscribe_url(&self.mailer, token.expose())
        });
        let personal = if letter.is_personal() {
            let (ids, public_url) = (&self.ids, &self.mailer.public_url);
            Some(personal(tx, ids, public_url, &row.work_sample, self.now)?)
        } else {
            None
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
        thread: &thread_id(&row.work_sample, &mailer.from),
        date: row.created_at,
        personal,
        unsubscribe,
    };
    mailer.render(letter, &headers).map_err(|error| {
        WorkflowError::Unreadable(format!("a message cannot be rendered: {error}"))
    })
}

/// The copy of a message that is kept once it was sent: with its words, and without its tokens.
pub(super) fn kept_copy(mailer: &Mailer, row: &MessageRow) -> Result<Vec<u8>, WorkflowError> {
    use crate::mail::REMOVED;
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
}

/// What a message says.
pub(super) fn letter_of(row: &MessageRow) -> Result<Letter, WorkflowError> {
    serde_json::from_value(row.letter.clone())
        .map_err(|error| WorkflowError::Unreadable(format!("the letter of {}: {error}", row.id)))
}

/// Writes each message that is wanted and was not written; says when there may be more.
pub(super) async fn write(
    services: &Services,
    id: &WorkSampleId,
) -> Result<Option<Timestamp>, WorkflowError> {
    let (_, version) = show::work_sample(services, id).await?;
    let (words, title) = (SpecWords::of(&version), version.spec.title.clone());
    let (writer, id) = (Writer::of(services), id.clone());
    services
        .store
        .write(move |tx| {
            let ws = load(tx, &id)?;
            let team = Team::of(tx, &id)?;
            let promise = team.promise(ws.terms.answers_within_hours);
            let known = Known {
                spec: &words,
                since: tx.looked_at(checkpoint::MESSAGES_SINCE)?,
                promise: promise.as_ref(),
                dead_jobs: &dead_jobs(tx, &id)?,
            };
            let plan = plan(&ws, &known, writer.now);
            let written = tx.message_keys(&id)?;
            for wanted in &plan.wanted {
                if written.contains(wanted.key.as_str()) {
                    continue;
                }
                for reader in team.recipients(&ws, wanted.kind, writer.now) {
                    add(tx, &writer, &ws, &title, wanted, &reader)?;
                }
            }
            Ok(plan.next)
        })
        .await
}

fn add(
    tx: &mut Tx<'_>,
    writer: &Writer,
    ws: &WorkSample,
    title: &str,
    wanted: &Wanted,
    reader: &Recipient,
) -> Result<(), WorkflowError> {
    let about = About {
        work_sample: &ws.id,
        title,
        candidate: &ws.candidate,
        zone: reader.zone,
        due: due_date(ws, title, &writer.mailer.from),
    };
    let letter = compose(wanted, &about);
    let mut row = MessageRow {
        id: MessageId::new(writer.ids.as_ref(), writer.now),
        work_sample: ws.id.clone(),
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
    };
    let is_off = wanted.kind.is_optional()
        && tx
            .messages_off(&reader.preferences_of)?
            .contains(&wanted.kind);
    if !is_off {
        writer.render(tx, &mut row, &letter, &reader.called)?;
    }
    tx.add_message(&row)?;
    Ok(())
}

fn dead_jobs(tx: &mut ReadTx<'_>, id: &WorkSampleId) -> Result<Vec<DeadJob>, StoreError> {
    let dead = JobFilter {
        subject: Some(id.to_string()),
        state: Some(JobState::Dead),
        ..JobFilter::default()
    };
    let of_mail = crate::workflow::jobs::JobKind::Messages.name();
    let dead = tx.jobs(&dead)?.into_iter();
    Ok(dead
        .filter(|job| job.kind != of_mail)
        .map(|job| DeadJob {
            id: job.id,
            kind: job.kind,
            at: job.updated_at,
        })
        .collect())
}

/// Writes messages that are not sent into the data folder, each once.
pub(super) async fn file(services: &Services, id: &WorkSampleId) -> Result<(), WorkflowError> {
    let wanted = id.clone();
    let kept = services
        .store
        .read(move |tx| tx.messages_in(&wanted, &[MessageState::NotSent]))
        .await?;
    for row in kept {
        if row.filed_at.is_some() || row.eml.is_empty() {
            continue;
        }
        let folder = services.mailer.folder.clone();
        // Names sort by time, and hold nothing that somebody else wrote.
        let name = format!("{}-{}.eml", row.created_at.format("%Y%m%dT%H%M%SZ"), row.id);
        let eml = row.eml.clone();
        let written = tokio::task::spawn_blocking(move || write_file(&folder, &name, &eml)).await;
        match written {
            Ok(Ok(())) => {}
            // The message is in the database and on its page; a full disk must not keep others from being written.
            Ok(Err(error)) => {
                tracing::warn!(mail = %row.id, %error, "could not write a message into the data folder");
                continue;
            }
            Err(error) => return Err(WorkflowError::Unreadable(error.to_string())),
        }
        let now = services.now();
        services
            .store
            .write(move |tx| {
                let Some(present) = tx.message(&row.id)? else {
                    return Ok::<_, WorkflowError>(());
                };
                if present.eml == row.eml {
                    tx.change_message(&MessageRow {
                        filed_at: Some(now),
                        ..present
                    })?;
                }
                Ok(())
            })
            .await?;
    }
    Ok(())
}

/// Written whole before it has its name; only its owner may read it, for it holds a personal link.
fn write_file(folder: &Path, name: &str, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write as _;
    std::fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(folder.join(name))
        .map_err(|error| error.error)?;
    Ok(())
}
