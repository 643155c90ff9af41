//! `worksample demo`: a whole paid work sample on this machine.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;

use super::output::{self, Failure};
use super::play::Show;
use super::{Global, context, serve};
use crate::ids::RandomIds;
use crate::spec::SpecVersion;
use crate::spec::script::{self, Script};

#[derive(Debug, Args)]
pub struct Arguments {
    /// End when the reports are written; status 0 only if all went as scripted.
    #[arg(long)]
    once: bool,
    /// Where reports, database and repositories go.
    #[arg(long, value_name = "DIR", default_value = "demo")]
    out: PathBuf,
    /// The spec to play, with the scripts in its `rehearsal/`.
    #[arg(long, value_name = "DIR", default_value = "specs/order-idempotency")]
    spec: PathBuf,
}

pub async fn run(global: &Global, arguments: Arguments) -> Result<ExitCode, Failure> {
    if !arguments.spec.is_dir() {
        return Err(Failure::new(
            "spec_not_found",
            format!(
                "there is no spec in {}: run the demo in the repository's root, or name a spec with --spec",
                arguments.spec.display()
            ),
        ));
    }
    let version = context::version(&arguments.spec)?;
    let scripts = scripts_of(&version)?;
    let show = Show {
        version,
        scripts,
        out: arguments.out,
        database_url: global.database_url.clone(),
        ids: Arc::new(RandomIds),
    };
    let (world, as_scripted) = show.play().await?;
    if !arguments.once {
        output::line(&format!(
            "\nThe reports are served at http://{}/ until Ctrl-C.",
            world.address
        ))?;
        let mut stop = serve::on_signal()?;
        while !*stop.borrow() {
            if stop.changed().await.is_err() {
                break;
            }
        }
    }
    world.stop().await?;
    Ok(if as_scripted {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// The scripts beside a spec.
fn scripts_of(version: &SpecVersion) -> Result<Vec<Script>, Failure> {
    let mut scripts = Vec::new();
    for (path, file) in version.folder.below("rehearsal") {
        if path.contains('/') || !path.ends_with(".toml") {
            continue;
        }
        let script = script::parse(
            file.as_text().unwrap_or_default(),
            &format!("rehearsal/{path}"),
        )
        .map_err(crate::workflow::WorkflowError::SpecProblems)?;
        scripts.push(script);
    }
    if scripts.is_empty() {
        return Err(Failure::new(
            "no_scripts",
            "the spec has no scripts in rehearsal/: write one, docs/rehearsal-scripts.md says how",
        ));
    }
    Ok(scripts)
}
