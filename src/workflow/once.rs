//! Idempotency keys: a creating request that is sent twice creates once.
//!
//! The key is looked up and kept in the transaction that creates, so there is no moment in which the one stands without
//! the other. A repeated request is answered with what the first one made, as it is now.

use chrono::Duration;

use super::WorkflowError;
use super::record::load;
use crate::clock::Timestamp;
use crate::ids::WorkSampleId;
use crate::store::{ReadTx, Saved, Tx};
use crate::work_sample::WorkSample;

/// Nobody repeats a request after so long; whoever keeps a key is rid of those that are older.
const KEPT_DAYS: i64 = 30;

/// A request's idempotency key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Once {
    /// Who sent it, and to where: keys of different people or routes do not meet.
    pub scope: String,
    pub key: String,
    /// Digest of the request's body, so that a key cannot be used for another request.
    pub request_sha256: String,
}

/// What can be made once: it is found again by its id.
pub(super) trait Made: Sized {
    fn id(&self) -> &str;
    /// As it is now.
    fn find(tx: &mut ReadTx<'_>, id: &str) -> Result<Self, WorkflowError>;
}

impl Made for WorkSample {
    fn id(&self) -> &str {
        self.id.as_str()
    }

    fn find(tx: &mut ReadTx<'_>, id: &str) -> Result<Self, WorkflowError> {
        let id: WorkSampleId = id.parse().map_err(|_| unreadable())?;
        load(tx, &id)
    }
}

pub(super) fn unreadable() -> WorkflowError {
    WorkflowError::Unreadable("a saved idempotency key".into())
}

impl Once {
    /// What an earlier request with this key made.
    fn replay<T: Made>(&self, tx: &mut Tx<'_>) -> Result<Option<T>, WorkflowError> {
        let Some(saved) = tx.idempotent(&self.scope, &self.key)? else {
            return Ok(None);
        };
        if saved.request_sha256 != self.request_sha256 {
            return Err(WorkflowError::Invalid {
                code: "idempotency_key_reused",
                message: "this Idempotency-Key was sent with another request before: use a new key for a new request".into(),
            });
        }
        let id = std::str::from_utf8(&saved.response).map_err(|_| unreadable())?;
        T::find(tx, id).map(Some)
    }

    fn keep(&self, tx: &mut Tx<'_>, id: &str, now: Timestamp) -> Result<(), WorkflowError> {
        let saved = Saved {
            request_sha256: self.request_sha256.clone(),
            status: 200,
            response: id.as_bytes().to_vec(),
            created_at: now,
        };
        tx.save_idempotent(&self.scope, &self.key, &saved)?;
        tx.forget_idempotent(now - Duration::days(KEPT_DAYS))?;
        Ok(())
    }
}

/// Runs `make` unless a request with the same key has made something already.
pub(super) fn once<T: Made>(
    tx: &mut Tx<'_>,
    key: Option<&Once>,
    now: Timestamp,
    make: impl FnOnce(&mut Tx<'_>) -> Result<T, WorkflowError>,
) -> Result<T, WorkflowError> {
    let Some(key) = key else {
        return make(tx);
    };
    if let Some(made) = key.replay(tx)? {
        return Ok(made);
    }
    let made = make(tx)?;
    key.keep(tx, made.id(), now)?;
    Ok(made)
}
