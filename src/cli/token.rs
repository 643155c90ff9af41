//! `worksample token --role lead --name NAME`, `worksample token make|list|revoke`
//!
//! The first makes a signed token that needs no database and cannot be revoked; the others work on tokens that are rows.

use std::process::ExitCode;

use chrono::Duration;
use clap::{Args, Subcommand, ValueEnum};
use serde::Serialize;

use super::output::{self, Failure};
use super::sign_in_link::Role as TeamRole;
use super::{Global, context};
use crate::clock::{Timestamp, for_people};
use crate::ids::{ApiTokenId, WorkSampleId};
use crate::plain_text::name_problem;
use crate::store::ApiTokenRow;
use crate::web::tokens::{Bearer, Tokens};
use crate::workflow::api_tokens::{self, NewApiToken};
use crate::workflow::people;

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Role {
    Lead,
    Reviewer,
    Candidate,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Make a token for a known person, which can be revoked
    Make {
        /// The person's name, e-mail address or id (`person_…`).
        #[arg(long)]
        person: String,
        #[arg(long)]
        role: TeamRole,
        /// Where the token is used.
        #[arg(long)]
        label: String,
        /// Days until it expires.
        #[arg(long, default_value_t = 90)]
        days: u16,
        #[arg(long)]
        json: bool,
    },
    /// List the tokens that can be revoked
    List {
        #[arg(long)]
        json: bool,
    },
    /// Revoke a token; it opens nothing from now on
    Revoke {
        /// The token's id (`token_…`), as `list` shows it.
        id: ApiTokenId,
        /// Your name; it is recorded.
        #[arg(long, value_name = "NAME", env = "WORKSAMPLE_BY")]
        by: String,
    },
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Arguments {
    #[command(subcommand)]
    verb: Option<Verb>,
    #[command(flatten)]
    signed: Option<Signed>,
}

#[derive(Debug, Args)]
struct Signed {
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

/// A token as `list --json` shows it.
#[derive(Serialize)]
struct Listed {
    id: ApiTokenId,
    label: String,
    name: String,
    role: String,
    created_at: Timestamp,
    expires_at: Timestamp,
    revoked_at: Option<Timestamp>,
    last_used_at: Option<Timestamp>,
}

impl Listed {
    fn of((row, name): (ApiTokenRow, String)) -> Listed {
        Listed {
            id: row.id,
            label: row.label,
            name,
            role: row.role,
            created_at: row.created_at,
            expires_at: row.expires_at,
            revoked_at: row.revoked_at,
            last_used_at: row.last_used_at,
        }
    }

    fn cells(&self) -> Vec<String> {
        let state = match self.revoked_at {
            Some(at) => format!("revoked {}", for_people(at)),
            None => format!("until {}", for_people(self.expires_at)),
        };
        vec![
            self.id.to_string(),
            self.label.clone(),
            self.name.clone(),
            self.role.clone(),
            state,
            self.last_used_at.map(for_people).unwrap_or_default(),
        ]
    }
}

pub async fn run(global: &Global, arguments: Arguments) -> Result<ExitCode, Failure> {
    match (arguments.verb, arguments.signed) {
        (Some(verb), _) => on_rows(global, verb).await,
        (None, Some(signed)) => sign(global, signed),
        (None, None) => Err(Failure::new(
            "name_missing",
            "say whom the token is for: --role and --name, or one of `make`, `list`, `revoke`",
        )),
    }
}

async fn on_rows(global: &Global, verb: Verb) -> Result<ExitCode, Failure> {
    let (_, services) = context::open(global).await?;
    match verb {
        Verb::Make {
            person,
            role,
            label,
            days,
            json,
        } => {
            let found = people::named(&services, &person).await?;
            let found = found.ok_or_else(|| {
                Failure::new(
                    "person_unknown",
                    format!("nobody is known as `{person}`: see `worksample people list`"),
                )
            })?;
            let new = NewApiToken {
                person: found.id,
                role: role.name().to_owned(),
                label,
                days,
            };
            let (row, token) = api_tokens::make(&services, new, &found.name).await?;
            if json {
                output::json(&Made {
                    token,
                    expires_at: row.expires_at,
                })?;
            } else {
                output::line(&token)?;
            }
        }
        Verb::List { json } => {
            let tokens = api_tokens::list(&services).await?;
            let tokens: Vec<Listed> = tokens.into_iter().map(Listed::of).collect();
            if json {
                output::json(&tokens)?;
            } else {
                let heads = ["ID", "LABEL", "PERSON", "ROLE", "STATE", "LAST USED"];
                let heads = heads.map(str::to_owned).to_vec();
                let rows = tokens.iter().map(Listed::cells);
                output::table(&std::iter::once(heads).chain(rows).collect::<Vec<_>>())?;
            }
        }
        Verb::Revoke { id, by } => {
            api_tokens::revoke(&services, &id, &by).await?;
            output::line(&format!("{id} is revoked"))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn sign(global: &Global, arguments: Signed) -> Result<ExitCode, Failure> {
    let settings = context::settings(global)?;
    let missing = || {
        Failure::new(
            "name_missing",
            "say whom the token is for: --name, or --work-sample",
        )
    };
    if let Some(name) = &arguments.name
        && let Some(problem) = name_problem(name)
    {
        return Err(Failure::new(
            "name_unusable",
            format!("a token cannot be made for this name: {problem}"),
        ));
    }
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
