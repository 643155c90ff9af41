//! `worksample demo`: a whole paid work sample on this machine.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;

use super::output::{self, Failure};
use super::play::Show;
use super::{Global, context, serve};
use crate::ids::RandomIds;
use crate::rehearsal::{World, play};
use crate::spec::SpecVersion;
use crate::spec::script::{self, Script, Step};
use crate::workflow::people::{self, PersonDetails};
use crate::workflow::{launch, links, offer_links};

/// How often the demo works on what its visitors set off.
const MOMENT: std::time::Duration = std::time::Duration::from_secs(1);

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
        version: version.clone(),
        scripts: scripts.clone(),
        out: arguments.out,
        database_url: global.database_url.clone(),
        ids: Arc::new(RandomIds),
    };
    let (world, as_scripted) = show.play().await?;
    if !arguments.once {
        unfinished(&world, &version, &scripts).await?;
        output::line(&format!(
            "\nThe reports are served at http://{}/reports until Ctrl-C.",
            world.address
        ))?;
        for (name, role) in [("Demo lead", "lead"), ("Demo reviewer", "reviewer")] {
            let url = sign_in_link(&world, name, role).await?;
            output::line(&format!("Sign in as a {role}, once: {url}"))?;
        }
        let url = candidate_link(&world, &version).await?;
        output::line(&format!("Look as a candidate with an open offer: {url}"))?;
        goes_on(&world).await?;
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

/// Plays a candidate who waits for an answer, so that the lead has something to do. Where the scripts answer nothing, nobody
/// waits.
async fn unfinished(
    world: &World,
    version: &SpecVersion,
    scripts: &[Script],
) -> Result<(), Failure> {
    let known = |error: crate::ids::InvalidId| Failure::new("rehearsal_failed", error.to_string());
    let waits = (
        "waiting".parse().map_err(known)?,
        "quinn-query".parse().map_err(known)?,
        "Quinn Query",
    );
    let mut cut = scripts.iter().filter_map(|script| {
        script.up_to(waits.clone(), |step| matches!(step, Step::Answer { .. }))
    });
    if let Some(script) = cut.next() {
        play(world, version, vec![script], &mut |_| {}).await?;
    }
    Ok(())
}

/// A link to an offer that is open.
async fn candidate_link(world: &World, version: &SpecVersion) -> Result<String, Failure> {
    let wanted = launch::Launch {
        spec: version.digest.clone(),
        candidate: "Olu Offered".to_owned(),
        email: None,
        organization: None,
        again: true,
        lead: "Demo lead".to_owned(),
    };
    let made = launch::launch(&world.services, wanted, None).await?;
    let public_url = format!("http://{}", world.address);
    Ok(offer_links::make(&world.services, &public_url, &made.id, "demo").await?)
}

/// Works on what visitors set off, and lets simulated time pass as fast as real time, until Ctrl-C.
async fn goes_on(world: &World) -> Result<(), Failure> {
    let mut stop = serve::on_signal()?;
    while !*stop.borrow() {
        tokio::select! {
            changed = stop.changed() => if changed.is_err() {
                break;
            },
            () = tokio::time::sleep(MOMENT) => {
                world.clock.advance(chrono::Duration::seconds(1));
                if let Err(error) = world.settle().await {
                    output::aside(&format!("could not carry out a job of the demo: {error}"));
                }
            }
        }
    }
    Ok(())
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
