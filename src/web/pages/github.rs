//! Signing in with GitHub: to GitHub, and back.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, ResponseError as _, web};
use serde::Deserialize;

use super::super::Problem;
use super::super::door::Door;
use super::super::session;
use super::super::visit::Visit;
use super::failure::PageProblem;
use super::targets::ours;
use super::{see, with_cookie};
use crate::secret_token::same_secret;
use crate::workflow::WorkflowError;
use crate::workflow::github_sign_in::{not_configured, sign_in};
use crate::workflow::sign_in_limit::Client;

/// What proxies add to requests that they hand on.
const PROXY_HEADERS: [&str; 4] = ["forwarded", "x-forwarded-for", "x-real-ip", "via"];

#[derive(Deserialize)]
pub(super) struct Query {
    #[serde(default)]
    to: Option<String>,
}

/// `/sign-in/github`: on to GitHub, with a state that only this browser has.
pub(super) async fn leave(
    door: web::Data<Door>,
    query: web::Query<Query>,
) -> Result<HttpResponse, PageProblem> {
    let authorization = door.services.github_sign_in.as_ref();
    let authorization = authorization.ok_or_else(not_configured)?;
    let (visit, cookie) = Visit::to_github(&door, ours(query.to.as_deref()))?;
    let address = authorization.address(&visit.state(), &visit.verifier());
    with_cookie(see(&address), &cookie)
}

/// What GitHub sends people back with.
#[derive(Deserialize)]
pub(super) struct Answer {
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    state: Option<String>,
    #[serde(default)]
    error: Option<String>,
}

/// `/sign-in/github/callback`: back from GitHub. An answer is taken once, and only from the browser that was sent.
pub(super) async fn back(
    door: web::Data<Door>,
    request: HttpRequest,
    answer: web::Query<Answer>,
) -> Result<HttpResponse, PageProblem> {
    let visit = Visit::from_github(&door, &request);
    let signed_in = match &visit {
        Some(visit) => taken(&door, &request, visit, &answer).await,
        None => Err(PageProblem::from(not_sent())),
    };
    let response = match signed_in {
        Ok(response) => response,
        Err(problem) => problem.error_response(),
    };
    with_cookie(response, &Visit::no_github_cookie(&door))
}

async fn taken(
    door: &Door,
    request: &HttpRequest,
    visit: &Visit,
    answer: &Answer,
) -> Result<HttpResponse, PageProblem> {
    let state = answer.state.as_deref().unwrap_or_default();
    if !same_secret(&visit.state(), state) {
        return Err(not_sent().into());
    }
    match (answer.error.as_deref(), answer.code.as_deref()) {
        (Some("access_denied"), _) => Err(Problem::new(
            StatusCode::FORBIDDEN,
            "github_access_denied",
            "you did not let GitHub tell us who you are: sign in again, or ask a lead for a link",
        )
        .into()),
        (Some(_), _) | (None, None) => Err(failed().into()),
        (None, Some(code)) => {
            let client = client(door, request);
            let verifier = visit.verifier();
            let (opened, person) = sign_in(&door.services, &client, code, &verifier).await?;
            let signed_in = with_cookie(
                see(ours(Some(&visit.to))),
                &session::team_cookie(door, &opened),
            )?;
            with_cookie(signed_in, &Visit::known_cookie(door, &person.id)?)
        }
    }
}

/// Who the browser seems to be, for the limit of sign-ins. A header that names a proxy is believed: it only moves its sender to
/// those of whom nothing is known.
fn client(door: &Door, request: &HttpRequest) -> Client {
    if let Some(person) = Visit::known_person(door, request) {
        return Client::Person(person);
    }
    let headers = request.headers();
    let is_handed_on = PROXY_HEADERS.iter().any(|name| headers.contains_key(*name));
    match request.peer_addr() {
        Some(peer) if !is_handed_on => Client::Address(peer.ip()),
        Some(_) | None => Client::Unknown,
    }
}

/// The browser was not sent to GitHub by us, too long ago, or has used the answer up.
fn not_sent() -> Problem {
    Problem::new(
        StatusCode::FORBIDDEN,
        "github_state_wrong",
        "this answer of GitHub's does not belong to a sign-in that this browser began within the last ten minutes, or it was used already: sign in again",
    )
}

fn failed() -> WorkflowError {
    WorkflowError::Invalid {
        code: "github_sign_in_failed",
        message: "GitHub did not sign you in: try again".into(),
    }
}
