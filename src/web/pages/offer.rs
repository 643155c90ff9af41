//! A candidate's page of their work sample.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;

use super::super::door::Door;
use super::super::session::{self, CandidateVisit};
use super::super::words::name_of;
use super::failure::PageProblem;
use super::form::Press;
use super::{Frame, page, see, with_cookie};
use crate::workflow::show as look;

#[derive(Template)]
#[template(path = "pages/offer.html")]
struct OfferPage {
    frame: Frame,
    form_token: String,
    candidate: String,
    state: String,
}

pub(super) async fn show(
    door: web::Data<Door>,
    visit: CandidateVisit,
) -> Result<HttpResponse, PageProblem> {
    let (work_sample, version) = look::work_sample(&door.services, &visit.work_sample).await?;
    let shown = OfferPage {
        frame: Frame::new(version.spec.title.clone()),
        form_token: visit.form_token.clone(),
        candidate: work_sample.candidate.clone(),
        state: name_of(&work_sample.state).replace('_', " "),
    };
    page(StatusCode::OK, &shown)
}

/// Ends the visit, for those who share a computer; the link opens another.
pub(super) async fn leave(
    door: web::Data<Door>,
    visit: CandidateVisit,
    press: web::Form<Press>,
) -> Result<HttpResponse, PageProblem> {
    visit.check_form(&press.form_token)?;
    visit.end(&door).await?;
    with_cookie(see("/sign-in"), &session::no_candidate_cookie(&door))
}
