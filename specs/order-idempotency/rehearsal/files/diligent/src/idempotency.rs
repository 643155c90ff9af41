//! The ledger of idempotency keys.
//!
//! A key goes from nothing to running (`begin`), and from there to answered (`finish`) or back to nothing (the attempt is
//! dropped: a 503, or a panic). The only lock here is held for a few map operations, never during a charge.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::http::Response;
use crate::json::Json;

const DAY_IN_SECONDS: u64 = 24 * 60 * 60;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    pub fn new(text: &str) -> Result<IdempotencyKey, &'static str> {
        if text.len() < 8 || text.len() > 64 {
            return Err("an Idempotency-Key has 8 to 64 characters");
        }
        let valid = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if !text.chars().all(valid) {
            return Err("an Idempotency-Key is made of A-Z, a-z, 0-9, - and _");
        }
        Ok(IdempotencyKey(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Keys are counted per shop (decision "Keys belong to one shop").
type Owner = (String, IdempotencyKey);

#[derive(Debug)]
struct Record {
    /// Compared as parsed JSON, so that a client may serialise again for each attempt.
    body: Json,
    /// `None` while the attempt is running.
    answer: Option<Answer>,
}

#[derive(Debug)]
struct Answer {
    response: Response,
    forget_at: u64,
}

/// Why a request is not carried out.
#[derive(Debug)]
pub enum NotNow {
    /// An earlier request was answered like this; the replay header is already on it.
    Answered(Response),
    Running,
    OtherBody,
}

#[derive(Debug, Default)]
pub struct Ledger {
    records: Mutex<BTreeMap<Owner, Record>>,
}

impl Ledger {
    /// Takes the key for this request, or says why the request must not be carried out. `now` is in Unix seconds.
    pub fn begin(
        &self,
        shop: &str,
        key: &IdempotencyKey,
        body: Json,
        now: u64,
    ) -> Result<Attempt<'_>, NotNow> {
        let owner = (shop.to_owned(), key.clone());
        let mut records = self.lock();
        // A scan on each request. Fine in memory; with the database this becomes an indexed delete.
        records.retain(|_, record| match &record.answer {
            Some(answer) => answer.forget_at > now,
            None => true,
        });
        match records.entry(owner.clone()) {
            Entry::Vacant(place) => {
                place.insert(Record { body, answer: None });
                Ok(Attempt {
                    ledger: self,
                    owner,
                })
            }
            Entry::Occupied(found) => Err(match found.get() {
                record if record.body != body => NotNow::OtherBody,
                Record {
                    answer: Some(answer),
                    ..
                } => NotNow::Answered(
                    answer
                        .response
                        .clone()
                        .with_header("Idempotency-Replayed", "true"),
                ),
                Record { answer: None, .. } => NotNow::Running,
            }),
        }
    }

    /// No panic can happen between two changes that belong together, so a poisoned lock hides nothing broken.
    fn lock(&self) -> MutexGuard<'_, BTreeMap<Owner, Record>> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request that is being carried out. Dropping it without `finish` frees the key.
#[derive(Debug)]
pub struct Attempt<'a> {
    ledger: &'a Ledger,
    owner: Owner,
}

impl Attempt<'_> {
    /// Keeps the response for 24 hours from `now`.
    pub fn finish(self, response: Response, now: u64) {
        if let Some(record) = self.ledger.lock().get_mut(&self.owner) {
            record.answer = Some(Answer {
                response,
                forget_at: now + DAY_IN_SECONDS,
            });
        }
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        let mut records = self.ledger.lock();
        if records
            .get(&self.owner)
            .is_some_and(|record| record.answer.is_none())
        {
            records.remove(&self.owner);
        }
    }
}
