//! A candidate's personal links: one to copy and hand over, and which are good.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::super::Problem;
use super::super::door::Door;
use super::super::session::SignedIn;
use super::components::When;
use super::failure::PageProblem;
use super::form::{Press, Sent, carries_token};
use super::{Frame, page, see};
use crate::ids::{InvalidId, WorkSampleId};
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
    made: Option<String>,
) -> Result<HttpResponse, PageProblem> {
    let (work_sample, _) = show::work_sample(&door.services, &id).await?;
    let shown = LinksPage {
        frame: Frame::of(lead, "Personal links"),
        form_token: lead.form_token.clone(),
        candidate: work_sample.candidate,
        email: work_sample.email.map(|email| email.to_string()),
        rows: offer_links::list(&door.services, &id).await?,
        made,
        id,
    };
    page(StatusCode::OK, &shown)
}

pub(super) async fn list(
    door: web::Data<Door>,
    lead: SignedIn,
    id: web::Path<String>,
) -> Result<HttpResponse, PageProblem> {
    links_page(&door, &lead, work_sample_id(&id)?, None).await
}

/// Makes another link and shows its address, once.
pub(super) async fn make(
    door: web::Data<Door>,
    Sent { by: lead, .. }: Sent<SignedIn, web::Form<Press>>,
    id: web::Path<String>,
) -> Result<HttpResponse, PageProblem> {
    let id = work_sample_id(&id)?;
    let url = offer_links::make(&door.services, &door.public_url, &id, &lead.name).await?;
    links_page(&door, &lead, id, Some(url)).await
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
    let which = match form.into_inner().link {
        Some(link) => Which::One(link),
        None => Which::All,
    };
    offer_links::revoke(&door.services, &id, which, &lead.name).await?;
    Ok(see(&format!("/samples/{id}/links")))
}
