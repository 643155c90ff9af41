//! Webhook deliveries as they came in, raw, before anybody tried to understand them.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::body::Body;
use super::db::Db;
use super::error::StoreError;
use super::rows::{Row, from_column, to_bigint, to_column};
use super::schema::deliveries;
use super::tx::{ReadTx, Tx};
use crate::clock::Timestamp;

/// One delivery.
#[derive(Debug, Clone, PartialEq)]
pub struct DeliveryRow {
    /// `X-GitHub-Delivery`; a redelivery has the same.
    pub guid: String,
    /// `X-GitHub-Event`.
    pub event: String,
    pub repository_id: Option<u64>,
    pub body: Body,
    pub received_at: Timestamp,
    /// What became of it; `None` while it waits.
    pub outcome: Option<String>,
    pub processed_at: Option<Timestamp>,
}

/// How many deliveries had an outcome; `None` are those that wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryCount {
    pub outcome: Option<String>,
    pub count: i64,
}

#[derive(Queryable)]
struct Raw {
    guid: String,
    event: String,
    repository_id: Option<i64>,
    body: Vec<u8>,
    received_at: NaiveDateTime,
    outcome: Option<String>,
    processed_at: Option<NaiveDateTime>,
    packed: bool,
}

/// A row to be inserted, its body not copied. Nothing is left to defaults: so the statement is always the same one, and
/// is prepared once.
#[derive(Insertable)]
#[diesel(table_name = deliveries, treat_none_as_default_value = false)]
struct New<'a> {
    guid: &'a str,
    event: &'a str,
    repository_id: Option<i64>,
    body: &'a [u8],
    received_at: NaiveDateTime,
    outcome: Option<&'a str>,
    processed_at: Option<NaiveDateTime>,
    packed: bool,
}

impl TryFrom<Raw> for DeliveryRow {
    type Error = StoreError;

    fn try_from(raw: Raw) -> Result<Self, StoreError> {
        let row = Row {
            table: "deliveries",
            key: &raw.guid,
        };
        Ok(DeliveryRow {
            repository_id: raw
                .repository_id
                .map(|id| row.number("repository_id", id))
                .transpose()?,
            guid: raw.guid,
            event: raw.event,
            body: Body {
                packed: raw.packed,
                bytes: raw.body,
            },
            received_at: from_column(raw.received_at),
            outcome: raw.outcome,
            processed_at: raw.processed_at.map(from_column),
        })
    }
}

impl Tx<'_> {
    /// Stores a delivery. False if its guid is known already; the first one stays as it is.
    pub fn insert_delivery(&mut self, row: &DeliveryRow) -> Result<bool, StoreError> {
        let new = New {
            guid: &row.guid,
            event: &row.event,
            repository_id: row.repository_id.map(to_bigint).transpose()?,
            body: &row.body.bytes,
            received_at: to_column(row.received_at),
            outcome: row.outcome.as_deref(),
            processed_at: row.processed_at.map(to_column),
            packed: row.body.packed,
        };
        // SQLite's own words make the same statement each time, which diesel then neither writes nor prepares anew; no
        // other rule of the table can be broken by what the types allow.
        let inserted = self.run(|db| match db {
            Db::Sqlite(connection) => diesel::insert_or_ignore_into(deliveries::table)
                .values(&new)
                .execute(connection),
            Db::Postgres(connection) => diesel::insert_into(deliveries::table)
                .values(&new)
                .on_conflict_do_nothing()
                .execute(connection),
        })?;
        Ok(inserted == 1)
    }

    /// Records what became of a delivery.
    ///
    /// # Errors
    /// Not found.
    pub fn finish_delivery(
        &mut self,
        guid: &str,
        outcome: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let updated = self.run(|db| {
            diesel::update(deliveries::table.find(guid))
                .set((
                    deliveries::outcome.eq(outcome),
                    deliveries::processed_at.eq(to_column(now)),
                ))
                .execute(db)
        })?;
        if updated == 1 {
            Ok(())
        } else {
            Err(StoreError::not_found(format!("delivery {guid}")))
        }
    }
}

impl ReadTx<'_> {
    pub fn delivery(&mut self, guid: &str) -> Result<Option<DeliveryRow>, StoreError> {
        let raw = self.run(|db| deliveries::table.find(guid).first::<Raw>(db).optional())?;
        raw.map(DeliveryRow::try_from).transpose()
    }

    /// How many deliveries came to which outcome.
    pub fn delivery_counts(&mut self) -> Result<Vec<DeliveryCount>, StoreError> {
        let mut rows: Vec<(Option<String>, i64)> = self.run(|db| {
            deliveries::table
                .group_by(deliveries::outcome)
                .select((deliveries::outcome, diesel::dsl::count_star()))
                .load(db)
        })?;
        // Sorted here: the two databases place NULL and letters differently.
        rows.sort();
        Ok(rows
            .into_iter()
            .map(|(outcome, count)| DeliveryCount { outcome, count })
            .collect())
    }
}
