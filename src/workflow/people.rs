//! The people of the team whom the service knows: added, listed, changed, disabled.

mod details;

use std::collections::BTreeSet;

pub use details::{PersonDetails, ROLES};

use details::with;

use super::once::{Made, Once, once, unreadable};
use super::{Services, WorkflowError, message_job, sides, team_roles};
use crate::clock::Timestamp;
use crate::ids::{Login, PersonId};
use crate::plain_text::name_problem;
use crate::store::{PersonRow, ReadTx, SessionRow, Tx};

/// Adds a person.
pub async fn add(
    services: &Services,
    details: PersonDetails,
    by: &str,
) -> Result<PersonRow, WorkflowError> {
    let (person, _) = add_once(services, details, by, None).await?;
    Ok(person)
}

/// Adds a person unless a request with the same key has added one already; says too whether they are new.
pub async fn add_once(
    services: &Services,
    details: PersonDetails,
    by: &str,
    key: Option<Once>,
) -> Result<(PersonRow, bool), WorkflowError> {
    let blank = blank(services, &recorded_name(by)?);
    let (id, now) = (blank.id.clone(), blank.created_at);
    let account = account_id(services, &details, &blank).await?;
    let person = services
        .store
        .write(move |tx| {
            once(tx, key.as_ref(), now, |tx| {
                let person = with(blank.clone(), &details, account)?;
                alone(tx, &person)?;
                tx.add_person(&person)?;
                Ok(person)
            })
        })
        .await?;
    let is_new = person.id == id;
    if is_new {
        sides::look_again_at(services, &person).await?;
    }
    Ok((person, is_new))
}

impl Made for PersonRow {
    fn id(&self) -> &str {
        self.id.as_str()
    }

    fn find(tx: &mut ReadTx<'_>, id: &str) -> Result<Self, WorkflowError> {
        find(tx, &id.parse().map_err(|_| unreadable())?)
    }
}

/// A person of whom nothing is known yet.
pub(super) fn blank(services: &Services, by: &str) -> PersonRow {
    let now = services.now();
    PersonRow {
        id: PersonId::new(services.ids.as_ref(), now),
        name: String::new(),
        email: None,
        github_id: None,
        github_login: None,
        roles: Vec::new(),
        disabled_at: None,
        created_by: by.to_owned(),
        created_at: now,
        zone: "UTC".to_owned(),
        seen_at: None,
        roles_from_teams: Vec::new(),
        teams_checked_at: None,
        answer_hours: None,
        days_off: BTreeSet::new(),
    }
}

/// The first lead, who makes themselves known by the link that `serve` printed.
pub(super) fn first_lead(
    services: &Services,
    name: &str,
    email: &str,
) -> Result<PersonRow, WorkflowError> {
    let details = PersonDetails {
        name: Some(name.to_owned()),
        email: Some(email.to_owned()),
        roles: Some(vec!["lead".to_owned()]),
        ..PersonDetails::default()
    };
    with(blank(services, name.trim()), &details, None)
}

/// What is said to a person who is disabled and shows a token.
pub(super) fn no_longer(name: &str) -> WorkflowError {
    WorkflowError::invalid(
        "person_disabled",
        format!("{name} may not use this service any more"),
    )
}

/// Everybody, disabled people too, in the order in which they were added.
pub async fn list(services: &Services) -> Result<Vec<PersonRow>, WorkflowError> {
    Ok(services.store.read(|tx| tx.people()).await?)
}

/// One person.
pub async fn one(services: &Services, id: &PersonId) -> Result<PersonRow, WorkflowError> {
    let id = id.clone();
    services.store.read(move |tx| find(tx, &id)).await
}

/// The person with this name, e-mail address or id; disabled people are found by their id only.
///
/// # Errors
/// Several people of that name.
pub async fn named(services: &Services, text: &str) -> Result<Option<PersonRow>, WorkflowError> {
    let text = text.trim().to_owned();
    let people = list(services).await?;
    let is_meant = |person: &PersonRow| {
        let has_email = person
            .email
            .as_ref()
            .is_some_and(|email| email.eq_ignore_ascii_case(&text));
        person.id.as_str() == text
            || person.disabled_at.is_none() && (has_email || person.name == text)
    };
    let mut meant = people.into_iter().filter(is_meant);
    let first = meant.next();
    let others: Vec<String> = meant.map(|person| person.id.to_string()).collect();
    match (&first, others.is_empty()) {
        (Some(person), false) => Err(WorkflowError::invalid(
            "person_ambiguous",
            format!(
                "several people are known as `{text}`: name one of the ids {}, {}",
                person.id,
                others.join(", ")
            ),
        )),
        _ => Ok(first),
    }
}

/// One person, and their sessions that are valid.
pub async fn with_sessions(
    services: &Services,
    id: &PersonId,
) -> Result<(PersonRow, Vec<SessionRow>), WorkflowError> {
    let (id, now) = (id.clone(), services.now());
    services
        .store
        .read(move |tx| Ok((find(tx, &id)?, tx.sessions_of(&id, now)?)))
        .await
}

/// Changes what is given. A disabled person stays disabled.
///
/// # Errors
/// `nothing_to_change` where nothing is given; `last_lead` where no enabled lead would be left.
pub async fn set(
    services: &Services,
    id: &PersonId,
    details: PersonDetails,
    by: &str,
) -> Result<PersonRow, WorkflowError> {
    let wanted = id.clone();
    let before = services.store.read(move |tx| find(tx, &wanted)).await?;
    if details.is_empty() {
        return Err(WorkflowError::invalid(
            "nothing_to_change",
            "say what is to change, such as the name, the e-mail address, the GitHub account or the roles",
        ));
    }
    let account = account_id(services, &details, &before).await?;
    let teams = match account.filter(|id| before.github_id != Some(*id)) {
        Some(account) => team_roles::of_new_account(services, account).await,
        None => None,
    };
    let now = services.now();
    change_with(services, id, by, move |tx, before| {
        let person = with(before.clone(), &details, account)?;
        if !details::is_another_account(&before, &person) {
            return Ok(person);
        }
        // What the teams of the old account gave ends with it.
        let person = PersonRow {
            roles_from_teams: teams.clone().unwrap_or_default(),
            teams_checked_at: teams.as_ref().map(|_| now),
            ..person
        };
        team_roles::ask(tx, &person, now)?;
        Ok(person)
    })
    .await
}

/// Enables a person who was disabled, with the roles that they had. What was revoked stays revoked.
pub async fn enable(
    services: &Services,
    id: &PersonId,
    by: &str,
) -> Result<PersonRow, WorkflowError> {
    change(services, id, by, |person| {
        Ok(PersonRow {
            disabled_at: None,
            ..person
        })
    })
    .await
}

/// Disables a person: their sessions, links and API tokens end at once, and their account is looked up like any other.
/// What they wrote stays the team's.
///
/// # Errors
/// `last_lead` where no enabled lead would be left.
pub async fn disable(
    services: &Services,
    id: &PersonId,
    by: &str,
) -> Result<PersonRow, WorkflowError> {
    let now: Timestamp = services.now();
    change_with(services, id, by, move |tx, person| {
        tx.revoke_sessions_of(&person.id, now)?;
        tx.revoke_links_of(&person.id, now)?;
        tx.revoke_api_tokens_of(&person.id, now)?;
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
    change_with(services, id, by, move |_, person| into(person)).await
}

async fn change_with(
    services: &Services,
    id: &PersonId,
    by: &str,
    into: impl Fn(&mut Tx<'_>, PersonRow) -> Result<PersonRow, WorkflowError> + Send + 'static,
) -> Result<PersonRow, WorkflowError> {
    let (id, by, now) = (id.clone(), recorded_name(by)?, services.now());
    let person = services
        .store
        .write(move |tx| {
            let found = find(tx, &id)?;
            let was_lead = is_enabled_lead(&found);
            let person = into(tx, found)?;
            if was_lead && !is_enabled_lead(&person) {
                another_lead(tx, &person)?;
            }
            alone(tx, &person)?;
            tx.change_person(&person)?;
            // Somebody else may read for the team now, or they read again.
            message_job::ask_about_owned(tx, &person.id, now)?;
            Ok::<_, WorkflowError>(person)
        })
        .await?;
    tracing::info!(person = %person.id, name = person.name, by, disabled = person.disabled_at.is_some(), "a person was changed");
    sides::look_again_at(services, &person).await?;
    Ok(person)
}

fn is_enabled_lead(person: &PersonRow) -> bool {
    person.disabled_at.is_none() && person.has_role("lead")
}

/// Somebody has to be left who can enable and invite others.
fn another_lead(tx: &mut ReadTx<'_>, person: &PersonRow) -> Result<(), WorkflowError> {
    let mut others = tx.people()?.into_iter().filter(|one| one.id != person.id);
    if others.any(|other| is_enabled_lead(&other)) {
        return Ok(());
    }
    Err(WorkflowError::invalid(
        "last_lead",
        format!(
            "{} is the last lead, and somebody has to be left who can invite others: make another person lead first",
            person.name
        ),
    ))
}

pub(super) fn find(tx: &mut ReadTx<'_>, id: &PersonId) -> Result<PersonRow, WorkflowError> {
    tx.person(id)?.ok_or_else(|| WorkflowError::NotFound {
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

fn recorded_name(by: &str) -> Result<String, WorkflowError> {
    match by.trim() {
        "" => Err(WorkflowError::invalid(
            "name_missing",
            "say who you are; what you do is recorded under your name",
        )),
        by => match name_problem(by) {
            None => Ok(by.to_owned()),
            Some(problem) => Err(WorkflowError::invalid(
                "name_unusable",
                format!("your name cannot be recorded: {problem}"),
            )),
        },
    }
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
            return Err(WorkflowError::invalid(
                "person_known",
                format!(
                    "{} ({}) has this {what} already: change that person instead",
                    other.name, other.id
                ),
            ));
        }
    }
    Ok(())
}
