//! What is kept of a candidate beside the log: the text that they accepted, their time zone, and how many hours they say the
//! work took.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::db::on_each;
use super::error::StoreError;
use super::rows::{from_column, to_column};
use super::schema::{accepted_terms, candidate_details};
use super::tx::{ReadTx, Tx};
use crate::clock::Timestamp;
use crate::ids::WorkSampleId;

/// The text that a candidate accepted, word for word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcceptedTerms {
    pub text: String,
    /// In hexadecimal digits.
    pub sha256: String,
    pub accepted_at: Timestamp,
}

/// What a candidate told us about themselves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CandidateDetails {
    /// An IANA time zone.
    pub zone: Option<String>,
    /// How long the work took, in tenths of an hour.
    pub hours_tenths: Option<i32>,
}

impl Tx<'_> {
    /// Keeps the text that was accepted. It is never changed.
    pub fn keep_accepted_terms(
        &mut self,
        id: &WorkSampleId,
        terms: &AcceptedTerms,
    ) -> Result<(), StoreError> {
        let row = (
            accepted_terms::work_sample_id.eq(id.as_str()),
            accepted_terms::text.eq(&terms.text),
            accepted_terms::sha256.eq(&terms.sha256),
            accepted_terms::accepted_at.eq(to_column(terms.accepted_at)),
        );
        self.run(|db| {
            diesel::insert_into(accepted_terms::table)
                .values(row)
                .execute(db)
        })
        .map(drop)
    }

    pub fn set_candidate_zone(&mut self, id: &WorkSampleId, zone: &str) -> Result<(), StoreError> {
        let row = (
            candidate_details::work_sample_id.eq(id.as_str()),
            candidate_details::zone.eq(zone),
        );
        self.run(|db| {
            on_each!(db, connection => diesel::insert_into(candidate_details::table)
                .values(row)
                .on_conflict(candidate_details::work_sample_id)
                .do_update()
                .set(candidate_details::zone.eq(zone))
                .execute(connection))
        })
        .map(drop)
    }

    pub fn set_candidate_hours(
        &mut self,
        id: &WorkSampleId,
        tenths: i32,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let hours = (
            candidate_details::hours_tenths.eq(tenths),
            candidate_details::hours_said_at.eq(to_column(now)),
        );
        let row = (candidate_details::work_sample_id.eq(id.as_str()), hours);
        self.run(|db| {
            on_each!(db, connection => diesel::insert_into(candidate_details::table)
                .values(row)
                .on_conflict(candidate_details::work_sample_id)
                .do_update()
                .set(hours)
                .execute(connection))
        })
        .map(drop)
    }
}

impl ReadTx<'_> {
    pub fn accepted_terms(
        &mut self,
        id: &WorkSampleId,
    ) -> Result<Option<AcceptedTerms>, StoreError> {
        let row: Option<(String, String, NaiveDateTime)> = self.run(|db| {
            accepted_terms::table
                .find(id.as_str())
                .select((
                    accepted_terms::text,
                    accepted_terms::sha256,
                    accepted_terms::accepted_at,
                ))
                .first(db)
                .optional()
        })?;
        Ok(row.map(|(text, sha256, at)| AcceptedTerms {
            text,
            sha256,
            accepted_at: from_column(at),
        }))
    }

    pub fn candidate_details(&mut self, id: &WorkSampleId) -> Result<CandidateDetails, StoreError> {
        let row: Option<(Option<String>, Option<i32>)> = self.run(|db| {
            candidate_details::table
                .find(id.as_str())
                .select((candidate_details::zone, candidate_details::hours_tenths))
                .first(db)
                .optional()
        })?;
        let (zone, hours_tenths) = row.unwrap_or_default();
        Ok(CandidateDetails { zone, hours_tenths })
    }
}
