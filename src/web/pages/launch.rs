//! Launching one candidate: a form, a preview of the offer and the mail, the lead's word.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::super::door::Door;
use super::super::notice::Notice;
use super::super::session::SignedIn;
use super::candidate::OfferBody;
use super::components::{Choice, FieldErrors};
use super::failure::PageProblem;
use super::form::{Sent, carries_token};
use super::person_form::refused;
use super::repeat::{new_key, once};
use super::{Frame, page, told};
use crate::workflow::launch::{self, Launch};
use crate::workflow::launch_preview::{LaunchPreview, preview};
use crate::workflow::launch_warnings::{Addressed, LaunchWarning, is_mailed};
use crate::workflow::messages::MailPreview;
use crate::workflow::{WorkflowError, publish};
use crate::zone::Zone;

/// The header's link to these pages.
const HOME: &str = "/launches";

/// The form's fields.
const FIELDS: [&str; 5] = ["spec", "candidate", "email", "organization", "again"];

#[derive(Deserialize, Default, Clone)]
#[serde(deny_unknown_fields)]
pub(super) struct LaunchForm {
    form_token: String,
    #[serde(default)]
    spec: String,
    #[serde(default)]
    candidate: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    organization: String,
    #[serde(default)]
    again: String,
    /// Makes a form that is sent twice one launch.
    #[serde(default)]
    key: String,
}

carries_token!(LaunchForm);

impl LaunchForm {
    async fn launch(&self, door: &Door, lead: &SignedIn) -> Result<Launch, WorkflowError> {
        Ok(Launch {
            spec: publish::find(&door.services, &self.spec).await?,
            candidate: self.candidate.clone(),
            email: Some(self.email.clone()),
            organization: Some(self.organization.clone()).filter(|name| !name.is_empty()),
            again: self.is_again(),
            lead: lead.name.clone(),
        })
    }

    fn is_again(&self) -> bool {
        self.again == "yes"
    }
}

#[derive(Deserialize)]
pub(super) struct Chosen {
    /// A spec that is chosen already.
    #[serde(default)]
    spec: String,
}

#[derive(Template)]
#[template(path = "pages/new_single_launch.html")]
struct FormPage {
    frame: Frame,
    form_token: String,
    specs: Vec<Choice>,
    /// To choose from, where there are several.
    organizations: Vec<Choice>,
    sent: LaunchForm,
    /// Was it refused because the candidate has this spec?
    asks_again: bool,
    errors: FieldErrors,
}

#[derive(Template)]
#[template(path = "pages/launch_preview.html")]
struct PreviewPage {
    frame: Frame,
    form_token: String,
    sent: LaunchForm,
    key: String,
    title: String,
    candidate: String,
    email: String,
    warnings: Vec<LaunchWarning>,
    mail: Option<MailPreview>,
    offer: OfferBody,
}

pub(super) async fn new(
    door: web::Data<Door>,
    lead: SignedIn,
    chosen: web::Query<Chosen>,
) -> Result<HttpResponse, PageProblem> {
    let sent = LaunchForm {
        spec: chosen.spec.chars().take(200).collect(),
        ..LaunchForm::default()
    };
    if sent.spec.is_empty() {
        return form_page(&door, &lead, sent, StatusCode::OK, FieldErrors::none()).await;
    }
    match publish::find(&door.services, &sent.spec).await {
        Ok(_) => form_page(&door, &lead, sent, StatusCode::OK, FieldErrors::none()).await,
        Err(error) => form_again(&door, &lead, sent, error).await,
    }
}

async fn form_page(
    door: &Door,
    lead: &SignedIn,
    sent: LaunchForm,
    status: StatusCode,
    errors: FieldErrors,
) -> Result<HttpResponse, PageProblem> {
    let specs = publish::list(&door.services).await?;
    let orgs = door.services.github.iter();
    let shown = FormPage {
        frame: Frame::of(lead, "Launch one")
            .at(HOME)
            .failed(!errors.is_empty()),
        form_token: lead.form_token.clone(),
        specs: specs
            .iter()
            .map(|one| {
                let label = format!("{} · {} {}", one.title, one.slug, one.version);
                let is_chosen = sent.spec == one.digest.as_str() || sent.spec == one.slug.as_str();
                Choice::new(one.digest.as_str(), label, is_chosen)
            })
            .collect(),
        organizations: orgs
            .map(|github| {
                let name = github.org().to_string();
                let is_chosen = name == sent.organization;
                Choice::new(name.clone(), name, is_chosen)
            })
            .collect(),
        asks_again: sent.is_again() || errors.has("again"),
        sent,
        errors,
    };
    page(status, &shown)
}

/// The form again, with what is wrong beside its field.
///
/// # Errors
/// Failures that are not the form's.
async fn form_again(
    door: &Door,
    lead: &SignedIn,
    sent: LaunchForm,
    error: WorkflowError,
) -> Result<HttpResponse, PageProblem> {
    let (status, errors) = refused(error, &FIELDS)?;
    form_page(door, lead, sent, status, errors).await
}

/// Shows what a launch would do.
pub(super) async fn check(
    door: web::Data<Door>,
    Sent {
        by: lead,
        form: sent,
    }: Sent<SignedIn, web::Form<LaunchForm>>,
) -> Result<HttpResponse, PageProblem> {
    let sent = sent.into_inner();
    let looked = match sent.launch(&door, &lead).await {
        Ok(launch) => preview(&door.services, launch).await,
        Err(error) => Err(error),
    };
    match looked {
        Ok(found) => {
            let shown = PreviewPage::of(&door, &lead, sent, found);
            page(StatusCode::OK, &shown)
        }
        Err(error) => form_again(&door, &lead, sent, error).await,
    }
}

impl PreviewPage {
    fn of(door: &Door, lead: &SignedIn, sent: LaunchForm, found: LaunchPreview) -> PreviewPage {
        let now = door.services.now();
        PreviewPage {
            frame: Frame::of(lead, "Before you launch").at(HOME),
            form_token: lead.form_token.clone(),
            key: new_key(door),
            title: found.version.spec.title.clone(),
            candidate: found.launch.candidate.clone(),
            email: found.launch.email.clone().unwrap_or_default(),
            warnings: found.warnings,
            mail: found.mail,
            // A candidate chooses their zone when they accept.
            offer: OfferBody::preview(&found.work_sample, &found.version, (now, Zone::UTC)),
            sent,
        }
    }
}

/// Makes the offer. A form that is sent again makes no other.
pub(super) async fn create(
    door: web::Data<Door>,
    Sent {
        by: lead,
        form: sent,
    }: Sent<SignedIn, web::Form<LaunchForm>>,
) -> Result<HttpResponse, PageProblem> {
    let sent = sent.into_inner();
    let key = once(
        format!("launch page {}", lead.person),
        Some(&sent.key),
        &[
            &sent.spec,
            &sent.candidate,
            &sent.email,
            &sent.organization,
            &sent.again,
        ],
    );
    let made = match sent.launch(&door, &lead).await {
        Ok(wanted) => launch::launch(&door.services, wanted, key).await,
        Err(error) => Err(error),
    };
    let made = match made {
        Ok(made) => made,
        Err(error) => return form_again(&door, &lead, sent, error).await,
    };
    if is_mailed(&door.services, Addressed::to(made.email.as_deref())) {
        told(&door, &format!("/samples/{}", made.id), Notice::Launched)
    } else {
        let links = format!("/samples/{}/links", made.id);
        told(&door, &links, Notice::LaunchedWithoutMail)
    }
}
