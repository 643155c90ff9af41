//! What is known at the moment at which messages are written or sent: what is wanted, and who reads it.

use super::recipients::{CANDIDATE, Recipient, TEAM, Team};
use crate::clock::Timestamp;
use crate::ids::WorkSampleId;
use crate::mail::{About, Letter, Mailbox, compose, due_date};
use crate::store::{JobFilter, JobState, MessageRow, MessageState, ReadTx, StoreError};
use crate::work_sample::WorkSample;
use crate::work_sample::entry::meant::SpecWords;
use crate::work_sample::messages::{
    Audience, DeadJob, FailedMessage, Known, Plan, Wanted, plan, service_plan,
};
use crate::workflow::jobs::JobKind;
use crate::workflow::message_job::concerns_service;
use crate::workflow::record::load;
use crate::workflow::stored::checkpoint;
use crate::workflow::{Services, WorkflowError, show};

/// Whom or what messages are about: a work sample, or the service itself.
pub(super) struct Subject {
    pub id: Option<WorkSampleId>,
    words: SpecWords,
    title: String,
}

impl Subject {
    pub async fn of(
        services: &Services,
        id: Option<&WorkSampleId>,
    ) -> Result<Subject, WorkflowError> {
        let Some(id) = id else {
            return Ok(Subject {
                id: None,
                words: SpecWords::default(),
                title: String::new(),
            });
        };
        let (_, version) = show::work_sample(services, id).await?;
        Ok(Subject {
            id: Some(id.clone()),
            words: SpecWords::of(&version),
            title: version.spec.title.clone(),
        })
    }
}

/// What there is to be said, and to whom.
pub(super) struct Present {
    ws: Option<WorkSample>,
    title: String,
    pub team: Team,
    pub plan: Plan,
    pub now: Timestamp,
}

/// What is to be done with a message that waits.
pub(super) enum Verdict {
    /// To be sent, with these words, to this reader.
    Send(Box<Letter>, Recipient),
    /// Its reader turned this kind off.
    Off,
    /// Of no use any more, and why.
    Obsolete(&'static str),
    /// It is not known at present whether its reader still has their role.
    Unconfirmed,
}

/// Somebody whom a message was written to.
pub(super) enum Reader {
    Known(Recipient),
    Unconfirmed,
    /// Does not read it any more.
    Gone,
}

impl Present {
    pub fn read(
        tx: &mut ReadTx<'_>,
        subject: &Subject,
        now: Timestamp,
    ) -> Result<Present, WorkflowError> {
        let id = subject.id.as_ref();
        let ws = id.map(|id| load(tx, id)).transpose()?;
        let team = Team::of(tx, id, now)?;
        let within_hours = ws.as_ref().and_then(|ws| ws.terms.answers_within_hours);
        let promise = team.promise(within_hours);
        let known = Known {
            spec: &subject.words,
            since: tx.looked_at(checkpoint::MESSAGES_SINCE)?,
            promise: promise.as_ref(),
            dead_jobs: &dead_jobs(tx, id)?,
            failed_messages: &failed_messages(tx, id)?,
        };
        Ok(Present {
            plan: match &ws {
                Some(ws) => plan(ws, &known, now),
                None => service_plan(&known, now),
            },
            ws,
            title: subject.title.clone(),
            team,
            now,
        })
    }

    pub fn wanted(&self, key: &str) -> Option<&Wanted> {
        self.plan.wanted.iter().find(|one| one.key.as_str() == key)
    }

    /// The candidate as a reader.
    pub fn candidate(&self) -> Option<Recipient> {
        self.ws.as_ref().map(|ws| Recipient {
            name: CANDIDATE.to_owned(),
            preferences_of: ws.id.to_string(),
            called: ws.candidate.clone(),
            address: ws.email.clone(),
            zone: self.team.candidate_zone,
        })
    }

    /// Somebody whom a message was written to, as they read it now.
    pub fn reader(&self, recipient: &str) -> Reader {
        let known = match recipient {
            CANDIDATE => self.candidate(),
            TEAM => Some(Recipient::team()),
            id => match self.team.member(id) {
                Some(member) if !member.is_confirmed => return Reader::Unconfirmed,
                member => member.map(|one| one.recipient()),
            },
        };
        known.map_or(Reader::Gone, Reader::Known)
    }

    /// The words of a message to somebody, as they are right now.
    pub fn letter(&self, from: &Mailbox, wanted: &Wanted, reader: &Recipient) -> Letter {
        let ws = self.ws.as_ref();
        let due = ws.and_then(|ws| due_date(ws, &self.title, from));
        let about = About {
            work_sample: ws.map(|ws| &ws.id),
            now: self.now,
            title: &self.title,
            candidate: ws.map_or("", |ws| ws.candidate.as_str()),
            zone: reader.zone,
            due,
        };
        compose(wanted, &about)
    }

    /// Did this reader turn this kind of message off?
    pub fn is_off(
        tx: &mut ReadTx<'_>,
        wanted: &Wanted,
        reader: &Recipient,
    ) -> Result<bool, StoreError> {
        Ok(wanted.kind.is_optional()
            && tx
                .messages_off(&reader.preferences_of)?
                .contains(&wanted.kind))
    }

    /// What is to be done with a message that waits to be sent.
    pub fn verdict(
        &self,
        tx: &mut ReadTx<'_>,
        from: &Mailbox,
        row: &MessageRow,
    ) -> Result<Verdict, StoreError> {
        let Some(wanted) = self.wanted(&row.message_key) else {
            return Ok(Verdict::Obsolete("what the message is about is over"));
        };
        let reader = match self.reader(&row.recipient) {
            Reader::Known(reader) => reader,
            Reader::Unconfirmed => return Ok(Verdict::Unconfirmed),
            Reader::Gone => {
                return Ok(Verdict::Obsolete(
                    "its recipient does not read for the team any more",
                ));
            }
        };
        if Present::is_off(tx, wanted, &reader)? {
            return Ok(Verdict::Off);
        }
        let letter = self.letter(from, wanted, &reader);
        Ok(Verdict::Send(Box::new(letter), reader))
    }

    /// Is it for the candidate, and not for the team?
    pub fn is_candidates(wanted: &Wanted) -> bool {
        wanted.kind.audience() == Audience::Candidate
    }
}

fn dead_jobs(tx: &mut ReadTx<'_>, id: Option<&WorkSampleId>) -> Result<Vec<DeadJob>, StoreError> {
    let dead = JobFilter {
        subject: id.map(WorkSampleId::to_string),
        state: Some(JobState::Dead),
        ..JobFilter::default()
    };
    let of_mail = JobKind::Messages.name();
    let dead = tx.jobs(&dead)?.into_iter();
    Ok(dead
        .filter(|job| match id {
            Some(_) => job.kind != of_mail,
            None => concerns_service(job),
        })
        .map(|job| DeadJob {
            id: job.id,
            kind: job.kind,
            at: job.updated_at,
        })
        .collect())
}

fn failed_messages(
    tx: &mut ReadTx<'_>,
    id: Option<&WorkSampleId>,
) -> Result<Vec<FailedMessage>, StoreError> {
    let marks = tx.message_marks(id)?.into_iter();
    let mut failed = Vec::new();
    for mark in marks.filter(|mark| mark.state == MessageState::Failed) {
        let Some(row) = readable(tx.message(&mark.id), &mark.id)? else {
            continue;
        };
        // Those that an earlier version gave up are listed, and not told of now.
        if let Some(at) = row.failed_at {
            failed.push(FailedMessage {
                id: row.id,
                kind: row.kind,
                resent: row.resent,
                at,
            });
        }
    }
    Ok(failed)
}

/// A row that cannot be read keeps the others from nothing.
pub(super) fn readable(
    read: Result<Option<MessageRow>, StoreError>,
    id: &crate::ids::MessageId,
) -> Result<Option<MessageRow>, StoreError> {
    match read {
        Err(error @ StoreError::Corrupt { .. }) => {
            tracing::error!(mail = %id, %error, "could not read a message");
            Ok(None)
        }
        other => other,
    }
}
