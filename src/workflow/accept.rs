//! Accepting an offer: the login is looked up at GitHub, and the text that is accepted is kept word for word.

use sha2::{Digest as _, Sha256};

use super::record::{load, record};
use super::{Services, WorkflowError, show, sides};
use crate::candidate::{Offer, accepted_text, offer_text};
use crate::clock::Timestamp;
use crate::ids::{Login, WorkSampleId};
use crate::spec::SpecVersion;
use crate::store::AcceptedTerms;
use crate::work_sample::{Actor, Command, Source, WorkSample, decide};
use crate::zone::Zone;

/// What a candidate chooses when they accept.
#[derive(Debug, Clone)]
pub struct Acceptance {
    pub login: Login,
    pub due_at: Timestamp,
    /// The SHA-256 of the offer's text that they read, where they say it: see [`offer`].
    pub offer_sha256: Option<String>,
    /// The time zone in which they read times, where they say it.
    pub zone: Option<Zone>,
}

/// The text of an offer as it stands, and its SHA-256 in hexadecimal digits.
pub fn offer(work_sample: &WorkSample, version: &SpecVersion) -> (String, String) {
    let text = offer_text(&work_sample.id, &Offer::of(work_sample, version));
    let digest = sha256(&text);
    (text, digest)
}

/// Accepts the offer as its candidate.
///
/// # Errors
/// `offer_changed` where another text was read, `no_such_account` where GitHub knows no such person; where GitHub cannot
/// say, the login is taken. Else what [`decide`] refuses. Nothing is recorded then.
pub async fn accept(
    services: &Services,
    id: &WorkSampleId,
    acceptance: Acceptance,
) -> Result<WorkSample, WorkflowError> {
    let Acceptance {
        login,
        due_at,
        offer_sha256,
        zone,
    } = acceptance;
    let (before, version) = show::work_sample(services, id).await?;
    let command = |terms_sha256| Command::Accept {
        login: login.clone(),
        due_at,
        terms_sha256,
    };
    // What is refused anyway is no reason to ask GitHub.
    let now = services.now();
    decide(&before, &version.spec, command(None), Actor::Candidate, now)?;
    let (text, digest) = offer(&before, &version);
    if offer_sha256.is_some_and(|read| !read.eq_ignore_ascii_case(&digest)) {
        return Err(WorkflowError::Invalid {
            code: "offer_changed",
            message: "the offer is not the one that was read; read it again, then accept it".into(),
        });
    }
    sides::account_id(services, &login).await?;

    let now = services.now();
    let text = accepted_text(&text, &before.candidate, &login, due_at, now);
    let terms = AcceptedTerms {
        sha256: sha256(&text),
        text,
        accepted_at: now,
    };
    let accepted = command(Some(terms.sha256.clone()));
    let id = id.clone();
    services
        .store
        .write(move |tx| {
            let before = load(tx, &id)?;
            let happenings = decide(
                &before,
                &version.spec,
                accepted.clone(),
                Actor::Candidate,
                now,
            )?;
            let after = record(tx, &id, before.last_seq, &happenings, Source::Command, now)?;
            tx.keep_accepted_terms(&id, &terms)?;
            if let Some(zone) = zone {
                tx.set_candidate_zone(&id, zone.name())?;
            }
            Ok(after)
        })
        .await
}

/// The text that was accepted.
///
/// # Errors
/// Not found: nothing was accepted, or by an earlier version that kept no text.
pub async fn accepted_terms(
    services: &Services,
    id: &WorkSampleId,
) -> Result<AcceptedTerms, WorkflowError> {
    let wanted = id.clone();
    services
        .store
        .read(move |tx| tx.accepted_terms(&wanted))
        .await?
        .ok_or_else(|| WorkflowError::NotFound {
            what: format!("the text that was accepted for {id}"),
        })
}

fn sha256(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}
