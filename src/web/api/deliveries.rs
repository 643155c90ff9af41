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
#[schema(examples(json!({ "key": "issue_comment:1000094:created", "sha": "da39a3ee5e6b4b0d3255bfef95601890afd80709", "reason": "The text names the commit before the last one." })))]
#[serde(deny_unknown_fields)]
pub struct CorrectDeliveryBody {
    /// The text or request that the delivery is, as `deliveries` and `open_deliveries` name it; any text of the candidate.
    pub key: NaturalKey,
    /// The commit that was delivered.
    pub sha: CommitSha,
    /// Why. The candidate reads it.
    pub reason: String,
}

#[utoipa::path(post, path = "/api/v1/work-samples/{id}/correct-delivery", summary = "Correct which commit was delivered", tag = "work samples", request_body = CorrectDeliveryBody, security(("bearer" = [])),
    params(("id" = String, Path, description = "the work sample", example = "ws_019a8f0c6b7e7d2c9f3e5a1b2c3d4e5f")),
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
