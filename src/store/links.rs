//! Links that open something: once for a person of the team, until revoked for a candidate.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::error::StoreError;
use super::rows::{Row, from_column, to_column, to_word};
use super::schema::{events, links, people, sessions};
use super::tx::{ReadTx, Tx};
use crate::clock::Timestamp;
use crate::ids::{PersonId, WorkSampleId};
use crate::secret_token::SecretHash;

/// What a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkPurpose {
    /// Signs one person of the team in, once.
    SignIn,
    /// Makes the first lead, once.
    FirstLead,
    /// Opens one work sample to its candidate.
    Offer,
}

/// A link, without its token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkRow {
    pub token_hash: SecretHash,
    pub purpose: LinkPurpose,
    pub person_id: Option<PersonId>,
    pub work_sample_id: Option<WorkSampleId>,
    pub created_by: String,
    pub created_at: Timestamp,
    /// `None`: the link of a candidate, which ends some time after their work sample.
    pub expires_at: Option<Timestamp>,
    pub used_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
    /// When a browser first showed the session that the link opened.
    pub first_opened_at: Option<Timestamp>,
    /// Who gave it to the candidate by another way than mail.
    pub handed_over_by: Option<String>,
}

#[derive(Queryable, Insertable)]
#[diesel(table_name = links)]
pub(super) struct Raw {
    token_hash: String,
    purpose: String,
    person_id: Option<String>,
    work_sample_id: Option<String>,
    created_by: String,
    created_at: NaiveDateTime,
    expires_at: Option<NaiveDateTime>,
    used_at: Option<NaiveDateTime>,
    revoked_at: Option<NaiveDateTime>,
    first_opened_at: Option<NaiveDateTime>,
    handed_over_by: Option<String>,
}

impl TryFrom<Raw> for LinkRow {
    type Error = StoreError;

    fn try_from(raw: Raw) -> Result<Self, StoreError> {
        let row = Row {
            table: "links",
            key: &raw.token_hash,
        };
        Ok(LinkRow {
            token_hash: row.parse("token_hash", &raw.token_hash)?,
            purpose: row.word("purpose", &raw.purpose)?,
            person_id: raw
                .person_id
                .map(|id| row.parse("person_id", &id))
                .transpose()?,
            work_sample_id: raw
                .work_sample_id
                .map(|id| row.parse("work_sample_id", &id))
                .transpose()?,
            created_at: from_column(raw.created_at),
            expires_at: raw.expires_at.map(from_column),
            used_at: raw.used_at.map(from_column),
            revoked_at: raw.revoked_at.map(from_column),
            first_opened_at: raw.first_opened_at.map(from_column),
            created_by: raw.created_by,
            handed_over_by: raw.handed_over_by,
        })
    }
}

impl Tx<'_> {
    pub fn add_link(&mut self, link: &LinkRow) -> Result<(), StoreError> {
        let raw = Raw {
            token_hash: link.token_hash.as_str().to_owned(),
            purpose: to_word(&link.purpose)?,
            person_id: link.person_id.as_ref().map(PersonId::to_string),
            work_sample_id: link.work_sample_id.as_ref().map(WorkSampleId::to_string),
            created_by: link.created_by.clone(),
            created_at: to_column(link.created_at),
            expires_at: link.expires_at.map(to_column),
            used_at: link.used_at.map(to_column),
            revoked_at: link.revoked_at.map(to_column),
            first_opened_at: link.first_opened_at.map(to_column),
            handed_over_by: link.handed_over_by.clone(),
        };
        self.run(|db| diesel::insert_into(links::table).values(&raw).execute(db))
            .map(drop)
    }

    /// Records that a link was used. False where it had been used or revoked before.
    pub fn use_link(&mut self, hash: &SecretHash, at: Timestamp) -> Result<bool, StoreError> {
        let unused = links::table
            .filter(links::token_hash.eq(hash.as_str()))
            .filter(links::used_at.is_null().and(links::revoked_at.is_null()));
        let used = self.run(|db| {
            diesel::update(unused)
                .set(links::used_at.eq(to_column(at)))
                .execute(db)
        })?;
        Ok(used == 1)
    }

    /// Revokes a link, and every session that it opened.
    pub fn revoke_link(&mut self, hash: &SecretHash, at: Timestamp) -> Result<(), StoreError> {
        let at = to_column(at);
        let valid = links::table
            .filter(links::token_hash.eq(hash.as_str()))
            .filter(links::revoked_at.is_null());
        self.run(|db| {
            diesel::update(valid)
                .set(links::revoked_at.eq(at))
                .execute(db)
        })?;
        let opened = sessions::table
            .filter(sessions::link_hash.eq(hash.as_str()))
            .filter(sessions::revoked_at.is_null());
        self.run(|db| {
            diesel::update(opened)
                .set(sessions::revoked_at.eq(at))
                .execute(db)
        })
        .map(drop)
    }

    /// Revokes the links of a person that were not used yet.
    pub fn revoke_links_of(&mut self, person: &PersonId, at: Timestamp) -> Result<(), StoreError> {
        let unused = links::table
            .filter(links::person_id.eq(person.as_str()))
            .filter(links::used_at.is_null().and(links::revoked_at.is_null()));
        self.run(|db| {
            diesel::update(unused)
                .set(links::revoked_at.eq(to_column(at)))
                .execute(db)
        })
        .map(drop)
    }

    /// Records when a browser first showed what the link opened.
    pub fn link_opened(&mut self, hash: &SecretHash, at: Timestamp) -> Result<(), StoreError> {
        let unopened = links::table
            .filter(links::token_hash.eq(hash.as_str()))
            .filter(links::first_opened_at.is_null());
        self.run(|db| {
            diesel::update(unopened)
                .set(links::first_opened_at.eq(to_column(at)))
                .execute(db)
        })
        .map(drop)
    }

    /// Records who gave a link to the candidate.
    pub fn link_handed_over(&mut self, hash: &SecretHash, by: &str) -> Result<(), StoreError> {
        self.run(|db| {
            diesel::update(links::table.find(hash.as_str()))
                .set(links::handed_over_by.eq(by))
                .execute(db)
        })
        .map(drop)
    }
}

impl ReadTx<'_> {
    pub fn link(&mut self, hash: &SecretHash) -> Result<Option<LinkRow>, StoreError> {
        let found: Option<Raw> =
            self.run(|db| links::table.find(hash.as_str()).first(db).optional())?;
        found.map(LinkRow::try_from).transpose()
    }

    /// The links of a work sample's candidate, the newest first.
    pub fn links_of_work_sample(&mut self, id: &WorkSampleId) -> Result<Vec<LinkRow>, StoreError> {
        let rows: Vec<Raw> = self.run(|db| {
            links::table
                .filter(links::work_sample_id.eq(id.as_str()))
                .order((links::created_at.desc(), links::token_hash.asc()))
                .load(db)
        })?;
        rows.into_iter().map(LinkRow::try_from).collect()
    }

    /// Is anybody known, disabled people too?
    pub fn has_people(&mut self) -> Result<bool, StoreError> {
        let found: Option<String> = self.run(|db| {
            people::table
                .select(people::id)
                .limit(1)
                .first(db)
                .optional()
        })?;
        Ok(found.is_some())
    }

    /// When a work sample ended: the latest of the events that can end one.
    pub fn ended_at(&mut self, id: &WorkSampleId) -> Result<Option<Timestamp>, StoreError> {
        let ends = ["closed", "declined", "expired", "withdrawn", "cancelled"];
        let at: Option<NaiveDateTime> = self.run(|db| {
            events::table
                .filter(events::work_sample_id.eq(id.as_str()))
                .filter(events::kind.eq_any(ends))
                .order(events::seq.desc())
                .select(events::occurred_at)
                .first(db)
                .optional()
        })?;
        Ok(at.map(from_column))
    }
}
