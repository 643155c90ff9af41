//! Parsing at the edge: bodies, ids and idempotency keys, with errors that say where and what.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};

use super::super::Problem;
use crate::ids::InvalidId;
use crate::work_sample::Actor;
use crate::workflow::once::Once;

/// Reads a JSON body; an empty body stands for `{}`.
pub fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let body = if body.is_empty() { b"{}" } else { body };
    if let Err(error) = serde_json::from_slice::<serde_json::Value>(body) {
        return Err(Problem::bad_request(
            "body_not_json",
            format!("the body is not JSON: {error}"),
        ));
    }
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "body_misshapen",
            format!("at `{}`: {}", error.path(), error.inner()),
        )
    })
}

/// Reads an id out of a path.
pub fn id<T: std::str::FromStr<Err = InvalidId>>(text: &str) -> Result<T, Problem> {
    text.parse()
        .map_err(|error: InvalidId| Problem::bad_request("id_invalid", error.to_string()))
}

/// The request's `Idempotency-Key`, if it has one.
pub fn once(request: &HttpRequest, actor: &Actor, body: &[u8]) -> Result<Option<Once>, Problem> {
    let Some(header) = request.headers().get("idempotency-key") else {
        return Ok(None);
    };
    let key = header
        .to_str()
        .ok()
        .filter(|key| (1..=200).contains(&key.len()))
        .ok_or_else(|| {
            Problem::bad_request(
                "idempotency_key_invalid",
                "an Idempotency-Key has 1 to 200 visible ASCII characters",
            )
        })?;
    let who = serde_json::to_string(actor).unwrap_or_default();
    Ok(Some(Once {
        scope: format!("{} {} {who}", request.method(), request.path()),
        key: key.to_owned(),
        request_sha256: hex::encode(Sha256::digest(body)),
    }))
}
