//! The people of the team whom the service knows: added, listed, changed, disabled.

use std::collections::BTreeSet;

use super::{Services, WorkflowError, sides};
use crate::clock::Timestamp;
use crate::ids::{Login, PersonId};
use crate::store::{PersonRow, ReadTx};

/// The roles that a person can have.
pub const ROLES: [&str; 2] = ["lead", "reviewer"];

/// What is to be known of a person. What is `None` is left as it is, or missing for a new person.
#[derive(Debug, Clone, Default)]
pub struct PersonDetails {
    pub name: Option<String>,
    pub email: Option<String>,
    pub github_login: Option<Login>,
    pub roles: Option<Vec<String>>,
}

/// Adds a person.
pub async fn add(
    services: &Services,
    details: PersonDetails,
    by: &str,
) -> Result<PersonRow, WorkflowError> {
    let now = services.now();
    let blank = PersonRow {
        id: PersonId::new(services.ids.as_ref(), now),
        name: String::new(),
        email: None,
        github_id: None,
        github_login: None,
        roles: Vec::new(),
        disabled_at: None,
        created_by: named(by)?,
        created_at: now,
    };
    let account = account_id(services, &details, &blank).await?;
    let person = services
        .store
        .write(move |tx| {
            let person = with(blank.clone(), &details, account)?;
            alone(tx, &person)?;
            tx.add_person(&person)?;
            Ok::<_, WorkflowError>(person)
        })
        .await?;
    sides::look_again_at(services, &person).await?;
    Ok(person)
}

/// Everybody, disabled people too, in the order in which they were added.
pub async fn list(services: &Services) -> Result<Vec<PersonRow>, WorkflowError> {
    Ok(services.store.read(|tx| tx.people()).await?)
}

/// Changes what is given; a person who was disabled is enabled again.
pub async fn set(
    services: &Services,
    id: &PersonId,
    details: PersonDetails,
    by: &str,
) -> Result<PersonRow, WorkflowError> {
    let wanted = id.clone();
    let before = services.store.read(move |tx| find(tx, &wanted)).await?;
    let account = account_id(services, &details, &before).await?;
    change(services, id, by, move |person| {
        let enabled = PersonRow {
            disabled_at: None,
            ..person
        };
        with(enabled, &details, account)
    })
    .await
}

/// Disables a person: from now on their account is looked up like any other. What they wrote stays the team's.
pub async fn disable(
    services: &Services,
    id: &PersonId,
    by: &str,
) -> Result<PersonRow, WorkflowError> {
    let now: Timestamp = services.now();
    change(services, id, by, move |person| {
        Ok(PersonRow {
            disabled_at: person.disabled_at.or(Some(now)),
            ..person
        })
    })
    .await
}

/// Changes the row as it is when it is written.
async fn change(
    services: &Services,
    id: &PersonId,
    by: &str,
    into: impl Fn(PersonRow) -> Result<PersonRow, WorkflowError> + Send + 'static,
) -> Result<PersonRow, WorkflowError> {
    let (id, by) = (id.clone(), named(by)?);
    let person = services
        .store
        .write(move |tx| {
            let person = into(find(tx, &id)?)?;
            alone(tx, &person)?;
            tx.change_person(&person)?;
            Ok::<_, WorkflowError>(person)
        })
        .await?;
    tracing::info!(person = %person.id, name = person.name, by, disabled = person.disabled_at.is_some(), "a person was changed");
    sides::look_again_at(services, &person).await?;
    Ok(person)
}

fn find(tx: &mut ReadTx<'_>, id: &PersonId) -> Result<PersonRow, WorkflowError> {
    let found = tx.people()?.into_iter().find(|one| one.id == *id);
    found.ok_or_else(|| WorkflowError::NotFound {
        what: format!("the person {id}"),
    })
}

/// The id of the account that is given, or that is known already.
async fn account_id(
    services: &Services,
    details: &PersonDetails,
    before: &PersonRow,
) -> Result<Option<u64>, WorkflowError> {
    let Some(login) = &details.github_login else {
        return Ok(before.github_id);
    };
    let is_same = |known: &Login| known.same_as(login.as_str());
    match before.github_id {
        Some(id) if before.github_login.as_ref().is_some_and(is_same) => Ok(Some(id)),
        _ => sides::account_id(services, login).await,
    }
}

fn with(
    mut person: PersonRow,
    details: &PersonDetails,
    account: Option<u64>,
) -> Result<PersonRow, WorkflowError> {
    if let Some(name) = &details.name {
        person.name = name.trim().to_owned();
    }
    if person.name.is_empty() || person.name.chars().count() > 200 {
        return Err(invalid(
            "person_name_invalid",
            "a person has a name of 1 to 200 characters",
        ));
    }
    if let Some(email) = &details.email {
        person.email = Some(address(email)?);
    }
    if let Some(roles) = &details.roles {
        person.roles = sorted(roles)?;
    }
    if let Some(login) = &details.github_login {
        person.github_login = Some(login.clone());
        person.github_id = account;
    }
    Ok(person)
}

fn invalid(code: &'static str, message: impl Into<String>) -> WorkflowError {
    WorkflowError::Invalid {
        code,
        message: message.into(),
    }
}

fn named(by: &str) -> Result<String, WorkflowError> {
    match by.trim() {
        "" => Err(invalid(
            "name_missing",
            "say who you are; what you do is recorded under your name",
        )),
        by => Ok(by.to_owned()),
    }
}

fn address(email: &str) -> Result<String, WorkflowError> {
    let email = email.trim();
    let fits = email.len() <= 254
        && email
            .split_once('@')
            .is_some_and(|(name, host)| !name.is_empty() && host.contains('.'))
        && !email.contains(char::is_whitespace);
    if fits {
        Ok(email.to_owned())
    } else {
        Err(invalid(
            "email_invalid",
            format!("`{email}` is not an e-mail address"),
        ))
    }
}

fn sorted(roles: &[String]) -> Result<Vec<String>, WorkflowError> {
    let wanted: BTreeSet<&str> = roles.iter().map(|role| role.trim()).collect();
    if let Some(odd) = wanted.iter().find(|role| !ROLES.contains(role)) {
        return Err(invalid(
            "role_unknown",
            format!("`{odd}` is not a role: use {}", ROLES.join(" or ")),
        ));
    }
    Ok(wanted.into_iter().map(str::to_owned).collect())
}

/// No two people have one account or one address.
fn alone(tx: &mut ReadTx<'_>, person: &PersonRow) -> Result<(), WorkflowError> {
    for other in tx.people()?.iter().filter(|one| one.id != person.id) {
        let same_login = match (&person.github_login, &other.github_login) {
            (Some(one), Some(other)) => one.same_as(other.as_str()),
            _ => false,
        };
        let same_account = match (person.github_id, other.github_id) {
            (Some(one), Some(other)) => one == other,
            _ => same_login,
        };
        let same_email = match (&person.email, &other.email) {
            (Some(one), Some(other)) => one.eq_ignore_ascii_case(other),
            _ => false,
        };
        if same_account || same_email {
            let what = if same_account {
                "GitHub account"
            } else {
                "e-mail address"
            };
            return Err(invalid(
                "person_known",
                format!(
                    "{} ({}) has this {what} already: change them with `worksample people set`",
                    other.name, other.id
                ),
            ));
        }
    }
    Ok(())
}
