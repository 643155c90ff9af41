//! What all handlers share: state and journal behind one lock, the clock, git, and the queues of webhooks. A request
//! changes the world in one [`World::write`]: rows, journal line and queued webhooks belong together.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::faults::Dice;
use super::git::Git;
use super::journal::Journal;
use super::limits::{Limits, Meter};
use super::queues::{Queues, Turn};
use super::records::{RepoId, UserId};
use super::refusal::Refusal;
use super::render::Render;
use super::state::State;
use crate::clock::{SharedClock, Timestamp};
use crate::ids::{IdSource, SharedIds};

pub(super) struct World {
    /// `http://127.0.0.1:PORT`, without a slash at the end.
    pub base: String,
    /// The account that stands in for whoever clicks on GitHub's own pages.
    pub service: UserId,
    pub clock: SharedClock,
    pub ids: SharedIds,
    pub git: Git,
    pub queues: Queues,
    meter: Mutex<Meter>,
    /// How often each method and route was asked for.
    calls: Mutex<BTreeMap<String, u64>>,
    dice: Mutex<Dice>,
    kept: Mutex<Kept>,
    ref_locks: Mutex<HashMap<RepoId, Arc<tokio::sync::Mutex<()>>>>,
}

struct Kept {
    state: State,
    journal: Journal,
}

/// One change of the world under way.
pub(super) struct Tx<'w> {
    pub state: &'w mut State,
    pub now: Timestamp,
    base: &'w str,
    pub ids: &'w dyn IdSource,
    pub dice: &'w Mutex<Dice>,
    /// Hook, delivery and when it is sent.
    pub queued: Vec<(u64, u64, Turn)>,
}

impl World {
    pub(super) fn new(
        (state, journal): (State, Journal),
        base: String,
        service: UserId,
        (clock, ids): (SharedClock, SharedIds),
        git: Git,
        queues: Queues,
        limits: Limits,
    ) -> Self {
        World {
            base,
            service,
            clock,
            ids,
            git,
            queues,
            meter: Mutex::new(Meter::new(limits)),
            calls: Mutex::default(),
            dice: Mutex::default(),
            kept: Mutex::new(Kept { state, journal }),
            ref_locks: Mutex::default(),
        }
    }

    /// Looks at the world as it is now.
    pub(super) fn read<T>(&self, look: impl FnOnce(Render<'_>) -> T) -> T {
        let kept = self.lock();
        look(Render {
            state: &kept.state,
            base: &self.base,
            now: self.clock.now(),
        })
    }

    /// Changes the world. What `change` touched is in the journal and its webhooks are queued, in order, when this returns.
    pub(super) fn write<T>(
        &self,
        change: impl FnOnce(&mut Tx<'_>) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let mut kept = self.lock();
        let Kept { state, journal } = &mut *kept;
        let mut tx = Tx {
            state,
            now: self.clock.now(),
            base: &self.base,
            ids: self.ids.as_ref(),
            dice: &self.dice,
            queued: Vec::new(),
        };
        let outcome = change(&mut tx);
        let queued = std::mem::take(&mut tx.queued);
        journal.record(state).map_err(Refusal::broken)?;
        // Still under the lock, so that the order of the queue is the order of the journal.
        for (hook, delivery, turn) in queued {
            self.queues.enqueue(hook, delivery, turn);
        }
        outcome
    }

    pub(super) fn meter(&self) -> MutexGuard<'_, Meter> {
        self.meter.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn dice(&self) -> MutexGuard<'_, Dice> {
        self.dice.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a call, by method and route.
    pub(super) fn count(&self, call: String) {
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        *calls.entry(call).or_default() += 1;
    }

    pub(super) fn calls(&self) -> BTreeMap<String, u64> {
        let calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        calls.clone()
    }

    /// The lock that whoever moves refs of this repository holds meanwhile.
    pub(super) fn ref_lock(&self, repo: RepoId) -> Arc<tokio::sync::Mutex<()>> {
        let mut locks = self
            .ref_locks
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        Arc::clone(locks.entry(repo).or_default())
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tx<'_> {
    pub(super) fn render(&self) -> Render<'_> {
        Render {
            state: self.state,
            base: self.base,
            now: self.now,
        }
    }

    /// A new random token, with the prefix GitHub gives its kind.
    pub(super) fn new_token(&self, prefix: &str) -> String {
        let (one, two) = (self.ids.next(self.now), self.ids.next(self.now));
        let digest =
            <sha2::Sha256 as sha2::Digest>::digest([one.into_bytes(), two.into_bytes()].concat());
        format!("{prefix}_{}", &hex::encode(digest)[..36])
    }
}
