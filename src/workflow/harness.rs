//! Checks a delivered commit: stages a copy of it, lays the reviewer-only files over, builds, runs every criterion's
//! command and every gap's probe inside the sandbox, and judges what came out. What needs a person is left open.
//!
//! The candidate's code runs in these commands, so none of them sees what another left behind: each runs in a copy of its
//! own, of the tree as it was after the build, or as it was staged where the spec names no build.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::acceptance::{
    Assessment, ChangedFile, CommandRun, CriterionResult, Exit, JUNIT_MOST_BYTES, JunitProblem,
    Limit, ProbeResult, TestCase, judge_ci, judge_command, leave_open, parse_junit, read_probe,
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
    blocking(move || WorkTree::copy_of(&delivered)).await
}

async fn copied(tree: &Arc<WorkTree>) -> Result<WorkTree, HarnessError> {
    let tree = tree.clone();
    blocking(move || tree.copy()).await
}

async fn blocking<F>(stage: F) -> Result<WorkTree, HarnessError>
where
    F: FnOnce() -> Result<WorkTree, TreeError> + Send + 'static,
{
    let tree = tokio::task::spawn_blocking(stage).await;
    Ok(tree.map_err(|_| SandboxError::Watcher)??)
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
    let overlay = folder.below(OVERLAY);
    tree.lay(&overlay)?;
    let mut bench = Bench {
        sandbox,
        spec,
        tree: Arc::new(tree),
    };
    let mut build = None;
    if let Some(command) = &spec.sandbox.build {
        progress("build");
        build = Some(bench.build(command, &overlay).await?);
    }
    let mut results = Vec::new();
    for criterion in &bench.spec.criteria {
        results.push(bench.criterion(criterion, ci, progress).await?);
    }
    let mut probes = Vec::new();
    for gap in &bench.spec.gaps {
        if let Some(probe) = &gap.probe {
            progress(&format!("probe {}", gap.id));
            let tree = copied(&bench.tree).await?;
            let run = bench.run(&tree, &probe.run, probe.timeout_seconds).await?;
            probes.push(read_probe(gap, run));
        }
    }
    Ok(Checked {
        build,
        results,
        probes,
    })
}

/// The tree that every command gets a copy of, and what is needed to run commands.
struct Bench<'a> {
    sandbox: &'a Sandbox,
    spec: &'a Spec,
    tree: Arc<WorkTree>,
}

impl Bench<'_> {
    /// Runs the build step; from then on commands start from what it left. The reviewer-only files are laid anew, for
    /// delivered code runs in builds too. A build that leaves more than can be kept has met a limit, and commands start
    /// from the tree as it was before.
    async fn build(
        &mut self,
        command: &[String],
        overlay: &Tree,
    ) -> Result<CommandRun, HarnessError> {
        let built = Arc::new(copied(&self.tree).await?);
        let mut run = self.run(&built, command, None).await?;
        match copied(&built).await {
            Ok(kept) => {
                kept.lay(overlay)?;
                self.tree = Arc::new(kept);
            }
            Err(HarnessError::Stage(TreeError::TooLarge)) => {
                let limit = Limit::FileSize;
                run.exit = Exit::LimitReached { limit };
            }
            Err(error) => return Err(error),
        }
        Ok(run)
    }

    async fn run(
        &self,
        tree: &WorkTree,
        command: &[String],
        timeout_seconds: Option<u32>,
    ) -> Result<CommandRun, HarnessError> {
        let request = SandboxRequest {
            command: command.to_vec(),
            work: tree.path().to_owned(),
            build: tree.build().to_owned(),
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
                let tree = copied(&self.tree).await?;
                if let Some(path) = junit {
                    tree.remove(path)?;
                }
                let run = self.run(&tree, run, *timeout_seconds).await?;
                let tests = junit.as_ref().map(|path| tests(&tree, path));
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
}

fn tests(tree: &WorkTree, path: &str) -> Result<Vec<TestCase>, JunitProblem> {
    match tree.read(path, JUNIT_MOST_BYTES) {
        Ok(Some(bytes)) => parse_junit(&bytes),
        Ok(None) => Err(JunitProblem::Missing(path.to_owned())),
        Err(TreeError::NotAFile(path)) => Err(JunitProblem::NotAFile(path)),
        Err(TreeError::FileTooLarge { .. }) => Err(JunitProblem::TooLong),
        Err(error @ (TreeError::Io { .. } | TreeError::TooLarge | TreeError::Outside(_))) => {
            Err(JunitProblem::Unreadable(error.to_string()))
        }
    }
}
