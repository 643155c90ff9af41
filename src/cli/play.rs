//! Playing scripts and writing what came of them: what the demo and `spec rehearse --candidate` share.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};

use super::context;
use super::output::{self, Failure, failed_at};
use crate::clock::{Timestamp, for_people};
use crate::config;
use crate::ids::SharedIds;
use crate::rehearsal::{Played, RehearsalError, Said, World, WorldSettings, play};
use crate::spec::SpecVersion;
use crate::spec::script::Script;
use crate::store::WorkSampleFilter;
use crate::workflow::show;

/// A Monday morning: where simulated time begins.
const START: &str = "2026-03-02T09:00:00Z";
/// Marks a folder whose state a later run may throw away.
const MARK: &str = "made-by-worksample-demo";

/// Scripts to be played, and where their reports go.
pub struct Show {
    pub version: SpecVersion,
    pub scripts: Vec<Script>,
    pub out: PathBuf,
    pub database_url: Option<String>,
    pub ids: SharedIds,
}

impl Show {
    /// Plays, writes the reports, prints both as it happens. The world goes on until it is stopped.
    pub async fn play(self) -> Result<(World, bool), Failure> {
        let state = fresh_state(&self.out)?;
        let sandbox = context::sandbox().await?;
        output::line(&format!(
            "Playing `{}` with {} scripted candidate(s). Sandbox: {}",
            self.version.spec.slug,
            self.scripts.len(),
            sandbox.describe()
        ))?;
        let start: Timestamp = START.parse().map_err(|_| {
            Failure::new(
                "start_unreadable",
                "the start of simulated time cannot be read",
            )
        })?;
        let world = World::start(WorldSettings {
            dir: state,
            database_url: self.database_url.clone(),
            start,
            ids: self.ids.clone(),
            sandbox: Some(sandbox),
            github_url: None,
            program_path: config::program_path(),
            address: Some(free_address()?),
        })
        .await?;
        if !show::work_samples(&world.services, WorkSampleFilter::default())
            .await?
            .is_empty()
        {
            world.stop().await?;
            return Err(Failure::new(
                "database_not_empty",
                "the database holds work samples already, and a play needs one without any: name an empty one with --database-url, or leave the flag out",
            ));
        }
        output::line(&format!(
            "Stand-in for GitHub at {}, service at http://{}/",
            world.stand_in.api_url(),
            world.address
        ))?;
        let mut tell = |said: &Said| {
            // Progress that cannot be printed is no reason to end the play.
            let _ = output::line(&format!(
                "{}  {:<16}  {}",
                for_people(said.at),
                said.who,
                said.what
            ));
        };
        let played = play(&world, &self.version, self.scripts.clone(), &mut tell).await?;
        let as_scripted = self.conclude(&world, &played)?;
        Ok((world, as_scripted))
    }

    fn conclude(&self, world: &World, played: &[Played]) -> Result<bool, Failure> {
        let mut as_scripted = true;
        let mut links = Vec::new();
        output::line("")?;
        for one in played {
            let paths = write_reports(&self.out, one)?;
            let html = one.report.to_html();
            let address = format!("/{}", one.name);
            world
                .pages
                .show(&address, html, Some(one.report.content_security_policy()));
            links.push((address, one.title.clone()));
            output::line(&format!("{}: {}", one.name, one.title))?;
            for path in paths {
                output::line(&format!("  {}", path.display()))?;
            }
            if one.expected.is_met() {
                output::line("  went as scripted")?;
            }
            for difference in &one.expected.differences {
                as_scripted = false;
                output::line(&format!("  NOT as scripted: {difference}"))?;
            }
        }
        world.pages.show(
            "/reports",
            crate::report::index_page(&self.version.spec.title, &links),
            Some(crate::report::INDEX_POLICY.to_owned()),
        );
        Ok(as_scripted)
    }
}

/// An address of this machine on a port that nobody uses, so that links can name it before the service listens there.
fn free_address() -> std::io::Result<SocketAddr> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()
}

fn write_reports(out: &Path, one: &Played) -> Result<Vec<PathBuf>, Failure> {
    let folder = out.join(&one.name);
    std::fs::create_dir_all(&folder).map_err(failed_at(&folder))?;
    let mut paths = Vec::new();
    for (name, text) in [
        ("report.html", one.report.to_html()),
        ("report.md", one.report.to_markdown()),
        ("report.json", one.report.to_json()),
    ] {
        let path = folder.join(name);
        std::fs::write(&path, text).map_err(failed_at(&path))?;
        paths.push(path);
    }
    Ok(paths)
}

/// A folder for this run's database and repositories; what an earlier run left in it is thrown away.
fn fresh_state(out: &Path) -> Result<PathBuf, Failure> {
    let state = std::path::absolute(out)
        .map_err(failed_at(out))?
        .join("state");
    if state.exists() {
        if !state.join(MARK).exists() {
            return Err(Failure::new(
                "folder_not_ours",
                format!(
                    "{} was not made by an earlier demo: choose another --out",
                    state.display()
                ),
            ));
        }
        std::fs::remove_dir_all(&state).map_err(failed_at(&state))?;
    }
    std::fs::create_dir_all(&state).map_err(failed_at(&state))?;
    let mark = state.join(MARK);
    std::fs::write(&mark, "a later demo may delete this folder\n").map_err(failed_at(&mark))?;
    Ok(state)
}

impl From<RehearsalError> for Failure {
    fn from(error: RehearsalError) -> Self {
        match error {
            RehearsalError::Workflow(error) => error.into(),
            RehearsalError::Build(error) => error.into(),
            other => Failure::new("rehearsal_failed", other.to_string()),
        }
    }
}
