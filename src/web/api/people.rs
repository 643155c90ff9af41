//! The people of the team, and on which side an account is.

use actix_web::{HttpResponse, web};
use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::ToSchema;

use super::super::Problem;
use super::super::auth::Lead;
use super::super::door::Door;
use super::views::{PersonView, WorkSampleView};
use super::{request, work_samples};
use crate::ids::{Login, PersonId};
use crate::work_sample::{AccountSide, Command};
use crate::workflow::people::{self, PersonDetails};

#[derive(Debug, Deserialize, ToSchema)]
#[schema(examples(json!({ "name": "Rita Reviewer", "email": "rita@example.com", "github_login": "rita-reviews", "roles": ["reviewer"], "zone": "Europe/Berlin", "answer_hours": "mon-fri 09:00-17:00" })))]
#[serde(deny_unknown_fields)]
pub struct NewPersonBody {
    pub name: String,
    #[serde(default)]
    pub email: Option<String>,
    /// The person's GitHub account: team in every work sample.
    #[serde(default)]
    pub github_login: Option<Login>,
    /// `lead`, `reviewer` or both.
    #[serde(default)]
    pub roles: Vec<String>,
    /// An IANA time zone, such as `Europe/Berlin`; UTC if it is left out.
    #[serde(default)]
    pub zone: Option<String>,
    /// When the person answers, as in `mon-fri 09:00-17:00`; any time if it is left out.
    #[serde(default)]
    pub answer_hours: Option<String>,
    /// Dates on which the person does not answer.
    #[serde(default)]
    pub days_off: Option<Vec<NaiveDate>>,
}

#[utoipa::path(post, path = "/api/v1/people", summary = "Add a person to the team", tag = "people", request_body = NewPersonBody, security(("bearer" = [])),
    responses((status = 201, description = "added", body = PersonView), (status = 422, description = "refused, with a code", body = Problem)))]
pub async fn add(
    door: web::Data<Door>,
    lead: Lead,
    body: web::Bytes,
) -> Result<HttpResponse, Problem> {
    let body: NewPersonBody = request::json(&body)?;
    let details = PersonDetails {
        name: Some(body.name),
        email: body.email,
        github_login: body.github_login,
        roles: Some(body.roles),
        zone: body.zone,
        answer_hours: body.answer_hours,
        days_off: body.days_off,
        ..PersonDetails::default()
    };
    let person = people::add(&door.services, details, &lead.name).await?;
    Ok(HttpResponse::Created().json(PersonView::from(&person)))
}

#[utoipa::path(get, path = "/api/v1/people", summary = "List the people of the team", tag = "people", security(("bearer" = [])),
    responses((status = 200, description = "everybody, disabled people too, in the order in which they were added", body = Vec<PersonView>)))]
pub async fn list(door: web::Data<Door>, _lead: Lead) -> Result<HttpResponse, Problem> {
    let people = people::list(&door.services).await?;
    Ok(HttpResponse::Ok().json(people.iter().map(PersonView::from).collect::<Vec<_>>()))
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(examples(json!({ "roles": ["lead", "reviewer"], "days_off": ["2026-04-03"] })))]
#[serde(deny_unknown_fields)]
pub struct PersonBody {
    #[serde(default)]
    pub name: Option<String>,
    /// Empty for no address.
    #[serde(default)]
    pub email: Option<String>,
    #[serde(default)]
    pub github_login: Option<Login>,
    /// Replaces the roles.
    #[serde(default)]
    pub roles: Option<Vec<String>>,
    #[serde(default)]
    pub zone: Option<String>,
    /// Replaces the answer hours; empty for any time.
    #[serde(default)]
    pub answer_hours: Option<String>,
    /// Replaces the days off.
    #[serde(default)]
    pub days_off: Option<Vec<NaiveDate>>,
}

#[utoipa::path(post, path = "/api/v1/people/{id}", summary = "Change a person of the team", tag = "people", request_body = PersonBody, security(("bearer" = [])),
    params(("id" = String, Path, description = "the person", example = "person_019a8f0c6b7e7d2c9f3e5a1b2c3d4e5f")),
    responses((status = 200, description = "what was given is changed", body = PersonView), (status = 404, description = "no such person", body = Problem),
        (status = 409, description = "refused, with a code: the last lead stays", body = Problem),
        (status = 422, description = "refused, with a code", body = Problem)))]
pub async fn set(
    door: web::Data<Door>,
    lead: Lead,
    id: web::Path<String>,
    body: web::Bytes,
) -> Result<HttpResponse, Problem> {
    let id: PersonId = request::id(&id)?;
    let body: PersonBody = request::json(&body)?;
    let details = PersonDetails {
        name: body.name,
        email: body.email,
        github_login: body.github_login,
        roles: body.roles,
        zone: body.zone,
        answer_hours: body.answer_hours,
        days_off: body.days_off,
        ..PersonDetails::default()
    };
    let person = people::set(&door.services, &id, details, &lead.name).await?;
    Ok(HttpResponse::Ok().json(PersonView::from(&person)))
}

#[utoipa::path(post, path = "/api/v1/people/{id}/disable", summary = "Disable a person", tag = "people", security(("bearer" = [])),
    params(("id" = String, Path, description = "the person", example = "person_019a8f0c6b7e7d2c9f3e5a1b2c3d4e5f")),
    responses((status = 200, description = "disabled; what the person wrote stays the team's", body = PersonView), (status = 404, description = "no such person", body = Problem),
        (status = 409, description = "refused, with a code: the last lead stays", body = Problem)))]
pub async fn disable(
    door: web::Data<Door>,
    lead: Lead,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let id: PersonId = request::id(&id)?;
    let person = people::disable(&door.services, &id, &lead.name).await?;
    Ok(HttpResponse::Ok().json(PersonView::from(&person)))
}

#[utoipa::path(post, path = "/api/v1/people/{id}/enable", summary = "Enable a disabled person", tag = "people", security(("bearer" = [])),
    params(("id" = String, Path, description = "the person", example = "person_019a8f0c6b7e7d2c9f3e5a1b2c3d4e5f")),
    responses((status = 200, description = "enabled; sessions, links and API tokens that ended stay so", body = PersonView), (status = 404, description = "no such person", body = Problem)))]
pub async fn enable(
    door: web::Data<Door>,
    lead: Lead,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let id: PersonId = request::id(&id)?;
    let person = people::enable(&door.services, &id, &lead.name).await?;
    Ok(HttpResponse::Ok().json(PersonView::from(&person)))
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(examples(json!({ "account": "rita-reviews", "side": "team", "note": "Our reviewer." })))]
#[serde(deny_unknown_fields)]
pub struct SideBody {
    /// The account's login, or its id.
    pub account: String,
    /// `team`, `stranger` or `bot`
    pub side: AccountSide,
    #[serde(default)]
    pub note: String,
}

#[utoipa::path(post, path = "/api/v1/work-samples/{id}/side", summary = "Settle on which side an account is", tag = "work samples", request_body = SideBody, security(("bearer" = [])),
    params(("id" = String, Path, description = "the work sample", example = "ws_019a8f0c6b7e7d2c9f3e5a1b2c3d4e5f")),
    responses((status = 200, description = "the account is on this side in all that it wrote; it wins over look-ups", body = WorkSampleView),
        (status = 409, description = "refused, with a code", body = Problem)))]
pub async fn side(
    door: web::Data<Door>,
    lead: Lead,
    id: web::Path<String>,
    body: web::Bytes,
) -> Result<HttpResponse, Problem> {
    let SideBody {
        account,
        side,
        note,
    } = request::json(&body)?;
    let command = Command::SettleSide {
        account,
        side,
        note,
    };
    work_samples::carry_out(&door, &id, command, lead.actor()).await
}
