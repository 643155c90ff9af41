//! Random tokens that open something: links, sessions, API tokens. The database keeps their hashes only.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::ids::IdSource;

/// 32 random bytes as 43 characters of base64url. Its `Debug` shows nothing of it, and it has no `Display`.
#[derive(Clone)]
pub struct SecretToken(String);

impl fmt::Debug for SecretToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretToken(..)")
    }
}

impl SecretToken {
    pub fn new(ids: &dyn IdSource) -> Self {
        SecretToken(URL_SAFE_NO_PAD.encode(ids.secret()))
    }

    /// The token that somebody shows; `None` for a text that can be none.
    pub fn read(text: &str) -> Option<Self> {
        let fits = text.len() == 43
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
        fits.then(|| SecretToken(text.to_owned()))
    }

    /// The token itself, for the one who is to have it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What is stored instead of the token.
    pub fn hash(&self) -> SecretHash {
        SecretHash(hex::encode(Sha256::digest(&self.0)))
    }

    /// Another secret that follows from this one, and from which this one cannot be found.
    pub fn derive(&self, purpose: &str) -> String {
        let hash = Sha256::new()
            .chain_update("worksample ")
            .chain_update(purpose)
            .chain_update("\n")
            .chain_update(&self.0)
            .finalize();
        URL_SAFE_NO_PAD.encode(hash)
    }
}

/// The SHA-256 of a [`SecretToken`], in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SecretHash(String);

impl SecretHash {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for SecretHash {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is_hash = text.len() == 64
            && text
                .bytes()
                .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        if is_hash {
            Ok(SecretHash(text.to_owned()))
        } else {
            Err("not a SHA-256 in hexadecimal".to_owned())
        }
    }
}

/// Are two secrets equal? How long it takes tells nothing about where they differ.
pub fn same_secret(one: &str, other: &str) -> bool {
    Sha256::digest(one) == Sha256::digest(other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{RandomIds, SeededIds};

    #[test]
    fn token_survives_its_text_and_shows_nothing_in_debug() {
        let token = SecretToken::new(&RandomIds);
        assert_eq!(token.expose().len(), 43);
        let read = SecretToken::read(token.expose()).unwrap();
        assert_eq!(read.hash(), token.hash());
        assert_eq!(format!("{token:?}"), "SecretToken(..)");
        for odd in [
            "",
            "short",
            &format!("{}=", &token.expose()[..42]),
            &format!("{}x", token.expose()),
        ] {
            assert!(SecretToken::read(odd).is_none(), "{odd}");
        }
    }

    #[test]
    fn tokens_differ_and_repeat_for_a_seed() {
        let (one, two) = (SecretToken::new(&RandomIds), SecretToken::new(&RandomIds));
        assert_ne!(one.expose(), two.expose());
        let seeded = |ids: &SeededIds| SecretToken::new(ids).expose().to_owned();
        let (a, b) = (SeededIds::new(7), SeededIds::new(7));
        assert_eq!(seeded(&a), seeded(&b));
        assert_ne!(seeded(&a), seeded(&a));
    }

    #[test]
    fn derived_secret_depends_on_its_purpose() {
        let token = SecretToken::new(&SeededIds::new(1));
        assert_eq!(token.derive("form"), token.derive("form"));
        assert_ne!(token.derive("form"), token.derive("state"));
        assert!(!token.derive("form").contains(token.expose()));
    }
}
