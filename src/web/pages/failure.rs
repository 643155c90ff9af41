//! What goes wrong on a page, as a page.

use std::fmt;

use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, RETRY_AFTER};
use actix_web::http::{Method, StatusCode};
use actix_web::{FromRequest, HttpRequest, HttpResponse, ResponseError};
use askama::Template;
use futures_util::FutureExt as _;
use futures_util::future::LocalBoxFuture;

use super::super::Problem;
use super::super::session::{
    CandidateVisit, LeadMember, NotSignedIn, SignedIn, TeamMember, candidate_visit, team_member,
};
use super::super::tokens::TokenError;
use super::targets::page_of;
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

impl ProblemPage<'_> {
    fn is_ours(&self) -> bool {
        self.problem.status >= 500
    }

    /// Where to go on: address and label.
    fn way_on(&self) -> (&'static str, &'static str) {
        match self.problem.code {
            "not_invited"
            | "github_access_denied"
            | "github_state_wrong"
            | "github_sign_in_failed"
            | "link_used" => ("/sign-in", "Sign in another way"),
            _ => ("/", "To the start page"),
        }
    }
}

/// The problem that a page shows, kept with the response.
#[derive(Debug, Clone)]
pub(super) struct Shown(pub Problem);

/// A problem as a whole page, for somebody who is signed in or for nobody.
pub(super) fn page_of_problem(problem: &Problem, member: Option<&TeamMember>) -> HttpResponse {
    let status = problem.status_code();
    let title = heading(status, problem.code);
    let frame = match member {
        // What the last form has done is told by the next page that is shown.
        Some(member) => Frame::of_member(member, title).telling(None),
        None => Frame::new(title),
    };
    let page = ProblemPage { frame, problem };
    let mut response = HttpResponse::build(status);
    if let Some(seconds) = problem.retry_after() {
        response.insert_header((RETRY_AFTER, seconds));
    }
    response
        .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .body(page.render().unwrap_or_else(|_| problem.to_string()))
}

/// What happened, as a person would say it.
fn heading(status: StatusCode, code: &str) -> &'static str {
    match code {
        "visit_ended" => return "Open your link again",
        "link_used" | "link_expired" | "link_revoked" => return "This link works no more",
        "form_stale" => return "This page is out of date",
        _ => {}
    }
    match status {
        StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => "This could not be read",
        StatusCode::UNAUTHORIZED => "Sign in first",
        StatusCode::FORBIDDEN => "This is not allowed",
        StatusCode::NOT_FOUND => "Page not found",
        StatusCode::METHOD_NOT_ALLOWED => "This address works differently",
        StatusCode::REQUEST_TIMEOUT => "The request took too long",
        StatusCode::CONFLICT => "This is not possible any more",
        StatusCode::GONE => "This is over",
        StatusCode::PAYLOAD_TOO_LARGE => "This is too large",
        StatusCode::TOO_MANY_REQUESTS => "Too many requests",
        StatusCode::SERVICE_UNAVAILABLE => "Not available at the moment",
        status if status.is_server_error() => "Something went wrong",
        _ => "This did not work",
    }
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
        let mut response = page_of_problem(problem, None);
        response.extensions_mut().insert(Shown(problem.clone()));
        response
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

impl From<NotSignedIn> for PageProblem {
    fn from(error: NotSignedIn) -> Self {
        PageProblem(error)
    }
}

/// On a page, nobody being signed in leads to the sign-in page, and from there to the page that a form is on.
async fn member_of(request: &HttpRequest) -> Result<TeamMember, PageProblem> {
    let is_form = *request.method() == Method::POST;
    team_member(request).await.map_err(|error| {
        PageProblem(match error {
            NotSignedIn::SignInFirst { wanted } if is_form => NotSignedIn::SignInFirst {
                wanted: page_of(&wanted).to_owned(),
            },
            other => other,
        })
    })
}

impl FromRequest for TeamMember {
    type Error = PageProblem;
    type Future = LocalBoxFuture<'static, Result<Self, PageProblem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        async move { member_of(&request).await }.boxed_local()
    }
}

impl FromRequest for SignedIn {
    type Error = PageProblem;
    type Future = LocalBoxFuture<'static, Result<Self, PageProblem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        async move { Ok(member_of(&request).await?.try_into()?) }.boxed_local()
    }
}

impl FromRequest for LeadMember {
    type Error = PageProblem;
    type Future = LocalBoxFuture<'static, Result<Self, PageProblem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        async move { Ok(member_of(&request).await?.try_into()?) }.boxed_local()
    }
}

impl FromRequest for CandidateVisit {
    type Error = PageProblem;
    type Future = LocalBoxFuture<'static, Result<Self, PageProblem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        async move { Ok(candidate_visit(&request).await?) }.boxed_local()
    }
}
