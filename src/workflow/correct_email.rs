//! Corrects a candidate's e-mail address.
//!
//! Somebody who reads the mail of the wrong address has the personal links in it. So in the transaction that records the correction,
//! those links are revoked, those that turn messages off are deleted, and what waits to be sent is written for the right address. What was sent already is sent again by
//! hand, from the list of messages. The candidate is known by the new address from then on: the same person is not launched
//! twice by accident. Whether the address belongs to another work sample is not asked; a lead says whose it is.

use super::launch::checked_email;
use super::messages::Readdressing;
use super::record::{load, record};
use super::{Services, WorkflowError, show};
use crate::ids::WorkSampleId;
use crate::store::LinkRow;
use crate::work_sample::{Actor, Command, Source, WorkSample, decide};

/// What a lead says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmailCorrection {
    pub email: String,
    /// Are the links that were mailed revoked, and the visits ended that they opened?
    pub revoke_links: bool,
}

/// Records the address, revokes the links that were mailed, and writes what waits for it.
///
/// # Errors
/// `email_invalid`, `same_email`, `already_closed`; nothing happens then.
pub async fn correct(
    services: &Services,
    id: &WorkSampleId,
    correction: EmailCorrection,
    actor: Actor,
) -> Result<WorkSample, WorkflowError> {
    let (before, version) = show::work_sample(services, id).await?;
    let command = Command::CorrectEmail {
        email: checked_email(&correction.email)?,
    };
    // What is refused is no reason to take the write lock.
    decide(
        &before,
        &version.spec,
        command.clone(),
        actor.clone(),
        services.now(),
    )?;
    let readdressing = Readdressing::of(services, id).await?;
    let (id, now) = (id.clone(), services.now());
    services
        .store
        .write(move |tx| {
            let before = load(tx, &id)?;
            let happenings = decide(&before, &version.spec, command.clone(), actor.clone(), now)?;
            let after = record(tx, &id, before.last_seq, &happenings, Source::Command, now)?;
            if correction.revoke_links {
                let links = tx.links_of_work_sample(&id)?;
                for link in links.iter().filter(|link| was_mailed(link)) {
                    tx.revoke_link(&link.token_hash, now)?;
                }
                tx.forget_unsubscribe_links(id.as_str())?;
            }
            readdressing.readdress(tx)?;
            Ok::<_, WorkflowError>(after)
        })
        .await
}

fn was_mailed(link: &LinkRow) -> bool {
    link.revoked_at.is_none() && link.handed_over_by.is_none()
}
