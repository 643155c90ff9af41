//! How a fault looks to the client.
//!
//! A connection is ended by an answer whose body fails: where it fails before anything was handed to the socket, the
//! client gets no byte at all; where it fails later, it gets what went before.

use std::io;
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::body::{BoxBody, MessageBody as _, SizedStream};
use actix_web::dev::ServiceResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_TYPE;
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use serde_json::json;

use crate::stand_in::faults::Fault;

/// What stands in the place of an answer.
pub(super) async fn in_place_of(
    response: ServiceResponse<BoxBody>,
    fault: Fault,
    hold: Duration,
) -> ServiceResponse<BoxBody> {
    let (request, response) = response.into_parts();
    let broken = match fault {
        Fault::HalfClosed => ending_after(response, 1),
        Fault::Cut => ending_after(response, 2),
        other => without_answer(other, hold).await,
    };
    ServiceResponse::new(request, broken)
}

/// What a request gets that is not carried out, or whose answer does not matter any more.
pub(super) async fn without_answer(fault: Fault, hold: Duration) -> HttpResponse {
    let said =
        |status, message: &str| HttpResponse::build(status).json(json!({"message": message}));
    match fault {
        Fault::ServerError | Fault::ServerErrorAfter => {
            said(StatusCode::BAD_GATEWAY, "Server Error")
        }
        Fault::Forbidden => said(
            StatusCode::FORBIDDEN,
            "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
        ),
        Fault::NotYetVisible => said(StatusCode::NOT_FOUND, "Not Found"),
        Fault::Timeout | Fault::TimeoutAfter | Fault::HalfClosed | Fault::Cut => {
            if !hold.is_zero() {
                tokio::time::sleep(hold).await;
            }
            silence()
        }
    }
}

/// The connection ends without a byte.
fn silence() -> HttpResponse {
    let body = SizedStream::new(1, stream::iter([Err::<Bytes, _>(ended())]));
    HttpResponse::Ok().body(BoxBody::new(body))
}

fn ended() -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionAborted, "ended by a planned fault")
}

/// The first of so many equal parts of the answer, then the connection's end. An answer without a body has nothing to be ended in:
/// it does not come at all.
fn ending_after(response: HttpResponse<BoxBody>, parts: usize) -> HttpResponse {
    let (head, body) = response.into_parts();
    let whole = match body.try_into_bytes() {
        Ok(bytes) if !bytes.is_empty() => bytes,
        _ => return silence(),
    };
    let sent = whole.len() / parts;
    let announced = whole.len() as u64;
    // Between the bytes and the end the body lets the connection write.
    let end = stream::once(async {
        tokio::task::yield_now().await;
        tokio::task::yield_now().await;
        Err(ended())
    });
    let body = stream::iter([Ok(whole.slice(..sent))]).chain(end);
    let mut broken = HttpResponse::build(head.status());
    for (name, value) in head.headers() {
        broken.append_header((name, value));
    }
    if !head.headers().contains_key(CONTENT_TYPE) {
        broken.content_type("application/json; charset=utf-8");
    }
    broken.body(BoxBody::new(SizedStream::new(announced, Box::pin(body))))
}
