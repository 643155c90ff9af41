//! Did a rehearsal come to what its script says it should? Compared on the report, which is what people will read.

use crate::acceptance::Verdict;
use crate::spec::SpecVersion;
use crate::spec::script::Expect;
use crate::web::words::name_of;
use crate::work_sample::{EntryKind, WorkSample};

/// What a script expected and what came instead, in sentences; none if all went as scripted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    pub differences: Vec<String>,
}

impl Expected {
    pub fn compare(expect: &Expect, version: &SpecVersion, work_sample: &WorkSample) -> Expected {
        let mut differences = Vec::new();
        let mut differs = |what: &str, expected: String, found: String| {
            if expected != found {
                differences.push(format!("{what}: expected {expected}, found {found}"));
            }
        };
        if let Some(state) = &expect.state {
            differs("state", state.clone(), name_of(&work_sample.state));
        }
        let verdict = |criterion: &crate::ids::CriterionId| verdict_of(work_sample, criterion);
        for criterion in &expect.passed {
            differs(criterion.as_str(), "passed".into(), verdict(criterion));
        }
        for criterion in &expect.failed {
            differs(criterion.as_str(), "failed".into(), verdict(criterion));
        }
        for (gap, interpretation) in &expect.built {
            let found = work_sample
                .effective_assessment()
                .and_then(|assessment| assessment.probes.iter().find(|probe| &probe.gap == gap))
                .and_then(|probe| probe.built.as_ref())
                .map_or_else(|| "nothing".to_owned(), ToString::to_string);
            differs(
                &format!("built for {gap}"),
                interpretation.to_string(),
                found,
            );
        }
        let count = |kind: EntryKind| work_sample.entries_of(kind).count();
        for (what, expected, kind) in [
            ("questions", expect.questions, EntryKind::Question),
            ("updates", expect.updates, EntryKind::Progress),
            ("decisions", expect.decisions, EntryKind::Decision),
        ] {
            if let Some(expected) = expected {
                differs(what, expected.to_string(), count(kind).to_string());
            }
        }
        if let Some(late) = expect.late {
            let found = work_sample.effective_delivery().map_or_else(
                || "nothing delivered".to_owned(),
                |delivery| delivery.late.to_string(),
            );
            differs("late", late.to_string(), found);
        }
        for gap in expect.built.keys() {
            if version.spec.gap(gap).is_none() {
                differs("gap", gap.to_string(), "no such gap in the spec".into());
            }
        }
        Expected { differences }
    }

    pub fn is_met(&self) -> bool {
        self.differences.is_empty()
    }
}

/// A criterion's verdict on the delivery that counts; a reviewer's judgement stands over the open one.
fn verdict_of(work_sample: &WorkSample, criterion: &crate::ids::CriterionId) -> String {
    let Some(assessment) = work_sample.effective_assessment() else {
        return "not assessed".into();
    };
    let judged = work_sample
        .judgement(criterion, &assessment.sha)
        .map(|judgement| judgement.verdict);
    let checked = assessment
        .results
        .iter()
        .find(|result| &result.criterion == criterion)
        .map(|result| result.verdict);
    match judged.or(checked) {
        Some(Verdict::Passed) => "passed".into(),
        Some(Verdict::Failed) => "failed".into(),
        Some(Verdict::Undetermined) => "undetermined".into(),
        Some(Verdict::Open) => "open".into(),
        None => "no such criterion".into(),
    }
}
