//! Another invitation, for leads and for candidates themselves.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use utoipa::ToSchema;

use super::super::Problem;
use super::super::auth::{Candidate, Lead};
use super::super::door::Door;
use super::views::{OfferView, WorkSampleView};
use super::{offer, request, work_samples};
use crate::ids::Login;
use crate::work_sample::Command;

#[derive(Debug, Deserialize, ToSchema)]
#[schema(examples(json!({ "login": "ada-example" })))]
#[serde(deny_unknown_fields)]
pub struct LoginBody {
    /// The GitHub account that is to be invited.
    pub login: Login,
}

#[utoipa::path(post, path = "/api/v1/work-samples/{id}/reinvite", summary = "Invite the candidate again", tag = "work samples", security(("bearer" = [])),
    params(("id" = String, Path, description = "the work sample", example = "ws_019a8f0c6b7e7d2c9f3e5a1b2c3d4e5f")),
    responses((status = 200, description = "another invitation is on its way", body = WorkSampleView), (status = 409, description = "refused, with a code", body = Problem)))]
pub async fn reinvite(
    door: web::Data<Door>,
    lead: Lead,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    work_samples::carry_out(&door, &id, Command::Reinvite, lead.actor()).await
}

#[utoipa::path(post, path = "/api/v1/work-samples/{id}/login", summary = "Correct the candidate's GitHub login", tag = "work samples", request_body = LoginBody, security(("bearer" = [])),
    params(("id" = String, Path, description = "the work sample", example = "ws_019a8f0c6b7e7d2c9f3e5a1b2c3d4e5f")),
    responses((status = 200, description = "the other account is invited", body = WorkSampleView), (status = 409, description = "refused, with a code", body = Problem),
        (status = 422, description = "GitHub knows no such account", body = Problem)))]
pub async fn correct(
    door: web::Data<Door>,
    lead: Lead,
    id: web::Path<String>,
    body: web::Bytes,
) -> Result<HttpResponse, Problem> {
    let LoginBody { login } = request::json(&body)?;
    work_samples::carry_out(&door, &id, Command::CorrectLogin { login }, lead.actor()).await
}

#[utoipa::path(post, path = "/api/v1/offer/reinvite", summary = "Ask for another invitation", tag = "candidate", security(("bearer" = [])),
    responses((status = 200, description = "another invitation is on its way", body = OfferView), (status = 409, description = "refused, with a code", body = Problem)))]
pub async fn own_reinvite(
    door: web::Data<Door>,
    candidate: Candidate,
) -> Result<HttpResponse, Problem> {
    offer::own(door, candidate, Command::Reinvite).await
}

#[utoipa::path(post, path = "/api/v1/offer/login", summary = "Correct your GitHub login", tag = "candidate", request_body = LoginBody, security(("bearer" = [])),
    responses((status = 200, description = "the other account is invited", body = OfferView), (status = 409, description = "refused, with a code", body = Problem),
        (status = 422, description = "GitHub knows no such account", body = Problem)))]
pub async fn own_correct(
    door: web::Data<Door>,
    candidate: Candidate,
    body: web::Bytes,
) -> Result<HttpResponse, Problem> {
    let LoginBody { login } = request::json(&body)?;
    offer::own(door, candidate, Command::CorrectLogin { login }).await
}
