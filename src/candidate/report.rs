//! The candidate's own report: what they may read of the process report once a decision was made or the work ended.

use serde::Serialize;
use utoipa::ToSchema;

use super::offer::Offer;
use super::work::Work;
use crate::acceptance::Verdict;
use crate::clock::Timestamp;
use crate::ids::{CommitSha, CriterionId};
use crate::report::one_line;
use crate::spec::SpecVersion;
use crate::spec::candidate::visible_criteria;
use crate::work_sample::{Side, WorkSample};

/// Visible criteria with their verdicts, own texts and the team's, times, deliveries, pay and feedback. Nothing of outputs,
/// hidden criteria, gaps, probes, notes or the team's reasons.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct OwnReport {
    pub offer: Offer,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub offered_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub provisioned_at: Option<Timestamp>,
    pub work: Work,
    pub pushes: Vec<OwnPush>,
    /// The criteria that a candidate may see, on the commit that counts. Empty where nothing was assessed.
    pub results: Vec<CriterionResult>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub closed_at: Option<Timestamp>,
}

/// A push of the candidate's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct OwnPush {
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    pub branch: String,
    pub sha: CommitSha,
    /// How many commits came with it, as far as GitHub told.
    pub commits: usize,
}

/// What one criterion came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CriterionResult {
    pub criterion: CriterionId,
    pub title: String,
    pub verdict: Verdict,
}

impl OwnReport {
    /// `None` until a decision was made or the work ended.
    pub fn of(ws: &WorkSample, version: &SpecVersion) -> Option<OwnReport> {
        ws.over_at()?;
        Some(OwnReport {
            offer: Offer::of(ws, version),
            offered_at: ws.offered_at,
            provisioned_at: ws.provisioned_at,
            work: Work::of(ws, version),
            pushes: ws
                .pushes
                .iter()
                .filter(|push| push.side == Side::Candidate && !push.after.is_zero())
                .map(|push| OwnPush {
                    at: push.at,
                    branch: one_line(
                        push.git_ref
                            .strip_prefix("refs/heads/")
                            .unwrap_or(&push.git_ref),
                    ),
                    sha: push.after.clone(),
                    commits: push.commits.len(),
                })
                .collect(),
            results: results(ws, version),
            closed_at: ws.closed_at,
        })
    }
}

fn results(ws: &WorkSample, version: &SpecVersion) -> Vec<CriterionResult> {
    let Some(assessment) = ws.effective_assessment() else {
        return Vec::new();
    };
    visible_criteria(&version.spec)
        .filter_map(|criterion| {
            let checked = assessment
                .results
                .iter()
                .find(|one| one.criterion == criterion.id)
                .map(|one| one.verdict);
            let judged = ws
                .judgement(&criterion.id, &assessment.sha)
                .map(|one| one.verdict);
            Some(CriterionResult {
                criterion: criterion.id.clone(),
                title: one_line(&criterion.title),
                verdict: judged.or(checked)?,
            })
        })
        .collect()
}
