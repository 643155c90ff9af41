//! The process report of a work sample, in the browser.

use actix_web::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use actix_web::{HttpResponse, web};

use super::super::super::door::Door;
use super::super::super::session::TeamMember;
use super::super::failure::PageProblem;
use super::id_of;
use crate::workflow::show as look;

pub(super) async fn show(
    door: web::Data<Door>,
    _member: TeamMember,
    id: web::Path<String>,
) -> Result<HttpResponse, PageProblem> {
    let report = look::report(&door.services, &id_of(&id)?).await?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((CONTENT_SECURITY_POLICY, report.content_security_policy()))
        .body(report.to_html()))
}
