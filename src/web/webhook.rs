//! `POST /webhooks/github`: reads a bounded body, hands it on raw, answers 202 once it is on disk.
//!
//! Whoever sends is known only after the whole body was read, so what strangers can make the service hold is bounded: each
//! body, all bodies together, and (by [`super::body`]) the time a body may take.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use futures_util::StreamExt as _;
use serde::Serialize;
use tokio::sync::SemaphorePermit;
use utoipa::ToSchema;

use super::Problem;
use super::door::Door;
use super::room::{MOST_KIB, Room};
use crate::workflow::intake::{self, Incoming, MOST_BYTES, Receipt};

/// A body, and the room that it takes.
struct Body<'a> {
    bytes: Vec<u8>,
    _room: Vec<SemaphorePermit<'a>>,
}

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

#[utoipa::path(post, path = "/webhooks/github", summary = "Receive a webhook from GitHub", tag = "webhooks",
    request_body(content = serde_json::Value, content_type = "application/json", description = "the payload as GitHub sent it",
        example = json!({ "action": "opened", "issue": { "number": 2, "title": "Question: which currency?" }, "repository": { "id": 4711 } })),
    responses(
        (status = 202, description = "on disk, known already, or knowingly ignored", body = Received),
        (status = 400, description = "a header is missing, or the body is not JSON", body = Problem),
        (status = 401, description = "the signature is missing or wrong", body = Problem),
        (status = 408, description = "the body did not come in time", body = Problem),
        (status = 413, description = "more than 25 MB", body = Problem),
        (status = 422, description = "JSON of another shape than GitHub documents for the event", body = Problem),
        (status = 503, description = "too many are being taken in; send it again", body = Problem),
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
    let body = bounded(&request, payload, &door.webhooks).await?;
    let incoming = Incoming {
        guid: header("x-github-delivery"),
        event: header("x-github-event"),
        signature: header("x-hub-signature-256"),
        body: body.bytes,
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
            // Anybody may send one. A failure of ours is logged as that where it becomes a `Problem`.
            tracing::info!(code = error.code(), %error, "refused a webhook");
            return Err(error.into());
        }
    };
    door.metrics.webhook(received.outcome);
    Ok(HttpResponse::Accepted().json(received))
}

async fn bounded<'a>(
    request: &HttpRequest,
    mut payload: web::Payload,
    room: &'a Room,
) -> Result<Body<'a>, Problem> {
    let too_large = || {
        Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "body_too_large",
            format!("a webhook has at most {MOST_BYTES} bytes"),
        )
    };
    let full = || {
        Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "webhooks_too_many",
            "too many webhooks are being taken in: send this one again",
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
    let mut body = Vec::with_capacity(announced.unwrap_or(0).min(64 * 1024));
    let mut taken = Vec::new();
    let mut bytes_taken = 0;
    while let Some(chunk) = payload.next().await {
        let chunk =
            chunk.map_err(|error| Problem::bad_request("body_unreadable", error.to_string()))?;
        if body.len() + chunk.len() > MOST_BYTES {
            return Err(too_large());
        }
        while bytes_taken < body.len() + chunk.len() {
            // Ever larger pieces, so that a body is made of few.
            let kib = u32::try_from(bytes_taken / 1024)
                .unwrap_or(MOST_KIB)
                .max(16);
            taken.push(room.take(kib).ok_or_else(full)?);
            bytes_taken += kib as usize * 1024;
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Body {
        bytes: body,
        _room: taken,
    })
}

#[cfg(test)]
mod tests {
    use actix_web::FromRequest as _;
    use actix_web::test::TestRequest;

    use super::*;

    async fn taken(bytes: usize, room: &Room) -> Result<usize, &'static str> {
        let (request, mut payload) = TestRequest::post()
            .set_payload(vec![b'x'; bytes])
            .to_http_parts();
        let payload = web::Payload::from_request(&request, &mut payload)
            .await
            .unwrap();
        let body = bounded(&request, payload, room).await;
        body.map(|body| body.bytes.len())
            .map_err(|problem| problem.code)
    }

    #[actix_web::test]
    async fn bodies_take_room_only_while_they_are_taken_in() {
        let room = Room::of(64);
        assert_eq!(taken(60 * 1024, &room).await, Ok(60 * 1024));
        assert_eq!(taken(100 * 1024, &room).await, Err("webhooks_too_many"));
        assert_eq!(room.left(), 64);
    }

    #[actix_web::test]
    async fn the_largest_body_fits_and_one_more_byte_does_not() {
        let room = Room::default();
        assert_eq!(taken(MOST_BYTES, &room).await, Ok(MOST_BYTES));
        assert_eq!(taken(MOST_BYTES + 1, &room).await, Err("body_too_large"));
    }
}
