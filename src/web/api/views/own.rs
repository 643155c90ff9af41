//! What the API shows candidates of their own work. The fields are those that the team's views have, because clients know
//! them; the values are made of what candidates read on their pages, field by field. So a field that is added for the team
//! does not reach a candidate by itself.

use serde::Serialize;

use crate::candidate::{Invitation, InvitationTrouble, Offer, OwnPay, Work};
use crate::clock::Timestamp;
use crate::ids::{CommitSha, Login};
use crate::money::Money;
use crate::work_sample::{
    EndOfWork, InvitationProblem, InvitationState, OpenDeliveryStatus, Terms,
};

/// Who corrected a delivery, as candidates read it: the page does not name them either.
const THE_TEAM: &str = "the team";

#[derive(Debug, Clone, Serialize)]
pub struct OwnDeliveryView {
    pub at: Timestamp,
    pub sha: Option<CommitSha>,
    pub late: bool,
    pub effective: bool,
    /// Its number, such as `delivery:1`: the keys of the log are the team's.
    pub key: String,
    pub starter: bool,
    pub leaves_out: Option<OwnLeftOutView>,
    pub corrected: Option<OwnCorrectionView>,
}

#[derive(Debug, Clone, Serialize)]
pub struct OwnLeftOutView {
    pub branch: String,
    pub sha: CommitSha,
    pub pushed_at: Timestamp,
}

#[derive(Debug, Clone, Serialize)]
pub struct OwnCorrectionView {
    pub at: Timestamp,
    /// Always [`THE_TEAM`].
    pub by: &'static str,
    pub reason: String,
}

#[derive(Debug, Clone, Serialize)]
pub struct OwnOpenDeliveryView {
    /// Its number, such as `open_delivery:1`.
    pub key: String,
    pub at: Timestamp,
    pub status: OpenDeliveryStatus,
    pub why: String,
}

#[derive(Debug, Clone, Serialize)]
pub struct OwnInvitationView {
    pub login: Login,
    pub state: InvitationState,
    pub sent_at: Timestamp,
}

/// Without GitHub's own words, which are the team's.
#[derive(Debug, Clone, Serialize)]
pub struct OwnInvitationFailureView {
    pub at: Timestamp,
    pub login: Login,
    pub code: InvitationProblem,
    pub reason: String,
    pub hint: String,
}

#[derive(Debug, Clone, Serialize)]
pub struct OwnEndView {
    pub frozen: Option<CommitSha>,
    pub frozen_at: Option<Timestamp>,
    pub read_only: bool,
    /// Always missing: what is kept is the team's.
    pub bundle_sha256: Option<String>,
    pub archived_at: Option<Timestamp>,
    pub handed_over_at: Option<Timestamp>,
    pub deleted_at: Option<Timestamp>,
}

#[derive(Debug, Clone, Serialize)]
pub struct OwnPayView {
    pub owed: Money,
    pub fell_due_at: Timestamp,
    pub pay_by: Timestamp,
    pub outstanding: Option<Money>,
    pub references: Vec<String>,
}

pub(super) fn deliveries(work: &Work) -> Vec<OwnDeliveryView> {
    (1..)
        .zip(&work.deliveries)
        .map(|(number, delivery): (usize, _)| OwnDeliveryView {
            at: delivery.at,
            sha: delivery.sha.clone(),
            late: delivery.late,
            effective: delivery.counts,
            key: format!("delivery:{number}"),
            starter: delivery.starter,
            leaves_out: delivery.leaves_out.as_ref().map(|left| OwnLeftOutView {
                branch: left.branch.clone(),
                sha: left.sha.clone(),
                pushed_at: left.pushed_at,
            }),
            corrected: delivery
                .corrected_at
                .zip(delivery.corrected_because.as_ref())
                .map(|(at, reason)| OwnCorrectionView {
                    at,
                    by: THE_TEAM,
                    reason: reason.clone(),
                }),
        })
        .collect()
}

pub(super) fn open_deliveries(work: &Work) -> Vec<OwnOpenDeliveryView> {
    (1..)
        .zip(&work.open_deliveries)
        .map(|(number, open): (usize, _)| OwnOpenDeliveryView {
            key: format!("open_delivery:{number}"),
            at: open.at,
            status: open.status,
            why: open.why.clone(),
        })
        .collect()
}

/// The terms with the texts that the offer shows.
pub(super) fn terms(terms: &Terms, offer: &Offer) -> Terms {
    Terms {
        pay: terms.pay,
        timebox_hours: terms.timebox_hours,
        due_days: terms.due_days,
        pay_within_days: terms.pay_within_days,
        withdrawn_percent: terms.withdrawn_percent,
        cancelled_percent: terms.cancelled_percent,
        ownership: offer.ownership.clone(),
        ai_policy: offer.ai_policy.clone(),
        recorded: offer.recorded.clone(),
        starter_owes_nothing: terms.starter_owes_nothing,
        payer: offer.payer.clone(),
        answers_within_hours: terms.answers_within_hours,
    }
}

impl From<&Invitation> for OwnInvitationView {
    fn from(invitation: &Invitation) -> Self {
        OwnInvitationView {
            login: invitation.login.clone(),
            state: invitation.state,
            sent_at: invitation.sent_at,
        }
    }
}

impl From<&InvitationTrouble> for OwnInvitationFailureView {
    fn from(trouble: &InvitationTrouble) -> Self {
        OwnInvitationFailureView {
            at: trouble.at,
            login: trouble.login.clone(),
            code: trouble.code,
            reason: trouble.reason.clone(),
            hint: trouble.hint.clone(),
        }
    }
}

impl From<&EndOfWork> for OwnEndView {
    fn from(end: &EndOfWork) -> Self {
        OwnEndView {
            frozen: end.frozen.as_ref().and_then(|frozen| frozen.sha.clone()),
            frozen_at: end.frozen.as_ref().map(|frozen| frozen.at),
            read_only: end.reduced,
            bundle_sha256: None,
            archived_at: end.archived_at,
            handed_over_at: end.handed_over_at,
            deleted_at: end.deleted_at,
        }
    }
}

impl From<&OwnPay> for OwnPayView {
    fn from(pay: &OwnPay) -> Self {
        OwnPayView {
            owed: pay.amount,
            fell_due_at: pay.fell_due_at,
            pay_by: pay.pay_by,
            outstanding: pay.outstanding,
            references: pay
                .payouts
                .iter()
                .map(|payout| payout.reference.clone())
                .collect(),
        }
    }
}
