//! What the operator's commands share: settings, and the service's edges opened on them.

use std::path::Path;
use std::sync::Arc;

use secrecy::ExposeSecret as _;

use super::Global;
use super::output::{Failure, failed_at};
use crate::app::{BuildError, Surroundings, services};
use crate::clock::SystemClock;
use crate::config::{self, Environment, Overrides, Settings};
use crate::disk;
use crate::ids::RandomIds;
use crate::sandbox::Sandbox;
use crate::spec::{self, Folder, Problem, Severity, SpecVersion};
use crate::store::DatabaseUrl;
use crate::workflow::{Services, WorkflowError};

/// The real clock and real randomness.
pub fn surroundings() -> Surroundings {
    Surroundings {
        clock: Arc::new(SystemClock),
        ids: Arc::new(RandomIds),
    }
}

pub fn settings(global: &Global) -> Result<Settings, Failure> {
    let overrides = Overrides {
        database_url: global.database_url.clone(),
        bind: None,
        data_dir: global.data_dir.clone(),
    };
    Ok(Settings::read(&Environment, overrides)?)
}

/// The settings, where those of GitHub may be incomplete yet.
pub fn settings_without_github(global: &Global) -> Result<Settings, Failure> {
    let overrides = Overrides {
        database_url: global.database_url.clone(),
        bind: None,
        data_dir: global.data_dir.clone(),
    };
    Ok(Settings::read_without_github(&Environment, overrides)?)
}

/// The store and what hangs on it. The operator's commands only write to the database, the worker does the rest; of GitHub
/// they know the organisations' names.
pub async fn open(global: &Global) -> Result<(Settings, Services), Failure> {
    let settings = settings(global)?;
    let mut services = services(&settings, &surroundings(), None).await?;
    // One share of the calls at once is enough for all commands: in a loop each would take another for a minute.
    services.process = "commands".to_owned();
    Ok((settings, services))
}

/// As [`open`], for commands on what is there already: they make no data folder and no database, for a mistyped name would
/// show an empty service.
pub async fn open_existing(global: &Global) -> Result<(Settings, Services), Failure> {
    existing_data_dir(global)?;
    let data_dir = config::data_dir(&Environment, global.data_dir.as_deref());
    let url = config::database_url_in_effect(&Environment, global.database_url.clone(), &data_dir)?;
    let url: DatabaseUrl = url.expose_secret().parse().map_err(BuildError::from)?;
    if let Some(path) = url.sqlite_path().filter(|path| !path.exists()) {
        return Err(Failure::new(
            "database_missing",
            format!(
                "there is no database at {}: check --data-dir and --database-url, or the settings of that meaning; `worksample serve` makes a new one",
                path.display()
            ),
        ));
    }
    open(global).await
}

/// Refuses a data folder that the command line names and that is not there.
pub fn existing_data_dir(global: &Global) -> Result<(), Failure> {
    match &global.data_dir {
        Some(named) if !named.is_dir() => Err(Failure::new(
            "data_dir_missing",
            format!(
                "there is no folder {}: check --data-dir; `worksample serve` makes a new one",
                named.display()
            ),
        )),
        Some(_) | None => Ok(()),
    }
}

/// Reads a spec folder and all that is wrong with it.
pub fn read_spec(dir: &Path) -> Result<(Folder, Vec<Problem>), Failure> {
    let folder =
        disk::read_folder(dir).map_err(|error| Failure::new(error.code(), error.to_string()))?;
    let absolute = std::path::absolute(dir).map_err(failed_at(dir))?;
    let name = absolute
        .file_name()
        .map(|name| name.to_string_lossy().into_owned());
    let problems = spec::check_as(&folder, name.as_deref().unwrap_or_default());
    Ok((folder, problems))
}

/// What the offer of a spec would leave out on this machine.
pub fn missing_in_offer(global: &Global, folder: &Folder) -> Result<Vec<Problem>, Failure> {
    let Ok(version) = SpecVersion::read(folder.clone()) else {
        return Ok(Vec::new());
    };
    let defaults = config::offer_defaults(&Environment, global.data_dir.as_deref())?;
    Ok(spec::missing_in_offer(&version.spec, &defaults))
}

/// A spec that has no errors.
pub fn version(dir: &Path) -> Result<SpecVersion, Failure> {
    let (folder, problems) = read_spec(dir)?;
    let errors: Vec<Problem> = problems
        .into_iter()
        .filter(|problem| problem.severity == Severity::Error)
        .collect();
    if !errors.is_empty() {
        return Err(WorkflowError::SpecProblems(errors).into());
    }
    SpecVersion::read(folder).map_err(|errors| WorkflowError::SpecProblems(errors).into())
}

/// The sandbox, or why there is none on this machine.
pub async fn sandbox() -> Result<Sandbox, Failure> {
    tokio::task::spawn_blocking(|| Sandbox::prove(&[]))
        .await
        .map_err(|error| Failure::new("sandbox_not_proved", error.to_string()))?
        .map_err(|refusal| Failure::new("sandbox_not_proved", refusal.to_string()))
}
