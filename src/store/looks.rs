//! How far we have looked: what GitHub called its answers (ETags), a row a work sample and route, and when we last read a
//! log that belongs to no work sample.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::db::on_each;
use super::error::StoreError;
use super::rows::{from_column, to_column};
use super::schema::{etags, looks};
use super::tx::{ReadTx, Tx};
use crate::clock::Timestamp;
use crate::ids::WorkSampleId;

impl Tx<'_> {
    /// Keeps what GitHub called the answers at these routes. Commit it with the events that the answers led to.
    pub fn keep_etags(
        &mut self,
        id: &WorkSampleId,
        by_route: &BTreeMap<String, String>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        for (route, etag) in by_route {
            let row = (
                etags::work_sample_id.eq(id.as_str()),
                etags::route.eq(route),
                etags::etag.eq(etag),
                etags::seen_at.eq(to_column(now)),
            );
            let later = (etags::etag.eq(etag), etags::seen_at.eq(to_column(now)));
            self.run(|db| {
                on_each!(db, connection => diesel::insert_into(etags::table)
                    .values(row)
                    .on_conflict((etags::work_sample_id, etags::route))
                    .do_update()
                    .set(later)
                    .execute(connection))
            })?;
        }
        Ok(())
    }

    /// Forgets what GitHub called its answers, so that the next look reads all of them.
    pub fn forget_etags(&mut self, id: &WorkSampleId) -> Result<usize, StoreError> {
        self.run(|db| {
            diesel::delete(etags::table.filter(etags::work_sample_id.eq(id.as_str()))).execute(db)
        })
    }

    /// Records that everything up to `at` has been looked at.
    pub fn looked(&mut self, name: &str, at: Timestamp) -> Result<(), StoreError> {
        let row = (looks::name.eq(name), looks::looked_at.eq(to_column(at)));
        self.run(|db| {
            on_each!(db, connection => diesel::insert_into(looks::table)
                .values(row)
                .on_conflict(looks::name)
                .do_update()
                .set(looks::looked_at.eq(to_column(at)))
                .execute(connection))
        })?;
        Ok(())
    }

    /// Forgets how far was looked.
    pub fn forget_look(&mut self, name: &str) -> Result<(), StoreError> {
        self.run(|db| diesel::delete(looks::table.find(name)).execute(db))
            .map(drop)
    }
}

impl ReadTx<'_> {
    /// What GitHub called its answers when we last looked, by route.
    pub fn etags(&mut self, id: &WorkSampleId) -> Result<BTreeMap<String, String>, StoreError> {
        let rows: Vec<(String, String)> = self.run(|db| {
            etags::table
                .filter(etags::work_sample_id.eq(id.as_str()))
                .select((etags::route, etags::etag))
                .load(db)
        })?;
        Ok(rows.into_iter().collect())
    }

    /// What was looked at under names that begin with `prefix`, and when, by name.
    pub fn looks_named(&mut self, prefix: &str) -> Result<Vec<(String, Timestamp)>, StoreError> {
        // Not LIKE: the databases differ in what it takes for equal.
        let rows: Vec<(String, NaiveDateTime)> = self.run(|db| {
            looks::table
                .filter(looks::name.ge(prefix))
                .order(looks::name.asc())
                .load(db)
        })?;
        Ok(rows
            .into_iter()
            .filter(|(name, _)| name.starts_with(prefix))
            .map(|(name, at)| (name, from_column(at)))
            .collect())
    }

    /// How far was looked, if ever.
    pub fn looked_at(&mut self, name: &str) -> Result<Option<Timestamp>, StoreError> {
        let at: Option<NaiveDateTime> = self.run(|db| {
            looks::table
                .find(name)
                .select(looks::looked_at)
                .first(db)
                .optional()
        })?;
        Ok(at.map(from_column))
    }
}
