//! The queue, for operators.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use utoipa::IntoParams;

use super::super::Problem;
use super::super::auth::Lead;
use super::super::door::Door;
use super::request;
use super::views::JobView;
use crate::store::{JobFilter, JobState};
use crate::workflow::jobs;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    /// `ready`, `leased`, `done` or `dead`
    state: Option<String>,
    /// At most this many, 1 to 500; 100 if it is left out.
    limit: Option<u32>,
    /// The id of the last job of the list before: what comes after it.
    after: Option<String>,
}

#[utoipa::path(get, path = "/api/v1/jobs", summary = "List jobs of the queue", tag = "jobs", params(ListQuery), security(("bearer" = [])),
    responses((status = 200, description = "jobs, unfinished ones first, then new ones before old ones", body = Vec<JobView>)))]
pub async fn list(
    door: web::Data<Door>,
    _lead: Lead,
    query: web::Query<ListQuery>,
) -> Result<HttpResponse, Problem> {
    let state = query
        .state
        .as_deref()
        .map(|name| {
            serde_json::from_value::<JobState>(name.into()).map_err(|_| {
                Problem::bad_request("state_unknown", "state is ready, leased, done or dead")
            })
        })
        .transpose()?;
    let filter = JobFilter {
        state,
        limit: Some(query.limit.unwrap_or(100).clamp(1, 500)),
        after: query.after.as_deref().map(request::id).transpose()?,
        ..JobFilter::default()
    };
    let jobs = jobs::list(&door.services, filter).await?;
    Ok(HttpResponse::Ok().json(jobs.iter().map(JobView::from).collect::<Vec<_>>()))
}

#[utoipa::path(post, path = "/api/v1/jobs/{id}/retry", summary = "Retry a dead job", tag = "jobs", security(("bearer" = [])),
    params(("id" = String, Path, description = "the job", example = "job_019a8f0c6b7e7d2c9f3e5a1b2c3d4e5f")),
    responses((status = 200, description = "ready again", body = JobView), (status = 404, body = Problem, description = "no such job"),
        (status = 409, body = Problem, description = "the job is not dead")))]
pub async fn retry(
    door: web::Data<Door>,
    _lead: Lead,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let job = jobs::retry(&door.services, request::id(&id)?).await?;
    Ok(HttpResponse::Ok().json(JobView::from(&job)))
}
