//! `worksample people add|list|set|disable|enable|side`

use std::process::ExitCode;

use chrono::NaiveDate;
use clap::{Args, Subcommand, ValueEnum};

use super::output::{self, Failure};
use super::{Global, context, show};
use crate::ids::{Login, PersonId, WorkSampleId};
use crate::web::api::views::{PersonView, WorkSampleView};
use crate::work_sample::{AccountSide, Actor, Command};
use crate::workflow::people::{self, PersonDetails};
use crate::workflow::{Services, act};

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Role {
    Lead,
    Reviewer,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum SideName {
    Team,
    Stranger,
    Bot,
}

impl SideName {
    fn side(self) -> AccountSide {
        match self {
            SideName::Team => AccountSide::Team,
            SideName::Stranger => AccountSide::Stranger,
            SideName::Bot => AccountSide::Bot,
        }
    }
}

/// What every verb takes.
#[derive(Debug, Args)]
pub struct Common {
    /// Your name; it is recorded.
    #[arg(long, value_name = "NAME", env = "WORKSAMPLE_BY")]
    by: String,
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub struct Details {
    /// The e-mail address; empty for none.
    #[arg(long, value_name = "ADDRESS")]
    email: Option<String>,
    /// The GitHub account; it is team in every work sample.
    #[arg(long, value_name = "LOGIN")]
    github: Option<Login>,
    /// What the person may do; may be given twice.
    #[arg(long)]
    role: Vec<Role>,
    /// The time zone in which the person reads times, as in Europe/Berlin.
    #[arg(long, value_name = "ZONE")]
    zone: Option<String>,
    /// When the person answers, as in "mon-fri 09:00-17:00"; empty for any time.
    #[arg(long, value_name = "HOURS")]
    answer_hours: Option<String>,
    /// A date on which the person does not answer, as in 2026-12-24; may be given several times, and replaces those before.
    #[arg(long, value_name = "DATE")]
    day_off: Vec<NaiveDate>,
    /// Removes all days off.
    #[arg(long, conflicts_with = "day_off")]
    no_days_off: bool,
}

impl Details {
    fn named(self, name: Option<String>) -> PersonDetails {
        let roles = self.role.iter().map(|role| match role {
            Role::Lead => "lead".to_owned(),
            Role::Reviewer => "reviewer".to_owned(),
        });
        PersonDetails {
            name,
            email: self.email,
            github_login: self.github,
            zone: self.zone,
            answer_hours: self.answer_hours,
            days_off: (self.no_days_off || !self.day_off.is_empty()).then_some(self.day_off),
            roles: (!self.role.is_empty()).then(|| roles.collect()),
            ..PersonDetails::default()
        }
    }
}

#[derive(Debug, Subcommand)]
pub enum Arguments {
    /// Add a person of the team
    Add {
        #[arg(long)]
        name: String,
        #[command(flatten)]
        details: Details,
        #[command(flatten)]
        common: Common,
    },
    /// List everybody, disabled people too
    List {
        #[arg(long)]
        json: bool,
    },
    /// Change what is given
    Set {
        /// The person (`person_…`).
        id: PersonId,
        #[arg(long)]
        name: Option<String>,
        #[command(flatten)]
        details: Details,
        #[command(flatten)]
        common: Common,
    },
    /// Disable a person; what they wrote stays the team's
    Disable {
        /// The person (`person_…`).
        id: PersonId,
        #[command(flatten)]
        common: Common,
    },
    /// Enable a person who was disabled; their API tokens stay revoked
    Enable {
        /// The person (`person_…`).
        id: PersonId,
        #[command(flatten)]
        common: Common,
    },
    /// Say on which side an account is in a work sample, in all that it wrote
    Side {
        /// The work sample (`ws_…`).
        work_sample: WorkSampleId,
        /// The account's login, or its id.
        #[arg(long, value_name = "LOGIN")]
        account: String,
        #[arg(long)]
        side: SideName,
        /// Why.
        #[arg(long, default_value = "")]
        note: String,
        #[command(flatten)]
        common: Common,
    },
}

pub async fn run(global: &Global, arguments: Arguments) -> Result<ExitCode, Failure> {
    let (_, services) = match &arguments {
        // Who sets the service up may name its people before it first serves.
        Arguments::Add { .. } => context::open(global).await?,
        _ => context::open_existing(global).await?,
    };
    let (people, json) = match arguments {
        Arguments::Side {
            work_sample,
            account,
            side,
            note,
            common,
        } => {
            let command = Command::SettleSide {
                account,
                side: side.side(),
                note,
            };
            return settle(&services, &work_sample, command, common).await;
        }
        Arguments::List { json } => (people::list(&services).await?, json),
        Arguments::Add {
            name,
            details,
            common,
        } => {
            let person = people::add(&services, details.named(Some(name)), &common.by).await?;
            (vec![person], common.json)
        }
        Arguments::Set {
            id,
            name,
            details,
            common,
        } => {
            let person = people::set(&services, &id, details.named(name), &common.by).await?;
            (vec![person], common.json)
        }
        Arguments::Disable { id, common } => {
            let person = people::disable(&services, &id, &common.by).await?;
            (vec![person], common.json)
        }
        Arguments::Enable { id, common } => {
            let person = people::enable(&services, &id, &common.by).await?;
            (vec![person], common.json)
        }
    };
    let views: Vec<PersonView> = people.iter().map(PersonView::from).collect();
    if json {
        output::json(&views)?;
    } else {
        print(&views)?;
    }
    Ok(ExitCode::SUCCESS)
}

async fn settle(
    services: &Services,
    id: &WorkSampleId,
    command: Command,
    common: Common,
) -> Result<ExitCode, Failure> {
    let by = Actor::Lead { name: common.by };
    let after = act::act(services, id, command, by).await?;
    let version = services.version(&after.spec).await?;
    let view = WorkSampleView::of(&after, &version);
    if common.json {
        output::json(&view)?;
    } else {
        show::print(&view)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The roles, with what gives them where no lead did.
fn roles(view: &PersonView) -> String {
    let by_team = view.roles_from_teams.iter();
    let all = view.roles.iter().cloned();
    let all: Vec<String> = all
        .chain(by_team.map(|role| format!("{role} (by a GitHub team)")))
        .collect();
    all.join(", ")
}

fn print(views: &[PersonView]) -> Result<(), Failure> {
    if views.is_empty() {
        return output::line("nobody yet: `worksample people add` adds a person");
    }
    let heads = ["ID", "NAME", "E-MAIL", "GITHUB", "ROLES", "STATE"]
        .map(str::to_owned)
        .to_vec();
    let rows = views.iter().map(|view| {
        let state = match view.disabled_at {
            Some(_) => "disabled",
            None => "enabled",
        };
        vec![
            view.id.to_string(),
            view.name.clone(),
            view.email.clone().unwrap_or_default(),
            view.github_login
                .as_ref()
                .map(Login::to_string)
                .unwrap_or_default(),
            roles(view),
            state.to_owned(),
        ]
    });
    output::table(&std::iter::once(heads).chain(rows).collect::<Vec<_>>())
}
