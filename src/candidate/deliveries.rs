//! A candidate's own deliveries.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use crate::clock::Timestamp;
use crate::ids::CommitSha;
use crate::report::{one_line, several_lines};
use crate::work_sample::{OpenDeliveryStatus, Push, WorkSample, records};

/// A delivery, as it was recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct OwnDelivery {
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Missing where no push is known that it could mean.
    pub sha: Option<CommitSha>,
    /// Was it after the due time?
    pub late: bool,
    /// Is it the one that counts?
    pub counts: bool,
    /// Is it the starter, with nothing changed?
    pub starter: bool,
    /// Newer work on another branch that it does not hold.
    pub leaves_out: Option<LeftOut>,
    /// Why a lead recorded or corrected it, where one did.
    pub corrected_because: Option<String>,
    /// When that was.
    #[schema(value_type = Option<String>, format = DateTime)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corrected_at: Option<Timestamp>,
}

/// Pushed work that a delivery does not hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct LeftOut {
    pub branch: String,
    pub sha: CommitSha,
    #[schema(value_type = String, format = DateTime)]
    pub pushed_at: Timestamp,
}

/// Something that was declared as a delivery and delivered nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct OpenDelivery {
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    pub status: OpenDeliveryStatus,
    pub why: String,
}

/// A branch that can be delivered, as far as its pushes are known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Head {
    pub branch: String,
    pub sha: CommitSha,
    /// When it was pushed; missing where nothing was pushed to the branch since the first commit.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub pushed_at: Option<Timestamp>,
    pub is_default: bool,
}

/// The branches, the one that was pushed to last first.
pub fn heads(ws: &WorkSample) -> Vec<Head> {
    let Some(repository) = &ws.provisioning.repository else {
        return Vec::new();
    };
    let mut last: BTreeMap<&str, &Push> = BTreeMap::new();
    for push in &ws.pushes {
        if let Some(branch) = push.git_ref.strip_prefix("refs/heads/") {
            let newest = last.entry(branch).or_insert(push);
            if push.at >= newest.at {
                *newest = push;
            }
        }
    }
    let default = repository.default_branch.as_str();
    let starter = ws.provisioning.first_commit.as_ref();
    let mut heads: Vec<Head> = last
        .iter()
        .filter(|(_, push)| !push.after.is_zero())
        .map(|(branch, push)| Head {
            branch: (*branch).to_owned(),
            sha: push.after.clone(),
            // The first commit is a push of ours.
            pushed_at: Some(push.at).filter(|_| starter != Some(&push.after)),
            is_default: *branch == default,
        })
        .collect();
    if !last.contains_key(default)
        && let Some(first) = &ws.provisioning.first_commit
    {
        heads.push(Head {
            branch: default.to_owned(),
            sha: first.clone(),
            pushed_at: None,
            is_default: true,
        });
    }
    heads.sort_by(|a, b| (b.pushed_at, &a.branch).cmp(&(a.pushed_at, &b.branch)));
    heads
}

pub(super) fn deliveries(ws: &WorkSample) -> Vec<OwnDelivery> {
    let own = ws.deliveries.iter().map(|delivery| OwnDelivery {
        at: delivery.at,
        sha: delivery.sha.clone(),
        late: delivery.late,
        counts: delivery.effective,
        starter: delivery.starter,
        leaves_out: ws.left_out(delivery).map(|push| {
            let branch = push.git_ref.strip_prefix("refs/heads/");
            LeftOut {
                branch: one_line(branch.unwrap_or(&push.git_ref)),
                sha: push.after.clone(),
                pushed_at: push.at,
            }
        }),
        corrected_at: delivery.corrected.as_ref().map(|correction| correction.at),
        corrected_because: delivery
            .corrected
            .as_ref()
            .map(|correction| several_lines(&correction.reason)),
    });
    own.collect()
}

/// What a lead has to settle is not the candidate's to know. What was delivered since leaves nothing to do about the starter or a
/// name that was not found.
pub(super) fn open(ws: &WorkSample) -> Vec<OpenDelivery> {
    let newest = ws.deliveries.iter().map(|one| one.at).max();
    let over = ws.over_at().is_some();
    records::open(ws)
        .into_iter()
        .filter(|open| match open.status {
            OpenDeliveryStatus::UnreadBeforeUpgrade => false,
            OpenDeliveryStatus::Pending => true,
            OpenDeliveryStatus::NotResolved | OpenDeliveryStatus::StarterUnconfirmed => {
                !over && newest.is_none_or(|at| at < open.at)
            }
        })
        .map(|open| OpenDelivery {
            at: open.at,
            status: open.status,
            why: one_line(&open.why),
        })
        .collect()
}
