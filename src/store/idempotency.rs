//! Answers kept for idempotency keys, so that a repeated call gets the first answer.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::db::on_each;
use super::error::StoreError;
use super::rows::{Row, from_column, to_column};
use super::schema::idempotency_keys;
use super::tx::{ReadTx, Tx};
use crate::clock::Timestamp;

/// The answer that was given to a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saved {
    /// Of the request, so that another request under the same key is noticed.
    pub request_sha256: String,
    /// The HTTP status.
    pub status: u16,
    pub response: Vec<u8>,
    pub created_at: Timestamp,
}

#[derive(Queryable, Insertable)]
#[diesel(table_name = idempotency_keys)]
struct Raw {
    scope: String,
    key: String,
    request_sha256: String,
    status: i32,
    response: Vec<u8>,
    created_at: NaiveDateTime,
}

impl Tx<'_> {
    /// Keeps an answer. False if the key has one already, which stays.
    pub fn save_idempotent(
        &mut self,
        scope: &str,
        key: &str,
        saved: &Saved,
    ) -> Result<bool, StoreError> {
        let raw = Raw {
            scope: scope.to_owned(),
            key: key.to_owned(),
            request_sha256: saved.request_sha256.clone(),
            status: i32::from(saved.status),
            response: saved.response.clone(),
            created_at: to_column(saved.created_at),
        };
        let inserted = self.run(|db| {
            on_each!(db, connection => diesel::insert_into(idempotency_keys::table)
                .values(&raw)
                .on_conflict_do_nothing()
                .execute(connection))
        })?;
        Ok(inserted == 1)
    }

    /// Forgets the answers given before `before`; returns how many.
    pub fn forget_idempotent(&mut self, before: Timestamp) -> Result<usize, StoreError> {
        self.run(|db| {
            diesel::delete(
                idempotency_keys::table.filter(idempotency_keys::created_at.lt(to_column(before))),
            )
            .execute(db)
        })
    }
}

impl ReadTx<'_> {
    /// The answer kept under a key; `scope` tells callers and routes apart.
    pub fn idempotent(&mut self, scope: &str, key: &str) -> Result<Option<Saved>, StoreError> {
        let raw = self.run(|db| {
            idempotency_keys::table
                .find((scope, key))
                .first::<Raw>(db)
                .optional()
        })?;
        let Some(raw) = raw else { return Ok(None) };
        let row = Row {
            table: "idempotency_keys",
            key: &raw.key,
        };
        Ok(Some(Saved {
            status: row.number("status", raw.status)?,
            request_sha256: raw.request_sha256,
            response: raw.response,
            created_at: from_column(raw.created_at),
        }))
    }
}
