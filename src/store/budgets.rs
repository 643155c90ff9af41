//! What installations at GitHub used of their limits, so that several processes share it. What stands in the text is for
//! the governor to know.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::db::on_each;
use super::error::StoreError;
use super::rows::to_column;
use super::schema::budgets;
use super::tx::{ReadTx, Tx};
use crate::clock::Timestamp;

#[derive(Insertable, AsChangeset)]
#[diesel(table_name = budgets)]
struct Raw<'a> {
    name: &'a str,
    state: &'a str,
    updated_at: NaiveDateTime,
}

impl Tx<'_> {
    /// Keeps a budget. Transactions that read it before collide with this one and are run again.
    pub fn keep_budget(
        &mut self,
        name: &str,
        state: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let raw = Raw {
            name,
            state,
            updated_at: to_column(now),
        };
        self.run(|db| {
            on_each!(db, connection => diesel::insert_into(budgets::table)
                .values(&raw)
                .on_conflict(budgets::name)
                .do_update()
                .set(&raw)
                .execute(connection))
        })?;
        Ok(())
    }
}

impl ReadTx<'_> {
    pub fn budget(&mut self, name: &str) -> Result<Option<String>, StoreError> {
        self.run(|db| {
            budgets::table
                .find(name)
                .select(budgets::state)
                .first::<String>(db)
                .optional()
        })
    }
}
