//! Checks a delivered commit: stages a copy of it, lays the reviewer-only files over, builds, runs every criterion's
//! command and every gap's probe inside the sandbox, and judges what came out. What needs a person is left open.
//!
//! The candidate's code runs in these commands, so nothing that one of them leaves behind is trusted by the next: the
//! reviewer-only files are laid anew before each, and an old result file is removed.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::acceptance::{
    Assessment, ChangedFile, CommandRun, CriterionResult, JUNIT_MOST_BYTES, JunitProblem,
    ProbeResult, TestCase, judge_ci, judge_command, leave_open, parse_junit, read_probe,
    undetermined,
};
use crate::clock::Timestamp;
use crate::ids::CommitSha;
use crate::sandbox::{Sandbox, SandboxError, SandboxRequest, TreeError, WorkTree};
use crate::spec::{Check, Criterion, Folder, Spec, SpecVersion, Tree};
use crate::work_sample::CiCheck;

/// The folder of a spec whose files are laid over the delivered tree.
const OVERLAY: &str = "acceptance";

/// The checks could not be carried out. Whatever the delivered code does is no such error but a result.
#[derive(Debug, thiserror::Error)]
pub enum HarnessError {
    #[error("the delivered tree could not be staged: {0}")]
    Stage(#[from] TreeError),
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
}

impl HarnessError {
    /// Can another attempt on this machine help? A tree that is too large stays so.
    pub fn is_worth_another_try(&self) -> bool {
        match self {
            HarnessError::Stage(TreeError::Io { .. }) => true,
            HarnessError::Stage(_) => false,
            HarnessError::Sandbox(error) => !matches!(
                error,
                SandboxError::Toolchain { .. } | SandboxError::NoCommand
            ),
        }
    }
}

/// Checks one delivered commit. `delivered` is its checked-out tree, which is copied; `ci` are all checks that GitHub
/// reported, of which those on `sha` count.
///
/// # Errors
/// When the checks could not be carried out, through no fault of the delivered code.
pub async fn assess(
    sandbox: &Sandbox,
    version: &SpecVersion,
    delivered: &Path,
    sha: &CommitSha,
    changed_files: Vec<ChangedFile>,
    ci: &[CiCheck],
    started_at: Timestamp,
) -> Result<Assessment, HarnessError> {
    let progress = |step: &str| tracing::info!(%sha, step, "assessing");
    let tree = staged(delivered.to_owned()).await?;
    let ci = Ci::On { sha, checks: ci };
    let checked = check(sandbox, &version.spec, &version.folder, tree, ci, &progress).await?;
    Ok(Assessment {
        sha: sha.clone(),
        spec: version.digest.clone(),
        sandbox: sandbox.describe(),
        started_at,
        build: checked.build,
        results: checked.results,
        probes: checked.probes,
        changed_files,
    })
}

async fn staged(delivered: PathBuf) -> Result<WorkTree, HarnessError> {
    let copied = tokio::task::spawn_blocking(move || WorkTree::copy_of(&delivered)).await;
    Ok(copied.map_err(|_| SandboxError::Watcher)??)
}

/// What the candidate's CI claimed.
#[derive(Debug, Clone, Copy)]
pub enum Ci<'a> {
    /// All checks that GitHub reported, of which those on this commit count.
    On {
        sha: &'a CommitSha,
        checks: &'a [CiCheck],
    },
    /// The tree is no commit of a candidate.
    None,
}

/// What came out of the checks of one tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    pub build: Option<CommandRun>,
    /// In the spec's order.
    pub results: Vec<CriterionResult>,
    pub probes: Vec<ProbeResult>,
}

/// Checks a staged tree; tells `progress` what comes next.
///
/// # Errors
/// As [`assess`].
pub async fn check(
    sandbox: &Sandbox,
    spec: &Spec,
    folder: &Folder,
    tree: WorkTree,
    ci: Ci<'_>,
    progress: &(impl Fn(&str) + Sync),
) -> Result<Checked, HarnessError> {
    let bench = Bench {
        sandbox,
        spec,
        overlay: folder.below(OVERLAY),
        tree,
    };
    let mut build = None;
    if let Some(command) = &bench.spec.sandbox.build {
        progress("build");
        build = Some(bench.run(command, None).await?);
    }
    let mut results = Vec::new();
    for criterion in &bench.spec.criteria {
        results.push(bench.criterion(criterion, ci, progress).await?);
    }
    let mut probes = Vec::new();
    for gap in &bench.spec.gaps {
        if let Some(probe) = &gap.probe {
            progress(&format!("probe {}", gap.id));
            let run = bench.run(&probe.run, probe.timeout_seconds).await?;
            probes.push(read_probe(gap, run));
        }
    }
    Ok(Checked {
        build,
        results,
        probes,
    })
}

/// A staged tree and what is needed to run commands in it.
struct Bench<'a> {
    sandbox: &'a Sandbox,
    spec: &'a Spec,
    overlay: Tree,
    tree: WorkTree,
}

impl Bench<'_> {
    async fn run(
        &self,
        command: &[String],
        timeout_seconds: Option<u32>,
    ) -> Result<CommandRun, HarnessError> {
        self.tree.lay(&self.overlay)?;
        let request = SandboxRequest {
            command: command.to_vec(),
            work: self.tree.path().to_owned(),
            needs: self.spec.sandbox.clone(),
            wall: timeout_seconds.map(|seconds| Duration::from_secs(seconds.into())),
        };
        Ok(self.sandbox.run(&request).await?)
    }

    async fn criterion(
        &self,
        criterion: &Criterion,
        ci: Ci<'_>,
        progress: &(impl Fn(&str) + Sync),
    ) -> Result<CriterionResult, HarnessError> {
        match &criterion.check {
            Check::Command {
                run,
                junit,
                timeout_seconds,
            } => {
                progress(criterion.id.as_str());
                if let Some(path) = junit {
                    self.tree.remove(path)?;
                }
                let run = self.run(run, *timeout_seconds).await?;
                let tests = junit.as_ref().map(|path| self.tests(path));
                Ok(judge_command(criterion, run, tests))
            }
            Check::Ci { name } => Ok(match ci {
                Ci::On { sha, checks } => {
                    let conclusions: Vec<&str> = checks
                        .iter()
                        .filter(|check| &check.name == name && &check.sha == sha)
                        .map(|check| check.conclusion.as_str())
                        .collect();
                    judge_ci(criterion, name, sha, &conclusions)
                }
                Ci::None => undetermined(criterion, "No CI has run on this tree."),
            }),
            Check::Eye { .. } => Ok(leave_open(criterion)),
        }
    }

    fn tests(&self, path: &str) -> Result<Vec<TestCase>, JunitProblem> {
        match self.tree.read(path, JUNIT_MOST_BYTES) {
            Ok(Some(bytes)) => parse_junit(&bytes),
            Ok(None) => Err(JunitProblem::Missing(path.to_owned())),
            Err(TreeError::NotAFile(path)) => Err(JunitProblem::NotAFile(path)),
            Err(TreeError::FileTooLarge { .. }) => Err(JunitProblem::TooLong),
            Err(error @ (TreeError::Io { .. } | TreeError::TooLarge | TreeError::Outside(_))) => {
                Err(JunitProblem::Unreadable(error.to_string()))
            }
        }
    }
}
