//! Whether a signed token is still good, as far as the service knows whom it names.
//!
//! Signed tokens need no database and cannot be revoked. What they name may be known all the same: a person of the team, or a
//! work sample that has ended.

use super::{Services, WorkflowError, link_checks, people, team_roles};
use crate::ids::WorkSampleId;
use crate::store::PersonRow;

/// Checks a name and a role. A name that no person has is accepted.
///
/// # Errors
/// `person_disabled` where everybody of this name is disabled, `role_missing` where nobody of them has the role.
pub async fn check_person(
    services: &Services,
    name: &str,
    role: &str,
) -> Result<(), WorkflowError> {
    let wanted = name.to_owned();
    let named = services
        .store
        .read(move |tx| tx.people_named(&wanted))
        .await?;
    if named.is_empty() {
        return Ok(());
    }
    let enabled: Vec<PersonRow> = named
        .into_iter()
        .filter(|person| person.disabled_at.is_none())
        .collect();
    if enabled.is_empty() {
        return Err(people::no_longer(name));
    }
    for person in enabled {
        if team_roles::current(services, person).await?.has_role(role) {
            return Ok(());
        }
    }
    Err(WorkflowError::invalid(
        "role_missing",
        format!("{name} is not a {role} here"),
    ))
}

/// Checks that a candidate is still let in to their work sample.
///
/// # Errors
/// `token_expired` 90 days after the end, as their links end then.
pub async fn check_candidate(services: &Services, id: &WorkSampleId) -> Result<(), WorkflowError> {
    let (id, now) = (id.clone(), services.now());
    services
        .store
        .read(move |tx| {
            let Some(row) = tx.work_sample_row(&id)? else {
                return Ok(());
            };
            if link_checks::is_over(tx, &id, row.state, now)? {
                return Err(WorkflowError::invalid(
                    "token_expired",
                    "the token has expired, because the work sample ended more than 90 days ago",
                ));
            }
            Ok::<_, WorkflowError>(())
        })
        .await
}
