//! Roles that membership in a GitHub team gives, and how long they hold.
//!
//! They are checked again when they are used and the last check is older than 15 minutes. While GitHub does not answer they
//! hold for an hour after the last answer. Roles that a lead gave are not affected.

use std::collections::BTreeSet;

use chrono::Duration;

use super::governor::{Wanted, admitted};
use super::{Services, WorkflowError};
use crate::github::{FoundAccount, GitHub, GitHubTeam, Tie, Urgency, Writes};
use crate::store::PersonRow;

/// How old a check may be.
const CHECKED_EVERY: Duration = Duration::minutes(15);
/// How long roles hold while GitHub does not answer.
const HOLDS_FOR: Duration = Duration::hours(1);
/// A membership, and a look whether the team is shown to us.
const READS_A_TEAM: u32 = 2;

/// The person with the roles that they have now.
///
/// # Errors
/// `roles_unchecked` where GitHub gave no answer for an hour.
pub async fn current(services: &Services, person: PersonRow) -> Result<PersonRow, WorkflowError> {
    let now = services.now();
    let is_due = !person.roles_from_teams.is_empty()
        && person
            .teams_checked_at
            .is_none_or(|at| at + CHECKED_EVERY <= now);
    if !is_due {
        return Ok(person);
    }
    if !services.team_roles.waits(&person.id, now) {
        match check(services, &person).await {
            Ok(checked) => {
                services.team_roles.note(&person.id, None);
                return Ok(checked);
            }
            Err(error) => {
                services.team_roles.note(&person.id, Some(now));
                tracing::warn!(person = %person.id, %error, "could not check which teams a person is in");
            }
        }
    }
    let holds = person
        .teams_checked_at
        .is_some_and(|at| at + HOLDS_FOR > now);
    if holds {
        return Ok(person);
    }
    if !person.roles.is_empty() {
        // What a lead gave does not depend on GitHub.
        return Ok(PersonRow {
            roles_from_teams: Vec::new(),
            ..person
        });
    }
    Err(WorkflowError::NotConfigured {
        code: "roles_unchecked",
        message: "GitHub has not said for an hour whether you are still in the team that lets you in: try again in a minute".into(),
    })
}

/// Asks GitHub, and keeps the answer.
async fn check(services: &Services, person: &PersonRow) -> Result<PersonRow, WorkflowError> {
    let (account, roles) = match person.github_id {
        Some(id) => of_account(services, id).await?,
        None => (None, Vec::new()),
    };
    let (id, now) = (person.id.clone(), services.now());
    let login = account.and_then(|account| account.login.parse().ok());
    services
        .store
        .write(move |tx| {
            let person = super::people::find(tx, &id)?;
            let checked = PersonRow {
                github_login: login.clone().or(person.github_login),
                roles_from_teams: roles.clone(),
                teams_checked_at: Some(now),
                ..person
            };
            tx.change_person(&checked)?;
            Ok::<_, WorkflowError>(checked)
        })
        .await
}

/// The roles that an account has by its teams, with the account as GitHub shows it now.
///
/// # Errors
/// Where GitHub did not answer, or did not say of some team.
pub(super) async fn of_account(
    services: &Services,
    account: u64,
) -> Result<(Option<FoundAccount>, Vec<String>), WorkflowError> {
    let teams = &services.team_roles;
    let Some(github) = services.github.first().filter(|_| !teams.is_empty()) else {
        return Ok((None, Vec::new()));
    };
    ask_for(services, github, account, 1).await?;
    // Logins change and can be taken by others: the one that the account has now counts.
    let Some(found) = github.account_with_id(account).await? else {
        return Ok((None, Vec::new()));
    };
    let mut roles = BTreeSet::new();
    for (role, teams) in [("lead", &teams.lead), ("reviewer", &teams.reviewer)] {
        if is_in_one(services, teams, &found).await? {
            roles.insert(role.to_owned());
        }
    }
    Ok((Some(found), roles.into_iter().collect()))
}

async fn ask_for(
    services: &Services,
    github: &GitHub,
    account: u64,
    reads: u32,
) -> Result<(), WorkflowError> {
    let holder = format!("account {account}");
    let wanted = Wanted::new(services, github, holder, Urgency::People, Writes::Nothing);
    admitted(services, wanted.reading(reads)).await
}

async fn is_in_one(
    services: &Services,
    teams: &[GitHubTeam],
    account: &FoundAccount,
) -> Result<bool, WorkflowError> {
    let mut unsaid = None;
    for team in teams {
        let places: Vec<&GitHub> = match &team.org {
            Some(org) => vec![services.github_in(org.as_str())?],
            None => services.github.iter().collect(),
        };
        for github in places {
            ask_for(services, github, account.id, READS_A_TEAM).await?;
            match github.team_tie(&team.slug, &account.login).await? {
                Tie::Yes => return Ok(true),
                Tie::No => {}
                Tie::CannotTell(why) | Tie::NoTeam(why) => unsaid = Some(why),
            }
        }
    }
    match unsaid {
        None => Ok(false),
        Some(why) => Err(WorkflowError::NotConfigured {
            code: "team_not_shown",
            message: format!(
                "GitHub does not say who is in a team ({why}): check WORKSAMPLE_LEAD_TEAM and WORKSAMPLE_REVIEWER_TEAM, and that the App may read the organisation's members"
            ),
        }),
    }
}
