//! The offer and the work as their candidate reads them through the API.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::own::{
    self, OwnDeliveryView, OwnEndView, OwnInvitationFailureView, OwnInvitationView,
    OwnOpenDeliveryView, OwnPayView,
};
// The names under which the description of the API publishes what the types above hold.
use super::{
    DeliveryView, EndView, InvitationFailureView, InvitationView, OpenDeliveryView, PayView,
};
use crate::candidate::{Offer, Work};
use crate::ids::{ClauseId, Login, WorkSampleId};
use crate::spec::SpecVersion;
use crate::work_sample::{Repository, State, Terms, WorkSample};
use crate::workflow::accept;

/// A clause as the candidate reads it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ClauseView {
    pub id: ClauseId,
    pub title: String,
}

/// The offer and the work as their candidate reads them.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(examples(json!(crate::web::api::examples::offer())))]
pub struct OfferView {
    pub id: WorkSampleId,
    pub title: String,
    pub summary: String,
    /// The brief, in Markdown, with visible clause ids such as `(R1)`.
    pub brief: String,
    pub clauses: Vec<ClauseView>,
    pub candidate: String,
    pub state: State,
    pub terms: Terms,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub offer_expires_at: Option<crate::clock::Timestamp>,
    pub login: Option<Login>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub due_at: Option<crate::clock::Timestamp>,
    /// Where the work happens, once it is ready.
    pub repository: Option<Repository>,
    /// Your invitation to it; ask for another, or correct your login, as long as you have not joined.
    #[schema(value_type = Option<InvitationView>)]
    pub invitation: Option<OwnInvitationView>,
    /// Set where you are not invited because GitHub refused the invitation. GitHub's own words are left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<InvitationFailureView>)]
    pub invitation_failure: Option<OwnInvitationFailureView>,
    /// What you should know of the login that you gave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login_warning: Option<String>,
    /// What was done with the repository. `bundle_sha256` is always null here: what is kept is the team's.
    #[schema(value_type = EndView)]
    pub end: OwnEndView,
    /// Your deliveries in order. `key` is their number, such as `delivery:1`; `corrected.by` is `the team`.
    #[schema(value_type = Vec<DeliveryView>)]
    pub deliveries: Vec<OwnDeliveryView>,
    /// What was declared and delivered nothing, and why. `key` is its number, such as `open_delivery:1`.
    #[schema(value_type = Vec<OpenDeliveryView>)]
    pub open_deliveries: Vec<OwnOpenDeliveryView>,
    #[schema(value_type = Option<PayView>)]
    pub pay: Option<OwnPayView>,
    /// All that the offer says.
    pub offer: Offer,
    /// The SHA-256 of the offer's text, in hexadecimal digits: accept with it, and exactly this offer is accepted.
    pub offer_sha256: String,
    /// The work, once the offer was accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub work: Option<Work>,
}

impl OfferView {
    pub fn of(work_sample: &WorkSample, version: &SpecVersion) -> Self {
        let (_, offer_sha256) = accept::offer(work_sample, version);
        let offer = Offer::of(work_sample, version);
        let work = Work::of(work_sample, version);
        OfferView {
            offer_sha256,
            id: work_sample.id.clone(),
            title: offer.title.clone(),
            summary: offer.summary.clone(),
            brief: offer.brief.clone(),
            clauses: offer
                .clauses
                .iter()
                .map(|clause| ClauseView {
                    id: clause.id.clone(),
                    title: clause.title.clone(),
                })
                .collect(),
            candidate: offer.candidate.clone(),
            state: work.state,
            terms: own::terms(&work_sample.terms, &offer),
            offer_expires_at: offer.expires_at,
            login: work.login.clone(),
            due_at: work.due_at,
            repository: work.repository.clone(),
            invitation: work.invitation.as_ref().map(Into::into),
            invitation_failure: work.invitation_trouble.as_ref().map(Into::into),
            login_warning: work.login_warning.clone(),
            end: (&work_sample.end).into(),
            deliveries: own::deliveries(&work),
            open_deliveries: own::open_deliveries(&work),
            pay: work.pay.as_ref().map(Into::into),
            work: work_sample.accepted_at.map(|_| work),
            offer,
        }
    }
}
