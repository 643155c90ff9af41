//! GitHub's way of saying no: status code and body, as its clients expect them.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, HttpResponseBuilder, ResponseError};
use serde_json::{Value, json};

const DOCUMENTATION: &str = "https://docs.github.com/rest";

/// What a handler answers.
pub(super) type Answer = Result<HttpResponse, Refusal>;

/// An answer other than success, in GitHub's words.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    status: StatusCode,
    body: Value,
    headers: Vec<(&'static str, String)>,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Refusal {
            status,
            body: json!({
                "message": message.into(),
                "documentation_url": DOCUMENTATION,
                "status": status.as_str(),
            }),
            headers: Vec::new(),
        }
    }

    /// Sets a header of the answer.
    pub(super) fn with_header(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Names another page than the usual one.
    pub(super) fn documented_at(mut self, url: &str) -> Self {
        self.body["documentation_url"] = json!(url);
        self
    }

    /// Neither there nor, for this caller, admitted to be there.
    pub(super) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "Not Found")
    }

    pub(super) fn forbidden(message: &str) -> Self {
        Self::new(StatusCode::FORBIDDEN, message)
    }

    /// An App, or an installation of one, asked for what it may not have.
    pub(super) fn not_for_apps() -> Self {
        Self::forbidden("Resource not accessible by integration")
    }

    pub(super) fn suspended() -> Self {
        Self::forbidden("This installation has been suspended").documented_at(
            "https://docs.github.com/rest/reference/apps#create-an-installation-access-token-for-an-app",
        )
    }

    pub(super) fn bad_credentials() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "Bad credentials")
    }

    pub(super) fn requires_authentication() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "Requires authentication")
    }

    pub(super) fn conflict(message: &str) -> Self {
        Self::new(StatusCode::CONFLICT, message)
    }

    pub(super) fn gone(message: &str) -> Self {
        Self::new(StatusCode::GONE, message)
    }

    pub(super) fn unprocessable(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, message)
    }

    /// `Validation Failed` for one field; `code` is one of GitHub's: missing, missing_field, invalid, already_exists.
    pub(super) fn invalid(resource: &str, field: &str, code: &str) -> Self {
        Self::unprocessable("Validation Failed")
            .with_error(json!({"resource": resource, "field": field, "code": code}))
    }

    /// `Validation Failed` with a sentence of its own (GitHub's code `custom`).
    pub(super) fn custom(resource: &str, message: &str) -> Self {
        Self::unprocessable("Validation Failed")
            .with_error(json!({"resource": resource, "code": "custom", "message": message}))
    }

    pub(super) fn with_error(mut self, error: Value) -> Self {
        self.body["errors"] = json!([error]);
        self
    }

    /// What was asked for has another address now.
    pub(super) fn moved(url: String) -> Self {
        Self::new(StatusCode::MOVED_PERMANENTLY, "Moved Permanently").at(url)
    }

    /// What is to be changed has another address, at which it is to be changed in the same way.
    pub(super) fn moved_for_now(url: String) -> Self {
        Self::new(StatusCode::TEMPORARY_REDIRECT, "Temporary Redirect").at(url)
    }

    fn at(mut self, url: String) -> Self {
        self.body["url"] = json!(url);
        self.with_header("Location", url)
    }

    /// The stand-in itself failed; the reason goes to the log and, since it runs for rehearsals, to the caller too.
    pub(super) fn broken(reason: impl fmt::Display) -> Self {
        tracing::error!(%reason, "the stand-in failed");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            format!("The stand-in failed: {reason}"),
        )
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let message = self.body["message"].as_str().unwrap_or_default();
        write!(f, "{} {message}", self.status.as_str())
    }
}

impl ResponseError for Refusal {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponseBuilder::new(self.status);
        for (name, value) in &self.headers {
            response.insert_header((*name, value.as_str()));
        }
        response.json(&self.body)
    }
}
