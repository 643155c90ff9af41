//! `worksample offer-link WORK_SAMPLE`

use std::process::ExitCode;

use clap::Args;
use serde::Serialize;

use super::output::{self, Failure};
use super::{Global, context};
use crate::ids::WorkSampleId;
use crate::workflow::offer_links;

#[derive(Debug, Args)]
pub struct Arguments {
    /// The work sample (`ws_…`).
    work_sample: WorkSampleId,
    /// Your name; it is recorded.
    #[arg(long, value_name = "NAME", env = "WORKSAMPLE_BY")]
    by: String,
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Made {
    url: String,
}

pub async fn run(global: &Global, arguments: Arguments) -> Result<ExitCode, Failure> {
    let (settings, services) = context::open_existing(global).await?;
    let id = &arguments.work_sample;
    let url = offer_links::make(&services, &settings.public_url, id, &arguments.by).await?;
    if arguments.json {
        output::json(&Made { url })?;
    } else {
        output::line(&url)?;
    }
    Ok(ExitCode::SUCCESS)
}
