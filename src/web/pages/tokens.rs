//! The tokens for the API: made for oneself, shown once, revoked.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::super::Problem;
use super::super::door::Door;
use super::super::session::SignedIn;
use super::components::{Choice, FieldErrors, When};
use super::failure::PageProblem;
use super::form::{Press, Sent, carries_token, errors_of};
use super::{Frame, page, see};
use crate::ids::{ApiTokenId, InvalidId};
use crate::workflow::api_tokens::{self, NewApiToken};

struct Line {
    id: String,
    label: String,
    name: String,
    role: String,
    expires: When,
    used: Option<When>,
    revoked: Option<When>,
    is_expired: bool,
}

#[derive(Template)]
#[template(path = "pages/tokens.html")]
struct TokensPage {
    frame: Frame,
    form_token: String,
    tokens: Vec<Line>,
    /// The token that was just made.
    made: Option<String>,
    label_typed: String,
    days: String,
    roles: Vec<Choice>,
    errors: FieldErrors,
    /// The code of what was refused.
    code: &'static str,
}

/// The header's link to this page.
const HOME: &str = "/tokens";
/// Which refusals concern which field of the form.
const FIELDS: &[(&str, &str)] = &[
    ("label_invalid", "label"),
    ("days_invalid", "days"),
    ("role_unknown", "role"),
    ("role_missing", "role"),
];

/// What was typed into the form.
struct Typed<'a> {
    label: &'a str,
    role: &'a str,
    days: &'a str,
}

impl Typed<'_> {
    const NOTHING: Typed<'static> = Typed {
        label: "",
        role: "lead",
        days: "90",
    };
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
    tokens_page(&door, &lead, None, Typed::NOTHING, None).await
}

async fn tokens_page(
    door: &Door,
    lead: &SignedIn,
    made: Option<String>,
    typed: Typed<'_>,
    problem: Option<Problem>,
) -> Result<HttpResponse, PageProblem> {
    let now = door.services.now();
    let tokens = api_tokens::list(&door.services).await?;
    let line = |(token, name): (crate::store::ApiTokenRow, String)| Line {
        revoked: token.revoked_at.as_ref().map(When::utc),
        is_expired: token.expires_at <= now,
        id: token.id.to_string(),
        label: token.label,
        name,
        role: token.role,
        expires: When::utc(&token.expires_at),
        used: token.last_used_at.as_ref().map(When::utc),
    };
    let status = problem
        .as_ref()
        .and_then(|problem| StatusCode::from_u16(problem.status).ok())
        .unwrap_or(StatusCode::OK);
    let shown = TokensPage {
        frame: Frame::of(lead, "API tokens")
            .at(HOME)
            .failed(problem.is_some()),
        form_token: lead.form_token.clone(),
        tokens: tokens.into_iter().map(line).collect(),
        made,
        label_typed: typed.label.to_owned(),
        days: typed.days.to_owned(),
        roles: ["lead", "reviewer"]
            .map(|role| Choice::new(role, role, typed.role == role))
            .to_vec(),
        errors: errors_of(problem.as_ref(), FIELDS),
        code: problem.map_or("", |problem| problem.code),
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
        Ok((_, token)) => tokens_page(&door, &lead, Some(token), Typed::NOTHING, None).await,
        Err(error) => {
            let problem = Some(Problem::from(error));
            let typed = Typed {
                label: &sent.label,
                role: &sent.role,
                days: &sent.days,
            };
            tokens_page(&door, &lead, None, typed, problem).await
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
    Ok(see(HOME))
}
