//! `POST /webhooks/github`: reads a bounded body, hands it on raw, answers 202 once it is on disk.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use futures_util::StreamExt as _;
use serde::Serialize;
use utoipa::ToSchema;

use super::Problem;
use super::door::Door;
use crate::workflow::intake::{self, Incoming, MOST_BYTES, Receipt};

/// What became of a webhook.
#[derive(Serialize, ToSchema)]
pub struct Received {
    /// `kept`, `duplicate` or `ignored`
    pub outcome: &'static str,
    /// Why it was ignored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

#[utoipa::path(post, path = "/webhooks/github", tag = "webhooks",
    request_body(content = serde_json::Value, content_type = "application/json", description = "the payload as GitHub sent it"),
    responses(
        (status = 202, description = "on disk, known already, or knowingly ignored", body = Received),
        (status = 400, description = "a header is missing, or the body is not JSON", body = Problem),
        (status = 401, description = "the signature is missing or wrong", body = Problem),
        (status = 413, description = "more than 25 MB", body = Problem),
        (status = 422, description = "JSON of another shape than GitHub documents for the event", body = Problem),
    ))]
pub async fn github(
    door: web::Data<Door>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let header = |name: &str| {
        request
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned)
    };
    let body = bounded(&request, payload).await?;
    let incoming = Incoming {
        guid: header("x-github-delivery"),
        event: header("x-github-event"),
        signature: header("x-hub-signature-256"),
        body,
    };
    let receipt = intake::receive(&door.services, incoming).await;
    let received = match receipt {
        Ok(Receipt::Kept) => Received {
            outcome: "kept",
            code: None,
            detail: None,
        },
        Ok(Receipt::Duplicate) => Received {
            outcome: "duplicate",
            code: None,
            detail: None,
        },
        Ok(Receipt::Ignored { code, why }) => Received {
            outcome: "ignored",
            code: Some(code),
            detail: Some(why),
        },
        Err(error) => {
            door.metrics.webhook("refused");
            tracing::warn!(code = error.code(), %error, "refused a webhook");
            return Err(error.into());
        }
    };
    door.metrics.webhook(received.outcome);
    Ok(HttpResponse::Accepted().json(received))
}

async fn bounded(request: &HttpRequest, mut payload: web::Payload) -> Result<Vec<u8>, Problem> {
    let too_large = || {
        Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "body_too_large",
            format!("a webhook has at most {MOST_BYTES} bytes"),
        )
    };
    let announced: Option<usize> = request
        .headers()
        .get("content-length")
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.parse().ok());
    if announced.is_some_and(|bytes| bytes > MOST_BYTES) {
        return Err(too_large());
    }
    let mut body = Vec::with_capacity(announced.unwrap_or(0).min(1024 * 1024));
    while let Some(chunk) = payload.next().await {
        let chunk =
            chunk.map_err(|error| Problem::bad_request("body_unreadable", error.to_string()))?;
        if body.len() + chunk.len() > MOST_BYTES {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
