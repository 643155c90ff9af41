//! The queue: jobs live beside the events, so that a fact and the work it asks for are committed together.
//!
//! A job is `ready`, `leased` to a worker for a time, `done`, or `dead` after too many attempts. A worker that dies lets
//! its lease run out; the job is then claimed by another, and counts one attempt more.

mod enqueue;
mod work;

use chrono::NaiveDateTime;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::error::StoreError;
use super::rows::{Row, from_column, to_word};
use super::schema::jobs;
use super::tx::ReadTx;
use crate::clock::Timestamp;
use crate::ids::JobId;

/// The jobs that somebody takes or waits for: of these kinds, and as urgent as that. The bounds spare a look at all that
/// waits beyond them; which kinds are how urgent, the caller knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Among {
    pub kinds: Vec<&'static str>,
    /// The lowest priority that one of them can have.
    pub at_least: i32,
    /// The highest.
    pub at_most: i32,
}

impl From<&[&'static str]> for Among {
    fn from(kinds: &[&'static str]) -> Self {
        Among {
            kinds: kinds.to_vec(),
            at_least: i32::MIN,
            at_most: i32::MAX,
        }
    }
}

impl<const N: usize> From<&[&'static str; N]> for Among {
    fn from(kinds: &[&'static str; N]) -> Self {
        Among::from(kinds.as_slice())
    }
}

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

impl JobRow {
    /// Its attempts were used up by workers that died over it, so the job is likely what kills them. Whoever claimed it is
    /// not to try again, but to say so and bury it; why stands in `last_error`.
    pub fn is_given_up(&self) -> bool {
        self.attempts > self.max_attempts
    }
}

/// Work to be done.
#[derive(Debug, Clone, PartialEq)]
pub struct NewJob {
    pub kind: String,
    /// What it is about: a work sample's id or a delivery's guid.
    pub subject: String,
    pub payload: serde_json::Value,
    /// At most one job ever has this key, see [`super::Tx::enqueue`].
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
    /// Only what comes after this one in the list, which was the last of the list before.
    pub after: Option<JobId>,
}

#[derive(Queryable, Insertable)]
#[diesel(table_name = jobs, treat_none_as_default_value = false)]
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

fn to_i32(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

impl ReadTx<'_> {
    pub fn job(&mut self, id: &JobId) -> Result<Option<JobRow>, StoreError> {
        let raw = self.run(|db| jobs::table.find(id.as_str()).first::<Raw>(db).optional())?;
        raw.map(JobRow::try_from).transpose()
    }

    /// Unfinished ones before those that are done, and new ones before old ones.
    pub fn jobs(&mut self, filter: &JobFilter) -> Result<Vec<JobRow>, StoreError> {
        let after = match &filter.after {
            Some(id) => match self.job(id)? {
                Some(last) => Some(last),
                None => return Err(StoreError::not_found(format!("job {id}"))),
            },
            None => None,
        };
        let (behind_unfinished, behind_done) = match &after {
            Some(last) if last.state == JobState::Done => (None, Some(last)),
            other => (other.as_ref(), None),
        };
        let mut raws = if behind_done.is_some() {
            Vec::new()
        } else {
            self.half(filter, false, (behind_unfinished, filter.limit))?
        };
        let rest = filter
            .limit
            .map(|limit| limit.saturating_sub(u32::try_from(raws.len()).unwrap_or(limit)));
        if rest != Some(0) {
            raws.extend(self.half(filter, true, (behind_done, rest))?);
        }
        raws.into_iter().map(JobRow::try_from).collect()
    }

    /// The jobs that are done, or those that are not.
    fn half(
        &mut self,
        filter: &JobFilter,
        done: bool,
        (after, limit): (Option<&JobRow>, Option<u32>),
    ) -> Result<Vec<Raw>, StoreError> {
        let state = filter.state.as_ref().map(to_word).transpose()?;
        self.run(|db| {
            let mut query = jobs::table.order(jobs::id.desc()).into_boxed();
            query = if done {
                query.filter(jobs::state.eq(DONE))
            } else {
                query.filter(jobs::state.ne(DONE))
            };
            if let Some(last) = after {
                query = query.filter(jobs::id.lt(last.id.as_str()));
            }
            if let Some(state) = state {
                query = query.filter(jobs::state.eq(state));
            }
            if let Some(kind) = &filter.kind {
                query = query.filter(jobs::kind.eq(kind));
            }
            if let Some(subject) = &filter.subject {
                query = query.filter(jobs::subject.eq(subject));
            }
            if let Some(limit) = limit {
                query = query.limit(i64::from(limit));
            }
            query.load(db)
        })
    }

    /// The next moment at which one of these jobs can be claimed: when the first ready one is due, or the first
    /// lease runs out. It may lie in the past.
    pub fn next_run_at(
        &mut self,
        among: impl Into<Among>,
    ) -> Result<Option<Timestamp>, StoreError> {
        let Among {
            kinds,
            at_least,
            at_most,
        } = among.into();
        let due: Option<NaiveDateTime> = self.run(|db| {
            jobs::table
                .filter(jobs::kind.eq_any(&kinds))
                .filter(jobs::state.eq(READY))
                .filter(jobs::priority.between(at_least, at_most))
                .select(diesel::dsl::min(jobs::run_at))
                .first(db)
        })?;
        let lease: Option<NaiveDateTime> = self.run(|db| {
            jobs::table
                .filter(jobs::kind.eq_any(&kinds))
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
