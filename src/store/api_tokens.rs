//! Tokens for the API that belong to a person and can be revoked.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::error::StoreError;
use super::people::{PersonRow, Raw as RawPerson};
use super::rows::{Row, from_column, to_column};
use super::schema::{api_tokens, people};
use super::tx::{ReadTx, Tx};
use crate::clock::Timestamp;
use crate::ids::{ApiTokenId, PersonId};
use crate::secret_token::SecretHash;

/// A token, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiTokenRow {
    pub id: ApiTokenId,
    pub token_hash: SecretHash,
    pub person_id: PersonId,
    /// `lead` or `reviewer`: what it may do at most.
    pub role: String,
    /// What the person calls it.
    pub label: String,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    pub revoked_at: Option<Timestamp>,
    pub last_used_at: Option<Timestamp>,
}

#[derive(Queryable, Insertable)]
#[diesel(table_name = api_tokens)]
struct Raw {
    id: String,
    token_hash: String,
    person_id: String,
    role: String,
    label: String,
    created_at: NaiveDateTime,
    expires_at: NaiveDateTime,
    revoked_at: Option<NaiveDateTime>,
    last_used_at: Option<NaiveDateTime>,
}

impl TryFrom<Raw> for ApiTokenRow {
    type Error = StoreError;

    fn try_from(raw: Raw) -> Result<Self, StoreError> {
        let row = Row {
            table: "api_tokens",
            key: &raw.id,
        };
        Ok(ApiTokenRow {
            id: row.parse("id", &raw.id)?,
            token_hash: row.parse("token_hash", &raw.token_hash)?,
            person_id: row.parse("person_id", &raw.person_id)?,
            role: raw.role,
            label: raw.label,
            created_at: from_column(raw.created_at),
            expires_at: from_column(raw.expires_at),
            revoked_at: raw.revoked_at.map(from_column),
            last_used_at: raw.last_used_at.map(from_column),
        })
    }
}

impl Tx<'_> {
    pub fn add_api_token(&mut self, token: &ApiTokenRow) -> Result<(), StoreError> {
        let raw = Raw {
            id: token.id.to_string(),
            token_hash: token.token_hash.as_str().to_owned(),
            person_id: token.person_id.to_string(),
            role: token.role.clone(),
            label: token.label.clone(),
            created_at: to_column(token.created_at),
            expires_at: to_column(token.expires_at),
            revoked_at: token.revoked_at.map(to_column),
            last_used_at: token.last_used_at.map(to_column),
        };
        self.run(|db| {
            diesel::insert_into(api_tokens::table)
                .values(&raw)
                .execute(db)
        })
        .map(drop)
    }

    /// Revokes a token; one that was revoked before keeps its time.
    ///
    /// # Errors
    /// Not found.
    pub fn revoke_api_token(&mut self, id: &ApiTokenId, at: Timestamp) -> Result<(), StoreError> {
        if self.api_token(id)?.is_none() {
            return Err(StoreError::not_found(format!("the API token {id}")));
        }
        let valid = api_tokens::table
            .filter(api_tokens::id.eq(id.as_str()))
            .filter(api_tokens::revoked_at.is_null());
        self.run(|db| {
            diesel::update(valid)
                .set(api_tokens::revoked_at.eq(to_column(at)))
                .execute(db)
        })
        .map(drop)
    }

    /// Revokes the tokens of a person; those that were revoked before keep their time.
    pub fn revoke_api_tokens_of(
        &mut self,
        person: &PersonId,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let valid = api_tokens::table
            .filter(api_tokens::person_id.eq(person.as_str()))
            .filter(api_tokens::revoked_at.is_null());
        self.run(|db| {
            diesel::update(valid)
                .set(api_tokens::revoked_at.eq(to_column(at)))
                .execute(db)
        })
        .map(drop)
    }

    /// Records that a token was used.
    pub fn api_token_used(&mut self, id: &ApiTokenId, at: Timestamp) -> Result<(), StoreError> {
        self.run(|db| {
            diesel::update(api_tokens::table.find(id.as_str()))
                .set(api_tokens::last_used_at.eq(to_column(at)))
                .execute(db)
        })
        .map(drop)
    }
}

impl ReadTx<'_> {
    pub fn api_token(&mut self, id: &ApiTokenId) -> Result<Option<ApiTokenRow>, StoreError> {
        let found: Option<Raw> =
            self.run(|db| api_tokens::table.find(id.as_str()).first(db).optional())?;
        found.map(ApiTokenRow::try_from).transpose()
    }

    /// The token with this hash and its person, whether it is valid or not.
    pub fn api_token_shown(
        &mut self,
        hash: &SecretHash,
    ) -> Result<Option<(ApiTokenRow, PersonRow)>, StoreError> {
        let found: Option<(Raw, RawPerson)> = self.run(|db| {
            api_tokens::table
                .inner_join(people::table.on(people::id.eq(api_tokens::person_id)))
                .filter(api_tokens::token_hash.eq(hash.as_str()))
                .first(db)
                .optional()
        })?;
        found
            .map(|(token, person)| Ok((token.try_into()?, person.try_into()?)))
            .transpose()
    }

    /// Everybody's tokens, or one person's; the newest first.
    pub fn api_tokens(&mut self, of: Option<&PersonId>) -> Result<Vec<ApiTokenRow>, StoreError> {
        let rows: Vec<Raw> = self.run(|db| {
            let mut wanted = api_tokens::table.into_boxed();
            if let Some(person) = of {
                wanted = wanted.filter(api_tokens::person_id.eq(person.as_str()));
            }
            wanted
                .order((api_tokens::created_at.desc(), api_tokens::id.desc()))
                .load(db)
        })?;
        rows.into_iter().map(ApiTokenRow::try_from).collect()
    }
}
