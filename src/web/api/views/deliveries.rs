//! Deliveries as the API shows them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ids::CommitSha;
use crate::work_sample::{
    Actor, Correction, Delivery, NaturalKey, OpenDeliveryStatus, Push, WorkSample, records,
};

/// A delivery, as it was recorded.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct DeliveryView {
    #[schema(value_type = String, format = DateTime)]
    pub at: crate::clock::Timestamp,
    pub sha: Option<CommitSha>,
    pub late: bool,
    /// Does this delivery count?
    pub effective: bool,
    /// The text or request that it is.
    pub key: NaturalKey,
    /// Is it the starter, with nothing changed?
    pub starter: bool,
    /// Newer work of the candidate on another branch that it leaves out.
    pub leaves_out: Option<LeftOutView>,
    /// A lead's word on it.
    pub corrected: Option<CorrectionView>,
}

/// Pushed work that a delivery leaves out.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct LeftOutView {
    pub branch: String,
    pub sha: CommitSha,
    #[schema(value_type = String, format = DateTime)]
    pub pushed_at: crate::clock::Timestamp,
}

/// Who corrected a delivery, and why.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct CorrectionView {
    #[schema(value_type = String, format = DateTime)]
    pub at: crate::clock::Timestamp,
    pub by: String,
    pub reason: String,
}

/// Something that was declared as a delivery and delivered nothing.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct OpenDeliveryView {
    /// The text or request that declares it.
    pub key: NaturalKey,
    #[schema(value_type = String, format = DateTime)]
    pub at: crate::clock::Timestamp,
    pub status: OpenDeliveryStatus,
    pub why: String,
}

pub(super) fn recorded(work_sample: &WorkSample) -> Vec<DeliveryView> {
    work_sample
        .deliveries
        .iter()
        .map(|delivery| DeliveryView::of(work_sample, delivery))
        .collect()
}

impl DeliveryView {
    fn of(work_sample: &WorkSample, delivery: &Delivery) -> Self {
        DeliveryView {
            at: delivery.at,
            sha: delivery.sha.clone(),
            late: delivery.late,
            effective: delivery.effective,
            key: delivery.delivery.clone(),
            starter: delivery.starter,
            leaves_out: work_sample.left_out(delivery).map(Into::into),
            corrected: delivery.corrected.as_ref().map(Into::into),
        }
    }
}

impl From<&Push> for LeftOutView {
    fn from(push: &Push) -> Self {
        let branch = push.git_ref.strip_prefix("refs/heads/");
        LeftOutView {
            branch: branch.unwrap_or(&push.git_ref).to_owned(),
            sha: push.after.clone(),
            pushed_at: push.at,
        }
    }
}

impl From<&Correction> for CorrectionView {
    fn from(correction: &Correction) -> Self {
        let by = match &correction.by {
            Actor::Lead { name } | Actor::Reviewer { name } => name.clone(),
            Actor::Candidate | Actor::Service | Actor::GitHub { .. } => String::new(),
        };
        CorrectionView {
            at: correction.at,
            by,
            reason: correction.reason.clone(),
        }
    }
}

/// What delivered nothing, with what a lead has to settle.
pub(super) fn open_for_team(work_sample: &WorkSample) -> Vec<OpenDeliveryView> {
    records::open(work_sample)
        .into_iter()
        .map(|open| OpenDeliveryView {
            key: open.delivery,
            at: open.at,
            status: open.status,
            why: open.why,
        })
        .collect()
}
