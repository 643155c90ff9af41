//! Roles that membership in a GitHub team gives, and how long they hold.
//!
//! A job checks them again every 10 minutes, and so does their use where the last check is older than 15 minutes. Without an
//! answer of GitHub they end 15 minutes after its last one, and an hour after it where every lead of the service is one by a
//! team: otherwise an outage of GitHub would leave nobody who can act. A team that GitHub no longer shows is believed to be gone
//! once that is 15 minutes after its last answer. Roles that a lead gave are not affected.

use std::collections::BTreeSet;

use chrono::Duration;

use serde_json::json;

use super::governor::{Wanted, admitted};
use super::jobs::JobKind;
use super::role_teams::{HOLDS_FOR, hold, holds_for};
use super::stored::job_key;
use super::{Services, WorkflowError, message_job};
use crate::clock::Timestamp;
use crate::github::{FoundAccount, GitHub, GitHubTeam, Tie, Urgency, Writes};
use crate::store::{NewJob, PersonRow, StoreError, Tx};

/// How often the job checks: so that a short outage of GitHub ends no role.
const CHECKED_EVERY: Duration = Duration::minutes(10);
/// Where GitHub did not answer, the job asks again after so long.
const AGAIN: Duration = Duration::minutes(2);
/// A membership, and a look whether the team is shown to us.
const READS_A_TEAM: u32 = 2;

/// The person with the roles that they have now.
///
/// # Errors
/// `roles_unchecked` where GitHub gave no answer for too long.
pub async fn current(services: &Services, person: PersonRow) -> Result<PersonRow, WorkflowError> {
    let now = services.now();
    if person.roles_from_teams.is_empty() || hold(&person, HOLDS_FOR, now) {
        return Ok(person);
    }
    if let Some(checked) = checked(services, &person).await {
        return Ok(checked);
    }
    let people = services.store.read(|tx| tx.people()).await?;
    if hold(&person, holds_for(&people), now) {
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
        message: "GitHub has not said for too long whether you are still in the team that lets you in: try again in a minute".into(),
    })
}

/// The person with the roles that GitHub says they have now; `None` where it gave no answer, or gave none just now.
async fn checked(services: &Services, person: &PersonRow) -> Option<PersonRow> {
    let now = services.now();
    if services.team_roles.waits(&person.id, now) {
        return None;
    }
    match check(services, person).await {
        Ok(checked) => {
            services.team_roles.note(&person.id, None);
            Some(checked)
        }
        Err(error) => {
            services.team_roles.note(&person.id, Some(now));
            tracing::warn!(person = %person.id, %error, "could not check which teams a person is in");
            None
        }
    }
}

/// The job that checks everybody who has a role from a team.
fn job(now: Timestamp) -> NewJob {
    let kind = JobKind::CheckRoles;
    NewJob {
        kind: kind.name().to_owned(),
        subject: "people".to_owned(),
        payload: json!({}),
        dedupe_key: Some(job_key::CHECK_ROLES.to_owned()),
        run_at: now,
        priority: kind.priority(),
        max_attempts: kind.max_attempts(),
    }
}

/// Queues the job where a person has a role from a team.
pub(super) fn ask(tx: &mut Tx<'_>, person: &PersonRow, now: Timestamp) -> Result<(), StoreError> {
    if person.disabled_at.is_none() && !person.roles_from_teams.is_empty() {
        tx.nudge(&job(now), now)?;
    }
    Ok(())
}

/// Queues the job where anybody has a role from a team, as a version without the job may have left it.
pub(super) async fn wake(services: &Services) -> Result<(), WorkflowError> {
    let now = services.now();
    let people = services.store.read(|tx| tx.people()).await?;
    if !people.iter().any(|one| !one.roles_from_teams.is_empty()) {
        return Ok(());
    }
    services
        .store
        .write(move |tx| {
            for person in tx.people()? {
                ask(tx, &person, now)?;
            }
            Ok(())
        })
        .await
}

/// Checks everybody whose check is due; says when the next is, if anybody has a role from a team.
pub(super) async fn recheck(services: &Services) -> Result<Option<Timestamp>, WorkflowError> {
    // A process that knows no teams, such as a worker without these settings, has nothing to say about roles.
    if services.team_roles.is_empty() {
        return Ok(None);
    }
    let now = services.now();
    let with_roles =
        |one: &PersonRow| one.disabled_at.is_none() && !one.roles_from_teams.is_empty();
    let due = |one: &PersonRow| one.teams_checked_at.map_or(now, |at| at + CHECKED_EVERY);
    let people = services.store.read(|tx| tx.people()).await?;
    for person in people.into_iter().filter(with_roles) {
        if due(&person) <= now {
            checked(services, &person).await;
        }
    }
    let people = services.store.read(|tx| tx.people()).await?;
    let next = people.iter().filter(|one| with_roles(one)).map(due).min();
    Ok(next.map(|at| if at <= now { now + AGAIN } else { at }))
}

/// Asks GitHub, and keeps the answer.
async fn check(services: &Services, person: &PersonRow) -> Result<PersonRow, WorkflowError> {
    let (account, roles) = match person.github_id {
        Some(id) => {
            let gone_is_no = !hold(person, HOLDS_FOR, services.now());
            of_account(services, id, gone_is_no).await?
        }
        None => (None, Vec::new()),
    };
    let (id, now) = (person.id.clone(), services.now());
    let login = account.and_then(|account| account.login.parse().ok());
    services
        .store
        .write(move |tx| {
            let person = tx.person(&id)?.ok_or_else(|| WorkflowError::NotFound {
                what: format!("the person {id}"),
            })?;
            let lost = person
                .roles_from_teams
                .iter()
                .any(|role| !roles.contains(role));
            let checked = PersonRow {
                github_login: login.clone().or(person.github_login),
                roles_from_teams: roles.clone(),
                teams_checked_at: Some(now),
                ..person
            };
            tx.change_person(&checked)?;
            if lost {
                message_job::ask_about_owned(tx, &checked.id, now)?;
            }
            Ok::<_, WorkflowError>(checked)
        })
        .await
}

/// The roles that an account has by its teams, which a person is given now; `None` where GitHub did not say.
pub(super) async fn of_new_account(services: &Services, account: u64) -> Option<Vec<String>> {
    match of_account(services, account, false).await {
        Ok((_, roles)) => Some(roles),
        Err(error) => {
            tracing::warn!(account, %error, "could not check which teams an account is in");
            None
        }
    }
}

/// The roles that an account has by its teams, with the account as GitHub shows it now. With `gone_is_no` a team that GitHub
/// does not show gives nobody a role.
///
/// # Errors
/// Where GitHub did not answer, or did not say of some team.
pub(super) async fn of_account(
    services: &Services,
    account: u64,
    gone_is_no: bool,
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
        if is_in_one(services, teams, &found, gone_is_no).await? {
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
    gone_is_no: bool,
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
                Tie::NoTeam(why) if gone_is_no => {
                    tracing::warn!(team = %team.slug, why, "a team that gives roles is gone");
                }
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
