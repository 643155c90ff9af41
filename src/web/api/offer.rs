//! The candidate's own verbs. The token names the work sample, so no path does.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use utoipa::ToSchema;

use super::super::Problem;
use super::super::auth::Candidate;
use super::super::door::Door;
use super::request;
use super::views::OfferView;
use crate::candidate::OwnReport;
use crate::clock::Timestamp;
use crate::ids::{CommitSha, Login};
use crate::work_sample::{Actor, Command};
use crate::workflow::accept::{self, Acceptance};
use crate::workflow::deliver::What;
use crate::workflow::hours::{self, HoursSpent};
use crate::workflow::{WorkflowError, act, deliver as delivery, export as exporting, show as look};
use crate::zone::Zone;

#[utoipa::path(get, path = "/api/v1/offer", summary = "Read your offer and your work", tag = "candidate", security(("bearer" = [])),
    responses((status = 200, description = "the offer, its brief and terms", body = OfferView)))]
pub async fn show(door: web::Data<Door>, candidate: Candidate) -> Result<HttpResponse, Problem> {
    let (work_sample, version) = look::work_sample(&door.services, &candidate.work_sample).await?;
    Ok(HttpResponse::Ok().json(OfferView::of(&work_sample, &version)))
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(examples(json!({ "login": "ada-example", "due_at": "2026-03-07T09:00:00Z", "zone": "Europe/Berlin" })))]
#[serde(deny_unknown_fields)]
pub struct AcceptBody {
    /// The GitHub account that is to be invited.
    pub login: Login,
    /// When the work will be delivered, within the terms.
    #[schema(value_type = String, format = DateTime)]
    pub due_at: Timestamp,
    /// The `offer_sha256` of the offer that was read. Another one is refused with `offer_changed`.
    #[serde(default)]
    pub offer_sha256: Option<String>,
    /// The IANA time zone in which the candidate reads times, such as `Europe/Berlin`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub zone: Option<Zone>,
}

#[utoipa::path(post, path = "/api/v1/offer/accept", summary = "Accept your offer", tag = "candidate", request_body = AcceptBody, security(("bearer" = [])),
    responses((status = 200, description = "accepted; the repository follows", body = OfferView), (status = 409, description = "refused, with a code", body = Problem),
        (status = 422, description = "GitHub knows no such person", body = Problem)))]
pub async fn accept(
    door: web::Data<Door>,
    candidate: Candidate,
    body: web::Bytes,
) -> Result<HttpResponse, Problem> {
    let AcceptBody {
        login,
        due_at,
        offer_sha256,
        zone,
    } = request::json(&body)?;
    let acceptance = Acceptance {
        login,
        due_at,
        offer_sha256,
        zone,
    };
    let services = &door.services;
    let work_sample = accept::accept(services, &candidate.work_sample, acceptance).await?;
    let version = services.version(&work_sample.spec).await?;
    Ok(HttpResponse::Ok().json(OfferView::of(&work_sample, &version)))
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(examples(json!({ "reason": "There is no time for it before the due time." })))]
#[serde(deny_unknown_fields)]
pub struct ReasonBody {
    #[serde(default)]
    pub reason: Option<String>,
}

#[utoipa::path(post, path = "/api/v1/offer/decline", summary = "Decline your offer", tag = "candidate", request_body = ReasonBody, security(("bearer" = [])),
    responses((status = 200, description = "declined", body = OfferView), (status = 409, description = "refused, with a code", body = Problem)))]
pub async fn decline(
    door: web::Data<Door>,
    candidate: Candidate,
    body: web::Bytes,
) -> Result<HttpResponse, Problem> {
    let ReasonBody { reason } = request::json(&body)?;
    own(door, candidate, Command::Decline { reason }).await
}

#[utoipa::path(post, path = "/api/v1/offer/withdraw", summary = "Withdraw from your work sample", tag = "candidate", request_body = ReasonBody, security(("bearer" = [])),
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
#[schema(examples(json!({ "sha": "da39a3ee5e6b4b0d3255bfef95601890afd80709", "hours": "6.5" })))]
#[serde(deny_unknown_fields)]
pub struct DeliverBody {
    /// The commit; without it the head of the default branch.
    #[serde(default)]
    pub sha: Option<CommitSha>,
    /// The starter with nothing changed is meant: without this it is refused with `starter_unchanged`.
    #[serde(default)]
    pub starter: bool,
    /// How many hours the work took, such as `"6.5"`. It need not be said; the team sees it only for at least five candidates
    /// of a spec together.
    #[serde(default)]
    pub hours: Option<String>,
}

#[utoipa::path(post, path = "/api/v1/offer/deliver", summary = "Deliver your work", tag = "candidate", request_body = DeliverBody, security(("bearer" = [])),
    responses((status = 200, description = "delivered", body = OfferView), (status = 409, description = "refused, with a code", body = Problem),
        (status = 422, description = "GitHub knows no such commit in the repository", body = Problem)))]
pub async fn deliver(
    door: web::Data<Door>,
    candidate: Candidate,
    body: web::Bytes,
) -> Result<HttpResponse, Problem> {
    let DeliverBody {
        sha,
        starter,
        hours,
    } = request::json(&body)?;
    let hours: Option<HoursSpent> = hours.map(|text| text.parse()).transpose()?;
    let services = &door.services;
    let what = sha.map_or(What::DefaultBranch, What::Commit);
    let work_sample = delivery::deliver(services, &candidate.work_sample, what, starter).await?;
    if let Some(hours) = hours {
        hours::say(services, &candidate.work_sample, hours).await?;
    }
    let version = services.version(&work_sample.spec).await?;
    Ok(HttpResponse::Ok().json(OfferView::of(&work_sample, &version)))
}

#[utoipa::path(get, path = "/api/v1/offer/terms", summary = "Read the terms that you accepted", tag = "candidate", security(("bearer" = [])),
    responses((status = 200, description = "the text that was accepted, word for word, in Markdown", body = String, content_type = "text/markdown", example = "# Idempotency keys for an order API\n\nPay: 540.00 EUR\n"), (status = 404, description = "nothing was accepted, or by a version that kept no text", body = Problem)))]
pub async fn terms(door: web::Data<Door>, candidate: Candidate) -> Result<HttpResponse, Problem> {
    let terms = accept::accepted_terms(&door.services, &candidate.work_sample).await?;
    Ok(HttpResponse::Ok()
        .content_type("text/markdown; charset=utf-8")
        .body(terms.text))
}

#[utoipa::path(get, path = "/api/v1/offer/report", summary = "Read your own report", tag = "candidate", security(("bearer" = [])),
    responses((status = 200, description = "your own report", body = OwnReport, example = json!(super::examples::own_report())), (status = 404, description = "there is none until a decision was made or the work ended", body = Problem)))]
pub async fn report(door: web::Data<Door>, candidate: Candidate) -> Result<HttpResponse, Problem> {
    let (work_sample, version) = look::work_sample(&door.services, &candidate.work_sample).await?;
    let report = OwnReport::of(&work_sample, &version).ok_or_else(|| WorkflowError::NotFound {
        what: "your report, for no decision was made and the work has not ended".to_owned(),
    })?;
    Ok(HttpResponse::Ok().json(report))
}

#[utoipa::path(get, path = "/api/v1/offer/export.zip", summary = "Download what is kept about you", tag = "candidate", security(("bearer" = [])),
    responses((status = 200, description = "an archive of what is kept about you in this work sample, as a zip file; its README.txt says what each file is", body = String, content_type = "application/zip", example = "PK (the bytes of a zip file)")))]
pub async fn export(door: web::Data<Door>, candidate: Candidate) -> Result<HttpResponse, Problem> {
    let archive = exporting::archive(&door.services, &candidate.work_sample).await?;
    Ok(HttpResponse::Ok()
        .content_type("application/zip")
        .body(archive))
}

pub(super) async fn own(
    door: web::Data<Door>,
    candidate: Candidate,
    command: Command,
) -> Result<HttpResponse, Problem> {
    let services = &door.services;
    let work_sample =
        act::act_as_typed(services, &candidate.work_sample, command, Actor::Candidate).await?;
    let version = services.version(&work_sample.spec).await?;
    Ok(HttpResponse::Ok().json(OfferView::of(&work_sample, &version)))
}
