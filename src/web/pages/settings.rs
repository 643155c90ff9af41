//! The settings as they are in effect, and what an examination of the service found. Nothing is changed here.

use std::sync::PoisonError;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;

use super::super::door::Door;
use super::super::notice::Notice;
use super::super::session::SignedIn;
use super::components::When;
use super::failure::PageProblem;
use super::form::{Press, Sent};
use super::{Frame, page, told};
use crate::workflow::findings::{Examination, FindingState};

/// The header's link to these pages.
const HOME: &str = "/settings";

#[derive(Template)]
#[template(path = "pages/settings.html")]
struct SettingsPage {
    frame: Frame,
    form_token: String,
    /// Can this process examine the service?
    may_examine: bool,
    examined: Option<(When, Examination)>,
}

impl SettingsPage {
    fn badge(&self, state: &FindingState) -> (&'static str, &'static str) {
        match state {
            FindingState::Ok => ("ok", "success"),
            FindingState::Missing => ("missing", "warning"),
            FindingState::Broken => ("broken", "error"),
        }
    }
}

pub(super) async fn show(
    door: web::Data<Door>,
    lead: SignedIn,
) -> Result<HttpResponse, PageProblem> {
    let last = door.examined.lock().unwrap_or_else(PoisonError::into_inner);
    let examined = last.clone();
    drop(last);
    let shown = SettingsPage {
        frame: Frame::of(&lead, "Settings").at(HOME),
        form_token: lead.form_token.clone(),
        may_examine: door.examiner.is_some(),
        examined: examined.map(|(at, found)| (When::in_zone(at, lead.zone), found)),
    };
    page(StatusCode::OK, &shown)
}

/// Examines the service now. It takes some seconds.
pub(super) async fn examine(
    door: web::Data<Door>,
    Sent { .. }: Sent<SignedIn, web::Form<Press>>,
) -> Result<HttpResponse, PageProblem> {
    if let Some(examiner) = &door.examiner {
        let found = examiner().await;
        let mut last = door.examined.lock().unwrap_or_else(PoisonError::into_inner);
        *last = Some((door.services.now(), found));
    }
    told(&door, HOME, Notice::Examined)
}
