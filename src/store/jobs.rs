//! The queue: jobs live beside the events, so that a fact and the work it asks for are committed together.
//!
//! A job is `ready`, `leased` to a worker for a time, `done`, or `dead` after too many attempts. A worker that dies lets
//! its lease run out; the job is then claimed by another, and counts one attempt more.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::db::{Db, on_each};
use super::error::StoreError;
use super::rows::{Row, from_column, to_column, to_json, to_word};
use super::schema::jobs;
use super::tx::{ReadTx, Tx};
use crate::clock::Timestamp;
use crate::ids::JobId;

/// Where a job stands.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// Waits for its time and a worker.
    Ready,
    /// A worker has it.
    Leased,
    Done,
    /// Given up; an operator can retry it.
    Dead,
}

/// A job, as it is and as it was leased.
#[derive(Debug, Clone, PartialEq)]
pub struct JobRow {
    pub id: JobId,
    pub kind: String,
    /// What it is about: a work sample's id or a delivery's guid.
    pub subject: String,
    pub payload: serde_json::Value,
    pub dedupe_key: Option<String>,
    pub state: JobState,
    /// Higher goes first.
    pub priority: i32,
    /// How often it was claimed.
    pub attempts: u32,
    pub max_attempts: u32,
    /// Not before this moment.
    pub run_at: Timestamp,
    pub leased_until: Option<Timestamp>,
    pub leased_by: Option<String>,
    pub last_error: Option<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// Work to be done.
#[derive(Debug, Clone, PartialEq)]
pub struct NewJob {
    pub kind: String,
    /// What it is about: a work sample's id or a delivery's guid.
    pub subject: String,
    pub payload: serde_json::Value,
    /// At most one job ever has this key, see [`Tx::enqueue`].
    pub dedupe_key: Option<String>,
    /// Not before this moment.
    pub run_at: Timestamp,
    /// Higher goes first.
    pub priority: i32,
    /// Claimed this often and still not done, it is dead. At least 1.
    pub max_attempts: u32,
}

/// Which jobs to list. The default lists all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JobFilter {
    pub state: Option<JobState>,
    pub kind: Option<String>,
    pub subject: Option<String>,
    /// At most this many; `None` for all.
    pub limit: Option<u32>,
}

#[derive(Queryable, Insertable)]
#[diesel(table_name = jobs)]
struct Raw {
    id: String,
    kind: String,
    subject: String,
    payload: String,
    dedupe_key: Option<String>,
    state: String,
    priority: i32,
    attempts: i32,
    max_attempts: i32,
    run_at: NaiveDateTime,
    leased_until: Option<NaiveDateTime>,
    leased_by: Option<String>,
    last_error: Option<String>,
    created_at: NaiveDateTime,
    updated_at: NaiveDateTime,
}

impl TryFrom<Raw> for JobRow {
    type Error = StoreError;

    fn try_from(raw: Raw) -> Result<Self, StoreError> {
        let row = Row {
            table: "jobs",
            key: &raw.id,
        };
        Ok(JobRow {
            id: row.parse("id", &raw.id)?,
            payload: row.json("payload", &raw.payload)?,
            state: row.word("state", &raw.state)?,
            attempts: row.number("attempts", raw.attempts)?,
            max_attempts: row.number("max_attempts", raw.max_attempts)?,
            kind: raw.kind,
            subject: raw.subject,
            dedupe_key: raw.dedupe_key,
            priority: raw.priority,
            run_at: from_column(raw.run_at),
            leased_until: raw.leased_until.map(from_column),
            leased_by: raw.leased_by,
            last_error: raw.last_error,
            created_at: from_column(raw.created_at),
            updated_at: from_column(raw.updated_at),
        })
    }
}

const READY: &str = "ready";
const LEASED: &str = "leased";
const DONE: &str = "done";
const DEAD: &str = "dead";

/// Ready and due, or leased to a worker that let its time run out.
macro_rules! claimable {
    ($kinds:expr, $now:expr) => {
        jobs::kind.eq_any($kinds.to_vec()).and(
            jobs::state
                .eq(READY)
                .and(jobs::run_at.le($now))
                .or(jobs::state.eq(LEASED).and(jobs::leased_until.le($now))),
        )
    };
}

/// The row, provided it is still leased as it was when it was claimed: `attempts` tells two leases to one worker apart.
macro_rules! still_leased {
    ($claimed:expr) => {
        jobs::table
            .find($claimed.id.as_str())
            .filter(jobs::state.eq(LEASED))
            .filter(jobs::leased_by.eq($claimed.leased_by.as_deref()))
            .filter(jobs::attempts.eq(to_i32($claimed.attempts)))
    };
}

// ── enqueueing ──

impl Tx<'_> {
    /// Puts a job into the queue. False, and nothing is changed, if a job with the same key was ever enqueued, even if
    /// it is done or dead by now: facts arrive more than once, their work is done once. Without a key it is always new.
    pub fn enqueue(&mut self, job: &NewJob, now: Timestamp) -> Result<bool, StoreError> {
        let id = JobId::new(self.ids, now);
        let max_attempts = to_i32(job.max_attempts.max(1));
        let raw = Raw {
            id: id.to_string(),
            kind: job.kind.clone(),
            subject: job.subject.clone(),
            payload: to_json(&job.payload)?,
            dedupe_key: job.dedupe_key.clone(),
            state: READY.to_owned(),
            priority: job.priority,
            attempts: 0,
            max_attempts,
            run_at: to_column(job.run_at),
            leased_until: None,
            leased_by: None,
            last_error: None,
            created_at: to_column(now),
            updated_at: to_column(now),
        };
        let inserted = self.run(|db| {
            on_each!(db, connection => diesel::insert_into(jobs::table)
                .values(&raw)
                .on_conflict(jobs::dedupe_key)
                .do_nothing()
                .execute(connection))
        })?;
        self.enqueued_jobs |= inserted == 1;
        Ok(inserted == 1)
    }

    /// As [`Tx::enqueue`], but a job with the same key that is done or dead starts afresh with the new payload, time
    /// and attempts. One that is ready or leased stays as it is, and false is returned: give work that must run once
    /// more after the present run a key of its own.
    pub fn enqueue_again(&mut self, job: &NewJob, now: Timestamp) -> Result<bool, StoreError> {
        if self.enqueue(job, now)? {
            return Ok(true);
        }
        let payload = to_json(&job.payload)?;
        let max_attempts = to_i32(job.max_attempts.max(1));
        let reset = self.run(|db| {
            diesel::update(
                jobs::table
                    .filter(jobs::dedupe_key.eq(job.dedupe_key.as_deref()))
                    .filter(jobs::state.eq(DONE).or(jobs::state.eq(DEAD))),
            )
            .set((
                jobs::state.eq(READY),
                jobs::payload.eq(&payload),
                jobs::priority.eq(job.priority),
                jobs::attempts.eq(0),
                jobs::max_attempts.eq(max_attempts),
                jobs::run_at.eq(to_column(job.run_at)),
                jobs::last_error.eq(None::<String>),
                jobs::updated_at.eq(to_column(now)),
            ))
            .execute(db)
        })?;
        self.enqueued_jobs |= reset == 1;
        Ok(reset == 1)
    }

    /// An operator's second chance for a dead job: ready now, with all its attempts.
    ///
    /// # Errors
    /// Not found; a conflict if it is not dead.
    pub fn retry_job(&mut self, id: &JobId, now: Timestamp) -> Result<JobRow, StoreError> {
        let updated = self.run(|db| {
            diesel::update(jobs::table.find(id.as_str()).filter(jobs::state.eq(DEAD)))
                .set((
                    jobs::state.eq(READY),
                    jobs::attempts.eq(0),
                    jobs::run_at.eq(to_column(now)),
                    jobs::updated_at.eq(to_column(now)),
                ))
                .returning(jobs::all_columns)
                .get_result::<Raw>(db)
                .optional()
        })?;
        if let Some(raw) = updated {
            self.enqueued_jobs = true;
            return raw.try_into();
        }
        match self.job(id)? {
            None => Err(StoreError::not_found(format!("job {id}"))),
            Some(job) => Err(StoreError::Conflict(format!(
                "job {id} is {}: only a dead job can be retried",
                to_word(&job.state)?
            ))),
        }
    }
}

// ── working ──

impl Tx<'_> {
    /// Leases the job of these kinds that is due first, highest priority first, to `worker` until `now + lease`; commit
    /// before working on it. A lease that ran out is claimed like a ready job, or buried if its attempts are used up:
    /// then the job is likely what kills its workers. See also [`super::Store::claim_job`].
    pub fn claim_job(
        &mut self,
        worker: &str,
        kinds: &[&str],
        now: Timestamp,
        lease: chrono::Duration,
    ) -> Result<Option<JobRow>, StoreError> {
        while let Some(raw) = self.next_claimable(kinds, now)? {
            let used_up = raw.attempts >= raw.max_attempts;
            if used_up {
                self.bury(&raw, now)?;
                continue;
            }
            let claimed = self.run(|db| {
                diesel::update(
                    jobs::table
                        .find(&raw.id)
                        .filter(jobs::state.eq(&raw.state))
                        .filter(jobs::attempts.eq(raw.attempts)),
                )
                .set((
                    jobs::state.eq(LEASED),
                    jobs::attempts.eq(raw.attempts + 1),
                    jobs::leased_by.eq(worker),
                    jobs::leased_until.eq(to_column(now + lease)),
                    jobs::updated_at.eq(to_column(now)),
                ))
                .returning(jobs::all_columns)
                .get_result::<Raw>(db)
                .optional()
            })?;
            // None: somebody else was faster; look again.
            if let Some(raw) = claimed {
                return Ok(Some(raw.try_into()?));
            }
        }
        Ok(None)
    }

    /// The next row to claim, locked on PostgreSQL so that others pass over it.
    fn next_claimable(
        &mut self,
        kinds: &[&str],
        now: Timestamp,
    ) -> Result<Option<Raw>, StoreError> {
        let now = to_column(now);
        let order = (jobs::priority.desc(), jobs::run_at.asc(), jobs::id.asc());
        self.run(|db| match db {
            Db::Sqlite(connection) => jobs::table
                .filter(claimable!(kinds, now))
                .order(order)
                .first::<Raw>(connection)
                .optional(),
            Db::Postgres(connection) => jobs::table
                .filter(claimable!(kinds, now))
                .order(order)
                .limit(1)
                .for_update()
                .skip_locked()
                .get_result::<Raw>(connection)
                .optional(),
        })
    }

    fn bury(&mut self, raw: &Raw, now: Timestamp) -> Result<(), StoreError> {
        let reason = format!(
            "given up: {} attempts ended without a word, the last by {}; earlier error: {}",
            raw.attempts,
            raw.leased_by.as_deref().unwrap_or("nobody"),
            raw.last_error.as_deref().unwrap_or("none")
        );
        self.run(|db| {
            diesel::update(
                jobs::table
                    .find(&raw.id)
                    .filter(jobs::state.eq(&raw.state))
                    .filter(jobs::attempts.eq(raw.attempts)),
            )
            .set((
                jobs::state.eq(DEAD),
                jobs::last_error.eq(reason),
                jobs::leased_by.eq(None::<String>),
                jobs::leased_until.eq(None::<NaiveDateTime>),
                jobs::updated_at.eq(to_column(now)),
            ))
            .execute(db)
        })?;
        Ok(())
    }

    /// Marks a job as done, `claimed` being the row that claiming it returned.
    ///
    /// # Errors
    /// Lease lost, if it ran out and somebody else took or settled the job: then let the whole transaction fail.
    pub fn complete_job(&mut self, claimed: &JobRow, now: Timestamp) -> Result<(), StoreError> {
        let settled = Settled {
            state: JobState::Done,
            attempts: claimed.attempts,
            run_at: claimed.run_at,
            last_error: claimed.last_error.clone(),
        };
        self.settle(claimed, settled, now)
    }

    /// Records a failed attempt. With `retry_at` the job is ready again then, unless its attempts are used up;
    /// otherwise it is dead. Returns which of both.
    ///
    /// # Errors
    /// As [`Tx::complete_job`].
    pub fn fail_job(
        &mut self,
        claimed: &JobRow,
        error: &str,
        retry_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<JobState, StoreError> {
        let (state, run_at) = match retry_at {
            Some(at) if claimed.attempts < claimed.max_attempts => (JobState::Ready, at),
            Some(_) | None => (JobState::Dead, claimed.run_at),
        };
        let settled = Settled {
            state,
            attempts: claimed.attempts,
            run_at,
            last_error: Some(error.to_owned()),
        };
        self.settle(claimed, settled, now)?;
        Ok(state)
    }

    /// Gives a job back until `run_at` without counting the attempt: it was not its fault (a rate limit, a pause).
    ///
    /// # Errors
    /// As [`Tx::complete_job`].
    pub fn postpone_job(
        &mut self,
        claimed: &JobRow,
        reason: &str,
        run_at: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let settled = Settled {
            state: JobState::Ready,
            attempts: claimed.attempts.saturating_sub(1),
            run_at,
            last_error: Some(reason.to_owned()),
        };
        self.settle(claimed, settled, now)
    }

    fn settle(
        &mut self,
        claimed: &JobRow,
        settled: Settled,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let state = to_word(&settled.state)?;
        let updated = self.run(|db| {
            diesel::update(still_leased!(claimed))
                .set((
                    jobs::state.eq(&state),
                    jobs::attempts.eq(to_i32(settled.attempts)),
                    jobs::run_at.eq(to_column(settled.run_at)),
                    jobs::last_error.eq(&settled.last_error),
                    jobs::leased_by.eq(None::<String>),
                    jobs::leased_until.eq(None::<NaiveDateTime>),
                    jobs::updated_at.eq(to_column(now)),
                ))
                .execute(db)
        })?;
        still_ours(updated, claimed)
    }

    /// Prolongs a lease to `now + lease`, for work that takes long.
    ///
    /// # Errors
    /// As [`Tx::complete_job`].
    pub fn extend_lease(
        &mut self,
        claimed: &JobRow,
        now: Timestamp,
        lease: chrono::Duration,
    ) -> Result<(), StoreError> {
        let updated = self.run(|db| {
            diesel::update(still_leased!(claimed))
                .set((
                    jobs::leased_until.eq(to_column(now + lease)),
                    jobs::updated_at.eq(to_column(now)),
                ))
                .execute(db)
        })?;
        still_ours(updated, claimed)
    }
}

/// How an attempt ended.
struct Settled {
    state: JobState,
    attempts: u32,
    run_at: Timestamp,
    last_error: Option<String>,
}

fn to_i32(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

fn still_ours(updated: usize, claimed: &JobRow) -> Result<(), StoreError> {
    if updated == 1 {
        return Ok(());
    }
    Err(StoreError::LeaseLost {
        job: claimed.id.to_string(),
        worker: claimed.leased_by.clone().unwrap_or_default(),
    })
}

// ── looking ──

impl ReadTx<'_> {
    pub fn job(&mut self, id: &JobId) -> Result<Option<JobRow>, StoreError> {
        let raw = self.run(|db| jobs::table.find(id.as_str()).first::<Raw>(db).optional())?;
        raw.map(JobRow::try_from).transpose()
    }

    /// In the order of their making.
    pub fn jobs(&mut self, filter: &JobFilter) -> Result<Vec<JobRow>, StoreError> {
        let state = filter.state.as_ref().map(to_word).transpose()?;
        let raws: Vec<Raw> = self.run(|db| {
            let mut query = jobs::table.order(jobs::id.asc()).into_boxed();
            if let Some(state) = state {
                query = query.filter(jobs::state.eq(state));
            }
            if let Some(kind) = &filter.kind {
                query = query.filter(jobs::kind.eq(kind));
            }
            if let Some(subject) = &filter.subject {
                query = query.filter(jobs::subject.eq(subject));
            }
            if let Some(limit) = filter.limit {
                query = query.limit(i64::from(limit));
            }
            query.load(db)
        })?;
        raws.into_iter().map(JobRow::try_from).collect()
    }

    /// The next moment at which a job of these kinds can be claimed: when the first ready one is due, or the first
    /// lease runs out. It may lie in the past.
    pub fn next_run_at(&mut self, kinds: &[&str]) -> Result<Option<Timestamp>, StoreError> {
        let due: Option<NaiveDateTime> = self.run(|db| {
            jobs::table
                .filter(jobs::kind.eq_any(kinds.to_vec()))
                .filter(jobs::state.eq(READY))
                .select(diesel::dsl::min(jobs::run_at))
                .first(db)
        })?;
        let lease: Option<NaiveDateTime> = self.run(|db| {
            jobs::table
                .filter(jobs::kind.eq_any(kinds.to_vec()))
                .filter(jobs::state.eq(LEASED))
                .select(diesel::dsl::min(jobs::leased_until))
                .first(db)
        })?;
        Ok(due.into_iter().chain(lease).min().map(from_column))
    }

    /// How many jobs are in each state; a state without jobs is missing.
    pub fn count_jobs(&mut self) -> Result<Vec<(JobState, i64)>, StoreError> {
        let rows: Vec<(String, i64)> = self.run(|db| {
            jobs::table
                .group_by(jobs::state)
                .select((jobs::state, diesel::dsl::count_star()))
                .load(db)
        })?;
        let mut counts = rows
            .into_iter()
            .map(|(state, count)| {
                let row = Row {
                    table: "jobs",
                    key: "any",
                };
                Ok((row.word("state", &state)?, count))
            })
            .collect::<Result<Vec<(JobState, i64)>, StoreError>>()?;
        counts.sort_unstable();
        Ok(counts)
    }
}
