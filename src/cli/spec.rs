//! `worksample spec check|rehearse|schema|publish`

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Subcommand, ValueEnum};

use super::output::{self, Failure};
use super::play::Show;
use super::{Global, context};
use crate::ids::RandomIds;
use crate::spec::{self, Problem, Severity, script};
use crate::web::api::views::SpecView;
use crate::workflow::{publish, rehearse_spec};

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Format {
    Text,
    Json,
}

#[derive(Debug, Subcommand)]
pub enum Arguments {
    /// Say whether a spec is bounded: file, line and remedy for each problem; status 1 on errors
    Check {
        /// The spec's folder.
        dir: PathBuf,
        #[arg(long, default_value = "text")]
        format: Format,
    },
    /// Run a spec without GitHub: the starter must fail its checks, the reference must pass them
    Rehearse {
        /// The spec's folder.
        dir: PathBuf,
        /// Play this scripted candidate instead, and write its reports.
        #[arg(long, value_name = "FILE.toml")]
        candidate: Vec<PathBuf>,
        /// Where the reports go.
        #[arg(
            long,
            value_name = "DIR",
            default_value = "rehearsal-reports",
            requires = "candidate"
        )]
        out: PathBuf,
        #[arg(long, default_value = "text")]
        format: Format,
    },
    /// Print the JSON Schema of spec.toml
    Schema,
    /// Store a spec as an immutable, content-addressed version
    Publish {
        /// The spec's folder.
        dir: PathBuf,
        #[arg(long)]
        json: bool,
    },
}

pub async fn run(global: &Global, arguments: Arguments) -> Result<ExitCode, Failure> {
    match arguments {
        Arguments::Check { dir, format } => check(global, &dir, format),
        Arguments::Rehearse {
            dir,
            candidate,
            format,
            ..
        } if candidate.is_empty() => rehearse(&dir, format).await,
        Arguments::Rehearse {
            dir,
            candidate,
            out,
            ..
        } => play(&dir, &candidate, &out).await,
        Arguments::Schema => output::json(&spec::schema()).map(|()| ExitCode::SUCCESS),
        Arguments::Publish { dir, json } => publish(global, &dir, json).await,
    }
}

fn check(global: &Global, dir: &Path, format: Format) -> Result<ExitCode, Failure> {
    let (folder, mut problems) = context::read_spec(dir)?;
    problems.extend(context::missing_in_offer(global, &folder)?);
    let errors = count(&problems, Severity::Error);
    match format {
        Format::Json => output::json(&problems)?,
        Format::Text => {
            for problem in &problems {
                output::line(&problem.to_string())?;
            }
            let warnings = count(&problems, Severity::Warning);
            output::line(&match (errors, warnings) {
                (0, 0) => format!("{}: bounded, nothing to mend", dir.display()),
                (0, warnings) => format!("{}: bounded, {warnings} warning(s)", dir.display()),
                (errors, warnings) => {
                    format!(
                        "{}: {errors} error(s), {warnings} warning(s)",
                        dir.display()
                    )
                }
            })?;
        }
    }
    Ok(if errors == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn count(problems: &[Problem], severity: Severity) -> usize {
    problems
        .iter()
        .filter(|problem| problem.severity == severity)
        .count()
}

async fn rehearse(dir: &Path, format: Format) -> Result<ExitCode, Failure> {
    let version = context::version(dir)?;
    let sandbox = context::sandbox().await?;
    let progress = |step: &str| output::complain(&format!("  {step}"));
    let rehearsal = rehearse_spec::rehearse(&sandbox, &version, &progress)
        .await
        .map_err(|error| Failure::new("harness_failed", error.to_string()))?;
    match format {
        Format::Json => output::json(&rehearsal)?,
        Format::Text => output::line(rehearsal.to_string().trim_end())?,
    }
    Ok(if rehearsal.ok {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

async fn play(dir: &Path, scripts: &[PathBuf], out: &Path) -> Result<ExitCode, Failure> {
    let version = context::version(dir)?;
    let scripts = scripts
        .iter()
        .map(|path| {
            let text = std::fs::read_to_string(path).map_err(|error| {
                Failure::new("script_unreadable", format!("{}: {error}", path.display()))
            })?;
            script::parse(&text, &path.display().to_string())
                .map_err(|problems| crate::workflow::WorkflowError::SpecProblems(problems).into())
        })
        .collect::<Result<Vec<_>, Failure>>()?;
    let show = Show {
        version,
        scripts,
        out: out.to_owned(),
        database_url: None,
        ids: Arc::new(RandomIds),
    };
    let (world, as_scripted) = show.play().await?;
    world.stop().await?;
    Ok(if as_scripted {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

async fn publish(global: &Global, dir: &Path, json: bool) -> Result<ExitCode, Failure> {
    let version = context::version(dir)?;
    let (_, services) = context::open(global).await?;
    let (version, new) = publish::publish(&services, version.folder).await?;
    if json {
        output::json(&SpecView::from(&version))?;
    } else {
        let how = if new {
            "published"
        } else {
            "published already"
        };
        output::line(&format!(
            "{} {} {how} as {}",
            version.spec.slug, version.spec.version, version.digest
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}
