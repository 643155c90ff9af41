//! Shows problems as pages to clients that ask for HTML; all others get the problem details that they always got.

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{
    self, Accept, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, Header as _, RETRY_AFTER,
};
use actix_web::middleware::Next;

use super::super::Problem;
use super::super::session::team_member;
use super::failure::{Shown, page_of_problem};

/// Addresses for programs: their errors stay problem details, whatever their client accepts.
const FOR_PROGRAMS: &[&str] = &["/api/", "/webhooks/", "/metrics", "/healthz", "/readyz"];

/// Turns problem details into a page where the client prefers HTML.
pub async fn as_page<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, actix_web::Error> {
    let wanted = wants_html(&request);
    let answer = next.call(request).await?;
    let told = answer.response().extensions().get::<Problem>().cloned();
    let shown = answer.response().extensions().get::<Shown>().cloned();
    let is_page = shown.is_some();
    let problem = shown.map(|shown| shown.0).or(told.filter(|_| wanted));
    let Some(problem) = problem else {
        return Ok(answer.map_into_left_body());
    };
    // Where the service itself is in trouble, nothing more is asked of it.
    let member = if problem.status < 500 {
        team_member(answer.request()).await.ok()
    } else {
        None
    };
    if is_page && member.is_none() {
        return Ok(answer.map_into_left_body());
    }
    let mut page = page_of_problem(&problem, member.as_ref());
    for (name, value) in answer.headers() {
        let own = [
            CONTENT_TYPE,
            CONTENT_LENGTH,
            CONTENT_SECURITY_POLICY,
            RETRY_AFTER,
        ];
        if !own.contains(name) {
            page.headers_mut().append(name.clone(), value.clone());
        }
    }
    page.headers_mut()
        .append(header::VARY, header::HeaderValue::from_static("Accept"));
    Ok(answer.into_response(page).map_into_right_body())
}

fn wants_html(request: &ServiceRequest) -> bool {
    let path = request.path();
    if FOR_PROGRAMS.iter().any(|begin| path.starts_with(begin)) {
        return false;
    }
    let Ok(accepted) = Accept::parse(request) else {
        return false;
    };
    let quality = |kinds: &[&str]| {
        accepted
            .iter()
            .filter(|range| kinds.contains(&range.item.essence_str()))
            .map(|range| range.quality)
            .max()
    };
    let html = quality(&["text/html", "application/xhtml+xml"]);
    let json = quality(&["application/json", super::super::problem::MEDIA_TYPE]);
    html.is_some_and(|html| html > header::Quality::ZERO && Some(html) >= json)
}

/// HEAD is answered as GET; the connection leaves the body out. Not for links that let somebody in: a scanner's HEAD opens
/// nothing.
pub fn head_as_get(request: &mut ServiceRequest) {
    let lets_in = ["/l/", "/o/"]
        .iter()
        .any(|start| request.path().starts_with(start));
    if request.method() == Method::HEAD && !lets_in {
        request.head_mut().method = Method::GET;
    }
}
