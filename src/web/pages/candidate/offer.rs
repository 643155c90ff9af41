//! The offer before it is accepted, declined or over.

use std::sync::Arc;

use askama::Template;

use super::super::choices;
use super::super::components::{FieldErrors, When};
use super::super::frame::Frame;
use super::{Typed, Visited, left};
use crate::candidate::{Ended, Offer};
use crate::clock::Timestamp;
use crate::report::{one_line, wrapped_to_safe_html};
use crate::spec::SpecVersion;
use crate::store::CandidateDetails;
use crate::work_sample::{State, WorkSample};
use crate::workflow::accept;
use crate::zone::Zone;

#[derive(Template)]
#[template(path = "pages/offer.html")]
pub(super) struct OfferPage {
    frame: Frame,
    body: OfferBody,
}

/// The offer itself. A lead reads the same before they launch, without the forms.
#[derive(Template)]
#[template(path = "pages/offer_body.html")]
pub(in crate::web::pages) struct OfferBody {
    is_preview: bool,
    offer: Offer,
    number: String,
    /// HTML that can do nothing.
    brief: String,
    offer_sha256: String,
    is_open: bool,
    is_declined: bool,
    /// The team took the offer back.
    cancelled: Option<Ended>,
    expires: Option<When>,
    time_left: Option<String>,
    latest_due: When,
    /// For the field's `max`.
    zone: String,
    /// What was typed as the zone of the due time.
    due_zone: String,
    /// What was typed as the zone to show times in.
    shown_zone: String,
    is_zone_open: bool,
    zones: Vec<&'static str>,
    form_token: String,
    login: String,
    due: String,
    reason: String,
    declining: bool,
    errors: FieldErrors,
}

impl OfferPage {
    pub(super) fn of(visited: &Visited, typed: &Typed) -> OfferPage {
        let title = one_line(&visited.version.spec.title);
        OfferPage {
            frame: visited.frame(&title).failed(!typed.errors.is_empty()),
            body: OfferBody::of(visited, typed),
        }
    }
}

impl OfferBody {
    /// An offer that was not made yet, at a time and in a time zone.
    pub(in crate::web::pages) fn preview(
        offered: &WorkSample,
        version: &Arc<SpecVersion>,
        (now, zone): (Timestamp, Zone),
    ) -> OfferBody {
        let visited = Visited {
            work_sample: offered.clone(),
            version: Arc::clone(version),
            details: CandidateDetails::default(),
            form_token: String::new(),
            notice: None,
            zone,
            now,
        };
        OfferBody {
            is_preview: true,
            ..OfferBody::of(&visited, &Typed::default())
        }
    }

    fn of(visited: &Visited, typed: &Typed) -> OfferBody {
        let ws = &visited.work_sample;
        let offer = visited.offer();
        let (_, offer_sha256) = accept::offer(ws, &visited.version);
        let is_open =
            ws.state == State::Offered && ws.offer_expires_at.is_none_or(|end| visited.now <= end);
        let latest_due = offer.latest_due(visited.now);
        let zone = visited.zone.name().to_owned();
        let zone_of = |form: &str| {
            let typed = typed.zone.clone().filter(|_| typed.form == form);
            typed.unwrap_or_else(|| zone.clone())
        };
        OfferBody {
            is_preview: false,
            number: ws.id.to_string(),
            brief: wrapped_to_safe_html(&offer.brief),
            offer_sha256,
            is_open,
            is_declined: ws.state == State::Declined,
            cancelled: visited
                .work()
                .ended
                .filter(|_| ws.state == State::Cancelled),
            expires: offer.expires_at.map(|at| visited.when(at)),
            time_left: offer.expires_at.and_then(|at| left(visited.now, at)),
            latest_due: visited.when(latest_due),
            due_zone: zone_of("accept"),
            shown_zone: zone_of("zone"),
            is_zone_open: typed.form == "zone",
            zones: choices::zone_names(),
            zone,
            form_token: visited.form_token.clone(),
            login: typed.login.clone().unwrap_or_default(),
            due: typed
                .due
                .clone()
                .unwrap_or_else(|| visited.zone.for_field(latest_due)),
            reason: typed.reason.clone().unwrap_or_default(),
            declining: typed.form == "decline",
            errors: typed.errors.clone(),
            offer,
        }
    }

    /// Does the boundary need an explanation?
    fn has_patterns(&self) -> bool {
        let is_pattern = |glob: &String| glob.contains(['*', '{']);
        self.offer.boundary.iter().any(is_pattern)
    }

    fn hours(&self, hours: &u32) -> String {
        match hours {
            1 => "1 hour".to_owned(),
            _ => format!("{hours} hours"),
        }
    }

    fn days(&self, days: &u32) -> String {
        match days {
            1 => "1 day".to_owned(),
            _ => format!("{days} days"),
        }
    }
}
