//! Reading forms, with what is wrong with one as a page.

use std::ops::Deref;

use actix_multipart::MultipartError;
use actix_multipart::form::MultipartFormConfig;
use actix_web::dev::Payload;
use actix_web::error::UrlencodedError;
use actix_web::http::StatusCode;
use actix_web::{FromRequest, HttpRequest, web};
use futures_util::FutureExt as _;
use futures_util::future::LocalBoxFuture;
use serde::Deserialize;

use super::super::Problem;
use super::super::session::{CandidateVisit, LeadMember, SignedIn, TeamMember};
use super::failure::PageProblem;
use crate::workflow::launch_many::MOST_BYTES;

/// Each of these forms has its token in the field `form_token`.
macro_rules! carries_token {
    ($($form:ty),* $(,)?) => {$(
        impl $crate::web::pages::form::CarriesToken for $form {
            fn form_token(&self) -> &str {
                &self.form_token
            }
        }
    )*};
}
pub(super) use carries_token;

/// A form that is nothing but a button.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Press {
    pub form_token: String,
}

carries_token!(Press);

/// A form of ours, and who sent it. Who it is comes first: nothing is read from others. The form carries their session's
/// token, so no other site can have sent it.
pub(super) struct Sent<By, Form> {
    pub by: By,
    pub form: Form,
}

/// Somebody with a session, whose forms carry its token.
pub(super) trait Sender {
    fn check_form(&self, token: &str) -> Result<(), Problem>;
}

/// A form with a session's token in it.
pub(super) trait CarriesToken {
    fn form_token(&self) -> &str;
}

macro_rules! senders {
    ($($who:ty),*) => {$(
        impl Sender for $who {
            fn check_form(&self, token: &str) -> Result<(), Problem> {
                <$who>::check_form(self, token)
            }
        }
    )*};
}

senders!(CandidateVisit, LeadMember, SignedIn, TeamMember);

impl<By, Form> FromRequest for Sent<By, Form>
where
    By: FromRequest + Sender + 'static,
    Form: FromRequest + Deref<Target: CarriesToken> + 'static,
{
    type Error = actix_web::Error;
    type Future = LocalBoxFuture<'static, Result<Self, actix_web::Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, mut payload) = (request.clone(), payload.take());
        async move {
            let by = By::extract(&request).await.map_err(Into::into)?;
            let form = Form::from_request(&request, &mut payload).await;
            let form = form.map_err(Into::into)?;
            by.check_form(form.form_token())
                .map_err(PageProblem::from)?;
            Ok(Sent { by, form })
        }
        .boxed_local()
    }
}

/// The longest text that a form takes has 10,000 characters, of up to four bytes, each written as three.
const MOST_URLENCODED: usize = 160 * 1024;

pub(super) fn urlencoded() -> web::FormConfig {
    web::FormConfig::default()
        .limit(MOST_URLENCODED)
        .error_handler(|error, _| {
            let problem = match error {
                UrlencodedError::Overflow { .. } => Problem::new(
                    StatusCode::PAYLOAD_TOO_LARGE,
                    "form_too_large",
                    format!(
                        "the form is larger than {MOST_URLENCODED} bytes, so nothing was done: shorten its longest text"
                    ),
                ),
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
