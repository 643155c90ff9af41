//! What was built: criteria with their results on the commit that counts, gaps with what their probes found, files.

use globset::{Glob, GlobSet, GlobSetBuilder};

use super::facts::Facts;
use super::model::{
    Assessment, BareResult, ChangedFile, Criterion, Dimension, EarlierAssessment, Finding, Gap,
    Interpretation, Judged, NotAssessable, Probe,
};
use super::{text, words};
use crate::acceptance::{self, CommandRun, CriterionResult, Exit, Output, TestCase};
use crate::evidence;
use crate::spec::{self, Check};
use crate::work_sample::NaturalKey;

pub(super) fn criteria(facts: &Facts<'_>) -> Vec<Criterion> {
    let assessed = facts.ws.effective_assessment();
    facts
        .spec
        .criteria
        .iter()
        .map(|criterion| {
            let result = assessed.and_then(|assessment| {
                assessment
                    .results
                    .iter()
                    .find(|one| one.criterion == criterion.id)
            });
            one_criterion(facts, criterion, result)
        })
        .collect()
}

fn one_criterion(
    facts: &Facts<'_>,
    criterion: &spec::Criterion,
    result: Option<&CriterionResult>,
) -> Criterion {
    let judged = facts
        .ws
        .effective_delivery()
        .and_then(|delivery| delivery.sha.as_ref())
        .and_then(|sha| facts.ws.judgement(&criterion.id, sha))
        .map(|judgement| Judged {
            event: judgement.key.clone(),
            at: judgement.at,
            by: words::person(&judgement.by),
            verdict: judgement.verdict,
            note: text::several_lines(&judgement.note),
        });
    Criterion {
        id: criterion.id.clone(),
        title: text::one_line(&criterion.title),
        clauses: facts.clauses(&criterion.clauses),
        hidden: criterion.hidden,
        checked_by: checked_by(&criterion.check),
        verdict: judged
            .as_ref()
            .map(|one| one.verdict)
            .or(result.map(|one| one.verdict)),
        // What was left to a person says nothing once the person has spoken.
        because: result
            .filter(|one| judged.is_none() || one.verdict != acceptance::Verdict::Open)
            .map_or_else(String::new, |one| text::several_lines(&one.because)),
        run: result.and_then(|one| one.run.as_ref()).map(shown_run),
        tests: result.map_or_else(Vec::new, |one| one.tests.iter().map(shown_test).collect()),
        judged,
    }
}

fn checked_by(check: &Check) -> String {
    match check {
        Check::Command { junit: None, .. } => "a command in the sandbox".to_owned(),
        Check::Command { junit: Some(_), .. } => {
            "a command in the sandbox and the tests it reports".to_owned()
        }
        Check::Ci { name } => format!(
            "the check “{}” of the candidate's own CI, which is a claim",
            text::one_line(name)
        ),
        Check::Eye { look_for } => {
            let look_for = text::several_lines(look_for);
            // The sentence around it ends with a full stop of its own.
            format!(
                "a reviewer's eye: {}",
                look_for.trim_end().trim_end_matches('.')
            )
        }
    }
}

pub(super) fn assessment(facts: &Facts<'_>) -> Option<Assessment> {
    facts.ws.effective_assessment().map(|one| Assessment {
        sha: one.sha.clone(),
        started_at: one.started_at,
        sandbox: text::one_line(&one.sandbox),
        build: one.build.as_ref().map(shown_run),
    })
}

pub(super) fn earlier_assessments(facts: &Facts<'_>) -> Vec<EarlierAssessment> {
    let counts = facts.ws.effective_assessment().map(|one| &one.sha);
    facts
        .ws
        .assessments
        .iter()
        .filter(|one| Some(&one.sha) != counts)
        .map(|one| EarlierAssessment {
            sha: one.sha.clone(),
            started_at: one.started_at,
            results: one
                .results
                .iter()
                .map(|result| BareResult {
                    criterion: result.criterion.clone(),
                    verdict: result.verdict,
                })
                .collect(),
        })
        .collect()
}

pub(super) fn not_assessable(facts: &Facts<'_>) -> Vec<NotAssessable> {
    facts
        .ws
        .not_assessable
        .iter()
        .map(|one| NotAssessable {
            at: one.at,
            sha: one.sha.clone(),
            reason: text::several_lines(&one.reason),
        })
        .collect()
}

/// All five dimensions, each with its findings in evidence's order.
pub(super) fn dimensions(facts: &Facts<'_>) -> Vec<Dimension> {
    let findings = evidence::findings(facts.spec, facts.ws);
    evidence::Dimension::ALL
        .iter()
        .map(|dimension| Dimension {
            dimension: *dimension,
            title: dimension.title().to_owned(),
            findings: findings
                .iter()
                .filter(|one| one.dimension == *dimension)
                .map(shown_finding)
                .collect(),
        })
        .collect()
}

fn shown_finding(finding: &evidence::Finding) -> Finding {
    Finding {
        id: text::one_line(&finding.id),
        observation: finding.observation,
        code: finding.code.to_owned(),
        statement: text::several_lines(&finding.statement),
        events: finding.events.clone(),
        clauses: finding.clauses.clone(),
        gap: finding.gap.clone(),
        criterion: finding.criterion.clone(),
        reviewer_only: finding.reviewer_only,
    }
}

/// Every gap of the spec; `about` tells which questions and decisions concern it.
pub(super) fn gaps(facts: &Facts<'_>, about: impl Fn(&spec::Gap) -> Vec<NaturalKey>) -> Vec<Gap> {
    let assessed = facts.ws.effective_assessment();
    facts
        .spec
        .gaps
        .iter()
        .map(|gap| {
            let probe =
                assessed.and_then(|one| one.probes.iter().find(|probe| probe.gap == gap.id));
            one_gap(facts, gap, probe, about(gap))
        })
        .collect()
}

fn one_gap(
    facts: &Facts<'_>,
    gap: &spec::Gap,
    probe: Option<&acceptance::ProbeResult>,
    about: Vec<NaturalKey>,
) -> Gap {
    let built = probe.and_then(|probe| probe.built.as_ref());
    Gap {
        id: gap.id.clone(),
        title: text::one_line(&gap.title),
        clauses: facts.clauses(&gap.clauses),
        interpretations: gap
            .interpretations
            .iter()
            .map(|one| Interpretation {
                id: one.id.clone(),
                text: text::several_lines(&one.text),
                built: built == Some(&one.id),
            })
            .collect(),
        probe: probe.map(|probe| Probe {
            built: probe.built.clone(),
            because: text::several_lines(&probe.because),
            run: shown_run(&probe.run),
        }),
        about,
    }
}

pub(super) fn changed_files(facts: &Facts<'_>) -> Vec<ChangedFile> {
    let within = boundary(&facts.spec.boundary.allowed);
    let mut files: Vec<ChangedFile> = facts
        .ws
        .effective_assessment()
        .map_or(&[][..], |one| one.changed_files.as_slice())
        .iter()
        .map(|file| ChangedFile {
            path: text::one_line(&file.path),
            change: file.change,
            added: file.added,
            removed: file.removed,
            within_boundary: within.is_match(&file.path),
        })
        .collect();
    files.sort_by(|one, two| one.path.cmp(&two.path));
    files
}

/// The boundary's globs as one matcher. A glob that does not parse matches nothing; `spec check` has refused it long before.
fn boundary(globs: &[String]) -> GlobSet {
    let mut set = GlobSetBuilder::new();
    for glob in globs.iter().filter_map(|glob| Glob::new(glob).ok()) {
        set.add(glob);
    }
    set.build().unwrap_or_else(|_| GlobSet::empty())
}

fn shown_run(run: &CommandRun) -> CommandRun {
    CommandRun {
        command: run
            .command
            .iter()
            .map(|part| text::one_line(part))
            .collect(),
        exit: match &run.exit {
            Exit::NotStarted { why } => Exit::NotStarted {
                why: text::one_line(why),
            },
            other => other.clone(),
        },
        duration_ms: run.duration_ms,
        stdout: shown_output(&run.stdout),
        stderr: shown_output(&run.stderr),
    }
}

fn shown_output(output: &Output) -> Output {
    let (head, tail) = (text::printed(&output.head), text::printed(&output.tail));
    let kept = text::first(&head, text::LONGEST_OUTPUT);
    if !tail.is_empty() {
        return Output {
            head: kept.to_owned(),
            tail: text::last(&tail, text::LONGEST_OUTPUT).to_owned(),
            bytes: output.bytes,
        };
    }
    let rest = &head[kept.len()..];
    Output {
        head: kept.to_owned(),
        tail: text::last(rest, text::LONGEST_OUTPUT).to_owned(),
        bytes: output.bytes,
    }
}

fn shown_test(test: &TestCase) -> TestCase {
    TestCase {
        name: text::one_line(&test.name),
        outcome: test.outcome,
        message: text::several_lines(&text::printed(&test.message)),
    }
}
