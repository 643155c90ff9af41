//! Removes a notice's cookie with the page that shows the notice, so that it is told once.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::middleware::Next;

use super::super::session::{door, no_notice_cookie, notice};

pub async fn tell_once<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, actix_web::Error> {
    let mut answer = next.call(request).await?;
    let kind = answer.headers().get(CONTENT_TYPE);
    let is_page = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if answer.status() != StatusCode::OK || !is_page || notice(answer.request()).is_none() {
        return Ok(answer);
    }
    let removal = door(answer.request()).map(|door| no_notice_cookie(door));
    if let Ok(removal) = removal
        && let Err(error) = answer.response_mut().add_cookie(&removal)
    {
        tracing::warn!(%error, "could not remove the cookie of a notice");
    }
    Ok(answer)
}
