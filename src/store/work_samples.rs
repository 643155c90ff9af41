//! One row a work sample: who, which spec, and a cache of what the fold of its events says.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::error::StoreError;
use super::rows::{Row, from_column, to_bigint, to_column, to_word};
use super::schema::{batch_lines, work_samples};
use super::tx::{ReadTx, Tx};
use crate::clock::Timestamp;
use crate::ids::{BatchId, Login, Slug, SpecDigest, WorkSampleId};
use crate::work_sample::{InvitationProblem, State};

/// A work sample as its row has it. The events are the truth; everything from `login` on is a cache of their fold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkSampleRow {
    pub id: WorkSampleId,
    pub spec_digest: SpecDigest,
    pub slug: Slug,
    pub candidate: String,
    pub email: Option<String>,
    /// See [`candidate_key`].
    pub candidate_key: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub login: Option<Login>,
    pub repository_id: Option<u64>,
    pub repository_full_name: Option<String>,
    pub state: State,
    /// The `seq` of the last event that the cache reflects.
    pub last_seq: i64,
    pub due_at: Option<Timestamp>,
    pub offer_expires_at: Option<Timestamp>,
    /// Why nobody is invited, where GitHub refused the invitation.
    pub invitation_failed: Option<InvitationProblem>,
    /// See [`crate::work_sample::before_records`].
    pub log_format: i32,
}

/// What [`Tx::update_summary`] writes: the cache of a fold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    pub state: State,
    pub last_seq: i64,
    pub login: Option<Login>,
    pub repository_id: Option<u64>,
    pub repository_full_name: Option<String>,
    pub due_at: Option<Timestamp>,
    pub offer_expires_at: Option<Timestamp>,
    pub invitation_failed: Option<InvitationProblem>,
}

/// Which work samples to list. The default lists all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WorkSampleFilter {
    pub state: Option<State>,
    pub slug: Option<Slug>,
    /// Only those after this id; ids are in the order of their making.
    pub after: Option<WorkSampleId>,
    /// At most this many; `None` for all.
    pub limit: Option<u32>,
}

/// Who counts as the same candidate: the same e-mail address or, without one, the same name; both without regard to
/// case and to spaces around and between.
pub fn candidate_key(candidate: &str, email: Option<&str>) -> String {
    let normal = |text: &str| {
        text.split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
            .to_lowercase()
    };
    email
        .map(normal)
        .filter(|email| !email.is_empty())
        .unwrap_or_else(|| normal(candidate))
}

#[derive(Queryable, Insertable)]
#[diesel(table_name = work_samples)]
pub(super) struct Raw {
    id: String,
    spec_digest: String,
    slug: String,
    candidate: String,
    email: Option<String>,
    candidate_key: String,
    github_login: Option<String>,
    repository_id: Option<i64>,
    repository_full_name: Option<String>,
    state: String,
    last_seq: i64,
    due_at: Option<NaiveDateTime>,
    offer_expires_at: Option<NaiveDateTime>,
    created_at: NaiveDateTime,
    updated_at: NaiveDateTime,
    invitation_failed: Option<String>,
    log_format: i32,
}

impl TryFrom<Raw> for WorkSampleRow {
    type Error = StoreError;

    fn try_from(raw: Raw) -> Result<Self, StoreError> {
        let row = Row {
            table: "work_samples",
            key: &raw.id,
        };
        Ok(WorkSampleRow {
            id: row.parse("id", &raw.id)?,
            spec_digest: row.parse("spec_digest", &raw.spec_digest)?,
            slug: row.parse("slug", &raw.slug)?,
            candidate: raw.candidate,
            email: raw.email,
            candidate_key: raw.candidate_key,
            created_at: from_column(raw.created_at),
            updated_at: from_column(raw.updated_at),
            log_format: raw.log_format,
            login: raw
                .github_login
                .map(|login| row.parse("github_login", &login))
                .transpose()?,
            repository_id: raw
                .repository_id
                .map(|id| row.number("repository_id", id))
                .transpose()?,
            repository_full_name: raw.repository_full_name,
            state: row.word("state", &raw.state)?,
            last_seq: raw.last_seq,
            due_at: raw.due_at.map(from_column),
            offer_expires_at: raw.offer_expires_at.map(from_column),
            invitation_failed: raw
                .invitation_failed
                .map(|code| row.word("invitation_failed", &code))
                .transpose()?,
        })
    }
}

impl Tx<'_> {
    /// Stores a new work sample.
    ///
    /// # Errors
    /// Refused if its id or repository exists already, or its spec does not.
    pub fn insert_work_sample(&mut self, row: &WorkSampleRow) -> Result<(), StoreError> {
        let raw = Raw {
            id: row.id.to_string(),
            spec_digest: row.spec_digest.to_string(),
            slug: row.slug.to_string(),
            candidate: row.candidate.clone(),
            email: row.email.clone(),
            candidate_key: row.candidate_key.clone(),
            github_login: row.login.as_ref().map(ToString::to_string),
            repository_id: row.repository_id.map(to_bigint).transpose()?,
            repository_full_name: row.repository_full_name.clone(),
            state: to_word(&row.state)?,
            last_seq: row.last_seq,
            due_at: row.due_at.map(to_column),
            offer_expires_at: row.offer_expires_at.map(to_column),
            created_at: to_column(row.created_at),
            updated_at: to_column(row.updated_at),
            invitation_failed: row.invitation_failed.as_ref().map(to_word).transpose()?,
            log_format: row.log_format,
        };
        self.run(|db| {
            diesel::insert_into(work_samples::table)
                .values(&raw)
                .execute(db)
        })?;
        Ok(())
    }

    /// Writes the cache of the fold.
    ///
    /// # Errors
    /// Not found; refused if the repository belongs to another work sample.
    pub fn update_summary(
        &mut self,
        id: &WorkSampleId,
        summary: &Summary,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let state = to_word(&summary.state)?;
        let repository_id = summary.repository_id.map(to_bigint).transpose()?;
        let failed = summary
            .invitation_failed
            .as_ref()
            .map(to_word)
            .transpose()?;
        let updated = self.run(|db| {
            diesel::update(work_samples::table.find(id.as_str()))
                .set((
                    work_samples::state.eq(&state),
                    work_samples::last_seq.eq(summary.last_seq),
                    work_samples::github_login.eq(summary.login.as_ref().map(Login::as_str)),
                    work_samples::repository_id.eq(repository_id),
                    work_samples::repository_full_name.eq(&summary.repository_full_name),
                    work_samples::due_at.eq(summary.due_at.map(to_column)),
                    work_samples::offer_expires_at.eq(summary.offer_expires_at.map(to_column)),
                    work_samples::invitation_failed.eq(failed),
                    work_samples::updated_at.eq(to_column(now)),
                ))
                .execute(db)
        })?;
        if updated == 1 {
            Ok(())
        } else {
            Err(StoreError::not_found(format!("work sample {id}")))
        }
    }
}

impl Tx<'_> {
    /// Writes the address by which a candidate is known now, and the key that is made of it.
    ///
    /// # Errors
    /// Not found.
    pub fn correct_email(
        &mut self,
        id: &WorkSampleId,
        email: Option<&str>,
        candidate_key: &str,
    ) -> Result<(), StoreError> {
        let updated = self.run(|db| {
            diesel::update(work_samples::table.find(id.as_str()))
                .set((
                    work_samples::email.eq(email),
                    work_samples::candidate_key.eq(candidate_key),
                ))
                .execute(db)
        })?;
        if updated == 1 {
            Ok(())
        } else {
            Err(StoreError::not_found(format!("work sample {id}")))
        }
    }

    /// Says that a log is in this format from now on.
    ///
    /// # Errors
    /// Not found.
    pub fn set_log_format(&mut self, id: &WorkSampleId, format: i32) -> Result<(), StoreError> {
        let updated = self.run(|db| {
            diesel::update(work_samples::table.find(id.as_str()))
                .set(work_samples::log_format.eq(format))
                .execute(db)
        })?;
        if updated == 1 {
            Ok(())
        } else {
            Err(StoreError::not_found(format!("work sample {id}")))
        }
    }
}

impl ReadTx<'_> {
    /// The work samples whose logs are in an earlier format than this one.
    pub fn logs_before_format(&mut self, format: i32) -> Result<Vec<WorkSampleId>, StoreError> {
        let ids: Vec<String> = self.run(|db| {
            work_samples::table
                .filter(work_samples::log_format.lt(format))
                .select(work_samples::id)
                .order(work_samples::id.asc())
                .load(db)
        })?;
        let row = Row {
            table: "work_samples",
            key: "any",
        };
        ids.iter().map(|id| row.parse("id", id)).collect()
    }

    pub fn work_sample_row(
        &mut self,
        id: &WorkSampleId,
    ) -> Result<Option<WorkSampleRow>, StoreError> {
        let raw = self.run(|db| {
            work_samples::table
                .find(id.as_str())
                .first::<Raw>(db)
                .optional()
        })?;
        raw.map(WorkSampleRow::try_from).transpose()
    }

    /// In the order of their making.
    pub fn work_samples(
        &mut self,
        filter: &WorkSampleFilter,
    ) -> Result<Vec<WorkSampleRow>, StoreError> {
        let state = filter.state.as_ref().map(to_word).transpose()?;
        let raws: Vec<Raw> = self.run(|db| {
            let mut query = work_samples::table
                .order(work_samples::id.asc())
                .into_boxed();
            if let Some(state) = state {
                query = query.filter(work_samples::state.eq(state));
            }
            if let Some(slug) = &filter.slug {
                query = query.filter(work_samples::slug.eq(slug.as_str()));
            }
            if let Some(after) = &filter.after {
                query = query.filter(work_samples::id.gt(after.as_str()));
            }
            if let Some(limit) = filter.limit {
                query = query.limit(i64::from(limit));
            }
            query.load(db)
        })?;
        raws.into_iter().map(WorkSampleRow::try_from).collect()
    }

    /// The work samples of one candidate (see [`candidate_key`]) on any version of a spec.
    pub fn same_candidate(
        &mut self,
        slug: &Slug,
        candidate_key: &str,
    ) -> Result<Vec<WorkSampleRow>, StoreError> {
        let raws: Vec<Raw> = self.run(|db| {
            work_samples::table
                .filter(work_samples::slug.eq(slug.as_str()))
                .filter(work_samples::candidate_key.eq(candidate_key))
                .order(work_samples::id.asc())
                .load(db)
        })?;
        raws.into_iter().map(WorkSampleRow::try_from).collect()
    }

    /// What became of a batch: the work samples of its lines.
    pub fn work_samples_of_batch(
        &mut self,
        id: &BatchId,
    ) -> Result<Vec<WorkSampleRow>, StoreError> {
        let raws: Vec<Raw> = self.run(|db| {
            work_samples::table
                .inner_join(
                    batch_lines::table
                        .on(batch_lines::work_sample_id.eq(work_samples::id.nullable())),
                )
                .filter(batch_lines::batch_id.eq(id.as_str()))
                .select(work_samples::all_columns)
                .order(work_samples::id.asc())
                .load(db)
        })?;
        raws.into_iter().map(WorkSampleRow::try_from).collect()
    }

    /// The GitHub accounts that have been given a repository: whatever a seat costs, theirs are taken already.
    pub fn logins_with_repository(&mut self) -> Result<Vec<Login>, StoreError> {
        let logins: Vec<Option<String>> = self.run(|db| {
            work_samples::table
                .filter(work_samples::repository_id.is_not_null())
                .select(work_samples::github_login)
                .distinct()
                .load(db)
        })?;
        let row = Row {
            table: "work_samples",
            key: "any",
        };
        logins
            .into_iter()
            .flatten()
            .map(|login| row.parse("github_login", &login))
            .collect()
    }

    /// Does this repository belong to a work sample?
    pub fn knows_repository(&mut self, repository_id: u64) -> Result<bool, StoreError> {
        let repository_id = to_bigint(repository_id)?;
        let found = self.run(|db| {
            work_samples::table
                .filter(work_samples::repository_id.eq(repository_id))
                .select(work_samples::id)
                .first::<String>(db)
                .optional()
        })?;
        Ok(found.is_some())
    }

    pub fn work_sample_by_repository(
        &mut self,
        repository_id: u64,
    ) -> Result<Option<WorkSampleRow>, StoreError> {
        let repository_id = to_bigint(repository_id)?;
        let raw = self.run(|db| {
            work_samples::table
                .filter(work_samples::repository_id.eq(repository_id))
                .first::<Raw>(db)
                .optional()
        })?;
        raw.map(WorkSampleRow::try_from).transpose()
    }
}
