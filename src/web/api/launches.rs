//! Launching many: a list of candidates becomes a batch, which is followed, stopped and resumed.

use actix_web::http::header::{CONTENT_TYPE, LOCATION};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::super::Problem;
use super::super::auth::Lead;
use super::super::door::Door;
use super::super::offers::{offer_url, with_tokens};
use super::request;
use crate::workflow::launch_many::{self, BatchView, LineResult, Plan, Wanted};
use crate::workflow::publish;

/// A list of the largest size, in JSON.
pub const MOST_BYTES: usize = 3 * launch_many::MOST_BYTES;

#[derive(Debug, Deserialize, ToSchema)]
#[schema(examples(json!({ "spec": "order-idempotency", "csv": "name,email,github_login\nAda Example,ada@example.com,ada-example\n" })))]
#[serde(deny_unknown_fields)]
pub struct LaunchManyBody {
    /// A published spec: its digest, or its slug for the latest version.
    pub spec: String,
    /// The list as CSV: a header with `name`, `email` and, if wanted, `github_login`, `again`, `note`; then a person a line.
    pub csv: String,
    /// The organisation to create the repositories in, where several are configured; else the first.
    #[serde(default)]
    pub organization: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct CreateQuery {
    /// Say what would happen, and change nothing.
    #[serde(default)]
    dry_run: bool,
}

#[utoipa::path(post, path = "/api/v1/launches", summary = "Launch a list of candidates, or plan it", tag = "launches", request_body = LaunchManyBody, security(("bearer" = [])),
    params(CreateQuery, ("Idempotency-Key" = Option<String>, Header, description = "the same key creates one batch")),
    responses((status = 200, description = "the dry run: what would happen, now and at GitHub", body = Plan),
        (status = 201, description = "kept, and being worked off", body = BatchView),
        (status = 413, description = "the list is too large", body = Problem),
        (status = 422, description = "unknown spec, or a list that cannot be read as a whole; a bad line is no such error", body = Problem)))]
pub async fn create(
    door: web::Data<Door>,
    lead: Lead,
    request: HttpRequest,
    query: web::Query<CreateQuery>,
    body: web::Bytes,
) -> Result<HttpResponse, Problem> {
    let once = request::once(&request, &lead.actor(), &body)?;
    let body: LaunchManyBody = request::json(&body)?;
    let services = &door.services;
    let spec = publish::find(services, &body.spec).await?;
    let people = launch_many::read(body.csv.as_bytes())?;
    if query.dry_run {
        let organization = body.organization.as_deref();
        let plan: Plan = launch_many::plan(services, &spec, people, organization).await?;
        return Ok(HttpResponse::Ok().json(plan));
    }
    let wanted = Wanted {
        spec,
        people,
        organization: body.organization,
        lead: lead.name,
    };
    let batch = launch_many::create(services, wanted, once).await?;
    let view = launch_many::view(services, &batch.row.id).await?;
    Ok(HttpResponse::Created()
        .insert_header((LOCATION, format!("/api/v1/launches/{}", view.id)))
        .json(view))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    /// At most this many, 1 to 500.
    limit: Option<u32>,
}

#[utoipa::path(get, path = "/api/v1/launches", summary = "List batches of launches", tag = "launches", params(ListQuery), security(("bearer" = [])),
    responses((status = 200, description = "batches, newest first", body = Vec<BatchView>)))]
pub async fn list(
    door: web::Data<Door>,
    _lead: Lead,
    query: web::Query<ListQuery>,
) -> Result<HttpResponse, Problem> {
    let limit = query.limit.unwrap_or(100).clamp(1, 500);
    let batches = launch_many::batches(&door.services, limit).await?;
    Ok(HttpResponse::Ok().json(batches))
}

#[utoipa::path(get, path = "/api/v1/launches/{id}", summary = "Show the progress of a batch", tag = "launches", security(("bearer" = [])),
    params(("id" = String, Path, description = "the batch", example = "batch_019a8f0c6b7e7d2c9f3e5a1b2c3d4e5f")),
    responses((status = 200, description = "its progress; ask again while it is running", body = BatchView), (status = 404, description = "no such batch", body = Problem)))]
pub async fn show(
    door: web::Data<Door>,
    _lead: Lead,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let view = launch_many::view(&door.services, &request::id(&id)?).await?;
    Ok(HttpResponse::Ok().json(view))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct ResultsQuery {
    /// `json` (the default) or `csv`
    format: Option<String>,
    /// With each candidate's token: to be sent to that candidate, and to nobody else.
    #[serde(default)]
    tokens: bool,
    /// With a new personal link for each candidate whose work sample has not ended: to be sent to that candidate, and to
    /// nobody else.
    #[serde(default)]
    links: bool,
}

#[utoipa::path(get, path = "/api/v1/launches/{id}/results", summary = "Read the results of a batch", tag = "launches", params(ResultsQuery, ("id" = String, Path, description = "the batch", example = "batch_019a8f0c6b7e7d2c9f3e5a1b2c3d4e5f")),
    security(("bearer" = [])),
    responses((status = 200, description = "each person's result, in the order of the list", content((Vec<LineResult> = "application/json"), (String = "text/csv"))),
        (status = 404, description = "no such batch", body = Problem)))]
pub async fn results(
    door: web::Data<Door>,
    lead: Lead,
    id: web::Path<String>,
    query: web::Query<ResultsQuery>,
) -> Result<HttpResponse, Problem> {
    let id = request::id(&id)?;
    let format = query.format.as_deref().unwrap_or("json");
    if !["json", "csv"].contains(&format) {
        return Err(Problem::bad_request(
            "format_unknown",
            "format is json or csv",
        ));
    }
    let mut lines = launch_many::lines(&door.services, &id).await?;
    if query.tokens {
        tracing::info!(batch = %id, lead = lead.name, "a lead asked for the candidates' tokens");
        lines = with_tokens(lines, &door.tokens, door.services.now())?;
    }
    if query.links {
        tracing::info!(batch = %id, lead = lead.name, "a lead asked for the candidates' links");
        lines =
            launch_many::with_links(&door.services, &door.public_url, lines, &lead.name).await?;
    }
    Ok(match format {
        "csv" => HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, "text/csv; charset=utf-8"))
            .body(launch_many::to_csv(&lines, &offer_url(&door.public_url))),
        _ => HttpResponse::Ok().json(lines),
    })
}

#[utoipa::path(post, path = "/api/v1/launches/{id}/stop", summary = "Stop a batch", tag = "launches", security(("bearer" = [])),
    params(("id" = String, Path, description = "the batch", example = "batch_019a8f0c6b7e7d2c9f3e5a1b2c3d4e5f")),
    responses((status = 200, description = "what waited is stopped; offers that were made stay", body = BatchView),
        (status = 409, description = "every line is settled", body = Problem)))]
pub async fn stop(
    door: web::Data<Door>,
    lead: Lead,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let batch = launch_many::stop(&door.services, &request::id(&id)?, &lead.name).await?;
    let view = launch_many::view(&door.services, &batch.row.id).await?;
    Ok(HttpResponse::Ok().json(view))
}

#[utoipa::path(post, path = "/api/v1/launches/{id}/resume", summary = "Resume a stopped batch", tag = "launches", security(("bearer" = [])),
    params(("id" = String, Path, description = "the batch", example = "batch_019a8f0c6b7e7d2c9f3e5a1b2c3d4e5f")),
    responses((status = 200, description = "it goes on", body = BatchView), (status = 409, description = "every line is settled", body = Problem)))]
pub async fn resume(
    door: web::Data<Door>,
    lead: Lead,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let batch = launch_many::resume(&door.services, &request::id(&id)?, &lead.name).await?;
    let view = launch_many::view(&door.services, &batch.row.id).await?;
    Ok(HttpResponse::Ok().json(view))
}
