//! Who reads what a work sample has to tell the team, which kinds of messages somebody turned off, and the links that do so.

use std::collections::BTreeSet;

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::db::on_each;
use super::error::StoreError;
use super::rows::{Row, from_column, to_column, to_word};
use super::schema::{messages_off, owners, unsubscribe_links};
use super::tx::{ReadTx, Tx};
use crate::clock::Timestamp;
use crate::ids::{PersonId, WorkSampleId};
use crate::work_sample::messages::MessageKind;

/// The owner of a work sample.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnerRow {
    pub work_sample: WorkSampleId,
    pub person: PersonId,
    /// Reads too where the owner is off.
    pub backup: Option<PersonId>,
    pub set_by: String,
    pub set_at: Timestamp,
}

#[derive(Queryable, Insertable, AsChangeset)]
#[diesel(table_name = owners)]
#[diesel(treat_none_as_null = true)]
struct Raw {
    work_sample_id: String,
    person_id: String,
    backup_id: Option<String>,
    set_by: String,
    set_at: NaiveDateTime,
}

impl TryFrom<Raw> for OwnerRow {
    type Error = StoreError;

    fn try_from(raw: Raw) -> Result<Self, StoreError> {
        let row = Row {
            table: "owners",
            key: &raw.work_sample_id,
        };
        Ok(OwnerRow {
            work_sample: row.parse("work_sample_id", &raw.work_sample_id)?,
            person: row.parse("person_id", &raw.person_id)?,
            backup: raw
                .backup_id
                .map(|id| row.parse("backup_id", &id))
                .transpose()?,
            set_by: raw.set_by,
            set_at: from_column(raw.set_at),
        })
    }
}

impl Tx<'_> {
    /// Says who owns a work sample, in place of the one before.
    pub fn set_owner(&mut self, owner: &OwnerRow) -> Result<(), StoreError> {
        let raw = Raw {
            work_sample_id: owner.work_sample.to_string(),
            person_id: owner.person.to_string(),
            backup_id: owner.backup.as_ref().map(PersonId::to_string),
            set_by: owner.set_by.clone(),
            set_at: to_column(owner.set_at),
        };
        self.run(|db| {
            on_each!(db, connection => diesel::insert_into(owners::table)
                .values(&raw)
                .on_conflict(owners::work_sample_id)
                .do_update()
                .set(&raw)
                .execute(connection))
        })
        .map(drop)
    }

    /// Turns a kind of message off for a person, or for the candidate of a work sample.
    pub fn turn_messages_off(
        &mut self,
        recipient: &str,
        kind: MessageKind,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let row = (
            messages_off::recipient.eq(recipient),
            messages_off::kind.eq(to_word(&kind)?),
            messages_off::off_at.eq(to_column(now)),
        );
        self.run(|db| {
            on_each!(db, connection => diesel::insert_into(messages_off::table)
                .values(row)
                .on_conflict((messages_off::recipient, messages_off::kind))
                .do_nothing()
                .execute(connection))
        })
        .map(drop)
    }

    /// Keeps what a link turns off, by the SHA-256 of its token.
    pub fn add_unsubscribe_link(
        &mut self,
        hash: &str,
        recipient: &str,
        kind: MessageKind,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let row = (
            unsubscribe_links::token_hash.eq(hash),
            unsubscribe_links::recipient.eq(recipient),
            unsubscribe_links::kind.eq(to_word(&kind)?),
            unsubscribe_links::created_at.eq(to_column(now)),
        );
        self.run(|db| {
            diesel::insert_into(unsubscribe_links::table)
                .values(row)
                .execute(db)
        })
        .map(drop)
    }

    /// Deletes the links that turn messages of this recipient off: somebody else may have them.
    pub fn forget_unsubscribe_links(&mut self, recipient: &str) -> Result<(), StoreError> {
        let theirs = unsubscribe_links::table.filter(unsubscribe_links::recipient.eq(recipient));
        self.run(|db| diesel::delete(theirs).execute(db)).map(drop)
    }

    /// Turns a kind of message on again.
    pub fn turn_messages_on(
        &mut self,
        recipient: &str,
        kind: MessageKind,
    ) -> Result<(), StoreError> {
        let kind = to_word(&kind)?;
        self.run(|db| {
            diesel::delete(messages_off::table.find((recipient, kind.as_str()))).execute(db)
        })
        .map(drop)
    }
}

impl ReadTx<'_> {
    pub fn owner(&mut self, id: &WorkSampleId) -> Result<Option<OwnerRow>, StoreError> {
        let raw = self.run(|db| owners::table.find(id.as_str()).first::<Raw>(db).optional())?;
        raw.map(OwnerRow::try_from).transpose()
    }

    /// The work samples that a person owns, or is the backup of.
    pub fn owned_by(&mut self, person: &PersonId) -> Result<Vec<WorkSampleId>, StoreError> {
        let ids: Vec<String> = self.run(|db| {
            owners::table
                .filter(owners::person_id.eq(person.as_str()))
                .or_filter(owners::backup_id.eq(person.as_str()))
                .select(owners::work_sample_id)
                .load(db)
        })?;
        ids.iter()
            .map(|id| {
                let row = Row {
                    table: "owners",
                    key: id,
                };
                row.parse("work_sample_id", id)
            })
            .collect()
    }

    /// Whose kind of message a link turns off, by the SHA-256 of its token.
    pub fn unsubscribe_link(
        &mut self,
        hash: &str,
    ) -> Result<Option<(String, MessageKind)>, StoreError> {
        let found: Option<(String, String)> = self.run(|db| {
            unsubscribe_links::table
                .find(hash)
                .select((unsubscribe_links::recipient, unsubscribe_links::kind))
                .first(db)
                .optional()
        })?;
        let Some((recipient, kind)) = found else {
            return Ok(None);
        };
        let row = Row {
            table: "unsubscribe_links",
            key: hash,
        };
        Ok(Some((recipient, row.word("kind", &kind)?)))
    }

    /// The kinds of messages that somebody turned off.
    pub fn messages_off(&mut self, recipient: &str) -> Result<BTreeSet<MessageKind>, StoreError> {
        let kinds: Vec<String> = self.run(|db| {
            messages_off::table
                .filter(messages_off::recipient.eq(recipient))
                .select(messages_off::kind)
                .load(db)
        })?;
        let row = Row {
            table: "messages_off",
            key: recipient,
        };
        kinds.iter().map(|kind| row.word("kind", kind)).collect()
    }
}
