//! Between columns and types: every value that does not parse names its table, row and column.

use std::fmt::Display;
use std::str::FromStr;

use chrono::{NaiveDateTime, SubsecRound as _};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::StoreError;
use crate::clock::Timestamp;

/// The row whose columns are being read, for messages.
#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    pub table: &'static str,
    pub key: &'a str,
}

impl Row<'_> {
    fn corrupt(&self, column: &str, reason: impl ToString) -> StoreError {
        StoreError::corrupt(
            format!("column {column} of {} `{}`", self.table, self.key),
            reason,
        )
    }

    pub fn parse<T>(&self, column: &str, text: &str) -> Result<T, StoreError>
    where
        T: FromStr,
        T::Err: Display,
    {
        text.parse()
            .map_err(|error: T::Err| self.corrupt(column, error))
    }

    pub fn json<T: DeserializeOwned>(&self, column: &str, text: &str) -> Result<T, StoreError> {
        serde_json::from_str(text).map_err(|error| self.corrupt(column, error))
    }

    /// A unit-only enum that serde writes as one word.
    pub fn word<T: DeserializeOwned>(&self, column: &str, text: &str) -> Result<T, StoreError> {
        serde_json::from_value(serde_json::Value::String(text.to_owned()))
            .map_err(|error| self.corrupt(column, error))
    }

    pub fn number<T, N>(&self, column: &str, number: N) -> Result<T, StoreError>
    where
        T: TryFrom<N>,
        T::Error: Display,
    {
        T::try_from(number).map_err(|error| self.corrupt(column, error))
    }
}

/// The JSON text of a value that is to be stored.
pub(super) fn to_json(value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value)
        .map_err(|error| StoreError::Refused(format!("a value has no JSON form: {error}")))
}

/// The one word that serde writes for a unit-only enum's value.
pub(super) fn to_word(value: &impl Serialize) -> Result<String, StoreError> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => Ok(word),
        Ok(other) => Err(StoreError::Refused(format!("{other} is not one word"))),
        Err(error) => Err(StoreError::Refused(error.to_string())),
    }
}

/// A GitHub id as a column. GitHub's ids are far below the limit.
pub(super) fn to_bigint(id: u64) -> Result<i64, StoreError> {
    i64::try_from(id).map_err(|_| StoreError::Refused(format!("the id {id} is too large")))
}

/// Both databases keep times in UTC, to the microsecond.
pub(super) fn to_column(at: Timestamp) -> NaiveDateTime {
    at.trunc_subsecs(6).naive_utc()
}

pub(super) fn from_column(at: NaiveDateTime) -> Timestamp {
    at.and_utc()
}

/// A text of somebody else's, such as an error of GitHub's, without the character NUL, which PostgreSQL does not store.
pub(in crate::store) fn without_nul(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}
