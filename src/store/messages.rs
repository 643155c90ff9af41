//! Messages: one row for each recipient, written in the transaction that decides to send it, and settled after sending.

use std::collections::BTreeSet;

use chrono::NaiveDateTime;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::error::StoreError;
use super::rows::{Row, from_column, to_column, to_json, to_word};
use super::schema::messages;
use super::tx::{ReadTx, Tx};
use crate::clock::Timestamp;
use crate::ids::{MessageId, WorkSampleId};
use crate::work_sample::messages::MessageKind;

/// Where a message stands.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum MessageState {
    /// Waits to be sent, or to be tried again.
    Waiting,
    /// Kept and not sent: mail is not configured, or no address is known.
    NotSent,
    /// Is being sent; after a crash it may have been.
    Sending,
    Sent,
    /// Given up.
    Failed,
    /// Its reader turned this kind off.
    Off,
    /// Not sent: when it was to be sent, what it is about was over, or somebody else reads it now.
    Obsolete,
}

impl MessageState {
    pub const ALL: [MessageState; 7] = [
        MessageState::Waiting,
        MessageState::NotSent,
        MessageState::Sending,
        MessageState::Sent,
        MessageState::Failed,
        MessageState::Off,
        MessageState::Obsolete,
    ];
}

/// A message to one recipient.
#[derive(Debug, Clone, PartialEq)]
pub struct MessageRow {
    pub id: MessageId,
    /// `None`: about the service itself.
    pub work_sample: Option<WorkSampleId>,
    pub kind: MessageKind,
    /// What it is about, see `work_sample::messages`.
    pub message_key: String,
    /// `candidate`, a person's id, or `team` where nobody is known.
    pub recipient: String,
    pub address: Option<String>,
    pub subject: String,
    /// What it says, without its tokens.
    pub letter: serde_json::Value,
    pub state: MessageState,
    /// How often sending began.
    pub attempts: u32,
    /// How often it is not known whether the server took it.
    pub unknown_outcomes: u32,
    /// How often somebody asked for it to be sent again.
    pub resent: u32,
    pub last_error: Option<String>,
    /// As in its header, with angle brackets.
    pub message_id: String,
    /// The SHA-256 of the token that turns this kind off for this recipient.
    pub unsubscribe_hash: Option<String>,
    /// The message as it is sent; afterwards without its tokens.
    pub eml: Vec<u8>,
    /// Not before this moment.
    pub retry_at: Option<Timestamp>,
    /// When sending last began.
    pub started_at: Option<Timestamp>,
    /// When it was written into the data folder.
    pub filed_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub sent_at: Option<Timestamp>,
    /// When the present attempt began to hand the message over; before that nothing of it was sent.
    pub handed_over_at: Option<Timestamp>,
    /// When it was given up; missing where an earlier version did.
    pub failed_at: Option<Timestamp>,
    /// When it was last rendered, as in its header.
    pub rendered_at: Option<Timestamp>,
}

/// What a message is about, whose it is, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageMark {
    pub id: MessageId,
    pub message_key: String,
    pub recipient: String,
    pub state: MessageState,
}

/// Which messages to list, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MessageFilter {
    pub work_sample: Option<WorkSampleId>,
    pub state: Option<MessageState>,
    /// Only those that come after this one in the list.
    pub after: Option<MessageId>,
    pub limit: Option<u32>,
}

#[derive(Queryable, Insertable, AsChangeset)]
#[diesel(table_name = messages)]
#[diesel(treat_none_as_null = true)]
struct Raw {
    id: String,
    work_sample_id: Option<String>,
    kind: String,
    message_key: String,
    recipient: String,
    address: Option<String>,
    subject: String,
    letter: String,
    state: String,
    attempts: i32,
    unknown_outcomes: i32,
    resent: i32,
    last_error: Option<String>,
    message_id: String,
    unsubscribe_hash: Option<String>,
    eml: Vec<u8>,
    retry_at: Option<NaiveDateTime>,
    started_at: Option<NaiveDateTime>,
    filed_at: Option<NaiveDateTime>,
    created_at: NaiveDateTime,
    sent_at: Option<NaiveDateTime>,
    handed_over_at: Option<NaiveDateTime>,
    failed_at: Option<NaiveDateTime>,
    rendered_at: Option<NaiveDateTime>,
}

impl TryFrom<Raw> for MessageRow {
    type Error = StoreError;

    fn try_from(raw: Raw) -> Result<Self, StoreError> {
        let row = Row {
            table: "messages",
            key: &raw.id,
        };
        Ok(MessageRow {
            id: row.parse("id", &raw.id)?,
            work_sample: raw
                .work_sample_id
                .map(|id| row.parse("work_sample_id", &id))
                .transpose()?,
            kind: row.word("kind", &raw.kind)?,
            letter: row.json("letter", &raw.letter)?,
            state: row.word("state", &raw.state)?,
            attempts: row.number("attempts", raw.attempts)?,
            unknown_outcomes: row.number("unknown_outcomes", raw.unknown_outcomes)?,
            resent: row.number("resent", raw.resent)?,
            message_key: raw.message_key,
            recipient: raw.recipient,
            address: raw.address,
            subject: raw.subject,
            last_error: raw.last_error,
            message_id: raw.message_id,
            unsubscribe_hash: raw.unsubscribe_hash,
            eml: raw.eml,
            retry_at: raw.retry_at.map(from_column),
            started_at: raw.started_at.map(from_column),
            filed_at: raw.filed_at.map(from_column),
            created_at: from_column(raw.created_at),
            sent_at: raw.sent_at.map(from_column),
            handed_over_at: raw.handed_over_at.map(from_column),
            failed_at: raw.failed_at.map(from_column),
            rendered_at: raw.rendered_at.map(from_column),
        })
    }
}

fn raw(message: &MessageRow) -> Result<Raw, StoreError> {
    let number = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
    Ok(Raw {
        id: message.id.to_string(),
        work_sample_id: message.work_sample.as_ref().map(WorkSampleId::to_string),
        kind: to_word(&message.kind)?,
        message_key: message.message_key.clone(),
        recipient: message.recipient.clone(),
        address: message.address.clone(),
        subject: message.subject.clone(),
        letter: to_json(&message.letter)?,
        state: to_word(&message.state)?,
        attempts: number(message.attempts),
        unknown_outcomes: number(message.unknown_outcomes),
        resent: number(message.resent),
        last_error: message.last_error.clone(),
        message_id: message.message_id.clone(),
        unsubscribe_hash: message.unsubscribe_hash.clone(),
        eml: message.eml.clone(),
        retry_at: message.retry_at.map(to_column),
        started_at: message.started_at.map(to_column),
        filed_at: message.filed_at.map(to_column),
        created_at: to_column(message.created_at),
        sent_at: message.sent_at.map(to_column),
        handed_over_at: message.handed_over_at.map(to_column),
        failed_at: message.failed_at.map(to_column),
        rendered_at: message.rendered_at.map(to_column),
    })
}

impl Tx<'_> {
    pub fn add_message(&mut self, message: &MessageRow) -> Result<(), StoreError> {
        let raw = raw(message)?;
        self.run(|db| {
            diesel::insert_into(messages::table)
                .values(&raw)
                .execute(db)
        })
        .map(drop)
    }

    /// Replaces the row of this message. Read it in the same transaction.
    ///
    /// # Errors
    /// Not found.
    pub fn change_message(&mut self, message: &MessageRow) -> Result<(), StoreError> {
        let raw = raw(message)?;
        let changed = self.run(|db| {
            diesel::update(messages::table.find(message.id.as_str()))
                .set(&raw)
                .execute(db)
        })?;
        match changed {
            0 => Err(StoreError::not_found(format!("the message {}", message.id))),
            _ => Ok(()),
        }
    }
}

impl ReadTx<'_> {
    pub fn message(&mut self, id: &MessageId) -> Result<Option<MessageRow>, StoreError> {
        let raw = self.run(|db| {
            messages::table
                .find(id.as_str())
                .first::<Raw>(db)
                .optional()
        })?;
        raw.map(MessageRow::try_from).transpose()
    }

    /// The keys of all messages about a work sample.
    pub fn message_keys(&mut self, id: &WorkSampleId) -> Result<BTreeSet<String>, StoreError> {
        let keys: Vec<String> = self.run(|db| {
            messages::table
                .filter(messages::work_sample_id.eq(id.as_str()))
                .select(messages::message_key)
                .load(db)
        })?;
        Ok(keys.into_iter().collect())
    }

    /// What there is about a work sample, or about the service itself; the oldest first.
    pub fn message_marks(
        &mut self,
        about: Option<&WorkSampleId>,
    ) -> Result<Vec<MessageMark>, StoreError> {
        let rows: Vec<(String, String, String, String)> = self.run(|db| {
            let query = messages::table.order(messages::id.asc()).into_boxed();
            let query = match about {
                Some(id) => query.filter(messages::work_sample_id.eq(id.as_str())),
                None => query.filter(messages::work_sample_id.is_null()),
            };
            query
                .select((
                    messages::id,
                    messages::message_key,
                    messages::recipient,
                    messages::state,
                ))
                .load(db)
        })?;
        rows.into_iter()
            .map(|(id, message_key, recipient, state)| {
                let row = Row {
                    table: "messages",
                    key: &id,
                };
                Ok(MessageMark {
                    id: row.parse("id", &id)?,
                    message_key,
                    recipient,
                    state: row.word("state", &state)?,
                })
            })
            .collect()
    }

    /// How many messages are in this state.
    pub fn count_messages(&mut self, state: MessageState) -> Result<i64, StoreError> {
        let state = to_word(&state)?;
        self.run(|db| {
            messages::table
                .filter(messages::state.eq(&state))
                .count()
                .get_result(db)
        })
    }

    /// Newest first.
    pub fn messages(&mut self, filter: &MessageFilter) -> Result<Vec<MessageRow>, StoreError> {
        let state = filter.state.as_ref().map(to_word).transpose()?;
        let raws: Vec<Raw> = self.run(|db| {
            let mut query = messages::table.order(messages::id.desc()).into_boxed();
            if let Some(state) = state {
                query = query.filter(messages::state.eq(state));
            }
            if let Some(id) = &filter.work_sample {
                query = query.filter(messages::work_sample_id.eq(id.as_str()));
            }
            if let Some(after) = &filter.after {
                query = query.filter(messages::id.lt(after.as_str()));
            }
            if let Some(limit) = filter.limit {
                query = query.limit(i64::from(limit));
            }
            query.load(db)
        })?;
        raws.into_iter().map(MessageRow::try_from).collect()
    }
}
