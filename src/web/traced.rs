//! What the log says of the request that a line belongs to: its id, its method, its path and what was answered.
//!
//! Not more: the query and the headers may hold what is nobody's business, and webhooks come by the thousand. The id stands in
//! the answer's `X-Request-Id` too, so that who was told of a failure and who reads the log speak of the same request.

use actix_web::Error;
use actix_web::HttpMessage as _;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use tracing::Span;
use tracing::field::Empty;
use tracing_actix_web::{RequestId, RootSpanBuilder};

/// Where the client finds the id.
pub const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// The span around each request.
pub struct RequestSpan;

impl RootSpanBuilder for RequestSpan {
    fn on_request_start(request: &ServiceRequest) -> Span {
        let span = tracing::info_span!(
            "request",
            id = Empty,
            method = request.method().as_str(),
            path = request.path(),
            status = Empty,
        );
        if let Some(id) = request.extensions().get::<RequestId>() {
            span.record("id", tracing::field::display(id));
        }
        span
    }

    fn on_request_end<B: MessageBody>(span: Span, outcome: &Result<ServiceResponse<B>, Error>) {
        let status = match outcome {
            Ok(response) => response.status(),
            Err(error) => error.as_response_error().status_code(),
        };
        span.record("status", status.as_u16());
    }
}

/// Tells the client the id.
pub fn tell_id<B>(response: &mut ServiceResponse<B>) {
    let id = response
        .request()
        .extensions()
        .get::<RequestId>()
        .and_then(|id| HeaderValue::from_str(&id.to_string()).ok());
    if let Some(id) = id {
        response.headers_mut().insert(HEADER, id);
    }
}
