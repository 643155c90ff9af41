//! Asking for a comparison with GitHub.

use actix_web::{HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::super::Problem;
use super::super::auth::Lead;
use super::super::door::Door;
use super::request;
use crate::ids::WorkSampleId;
use crate::workflow::reconcile;

/// What will be compared.
#[derive(Debug, Serialize, ToSchema)]
#[schema(examples(json!({ "work_samples": 1 })))]
pub struct Asked {
    /// How many work samples.
    pub work_samples: usize,
}

#[utoipa::path(post, path = "/api/v1/work-samples/{id}/reconcile", summary = "Compare a work sample with GitHub", tag = "work samples", security(("bearer" = [])),
    params(("id" = String, Path, description = "the work sample", example = "ws_019a8f0c6b7e7d2c9f3e5a1b2c3d4e5f")),
    responses((status = 202, description = "a worker will compare it with GitHub", body = Asked), (status = 404, description = "no such work sample", body = Problem)))]
pub async fn one(
    door: web::Data<Door>,
    _lead: Lead,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let id: WorkSampleId = request::id(&id)?;
    reconcile::ask(&door.services, &id).await?;
    Ok(HttpResponse::Accepted().json(Asked { work_samples: 1 }))
}

#[utoipa::path(post, path = "/api/v1/reconcile", summary = "Compare all followed work samples with GitHub", tag = "work samples", security(("bearer" = [])),
    responses((status = 202, description = "a worker will ask for missed webhooks and compare all that are followed with GitHub", body = Asked)))]
pub async fn all(door: web::Data<Door>, _lead: Lead) -> Result<HttpResponse, Problem> {
    let work_samples = reconcile::ask_all(&door.services).await?;
    reconcile::wake(&door.services).await?;
    Ok(HttpResponse::Accepted().json(Asked { work_samples }))
}
