//! `worksample doctor`: what is configured, what is missing, and how to repair it.

mod secrets;

use std::process::ExitCode;

use clap::Args;

use super::output::{self, Failure};
use super::{Global, context};
use crate::config::{self, Environment, file};
use crate::doctor::{Finding, State, examine, finding, settings_in_effect};

/// What each state of a finding means for the status, as `worksample doctor --help` says it.
const STATUS: &str = "Each finding is ok, missing or BROKEN. BROKEN keeps the service from starting or from doing its work: \
    a setting or secret that cannot be used, no git, a database that cannot be opened, a log that could not be upgraded, dead \
    jobs, or a GitHub that refuses us or does not send webhooks here. Missing is what the service does without: no GitHub, \
    webhook secret, https address or sandbox here.\n\nThe status is 1 if a finding is BROKEN, else 0.";

#[derive(Debug, Default, Args)]
#[command(after_help = STATUS)]
pub struct Arguments {
    #[arg(long)]
    json: bool,
}

pub async fn run(global: &Global, arguments: Arguments) -> Result<ExitCode, Failure> {
    context::existing_data_dir(global)?;
    let findings = match context::settings(global) {
        Err(failure) => secrets::findings(global, failure),
        Ok(settings) => examine(&settings).await,
    };
    let broken = findings.iter().any(|one| one.state == State::Broken);
    if arguments.json {
        output::json(&findings)?;
    } else {
        print(&findings, global)?;
    }
    Ok(if broken {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

fn print(findings: &[Finding], global: &Global) -> Result<(), Failure> {
    let rows: Vec<Vec<String>> = findings
        .iter()
        .map(|one| {
            let state = match one.state {
                State::Ok => "ok",
                State::Missing => "missing",
                State::Broken => "BROKEN",
            };
            let mut detail = one.detail.clone();
            if let Some(hint) = &one.hint {
                detail.push_str("; hint: ");
                detail.push_str(hint);
            }
            vec![state.to_owned(), one.what.clone(), detail]
        })
        .collect();
    output::table(&rows)?;
    let data_dir = config::data_dir(&Environment, global.data_dir.as_deref());
    // A file that cannot be read is a finding already.
    let source = file::Layered::open(&Environment, &data_dir)
        .unwrap_or_else(|_| file::Layered::without_file(&Environment));
    output::line("\nSettings (set, or their default):")?;
    let rows: Vec<Vec<String>> = settings_in_effect(&source)
        .into_iter()
        .map(|setting| {
            vec![
                format!("  {}", setting.name),
                setting.value,
                setting.meaning.to_owned(),
            ]
        })
        .collect();
    output::table(&rows)?;
    output::line(&format!(
        "Secrets are also read from the file that NAME_FILE names, as in {}_FILE.",
        config::WEBHOOK_SECRET
    ))
}
