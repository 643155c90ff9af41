//! A lead's correction of a delivery.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use utoipa::ToSchema;

use super::request;
use super::views::WorkSampleView;
use super::work_samples::carry_out;
use crate::ids::CommitSha;
use crate::web::Problem;
use crate::web::auth::Lead;
use crate::web::door::Door;
use crate::work_sample::{Command, NaturalKey};

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CorrectDeliveryBody {
    /// The text or request that the delivery is, as `deliveries` and `open_deliveries` name it; any text of the candidate.
    pub key: NaturalKey,
    /// The commit that was delivered.
    pub sha: CommitSha,
    /// Why. The candidate reads it.
    pub reason: String,
}

#[utoipa::path(post, path = "/api/v1/work-samples/{id}/correct-delivery", tag = "work samples", request_body = CorrectDeliveryBody, security(("bearer" = [])),
    params(("id" = String, Path, description = "the work sample")),
    responses((status = 200, description = "recorded, with its effect on pay", body = WorkSampleView), (status = 409, description = "refused, with a code", body = Problem), (status = 422, description = "no such commit", body = Problem)))]
pub async fn correct(
    door: web::Data<Door>,
    lead: Lead,
    id: web::Path<String>,
    body: web::Bytes,
) -> Result<HttpResponse, Problem> {
    let CorrectDeliveryBody { key, sha, reason } = request::json(&body)?;
    let command = Command::CorrectDelivery {
        delivery: key,
        sha,
        reason,
    };
    carry_out(&door, &id, command, lead.actor()).await
}
