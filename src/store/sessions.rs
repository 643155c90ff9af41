//! Sessions of browsers: of a person of the team, or of one work sample's candidate.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::error::StoreError;
use super::links::{LinkRow, Raw as RawLink};
use super::people::{PersonRow, Raw as RawPerson};
use super::rows::{Row, from_column, to_column};
use super::schema::{links, people, sessions, work_samples};
use super::tx::{ReadTx, Tx};
use crate::clock::Timestamp;
use crate::ids::{PersonId, WorkSampleId};
use crate::secret_token::SecretHash;
use crate::work_sample::State;

/// Whose session it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SessionOf {
    Person(PersonId),
    /// The candidate of this work sample.
    Candidate(WorkSampleId),
}

/// A session, without its token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRow {
    pub token_hash: SecretHash,
    pub of: SessionOf,
    /// The link that opened it, if one did.
    pub link_hash: Option<SecretHash>,
    pub created_at: Timestamp,
    pub last_seen_at: Timestamp,
    pub expires_at: Timestamp,
    pub revoked_at: Option<Timestamp>,
}

impl SessionRow {
    pub fn is_valid(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && self.expires_at > now
    }
}

#[derive(Queryable, Insertable)]
#[diesel(table_name = sessions)]
struct Raw {
    token_hash: String,
    person_id: Option<String>,
    work_sample_id: Option<String>,
    link_hash: Option<String>,
    created_at: NaiveDateTime,
    last_seen_at: NaiveDateTime,
    expires_at: NaiveDateTime,
    revoked_at: Option<NaiveDateTime>,
}

impl TryFrom<Raw> for SessionRow {
    type Error = StoreError;

    fn try_from(raw: Raw) -> Result<Self, StoreError> {
        let row = Row {
            table: "sessions",
            key: &raw.token_hash,
        };
        let of = match (&raw.person_id, &raw.work_sample_id) {
            (Some(person), None) => SessionOf::Person(row.parse("person_id", person)?),
            (None, Some(id)) => SessionOf::Candidate(row.parse("work_sample_id", id)?),
            (Some(_), Some(_)) | (None, None) => {
                return Err(StoreError::corrupt(
                    format!("the row `{}` of sessions", raw.token_hash),
                    "it is not of exactly one person or work sample",
                ));
            }
        };
        Ok(SessionRow {
            token_hash: row.parse("token_hash", &raw.token_hash)?,
            of,
            link_hash: raw
                .link_hash
                .map(|hash| row.parse("link_hash", &hash))
                .transpose()?,
            created_at: from_column(raw.created_at),
            last_seen_at: from_column(raw.last_seen_at),
            expires_at: from_column(raw.expires_at),
            revoked_at: raw.revoked_at.map(from_column),
        })
    }
}

impl Tx<'_> {
    pub fn add_session(&mut self, session: &SessionRow) -> Result<(), StoreError> {
        let (person_id, work_sample_id) = match &session.of {
            SessionOf::Person(id) => (Some(id.to_string()), None),
            SessionOf::Candidate(id) => (None, Some(id.to_string())),
        };
        let raw = Raw {
            token_hash: session.token_hash.as_str().to_owned(),
            person_id,
            work_sample_id,
            link_hash: session
                .link_hash
                .as_ref()
                .map(|hash| hash.as_str().to_owned()),
            created_at: to_column(session.created_at),
            last_seen_at: to_column(session.last_seen_at),
            expires_at: to_column(session.expires_at),
            revoked_at: session.revoked_at.map(to_column),
        };
        self.run(|db| {
            diesel::insert_into(sessions::table)
                .values(&raw)
                .execute(db)
        })
        .map(drop)
    }

    /// Records that a session was opened by another link than before: it ends with that one.
    pub fn session_opened_by(
        &mut self,
        session: &SecretHash,
        link: &SecretHash,
    ) -> Result<(), StoreError> {
        self.run(|db| {
            diesel::update(sessions::table.find(session.as_str()))
                .set(sessions::link_hash.eq(link.as_str()))
                .execute(db)
        })
        .map(drop)
    }

    /// Deletes the sessions that a link opened and nobody came back to, but for the newest `kept`.
    pub fn forget_idle_sessions_of(
        &mut self,
        link: &SecretHash,
        kept: i64,
    ) -> Result<(), StoreError> {
        let idle: Vec<String> = self.run(|db| {
            sessions::table
                .filter(sessions::link_hash.eq(link.as_str()))
                .filter(sessions::last_seen_at.eq(sessions::created_at))
                .order((sessions::created_at.desc(), sessions::token_hash.asc()))
                .offset(kept)
                .limit(1000)
                .select(sessions::token_hash)
                .load(db)
        })?;
        if idle.is_empty() {
            return Ok(());
        }
        let idle = sessions::table.filter(sessions::token_hash.eq_any(idle));
        self.run(|db| diesel::delete(idle).execute(db)).map(drop)
    }

    /// Records that a session was used.
    pub fn session_seen(&mut self, hash: &SecretHash, at: Timestamp) -> Result<(), StoreError> {
        self.run(|db| {
            diesel::update(sessions::table.find(hash.as_str()))
                .set(sessions::last_seen_at.eq(to_column(at)))
                .execute(db)
        })
        .map(drop)
    }

    pub fn revoke_session(&mut self, hash: &SecretHash, at: Timestamp) -> Result<(), StoreError> {
        let valid = sessions::table
            .filter(sessions::token_hash.eq(hash.as_str()))
            .filter(sessions::revoked_at.is_null());
        self.run(|db| {
            diesel::update(valid)
                .set(sessions::revoked_at.eq(to_column(at)))
                .execute(db)
        })
        .map(drop)
    }

    /// Revokes every session of a person. Returns how many there were.
    pub fn revoke_sessions_of(
        &mut self,
        person: &PersonId,
        at: Timestamp,
    ) -> Result<usize, StoreError> {
        let valid = sessions::table
            .filter(sessions::person_id.eq(person.as_str()))
            .filter(sessions::revoked_at.is_null());
        self.run(|db| {
            diesel::update(valid)
                .set(sessions::revoked_at.eq(to_column(at)))
                .execute(db)
        })
    }

    /// Deletes the sessions that ended before `before`. Returns how many.
    pub fn forget_sessions(&mut self, before: Timestamp) -> Result<usize, StoreError> {
        self.run(|db| {
            diesel::delete(sessions::table.filter(sessions::expires_at.lt(to_column(before))))
                .execute(db)
        })
    }
}

impl ReadTx<'_> {
    /// A session of the team's with its person, whether it is valid or not.
    pub fn team_session(
        &mut self,
        hash: &SecretHash,
    ) -> Result<Option<(SessionRow, PersonRow)>, StoreError> {
        let found: Option<(Raw, RawPerson)> = self.run(|db| {
            sessions::table
                .inner_join(people::table.on(people::id.nullable().eq(sessions::person_id)))
                .filter(sessions::token_hash.eq(hash.as_str()))
                .first(db)
                .optional()
        })?;
        found
            .map(|(session, person)| Ok((session.try_into()?, person.try_into()?)))
            .transpose()
    }

    /// A candidate's session with the link that opened it and the work sample's state, whether it is valid or not.
    pub fn candidate_session(
        &mut self,
        hash: &SecretHash,
    ) -> Result<Option<(SessionRow, Option<LinkRow>, State)>, StoreError> {
        let found: Option<(Raw, Option<RawLink>, String)> = self.run(|db| {
            sessions::table
                .inner_join(
                    work_samples::table
                        .on(work_samples::id.nullable().eq(sessions::work_sample_id)),
                )
                .left_join(links::table.on(links::token_hash.nullable().eq(sessions::link_hash)))
                .filter(sessions::token_hash.eq(hash.as_str()))
                .select((
                    sessions::all_columns,
                    links::all_columns.nullable(),
                    work_samples::state,
                ))
                .first(db)
                .optional()
        })?;
        let Some((session, link, state)) = found else {
            return Ok(None);
        };
        let row = Row {
            table: "work_samples",
            key: &session.token_hash,
        };
        let state = row.word("state", &state)?;
        let link = link.map(LinkRow::try_from).transpose()?;
        Ok(Some((session.try_into()?, link, state)))
    }

    /// A person's sessions that are valid, the last used first.
    pub fn sessions_of(
        &mut self,
        person: &PersonId,
        now: Timestamp,
    ) -> Result<Vec<SessionRow>, StoreError> {
        let rows: Vec<Raw> = self.run(|db| {
            sessions::table
                .filter(sessions::person_id.eq(person.as_str()))
                .filter(sessions::revoked_at.is_null())
                .filter(sessions::expires_at.gt(to_column(now)))
                .order(sessions::last_seen_at.desc())
                .load(db)
        })?;
        rows.into_iter().map(SessionRow::try_from).collect()
    }

    /// The sessions of a work sample's candidate, ended ones too, in the order in which they began.
    pub fn candidate_sessions(&mut self, id: &WorkSampleId) -> Result<Vec<SessionRow>, StoreError> {
        let rows: Vec<Raw> = self.run(|db| {
            sessions::table
                .filter(sessions::work_sample_id.eq(id.as_str()))
                .order((sessions::created_at.asc(), sessions::token_hash.asc()))
                .load(db)
        })?;
        rows.into_iter().map(SessionRow::try_from).collect()
    }
}
