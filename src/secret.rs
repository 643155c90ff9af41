//! Secrets that are long enough. A value of these types is never empty, so nothing is signed or verified with an empty key.

use std::fmt;
use std::str::FromStr;

use secrecy::{ExposeSecret, SecretString};

/// Signs the service's own tokens.
pub type SigningKey = Secret<32>;

/// Signs webhooks; GitHub has it too.
pub type WebhookSecret = Secret<16>;

/// A secret of at least `LEAST` characters, without white space around it.
#[derive(Clone)]
pub struct Secret<const LEAST: usize>(SecretString);

/// Why a text is no secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WeakSecret {
    #[error("is empty")]
    Empty,
    #[error("has {found} characters; at least {least} are needed")]
    Short { found: usize, least: usize },
}

impl<const LEAST: usize> Secret<LEAST> {
    /// The fewest characters.
    pub const LEAST: usize = LEAST;

    /// Trims `text` and checks it.
    ///
    /// # Errors
    /// A text that is empty, blank or too short.
    pub fn new(text: &str) -> Result<Self, WeakSecret> {
        check(text, LEAST).map(Secret)
    }
}

/// Trims `text` and checks that it has `least` characters, and one at least.
///
/// # Errors
/// A text that is empty, blank or too short.
pub fn check(text: &str, least: usize) -> Result<SecretString, WeakSecret> {
    let text = text.trim();
    match text.chars().count() {
        0 => Err(WeakSecret::Empty),
        found if found < least => Err(WeakSecret::Short { found, least }),
        _ => Ok(text.to_owned().into()),
    }
}

impl<const LEAST: usize> FromStr for Secret<LEAST> {
    type Err = WeakSecret;

    fn from_str(text: &str) -> Result<Self, WeakSecret> {
        Secret::new(text)
    }
}

impl<const LEAST: usize> ExposeSecret<str> for Secret<LEAST> {
    fn expose_secret(&self) -> &str {
        self.0.expose_secret()
    }
}

impl<const LEAST: usize> fmt::Debug for Secret<LEAST> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_and_short_texts_make_no_secret() {
        for blank in ["", "\n", " \t\r\n", "\u{a0}"] {
            assert_eq!(Secret::<0>::new(blank).unwrap_err(), WeakSecret::Empty);
        }
        let short = WeakSecret::Short {
            found: 15,
            least: 16,
        };
        assert_eq!(WebhookSecret::new(" fifteen letters\n").unwrap_err(), short);
    }

    #[test]
    fn white_space_around_a_secret_is_no_part_of_it() {
        let secret = WebhookSecret::new("\tsixteen letters!\r\n").unwrap();
        assert_eq!(secret.expose_secret(), "sixteen letters!");
        assert!(!format!("{secret:?}").contains("sixteen"));
    }
}
