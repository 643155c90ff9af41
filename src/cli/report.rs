//! `worksample report ID --format html|md|json`, `worksample report --schema`

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::output::{self, Failure};
use super::{Global, context};
use crate::ids::WorkSampleId;
use crate::report;
use crate::workflow::show;

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Html,
    Md,
    Json,
}

#[derive(Debug, Args)]
pub struct Arguments {
    #[arg(required_unless_present = "schema")]
    id: Option<WorkSampleId>,
    #[arg(long, default_value = "md")]
    format: Format,
    /// Write to this file instead of standard output.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Print the JSON Schema of the json format instead.
    #[arg(long, conflicts_with = "id")]
    schema: bool,
}

pub async fn run(global: &Global, arguments: Arguments) -> Result<ExitCode, Failure> {
    let Some(id) = arguments.id else {
        output::json(&report::schema())?;
        return Ok(ExitCode::SUCCESS);
    };
    let (_, services) = context::open_existing(global).await?;
    let report = show::report(&services, &id).await?;
    let text = match arguments.format {
        Format::Html => report.to_html(),
        Format::Md => report.to_markdown(),
        Format::Json => report.to_json(),
    };
    match arguments.out {
        None => output::document(text.trim_end())?,
        Some(path) => std::fs::write(&path, text).map_err(|error| {
            Failure::new(
                "not_written",
                format!("{} cannot be written: {error}", path.display()),
            )
        })?,
    }
    Ok(ExitCode::SUCCESS)
}
