//! `worksample sign-in-link --name NAME --role lead`

use std::process::ExitCode;

use clap::{Args, ValueEnum};
use serde::Serialize;

use super::output::{self, Failure};
use super::{Global, context};
use crate::ids::PersonId;
use crate::workflow::people::{self, PersonDetails};
use crate::workflow::{Services, links};

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Role {
    Lead,
    Reviewer,
}

impl Role {
    pub fn name(self) -> &'static str {
        match self {
            Role::Lead => "lead",
            Role::Reviewer => "reviewer",
        }
    }
}

#[derive(Debug, Args)]
pub struct Arguments {
    /// The person's name, e-mail address or id (`person_…`).
    #[arg(long)]
    name: String,
    /// Adds the person with this role, where nobody is known by the name.
    #[arg(long)]
    role: Option<Role>,
    /// Your name; it is recorded.
    #[arg(
        long,
        value_name = "NAME",
        env = "WORKSAMPLE_BY",
        default_value = "the operator"
    )]
    by: String,
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Made {
    person: PersonId,
    url: String,
}

pub async fn run(global: &Global, arguments: Arguments) -> Result<ExitCode, Failure> {
    let (settings, services) = context::open(global).await?;
    let person = person(&services, &arguments).await?;
    let token = links::make_sign_in_link(&services, &person, &arguments.by).await?;
    let url = links::sign_in_url(&settings.public_url, &token);
    if arguments.json {
        output::json(&Made { person, url })?;
    } else {
        output::line(&url)?;
        output::aside("the link signs in once, within 15 minutes");
    }
    Ok(ExitCode::SUCCESS)
}

/// The person whom the link is for.
async fn person(services: &Services, arguments: &Arguments) -> Result<PersonId, Failure> {
    let known = people::named(services, &arguments.name).await?;
    match (known, arguments.role) {
        (Some(person), Some(role)) if !person.has_role(role.name()) => Err(Failure::new(
            "role_missing",
            format!(
                "{name} is no {role} here: `worksample people set {id} --role {role}` changes that",
                name = person.name,
                role = role.name(),
                id = person.id
            ),
        )),
        (Some(person), _) => Ok(person.id),
        (None, Some(role)) => {
            let details = PersonDetails {
                name: Some(arguments.name.clone()),
                roles: Some(vec![role.name().to_owned()]),
                ..PersonDetails::default()
            };
            Ok(people::add(services, details, &arguments.by).await?.id)
        }
        (None, None) => Err(Failure::new(
            "person_unknown",
            format!(
                "nobody is known as `{}`: give --role to add them, or see `worksample people list`",
                arguments.name
            ),
        )),
    }
}
