//! A candidate's personal links: one to copy and hand over, and which are good.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::super::Problem;
use super::super::door::Door;
use super::super::notice::Notice;
use super::super::session::SignedIn;
use super::components::{FieldErrors, When};
use super::failure::PageProblem;
use super::form::{Press, Sent, carries_token};
use super::person_form::refused;
use super::{Frame, page, told};
use crate::ids::{InvalidId, WorkSampleId};
use crate::work_sample::Actor;
use crate::workflow::correct_email::{self as correcting, EmailCorrection};
use crate::workflow::offer_links::{self, OfferLink, Which};
use crate::workflow::show;

#[derive(Template)]
#[template(path = "pages/offer_links.html")]
struct LinksPage {
    frame: Frame,
    form_token: String,
    id: WorkSampleId,
    candidate: String,
    email: Option<String>,
    rows: Vec<OfferLink>,
    /// The address of a link that was made just now.
    made: Option<String>,
    is_closed: bool,
    form: Corrected,
    errors: FieldErrors,
}

/// What the page is shown with besides what is known.
#[derive(Default)]
struct With {
    made: Option<String>,
    /// The form for another address, where it was refused.
    refused: Option<(StatusCode, Corrected, FieldErrors)>,
}

impl LinksPage {
    fn is_any_good(&self) -> bool {
        self.rows.iter().any(|row| row.revoked_at.is_none())
    }
}

fn work_sample_id(text: &str) -> Result<WorkSampleId, Problem> {
    text.parse()
        .map_err(|error: InvalidId| Problem::bad_request("id_invalid", error.to_string()))
}

async fn links_page(
    door: &Door,
    lead: &SignedIn,
    id: WorkSampleId,
    with: With,
) -> Result<HttpResponse, PageProblem> {
    let (work_sample, _) = show::work_sample(&door.services, &id).await?;
    let (status, form, errors) = with.refused.unwrap_or_else(|| {
        let usual = Corrected {
            revoke: Some("yes".to_owned()),
            ..Corrected::default()
        };
        (StatusCode::OK, usual, FieldErrors::none())
    });
    let shown = LinksPage {
        frame: Frame::of(lead, "Personal links").failed(!errors.is_empty()),
        form_token: lead.form_token.clone(),
        candidate: work_sample.candidate,
        email: work_sample.email.map(|email| email.to_string()),
        rows: offer_links::list(&door.services, &id).await?,
        made: with.made,
        is_closed: work_sample.closed_at.is_some(),
        form,
        errors,
        id,
    };
    page(status, &shown)
}

pub(super) async fn list(
    door: web::Data<Door>,
    lead: SignedIn,
    id: web::Path<String>,
) -> Result<HttpResponse, PageProblem> {
    links_page(&door, &lead, work_sample_id(&id)?, With::default()).await
}

/// Makes another link and shows its address, once.
pub(super) async fn make(
    door: web::Data<Door>,
    Sent { by: lead, .. }: Sent<SignedIn, web::Form<Press>>,
    id: web::Path<String>,
) -> Result<HttpResponse, PageProblem> {
    let id = work_sample_id(&id)?;
    let url = offer_links::make(&door.services, &door.public_url, &id, &lead.name).await?;
    let with = With {
        made: Some(url),
        ..With::default()
    };
    links_page(&door, &lead, id, with).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Revoke {
    form_token: String,
    /// Left out: every link.
    #[serde(default)]
    link: Option<String>,
}

carries_token!(Revoke);

pub(super) async fn revoke(
    door: web::Data<Door>,
    Sent { by: lead, form }: Sent<SignedIn, web::Form<Revoke>>,
    id: web::Path<String>,
) -> Result<HttpResponse, PageProblem> {
    let id = work_sample_id(&id)?;
    let (which, notice) = match form.into_inner().link {
        Some(link) => (Which::One(link), Notice::LinkRevoked),
        None => (Which::All, Notice::LinksRevoked),
    };
    offer_links::revoke(&door.services, &id, which, &lead.name).await?;
    told(&door, &format!("/samples/{id}/links"), notice)
}

/// Another address for messages.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Corrected {
    form_token: String,
    #[serde(default)]
    email: String,
    /// Left out: the links that were mailed stay good.
    #[serde(default)]
    revoke: Option<String>,
}

carries_token!(Corrected);

pub(super) async fn correct_email(
    door: web::Data<Door>,
    Sent { by: lead, form }: Sent<SignedIn, web::Form<Corrected>>,
    id: web::Path<String>,
) -> Result<HttpResponse, PageProblem> {
    let id = work_sample_id(&id)?;
    let form = form.into_inner();
    let correction = EmailCorrection {
        email: form.email.clone(),
        revoke_links: form.revoke.is_some(),
    };
    let by = Actor::Lead {
        name: lead.name.clone(),
    };
    match correcting::correct(&door.services, &id, correction, by).await {
        Ok(_) => told(
            &door,
            &format!("/samples/{id}/links"),
            Notice::EmailCorrected,
        ),
        Err(error) => {
            let (status, errors) = refused(error, &["email"])?;
            let with = With {
                refused: Some((status, form, errors)),
                ..With::default()
            };
            links_page(&door, &lead, id, with).await
        }
    }
}
