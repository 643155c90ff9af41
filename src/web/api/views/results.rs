//! What the acceptance criteria came to on the commit that counts, for leads and reviewers.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::acceptance::Verdict;
use crate::ids::CriterionId;
use crate::spec::Spec;
use crate::web::words::person;
use crate::work_sample::WorkSample;

/// One criterion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ResultView {
    pub criterion: CriterionId,
    pub title: String,
    /// A reviewer's word, where there is one, goes before the check's; `open` waits for it.
    pub verdict: Verdict,
    /// What the check says for it, or the reviewer.
    pub because: String,
    /// The reviewer who judged.
    pub judged_by: Option<String>,
}

/// In the order of the spec; empty until the delivered commit was assessed.
pub fn of(work_sample: &WorkSample, spec: &Spec) -> Vec<ResultView> {
    let Some(assessment) = work_sample.effective_assessment() else {
        return Vec::new();
    };
    let results = spec.criteria.iter().filter_map(|criterion| {
        let checked = assessment
            .results
            .iter()
            .find(|one| one.criterion == criterion.id);
        let judged = work_sample.judgement(&criterion.id, &assessment.sha);
        let (verdict, because) = match (judged, checked) {
            (Some(judged), _) => (judged.verdict, judged.note.clone()),
            (None, Some(checked)) => (checked.verdict, checked.because.clone()),
            (None, None) => return None,
        };
        Some(ResultView {
            criterion: criterion.id.clone(),
            title: criterion.title.clone(),
            verdict,
            because,
            judged_by: judged.map(|judged| person(&judged.by)),
        })
    });
    results.collect()
}
