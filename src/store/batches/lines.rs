//! The lines of a batch: each is settled once.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::ids::{BatchId, Login, WorkSampleId};
use crate::store::error::StoreError;
use crate::store::rows::{Row, from_column, to_column, to_word};
use crate::store::schema::batch_lines;
use crate::store::tx::{ReadTx, Tx};

/// Where a line stands.
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
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum LineState {
    /// Its turn comes.
    Waiting,
    /// A lead stopped the batch before its turn.
    Stopped,
    /// It became a work sample.
    Offered,
    /// It did not, and its code and reason say why.
    Refused,
}

/// How a line was settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settlement {
    Offered { work_sample: WorkSampleId },
    Refused { code: String, reason: String },
}

/// One person of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchLine {
    /// Where it stood in the list, counted from 1 as editors do.
    pub line: u32,
    pub name: String,
    /// Empty where the list had none, which is then the reason for a refusal.
    pub email: String,
    /// The GitHub account as the list has it; a hint for the lead, the candidate names their own on accepting.
    pub login: Option<Login>,
    /// Offer it although this candidate had this spec before.
    pub again: bool,
    /// The lead's own words on the person; no candidate reads them.
    pub note: Option<String>,
    pub standing: Standing,
}

/// Where a line stands, with what belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    Waiting,
    Stopped,
    Settled { how: Settlement, at: Timestamp },
}

impl BatchLine {
    pub fn state(&self) -> LineState {
        match &self.standing {
            Standing::Waiting => LineState::Waiting,
            Standing::Stopped => LineState::Stopped,
            Standing::Settled { how, .. } => match how {
                Settlement::Offered { .. } => LineState::Offered,
                Settlement::Refused { .. } => LineState::Refused,
            },
        }
    }
}

/// How many lines of a batch are in each state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct LineCounts {
    pub waiting: u32,
    pub stopped: u32,
    pub offered: u32,
    pub refused: u32,
}

impl LineCounts {
    pub fn all(&self) -> u32 {
        self.waiting + self.stopped + self.offered + self.refused
    }
}

#[derive(Queryable, Insertable)]
#[diesel(table_name = batch_lines)]
struct Raw {
    batch_id: String,
    line: i32,
    name: String,
    email: String,
    github_login: Option<String>,
    again: i32,
    note: Option<String>,
    state: String,
    work_sample_id: Option<String>,
    code: Option<String>,
    reason: Option<String>,
    settled_at: Option<NaiveDateTime>,
}

impl TryFrom<Raw> for BatchLine {
    type Error = StoreError;

    fn try_from(raw: Raw) -> Result<Self, StoreError> {
        let key = format!("{}, line {}", raw.batch_id, raw.line);
        let row = Row {
            table: "batch_lines",
            key: &key,
        };
        let missing = || {
            StoreError::corrupt(
                format!("the state of batch_lines `{key}`"),
                "what belongs to it is missing",
            )
        };
        let settled = |how| {
            let at = raw.settled_at.map(from_column).ok_or_else(missing)?;
            Ok::<_, StoreError>(Standing::Settled { how, at })
        };
        let standing = match row.word("state", &raw.state)? {
            LineState::Waiting => Standing::Waiting,
            LineState::Stopped => Standing::Stopped,
            LineState::Offered => {
                let id = raw.work_sample_id.as_deref().ok_or_else(missing)?;
                let work_sample = row.parse("work_sample_id", id)?;
                settled(Settlement::Offered { work_sample })?
            }
            LineState::Refused => {
                let (code, reason) = raw.code.zip(raw.reason).ok_or_else(missing)?;
                settled(Settlement::Refused { code, reason })?
            }
        };
        Ok(BatchLine {
            line: row.number("line", raw.line)?,
            name: raw.name,
            email: raw.email,
            login: raw
                .github_login
                .map(|login| row.parse("github_login", &login))
                .transpose()?,
            again: raw.again != 0,
            note: raw.note,
            standing,
        })
    }
}

/// A line's number as its column has it; lists end long before the limit.
fn to_column_number(line: u32) -> i32 {
    i32::try_from(line).unwrap_or(i32::MAX)
}

impl Tx<'_> {
    pub(super) fn insert_batch_line(
        &mut self,
        id: &BatchId,
        line: &BatchLine,
    ) -> Result<(), StoreError> {
        let (work_sample_id, code, reason, settled_at) = match &line.standing {
            Standing::Waiting | Standing::Stopped => (None, None, None, None),
            Standing::Settled { how, at } => match how {
                Settlement::Offered { work_sample } => {
                    (Some(work_sample.to_string()), None, None, Some(*at))
                }
                Settlement::Refused { code, reason } => {
                    (None, Some(code.clone()), Some(reason.clone()), Some(*at))
                }
            },
        };
        let raw = Raw {
            batch_id: id.to_string(),
            line: to_column_number(line.line),
            name: line.name.clone(),
            email: line.email.clone(),
            github_login: line.login.as_ref().map(ToString::to_string),
            again: i32::from(line.again),
            note: line.note.clone(),
            state: to_word(&line.state())?,
            work_sample_id,
            code,
            reason,
            settled_at: settled_at.map(to_column),
        };
        self.run(|db| {
            diesel::insert_into(batch_lines::table)
                .values(&raw)
                .execute(db)
        })?;
        Ok(())
    }

    /// Settles a line that waits. False, and nothing is changed, if it waits no longer: somebody else was faster, or the
    /// batch was stopped.
    pub fn settle_batch_line(
        &mut self,
        id: &BatchId,
        line: u32,
        how: &Settlement,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let (state, work_sample, code, reason) = match how {
            Settlement::Offered { work_sample } => {
                (LineState::Offered, Some(work_sample.as_str()), None, None)
            }
            Settlement::Refused { code, reason } => {
                (LineState::Refused, None, Some(code), Some(reason))
            }
        };
        let (state, waiting) = (to_word(&state)?, to_word(&LineState::Waiting)?);
        let updated = self.run(|db| {
            diesel::update(
                batch_lines::table
                    .find((id.as_str(), to_column_number(line)))
                    .filter(batch_lines::state.eq(&waiting)),
            )
            .set((
                batch_lines::state.eq(&state),
                batch_lines::work_sample_id.eq(work_sample),
                batch_lines::code.eq(code),
                batch_lines::reason.eq(reason),
                batch_lines::settled_at.eq(to_column(now)),
            ))
            .execute(db)
        })?;
        Ok(updated == 1)
    }

    /// Stops all lines that wait; returns how many.
    pub fn stop_batch_lines(&mut self, id: &BatchId) -> Result<usize, StoreError> {
        self.move_batch_lines(id, LineState::Waiting, LineState::Stopped)
    }

    /// Lets all lines wait again that were stopped; returns how many.
    pub fn resume_batch_lines(&mut self, id: &BatchId) -> Result<usize, StoreError> {
        self.move_batch_lines(id, LineState::Stopped, LineState::Waiting)
    }

    fn move_batch_lines(
        &mut self,
        id: &BatchId,
        from: LineState,
        to: LineState,
    ) -> Result<usize, StoreError> {
        let (from, to) = (to_word(&from)?, to_word(&to)?);
        self.run(|db| {
            diesel::update(
                batch_lines::table
                    .filter(batch_lines::batch_id.eq(id.as_str()))
                    .filter(batch_lines::state.eq(&from)),
            )
            .set(batch_lines::state.eq(&to))
            .execute(db)
        })
    }
}

impl ReadTx<'_> {
    /// A batch's lines in the order of the list.
    pub fn batch_lines(&mut self, id: &BatchId) -> Result<Vec<BatchLine>, StoreError> {
        let raws: Vec<Raw> = self.run(|db| {
            batch_lines::table
                .filter(batch_lines::batch_id.eq(id.as_str()))
                .order(batch_lines::line.asc())
                .load(db)
        })?;
        raws.into_iter().map(BatchLine::try_from).collect()
    }

    pub fn batch_line(&mut self, id: &BatchId, line: u32) -> Result<Option<BatchLine>, StoreError> {
        let raw = self.run(|db| {
            batch_lines::table
                .find((id.as_str(), to_column_number(line)))
                .first::<Raw>(db)
                .optional()
        })?;
        raw.map(BatchLine::try_from).transpose()
    }

    /// The first line that waits.
    pub fn next_batch_line(&mut self, id: &BatchId) -> Result<Option<BatchLine>, StoreError> {
        let waiting = to_word(&LineState::Waiting)?;
        let raw = self.run(|db| {
            batch_lines::table
                .filter(batch_lines::batch_id.eq(id.as_str()))
                .filter(batch_lines::state.eq(&waiting))
                .order(batch_lines::line.asc())
                .first::<Raw>(db)
                .optional()
        })?;
        raw.map(BatchLine::try_from).transpose()
    }

    pub fn count_batch_lines(&mut self, id: &BatchId) -> Result<LineCounts, StoreError> {
        let rows: Vec<(String, i64)> = self.run(|db| {
            batch_lines::table
                .filter(batch_lines::batch_id.eq(id.as_str()))
                .group_by(batch_lines::state)
                .select((batch_lines::state, diesel::dsl::count_star()))
                .load(db)
        })?;
        let row = Row {
            table: "batch_lines",
            key: id.as_str(),
        };
        let mut counts = LineCounts::default();
        for (state, count) in rows {
            let count = row.number("line", count)?;
            match row.word("state", &state)? {
                LineState::Waiting => counts.waiting = count,
                LineState::Stopped => counts.stopped = count,
                LineState::Offered => counts.offered = count,
                LineState::Refused => counts.refused = count,
            }
        }
        Ok(counts)
    }
}
