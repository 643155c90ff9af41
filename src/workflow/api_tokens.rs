//! Tokens for the API that are rows: made and revoked by name, and shown once.

use chrono::Duration;
use secrecy::SecretString;

use super::once::{Made, Once, once, unreadable};
use super::{Services, WorkflowError, people, team_roles};
use crate::clock::Timestamp;
use crate::ids::{ApiTokenId, PersonId};
use crate::secret_token::SecretToken;
use crate::store::{ApiTokenRow, PersonRow, ReadTx};

/// What every token begins with, so that people and scanners for secrets recognise one.
pub const PREFIX: &str = "wst_";
/// The longest that a token lasts.
pub const MOST_DAYS: u16 = 366;
/// That a token is used is written so often at most.
const USED_EVERY: Duration = Duration::minutes(5);

/// What a token is to be.
#[derive(Debug, Clone)]
pub struct NewApiToken {
    pub person: PersonId,
    /// `lead` or `reviewer`; the person has to have it.
    pub role: String,
    pub label: String,
    pub days: u16,
}

impl Made for ApiTokenRow {
    fn id(&self) -> &str {
        self.id.as_str()
    }

    fn find(tx: &mut ReadTx<'_>, id: &str) -> Result<Self, WorkflowError> {
        let id: ApiTokenId = id.parse().map_err(|_| unreadable())?;
        tx.api_token(&id)?.ok_or_else(|| WorkflowError::NotFound {
            what: format!("the API token {id}"),
        })
    }
}

/// Makes a token. Its text is returned this once.
pub async fn make(
    services: &Services,
    new: NewApiToken,
    by: &str,
) -> Result<(ApiTokenRow, String), WorkflowError> {
    let (row, text) = prepared(services, new)?;
    let row = stored(services, row, by, None).await?;
    Ok((row, text))
}

/// Makes a token unless a request with the same key has made one already; only a new token's text is returned.
pub async fn make_once(
    services: &Services,
    new: NewApiToken,
    by: &str,
    key: Option<Once>,
) -> Result<(ApiTokenRow, Option<SecretString>), WorkflowError> {
    let (row, text) = prepared(services, new)?;
    let id = row.id.clone();
    let row = stored(services, row, by, key).await?;
    let is_new = row.id == id;
    Ok((row, is_new.then(|| text.into())))
}

/// A token that is not stored yet, and its text.
fn prepared(services: &Services, new: NewApiToken) -> Result<(ApiTokenRow, String), WorkflowError> {
    let label = new.label.trim().to_owned();
    if label.is_empty() || label.chars().count() > 100 || label.chars().any(char::is_control) {
        return Err(WorkflowError::invalid(
            "label_invalid",
            "a token has a label of 1 to 100 characters in one line, such as where it is used",
        ));
    }
    if !(1..=MOST_DAYS).contains(&new.days) {
        return Err(WorkflowError::invalid(
            "days_invalid",
            format!("a token lasts 1 to {MOST_DAYS} days"),
        ));
    }
    let (secret, now) = (SecretToken::new(services.ids.as_ref()), services.now());
    let row = ApiTokenRow {
        id: ApiTokenId::new(services.ids.as_ref(), now),
        token_hash: secret.hash(),
        person_id: new.person,
        role: new.role,
        label,
        created_at: now,
        expires_at: now + Duration::days(i64::from(new.days)),
        revoked_at: None,
        last_used_at: None,
    };
    Ok((row, format!("{PREFIX}{}", secret.expose())))
}

/// The token that is stored now, or that was stored under the key before.
async fn stored(
    services: &Services,
    row: ApiTokenRow,
    by: &str,
    key: Option<Once>,
) -> Result<ApiTokenRow, WorkflowError> {
    let id = row.id.clone();
    let row = services
        .store
        .write(move |tx| {
            once(tx, key.as_ref(), row.created_at, |tx| {
                let person = people::find(tx, &row.person_id)?;
                if person.disabled_at.is_some() || !person.has_role(&row.role) {
                    return Err(WorkflowError::invalid(
                        "role_missing",
                        format!("{} is not a {} here", person.name, row.role),
                    ));
                }
                tx.add_api_token(&row)?;
                Ok(row.clone())
            })
        })
        .await?;
    if row.id == id {
        tracing::info!(token = %row.id, person = %row.person_id, by, "an API token was made");
    }
    Ok(row)
}

/// Everybody's tokens with the names of their people, the newest first.
pub async fn list(services: &Services) -> Result<Vec<(ApiTokenRow, String)>, WorkflowError> {
    services
        .store
        .read(|tx| {
            let people = tx.people()?;
            let name = |id: &PersonId| {
                let person = people.iter().find(|person| person.id == *id);
                person.map(|person| person.name.clone()).unwrap_or_default()
            };
            let tokens = tx.api_tokens(None)?;
            Ok(tokens
                .into_iter()
                .map(|token| {
                    let name = name(&token.person_id);
                    (token, name)
                })
                .collect())
        })
        .await
}

/// Revokes a token; it opens nothing from now on.
pub async fn revoke(services: &Services, id: &ApiTokenId, by: &str) -> Result<(), WorkflowError> {
    let (wanted, now) = (id.clone(), services.now());
    services
        .store
        .write(move |tx| Ok::<_, WorkflowError>(tx.revoke_api_token(&wanted, now)?))
        .await?;
    tracing::info!(token = %id, by, "an API token was revoked");
    Ok(())
}

/// The person whose token was shown, and the role that it has now; `None` for a text that is not a token of this kind.
///
/// # Errors
/// Tokens that are unknown, expired or revoked, or whose person is disabled or lost the role.
pub async fn bearer(
    services: &Services,
    text: &str,
) -> Result<Option<(PersonRow, String)>, WorkflowError> {
    let Some(secret) = text.strip_prefix(PREFIX) else {
        return Ok(None);
    };
    let unknown = || WorkflowError::invalid("token_invalid", "no such API token: make a new one");
    let hash = SecretToken::read(secret).ok_or_else(unknown)?.hash();
    let now = services.now();
    let found = services
        .store
        .read(move |tx| Ok::<_, WorkflowError>(tx.api_token_shown(&hash)?))
        .await?;
    let (token, person) = found.ok_or_else(unknown)?;
    if person.disabled_at.is_some() {
        return Err(people::no_longer(&person.name));
    }
    if token.revoked_at.is_some() {
        return Err(WorkflowError::invalid(
            "token_revoked",
            "the API token was revoked: make a new one",
        ));
    }
    if token.expires_at <= now {
        return Err(WorkflowError::invalid(
            "token_expired",
            "the API token has expired: make a new one",
        ));
    }
    let person = team_roles::current(services, person).await?;
    if !person.has_role(&token.role) {
        return Err(WorkflowError::invalid(
            "role_missing",
            format!("{} is not a {} any more", person.name, token.role),
        ));
    }
    if token.last_used_at.is_none_or(|at| at + USED_EVERY <= now) {
        used(services, &token.id, now).await;
    }
    Ok(Some((person, token.role)))
}

async fn used(services: &Services, id: &ApiTokenId, now: Timestamp) {
    let id = id.clone();
    let written = services
        .store
        .write(move |tx| tx.api_token_used(&id, now))
        .await;
    if let Err(error) = written {
        tracing::warn!(%error, "could not record that an API token was used");
    }
}
