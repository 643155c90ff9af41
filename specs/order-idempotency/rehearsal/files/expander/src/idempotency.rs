//! Idempotency keys.
//!
//! Life of a key: running → stored → expired. An expired key stays taken, so that it can never be used for a second charge.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::http::Response;
use crate::orders::OrderDraft;

/// Seconds for which the answer under a key is stored.
pub const TIME_TO_LIVE: u64 = 24 * 60 * 60;

pub fn is_valid_key(key: &str) -> bool {
    (8..=64).contains(&key.len())
        && key
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

enum State {
    Running,
    Stored { response: Response, at: u64 },
}

struct Slot {
    draft: OrderDraft,
    state: State,
}

pub enum Lookup {
    Start,
    Replay(Response),
    Running,
    DifferentOrder,
    Expired,
}

/// How many keys are in which state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub running: usize,
    pub stored: usize,
}

#[derive(Default)]
pub struct KeyTable {
    slots: Mutex<HashMap<(String, String), Slot>>,
}

impl KeyTable {
    /// Looks the key up and, if it is new, marks it as running. Call `store` when the response is known.
    pub fn lookup(&self, merchant: &str, key: &str, draft: &OrderDraft, now: u64) -> Lookup {
        let mut slots = self.slots();
        let name = (merchant.to_owned(), key.to_owned());
        let Some(slot) = slots.get(&name) else {
            slots.insert(
                name,
                Slot {
                    draft: draft.clone(),
                    state: State::Running,
                },
            );
            return Lookup::Start;
        };
        match &slot.state {
            State::Stored { at, .. } if now > at + TIME_TO_LIVE => Lookup::Expired,
            _ if slot.draft != *draft => Lookup::DifferentOrder,
            State::Running => Lookup::Running,
            State::Stored { response, .. } => {
                Lookup::Replay(response.clone().with_header("Idempotency-Replayed", "true"))
            }
        }
    }

    pub fn store(&self, merchant: &str, key: &str, response: &Response, now: u64) {
        let name = (merchant.to_owned(), key.to_owned());
        if let Some(slot) = self.slots().get_mut(&name) {
            slot.state = State::Stored {
                response: response.clone(),
                at: now,
            };
        }
    }

    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for slot in self.slots().values() {
            match slot.state {
                State::Running => counts.running += 1,
                State::Stored { .. } => counts.stored += 1,
            }
        }
        counts
    }

    fn slots(&self) -> MutexGuard<'_, HashMap<(String, String), Slot>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
