//! The start page: leads people who are signed in to their page, and tells everybody else what this is.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::super::session::{NotSignedIn, candidate_visit, door, notice, team_member};
use super::failure::PageProblem;
use super::{Frame, page, samples, see, today};

#[derive(Template)]
#[template(path = "pages/home.html")]
struct Page {
    frame: Frame,
}

pub async fn show(request: HttpRequest) -> Result<HttpResponse, PageProblem> {
    match team_member(&request).await {
        Ok(member) if member.is_lead => return today::show(door(&request)?, &member).await,
        Ok(_) => return Ok(see(samples::HOME)),
        Err(NotSignedIn::SignInFirst { .. }) => {}
        Err(problem @ NotSignedIn::Problem(_)) => return Err(PageProblem::from(problem)),
    }
    if candidate_visit(&request).await.is_ok() {
        return Ok(see("/offer"));
    }
    let frame = Frame::new("Paid work samples").telling(notice(&request));
    page(StatusCode::OK, &Page { frame })
}
