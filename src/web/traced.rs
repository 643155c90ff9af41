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

/// The path without what opens something: the tokens of links are part of their addresses, and no log may hold them.
fn shown(path: &str) -> String {
    let mut opens = false;
    let shown: Vec<&str> = path
        .split('/')
        .map(|part| {
            let is_secret = opens || could_be_a_token(part);
            opens = matches!(part, "l" | "o");
            if is_secret { "…" } else { part }
        })
        .collect();
    shown.join("/")
}

/// Anything as long as a token, wherever it is in an address that was copied wrongly. Ids are shorter, or hold a colon.
fn could_be_a_token(part: &str) -> bool {
    part.len() >= 43
        && part
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'%' | b'.'))
}

/// The span around each request.
pub struct RequestSpan;

impl RootSpanBuilder for RequestSpan {
    fn on_request_start(request: &ServiceRequest) -> Span {
        let span = tracing::info_span!(
            "request",
            id = Empty,
            method = request.method().as_str(),
            path = %shown(request.path()),
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
        // What strangers send is not worth a line; what we fail at is.
        span.in_scope(|| {
            if status.is_server_error() {
                tracing::error!("answered a request with {status}");
            } else {
                tracing::debug!("answered a request with {status}");
            }
        });
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

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn logged_path_hides_tokens_and_keeps_ids() {
        let token = "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789_-AbCdE";
        assert_eq!(token.len(), 43);
        for path in [
            format!("/l/{token}"),
            format!("/o/{token}"),
            format!("/%6f/{token}"),
            format!("/o/{token}."),
            format!("/somewhere/{token}/else"),
        ] {
            assert!(!shown(&path).contains("AbCd"), "{path}");
        }
        assert_eq!(shown("/o/short"), "/o/…");
        let kept = "/api/v1/work-samples/ws_019a8f0c6b7e7d2c9f3e5a1b2c3d4e5f/report";
        assert_eq!(shown(kept), kept);
    }
}
