//! The people of the team whom the service knows: added, listed, changed, disabled.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::{Services, WorkflowError, sides};
use crate::clock::Timestamp;
use crate::ids::{Login, PersonId};
use crate::plain_text::{has_effect, name_problem, shortened};
use crate::store::{PersonRow, ReadTx, SessionRow, Tx};
use crate::work_sample::answer_hours::InvalidHours;

/// The roles that a person can have.
pub const ROLES: [&str; 2] = ["lead", "reviewer"];

/// More days off than this are no days off.
const MOST_DAYS_OFF: usize = 400;

/// What is to be known of a person. What is `None` is left as it is, or missing for a new person.
#[derive(Debug, Clone, Default)]
pub struct PersonDetails {
    pub name: Option<String>,
    pub email: Option<String>,
    pub github_login: Option<Login>,
    pub roles: Option<Vec<String>>,
    /// An IANA time zone, as in `Europe/Berlin`.
    pub zone: Option<String>,
    /// When the person answers, as in `mon-fri 09:00-17:00`; empty for any time.
    pub answer_hours: Option<String>,
    /// Replaces the days off.
    pub days_off: Option<Vec<NaiveDate>>,
}

impl PersonDetails {
    fn is_empty(&self) -> bool {
        self.name.is_none()
            && self.email.is_none()
            && self.github_login.is_none()
            && self.roles.is_none()
            && self.zone.is_none()
            && self.answer_hours.is_none()
            && self.days_off.is_none()
    }
}

/// Adds a person.
pub async fn add(
    services: &Services,
    details: PersonDetails,
    by: &str,
) -> Result<PersonRow, WorkflowError> {
    let blank = blank(services, &recorded_name(by)?);
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
pub(super) fn first_lead(services: &Services, name: &str) -> Result<PersonRow, WorkflowError> {
    let details = PersonDetails {
        name: Some(name.to_owned()),
        roles: Some(vec!["lead".to_owned()]),
        ..PersonDetails::default()
    };
    with(blank(services, name.trim()), &details, None)
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
        (Some(person), false) => Err(invalid(
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

/// Changes what is given; a person who was disabled is enabled again.
///
/// # Errors
/// `nothing_to_change` where nothing is given, for that would enable somebody by accident.
pub async fn set(
    services: &Services,
    id: &PersonId,
    details: PersonDetails,
    by: &str,
) -> Result<PersonRow, WorkflowError> {
    let wanted = id.clone();
    let before = services.store.read(move |tx| find(tx, &wanted)).await?;
    if details.is_empty() {
        return Err(invalid(
            "nothing_to_change",
            "say what is to change: the name, the e-mail address, the GitHub account or the roles. The same name again enables a disabled person",
        ));
    }
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

/// Enables a person who was disabled, with the roles that they had.
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
pub async fn disable(
    services: &Services,
    id: &PersonId,
    by: &str,
) -> Result<PersonRow, WorkflowError> {
    let now: Timestamp = services.now();
    change_with(services, id, by, move |tx, person| {
        tx.revoke_sessions_of(&person.id, now)?;
        tx.revoke_links_of(&person.id, now)?;
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
    let (id, by) = (id.clone(), recorded_name(by)?);
    let person = services
        .store
        .write(move |tx| {
            let found = find(tx, &id)?;
            let person = into(tx, found)?;
            alone(tx, &person)?;
            tx.change_person(&person)?;
            Ok::<_, WorkflowError>(person)
        })
        .await?;
    tracing::info!(person = %person.id, name = person.name, by, disabled = person.disabled_at.is_some(), "a person was changed");
    sides::look_again_at(services, &person).await?;
    Ok(person)
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

fn with(
    mut person: PersonRow,
    details: &PersonDetails,
    account: Option<u64>,
) -> Result<PersonRow, WorkflowError> {
    if let Some(name) = &details.name {
        person.name = name.trim().to_owned();
    }
    if details.name.is_some()
        && let Some(problem) = name_problem(&person.name)
    {
        return Err(invalid(
            "person_name_invalid",
            format!(
                "a person has a name of 1 to 200 characters in one line, and this cannot be one: {problem}"
            ),
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
    if let Some(zone) = &details.zone {
        let zone: Tz = zone.trim().parse().map_err(|_| {
            let zone: String = zone.chars().take(80).collect();
            invalid(
                "zone_unknown",
                format!("`{zone}` is not an IANA time zone such as `Europe/Berlin`"),
            )
        })?;
        person.zone = zone.name().to_owned();
    }
    if let Some(hours) = &details.answer_hours {
        person.answer_hours = match hours.trim() {
            "" => None,
            hours => Some(hours.parse().map_err(|error: InvalidHours| {
                invalid("answer_hours_invalid", error.to_string())
            })?),
        };
    }
    if let Some(days) = &details.days_off {
        if days.len() > MOST_DAYS_OFF {
            return Err(invalid(
                "days_off_too_many",
                format!("a person has at most {MOST_DAYS_OFF} days off"),
            ));
        }
        person.days_off = days.iter().copied().collect();
    }
    Ok(person)
}

fn invalid(code: &'static str, message: impl Into<String>) -> WorkflowError {
    WorkflowError::Invalid {
        code,
        message: message.into(),
    }
}

fn recorded_name(by: &str) -> Result<String, WorkflowError> {
    match by.trim() {
        "" => Err(invalid(
            "name_missing",
            "say who you are; what you do is recorded under your name",
        )),
        by => match name_problem(by) {
            None => Ok(by.to_owned()),
            Some(problem) => Err(invalid(
                "name_unusable",
                format!("your name cannot be recorded: {problem}"),
            )),
        },
    }
}

fn address(email: &str) -> Result<String, WorkflowError> {
    let email = email.trim();
    let fits = email.len() <= 254
        && email
            .split_once('@')
            .is_some_and(|(name, host)| !name.is_empty() && host.contains('.'))
        && !email.contains(|c: char| c.is_whitespace() || has_effect(c));
    if fits {
        Ok(email.to_owned())
    } else {
        Err(invalid(
            "email_invalid",
            format!("`{}` is not an e-mail address", shortened(email, 80)),
        ))
    }
}

fn sorted(roles: &[String]) -> Result<Vec<String>, WorkflowError> {
    let wanted: BTreeSet<&str> = roles.iter().map(|role| role.trim()).collect();
    if let Some(odd) = wanted.iter().find(|role| !ROLES.contains(role)) {
        return Err(invalid(
            "role_unknown",
            format!(
                "`{}` is not a role: use {}",
                shortened(odd, 40),
                ROLES.join(" or ")
            ),
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
