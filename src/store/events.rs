//! The append-only log of each work sample.

use std::collections::HashSet;

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::error::StoreError;
use super::rows::{Row, from_column, to_column, to_json, to_word};
use super::schema::{events, work_samples};
use super::tx::{ReadTx, Tx};
use crate::clock::Timestamp;
use crate::ids::WorkSampleId;
use crate::work_sample::{Event, Happening, NaturalKey, Source};

#[derive(Queryable, Insertable)]
#[diesel(table_name = events, treat_none_as_default_value = false)]
struct Raw {
    work_sample_id: String,
    seq: i64,
    natural_key: String,
    kind: String,
    actor: String,
    body: String,
    occurred_at: NaiveDateTime,
    received_at: NaiveDateTime,
    source: String,
}

impl Raw {
    fn new(
        id: &WorkSampleId,
        seq: i64,
        happening: &Happening,
        received_at: Timestamp,
        source: Source,
    ) -> Result<Self, StoreError> {
        let body = serde_json::to_value(&happening.body)
            .map_err(|error| StoreError::Refused(error.to_string()))?;
        // Only for people who look into the database: the body says it too.
        let kind = body
            .get("type")
            .and_then(serde_json::Value::as_str)
            .unwrap_or_default()
            .to_owned();
        Ok(Raw {
            work_sample_id: id.to_string(),
            seq,
            natural_key: happening.key.0.clone(),
            kind,
            actor: to_json(&happening.actor)?,
            body: body.to_string(),
            occurred_at: to_column(happening.occurred_at),
            received_at: to_column(received_at),
            source: to_word(&source)?,
        })
    }
}

impl TryFrom<Raw> for Event {
    type Error = StoreError;

    fn try_from(raw: Raw) -> Result<Self, StoreError> {
        let key = format!("{}, {}", raw.work_sample_id, raw.seq);
        let row = Row {
            table: "events",
            key: &key,
        };
        Ok(Event {
            work_sample: row.parse("work_sample_id", &raw.work_sample_id)?,
            seq: raw.seq,
            happening: Happening {
                actor: row.json("actor", &raw.actor)?,
                occurred_at: from_column(raw.occurred_at),
                body: row.json("body", &raw.body)?,
                key: NaturalKey(raw.natural_key),
            },
            received_at: from_column(raw.received_at),
            source: row.word("source", &raw.source)?,
        })
    }
}

impl Tx<'_> {
    /// Appends what is new among the happenings, in their order, numbered from `after_seq + 1` without holes, and
    /// returns how many that were. A happening whose natural key the log has already is passed over.
    ///
    /// `after_seq` is the end of the log that the caller decided on (0 for an empty one). The summary is the caller's
    /// to update.
    ///
    /// # Errors
    /// A conflict if the log has grown meanwhile: read it again and decide again. Not found without the work sample.
    pub fn append(
        &mut self,
        id: &WorkSampleId,
        after_seq: i64,
        happenings: &[Happening],
        received_at: Timestamp,
        source: Source,
    ) -> Result<usize, StoreError> {
        let last_seq = self.last_seq(id)?;
        if last_seq != after_seq {
            return Err(StoreError::Conflict(format!(
                "the log of {id} stands at event {last_seq}, not at {after_seq}: something else happened meanwhile; load it again"
            )));
        }
        let known = self.known_keys(id, happenings)?;
        let mut seen = HashSet::new();
        let mut seq = after_seq;
        for happening in happenings {
            let key = happening.key.0.as_str();
            if known.contains(key) || !seen.insert(key) {
                continue;
            }
            seq += 1;
            let raw = Raw::new(id, seq, happening, received_at, source)?;
            let inserted =
                self.run(
                    |db| match diesel::insert_into(events::table).values(&raw).execute(db) {
                        Err(diesel::result::Error::DatabaseError(
                            diesel::result::DatabaseErrorKind::UniqueViolation,
                            _,
                        )) => Ok(0),
                        other => other,
                    },
                )?;
            if inserted != 1 {
                let busy = StoreError::Busy(format!("event {seq} of {id} was just written"));
                return Err(self.collided(busy));
            }
        }
        Ok(seen.len())
    }
}

impl ReadTx<'_> {
    /// The whole log, in order.
    pub fn events(&mut self, id: &WorkSampleId) -> Result<Vec<Event>, StoreError> {
        let raws: Vec<Raw> = self.run(|db| {
            events::table
                .filter(events::work_sample_id.eq(id.as_str()))
                .order(events::seq.asc())
                .load(db)
        })?;
        raws.into_iter().map(Event::try_from).collect()
    }

    /// The number of the last event; 0 for an empty log.
    ///
    /// # Errors
    /// Not found without the work sample.
    pub fn last_seq(&mut self, id: &WorkSampleId) -> Result<i64, StoreError> {
        let last: Option<i64> = self.run(|db| {
            events::table
                .filter(events::work_sample_id.eq(id.as_str()))
                .select(diesel::dsl::max(events::seq))
                .first(db)
        })?;
        if let Some(last) = last {
            return Ok(last);
        }
        let exists: bool = self.run(|db| {
            diesel::select(diesel::dsl::exists(work_samples::table.find(id.as_str())))
                .get_result(db)
        })?;
        if exists {
            Ok(0)
        } else {
            Err(StoreError::not_found(format!("work sample {id}")))
        }
    }

    fn known_keys(
        &mut self,
        id: &WorkSampleId,
        happenings: &[Happening],
    ) -> Result<HashSet<String>, StoreError> {
        // Databases limit the number of parameters of one statement.
        const AT_ONCE: usize = 500;
        let mut known = HashSet::new();
        for some in happenings.chunks(AT_ONCE) {
            let keys: Vec<&str> = some.iter().map(|one| one.key.0.as_str()).collect();
            let found: Vec<String> = self.run(|db| {
                events::table
                    .filter(events::work_sample_id.eq(id.as_str()))
                    .filter(events::natural_key.eq_any(keys))
                    .select(events::natural_key)
                    .load(db)
            })?;
            known.extend(found);
        }
        Ok(known)
    }
}
