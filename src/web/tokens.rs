//! The service's own bearer tokens: JWTs with one fixed algorithm, an audience, an expiry and a role.

use chrono::Duration;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use secrecy::ExposeSecret as _;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::ids::WorkSampleId;
use crate::secret::SigningKey;

const ALGORITHM: Algorithm = Algorithm::HS256;
pub(super) const ISSUER: &str = "worksample";
const AUDIENCE: &str = "worksample-api";

/// What a token lets its bearer do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Lead,
    Reviewer,
    Candidate,
}

/// Whom a token stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bearer {
    Lead {
        name: String,
    },
    Reviewer {
        name: String,
    },
    /// The candidate of this work sample and of no other.
    Candidate {
        work_sample: WorkSampleId,
    },
}

#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    role: Role,
    iat: i64,
    exp: i64,
}

/// Why a token is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    #[error(
        "the token is not one of this service's: ask the team that runs the service for a new one"
    )]
    Invalid,
    #[error("the token has expired: ask the team that runs the service for a new one")]
    Expired,
    #[error("the token could not be made")]
    NotMade,
}

/// Makes and reads tokens.
#[derive(Clone)]
pub struct Tokens {
    encoding: EncodingKey,
    decoding: DecodingKey,
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tokens(..)")
    }
}

impl Tokens {
    pub fn new(key: &SigningKey) -> Self {
        let bytes = key.expose_secret().as_bytes();
        Tokens {
            encoding: EncodingKey::from_secret(bytes),
            decoding: DecodingKey::from_secret(bytes),
        }
    }

    /// A token for `bearer` that is good for `lifetime`.
    pub fn make(
        &self,
        bearer: &Bearer,
        lifetime: Duration,
        now: Timestamp,
    ) -> Result<String, TokenError> {
        let (role, sub) = match bearer {
            Bearer::Lead { name } => (Role::Lead, name.clone()),
            Bearer::Reviewer { name } => (Role::Reviewer, name.clone()),
            Bearer::Candidate { work_sample } => (Role::Candidate, work_sample.to_string()),
        };
        let claims = Claims {
            iss: ISSUER.into(),
            aud: AUDIENCE.into(),
            sub,
            role,
            iat: now.timestamp(),
            exp: (now + lifetime).timestamp(),
        };
        self.sign(&claims)
    }

    /// Whom a token stands for at `now`.
    pub fn read(&self, token: &str, now: Timestamp) -> Result<Bearer, TokenError> {
        self.read_with_end(token, now).map(|(bearer, _)| bearer)
    }

    /// Whom a token stands for at `now`, and until when.
    pub fn read_with_end(
        &self,
        token: &str,
        now: Timestamp,
    ) -> Result<(Bearer, Timestamp), TokenError> {
        let claims: Claims = self.verify(token, AUDIENCE)?;
        if claims.exp <= now.timestamp() {
            return Err(TokenError::Expired);
        }
        let end = chrono::DateTime::from_timestamp(claims.exp, 0).ok_or(TokenError::Invalid)?;
        let bearer = match claims.role {
            Role::Lead => Bearer::Lead { name: claims.sub },
            Role::Reviewer => Bearer::Reviewer { name: claims.sub },
            Role::Candidate => Bearer::Candidate {
                work_sample: claims.sub.parse().map_err(|_| TokenError::Invalid)?,
            },
        };
        Ok((bearer, end))
    }

    /// Signs claims of another kind. Their `aud` tells them from bearer tokens and from each other.
    pub(super) fn sign<C: Serialize>(&self, claims: &C) -> Result<String, TokenError> {
        jsonwebtoken::encode(&Header::new(ALGORITHM), claims, &self.encoding)
            .map_err(|_| TokenError::NotMade)
    }

    /// The claims of a token that we signed for `audience`. Whether it has expired is for the caller to say.
    pub(super) fn verify<C: DeserializeOwned>(
        &self,
        token: &str,
        audience: &str,
    ) -> Result<C, TokenError> {
        let mut validation = Validation::new(ALGORITHM);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        // The library would ask the machine's clock; ours is passed in.
        validation.validate_exp = false;
        jsonwebtoken::decode::<C>(token, &self.decoding, &validation)
            .map(|data| data.claims)
            .map_err(|_| TokenError::Invalid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-03-02T09:00:00Z".parse().unwrap()
    }

    fn tokens() -> Tokens {
        Tokens::new(&"a key of at least thirty-two letters".parse().unwrap())
    }

    fn lead() -> Bearer {
        Bearer::Lead { name: "Lea".into() }
    }

    #[test]
    fn a_token_stands_for_its_bearer_until_it_expires() {
        let token = tokens().make(&lead(), Duration::hours(1), now()).unwrap();
        assert_eq!(tokens().read(&token, now()), Ok(lead()));
        let later = now() + Duration::hours(1);
        assert_eq!(tokens().read(&token, later), Err(TokenError::Expired));
    }

    #[test]
    fn a_token_of_another_key_or_algorithm_or_audience_is_refused() {
        let other = Tokens::new(&"another key of more than 32 letters!!".parse().unwrap());
        let token = other.make(&lead(), Duration::hours(1), now()).unwrap();
        assert_eq!(tokens().read(&token, now()), Err(TokenError::Invalid));

        let claims = |aud: &str| Claims {
            iss: ISSUER.into(),
            aud: aud.into(),
            sub: "Mallory".into(),
            role: Role::Lead,
            iat: 0,
            exp: i64::MAX,
        };
        let key = EncodingKey::from_secret(b"a key of at least thirty-two letters");
        let hs512 =
            jsonwebtoken::encode(&Header::new(Algorithm::HS512), &claims(AUDIENCE), &key).unwrap();
        assert_eq!(tokens().read(&hs512, now()), Err(TokenError::Invalid));
        let elsewhere =
            jsonwebtoken::encode(&Header::new(ALGORITHM), &claims("elsewhere"), &key).unwrap();
        assert_eq!(tokens().read(&elsewhere, now()), Err(TokenError::Invalid));
        // "none" in the header, no signature behind it.
        let none = format!("eyJhbGciOiJub25lIn0.{}.", hs512.split('.').nth(1).unwrap());
        assert_eq!(tokens().read(&none, now()), Err(TokenError::Invalid));
    }
}
