//! Idempotency keys: a creating request that is sent twice creates once.
//!
//! The key is looked up and kept in the transaction that creates, so there is no moment in which the one stands without
//! the other. A repeated request is answered with the work sample that the first one made, as it is now.

use super::WorkflowError;
use super::record::load;
use crate::clock::Timestamp;
use crate::ids::WorkSampleId;
use crate::store::{Saved, Tx};
use crate::work_sample::WorkSample;

/// A request's idempotency key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Once {
    /// Who sent it, and to where: keys of different people or routes do not meet.
    pub scope: String,
    pub key: String,
    /// Digest of the request's body, so that a key cannot be used for another request.
    pub request_sha256: String,
}

impl Once {
    /// What an earlier request with this key made.
    pub(super) fn replay(&self, tx: &mut Tx<'_>) -> Result<Option<WorkSample>, WorkflowError> {
        let Some(saved) = tx.idempotent(&self.scope, &self.key)? else {
            return Ok(None);
        };
        if saved.request_sha256 != self.request_sha256 {
            return Err(WorkflowError::Invalid {
                code: "idempotency_key_reused",
                message: "this Idempotency-Key was sent with another request before: use a new key for a new request".into(),
            });
        }
        let id: WorkSampleId = std::str::from_utf8(&saved.response)
            .ok()
            .and_then(|text| text.parse().ok())
            .ok_or_else(|| WorkflowError::Unreadable("a saved idempotency key".into()))?;
        load(tx, &id).map(Some)
    }

    pub(super) fn keep(
        &self,
        tx: &mut Tx<'_>,
        made: &WorkSample,
        now: Timestamp,
    ) -> Result<(), WorkflowError> {
        let saved = Saved {
            request_sha256: self.request_sha256.clone(),
            status: 200,
            response: made.id.as_str().as_bytes().to_vec(),
            created_at: now,
        };
        tx.save_idempotent(&self.scope, &self.key, &saved)?;
        Ok(())
    }
}

/// Runs `make` unless a request with the same key has made something already.
pub(super) fn once(
    tx: &mut Tx<'_>,
    key: Option<&Once>,
    now: Timestamp,
    make: impl FnOnce(&mut Tx<'_>) -> Result<WorkSample, WorkflowError>,
) -> Result<WorkSample, WorkflowError> {
    let Some(key) = key else {
        return make(tx);
    };
    if let Some(made) = key.replay(tx)? {
        return Ok(made);
    }
    let made = make(tx)?;
    key.keep(tx, &made, now)?;
    Ok(made)
}
