//! The candidate's personal links, for leads.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::Problem;
use super::super::auth::Lead;
use super::super::door::Door;
use super::request;
use crate::workflow::offer_links::{self, OfferLink, Which};

#[utoipa::path(get, path = "/api/v1/work-samples/{id}/links", summary = "List the candidate's personal links", tag = "work samples", security(("bearer" = [])),
    params(("id" = String, Path, description = "the work sample", example = "ws_019a8f0c6b7e7d2c9f3e5a1b2c3d4e5f")),
    responses((status = 200, description = "the links, newest first; their addresses are not kept", body = Vec<OfferLink>), (status = 404, description = "no such work sample", body = Problem)))]
pub async fn list(
    door: web::Data<Door>,
    _lead: Lead,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let links = offer_links::list(&door.services, &request::id(&id)?).await?;
    Ok(HttpResponse::Ok().json(links))
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(examples(json!({ "url": "https://work.example.com/o/TOKEN" })))]
pub struct MadeLink {
    /// The address. It is shown this once.
    pub url: String,
}

#[utoipa::path(post, path = "/api/v1/work-samples/{id}/links", summary = "Make a personal link for the candidate", tag = "work samples", security(("bearer" = [])),
    params(("id" = String, Path, description = "the work sample", example = "ws_019a8f0c6b7e7d2c9f3e5a1b2c3d4e5f")),
    responses((status = 201, description = "another link, to be handed over by the lead; those made before stay good", body = MadeLink), (status = 404, description = "no such work sample", body = Problem)))]
pub async fn make(
    door: web::Data<Door>,
    lead: Lead,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let id = request::id(&id)?;
    let url = offer_links::make(&door.services, &door.public_url, &id, &lead.name).await?;
    Ok(HttpResponse::Created().json(MadeLink { url }))
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(examples(json!({ "all": true })))]
#[serde(deny_unknown_fields)]
pub struct RevokeBody {
    /// The id of one link.
    #[serde(default)]
    pub link: Option<String>,
    /// Every link.
    #[serde(default)]
    pub all: bool,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(examples(json!({ "revoked": 1 })))]
pub struct Revoked {
    /// How many links were good until now.
    pub revoked: usize,
}

#[utoipa::path(post, path = "/api/v1/work-samples/{id}/links/revoke", summary = "Revoke personal links of the candidate", tag = "work samples", request_body = RevokeBody, security(("bearer" = [])),
    params(("id" = String, Path, description = "the work sample", example = "ws_019a8f0c6b7e7d2c9f3e5a1b2c3d4e5f")),
    responses((status = 200, description = "revoked, with every session that they opened", body = Revoked), (status = 404, description = "no such work sample or link", body = Problem),
        (status = 422, description = "neither a link nor all", body = Problem)))]
pub async fn revoke(
    door: web::Data<Door>,
    lead: Lead,
    id: web::Path<String>,
    body: web::Bytes,
) -> Result<HttpResponse, Problem> {
    let id = request::id(&id)?;
    let body: RevokeBody = request::json(&body)?;
    let which = match (body.link, body.all) {
        (Some(link), false) => Which::One(link),
        (None, true) => Which::All,
        (Some(_), true) | (None, false) => {
            return Err(Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "link_missing",
                "say which link to revoke: `link` with its id, or `all`",
            ));
        }
    };
    let revoked = offer_links::revoke(&door.services, &id, which, &lead.name).await?;
    Ok(HttpResponse::Ok().json(Revoked { revoked }))
}
