//! Conditional requests: every JSON answer to a GET has an ETag, and whoever sends it back hears 304 where nothing changed.

use actix_web::body::{BoxBody, MessageBody, to_bytes};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::ErrorInternalServerError;
use actix_web::http::header::{CONTENT_TYPE, ETAG, HeaderValue, IF_NONE_MATCH};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use sha2::{Digest as _, Sha256};

pub(super) async fn answer(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let reads = *request.method() == Method::GET;
    let asked = request.headers().get(IF_NONE_MATCH).cloned();
    let response = next.call(request).await?;
    let is_json = response
        .headers()
        .get(CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
    if !reads || !is_json || response.status() != StatusCode::OK {
        return Ok(response.map_into_boxed_body());
    }
    let (request, response) = response.into_parts();
    let (mut response, body) = response.into_parts();
    let body = to_bytes(body)
        .await
        .map_err(|_| ErrorInternalServerError("the answer could not be read"))?;
    let tag = format!("W/\"{}\"", hex::encode(Sha256::digest(&body)));
    let tag = HeaderValue::from_str(&tag).map_err(ErrorInternalServerError)?;
    let unchanged = asked.is_some_and(|asked| asked == tag);
    response.headers_mut().insert(ETAG, tag);
    let body = if unchanged {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        BoxBody::new(())
    } else {
        BoxBody::new(body)
    };
    Ok(ServiceResponse::new(request, response.set_body(body)))
}
