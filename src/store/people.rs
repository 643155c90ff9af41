//! People of the team whom the service knows.

use std::collections::BTreeSet;

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;

use super::error::StoreError;
use super::rows::{Row, from_column, to_bigint, to_column};
use super::schema::{events, people};
use super::tx::{ReadTx, Tx};
use crate::clock::Timestamp;
use crate::ids::{Login, PersonId, WorkSampleId};
use crate::work_sample::answer_hours::AnswerHours;

/// A person of the team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonRow {
    pub id: PersonId,
    pub name: String,
    pub email: Option<String>,
    /// The account's id. It stays when the login changes; `None` until GitHub said it.
    pub github_id: Option<u64>,
    pub github_login: Option<Login>,
    /// Words such as `lead`, in alphabetical order.
    pub roles: Vec<String>,
    pub disabled_at: Option<Timestamp>,
    pub created_by: String,
    pub created_at: Timestamp,
    /// The IANA time zone in which the person reads times.
    pub zone: String,
    /// When the person last used a session.
    pub seen_at: Option<Timestamp>,
    /// Roles that membership in a GitHub team gives, apart from those that a lead gave; in alphabetical order.
    pub roles_from_teams: Vec<String>,
    /// When GitHub last answered which of those teams the person is in.
    pub teams_checked_at: Option<Timestamp>,
    /// When the person answers; `None`: at any time.
    pub answer_hours: Option<AnswerHours>,
    /// In the person's zone.
    pub days_off: BTreeSet<NaiveDate>,
}

impl PersonRow {
    /// Does the person have this role, from a lead or from a team?
    pub fn has_role(&self, role: &str) -> bool {
        let mut all = self.roles.iter().chain(&self.roles_from_teams);
        all.any(|one| one == role)
    }
}

#[derive(Queryable, Insertable, AsChangeset)]
#[diesel(table_name = people)]
#[diesel(treat_none_as_null = true)]
pub(super) struct Raw {
    id: String,
    name: String,
    email: Option<String>,
    github_id: Option<i64>,
    github_login: Option<String>,
    roles: String,
    disabled_at: Option<NaiveDateTime>,
    created_by: String,
    created_at: NaiveDateTime,
    zone: String,
    seen_at: Option<NaiveDateTime>,
    roles_from_teams: String,
    teams_checked_at: Option<NaiveDateTime>,
    answer_hours: Option<String>,
    days_off: String,
}

/// Words of a column, with commas between.
fn words(column: &str) -> Vec<String> {
    let words = column.split(',').filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}

impl TryFrom<Raw> for PersonRow {
    type Error = StoreError;

    fn try_from(raw: Raw) -> Result<Self, StoreError> {
        let row = Row {
            table: "people",
            key: &raw.id,
        };
        Ok(PersonRow {
            id: row.parse("id", &raw.id)?,
            github_id: raw
                .github_id
                .map(|id| row.number("github_id", id))
                .transpose()?,
            github_login: raw
                .github_login
                .map(|login| row.parse("github_login", &login))
                .transpose()?,
            roles: words(&raw.roles),
            zone: raw.zone,
            seen_at: raw.seen_at.map(from_column),
            roles_from_teams: words(&raw.roles_from_teams),
            teams_checked_at: raw.teams_checked_at.map(from_column),
            name: raw.name,
            email: raw.email,
            disabled_at: raw.disabled_at.map(from_column),
            created_by: raw.created_by,
            created_at: from_column(raw.created_at),
            answer_hours: raw
                .answer_hours
                .map(|hours| row.parse("answer_hours", &hours))
                .transpose()?,
            days_off: raw
                .days_off
                .split(',')
                .filter(|day| !day.is_empty())
                .map(|day| row.parse("days_off", day))
                .collect::<Result<_, _>>()?,
        })
    }
}

fn raw(person: &PersonRow) -> Result<Raw, StoreError> {
    Ok(Raw {
        id: person.id.to_string(),
        name: person.name.clone(),
        email: person.email.clone(),
        github_id: person.github_id.map(to_bigint).transpose()?,
        github_login: person.github_login.as_ref().map(Login::to_string),
        roles: person.roles.join(","),
        disabled_at: person.disabled_at.map(to_column),
        created_by: person.created_by.clone(),
        created_at: to_column(person.created_at),
        zone: person.zone.clone(),
        seen_at: person.seen_at.map(to_column),
        roles_from_teams: person.roles_from_teams.join(","),
        teams_checked_at: person.teams_checked_at.map(to_column),
        answer_hours: person.answer_hours.as_ref().map(AnswerHours::to_string),
        days_off: person
            .days_off
            .iter()
            .map(NaiveDate::to_string)
            .collect::<Vec<_>>()
            .join(","),
    })
}

impl Tx<'_> {
    pub fn add_person(&mut self, person: &PersonRow) -> Result<(), StoreError> {
        let raw = raw(person)?;
        self.run(|db| diesel::insert_into(people::table).values(&raw).execute(db))
            .map(drop)
    }

    /// Replaces the row of this person.
    ///
    /// # Errors
    /// Not found.
    pub fn change_person(&mut self, person: &PersonRow) -> Result<(), StoreError> {
        let raw = raw(person)?;
        let changed = self.run(|db| {
            diesel::update(people::table.find(person.id.as_str()))
                .set(&raw)
                .execute(db)
        })?;
        match changed {
            0 => Err(StoreError::not_found(format!("the person {}", person.id))),
            _ => Ok(()),
        }
    }
}

impl ReadTx<'_> {
    /// Everybody, disabled people too, in the order in which they were added.
    pub fn people(&mut self) -> Result<Vec<PersonRow>, StoreError> {
        let rows: Vec<Raw> = self.run(|db| {
            people::table
                .order((people::created_at.asc(), people::id.asc()))
                .load(db)
        })?;
        rows.into_iter().map(PersonRow::try_from).collect()
    }

    /// Everybody of exactly this name, disabled people too.
    pub fn people_named(&mut self, name: &str) -> Result<Vec<PersonRow>, StoreError> {
        let rows: Vec<Raw> = self.run(|db| people::table.filter(people::name.eq(name)).load(db))?;
        rows.into_iter().map(PersonRow::try_from).collect()
    }

    /// One person.
    pub fn person(&mut self, id: &PersonId) -> Result<Option<PersonRow>, StoreError> {
        let found: Option<Raw> =
            self.run(|db| people::table.find(id.as_str()).first(db).optional())?;
        found.map(PersonRow::try_from).transpose()
    }

    /// The work samples whose logs hold something by this GitHub account.
    pub fn work_samples_with_account(
        &mut self,
        account: u64,
    ) -> Result<Vec<WorkSampleId>, StoreError> {
        // The actor's JSON is written by serde, in the order of its fields.
        let by_account = format!("%\"id\":{account},%");
        let ids: Vec<String> = self.run(|db| {
            events::table
                .filter(events::actor.like(&by_account))
                .select(events::work_sample_id)
                .distinct()
                .load(db)
        })?;
        ids.iter()
            .map(|id| {
                let row = Row {
                    table: "events",
                    key: id,
                };
                row.parse("work_sample_id", id)
            })
            .collect()
    }
}
