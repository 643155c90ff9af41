//! Who owns a work sample: who is told of its questions first.

use crate::ids::{PersonId, WorkSampleId};
use crate::store::{OwnerRow, PersonRow, ReadTx, StoreError};
use crate::workflow::{Services, WorkflowError, message_job};

/// Who is to own a work sample.
#[derive(Debug, Clone)]
pub struct OwnerChange {
    pub person: PersonId,
    pub backup: Option<PersonId>,
}

/// Who owns a work sample, if that was said.
pub async fn owner(
    services: &Services,
    id: &WorkSampleId,
) -> Result<Option<OwnerRow>, WorkflowError> {
    let id = id.clone();
    Ok(services.store.read(move |tx| tx.owner(&id)).await?)
}

/// Says who owns a work sample, and who reads what it has to tell while the owner is off.
pub async fn set_owner(
    services: &Services,
    id: &WorkSampleId,
    change: OwnerChange,
    by: &str,
) -> Result<OwnerRow, WorkflowError> {
    if by.trim().is_empty() {
        return Err(WorkflowError::invalid(
            "name_missing",
            "say who you are; what you do is recorded under your name",
        ));
    }
    if change.backup.as_ref() == Some(&change.person) {
        return Err(WorkflowError::invalid(
            "backup_is_owner",
            "the backup should be another person than the owner",
        ));
    }
    let row = OwnerRow {
        work_sample: id.clone(),
        person: change.person,
        backup: change.backup,
        set_by: by.trim().to_owned(),
        set_at: services.now(),
    };
    services
        .store
        .write(move |tx| {
            crate::workflow::record::load(tx, &row.work_sample)?;
            for person in std::iter::once(&row.person).chain(&row.backup) {
                enabled(tx, person)?;
            }
            tx.set_owner(&row)?;
            // The promise to answer may end at another time.
            let job = message_job::job(&row.work_sample, row.set_at);
            tx.nudge(&job, row.set_at)?;
            Ok::<_, WorkflowError>(row.clone())
        })
        .await
}

pub(super) fn enabled(tx: &mut ReadTx<'_>, id: &PersonId) -> Result<PersonRow, WorkflowError> {
    let found = tx.people()?.into_iter().find(|one| one.id == *id);
    let person = found.ok_or_else(|| WorkflowError::NotFound {
        what: format!("the person {id}"),
    })?;
    match person.disabled_at {
        None => Ok(person),
        Some(_) => Err(WorkflowError::invalid(
            "person_disabled",
            format!("{} ({id}) is disabled", person.name),
        )),
    }
}

/// The person whom a lead's name means, if exactly one enabled person has it.
pub(in crate::workflow) fn person_called(
    tx: &mut ReadTx<'_>,
    name: &str,
) -> Result<Option<PersonId>, StoreError> {
    let people = tx.people()?;
    let mut called = people
        .iter()
        .filter(|one| one.disabled_at.is_none() && one.name.eq_ignore_ascii_case(name.trim()));
    Ok(match (called.next(), called.next()) {
        (Some(person), None) => Some(person.id.clone()),
        _ => None,
    })
}
