//! The candidate's personal link, as it stands in their messages.

use crate::clock::Timestamp;
use crate::ids::{SharedIds, WorkSampleId};
use crate::secret_token::SecretToken;
use crate::store::{StoreError, Tx};
use crate::workflow::links;

/// Who is named as the maker of links in messages.
const BY: &str = "worksample";

/// What stands in the kept copy of a message, and before people, in place of a link.
pub(super) fn removed(public_url: &str) -> String {
    let public_url = public_url.trim_end_matches('/');
    format!("{public_url}/o/{}", crate::mail::REMOVED)
}

/// Makes another link of the candidate's. Those in earlier messages stay good.
pub(super) fn personal(
    tx: &mut Tx<'_>,
    ids: &SharedIds,
    public_url: &str,
    work_sample: &WorkSampleId,
    now: Timestamp,
) -> Result<String, StoreError> {
    let token = SecretToken::new(ids.as_ref());
    links::offer_link(tx, &token, work_sample, BY, now)?;
    Ok(links::offer_url(public_url, &token))
}
