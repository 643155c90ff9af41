//! The end of the work at GitHub: frozen at the due time, reduced to reading, kept, put away.

use crate::clock::Timestamp;
use crate::work_sample::event::EventBody;
use crate::work_sample::following::{AccessChange, EndOfWork, Frozen, KeptBundle};
use crate::work_sample::key;

/// Applies one event of the service's own, in the order of the log.
pub(super) fn apply(end: &mut EndOfWork, at: Timestamp, body: &EventBody) {
    let [frozen, reduced, restored] = &mut end.counts;
    match body {
        EventBody::Frozen { due_at, sha } => {
            *frozen += 1;
            end.frozen = Some(Frozen {
                at,
                due_at: *due_at,
                sha: sha.clone(),
            });
        }
        EventBody::AccessReduced => {
            *reduced += 1;
            end.reduced = true;
            end.access.push(AccessChange {
                key: key::access_reduced(*reduced),
                at,
                writes: false,
            });
        }
        EventBody::AccessRestored => {
            *restored += 1;
            end.access.push(AccessChange {
                key: key::access_restored(*restored),
                at,
                writes: true,
            });
            end.reduced = false;
            end.frozen = None;
        }
        EventBody::Kept { sha256, bytes } => {
            end.kept = Some(KeptBundle {
                at,
                sha256: sha256.clone(),
                bytes: *bytes,
            });
        }
        EventBody::NothingToKeep => end.empty_at = Some(at),
        EventBody::RepositoryArchived => end.archived_at = Some(at),
        EventBody::RepositoryHandedOver { .. } => end.handed_over_at = Some(at),
        EventBody::RepositoryDeleted => end.deleted_at = Some(at),
        _ => {}
    }
}
