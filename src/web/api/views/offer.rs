//! The offer and the work as their candidate reads them through the API.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    DeliveryView, EndView, InvitationFailureView, InvitationView, OpenDeliveryView, PayView,
    deliveries, pay,
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
    pub invitation: Option<InvitationView>,
    /// Set where you are not invited because GitHub refused the invitation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invitation_failure: Option<InvitationFailureView>,
    /// What you should know of the login that you gave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login_warning: Option<String>,
    pub end: EndView,
    pub deliveries: Vec<DeliveryView>,
    /// What was declared and delivered nothing, and why.
    pub open_deliveries: Vec<OpenDeliveryView>,
    pub pay: Option<PayView>,
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
        OfferView {
            offer: Offer::of(work_sample, version),
            offer_sha256,
            work: work_sample
                .accepted_at
                .map(|_| Work::of(work_sample, version)),
            id: work_sample.id.clone(),
            title: version.spec.title.clone(),
            summary: version.spec.summary.clone(),
            brief: version.brief.for_candidate(),
            clauses: version
                .spec
                .clauses
                .iter()
                .map(|clause| ClauseView {
                    id: clause.id.clone(),
                    title: clause.title.clone(),
                })
                .collect(),
            candidate: work_sample.candidate.clone(),
            state: work_sample.state,
            terms: work_sample.terms.clone(),
            offer_expires_at: work_sample.offer_expires_at,
            login: work_sample.login.clone(),
            due_at: work_sample.due_at,
            repository: work_sample.provisioning.repository.clone(),
            invitation: InvitationView::of(work_sample),
            invitation_failure: work_sample
                .invitation_failure()
                .map(InvitationFailureView::for_the_candidate),
            login_warning: work_sample.login.as_ref().and_then(Login::warning),
            end: (&work_sample.end).into(),
            deliveries: deliveries::recorded(work_sample),
            open_deliveries: deliveries::open_for_candidate(work_sample),
            pay: pay(work_sample),
        }
    }
}
