//! `worksample demo`: a whole paid work sample on this machine.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;

use super::output::{self, Failure};
use super::play::Show;
use super::{Global, context, serve};
use crate::ids::RandomIds;
use crate::rehearsal::World;
use crate::spec::SpecVersion;
use crate::spec::script::{self, Script};
use crate::store::WorkSampleFilter;
use crate::workflow::people::{self, PersonDetails};
use crate::workflow::{links, offer_links, show};

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
        for (name, role) in [("Demo lead", "lead"), ("Demo reviewer", "reviewer")] {
            let url = sign_in_link(&world, name, role).await?;
            output::line(&format!("Sign in as a {role}, once: {url}"))?;
        }
        if let Some(url) = candidate_link(&world).await? {
            output::line(&format!("Look as a candidate: {url}"))?;
        }
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

/// A link that signs the demo's visitor in.
async fn sign_in_link(world: &World, name: &str, role: &str) -> Result<String, Failure> {
    let details = PersonDetails {
        name: Some(name.to_owned()),
        roles: Some(vec![role.to_owned()]),
        ..PersonDetails::default()
    };
    let person = people::add(&world.services, details, "demo").await?;
    let token = links::make_sign_in_link(&world.services, &person.id, "demo").await?;
    Ok(links::sign_in_url(
        &format!("http://{}", world.address),
        &token,
    ))
}

/// A link that opens the first candidate's work sample.
async fn candidate_link(world: &World) -> Result<Option<String>, Failure> {
    let rows = show::work_samples(&world.services, WorkSampleFilter::default()).await?;
    let Some(row) = rows.into_iter().next() else {
        return Ok(None);
    };
    let public_url = format!("http://{}", world.address);
    let link = offer_links::make(&world.services, &public_url, &row.id, "demo").await?;
    Ok(Some(link))
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
