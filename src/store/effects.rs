//! The outside writes that were begun. After a crash or an answer that never came, the row says that something may exist
//! out there: look first, then adopt it or act.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::error::StoreError;
use super::rows::{Row, from_column, to_column, to_json};
use super::schema::effects;
use super::tx::{ReadTx, Tx};
use crate::clock::Timestamp;
use crate::ids::WorkSampleId;

/// One outside write of a work sample, such as creating its repository.
#[derive(Debug, Clone, PartialEq)]
pub struct Effect {
    pub step: String,
    /// How often it was begun. Above 1 an earlier attempt may have gone through unnoticed.
    pub attempts: u32,
    /// When it was last begun.
    pub started_at: Timestamp,
    /// Set once it is known to have happened.
    pub finished_at: Option<Timestamp>,
    /// What is worth knowing of it; `null` until it is finished.
    pub detail: serde_json::Value,
}

#[derive(Queryable, Insertable)]
#[diesel(table_name = effects)]
struct Raw {
    work_sample_id: String,
    step: String,
    attempts: i32,
    started_at: NaiveDateTime,
    finished_at: Option<NaiveDateTime>,
    detail: String,
}

impl TryFrom<Raw> for Effect {
    type Error = StoreError;

    fn try_from(raw: Raw) -> Result<Self, StoreError> {
        let key = format!("{}, {}", raw.work_sample_id, raw.step);
        let row = Row {
            table: "effects",
            key: &key,
        };
        Ok(Effect {
            attempts: row.number("attempts", raw.attempts)?,
            detail: row.json("detail", &raw.detail)?,
            step: raw.step,
            started_at: from_column(raw.started_at),
            finished_at: raw.finished_at.map(from_column),
        })
    }
}

impl Tx<'_> {
    /// Records that a step is about to be taken. Commit before taking it. A finished step is not begun again: look at
    /// [`Effect::finished_at`] of what is returned.
    pub fn begin_effect(
        &mut self,
        id: &WorkSampleId,
        step: &str,
        now: Timestamp,
    ) -> Result<Effect, StoreError> {
        let known = self.effect(id, step)?;
        let raw = match known {
            Some(effect) if effect.finished_at.is_some() => return Ok(effect),
            Some(_) => self.run(|db| {
                diesel::update(effects::table.find((id.as_str(), step)))
                    .set((
                        effects::attempts.eq(effects::attempts + 1),
                        effects::started_at.eq(to_column(now)),
                    ))
                    .returning(effects::all_columns)
                    .get_result::<Raw>(db)
            })?,
            None => self.run(|db| {
                diesel::insert_into(effects::table)
                    .values(&Raw {
                        work_sample_id: id.to_string(),
                        step: step.to_owned(),
                        attempts: 1,
                        started_at: to_column(now),
                        finished_at: None,
                        detail: "null".to_owned(),
                    })
                    .returning(effects::all_columns)
                    .get_result::<Raw>(db)
            })?,
        };
        raw.try_into()
    }

    /// Records that a step is known to have happened.
    ///
    /// # Errors
    /// Not found if it was never begun.
    pub fn finish_effect(
        &mut self,
        id: &WorkSampleId,
        step: &str,
        detail: &serde_json::Value,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let detail = to_json(detail)?;
        let updated = self.run(|db| {
            diesel::update(effects::table.find((id.as_str(), step)))
                .set((
                    effects::finished_at.eq(to_column(now)),
                    effects::detail.eq(&detail),
                ))
                .execute(db)
        })?;
        if updated == 1 {
            Ok(())
        } else {
            Err(StoreError::not_found(format!("step `{step}` of {id}")))
        }
    }
}

impl Tx<'_> {
    /// Takes back the announcement of a step that is known to have had no effect.
    pub fn withdraw_effect(&mut self, id: &WorkSampleId, step: &str) -> Result<(), StoreError> {
        self.run(|db| diesel::delete(effects::table.find((id.as_str(), step))).execute(db))
            .map(drop)
    }
}

impl ReadTx<'_> {
    pub fn effect(&mut self, id: &WorkSampleId, step: &str) -> Result<Option<Effect>, StoreError> {
        let raw = self.run(|db| {
            effects::table
                .find((id.as_str(), step))
                .first::<Raw>(db)
                .optional()
        })?;
        raw.map(Effect::try_from).transpose()
    }

    /// All that was begun for a work sample, in that order.
    pub fn effects(&mut self, id: &WorkSampleId) -> Result<Vec<Effect>, StoreError> {
        let raws: Vec<Raw> = self.run(|db| {
            effects::table
                .filter(effects::work_sample_id.eq(id.as_str()))
                .order((effects::started_at.asc(), effects::step.asc()))
                .load(db)
        })?;
        raws.into_iter().map(Effect::try_from).collect()
    }
}
