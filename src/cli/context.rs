//! What the operator's commands share: settings, and the service's edges opened on them.

use std::sync::Arc;

use super::Global;
use super::output::Failure;
use crate::app::{Surroundings, services};
use crate::clock::SystemClock;
use crate::config::{Environment, Overrides, Settings};
use crate::ids::RandomIds;
use crate::workflow::Services;

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

/// The store and what hangs on it. GitHub is left out: the operator's commands only write to the database, and the
/// worker does the rest.
pub async fn open(global: &Global) -> Result<(Settings, Services), Failure> {
    let mut settings = settings(global)?;
    settings.github = None;
    let services = services(&settings, &surroundings(), None).await?;
    Ok((settings, services))
}
