//! Messages, and who owns a work sample.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::super::Problem;
use super::super::auth::Lead;
use super::super::door::Door;
use super::request;
use super::views::{MessageTextView, MessageView, OwnerView};
use crate::ids::PersonId;
use crate::store::{MessageFilter, MessageState};
use crate::work_sample::messages::MessageKind;
use crate::workflow::messages::{self, OwnerChange};

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    /// `waiting`, `not_sent`, `sending`, `sent`, `failed`, `off` or `obsolete`
    state: Option<String>,
    /// Only those about this work sample.
    work_sample: Option<String>,
    /// At most this many, 1 to 500; 100 if it is left out.
    limit: Option<u32>,
    /// The id of the last message of the list before: what comes after it.
    after: Option<String>,
}

#[utoipa::path(get, path = "/api/v1/messages", summary = "List messages", tag = "messages", params(ListQuery), security(("bearer" = [])),
    responses((status = 200, description = "messages, newest first", body = Vec<MessageView>)))]
pub async fn list(
    door: web::Data<Door>,
    _lead: Lead,
    query: web::Query<ListQuery>,
) -> Result<HttpResponse, Problem> {
    let state = query.state.as_deref().map(state).transpose()?;
    let filter = MessageFilter {
        work_sample: query.work_sample.as_deref().map(request::id).transpose()?,
        state,
        after: query.after.as_deref().map(request::id).transpose()?,
        limit: Some(query.limit.unwrap_or(100).clamp(1, 500)),
    };
    let rows = messages::list(&door.services, filter).await?;
    Ok(HttpResponse::Ok().json(rows.iter().map(MessageView::from).collect::<Vec<_>>()))
}

/// A state by its name in JSON.
pub(in crate::web) fn state(name: &str) -> Result<MessageState, Problem> {
    serde_json::from_value(name.into()).map_err(|_| {
        Problem::bad_request(
            "state_unknown",
            "state is waiting, not_sent, sending, sent, failed, off or obsolete",
        )
    })
}

#[utoipa::path(get, path = "/api/v1/messages/{id}", summary = "Show a message with its text", tag = "messages", security(("bearer" = [])),
    params(("id" = String, Path, description = "the message", example = "msg_019a8f0c6b7e7d2c9f3e5a1b2c3d4e5f")),
    responses((status = 200, description = "the message with its words, without the personal link", body = MessageTextView), (status = 404, description = "no such message", body = Problem)))]
pub async fn show(
    door: web::Data<Door>,
    _lead: Lead,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let (row, text) = messages::show(&door.services, &request::id(&id)?).await?;
    let view = MessageTextView {
        message: MessageView::from(&row),
        text,
    };
    Ok(HttpResponse::Ok().json(view))
}

#[utoipa::path(post, path = "/api/v1/messages/{id}/resend", summary = "Send a message again", tag = "messages", security(("bearer" = [])),
    params(("id" = String, Path, description = "the message", example = "msg_019a8f0c6b7e7d2c9f3e5a1b2c3d4e5f")),
    responses((status = 200, description = "sent again, with a new personal link, in the words and to the address that are right now; what was kept for the team goes to who is known now", body = MessageView),
        (status = 404, description = "no such message", body = Problem), (status = 422, description = "refused, with a code", body = Problem)))]
pub async fn resend(
    door: web::Data<Door>,
    lead: Lead,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let row = messages::resend(&door.services, &request::id(&id)?, &lead.name).await?;
    Ok(HttpResponse::Ok().json(MessageView::from(&row)))
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(examples(json!({ "person": "person_019a8f0c6b7e7d2c9f3e5a1b2c3d4e5f" })))]
#[serde(deny_unknown_fields)]
pub struct OwnerBody {
    pub person: PersonId,
    /// Reads too while the owner is off.
    #[serde(default)]
    pub backup: Option<PersonId>,
}

#[utoipa::path(post, path = "/api/v1/work-samples/{id}/owner", summary = "Set the owner of a work sample", tag = "messages", request_body = OwnerBody, security(("bearer" = [])),
    params(("id" = String, Path, description = "the work sample", example = "ws_019a8f0c6b7e7d2c9f3e5a1b2c3d4e5f")),
    responses((status = 200, description = "who reads what it has to tell the team", body = OwnerView), (status = 404, description = "no such work sample or person", body = Problem),
        (status = 422, description = "refused, with a code", body = Problem)))]
pub async fn set_owner(
    door: web::Data<Door>,
    lead: Lead,
    id: web::Path<String>,
    body: web::Bytes,
) -> Result<HttpResponse, Problem> {
    let OwnerBody { person, backup } = request::json(&body)?;
    let change = OwnerChange { person, backup };
    let row = messages::set_owner(&door.services, &request::id(&id)?, change, &lead.name).await?;
    Ok(HttpResponse::Ok().json(OwnerView::from(&row)))
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(examples(json!({ "kind": "delivered", "off": true })))]
#[serde(deny_unknown_fields)]
pub struct PreferenceBody {
    /// A kind that may be turned off: `delivered` or `assessment_ready`.
    pub kind: MessageKind,
    pub off: bool,
}

#[utoipa::path(post, path = "/api/v1/people/{id}/messages", summary = "Turn a kind of message on or off for a person", tag = "messages", request_body = PreferenceBody, security(("bearer" = [])),
    params(("id" = String, Path, description = "the person", example = "person_019a8f0c6b7e7d2c9f3e5a1b2c3d4e5f")),
    responses((status = 200, description = "the kinds that are off for this person", body = Vec<MessageKind>), (status = 404, description = "no such person", body = Problem),
        (status = 422, description = "refused, with a code", body = Problem)))]
pub async fn turn(
    door: web::Data<Door>,
    _lead: Lead,
    id: web::Path<String>,
    body: web::Bytes,
) -> Result<HttpResponse, Problem> {
    let PreferenceBody { kind, off } = request::json(&body)?;
    let off = messages::turn(&door.services, &request::id(&id)?, kind, off).await?;
    Ok(HttpResponse::Ok().json(off))
}
