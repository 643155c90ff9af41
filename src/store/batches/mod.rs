//! Launching many: batches, their lines (one person of the list each), and what people did with them.
//!
//! A line is settled once, as offered or refused, and stays so: the database refuses to change it afterwards. Until then
//! it waits, or is stopped.

mod lines;

use chrono::NaiveDateTime;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::error::StoreError;
use super::rows::{Row, from_column, to_column, to_word};
use super::schema::{batch_events, batches};
use super::tx::{ReadTx, Tx};
use crate::clock::Timestamp;
use crate::ids::{BatchId, Login, SpecDigest};

pub use lines::{BatchLine, LineCounts, LineState, Settlement, Standing};

/// A batch as it was created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchRow {
    pub id: BatchId,
    pub spec_digest: SpecDigest,
    /// Where the repositories are to be created; `None` for the first organisation that is configured.
    pub organization: Option<Login>,
    /// The lead's name.
    pub launched_by: String,
    pub created_at: Timestamp,
}

/// What a person did with a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BatchEventKind {
    Created,
    Stopped,
    Resumed,
}

/// One entry of a batch's history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct BatchEvent {
    pub kind: BatchEventKind,
    /// The lead's name.
    pub person: String,
    #[schema(value_type = String, format = DateTime)]
    pub occurred_at: Timestamp,
}

#[derive(Queryable, Insertable)]
#[diesel(table_name = batches)]
struct Raw {
    id: String,
    spec_digest: String,
    organization: Option<String>,
    launched_by: String,
    created_at: NaiveDateTime,
}

impl TryFrom<Raw> for BatchRow {
    type Error = StoreError;

    fn try_from(raw: Raw) -> Result<Self, StoreError> {
        let row = Row {
            table: "batches",
            key: &raw.id,
        };
        Ok(BatchRow {
            id: row.parse("id", &raw.id)?,
            spec_digest: row.parse("spec_digest", &raw.spec_digest)?,
            organization: raw
                .organization
                .map(|name| row.parse("organization", &name))
                .transpose()?,
            launched_by: raw.launched_by,
            created_at: from_column(raw.created_at),
        })
    }
}

#[derive(Queryable, Insertable)]
#[diesel(table_name = batch_events)]
struct RawEvent {
    batch_id: String,
    seq: i32,
    kind: String,
    person: String,
    occurred_at: NaiveDateTime,
}

impl Tx<'_> {
    /// Stores a new batch with its lines, and that it was created.
    ///
    /// # Errors
    /// Refused if its id exists already, its spec does not, or two lines have one number.
    pub fn insert_batch(
        &mut self,
        batch: &BatchRow,
        lines: &[BatchLine],
    ) -> Result<(), StoreError> {
        let raw = Raw {
            id: batch.id.to_string(),
            spec_digest: batch.spec_digest.to_string(),
            organization: batch.organization.as_ref().map(ToString::to_string),
            launched_by: batch.launched_by.clone(),
            created_at: to_column(batch.created_at),
        };
        self.run(|db| diesel::insert_into(batches::table).values(&raw).execute(db))?;
        for line in lines {
            self.insert_batch_line(&batch.id, line)?;
        }
        let created = BatchEvent {
            kind: BatchEventKind::Created,
            person: batch.launched_by.clone(),
            occurred_at: batch.created_at,
        };
        self.append_batch_event(&batch.id, &created)
    }

    /// Adds to a batch's history.
    pub fn append_batch_event(
        &mut self,
        id: &BatchId,
        event: &BatchEvent,
    ) -> Result<(), StoreError> {
        let last: Option<i32> = self.run(|db| {
            batch_events::table
                .filter(batch_events::batch_id.eq(id.as_str()))
                .select(diesel::dsl::max(batch_events::seq))
                .first(db)
        })?;
        let raw = RawEvent {
            batch_id: id.to_string(),
            seq: last.unwrap_or(0) + 1,
            kind: to_word(&event.kind)?,
            person: event.person.clone(),
            occurred_at: to_column(event.occurred_at),
        };
        self.run(|db| {
            diesel::insert_into(batch_events::table)
                .values(&raw)
                .execute(db)
        })?;
        Ok(())
    }
}

impl ReadTx<'_> {
    pub fn batch(&mut self, id: &BatchId) -> Result<Option<BatchRow>, StoreError> {
        let raw = self.run(|db| batches::table.find(id.as_str()).first::<Raw>(db).optional())?;
        raw.map(BatchRow::try_from).transpose()
    }

    /// Newest first, at most `limit`.
    pub fn batches(&mut self, limit: u32) -> Result<Vec<BatchRow>, StoreError> {
        let raws: Vec<Raw> = self.run(|db| {
            batches::table
                .order(batches::id.desc())
                .limit(i64::from(limit))
                .load(db)
        })?;
        raws.into_iter().map(BatchRow::try_from).collect()
    }

    /// A batch's history, oldest first.
    pub fn batch_events(&mut self, id: &BatchId) -> Result<Vec<BatchEvent>, StoreError> {
        let raws: Vec<RawEvent> = self.run(|db| {
            batch_events::table
                .filter(batch_events::batch_id.eq(id.as_str()))
                .order(batch_events::seq.asc())
                .load(db)
        })?;
        raws.into_iter()
            .map(|raw| {
                let row = Row {
                    table: "batch_events",
                    key: &raw.batch_id,
                };
                Ok(BatchEvent {
                    kind: row.word("kind", &raw.kind)?,
                    person: raw.person,
                    occurred_at: from_column(raw.occurred_at),
                })
            })
            .collect()
    }
}
