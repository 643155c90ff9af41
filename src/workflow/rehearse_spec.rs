//! Rehearses a spec before anybody is paid for it: the starter must fail the spec's command criteria, the reference
//! solution (the starter with `reference/` laid over it) must pass them, and every probe must tell what the reference
//! built. Criteria judged by CI or by eye are listed, for they say nothing without a candidate.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use super::harness::{self, Checked, Ci, HarnessError};
use crate::acceptance::{CommandRun, CriterionResult, Exit, ProbeResult, Verdict};
use crate::ids::{Slug, SpecDigest};
use crate::sandbox::{Sandbox, WorkTree};
use crate::spec::{Check, Criterion, Folder, Spec, SpecVersion, Tree};

/// What a spec's rehearsal showed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SpecRehearsal {
    pub slug: Slug,
    pub version: String,
    pub digest: SpecDigest,
    /// The sandbox that ran it, in a line.
    pub sandbox: String,
    /// Is the spec fit to be offered?
    pub ok: bool,
    /// One row a criterion, in the spec's order.
    pub criteria: Vec<Row>,
    /// What the probes found in the reference solution.
    pub probes: Vec<ProbeResult>,
    /// The build step on both trees, where the spec names one.
    pub starter_build: Option<CommandRun>,
    pub reference_build: Option<CommandRun>,
    /// What is wrong, in sentences; empty when `ok`.
    pub reasons: Vec<String>,
}

/// One criterion on both trees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Row {
    pub title: String,
    pub starter: CriterionResult,
    pub reference: CriterionResult,
    /// Did both come out as they must? `None` for criteria that can not be rehearsed.
    pub ok: Option<bool>,
}

/// Runs the checks of a spec on its starter and on its reference solution; tells `progress` what comes next.
///
/// # Errors
/// When the checks could not be carried out, through no fault of the spec.
pub async fn rehearse(
    sandbox: &Sandbox,
    version: &SpecVersion,
    progress: &(impl Fn(&str) + Sync),
) -> Result<SpecRehearsal, HarnessError> {
    rehearse_folder(sandbox, &version.spec, &version.folder, progress).await
}

/// As [`rehearse`], for a spec that was not read from its folder.
///
/// # Errors
/// As [`rehearse`].
pub async fn rehearse_folder(
    sandbox: &Sandbox,
    spec: &Spec,
    folder: &Folder,
    progress: &(impl Fn(&str) + Sync),
) -> Result<SpecRehearsal, HarnessError> {
    let (starter, reference) = (folder.below("starter"), folder.below("reference"));
    let starter_checked = check(sandbox, spec, folder, &[&starter], "starter", progress).await?;
    let layers = [&starter, &reference];
    let reference_checked = check(sandbox, spec, folder, &layers, "reference", progress).await?;
    Ok(SpecRehearsal::of(
        spec,
        folder.digest(),
        sandbox.describe(),
        starter_checked,
        reference_checked,
    ))
}

async fn check(
    sandbox: &Sandbox,
    spec: &Spec,
    folder: &Folder,
    layers: &[&Tree],
    which: &str,
    progress: &(impl Fn(&str) + Sync),
) -> Result<Checked, HarnessError> {
    let tree = WorkTree::empty()?;
    for layer in layers {
        tree.lay(layer)?;
    }
    let progress = |step: &str| progress(&format!("{which}: {step}"));
    harness::check(sandbox, spec, folder, tree, Ci::None, &progress).await
}

impl SpecRehearsal {
    fn of(
        spec: &Spec,
        digest: SpecDigest,
        sandbox: String,
        starter: Checked,
        reference: Checked,
    ) -> SpecRehearsal {
        let mut reasons = Vec::new();
        if let Some(build) = &reference.build
            && build.exit != (Exit::Code { code: 0 })
        {
            reasons.push("The reference solution does not build.".to_owned());
        }
        let results = starter.results.into_iter().zip(reference.results);
        let criteria: Vec<Row> = spec
            .criteria
            .iter()
            .zip(results)
            .map(|(criterion, (starter, reference))| {
                let wrong = judge(criterion, &starter, &reference);
                let ok = wrong.as_ref().map(Vec::is_empty);
                reasons.extend(wrong.unwrap_or_default());
                Row {
                    title: criterion.title.clone(),
                    starter,
                    reference,
                    ok,
                }
            })
            .collect();
        if !criteria.iter().any(|row| row.ok.is_some()) {
            reasons.push("The spec has no criterion that a command checks.".to_owned());
        }
        reasons.extend(
            reference
                .probes
                .iter()
                .filter(|probe| probe.built.is_none())
                .map(|probe| format!("{} on the reference solution: {}", probe.gap, probe.because)),
        );
        SpecRehearsal {
            slug: spec.slug.clone(),
            version: spec.version.clone(),
            digest,
            sandbox,
            ok: reasons.is_empty(),
            criteria,
            probes: reference.probes,
            starter_build: starter.build,
            reference_build: reference.build,
            reasons,
        }
    }
}

/// What is wrong with a criterion's two results; `None` where it can not be rehearsed.
fn judge(
    criterion: &Criterion,
    starter: &CriterionResult,
    reference: &CriterionResult,
) -> Option<Vec<String>> {
    let Check::Command { .. } = criterion.check else {
        return None;
    };
    let id = &criterion.id;
    let mut wrong = Vec::new();
    match starter.verdict {
        Verdict::Failed => {}
        Verdict::Passed => wrong.push(format!(
            "{id} passes on the starter already, so passing it shows no work: {}",
            starter.because
        )),
        Verdict::Undetermined | Verdict::Open => wrong.push(format!(
            "{id} could not be told on the starter: {}",
            starter.because
        )),
    }
    match reference.verdict {
        Verdict::Passed => {}
        Verdict::Failed => wrong.push(format!(
            "{id} fails on the reference solution: {}",
            reference.because
        )),
        Verdict::Undetermined | Verdict::Open => wrong.push(format!(
            "{id} could not be told on the reference solution: {}",
            reference.because
        )),
    }
    Some(wrong)
}

/// The table that a lead reads.
impl fmt::Display for SpecRehearsal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} {} ({})",
            self.slug,
            self.version,
            self.digest.short()
        )?;
        writeln!(f)?;
        writeln!(
            f,
            "{:<9} {:<22} {:<22} {:<7} what",
            "criterion", "starter", "reference", "as due"
        )?;
        if self.starter_build.is_some() || self.reference_build.is_some() {
            let cell = |run: &Option<CommandRun>| {
                run.as_ref().map_or_else(
                    || "—".to_owned(),
                    |run| {
                        timed(
                            if run.exit == (Exit::Code { code: 0 }) {
                                "built"
                            } else {
                                "not built"
                            },
                            run,
                        )
                    },
                )
            };
            let (starter, reference) = (cell(&self.starter_build), cell(&self.reference_build));
            writeln!(
                f,
                "{:<9} {starter:<22} {reference:<22} {:<7} the build step",
                "build", ""
            )?;
        }
        for row in &self.criteria {
            let due = match row.ok {
                Some(true) => "yes",
                Some(false) => "NO",
                None => "—",
            };
            writeln!(
                f,
                "{:<9} {:<22} {:<22} {due:<7} {}",
                row.starter.criterion.as_str(),
                cell(&row.starter, row.ok),
                cell(&row.reference, row.ok),
                row.title
            )?;
        }
        for probe in &self.probes {
            let found = probe
                .built
                .as_ref()
                .map_or("could not tell", |id| id.as_str());
            let due = if probe.built.is_some() { "yes" } else { "NO" };
            let found = timed(found, &probe.run);
            writeln!(
                f,
                "{:<9} {:<22} {found:<22} {due:<7} what the probe found",
                probe.gap.as_str(),
                "—"
            )?;
        }
        writeln!(f)?;
        if self.ok {
            return writeln!(
                f,
                "Fit to be offered: the starter fails what a command checks, the reference solution passes it."
            );
        }
        writeln!(f, "Not fit to be offered:")?;
        self.reasons
            .iter()
            .try_for_each(|reason| writeln!(f, "- {reason}"))
    }
}

fn cell(result: &CriterionResult, rehearsed: Option<bool>) -> String {
    if rehearsed.is_none() {
        return "—".to_owned();
    }
    let verdict = match result.verdict {
        Verdict::Passed => "passed",
        Verdict::Failed => "failed",
        Verdict::Undetermined => "undetermined",
        Verdict::Open => "open",
    };
    result
        .run
        .as_ref()
        .map_or_else(|| verdict.to_owned(), |run| timed(verdict, run))
}

fn timed(what: &str, run: &CommandRun) -> String {
    let tenths = run.duration_ms.div_ceil(100);
    format!("{what} ({}.{} s)", tenths / 10, tenths % 10)
}
