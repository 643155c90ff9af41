//! Signing in with a lead's bearer token, until GitHub vouches for people; and signing out.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::super::Problem;
use super::super::door::Door;
use super::super::session::{self, SignedIn, Visit};
use super::super::tokens::Bearer;
use super::failure::PageProblem;
use super::form::Press;
use super::{Frame, page, see, with_cookie};

/// Where a lead begins.
const HOME: &str = "/launches";

#[derive(Deserialize)]
pub(super) struct Query {
    #[serde(default)]
    to: Option<String>,
}

#[derive(Template)]
#[template(path = "pages/sign_in.html")]
struct Page {
    frame: Frame,
    form_token: String,
    to: String,
    problem: Option<Problem>,
}

pub(super) async fn show(
    door: web::Data<Door>,
    query: web::Query<Query>,
) -> Result<HttpResponse, PageProblem> {
    form(&door, StatusCode::OK, query.to.as_deref(), None)
}

fn form(
    door: &Door,
    status: StatusCode,
    to: Option<&str>,
    problem: Option<Problem>,
) -> Result<HttpResponse, PageProblem> {
    let (cookie, form_token) = Visit::begin(door)?;
    let shown = Page {
        frame: Frame::new("Sign in"),
        form_token,
        to: ours(to).to_owned(),
        problem,
    };
    with_cookie(page(status, &shown)?, &cookie)
}

/// The page to go to: one of ours, whatever the address said.
fn ours(to: Option<&str>) -> &str {
    to.filter(|path| {
        path.strip_prefix(HOME)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            && path
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'_' | b'-'))
    })
    .unwrap_or(HOME)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    form_token: String,
    token: String,
    #[serde(default)]
    to: Option<String>,
}

pub(super) async fn enter(
    door: web::Data<Door>,
    visit: Result<Visit, Problem>,
    entry: web::Form<Entry>,
) -> Result<HttpResponse, PageProblem> {
    let to = entry.to.as_deref();
    let known = visit
        .and_then(|visit| visit.check_form(&door, &entry.form_token))
        .and_then(|()| lead(&door, entry.token.trim()));
    let (name, until) = match known {
        Ok(known) => known,
        Err(problem) => {
            let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::FORBIDDEN);
            return form(&door, status, to, Some(problem));
        }
    };
    let cookie = session::sign_in(&door, &name, until)?;
    tracing::info!(lead = name, "a lead signed in");
    with_cookie(see(ours(to)), &cookie)
}

/// The lead whom a token stands for, and until when.
fn lead(door: &Door, token: &str) -> Result<(String, crate::clock::Timestamp), Problem> {
    match door.tokens.read_with_end(token, door.services.now())? {
        (Bearer::Lead { name }, until) => Ok((name, until)),
        (Bearer::Reviewer { .. } | Bearer::Candidate { .. }, _) => Err(Problem::forbidden(
            "these pages are for leads: sign in with a token of `worksample token --role lead`",
        )),
    }
}

pub(super) async fn leave(
    door: web::Data<Door>,
    lead: SignedIn,
    press: web::Form<Press>,
) -> Result<HttpResponse, PageProblem> {
    lead.check_form(&door, &press.form_token)?;
    with_cookie(see("/sign-in"), &session::sign_out(&door))
}

#[cfg(test)]
mod tests {
    use super::ours;

    #[test]
    fn after_signing_in_nobody_is_led_elsewhere() {
        assert_eq!(ours(Some("/launches/batch_1")), "/launches/batch_1");
        for elsewhere in [
            "https://evil.example",
            "//evil.example",
            "/launches.evil.example",
            "/launches/\r\nX: y",
            "/launches/..//evil.example?a",
            "",
        ] {
            assert_eq!(ours(Some(elsewhere)), "/launches", "{elsewhere}");
        }
        assert_eq!(ours(None), "/launches");
    }
}
