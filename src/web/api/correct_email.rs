//! Another e-mail address of a candidate, for leads.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use utoipa::ToSchema;

use super::super::Problem;
use super::super::auth::Lead;
use super::super::door::Door;
use super::views::WorkSampleView;
use super::{request, work_samples};
use crate::workflow::correct_email::{self, EmailCorrection};

#[derive(Debug, Deserialize, ToSchema)]
#[schema(examples(json!({ "email": "ada@example.com", "revoke_links": true })))]
#[serde(deny_unknown_fields)]
pub struct EmailBody {
    /// The address that is right.
    pub email: String,
    /// Revoke the personal links that were mailed, and end the visits that they opened. Left out: true.
    #[serde(default = "yes")]
    pub revoke_links: bool,
}

fn yes() -> bool {
    true
}

#[utoipa::path(post, path = "/api/v1/work-samples/{id}/email", summary = "Correct the candidate's e-mail address", tag = "work samples", request_body = EmailBody, security(("bearer" = [])),
    params(("id" = String, Path, description = "the work sample", example = "ws_019a8f0c6b7e7d2c9f3e5a1b2c3d4e5f")),
    responses((status = 200, description = "messages go to this address; send again what was sent to the other", body = WorkSampleView), (status = 404, description = "no such work sample", body = Problem),
        (status = 409, description = "refused, with a code", body = Problem), (status = 422, description = "not an e-mail address", body = Problem)))]
pub async fn correct(
    door: web::Data<Door>,
    lead: Lead,
    id: web::Path<String>,
    body: web::Bytes,
) -> Result<HttpResponse, Problem> {
    let EmailBody {
        email,
        revoke_links,
    } = request::json(&body)?;
    let id = request::id(&id)?;
    let correction = EmailCorrection {
        email,
        revoke_links,
    };
    let after = correct_email::correct(&door.services, &id, correction, lead.actor()).await?;
    work_samples::answer(&door, &after).await
}
