//! Reading forms, with what is wrong with one as a page.

use actix_multipart::MultipartError;
use actix_multipart::form::MultipartFormConfig;
use actix_web::error::UrlencodedError;
use actix_web::http::StatusCode;
use actix_web::web;
use serde::Deserialize;

use super::super::Problem;
use super::failure::PageProblem;
use crate::workflow::launch_many::MOST_BYTES;

/// A form that is nothing but a button.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Press {
    pub form_token: String,
}

pub(super) fn urlencoded() -> web::FormConfig {
    web::FormConfig::default()
        .limit(16 * 1024)
        .error_handler(|error, _| {
            let problem = match error {
                UrlencodedError::Overflow { .. } => too_large(),
                other => unreadable(&other.to_string()),
            };
            PageProblem::from(problem).into()
        })
}

/// Forms that carry a list. A list of the largest size fits, with the form around it; a larger one is told from a form that
/// cannot be read.
pub(super) fn multipart() -> MultipartFormConfig {
    let most = MOST_BYTES + 64 * 1024;
    MultipartFormConfig::default()
        .total_limit(2 * most)
        .memory_limit(2 * most)
        .error_handler(|error, _| PageProblem::from(multipart_problem(&error)).into())
}

fn multipart_problem(error: &MultipartError) -> Problem {
    match error {
        MultipartError::Payload(actix_web::error::PayloadError::Overflow) => too_large(),
        MultipartError::Field { source, .. } => {
            // The limits of a single field arrive wrapped.
            match source.as_error::<MultipartError>() {
                Some(inner) => multipart_problem(inner),
                None => unreadable(&error.to_string()),
            }
        }
        other => unreadable(&other.to_string()),
    }
}

fn too_large() -> Problem {
    Problem::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "list_too_large",
        format!(
            "the form is larger than the {MOST_BYTES} bytes that a list may have; split the list and launch the parts one after another"
        ),
    )
}

fn unreadable(why: &str) -> Problem {
    Problem::bad_request(
        "form_unreadable",
        format!("the form cannot be read ({why}): load its page again, then send it once more"),
    )
}
