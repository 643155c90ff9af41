//! `worksample token --role lead --name NAME`

use std::process::ExitCode;

use chrono::Duration;
use clap::{Args, ValueEnum};
use serde::Serialize;

use super::output::{self, Failure};
use super::{Global, context};
use crate::clock::Timestamp;
use crate::ids::WorkSampleId;
use crate::web::tokens::{Bearer, Tokens};

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Role {
    Lead,
    Reviewer,
    Candidate,
}

#[derive(Debug, Args)]
pub struct Arguments {
    #[arg(long)]
    role: Role,
    /// The lead's or reviewer's name, as it is to stand in timelines.
    #[arg(long, required_if_eq_any([("role", "lead"), ("role", "reviewer")]))]
    name: Option<String>,
    /// The candidate's work sample.
    #[arg(long, required_if_eq("role", "candidate"))]
    work_sample: Option<WorkSampleId>,
    /// Days until it expires.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..=366))]
    days: u16,
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Made {
    token: String,
    expires_at: Timestamp,
}

pub fn run(global: &Global, arguments: Arguments) -> Result<ExitCode, Failure> {
    let settings = context::settings(global)?;
    let missing = || {
        Failure::new(
            "name_missing",
            "say whom the token is for: --name, or --work-sample",
        )
    };
    let bearer = match arguments.role {
        Role::Lead => Bearer::Lead {
            name: arguments.name.ok_or_else(missing)?,
        },
        Role::Reviewer => Bearer::Reviewer {
            name: arguments.name.ok_or_else(missing)?,
        },
        Role::Candidate => Bearer::Candidate {
            work_sample: arguments.work_sample.ok_or_else(missing)?,
        },
    };
    let lifetime = Duration::days(i64::from(arguments.days));
    let now = context::surroundings().clock.now();
    let token = Tokens::new(&settings.token_key)
        .make(&bearer, lifetime, now)
        .map_err(|error| Failure::new("token_not_made", error.to_string()))?;
    if arguments.json {
        output::json(&Made {
            token,
            expires_at: now + lifetime,
        })?;
    } else {
        output::line(&token)?;
    }
    Ok(ExitCode::SUCCESS)
}
