//! Signing in with a GitHub account: who GitHub says somebody is, and whether that person is let in.
//!
//! A person is found by the id of their account, which stays when the login changes. Where a person was invited by a login and
//! no id is kept yet, the account that has this login now is theirs, and its id is kept. An account that nobody invited is
//! let in by its teams only.

use serde::Deserialize;

use super::sessions::{self, Opened};
use super::sign_in_limit::{self, Client};
use super::{Services, WorkflowError, people, team_roles};
use crate::github::{AuthorizationError, FoundAccount, GitHubError};
use crate::ids::Login;
use crate::store::{PersonRow, Tx};

/// Signs in the person who came back from GitHub with `code`; `client` is who they seem to be before GitHub is asked.
///
/// # Errors
/// Codes that GitHub does not take, accounts that nobody invited, disabled people, and GitHub's own failures.
pub async fn sign_in(
    services: &Services,
    client: &Client,
    code: &str,
    verifier: &str,
) -> Result<(Opened, PersonRow), WorkflowError> {
    let authorization = services
        .github_sign_in
        .as_ref()
        .ok_or_else(not_configured)?;
    sign_in_limit::count(services, client).await?;
    let account = authorization
        .account(code, verifier, services.now())
        .await
        .map_err(refused)?;
    let login: Login = account
        .login
        .parse()
        .map_err(|error: crate::ids::InvalidId| WorkflowError::Unreadable(error.to_string()))?;
    let teams = teams_of(services, &account).await;
    let person = known_as(services, &account, login, teams).await?;
    let opened = sessions::open_for(services, &person.id).await?;
    tracing::info!(person = %person.id, name = person.name, "a person signed in with GitHub");
    Ok((opened, person))
}

/// What to say where no GitHub sign-in is configured.
pub fn not_configured() -> WorkflowError {
    WorkflowError::NotConfigured {
        code: "github_sign_in_not_configured",
        message: "signing in with GitHub is not set up here: ask a lead for a link".into(),
    }
}

/// The roles that the account's teams give; `Err` where GitHub did not say.
async fn teams_of(
    services: &Services,
    account: &FoundAccount,
) -> Result<Vec<String>, WorkflowError> {
    if services.team_roles.is_empty() {
        return Ok(Vec::new());
    }
    team_roles::of_account(services, account.id, false)
        .await
        .map(|(_, roles)| roles)
}

/// The person whose account it is, with the login and the teams that it has now.
async fn known_as(
    services: &Services,
    account: &FoundAccount,
    login: Login,
    teams: Result<Vec<String>, WorkflowError>,
) -> Result<PersonRow, WorkflowError> {
    let (id, now) = (account.id, services.now());
    let present = login.clone();
    let wanted = services
        .store
        .read(move |tx| {
            let people = tx.people()?;
            Ok::<_, WorkflowError>(known(&people, id, &present).cloned())
        })
        .await?;
    let teams = match (wanted, teams) {
        // Whom a lead invited is let in whatever GitHub says of teams.
        (Some(person), Err(error)) if !person.roles.is_empty() => {
            tracing::warn!(person = %person.id, %error, "could not check which teams a person is in");
            None
        }
        (_, Err(error)) => return Err(error),
        (_, Ok(teams)) => Some(teams),
    };
    let blank = people::blank(services, "github");
    services
        .store
        .write(move |tx| {
            let people = tx.people()?;
            let known = known(&people, id, &login).cloned();
            let is_new = known.is_none();
            let before = known.unwrap_or_else(|| PersonRow {
                name: login.to_string(),
                ..blank.clone()
            });
            let person = PersonRow {
                github_id: Some(id),
                github_login: Some(login.clone()),
                roles_from_teams: teams.clone().unwrap_or(before.roles_from_teams.clone()),
                teams_checked_at: teams.as_ref().map(|_| now).or(before.teams_checked_at),
                ..before
            };
            if person.disabled_at.is_some() {
                return Err(WorkflowError::invalid(
                    "person_disabled",
                    format!("{} may not sign in here any more; a lead can enable them again", person.name),
                ));
            }
            if person.roles.is_empty() && person.roles_from_teams.is_empty() {
                return Err(WorkflowError::invalid(
                    "not_invited",
                    format!("you are signed in at GitHub as {login}, but nobody invited you here: ask a lead for an invitation, or sign in with another account"),
                ));
            }
            for other in people.iter().filter(|one| one.id != person.id && is_meant(one, &login)) {
                // The login was changed to one that somebody else was invited by.
                tracing::warn!(person = %other.id, account = id, "a person's GitHub login belongs to the account of another person");
                tx.change_person(&PersonRow {
                    github_login: None,
                    ..other.clone()
                })?;
            }
            store(tx, &person, is_new)?;
            team_roles::ask(tx, &person, now)?;
            Ok(person)
        })
        .await
}

/// The person whose account it is: by its id, else by its present login where no id is kept.
fn known<'p>(people: &'p [PersonRow], account: u64, login: &Login) -> Option<&'p PersonRow> {
    with_account(people, account).or_else(|| people.iter().find(|one| is_meant(one, login)))
}

/// Was the person invited by this login, and is the account's id unknown?
fn is_meant(person: &PersonRow, login: &Login) -> bool {
    let has_login = |known: &Login| known.same_as(login.as_str());
    person.github_id.is_none() && person.github_login.as_ref().is_some_and(has_login)
}

fn with_account(people: &[PersonRow], account: u64) -> Option<&PersonRow> {
    people
        .iter()
        .find(|person| person.github_id == Some(account))
}

fn store(tx: &mut Tx<'_>, person: &PersonRow, is_new: bool) -> Result<(), WorkflowError> {
    if is_new {
        tx.add_person(person)?;
    } else {
        tx.change_person(person)?;
    }
    Ok(())
}

/// The account that a webhook says no longer authorises the App. GitHub sends this one to every App.
pub(super) fn no_longer_authorises(event: &str, body: &[u8]) -> Option<u64> {
    #[derive(Deserialize)]
    struct Payload {
        action: String,
        sender: Sender,
    }
    #[derive(Deserialize)]
    struct Sender {
        id: u64,
    }
    if event != "github_app_authorization" {
        return None;
    }
    let payload: Payload = serde_json::from_slice(body).ok()?;
    (payload.action == "revoked").then_some(payload.sender.id)
}

/// Ends the sessions of the person whose account no longer authorises the App.
pub async fn revoked(services: &Services, account: u64) -> Result<(), WorkflowError> {
    let now = services.now();
    services
        .store
        .write(move |tx| {
            if let Some(person) = with_account(&tx.people()?, account) {
                tx.revoke_sessions_of(&person.id, now)?;
            }
            Ok(())
        })
        .await
}

/// GitHub's refusals with codes and words of ours.
fn refused(error: AuthorizationError) -> WorkflowError {
    let (code, description) = match error {
        AuthorizationError::GitHub(error) => return unanswered(error),
        AuthorizationError::Refused { code, description } => (code, description),
    };
    match code.as_str() {
        "bad_verification_code" => WorkflowError::invalid(
            "github_code_bad",
            "GitHub does not take this answer any more: it is good once, for ten minutes, and in the browser that asked for it; sign in again",
        ),
        "incorrect_client_credentials" | "invalid_client" => WorkflowError::NotConfigured {
            code: "github_client_secret_wrong",
            message: "GitHub rejected this service's client secret: its operator has to correct it".into(),
        },
        "redirect_uri_mismatch" => WorkflowError::NotConfigured {
            code: "github_callback_wrong",
            message: "the App at GitHub does not name this service's callback address: its operator has to correct it".into(),
        },
        _ => {
            tracing::warn!(code, description, "GitHub refused a sign-in");
            WorkflowError::invalid("github_sign_in_failed", "GitHub did not sign you in: try again")
        }
    }
}

fn unanswered(error: GitHubError) -> WorkflowError {
    tracing::warn!(%error, "GitHub did not answer a sign-in");
    if error.is_transient() {
        return WorkflowError::NotConfigured {
            code: "github_unreachable",
            message:
                "GitHub does not answer at present: try again in a moment, or ask a lead for a link"
                    .into(),
        };
    }
    error.into()
}
