//! Was a webhook really sent by GitHub? HMAC-SHA-256 over the raw bytes, compared in constant time.

use hmac::{Hmac, Mac as _};
use secrecy::ExposeSecret as _;
use sha2::Sha256;

use crate::secret::WebhookSecret;

/// The secret that GitHub and we share; while it is being changed at GitHub, also the one before it.
#[derive(Debug, Clone)]
pub struct WebhookSecrets {
    current: WebhookSecret,
    previous: Option<WebhookSecret>,
}

impl WebhookSecrets {
    pub fn new(current: WebhookSecret, previous: Option<WebhookSecret>) -> Self {
        WebhookSecrets { current, previous }
    }
}

/// Does `header` (`sha256=<hex>`) sign exactly these bytes with one of the secrets? Both are always tried, so that the time
/// taken does not tell which.
pub fn signature_is_right(secrets: &WebhookSecrets, header: &str, body: &[u8]) -> bool {
    let Some(given) = header
        .strip_prefix("sha256=")
        .and_then(|hex| hex::decode(hex).ok())
    else {
        return false;
    };
    let by_current = signs(&secrets.current, &given, body);
    let by_previous = secrets
        .previous
        .as_ref()
        .is_some_and(|previous| signs(previous, &given, body));
    by_current | by_previous
}

fn signs(secret: &WebhookSecret, given: &[u8], body: &[u8]) -> bool {
    // HMAC takes keys of any length, so this never fails.
    Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes()).is_ok_and(|mut mac| {
        mac.update(body);
        mac.verify_slice(given).is_ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret() -> WebhookSecrets {
        WebhookSecrets::new("It's a Secret to Everybody".parse().unwrap(), None)
    }

    const RIGHT: &str = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

    #[test]
    fn githubs_own_example_is_accepted() {
        assert!(signature_is_right(&secret(), RIGHT, b"Hello, World!"));
    }

    #[test]
    fn other_bytes_other_schemes_and_cut_signatures_are_refused() {
        assert!(!signature_is_right(&secret(), RIGHT, b"Hello, World"));
        assert!(!signature_is_right(
            &secret(),
            &RIGHT[..40],
            b"Hello, World!"
        ));
        assert!(!signature_is_right(
            &secret(),
            &RIGHT.replace("sha256", "sha1"),
            b"Hello, World!"
        ));
        assert!(!signature_is_right(&secret(), "", b"Hello, World!"));
    }

    #[test]
    fn while_a_secret_is_being_changed_both_are_accepted_and_no_third() {
        let old = "It's a Secret to Everybody";
        let rotating = |current: &str, previous: &str| {
            WebhookSecrets::new(current.parse().unwrap(), Some(previous.parse().unwrap()))
        };
        assert!(signature_is_right(
            &rotating("the new secret, long", old),
            RIGHT,
            b"Hello, World!"
        ));
        assert!(signature_is_right(
            &rotating(old, "the new secret, long"),
            RIGHT,
            b"Hello, World!"
        ));
        assert!(!signature_is_right(
            &rotating("the new secret, long", "the newest secret, long"),
            RIGHT,
            b"Hello, World!"
        ));
    }

    #[test]
    fn the_secret_does_not_show_when_it_is_printed() {
        assert!(!format!("{:?}", secret()).contains("Everybody"));
    }
}
