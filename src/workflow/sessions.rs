//! Sessions of browsers: opened, read at every request, ended.
//!
//! A session is a row, so that signing out, disabling a person and revoking a link take effect at the next request, on every
//! process.

use chrono::Duration;

use super::{Services, WorkflowError, link_checks, team_roles};
use crate::clock::Timestamp;
use crate::ids::{PersonId, WorkSampleId};
use crate::secret_token::{SecretHash, SecretToken};
use crate::store::{PersonRow, SessionOf, SessionRow, StoreError, Tx};

/// The longest that a session of the team's lasts, and how long it may rest.
const TEAM_LASTS: Duration = Duration::days(7);
const TEAM_RESTS: Duration = Duration::hours(24);
/// A candidate's session; their link opens another.
const CANDIDATE_LASTS: Duration = Duration::days(30);
/// That a session is used is written so often at most.
const SEEN_EVERY: Duration = Duration::minutes(5);
/// Sessions that ended are kept for so long.
const KEPT: Duration = Duration::days(30);

/// A session with the token for its cookie.
#[derive(Debug, Clone)]
pub struct Opened {
    pub token: SecretToken,
    pub expires_at: Timestamp,
    created_at: Timestamp,
    link_hash: Option<SecretHash>,
}

impl Opened {
    fn new(services: &Services, link: Option<&SecretHash>, lasts: Duration) -> Opened {
        let now = services.now();
        Opened {
            token: SecretToken::new(services.ids.as_ref()),
            expires_at: now + lasts,
            created_at: now,
            link_hash: link.cloned(),
        }
    }

    fn store(&self, tx: &mut Tx<'_>, of: SessionOf) -> Result<(), StoreError> {
        tx.forget_sessions(self.created_at - KEPT)?;
        tx.add_session(&SessionRow {
            token_hash: self.token.hash(),
            of,
            link_hash: self.link_hash.clone(),
            created_at: self.created_at,
            last_seen_at: self.created_at,
            expires_at: self.expires_at,
            revoked_at: None,
        })
    }

    pub(super) fn store_for(&self, tx: &mut Tx<'_>, person: &PersonId) -> Result<(), StoreError> {
        if let Some(known) = tx.person(person)? {
            tx.change_person(&PersonRow {
                seen_at: Some(self.created_at),
                ..known
            })?;
        }
        self.store(tx, SessionOf::Person(person.clone()))
    }

    pub(super) fn store_for_candidate(
        &self,
        tx: &mut Tx<'_>,
        id: &WorkSampleId,
    ) -> Result<(), StoreError> {
        self.store(tx, SessionOf::Candidate(id.clone()))
    }
}

pub(super) fn new_team_session(services: &Services, link: Option<&SecretHash>) -> Opened {
    Opened::new(services, link, TEAM_LASTS)
}

pub(super) fn new_candidate_session(services: &Services, link: &SecretHash) -> Opened {
    Opened::new(services, Some(link), CANDIDATE_LASTS)
}

/// The person whose session it is; `None` where the session is unknown or over.
///
/// # Errors
/// Where the person's roles come from GitHub teams and could not be checked for too long.
pub async fn person_of(
    services: &Services,
    token: &SecretToken,
) -> Result<Option<PersonRow>, WorkflowError> {
    let (hash, now) = (token.hash(), services.now());
    let wanted = hash.clone();
    let found = services
        .store
        .read(move |tx| Ok::<_, WorkflowError>(tx.team_session(&wanted)?))
        .await?;
    let Some((session, person)) = found else {
        return Ok(None);
    };
    let is_good = session.is_valid(now)
        && session.last_seen_at + TEAM_RESTS > now
        && person.disabled_at.is_none();
    if !is_good {
        return Ok(None);
    }
    if session.last_seen_at + SEEN_EVERY <= now {
        seen(services, hash, Some(person.id.clone()), None).await;
    }
    team_roles::current(services, person).await.map(Some)
}

/// The work sample whose candidate's session it is; `None` where the session is unknown or over.
///
/// # Errors
/// Where the link that opened it was revoked or has ended.
pub async fn work_sample_of(
    services: &Services,
    token: &SecretToken,
) -> Result<Option<WorkSampleId>, WorkflowError> {
    let (hash, now) = (token.hash(), services.now());
    let wanted = hash.clone();
    let found = services
        .store
        .read(move |tx| {
            let Some((session, link, state)) = tx.candidate_session(&wanted)? else {
                return Ok(None);
            };
            let SessionOf::Candidate(id) = &session.of else {
                return Ok(None);
            };
            if let Some(link) = &link {
                link_checks::check(link, now)?;
            }
            if !session.is_valid(now) {
                return Ok(None);
            }
            link_checks::check_not_over(tx, id, state, now)?;
            Ok::<_, WorkflowError>(Some((id.clone(), session, link)))
        })
        .await?;
    let Some((id, session, link)) = found else {
        return Ok(None);
    };
    // Not when the link is opened: a mail scanner opens it too, and goes no further.
    let opened = link
        .filter(|link| link.first_opened_at.is_none())
        .map(|link| link.token_hash);
    if opened.is_some() || session.last_seen_at + SEEN_EVERY <= now {
        seen(services, hash, None, opened).await;
    }
    Ok(Some(id))
}

/// Writes that a session is used. Nobody is kept out because it could not be written.
async fn seen(
    services: &Services,
    hash: SecretHash,
    person: Option<PersonId>,
    opened: Option<SecretHash>,
) {
    let now = services.now();
    let written = services
        .store
        .write(move |tx| {
            tx.session_seen(&hash, now)?;
            if let Some(link) = &opened {
                tx.link_opened(link, now)?;
            }
            if let Some(id) = &person
                && let Some(person) = tx.person(id)?
            {
                tx.change_person(&PersonRow {
                    seen_at: Some(now),
                    ..person
                })?;
            }
            Ok::<_, StoreError>(())
        })
        .await;
    if let Err(error) = written {
        tracing::warn!(%error, "could not record that a session was used");
    }
}

/// Ends one session.
pub async fn end(services: &Services, token: &SecretToken) -> Result<(), WorkflowError> {
    let (hash, now) = (token.hash(), services.now());
    services
        .store
        .write(move |tx| Ok::<_, WorkflowError>(tx.revoke_session(&hash, now)?))
        .await
}

/// Ends every session of a person; returns how many there were.
pub async fn end_all(
    services: &Services,
    person: &PersonId,
    by: &str,
) -> Result<usize, WorkflowError> {
    let (id, now) = (person.clone(), services.now());
    let ended = services
        .store
        .write(move |tx| Ok::<_, WorkflowError>(tx.revoke_sessions_of(&id, now)?))
        .await?;
    tracing::info!(%person, by, ended, "a person was signed out everywhere");
    Ok(ended)
}

/// Opens a session for a person who was identified by other means than a link.
pub(super) async fn open_for(
    services: &Services,
    person: &PersonId,
) -> Result<Opened, WorkflowError> {
    let opened = new_team_session(services, None);
    let (session, person) = (opened.clone(), person.clone());
    services
        .store
        .write(move |tx| Ok::<_, WorkflowError>(session.store_for(tx, &person)?))
        .await?;
    Ok(opened)
}
