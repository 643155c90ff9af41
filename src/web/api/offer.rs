//! The candidate's own verbs. The token names the work sample, so no path does.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use utoipa::ToSchema;

use super::super::Problem;
use super::super::auth::Candidate;
use super::super::door::Door;
use super::request;
use super::views::OfferView;
use crate::clock::Timestamp;
use crate::ids::{CommitSha, Login};
use crate::work_sample::{Actor, Command};
use crate::workflow::{act, deliver as delivery, show as look};

#[utoipa::path(get, path = "/api/v1/offer", tag = "candidate", security(("bearer" = [])),
    responses((status = 200, description = "the offer, its brief and terms", body = OfferView)))]
pub async fn show(door: web::Data<Door>, candidate: Candidate) -> Result<HttpResponse, Problem> {
    let (work_sample, version) = look::work_sample(&door.services, &candidate.work_sample).await?;
    Ok(HttpResponse::Ok().json(OfferView::of(&work_sample, &version)))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AcceptBody {
    /// The GitHub account that is to be invited.
    pub login: Login,
    /// When the work will be delivered, within the terms.
    #[schema(value_type = String, format = DateTime)]
    pub due_at: Timestamp,
}

#[utoipa::path(post, path = "/api/v1/offer/accept", tag = "candidate", request_body = AcceptBody, security(("bearer" = [])),
    responses((status = 200, description = "accepted; the repository follows", body = OfferView), (status = 409, description = "refused, with a code", body = Problem)))]
pub async fn accept(
    door: web::Data<Door>,
    candidate: Candidate,
    body: web::Bytes,
) -> Result<HttpResponse, Problem> {
    let AcceptBody { login, due_at } = request::json(&body)?;
    own(door, candidate, Command::Accept { login, due_at }).await
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReasonBody {
    #[serde(default)]
    pub reason: Option<String>,
}

#[utoipa::path(post, path = "/api/v1/offer/decline", tag = "candidate", request_body = ReasonBody, security(("bearer" = [])),
    responses((status = 200, description = "declined", body = OfferView), (status = 409, description = "refused, with a code", body = Problem)))]
pub async fn decline(
    door: web::Data<Door>,
    candidate: Candidate,
    body: web::Bytes,
) -> Result<HttpResponse, Problem> {
    let ReasonBody { reason } = request::json(&body)?;
    own(door, candidate, Command::Decline { reason }).await
}

#[utoipa::path(post, path = "/api/v1/offer/withdraw", tag = "candidate", request_body = ReasonBody, security(("bearer" = [])),
    responses((status = 200, description = "withdrawn; the terms say what is paid", body = OfferView), (status = 409, description = "refused, with a code", body = Problem)))]
pub async fn withdraw(
    door: web::Data<Door>,
    candidate: Candidate,
    body: web::Bytes,
) -> Result<HttpResponse, Problem> {
    let ReasonBody { reason } = request::json(&body)?;
    own(door, candidate, Command::Withdraw { reason }).await
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeliverBody {
    /// The commit; without it the head of the default branch.
    #[serde(default)]
    pub sha: Option<CommitSha>,
    /// The starter with nothing changed is meant: without this it is refused with `starter_unchanged`.
    #[serde(default)]
    pub starter: bool,
}

#[utoipa::path(post, path = "/api/v1/offer/deliver", tag = "candidate", request_body = DeliverBody, security(("bearer" = [])),
    responses((status = 200, description = "delivered", body = OfferView), (status = 409, description = "refused, with a code", body = Problem),
        (status = 422, description = "GitHub knows no such commit in the repository", body = Problem)))]
pub async fn deliver(
    door: web::Data<Door>,
    candidate: Candidate,
    body: web::Bytes,
) -> Result<HttpResponse, Problem> {
    let DeliverBody { sha, starter } = request::json(&body)?;
    let services = &door.services;
    let work_sample = delivery::deliver(services, &candidate.work_sample, sha, starter).await?;
    let version = services.version(&work_sample.spec).await?;
    Ok(HttpResponse::Ok().json(OfferView::of(&work_sample, &version)))
}

pub(super) async fn own(
    door: web::Data<Door>,
    candidate: Candidate,
    command: Command,
) -> Result<HttpResponse, Problem> {
    let services = &door.services;
    let work_sample = act::act(services, &candidate.work_sample, command, Actor::Candidate).await?;
    let version = services.version(&work_sample.spec).await?;
    Ok(HttpResponse::Ok().json(OfferView::of(&work_sample, &version)))
}
