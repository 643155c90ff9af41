//! Links that let somebody in: one that signs a person of the team in, and one that opens a work sample to its candidate.
//!
//! Mail scanners and chat previews open every link that they see. So looking at a link changes nothing: a sign-in link is
//! used up by a form of its own, and a candidate's link stays good until it ends or is revoked.

use chrono::Duration;

use super::link_checks::{check, check_not_over, unknown, used};
use super::sessions::{self, Opened};
use super::{Services, WorkflowError, people};
use crate::clock::Timestamp;
use crate::ids::{PersonId, WorkSampleId};
use crate::secret_token::{SecretHash, SecretToken};
use crate::store::{LinkPurpose, LinkRow, PersonRow, ReadTx, StoreError, Tx};

/// How long a sign-in link is good.
const SIGN_IN_LASTS: Duration = Duration::minutes(15);
/// Sessions that one link of a candidate's has at most: scanners open links, and come back for none of the sessions.
const MOST_SESSIONS: i64 = 50;
/// The link for the first lead waits for somebody who reads what `serve` printed.
const FIRST_LEAD_LASTS: Duration = Duration::hours(24);

/// Where a candidate opens their work sample.
pub fn offer_url(public_url: &str, token: &SecretToken) -> String {
    format!("{}/o/{}", public_url.trim_end_matches('/'), token.expose())
}

/// Where a person of the team signs in once.
pub fn sign_in_url(public_url: &str, token: &SecretToken) -> String {
    format!("{}/l/{}", public_url.trim_end_matches('/'), token.expose())
}

fn new_link(
    token: &SecretToken,
    purpose: LinkPurpose,
    by: &str,
    lasts: Option<Duration>,
    now: Timestamp,
) -> LinkRow {
    LinkRow {
        token_hash: token.hash(),
        purpose,
        person_id: None,
        work_sample_id: None,
        created_by: by.to_owned(),
        created_at: now,
        expires_at: lasts.map(|lasts| now + lasts),
        used_at: None,
        revoked_at: None,
        first_opened_at: None,
        handed_over_by: None,
    }
}

/// Stores a link that opens a work sample to its candidate until 90 days after it ended. Several may be good at once.
///
/// # Errors
/// Refused where the work sample does not exist.
pub fn offer_link(
    tx: &mut Tx<'_>,
    token: &SecretToken,
    work_sample: &WorkSampleId,
    by: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    tx.add_link(&LinkRow {
        work_sample_id: Some(work_sample.clone()),
        ..new_link(token, LinkPurpose::Offer, by, None, now)
    })
}

/// Stores a link that signs a person in once, within 15 minutes.
pub fn sign_in_link(
    tx: &mut Tx<'_>,
    token: &SecretToken,
    person: &PersonId,
    by: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    tx.add_link(&LinkRow {
        person_id: Some(person.clone()),
        ..new_link(token, LinkPurpose::SignIn, by, Some(SIGN_IN_LASTS), now)
    })
}

/// Makes a sign-in link for a person who is not disabled. Links made for them before are revoked.
pub async fn make_sign_in_link(
    services: &Services,
    person: &PersonId,
    by: &str,
) -> Result<SecretToken, WorkflowError> {
    let token = SecretToken::new(services.ids.as_ref());
    let (made, person, by, now) = (token.clone(), person.clone(), by.to_owned(), services.now());
    services
        .store
        .write(move |tx| {
            enabled(people::find(tx, &person)?)?;
            tx.revoke_links_of(&person, now)?;
            Ok::<_, WorkflowError>(sign_in_link(tx, &made, &person, &by, now)?)
        })
        .await?;
    Ok(token)
}

/// Makes a link for the first lead, where nobody is known yet.
pub async fn first_lead_link(services: &Services) -> Result<Option<SecretToken>, WorkflowError> {
    let token = SecretToken::new(services.ids.as_ref());
    let (made, now) = (token.clone(), services.now());
    let link = new_link(
        &made,
        LinkPurpose::FirstLead,
        "serve",
        Some(FIRST_LEAD_LASTS),
        now,
    );
    let is_made = services
        .store
        .write(move |tx| {
            if tx.has_people()? {
                return Ok(false);
            }
            tx.add_link(&link)?;
            Ok::<_, WorkflowError>(true)
        })
        .await?;
    Ok(is_made.then_some(token))
}

/// Whom a sign-in link signs in.
#[derive(Debug, Clone)]
pub enum SignsIn {
    Person(Box<PersonRow>),
    /// The first lead, whose name is still to be asked.
    FirstLead,
}

/// Says whom a sign-in link signs in, and changes nothing.
pub async fn look_at(services: &Services, token: &SecretToken) -> Result<SignsIn, WorkflowError> {
    let (hash, now) = (token.hash(), services.now());
    services
        .store
        .read(move |tx| signs_in(tx, &hash, now).map(|(_, who)| who))
        .await
}

fn signs_in(
    tx: &mut ReadTx<'_>,
    hash: &SecretHash,
    now: Timestamp,
) -> Result<(LinkRow, SignsIn), WorkflowError> {
    let link = tx
        .link(hash)?
        .filter(|link| link.purpose != LinkPurpose::Offer)
        .ok_or_else(unknown)?;
    check(&link, now)?;
    let who = match &link.person_id {
        Some(id) => SignsIn::Person(Box::new(enabled(people::find(tx, id)?)?)),
        None if tx.has_people()? => {
            return Err(WorkflowError::invalid(
                "first_lead_known",
                "somebody is known to this service already: ask a lead for an invitation",
            ));
        }
        None => SignsIn::FirstLead,
    };
    Ok((link, who))
}

/// What the first lead says of themselves.
#[derive(Debug, Clone, Copy)]
pub struct FirstLead<'a> {
    pub name: &'a str,
    /// Empty for none.
    pub email: &'a str,
}

/// Uses a sign-in link up and opens a session in the same transaction: of two who try at once, one gets in.
/// `first_lead` is given where the link makes them.
pub async fn use_up(
    services: &Services,
    token: &SecretToken,
    first_lead: Option<FirstLead<'_>>,
) -> Result<(Opened, PersonRow), WorkflowError> {
    let (hash, now) = (token.hash(), services.now());
    let opened = sessions::new_team_session(services, Some(&hash));
    let new_person = match first_lead {
        Some(lead) => Some(people::first_lead(services, lead.name, lead.email)?),
        None => None,
    };
    let session = opened.clone();
    let person = services
        .store
        .write(move |tx| {
            let (_, who) = signs_in(tx, &hash, now)?;
            let person = match (who, &new_person) {
                (SignsIn::Person(person), _) => *person,
                (SignsIn::FirstLead, Some(person)) => {
                    tx.add_person(person)?;
                    person.clone()
                }
                (SignsIn::FirstLead, None) => {
                    return Err(WorkflowError::invalid(
                        "name_missing",
                        "say your name: it is shown with what you do",
                    ));
                }
            };
            if !tx.use_link(&hash, now)? {
                return Err(used());
            }
            session.store_for(tx, &person.id)?;
            Ok::<_, WorkflowError>(person)
        })
        .await?;
    tracing::info!(person = %person.id, name = person.name, "a person signed in by a link");
    Ok((opened, person))
}

/// The work sample that a candidate's link opens at present.
fn opens(
    tx: &mut ReadTx<'_>,
    hash: &SecretHash,
    now: Timestamp,
) -> Result<WorkSampleId, WorkflowError> {
    let link = tx.link(hash)?.ok_or_else(unknown)?;
    let work_sample = link.work_sample_id.clone().ok_or_else(unknown)?;
    check(&link, now)?;
    let row = tx.work_sample_row(&work_sample)?.ok_or_else(unknown)?;
    check_not_over(tx, &work_sample, row.state, now)?;
    Ok(work_sample)
}

/// Exchanges a candidate's link for a session. `None` where the browser has one of the same work sample, whose token is
/// `present`: the forms that it shows in other tabs stay good.
pub async fn open_offer(
    services: &Services,
    token: &SecretToken,
    present: Option<&SecretToken>,
) -> Result<Option<Opened>, WorkflowError> {
    let (hash, now) = (token.hash(), services.now());
    let wanted = hash.clone();
    let found = services
        .store
        .read(move |tx| opens(tx, &wanted, now))
        .await?;
    if let Some(present) = present {
        match sessions::work_sample_of(services, present).await {
            Ok(Some(shown)) if shown == found => {
                let session = present.hash();
                services
                    .store
                    .write(move |tx| tx.session_opened_by(&session, &hash))
                    .await?;
                return Ok(None);
            }
            // A session that is over is replaced.
            Ok(_) | Err(WorkflowError::Invalid { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    let opened = sessions::new_candidate_session(services, &hash);
    let session = opened.clone();
    services
        .store
        .write(move |tx| {
            let work_sample = opens(tx, &hash, now)?;
            session.store_for_candidate(tx, &work_sample)?;
            Ok::<_, WorkflowError>(tx.forget_idle_sessions_of(&hash, MOST_SESSIONS)?)
        })
        .await?;
    Ok(Some(opened))
}

fn enabled(person: PersonRow) -> Result<PersonRow, WorkflowError> {
    if person.disabled_at.is_some() {
        return Err(WorkflowError::invalid(
            "person_disabled",
            format!(
                "{} may not sign in here any more; a lead can enable them again",
                person.name
            ),
        ));
    }
    Ok(person)
}
