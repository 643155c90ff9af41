//! What is to be known of a person, checked.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use chrono_tz::Tz;

use crate::ids::Login;
use crate::plain_text::{has_effect, name_problem, shortened};
use crate::store::PersonRow;
use crate::work_sample::answer_hours::InvalidHours;
use crate::workflow::WorkflowError;

/// The roles that a person can have.
pub const ROLES: [&str; 2] = ["lead", "reviewer"];

/// More days off than this are no days off.
const MOST_DAYS_OFF: usize = 400;

/// What is to be known of a person. What is `None` is left as it is, or missing for a new person.
#[derive(Debug, Clone, Default)]
pub struct PersonDetails {
    pub name: Option<String>,
    /// Empty for no address.
    pub email: Option<String>,
    pub github_login: Option<Login>,
    /// Removes the GitHub account; `github_login` is `None` then.
    pub no_github_account: bool,
    pub roles: Option<Vec<String>>,
    /// An IANA time zone, as in `Europe/Berlin`.
    pub zone: Option<String>,
    /// When the person answers, as in `mon-fri 09:00-17:00`; empty for any time.
    pub answer_hours: Option<String>,
    /// Replaces the days off.
    pub days_off: Option<Vec<NaiveDate>>,
}

impl PersonDetails {
    pub(super) fn is_empty(&self) -> bool {
        self.name.is_none()
            && self.email.is_none()
            && self.github_login.is_none()
            && !self.no_github_account
            && self.roles.is_none()
            && self.zone.is_none()
            && self.answer_hours.is_none()
            && self.days_off.is_none()
    }
}

/// The person with these details; `account` is the id of the account that is given, or that was known.
pub(super) fn with(
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
        return Err(WorkflowError::invalid(
            "person_name_invalid",
            format!(
                "a person has a name of 1 to 200 characters in one line, and this cannot be one: {problem}"
            ),
        ));
    }
    if let Some(email) = &details.email {
        person.email = match email.trim() {
            "" => None,
            email => Some(address(email)?),
        };
    }
    if let Some(roles) = &details.roles {
        person.roles = sorted(roles)?;
    }
    if let Some(login) = &details.github_login {
        person.github_login = Some(login.clone());
        person.github_id = account;
    } else if details.no_github_account {
        person.github_login = None;
        person.github_id = None;
        person.roles_from_teams.clear();
    }
    if let Some(zone) = &details.zone {
        let zone: Tz = zone.trim().parse().map_err(|_| {
            let zone: String = zone.chars().take(80).collect();
            WorkflowError::invalid(
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
                WorkflowError::invalid("answer_hours_invalid", error.to_string())
            })?),
        };
    }
    if let Some(days) = &details.days_off {
        if days.len() > MOST_DAYS_OFF {
            return Err(WorkflowError::invalid(
                "days_off_too_many",
                format!("a person has at most {MOST_DAYS_OFF} days off"),
            ));
        }
        person.days_off = days.iter().copied().collect();
    }
    Ok(person)
}

/// Does the person have another GitHub account now? The login of an account can change; its id does not.
pub(super) fn is_another_account(before: &PersonRow, after: &PersonRow) -> bool {
    let login = |person: &PersonRow| {
        let login = person.github_login.as_ref();
        login.map(|login| login.as_str().to_ascii_lowercase())
    };
    before.github_id != after.github_id
        || before.github_id.is_none() && login(before) != login(after)
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
        Err(WorkflowError::invalid(
            "email_invalid",
            format!("`{}` is not an e-mail address", shortened(email, 80)),
        ))
    }
}

fn sorted(roles: &[String]) -> Result<Vec<String>, WorkflowError> {
    let wanted: BTreeSet<&str> = roles.iter().map(|role| role.trim()).collect();
    if let Some(odd) = wanted.iter().find(|role| !ROLES.contains(role)) {
        return Err(WorkflowError::invalid(
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
