//! The tokens for the API: made for oneself, shown once, revoked.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::super::Problem;
use super::super::door::Door;
use super::super::session::SignedIn;
use super::failure::PageProblem;
use super::form::{Press, Sent, carries_token};
use super::{Frame, page, see};
use crate::clock::for_people;
use crate::ids::{ApiTokenId, InvalidId};
use crate::workflow::api_tokens::{self, NewApiToken};

struct Line {
    id: String,
    label: String,
    name: String,
    role: String,
    expires: String,
    used: String,
    /// Why it opens nothing any more.
    over: Option<String>,
}

#[derive(Template)]
#[template(path = "pages/tokens.html")]
struct TokensPage {
    frame: Frame,
    form_token: String,
    tokens: Vec<Line>,
    /// The token that was just made.
    made: Option<String>,
    label: String,
    days: String,
    problem: Option<Problem>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewToken {
    form_token: String,
    label: String,
    role: String,
    days: String,
}

pub(super) async fn list(
    door: web::Data<Door>,
    lead: SignedIn,
) -> Result<HttpResponse, PageProblem> {
    tokens_page(&door, &lead, None, ("", "90"), None).await
}

async fn tokens_page(
    door: &Door,
    lead: &SignedIn,
    made: Option<String>,
    (label, days): (&str, &str),
    problem: Option<Problem>,
) -> Result<HttpResponse, PageProblem> {
    let now = door.services.now();
    let tokens = api_tokens::list(&door.services).await?;
    let line = |(token, name): (crate::store::ApiTokenRow, String)| Line {
        over: match token.revoked_at {
            Some(at) => Some(format!("revoked at {}", for_people(at))),
            None if token.expires_at <= now => Some("expired".to_owned()),
            None => None,
        },
        id: token.id.to_string(),
        label: token.label,
        name,
        role: token.role,
        expires: for_people(token.expires_at),
        used: token.last_used_at.map(for_people).unwrap_or_default(),
    };
    let status = problem
        .as_ref()
        .and_then(|problem| StatusCode::from_u16(problem.status).ok())
        .unwrap_or(StatusCode::OK);
    let shown = TokensPage {
        frame: Frame::of(lead, "API tokens"),
        form_token: lead.form_token.clone(),
        tokens: tokens.into_iter().map(line).collect(),
        made,
        label: label.to_owned(),
        days: days.to_owned(),
        problem,
    };
    page(status, &shown)
}

carries_token!(NewToken);

pub(super) async fn make(
    door: web::Data<Door>,
    Sent {
        by: lead,
        form: sent,
    }: Sent<SignedIn, web::Form<NewToken>>,
) -> Result<HttpResponse, PageProblem> {
    let new = NewApiToken {
        person: lead.person.clone(),
        role: sent.role.clone(),
        label: sent.label.clone(),
        // What is no number of days is refused as one that is out of range.
        days: sent.days.trim().parse().unwrap_or(0),
    };
    match api_tokens::make(&door.services, new, &lead.name).await {
        Ok((_, token)) => tokens_page(&door, &lead, Some(token), ("", "90"), None).await,
        Err(error) => {
            let problem = Some(Problem::from(error));
            tokens_page(&door, &lead, None, (&sent.label, &sent.days), problem).await
        }
    }
}

pub(super) async fn revoke(
    door: web::Data<Door>,
    Sent { by: lead, .. }: Sent<SignedIn, web::Form<Press>>,
    id: web::Path<String>,
) -> Result<HttpResponse, PageProblem> {
    let id: ApiTokenId = id
        .parse()
        .map_err(|error: InvalidId| Problem::bad_request("id_invalid", error.to_string()))?;
    api_tokens::revoke(&door.services, &id, &lead.name).await?;
    Ok(see("/tokens"))
}
