//! Keys of forms that create something: a form that is sent twice creates once.

use sha2::{Digest as _, Sha256};

use super::super::door::Door;
use crate::workflow::once::Once;

/// What a form is refused with that was changed after it was sent.
pub(super) const REUSED: &str = "idempotency_key_reused";

/// A key for a form that is shown.
pub(super) fn new_key(door: &Door) -> String {
    let services = &door.services;
    services.ids.next(services.now()).simple().to_string()
}

/// The key of a form that was sent with these fields. `scope` tells people and forms apart.
pub(super) fn once(scope: String, key: Option<&str>, fields: &[&str]) -> Option<Once> {
    let key = key.filter(|key| !key.is_empty())?;
    let mut digest = Sha256::new();
    for field in fields {
        digest.update(field.as_bytes());
        digest.update(b"\n");
    }
    Some(Once {
        scope,
        key: key.chars().take(200).collect(),
        request_sha256: hex::encode(digest.finalize()),
    })
}
