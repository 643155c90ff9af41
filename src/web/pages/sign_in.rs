//! Signing in by a one-time link, signing out, and a candidate's personal link.
//!
//! Mail scanners and chat previews ask for every address that they see. So GET and HEAD use nothing up.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, ResponseError as _, web};
use askama::Template;
use serde::Deserialize;

use super::super::Problem;
use super::super::door::Door;
use super::super::notice::Notice;
use super::super::session::{self, TeamMember};
use super::super::visit::Visit;
use super::components::{FieldErrors, sentence};
use super::failure::PageProblem;
use super::form::{Press, Sent};
use super::person_form::refused;
use super::targets::{HOME, ours};
use super::{Frame, page, see, told, with_cookie};
use crate::secret_token::SecretToken;
use crate::store::PersonRow;
use crate::workflow::links::{self, FirstLead, SignsIn};
use crate::workflow::sessions;

#[derive(Deserialize)]
pub(super) struct Query {
    #[serde(default)]
    to: Option<String>,
}

#[derive(Template)]
#[template(path = "pages/sign_in.html")]
struct SignInPage {
    frame: Frame,
    /// Where GitHub's sign-in begins, if it is configured.
    github: Option<String>,
    /// Somebody whom a candidate's link let in.
    is_candidate: bool,
}

/// `/sign-in`: the ways in.
pub(super) async fn show(
    door: web::Data<Door>,
    request: HttpRequest,
    query: web::Query<Query>,
) -> Result<HttpResponse, PageProblem> {
    let to = ours(query.to.as_deref());
    if session::team_member(&request).await.is_ok() {
        return Ok(see(to));
    }
    let shown = SignInPage {
        frame: Frame::new("Sign in").telling(session::notice(&request)),
        github: door
            .services
            .github_sign_in
            .as_ref()
            .map(|_| format!("/sign-in/github?to={to}")),
        is_candidate: session::candidate_visit(&request).await.is_ok(),
    };
    page(StatusCode::OK, &shown)
}

/// What is answered to HEAD where GET shows a link's page: nothing, and nothing is looked up.
pub(super) async fn head() -> HttpResponse {
    HttpResponse::Ok().finish()
}

fn read_token(text: &str) -> Result<SecretToken, Problem> {
    SecretToken::read(text).ok_or_else(|| {
        Problem::new(
            StatusCode::NOT_FOUND,
            "link_unknown",
            "no such link: check that the address was copied whole, or ask for another link",
        )
    })
}

/// Refusals of what the first lead typed.
const ASKED_AGAIN: [&str; 3] = ["person_name_invalid", "name_missing", "email_invalid"];

#[derive(Template)]
#[template(path = "pages/link.html")]
struct LinkPage {
    frame: Frame,
    form_token: String,
    token: String,
    /// Whom the link signs in; `None` for the first lead, who says their name.
    person: Option<PersonRow>,
    name: String,
    email: String,
    errors: FieldErrors,
}

/// GET `/l/{token}`: says whom the link signs in, and shows a button.
pub(super) async fn show_link(
    door: web::Data<Door>,
    request: HttpRequest,
    token: web::Path<String>,
) -> Result<HttpResponse, PageProblem> {
    let (sent, errors) = (UseLink::default(), FieldErrors::none());
    link_page(&door, &request, &token, &sent, StatusCode::OK, errors).await
}

async fn link_page(
    door: &Door,
    request: &HttpRequest,
    token: &str,
    sent: &UseLink,
    status: StatusCode,
    errors: FieldErrors,
) -> Result<HttpResponse, PageProblem> {
    let token = read_token(token)?;
    let person = match links::look_at(&door.services, &token).await? {
        SignsIn::Person(person) => Some(*person),
        SignsIn::FirstLead => None,
    };
    let (cookie, form_token) = Visit::at_form(door, request)?;
    let shown = LinkPage {
        frame: Frame::new("Sign in").failed(!errors.is_empty()),
        form_token,
        token: token.expose().to_owned(),
        person,
        name: sent.name.clone().unwrap_or_default(),
        email: sent.email.clone(),
        errors,
    };
    with_cookie(page(status, &shown)?, &cookie)
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct UseLink {
    form_token: String,
    /// The first lead's.
    #[serde(default)]
    name: Option<String>,
    /// The first lead's.
    #[serde(default)]
    email: String,
}

/// POST `/l/{token}`: uses the link up.
pub(super) async fn use_link(
    door: web::Data<Door>,
    request: HttpRequest,
    visit: Result<Visit, Problem>,
    token: web::Path<String>,
    sent: web::Form<UseLink>,
) -> Result<HttpResponse, PageProblem> {
    let checked = visit.and_then(|visit| visit.check_form(&sent.form_token));
    if let Err(problem) = checked {
        let errors = FieldErrors::none()
            .with("", sentence(&problem.detail))
            .coded(problem.code);
        let status = problem.status_code();
        return link_page(&door, &request, &token, &sent, status, errors).await;
    }
    let link = read_token(&token)?;
    let first_lead = sent.name.as_deref().map(|name| FirstLead {
        name,
        email: &sent.email,
    });
    match links::use_up(&door.services, &link, first_lead).await {
        Ok((opened, _)) => with_cookie(see(HOME), &session::team_cookie(&door, &opened)),
        Err(error) if ASKED_AGAIN.contains(&error.code()) => {
            let (status, errors) = refused(error, &["name", "email"])?;
            link_page(&door, &request, &token, &sent, status, errors).await
        }
        Err(error) => Err(error.into()),
    }
}

/// GET `/o/{token}`: exchanges a candidate's link for a session, and leads to an address without the token.
pub(super) async fn open_offer(
    door: web::Data<Door>,
    request: HttpRequest,
    token: web::Path<String>,
) -> Result<HttpResponse, PageProblem> {
    let present = session::candidate_token(&door, &request);
    let token = read_token(&token)?;
    match links::open_offer(&door.services, &token, present.as_ref()).await? {
        Some(opened) => with_cookie(see("/offer"), &session::candidate_cookie(&door, &opened)),
        None => Ok(see("/offer")),
    }
}

pub(super) async fn leave(
    door: web::Data<Door>,
    Sent { by: member, .. }: Sent<TeamMember, web::Form<Press>>,
) -> Result<HttpResponse, PageProblem> {
    member.sign_out(&door).await?;
    let next = told(&door, "/sign-in", Notice::SignedOut)?;
    with_cookie(next, &session::no_team_cookie(&door))
}

pub(super) async fn leave_everywhere(
    door: web::Data<Door>,
    Sent { by: member, .. }: Sent<TeamMember, web::Form<Press>>,
) -> Result<HttpResponse, PageProblem> {
    sessions::end_all(&door.services, &member.person, &member.name).await?;
    let next = told(&door, "/sign-in", Notice::SignedOutEverywhere)?;
    with_cookie(next, &session::no_team_cookie(&door))
}
