//! Criteria and gaps of a work sample, as its page shows them to the team.

use super::super::components::When;
use crate::acceptance::Verdict;
use crate::report::{Criterion, Report};
use crate::zone::Zone;

/// A criterion with its result.
pub(super) struct CriterionLine {
    pub id: String,
    pub title: String,
    pub is_hidden: bool,
    pub checked_by: String,
    pub verdict: &'static str,
    pub badge: &'static str,
    pub because: String,
    /// The beginning and the end of the command's output.
    pub output: String,
    pub judged: Option<(String, When, String)>,
    /// Waits for a person, or may be judged again by one.
    pub may_be_judged: bool,
    pub is_open: bool,
    pub form: String,
    pub field: String,
}

/// A gap, with what was written about it and what was built.
pub(super) struct GapLine {
    pub id: String,
    pub title: String,
    pub ways: Vec<(String, String, bool)>,
    pub about: usize,
    pub probe: String,
}

/// The most characters of a command's output.
const LONGEST_OUTPUT: usize = 3_000;

pub(super) fn criteria(report: &Report, zone: Zone) -> Vec<CriterionLine> {
    report
        .criteria
        .iter()
        .map(|one| CriterionLine {
            id: one.id.to_string(),
            title: one.title.clone(),
            is_hidden: one.hidden,
            checked_by: one.checked_by.clone(),
            verdict: in_words(one.verdict),
            badge: badge(one.verdict),
            because: one.because.clone(),
            output: output(one),
            judged: one.judged.as_ref().map(|judged| {
                let at = When::in_zone(judged.at, zone);
                (judged.by.name.clone(), at, judged.note.clone())
            }),
            may_be_judged: matches!(one.verdict, Some(Verdict::Open | Verdict::Undetermined))
                || one.judged.is_some(),
            is_open: one.verdict == Some(Verdict::Open),
            form: format!("judge:{}", one.id),
            field: format!("judge-{}", one.id),
        })
        .collect()
}

fn output(one: &Criterion) -> String {
    let Some(run) = &one.run else {
        return String::new();
    };
    let all = [
        &run.stdout.head,
        &run.stdout.tail,
        &run.stderr.head,
        &run.stderr.tail,
    ];
    let whole: Vec<&str> = all
        .into_iter()
        .map(|part| part.trim())
        .filter(|part| !part.is_empty())
        .collect();
    first_and_last(&whole.join("\n"))
}

/// A long text without its middle, which is said.
fn first_and_last(whole: &str) -> String {
    let count = whole.chars().count();
    if count <= LONGEST_OUTPUT {
        return whole.to_owned();
    }
    let half = LONGEST_OUTPUT / 2;
    let first: String = whole.chars().take(half).collect();
    let last: String = whole.chars().skip(count - half).collect();
    let left_out = count - 2 * half;
    format!("{first}\n[… {left_out} characters are left out here; the report has more …]\n{last}")
}

fn in_words(verdict: Option<Verdict>) -> &'static str {
    match verdict {
        None => "not assessed yet",
        Some(Verdict::Passed) => "met",
        Some(Verdict::Failed) => "not met",
        Some(Verdict::Undetermined) => "undetermined",
        Some(Verdict::Open) => "waits for a person",
    }
}

fn badge(verdict: Option<Verdict>) -> &'static str {
    match verdict {
        None => "neutral",
        Some(Verdict::Passed) => "success",
        Some(Verdict::Failed) => "error",
        Some(Verdict::Undetermined) => "warning",
        Some(Verdict::Open) => "info",
    }
}

pub(super) fn gaps(report: &Report) -> Vec<GapLine> {
    report
        .gaps
        .iter()
        .map(|gap| GapLine {
            id: gap.id.to_string(),
            title: gap.title.clone(),
            ways: gap
                .interpretations
                .iter()
                .map(|way| (way.id.to_string(), way.text.clone(), way.built))
                .collect(),
            about: gap.about.len(),
            probe: gap
                .probe
                .as_ref()
                .map(|probe| probe.because.clone())
                .unwrap_or_default(),
        })
        .collect()
}
