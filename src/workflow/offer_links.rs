//! The links that open a work sample to its candidate: made to be handed over, listed, and revoked.
//!
//! Those in mails are made where the mail is written. A person who asks for a link hands it over by another way, so their
//! name is kept with it.

use std::collections::BTreeMap;

use serde::Serialize;

use super::links::{offer_link, offer_url};
use super::{Services, WorkflowError};
use crate::clock::Timestamp;
use crate::ids::WorkSampleId;
use crate::secret_token::{SecretHash, SecretToken};
use crate::store::{LinkRow, ReadTx, Tx};

/// A candidate's link, as the team sees it. The address itself was shown once and is not kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(examples(json!({
    "id": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "made_by": "Lea Lead", "made_at": "2026-03-02T09:00:00Z",
    "handed_over_by": null, "first_opened_at": "2026-03-02T10:12:00Z", "revoked_at": null
})))]
pub struct OfferLink {
    /// Names the link where it is revoked. It opens nothing.
    pub id: String,
    /// Who asked for it; `worksample` for those in mails.
    pub made_by: String,
    #[schema(value_type = String, format = DateTime)]
    pub made_at: Timestamp,
    /// Who gave it to the candidate by another way than mail.
    pub handed_over_by: Option<String>,
    /// When a browser first showed what it opens. Scanners that only open the link do not count.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub first_opened_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub revoked_at: Option<Timestamp>,
}

impl From<LinkRow> for OfferLink {
    fn from(row: LinkRow) -> OfferLink {
        OfferLink {
            id: row.token_hash.as_str().to_owned(),
            made_by: row.created_by,
            made_at: row.created_at,
            handed_over_by: row.handed_over_by,
            first_opened_at: row.first_opened_at,
            revoked_at: row.revoked_at,
        }
    }
}

/// Which links to revoke.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// The one with this id.
    One(String),
    /// All that are good at present.
    All,
}

fn known(tx: &mut ReadTx<'_>, id: &WorkSampleId) -> Result<(), WorkflowError> {
    match tx.work_sample_row(id)? {
        Some(_) => Ok(()),
        None => Err(WorkflowError::NotFound {
            what: format!("the work sample {id}"),
        }),
    }
}

/// A link that `by` asked for, and hands over.
fn handed_over(
    tx: &mut Tx<'_>,
    token: &SecretToken,
    id: &WorkSampleId,
    by: &str,
    now: Timestamp,
) -> Result<(), WorkflowError> {
    known(tx, id)?;
    offer_link(tx, token, id, by, now)?;
    Ok(tx.link_handed_over(&token.hash(), by)?)
}

/// Makes another link for `by` to hand over, and says its address. Those made before stay good.
///
/// # Errors
/// Not found: there is no such work sample.
pub async fn make(
    services: &Services,
    public_url: &str,
    id: &WorkSampleId,
    by: &str,
) -> Result<String, WorkflowError> {
    let mut made = make_for(services, public_url, vec![id.clone()], by).await?;
    made.remove(id).ok_or_else(|| WorkflowError::NotFound {
        what: format!("the work sample {id}"),
    })
}

/// Makes a link for each of these work samples, all or none.
///
/// # Errors
/// Not found: one of them does not exist.
pub async fn make_for(
    services: &Services,
    public_url: &str,
    ids: Vec<WorkSampleId>,
    by: &str,
) -> Result<BTreeMap<WorkSampleId, String>, WorkflowError> {
    let (by, now) = (by.to_owned(), services.now());
    let made: Vec<(WorkSampleId, SecretToken)> = ids
        .into_iter()
        .map(|id| (id, SecretToken::new(services.ids.as_ref())))
        .collect();
    let kept = made.clone();
    services
        .store
        .write(move |tx| {
            for (id, token) in &kept {
                handed_over(tx, token, id, &by, now)?;
            }
            Ok::<_, WorkflowError>(())
        })
        .await?;
    let urls = made
        .into_iter()
        .map(|(id, token)| (id, offer_url(public_url, &token)));
    Ok(urls.collect())
}

/// The links of a work sample, the newest first.
///
/// # Errors
/// Not found: there is no such work sample.
pub async fn list(services: &Services, id: &WorkSampleId) -> Result<Vec<OfferLink>, WorkflowError> {
    let id = id.clone();
    services
        .store
        .read(move |tx| {
            known(tx, &id)?;
            let rows = tx.links_of_work_sample(&id)?;
            Ok(rows.into_iter().map(OfferLink::from).collect())
        })
        .await
}

/// Revokes links and ends every session that they opened. How many were good until now.
///
/// # Errors
/// Not found: there is no such work sample, or it has no such link.
pub async fn revoke(
    services: &Services,
    id: &WorkSampleId,
    which: Which,
    by: &str,
) -> Result<usize, WorkflowError> {
    let (wanted, now) = (id.clone(), services.now());
    let revoked = services
        .store
        .write(move |tx| {
            known(tx, &wanted)?;
            let rows = tx.links_of_work_sample(&wanted)?;
            let hashes: Vec<SecretHash> = match &which {
                Which::All => rows
                    .iter()
                    .filter(|row| row.revoked_at.is_none())
                    .map(|row| row.token_hash.clone())
                    .collect(),
                Which::One(link) => {
                    let found = rows.iter().find(|row| row.token_hash.as_str() == link);
                    let found = found.ok_or_else(|| WorkflowError::NotFound {
                        what: format!("the link {link} of {wanted}"),
                    })?;
                    let good = found.revoked_at.is_none();
                    good.then(|| found.token_hash.clone()).into_iter().collect()
                }
            };
            for hash in &hashes {
                tx.revoke_link(hash, now)?;
            }
            Ok::<_, WorkflowError>(hashes.len())
        })
        .await?;
    tracing::info!(work_sample = %id, by, revoked, "candidate's links were revoked");
    Ok(revoked)
}
