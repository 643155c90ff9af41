//! A candidate's pages: the offer, and once it is accepted the page of their work.
//!
//! A candidate comes by their personal link and has a session that names one work sample; no address does. What the pages show
//! is of `crate::candidate` alone.

mod actions;
mod files;
mod offer;
mod work;

pub(super) use self::offer::OfferBody;

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use super::super::door::Door;
use super::super::notice::Notice;
use super::super::session::CandidateVisit;
use super::components::{FieldErrors, When, sentence, short};
use super::failure::PageProblem;
use super::frame::{Frame, Viewer};
use super::length::length;
use super::{form, page};
use crate::candidate::{Offer, Work};
use crate::clock::Timestamp;
use crate::spec::SpecVersion;
use crate::store::CandidateDetails;
use crate::work_sample::{DecisionOutcome, State, WorkSample};
use crate::workflow::{candidates, show as look};
use crate::zone::Zone;

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/offer").route(web::get().to(show)))
        .service(
            web::resource("/offer/accept")
                .app_data(form::urlencoded())
                .route(web::post().to(actions::accept)),
        )
        .service(
            web::resource("/offer/decline")
                .app_data(form::urlencoded())
                .route(web::post().to(actions::decline)),
        )
        .service(
            web::resource("/offer/withdraw")
                .app_data(form::urlencoded())
                .route(web::post().to(actions::withdraw)),
        )
        .service(
            web::resource("/offer/deliver")
                .app_data(form::urlencoded())
                .route(web::post().to(actions::deliver)),
        )
        .service(
            web::resource("/offer/hours")
                .app_data(form::urlencoded())
                .route(web::post().to(actions::hours)),
        )
        .service(
            web::resource("/offer/login")
                .app_data(form::urlencoded())
                .route(web::post().to(actions::correct_login)),
        )
        .service(
            web::resource("/offer/reinvite")
                .app_data(form::urlencoded())
                .route(web::post().to(actions::reinvite)),
        )
        .service(
            web::resource("/offer/zone")
                .app_data(form::urlencoded())
                .route(web::post().to(actions::zone)),
        )
        .service(
            web::resource("/offer/leave")
                .app_data(form::urlencoded())
                .route(web::post().to(actions::leave)),
        )
        .service(web::resource("/offer/due.ics").route(web::get().to(files::due)))
        .service(web::resource("/offer/terms.txt").route(web::get().to(files::terms)))
        .service(web::resource("/offer/report").route(web::get().to(files::report)))
        .service(web::resource("/offer/export.zip").route(web::get().to(files::export)));
}

/// What was typed into a form that is shown again.
#[derive(Debug, Clone, Default)]
struct Typed {
    login: Option<String>,
    due: Option<String>,
    zone: Option<String>,
    sha: Option<String>,
    branch: Option<String>,
    hours: Option<String>,
    reason: Option<String>,
    /// Is the starter meant?
    starter: bool,
    /// Which form it was, so that its part of the page is open.
    form: &'static str,
    errors: FieldErrors,
}

/// A work sample as its candidate's pages need it.
struct Visited {
    work_sample: WorkSample,
    version: Arc<SpecVersion>,
    details: CandidateDetails,
    form_token: String,
    notice: Option<Notice>,
    zone: Zone,
    now: Timestamp,
}

impl Visited {
    async fn load(door: &Door, visit: &CandidateVisit) -> Result<Visited, PageProblem> {
        let (work_sample, version) = look::work_sample(&door.services, &visit.work_sample).await?;
        let details = candidates::details(&door.services, &visit.work_sample).await?;
        let zone = details
            .zone
            .as_deref()
            .and_then(|name| name.parse().ok())
            .unwrap_or(Zone::UTC);
        Ok(Visited {
            work_sample,
            version,
            details,
            form_token: visit.form_token.clone(),
            notice: visit.notice,
            zone,
            now: door.services.now(),
        })
    }

    fn offer(&self) -> Offer {
        Offer::of(&self.work_sample, &self.version)
    }

    fn work(&self) -> Work {
        Work::of(&self.work_sample, &self.version)
    }

    fn frame(&self, title: &str) -> Frame {
        let viewer = Viewer::Candidate {
            name: self.work_sample.candidate.clone(),
            form_token: self.form_token.clone(),
        };
        Frame {
            notice: self.notice.map(|notice| self.told(notice)),
            ..Frame::of_viewer(viewer, title)
        }
    }

    /// What a form has done, as far as the work sample knows more of it than the notice.
    fn told(&self, notice: Notice) -> String {
        match notice {
            Notice::Delivered => {
                delivered_in_words(&self.work()).unwrap_or_else(|| notice.words().to_owned())
            }
            Notice::ZoneChanged => format!("Times are shown in {}.", self.zone.name()),
            _ => notice.words().to_owned(),
        }
    }

    fn when(&self, at: Timestamp) -> When {
        When::local(at, self.zone.offset(at), self.zone.name())
    }

    /// The page as it stands, with a form that was sent back if there is one.
    fn page(&self, status: StatusCode, typed: &Typed) -> Result<HttpResponse, PageProblem> {
        match self.work_sample.state {
            State::Drafted | State::Offered | State::Declined | State::Expired => {
                page(status, &offer::OfferPage::of(self, typed))
            }
            // There is no work to show.
            State::Cancelled if self.work_sample.accepted_at.is_none() => {
                page(status, &offer::OfferPage::of(self, typed))
            }
            State::Accepted
            | State::Provisioned
            | State::InProgress
            | State::Delivered
            | State::Assessed
            | State::Decided
            | State::Closed
            | State::Withdrawn
            | State::Cancelled => page(status, &work::WorkPage::of(self, typed)),
        }
    }
}

async fn show(door: web::Data<Door>, visit: CandidateVisit) -> Result<HttpResponse, PageProblem> {
    let visited = Visited::load(&door, &visit).await?;
    visited.page(StatusCode::OK, &Typed::default())
}

/// What the newest delivery came to.
fn delivered_in_words(work: &Work) -> Option<String> {
    let last = work.deliveries.iter().max_by_key(|one| one.at);
    let open = work.open_deliveries.iter().max_by_key(|one| one.at);
    if let Some(open) = open.filter(|open| last.is_none_or(|last| last.at < open.at)) {
        return Some(format!("Nothing is delivered yet. {}", sentence(&open.why)));
    }
    let last = last?;
    let commit = match &last.sha {
        Some(sha) => format!("commit {}", short(sha.as_str())),
        None => "no commit".to_owned(),
    };
    let late = if last.late { ", late" } else { "" };
    let counts = match last.counts {
        true => "It counts.",
        false => "Another delivery counts.",
    };
    Some(format!("Delivered: {commit}{late}. {counts}"))
}

fn outcome_in_words(outcome: &DecisionOutcome) -> &'static str {
    match outcome {
        DecisionOutcome::Proceed => "The team would like to go on with you.",
        DecisionOutcome::Stop => "The team has decided not to go on.",
        DecisionOutcome::Discuss => "The team would like to talk first.",
    }
}

/// How the work ended early, by the state that it came to.
fn ended_in_words(state: &State) -> &'static str {
    match state {
        State::Withdrawn => "You withdrew",
        State::Declined => "You declined the offer",
        State::Cancelled => "The team ended it",
        State::Expired => "The offer expired",
        State::Drafted
        | State::Offered
        | State::Accepted
        | State::Provisioned
        | State::InProgress
        | State::Delivered
        | State::Assessed
        | State::Decided
        | State::Closed => "It ended",
    }
}

/// `2 days 4 hours`, rounded down: how long it is from one moment to another; `None` once it is over.
fn left(now: Timestamp, until: Timestamp) -> Option<String> {
    (until > now).then(|| length(now, until))
}

#[cfg(test)]
mod tests {
    use chrono::Duration;

    use super::*;

    #[test]
    fn time_left_names_its_two_largest_units() {
        let now: Timestamp = "2026-03-02T09:00:00Z".parse().unwrap();
        for (minutes, words) in [
            (0, None),
            (1, Some("1 minute")),
            (61, Some("1 hour 1 minute")),
            (120, Some("2 hours")),
            (24 * 60 + 59, Some("1 day")),
            (49 * 60, Some("2 days 1 hour")),
        ] {
            let until = now + Duration::minutes(minutes);
            assert_eq!(left(now, until).as_deref(), words);
        }
    }
}
