//! Checks the signed tokens that Apps speak for themselves with, as GitHub does: issuer, key, times.

use actix_web::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;
use serde_json::Value;

use super::records::AppId;
use super::refusal::Refusal;
use super::render::Render;

/// GitHub's limit on how long an App's token may be valid, in seconds.
const LONGEST_LIFE: i64 = 600;

#[derive(Deserialize)]
struct Claims {
    iss: Value,
    iat: i64,
    exp: i64,
}

/// The App that signed this token, if its times fit the clock.
pub(super) fn verify(render: Render<'_>, token: &str) -> Result<AppId, Refusal> {
    let refused = |message: &str| Refusal::new(StatusCode::UNAUTHORIZED, message);
    let unreadable = || refused("A JSON web token could not be decoded");
    // Who says to have signed it is read before it can be checked, to find the key.
    let claimed: Claims = token
        .split('.')
        .nth(1)
        .and_then(|part| URL_SAFE_NO_PAD.decode(part.trim_end_matches('=')).ok())
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .ok_or_else(unreadable)?;
    let issuer = claimed
        .iss
        .as_str()
        .map_or_else(|| claimed.iss.to_string(), str::to_owned);
    let app = render
        .state
        .apps
        .values()
        .find(|app| app.id.to_string() == issuer || app.client_id() == issuer)
        .ok_or_else(|| Refusal::new(StatusCode::NOT_FOUND, "Integration not found"))?;
    // Times are checked here, against the clock that was passed in.
    let mut validation = Validation::new(Algorithm::RS256);
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    let key = DecodingKey::from_rsa_pem(app.public_key.as_bytes()).map_err(|_| unreadable())?;
    let claims = jsonwebtoken::decode::<Claims>(token, &key, &validation)
        .map_err(|_| unreadable())?
        .claims;
    let now = render.now.timestamp();
    if claims.exp <= now {
        return Err(refused(
            "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
        ));
    }
    if claims.iat > now {
        return Err(refused(
            "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
        ));
    }
    if claims.exp > now + LONGEST_LIFE {
        return Err(refused(
            "'Expiration time' claim ('exp') is too far in the future",
        ));
    }
    Ok(app.id)
}
