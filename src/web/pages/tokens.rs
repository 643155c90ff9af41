//! The tokens for the API: made for oneself, shown once, revoked.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use super::super::Problem;
use super::super::door::Door;
use super::super::notice::Notice;
use super::super::session::SignedIn;
use super::components::{Choice, FieldErrors, When};
use super::failure::PageProblem;
use super::form::{Press, Sent, carries_token};
use super::person_form::refused;
use super::repeat::{REUSED, new_key, once};
use super::{Frame, page, told};
use crate::ids::{ApiTokenId, InvalidId};
use crate::store::ApiTokenRow;
use crate::workflow::api_tokens::{self, NewApiToken};
use crate::workflow::people::ROLES;

/// The header's link to this page.
const HOME: &str = "/tokens";
/// Days that a token lasts where nobody says otherwise.
const DAYS: &str = "90";

struct Line {
    id: String,
    label: String,
    name: String,
    role: String,
    expires: When,
    is_expired: bool,
    used: Option<When>,
    revoked: Option<When>,
}

/// What a form that was sent led to.
enum Outcome {
    None,
    Made(SecretString),
    /// The form was sent before.
    MadeBefore,
    Refused(StatusCode, FieldErrors),
}

#[derive(Template)]
#[template(path = "pages/tokens.html")]
struct TokensPage {
    frame: Frame,
    form_token: String,
    tokens: Vec<Line>,
    /// The token that was just made.
    made: Option<String>,
    is_made_before: bool,
    called: String,
    roles: Vec<Choice>,
    days: String,
    /// Makes a form that is sent twice one token.
    key: String,
    errors: FieldErrors,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct NewToken {
    form_token: String,
    label: String,
    role: String,
    days: String,
    #[serde(default)]
    key: Option<String>,
}

carries_token!(NewToken);

impl NewToken {
    fn blank() -> NewToken {
        NewToken {
            days: DAYS.to_owned(),
            ..NewToken::default()
        }
    }
}

pub(super) async fn list(
    door: web::Data<Door>,
    lead: SignedIn,
) -> Result<HttpResponse, PageProblem> {
    tokens_page(&door, &lead, &NewToken::blank(), Outcome::None).await
}

async fn tokens_page(
    door: &Door,
    lead: &SignedIn,
    sent: &NewToken,
    outcome: Outcome,
) -> Result<HttpResponse, PageProblem> {
    let now = door.services.now();
    let tokens = api_tokens::list(&door.services).await?;
    let when = |at| When::in_zone(at, lead.zone);
    let line = |(token, name): (ApiTokenRow, String)| Line {
        revoked: token.revoked_at.map(when),
        id: token.id.to_string(),
        label: token.label,
        name,
        role: token.role,
        expires: when(token.expires_at),
        is_expired: token.expires_at <= now,
        used: token.last_used_at.map(when),
    };
    let is_made_before = matches!(outcome, Outcome::MadeBefore);
    let (made, status, errors) = match outcome {
        Outcome::None | Outcome::MadeBefore => (None, StatusCode::OK, FieldErrors::none()),
        Outcome::Made(text) => {
            let text = text.expose_secret().to_owned();
            (Some(text), StatusCode::OK, FieldErrors::none())
        }
        Outcome::Refused(status, errors) => (None, status, errors),
    };
    let shown = TokensPage {
        frame: Frame::of(lead, "API tokens")
            .at(HOME)
            .failed(!errors.is_empty()),
        form_token: lead.form_token.clone(),
        tokens: tokens.into_iter().map(line).collect(),
        made,
        is_made_before,
        called: sent.label.clone(),
        roles: ROLES
            .iter()
            .map(|role| Choice::new(*role, *role, *role == sent.role))
            .collect(),
        days: sent.days.clone(),
        key: new_key(door),
        errors,
    };
    page(status, &shown)
}

/// Makes a token and shows it. A form that is sent again makes none.
pub(super) async fn make(
    door: web::Data<Door>,
    Sent {
        by: lead,
        form: sent,
    }: Sent<SignedIn, web::Form<NewToken>>,
) -> Result<HttpResponse, PageProblem> {
    let key = once(
        format!("tokens page {}", lead.person),
        sent.key.as_deref(),
        &[&sent.label, &sent.role, &sent.days],
    );
    let new = NewApiToken {
        person: lead.person.clone(),
        role: sent.role.clone(),
        label: sent.label.clone(),
        // What is no number of days is refused as one that is out of range.
        days: sent.days.trim().parse().unwrap_or(0),
    };
    match api_tokens::make_once(&door.services, new, &lead.name, key).await {
        Ok((_, text)) => {
            let outcome = text.map_or(Outcome::MadeBefore, Outcome::Made);
            tokens_page(&door, &lead, &NewToken::blank(), outcome).await
        }
        Err(error) if error.code() == REUSED => {
            let text = "This form was sent before with other values, and that token was made. To make another one, send it once more.";
            let errors = FieldErrors::none().with("", text).coded(REUSED);
            let outcome = Outcome::Refused(StatusCode::UNPROCESSABLE_ENTITY, errors);
            tokens_page(&door, &lead, &sent, outcome).await
        }
        Err(error) => {
            let (status, errors) = refused(error, &["label", "role", "days"])?;
            tokens_page(&door, &lead, &sent, Outcome::Refused(status, errors)).await
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
    told(&door, HOME, Notice::TokenRevoked)
}
