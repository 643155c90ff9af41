//! The mail that brings an offer, before the offer is made.

use chrono_tz::Tz;

use super::personal::removed;
use crate::mail::{About, compose};
use crate::spec::SpecVersion;
use crate::work_sample::WorkSample;
use crate::work_sample::entry::meant::SpecWords;
use crate::work_sample::messages::{Known, MessageKind, plan};
use crate::workflow::{Services, WorkflowError};

/// A mail as its reader sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailPreview {
    pub subject: String,
    pub text: String,
}

/// The mail that a candidate is sent with this offer; `None` where none is. The personal link is left out of it.
///
/// # Errors
/// A letter that cannot be rendered.
pub fn offer_mail(
    services: &Services,
    offered: &WorkSample,
    version: &SpecVersion,
) -> Result<Option<MailPreview>, WorkflowError> {
    let now = services.now();
    let known = Known {
        spec: &SpecWords::of(version),
        since: None,
        promise: None,
        dead_jobs: &[],
        failed_messages: &[],
    };
    let planned = plan(offered, &known, now);
    let offer = planned
        .wanted
        .iter()
        .find(|wanted| wanted.kind == MessageKind::Offer);
    let Some(offer) = offer else {
        return Ok(None);
    };
    let about = About {
        work_sample: Some(&offered.id),
        now,
        title: &version.spec.title,
        candidate: &offered.candidate,
        zone: Tz::UTC,
        due: None,
    };
    let letter = compose(offer, &about);
    let link = removed(&services.mailer.public_url);
    let (text, _) = services
        .mailer
        .parts(&letter, Some(&link))
        .map_err(|error| WorkflowError::Unreadable(format!("the mail of an offer: {error}")))?;
    Ok(Some(MailPreview {
        subject: letter.subject,
        text,
    }))
}
