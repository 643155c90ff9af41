//! Work samples, for leads and reviewers.

use actix_web::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::super::Problem;
use super::super::auth::{Lead, Team};
use super::super::door::Door;
use super::super::offers::candidate_token;
use super::request;
use super::views::{WorkSampleLine, WorkSampleView};
use crate::acceptance::Verdict;
use crate::clock::Timestamp;
use crate::ids::{CriterionId, WorkSampleId};
use crate::money::Money;
use crate::store::WorkSampleFilter;
use crate::work_sample::{Actor, Command, EntryKind, NaturalKey, State, WorkSample};
use crate::workflow::launch::Launch;
use crate::workflow::launch_warnings::{Addressed, LaunchWarning, launch_warnings};
use crate::workflow::{accept, act, jobs, launch as launching, offer_links, publish, show as look};

#[derive(Debug, Deserialize, ToSchema)]
#[schema(examples(json!({ "spec": "order-idempotency", "candidate": "Ada Example", "email": "ada@example.com" })))]
#[serde(deny_unknown_fields)]
pub struct LaunchBody {
    /// A published spec: its digest, or its slug for the latest version.
    pub spec: String,
    /// The candidate's name.
    pub candidate: String,
    #[serde(default)]
    pub email: Option<String>,
    /// The organisation to create the repository in, where several are configured; else the first.
    #[serde(default)]
    pub organization: Option<String>,
    /// Launch although this candidate already had this spec.
    #[serde(default)]
    pub again: bool,
}

/// What a launch made, with the token that opens the offer to the candidate.
#[derive(Debug, Serialize, ToSchema)]
pub struct Launched {
    pub work_sample: WorkSampleView,
    /// To be sent to the candidate, and to nobody else.
    pub candidate_token: String,
    /// Opens the offer in a browser: the candidate's personal link. Another one is made each time.
    pub link: String,
    /// What the lead should know.
    pub warnings: Vec<LaunchWarning>,
}

#[utoipa::path(post, path = "/api/v1/work-samples", summary = "Launch a work sample", tag = "work samples", request_body = LaunchBody, security(("bearer" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "the same key launches once")),
    responses((status = 201, description = "offered", body = Launched), (status = 409, description = "the candidate has this spec already", body = Problem),
        (status = 422, description = "unknown spec, or a name or address that is none", body = Problem)))]
pub async fn launch(
    door: web::Data<Door>,
    lead: Lead,
    request: HttpRequest,
    body: web::Bytes,
) -> Result<HttpResponse, Problem> {
    let once = request::once(&request, &lead.actor(), &body)?;
    let body: LaunchBody = request::json(&body)?;
    let services = &door.services;
    let spec = publish::find(services, &body.spec).await?;
    let wanted = Launch {
        spec,
        candidate: body.candidate,
        email: body.email,
        organization: body.organization,
        again: body.again,
        lead: lead.name,
    };
    let by = wanted.lead.clone();
    let addressed = Addressed::to(wanted.email.as_deref());
    let made = launching::launch(services, wanted, once).await?;
    let link = offer_links::make(services, &door.public_url, &made.id, &by).await?;
    let version = services.version(&made.spec).await?;
    let candidate_token = candidate_token(&door.tokens, &made.id, services.now())?;
    let warnings = launch_warnings(services, &made.terms, addressed);
    Ok(HttpResponse::Created().json(Launched {
        work_sample: WorkSampleView::of(&made, &version),
        candidate_token,
        link,
        warnings,
    }))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    /// Only those in this state.
    #[param(value_type = Option<String>)]
    state: Option<State>,
    /// At most this many, 1 to 500.
    limit: Option<u32>,
    /// Only those launched after this one; for the next page.
    after: Option<String>,
}

#[utoipa::path(get, path = "/api/v1/work-samples", summary = "List work samples", tag = "work samples", params(ListQuery), security(("bearer" = [])),
    responses((status = 200, description = "in the order of launching", body = Vec<WorkSampleLine>)))]
pub async fn list(
    door: web::Data<Door>,
    _team: Team,
    query: web::Query<ListQuery>,
) -> Result<HttpResponse, Problem> {
    let query = query.into_inner();
    let filter = WorkSampleFilter {
        state: query.state,
        limit: Some(query.limit.unwrap_or(100).clamp(1, 500)),
        after: query.after.as_deref().map(request::id).transpose()?,
        ..WorkSampleFilter::default()
    };
    let rows = look::work_samples(&door.services, filter).await?;
    Ok(HttpResponse::Ok().json(rows.iter().map(WorkSampleLine::from).collect::<Vec<_>>()))
}

#[utoipa::path(get, path = "/api/v1/work-samples/{id}", summary = "Show a work sample", tag = "work samples", security(("bearer" = [])),
    params(("id" = String, Path, description = "the work sample", example = "ws_019a8f0c6b7e7d2c9f3e5a1b2c3d4e5f")),
    responses((status = 200, description = "whole", body = WorkSampleView), (status = 404, description = "no such work sample", body = Problem)))]
pub async fn show(
    door: web::Data<Door>,
    _team: Team,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let id: WorkSampleId = request::id(&id)?;
    let (work_sample, version) = look::work_sample(&door.services, &id).await?;
    let jobs = jobs::about(&door.services, &id).await?;
    Ok(HttpResponse::Ok().json(WorkSampleView::of(&work_sample, &version).waiting(&jobs)))
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(examples(json!({ "due_at": "2026-03-09T17:00:00Z", "reason": "The candidate was ill for two days." })))]
#[serde(deny_unknown_fields)]
pub struct ExtendBody {
    #[schema(value_type = String, format = DateTime)]
    pub due_at: Timestamp,
    pub reason: String,
}

#[utoipa::path(post, path = "/api/v1/work-samples/{id}/extend", summary = "Move the due time to a later one", tag = "work samples", request_body = ExtendBody, security(("bearer" = [])),
    params(("id" = String, Path, description = "the work sample", example = "ws_019a8f0c6b7e7d2c9f3e5a1b2c3d4e5f")),
    responses((status = 200, description = "due later", body = WorkSampleView), (status = 409, description = "refused, with a code", body = Problem)))]
pub async fn extend(
    door: web::Data<Door>,
    lead: Lead,
    id: web::Path<String>,
    body: web::Bytes,
) -> Result<HttpResponse, Problem> {
    let ExtendBody { due_at, reason } = request::json(&body)?;
    carry_out(&door, &id, Command::Extend { due_at, reason }, lead.actor()).await
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(examples(json!({ "reason": "There is no time for it before the due time." })))]
#[serde(deny_unknown_fields)]
pub struct ReasonBody {
    #[serde(default)]
    pub reason: Option<String>,
}

#[utoipa::path(post, path = "/api/v1/work-samples/{id}/withdraw", summary = "Record that the candidate withdrew", tag = "work samples", request_body = ReasonBody, security(("bearer" = [])),
    params(("id" = String, Path, description = "the work sample", example = "ws_019a8f0c6b7e7d2c9f3e5a1b2c3d4e5f")),
    responses((status = 200, description = "recorded for the candidate, by the lead whom they told", body = WorkSampleView), (status = 409, description = "refused, with a code", body = Problem)))]
pub async fn withdraw(
    door: web::Data<Door>,
    lead: Lead,
    id: web::Path<String>,
    body: web::Bytes,
) -> Result<HttpResponse, Problem> {
    let ReasonBody { reason } = request::json(&body)?;
    carry_out(&door, &id, Command::Withdraw { reason }, lead.actor()).await
}

#[utoipa::path(post, path = "/api/v1/work-samples/{id}/cancel", summary = "Cancel a work sample", tag = "work samples", request_body = ReasonBody, security(("bearer" = [])),
    params(("id" = String, Path, description = "the work sample", example = "ws_019a8f0c6b7e7d2c9f3e5a1b2c3d4e5f")),
    responses((status = 200, description = "cancelled; the terms say what is paid", body = WorkSampleView), (status = 409, description = "refused, with a code", body = Problem)))]
pub async fn cancel(
    door: web::Data<Door>,
    lead: Lead,
    id: web::Path<String>,
    body: web::Bytes,
) -> Result<HttpResponse, Problem> {
    let ReasonBody { reason } = request::json(&body)?;
    let reason = reason.unwrap_or_default();
    carry_out(&door, &id, Command::Cancel { reason }, lead.actor()).await
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(examples(json!({ "criterion": "AC-4", "verdict": "passed", "note": "The decision is recorded with its reason." })))]
#[serde(deny_unknown_fields)]
pub struct JudgeBody {
    pub criterion: CriterionId,
    /// `passed` or `failed`
    pub verdict: Verdict,
    pub note: String,
}

#[utoipa::path(post, path = "/api/v1/work-samples/{id}/judge", summary = "Judge a criterion as a reviewer", tag = "work samples", request_body = JudgeBody, security(("bearer" = [])),
    params(("id" = String, Path, description = "the work sample", example = "ws_019a8f0c6b7e7d2c9f3e5a1b2c3d4e5f")),
    responses((status = 200, description = "recorded with the reviewer's name", body = WorkSampleView), (status = 409, description = "refused, with a code", body = Problem)))]
pub async fn judge(
    door: web::Data<Door>,
    team: Team,
    id: web::Path<String>,
    body: web::Bytes,
) -> Result<HttpResponse, Problem> {
    let JudgeBody {
        criterion,
        verdict,
        note,
    } = request::json(&body)?;
    let command = Command::Judge {
        criterion,
        verdict,
        note,
    };
    carry_out(&door, &id, command, team.actor).await
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(examples(json!({ "entry": "issues:3:opened", "kind": "question", "note": "It asks, although it is titled as progress." })))]
#[serde(deny_unknown_fields)]
pub struct ReclassifyBody {
    /// The entry's natural key, as the report gives it.
    pub entry: NaturalKey,
    pub kind: EntryKind,
    pub note: String,
}

#[utoipa::path(post, path = "/api/v1/work-samples/{id}/reclassify", summary = "Change the kind of a text", tag = "work samples", request_body = ReclassifyBody, security(("bearer" = [])),
    params(("id" = String, Path, description = "the work sample", example = "ws_019a8f0c6b7e7d2c9f3e5a1b2c3d4e5f")),
    responses((status = 200, description = "read as another kind from now on", body = WorkSampleView), (status = 409, description = "refused, with a code", body = Problem)))]
pub async fn reclassify(
    door: web::Data<Door>,
    team: Team,
    id: web::Path<String>,
    body: web::Bytes,
) -> Result<HttpResponse, Problem> {
    let ReclassifyBody { entry, kind, note } = request::json(&body)?;
    carry_out(
        &door,
        &id,
        Command::Reclassify { entry, kind, note },
        team.actor,
    )
    .await
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(examples(json!({ "amount": { "amount_minor": 54000, "currency": "EUR" }, "reference": "SEPA 2026-03-12 0042" })))]
#[serde(deny_unknown_fields)]
pub struct PayBody {
    /// Without it the whole outstanding amount.
    #[serde(default)]
    pub amount: Option<Money>,
    /// The bank's or payment service's reference.
    pub reference: String,
}

#[utoipa::path(post, path = "/api/v1/work-samples/{id}/pay", summary = "Record a payment", tag = "work samples", request_body = PayBody, security(("bearer" = [])),
    params(("id" = String, Path, description = "the work sample", example = "ws_019a8f0c6b7e7d2c9f3e5a1b2c3d4e5f"), ("Idempotency-Key" = Option<String>, Header, description = "the same key records once")),
    responses((status = 200, description = "recorded as paid", body = WorkSampleView), (status = 409, description = "refused, with a code", body = Problem)))]
pub async fn pay(
    door: web::Data<Door>,
    lead: Lead,
    request: HttpRequest,
    id: web::Path<String>,
    body: web::Bytes,
) -> Result<HttpResponse, Problem> {
    let once = request::once(&request, &lead.actor(), &body)?;
    let PayBody { amount, reference } = request::json(&body)?;
    let id: WorkSampleId = request::id(&id)?;
    let command = Command::Pay { amount, reference };
    let after = act::act_once(&door.services, &id, command, lead.actor(), once).await?;
    answer(&door, &after).await
}

#[utoipa::path(get, path = "/api/v1/work-samples/{id}/accepted-terms", summary = "Read the terms that the candidate accepted", tag = "work samples", security(("bearer" = [])),
    params(("id" = String, Path, description = "the work sample", example = "ws_019a8f0c6b7e7d2c9f3e5a1b2c3d4e5f")),
    responses((status = 200, description = "the text that the candidate accepted, word for word, in Markdown", body = String, content_type = "text/markdown"),
        (status = 404, description = "nothing was accepted, or by a version that kept no text", body = Problem)))]
pub async fn accepted_terms(
    door: web::Data<Door>,
    _team: Team,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let id = request::id(&id)?;
    let terms = accept::accepted_terms(&door.services, &id).await?;
    Ok(HttpResponse::Ok()
        .content_type("text/markdown; charset=utf-8")
        .body(terms.text))
}

#[utoipa::path(post, path = "/api/v1/work-samples/{id}/close", summary = "Close a decided work sample", tag = "work samples", security(("bearer" = [])),
    params(("id" = String, Path, description = "the work sample", example = "ws_019a8f0c6b7e7d2c9f3e5a1b2c3d4e5f")),
    responses((status = 200, description = "closed", body = WorkSampleView), (status = 409, description = "refused, with a code", body = Problem)))]
pub async fn close(
    door: web::Data<Door>,
    lead: Lead,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    carry_out(&door, &id, Command::Close, lead.actor()).await
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct ReportQuery {
    /// `json` (the default), `html` or `md`
    format: Option<String>,
}

#[utoipa::path(get, path = "/api/report.schema.json", summary = "Read the JSON Schema of a report", tag = "work samples",
    responses((status = 200, description = "the JSON Schema of a report in the format `json`", body = serde_json::Value, example = json!({ "$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Report", "type": "object" }))))]
pub async fn schema() -> HttpResponse {
    HttpResponse::Ok().json(crate::report::schema())
}

#[utoipa::path(get, path = "/api/v1/work-samples/{id}/report", summary = "Read the process report", tag = "work samples", params(ReportQuery, ("id" = String, Path, description = "the work sample", example = "ws_019a8f0c6b7e7d2c9f3e5a1b2c3d4e5f")),
    security(("bearer" = [])),
    responses((status = 200, description = "the process report as it stands", content((serde_json::Value = "application/json"), (String = "text/html"), (String = "text/markdown"))),
        (status = 404, description = "no such work sample", body = Problem)))]
pub async fn report(
    door: web::Data<Door>,
    _team: Team,
    id: web::Path<String>,
    query: web::Query<ReportQuery>,
) -> Result<HttpResponse, Problem> {
    let id: WorkSampleId = request::id(&id)?;
    let format = query.format.as_deref().unwrap_or("json");
    if !["json", "html", "md"].contains(&format) {
        return Err(Problem::bad_request(
            "format_unknown",
            "format is json, html or md",
        ));
    }
    let report = look::report(&door.services, &id).await?;
    Ok(match format {
        "html" => HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
            .insert_header((CONTENT_SECURITY_POLICY, report.content_security_policy()))
            .body(report.to_html()),
        "md" => HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, "text/markdown; charset=utf-8"))
            .body(report.to_markdown()),
        _ => HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, "application/json"))
            .body(report.to_json()),
    })
}

pub(super) async fn carry_out(
    door: &Door,
    id: &str,
    command: Command,
    actor: Actor,
) -> Result<HttpResponse, Problem> {
    let id: WorkSampleId = request::id(id)?;
    let after = act::act_as_typed(&door.services, &id, command, actor).await?;
    answer(door, &after).await
}

pub(super) async fn answer(door: &Door, after: &WorkSample) -> Result<HttpResponse, Problem> {
    let version = door.services.version(&after.spec).await?;
    Ok(HttpResponse::Ok().json(WorkSampleView::of(after, &version)))
}
