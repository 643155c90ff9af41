//! Parsing at the edge: bodies, ids and idempotency keys, with errors that say where and what.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::super::Problem;
use crate::ids::InvalidId;
use crate::work_sample::Actor;
use crate::workflow::once::Once;

/// Reads a JSON body; an empty body stands for `{}`.
pub fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let body = if body.is_empty() { b"{}" } else { body };
    let value: Value = serde_json::from_slice(body).map_err(|error| {
        Problem::bad_request("body_not_json", format!("the body is not JSON: {error}"))
    })?;
    // An array would be read as the fields in their order.
    if !value.is_object() {
        return Err(misshapen("the body should be a JSON object"));
    }
    if holds_nul(&value) {
        return Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "text_unusable",
            "a text in the body holds the character NUL (\\u0000), which cannot be stored: leave it out",
        ));
    }
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        let what = in_terms_of_json(&error.inner().to_string());
        misshapen(&match path.as_str() {
            "." => what,
            path => format!("at `{path}`: {what}"),
        })
    })
}

fn misshapen(detail: &str) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "body_misshapen", detail)
}

/// serde names our own types, such as `struct NewPersonBody`, where it expects an object.
fn in_terms_of_json(message: &str) -> String {
    let mut words = message.split(' ').peekable();
    let mut plain: Vec<&str> = Vec::new();
    while let Some(word) = words.next() {
        let names_a_type = words
            .peek()
            .is_some_and(|next| next.starts_with(|c: char| c.is_ascii_uppercase()));
        if word == "struct" && names_a_type {
            words.next();
            plain.push("an object");
        } else {
            plain.push(word);
        }
    }
    plain.join(" ")
}

/// Does any text or name in it hold the character NUL? PostgreSQL cannot store it.
fn holds_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(holds_nul),
        Value::Object(fields) => fields
            .iter()
            .any(|(name, value)| name.contains('\0') || holds_nul(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "serde alone reads them")]
    struct NewThing {
        name: String,
        #[serde(default)]
        part: Option<Part>,
    }

    #[derive(Debug, serde::Deserialize)]
    #[expect(dead_code, reason = "serde alone reads them")]
    struct Part {
        size: u8,
    }

    fn refused(body: &str) -> (u16, &'static str, String) {
        let problem = json::<NewThing>(body.as_bytes()).unwrap_err();
        (problem.status, problem.code, problem.detail)
    }

    #[test]
    fn body_that_is_no_object_is_refused() {
        for body in [r#"["Ada"]"#, "[]", "1", "null", r#""Ada""#] {
            let (status, code, detail) = refused(body);
            assert_eq!((status, code), (422, "body_misshapen"), "{body}");
            assert_eq!(detail, "the body should be a JSON object");
        }
        assert_eq!(refused("{").1, "body_not_json");
    }

    #[test]
    fn misshapen_body_is_told_in_terms_of_json() {
        let unknown = refused(r#"{"name": "Ada", "nmae": "x"}"#).2;
        assert!(
            unknown.starts_with("at `nmae`: unknown field `nmae`, expected"),
            "{unknown}"
        );
        let nested = refused(r#"{"name": "Ada", "part": "x"}"#).2;
        assert_eq!(
            nested,
            "at `part`: invalid type: string \"x\", expected an object at line 1 column 27"
        );
    }

    #[test]
    fn nul_in_any_text_of_a_body_is_refused() {
        for body in [
            r#"{"name": "Ada\u0000"}"#,
            r#"{"name": "Ada", "part": {"size": ["\u0000"]}}"#,
            r#"{"na\u0000me": "Ada"}"#,
        ] {
            let (status, code, _) = refused(body);
            assert_eq!((status, code), (422, "text_unusable"), "{body}");
        }
    }
}
