//! What goes wrong on a page, as a page.

use std::fmt;
use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use actix_web::http::{Method, StatusCode};
use actix_web::{FromRequest, HttpRequest, HttpResponse, ResponseError};
use askama::Template;

use super::super::Problem;
use super::super::session::{NotSignedIn, SignedIn, signed_in};
use super::super::tokens::TokenError;
use super::{Frame, POLICY, see};
use crate::workflow::WorkflowError;

/// Sign in first, or what is wrong.
#[derive(Debug)]
pub struct PageProblem(NotSignedIn);

#[derive(Template)]
#[template(path = "pages/problem.html")]
struct ProblemPage<'a> {
    frame: Frame,
    problem: &'a Problem,
}

impl fmt::Display for PageProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            NotSignedIn::SignInFirst { .. } => f.write_str("nobody is signed in"),
            NotSignedIn::Problem(problem) => problem.fmt(f),
        }
    }
}

impl ResponseError for PageProblem {
    fn status_code(&self) -> StatusCode {
        match &self.0 {
            NotSignedIn::SignInFirst { .. } => StatusCode::SEE_OTHER,
            NotSignedIn::Problem(problem) => problem.status_code(),
        }
    }

    fn error_response(&self) -> HttpResponse {
        let problem = match &self.0 {
            NotSignedIn::SignInFirst { wanted } => return see(&format!("/sign-in?to={wanted}")),
            NotSignedIn::Problem(problem) => problem,
        };
        let page = ProblemPage {
            frame: Frame::new(problem.title),
            problem,
        };
        HttpResponse::build(problem.status_code())
            .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
            .insert_header((CONTENT_SECURITY_POLICY, POLICY))
            .body(page.render().unwrap_or_else(|_| problem.to_string()))
    }
}

impl From<Problem> for PageProblem {
    fn from(problem: Problem) -> Self {
        PageProblem(NotSignedIn::Problem(problem))
    }
}

impl From<WorkflowError> for PageProblem {
    fn from(error: WorkflowError) -> Self {
        Problem::from(error).into()
    }
}

impl From<TokenError> for PageProblem {
    fn from(error: TokenError) -> Self {
        Problem::from(error).into()
    }
}

/// On a page, nobody being signed in leads to the sign-in form.
impl FromRequest for SignedIn {
    type Error = PageProblem;
    type Future = Ready<Result<Self, PageProblem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let error = |error| match error {
            NotSignedIn::SignInFirst { wanted } if *request.method() == Method::POST => {
                NotSignedIn::SignInFirst {
                    wanted: page_of(&wanted).to_owned(),
                }
            }
            other => other,
        };
        ready(signed_in(request).map_err(error).map_err(PageProblem))
    }
}

/// The page that a form stands on: there a person goes on after signing in, for the form is not sent again.
fn page_of(form: &str) -> &str {
    match form.rsplit_once('/') {
        Some((page, "stop" | "resume" | "offers.csv")) => page,
        _ => "/launches/new",
    }
}
