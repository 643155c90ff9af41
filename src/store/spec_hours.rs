//! How many hours the candidates of a spec say that the work took: one row a person, numbered by each person's first word.

use diesel::prelude::*;

use super::error::StoreError;
use super::rows::{Row, to_bigint};
use super::schema::spec_hours;
use super::tx::{ReadTx, Tx};
use crate::ids::{Login, Slug};

/// What one person said, and how they are known again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpecHours {
    /// From zero on, in the order of first words; below zero for those that an earlier version may have shown.
    pub ordinal: i32,
    /// GitHub's id of the account, where it is known.
    pub account: Option<u64>,
    pub login: Option<Login>,
    /// See [`super::candidate_key`].
    pub candidate_key: String,
    /// In tenths of an hour.
    pub tenths: i32,
}

#[derive(Queryable, Insertable)]
#[diesel(table_name = spec_hours)]
struct Raw {
    slug: String,
    ordinal: i32,
    account: Option<i64>,
    github_login: Option<String>,
    candidate_key: String,
    hours_tenths: i32,
}

impl TryFrom<Raw> for SpecHours {
    type Error = StoreError;

    fn try_from(raw: Raw) -> Result<Self, StoreError> {
        let key = format!("{} {}", raw.slug, raw.ordinal);
        let row = Row {
            table: "spec_hours",
            key: &key,
        };
        Ok(SpecHours {
            ordinal: raw.ordinal,
            account: raw
                .account
                .map(|id| row.number("account", id))
                .transpose()?,
            login: raw
                .github_login
                .map(|login| row.parse("github_login", &login))
                .transpose()?,
            candidate_key: raw.candidate_key,
            tenths: raw.hours_tenths,
        })
    }
}

impl Tx<'_> {
    /// Stores what a person said, or replaces the row with the same number.
    pub fn put_spec_hours(&mut self, slug: &Slug, said: &SpecHours) -> Result<(), StoreError> {
        let raw = Raw {
            slug: slug.to_string(),
            ordinal: said.ordinal,
            account: said.account.map(to_bigint).transpose()?,
            github_login: said.login.as_ref().map(ToString::to_string),
            candidate_key: said.candidate_key.clone(),
            hours_tenths: said.tenths,
        };
        let replaced = self.run(|db| {
            diesel::update(spec_hours::table.find((slug.as_str(), said.ordinal)))
                .set((
                    spec_hours::account.eq(raw.account),
                    spec_hours::github_login.eq(&raw.github_login),
                    spec_hours::candidate_key.eq(&raw.candidate_key),
                    spec_hours::hours_tenths.eq(raw.hours_tenths),
                ))
                .execute(db)
        })?;
        if replaced == 0 {
            self.run(|db| {
                diesel::insert_into(spec_hours::table)
                    .values(&raw)
                    .execute(db)
            })?;
        }
        Ok(())
    }
}

impl ReadTx<'_> {
    /// What the candidates of a spec's versions said, by number.
    pub fn spec_hours(&mut self, slug: &Slug) -> Result<Vec<SpecHours>, StoreError> {
        let rows: Vec<Raw> = self.run(|db| {
            spec_hours::table
                .filter(spec_hours::slug.eq(slug.as_str()))
                .order(spec_hours::ordinal.asc())
                .load(db)
        })?;
        rows.into_iter().map(SpecHours::try_from).collect()
    }
}
