//! Signing in by a one-time link, signing out, and a candidate's personal link.
//!
//! Mail scanners and chat previews ask for every address that they see. So GET and HEAD use nothing up.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::super::Problem;
use super::super::door::Door;
use super::super::session::{self, TeamMember};
use super::super::visit::Visit;
use super::components::{FieldErrors, When};
use super::failure::PageProblem;
use super::form::{Press, Sent, errors_of};
use super::targets::{HOME, ours};
use super::{Frame, page, see, with_cookie};
use crate::secret_token::SecretToken;
use crate::store::PersonRow;
use crate::workflow::links::{self, SignsIn};
use crate::workflow::{people, sessions};

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
        frame: Frame::new("Sign in"),
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

/// Which refusals concern the name.
const NAME: &[(&str, &str)] = &[("person_name_invalid", "name"), ("name_missing", "name")];

#[derive(Template)]
#[template(path = "pages/link.html")]
struct LinkPage {
    frame: Frame,
    form_token: String,
    token: String,
    /// Whom the link signs in; `None` for the first lead, who says their name.
    person: Option<PersonRow>,
    name: String,
    errors: FieldErrors,
    /// The code of what was refused.
    code: &'static str,
}

/// GET `/l/{token}`: says whom the link signs in, and shows a button.
pub(super) async fn show_link(
    door: web::Data<Door>,
    request: HttpRequest,
    token: web::Path<String>,
) -> Result<HttpResponse, PageProblem> {
    link_page(&door, &request, &token, "", None).await
}

async fn link_page(
    door: &Door,
    request: &HttpRequest,
    token: &str,
    name: &str,
    problem: Option<Problem>,
) -> Result<HttpResponse, PageProblem> {
    let token = read_token(token)?;
    let person = match links::look_at(&door.services, &token).await? {
        SignsIn::Person(person) => Some(*person),
        SignsIn::FirstLead => None,
    };
    let (cookie, form_token) = Visit::at_form(door, request)?;
    let status = problem
        .as_ref()
        .and_then(|problem| StatusCode::from_u16(problem.status).ok())
        .unwrap_or(StatusCode::OK);
    let shown = LinkPage {
        frame: Frame::new("Sign in").failed(problem.is_some()),
        form_token,
        token: token.expose().to_owned(),
        person,
        name: name.to_owned(),
        errors: errors_of(problem.as_ref(), NAME),
        code: problem.map_or("", |problem| problem.code),
    };
    with_cookie(page(status, &shown)?, &cookie)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UseLink {
    form_token: String,
    /// The first lead's.
    #[serde(default)]
    name: Option<String>,
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
        return link_page(&door, &request, &token, "", Some(problem)).await;
    }
    let link = read_token(&token)?;
    let name = sent.name.as_deref();
    match links::use_up(&door.services, &link, name).await {
        Ok((opened, _)) => with_cookie(see(HOME), &session::team_cookie(&door, &opened)),
        Err(error) if matches!(error.code(), "person_name_invalid" | "name_missing") => {
            let problem = Some(Problem::from(error));
            link_page(&door, &request, &token, name.unwrap_or_default(), problem).await
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
    with_cookie(see("/sign-in"), &session::no_team_cookie(&door))
}

pub(super) async fn leave_everywhere(
    door: web::Data<Door>,
    Sent { by: member, .. }: Sent<TeamMember, web::Form<Press>>,
) -> Result<HttpResponse, PageProblem> {
    sessions::end_all(&door.services, &member.person, &member.name).await?;
    with_cookie(see("/sign-in"), &session::no_team_cookie(&door))
}

#[derive(Template)]
#[template(path = "pages/account.html")]
struct AccountPage {
    frame: Frame,
    form_token: String,
    name: String,
    is_lead: bool,
    roles: String,
    github: Option<String>,
    /// When each session was opened and last used.
    sessions: Vec<(When, When)>,
}

/// `/account`: who is signed in, and where.
pub(super) async fn account(
    door: web::Data<Door>,
    member: TeamMember,
) -> Result<HttpResponse, PageProblem> {
    let (person, sessions) = people::with_sessions(&door.services, &member.person).await?;
    let roles = [("lead", member.is_lead), ("reviewer", member.is_reviewer)];
    let roles: Vec<&str> = roles
        .iter()
        .filter(|(_, has)| *has)
        .map(|(role, _)| *role)
        .collect();
    let shown = AccountPage {
        frame: Frame::of_member(&member, "Your account"),
        form_token: member.form_token.clone(),
        name: member.name.clone(),
        is_lead: member.is_lead,
        roles: roles.join(" and "),
        github: person.github_login.map(|login| login.to_string()),
        sessions: sessions
            .iter()
            .map(|one| (When::utc(&one.created_at), When::utc(&one.last_seen_at)))
            .collect(),
    };
    page(StatusCode::OK, &shown)
}
