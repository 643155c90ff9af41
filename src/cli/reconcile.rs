//! `worksample reconcile [ID]`

use std::process::ExitCode;

use clap::Args;

use super::output::{self, Failure};
use super::{Global, context};
use crate::ids::WorkSampleId;
use crate::workflow::reconcile;

#[derive(Debug, Args)]
pub struct Arguments {
    /// The work sample (`ws_…`); without it all that are still followed.
    id: Option<WorkSampleId>,
}

pub async fn run(global: &Global, arguments: Arguments) -> Result<ExitCode, Failure> {
    let (_, services) = context::open_existing(global).await?;
    match arguments.id {
        Some(id) => {
            reconcile::ask(&services, &id).await?;
            output::line(&format!(
                "a worker will compare {id} with GitHub; see `worksample jobs list`"
            ))?;
        }
        None => {
            let count = reconcile::ask_all(&services).await?;
            reconcile::wake(&services).await?;
            output::line(&format!(
                "a worker will ask for missed webhooks and compare {count} work sample(s) with GitHub; see `worksample jobs list`"
            ))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
