//! Errors as clients read them: problem details (RFC 9457) with a stable `code`.

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::middleware::Next;
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;
use utoipa::ToSchema;

use super::tokens::TokenError;
use crate::store::StoreError;
use crate::workflow::WorkflowError;

/// What problem details are sent as (RFC 9457).
pub const MEDIA_TYPE: &str = "application/problem+json";

/// A refusal or failure, `application/problem+json`.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(examples(json!({
    "type": "urn:worksample:problem:offer_expired", "title": "Conflict", "status": 409, "code": "offer_expired",
    "detail": "the offer was open until 2026-03-09 09:00 UTC"
})))]
pub struct Problem {
    /// A URI that names the kind of problem: `urn:worksample:problem:<code>`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The HTTP status in words.
    pub title: &'static str,
    pub status: u16,
    /// Stable, for programs.
    pub code: &'static str,
    /// What was wrong and how to mend it, for people.
    pub detail: String,
    /// Single problems, where there are several (a spec's).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<serde_json::Value>,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code, self.detail)
    }
}

impl Problem {
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Problem {
            kind: format!("urn:worksample:problem:{code}"),
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            code,
            detail: detail.into(),
            problems: Vec::new(),
        }
    }

    pub fn forbidden(detail: impl Into<String>) -> Self {
        Problem::new(StatusCode::FORBIDDEN, "not_allowed", detail)
    }

    /// After how many seconds a client may try again.
    pub(super) fn retry_after(&self) -> Option<u32> {
        match self.status {
            429 => Some(60),
            503 => Some(5),
            _ => None,
        }
    }

    pub fn bad_request(code: &'static str, detail: impl Into<String>) -> Self {
        Problem::new(StatusCode::BAD_REQUEST, code, detail)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        response.insert_header((CONTENT_TYPE, MEDIA_TYPE));
        if self.status == 401 {
            response.insert_header((WWW_AUTHENTICATE, "Bearer"));
        }
        if let Some(seconds) = self.retry_after() {
            response.insert_header((RETRY_AFTER, seconds));
        }
        let mut response = response.body(serde_json::to_vec(self).unwrap_or_default());
        // For who shows it as a page.
        response.extensions_mut().insert(self.clone());
        response
    }
}

/// What the framework refuses by itself (a method, a body too large) is told like everything else.
pub async fn tell<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, actix_web::Error> {
    let answer = next.call(request).await?;
    let status = answer.status();
    // Pages and problems say what was wrong; the framework's own refusals are empty or plain text.
    let told = answer
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .is_some_and(|kind| !kind.starts_with("text/plain"));
    if told || !(status.is_client_error() || status.is_server_error()) {
        return Ok(answer.map_into_left_body());
    }
    let (code, detail) = match status {
        StatusCode::METHOD_NOT_ALLOWED => (
            "method_not_allowed",
            "this address takes other methods; /api/openapi.json lists them",
        ),
        StatusCode::PAYLOAD_TOO_LARGE => (
            "body_too_large",
            "the body is larger than this address takes",
        ),
        _ => ("request_refused", "the request could not be read"),
    };
    let mut response = Problem::new(status, code, detail).error_response();
    for kept in [ALLOW, super::traced::HEADER] {
        if let Some(value) = answer.headers().get(&kept) {
            response.headers_mut().insert(kept, value.clone());
        }
    }
    Ok(answer.into_response(response).map_into_right_body())
}

impl From<TokenError> for Problem {
    fn from(error: TokenError) -> Self {
        let code = match error {
            TokenError::Invalid => "token_invalid",
            TokenError::Expired => "token_expired",
            TokenError::NotMade => {
                return Problem::new(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "token_not_made",
                    error.to_string(),
                );
            }
        };
        Problem::new(StatusCode::UNAUTHORIZED, code, error.to_string())
    }
}

impl From<WorkflowError> for Problem {
    fn from(error: WorkflowError) -> Self {
        let status = status_of(&error);
        if status.is_server_error() {
            tracing::error!(code = error.code(), %error, "a request failed");
        }
        let mut problem = Problem::new(status, error.code(), error.for_client());
        if let WorkflowError::SpecProblems(problems) = &error {
            problem.problems = problems
                .iter()
                .filter_map(|problem| serde_json::to_value(problem).ok())
                .collect();
        }
        problem
    }
}

fn status_of(error: &WorkflowError) -> StatusCode {
    match error {
        WorkflowError::Refused(refusal) => match refusal.code {
            "not_yours" => StatusCode::FORBIDDEN,
            _ => StatusCode::CONFLICT,
        },
        WorkflowError::SpecProblems(_) => StatusCode::UNPROCESSABLE_ENTITY,
        WorkflowError::NotFound { .. }
        | WorkflowError::NotConfigured {
            code: "github_sign_in_not_configured",
            ..
        } => StatusCode::NOT_FOUND,
        WorkflowError::Invalid { code, .. } => match *code {
            "signature_missing" | "signature_wrong" => StatusCode::UNAUTHORIZED,
            "event_missing" | "delivery_id_missing" | "body_not_json" => StatusCode::BAD_REQUEST,
            "last_lead" | "already_launched" | "offer_changed" | "nothing_delivered"
            | "job_not_dead" | "batch_finished" => StatusCode::CONFLICT,
            "list_too_large" => StatusCode::PAYLOAD_TOO_LARGE,
            "link_unknown" => StatusCode::NOT_FOUND,
            "link_used" | "link_expired" | "link_revoked" | "first_lead_known" => StatusCode::GONE,
            "token_invalid" | "token_expired" | "token_revoked" => StatusCode::UNAUTHORIZED,
            "person_disabled" | "role_missing" | "not_invited" => StatusCode::FORBIDDEN,
            "github_code_bad" | "github_sign_in_failed" => StatusCode::BAD_REQUEST,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        },
        WorkflowError::Later {
            code: "too_many_sign_ins",
            ..
        } => StatusCode::TOO_MANY_REQUESTS,
        WorkflowError::NotConfigured { .. }
        | WorkflowError::DueBeforeReady { .. }
        | WorkflowError::TooEarly { .. }
        | WorkflowError::Unseen { .. }
        | WorkflowError::Waits { .. }
        | WorkflowError::Later { .. } => StatusCode::SERVICE_UNAVAILABLE,
        WorkflowError::Store(StoreError::Conflict(_)) => StatusCode::CONFLICT,
        WorkflowError::Store(error) if error.is_transient() => StatusCode::SERVICE_UNAVAILABLE,
        WorkflowError::GitHub(_) => StatusCode::BAD_GATEWAY,
        WorkflowError::Store(_)
        | WorkflowError::Git(_)
        | WorkflowError::Disk(_)
        | WorkflowError::Artifact(_)
        | WorkflowError::Harness(_)
        | WorkflowError::Fold(_)
        | WorkflowError::Unreadable(_)
        | WorkflowError::Panicked => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
