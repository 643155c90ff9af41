//! The threads that write. Nothing here knows what is written: a write is a closure with a place to put its answer.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use diesel::connection::SimpleConnection as _;
use tokio::sync::{mpsc, oneshot};

use super::db::{Connector, Db};
use super::error::{Damage, StoreError, sort};
use super::signal::JobsEnqueued;
use super::turn::Turnstile;
use super::tx::Tx;
use crate::ids::SharedIds;

/// How often a write is run on PostgreSQL before its collisions are reported.
const MOST_TRIES: u32 = 60;

/// How much a write must be shielded from others that run at the same time. SQLite writes one at a time anyway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Isolation {
    /// As if alone.
    Serializable,
    /// For writes whose statements guard themselves, as claiming a job does.
    ReadCommitted,
}

/// A queued write.
pub(super) trait Write: Send {
    /// Runs the closure and keeps what it returned. True if it wants to be committed.
    fn run(&mut self, tx: &mut Tx<'_>) -> bool;
    /// Hands over what the last run returned, or `trouble` in its place.
    fn answer(self: Box<Self>, trouble: Option<StoreError>);
    fn isolation(&self) -> Isolation;
}

pub(super) struct Pending<F, T, E> {
    closure: F,
    isolation: Isolation,
    result: Option<Result<T, E>>,
    answer: oneshot::Sender<Result<T, E>>,
}

impl<F, T, E> Pending<F, T, E> {
    pub fn new(closure: F, isolation: Isolation) -> (Self, oneshot::Receiver<Result<T, E>>) {
        let (answer, receiver) = oneshot::channel();
        let pending = Pending {
            closure,
            isolation,
            result: None,
            answer,
        };
        (pending, receiver)
    }
}

impl<F, T, E> Write for Pending<F, T, E>
where
    F: FnMut(&mut Tx<'_>) -> Result<T, E> + Send,
    T: Send,
    E: From<StoreError> + Send,
{
    fn run(&mut self, tx: &mut Tx<'_>) -> bool {
        let result = run_guarded(|| (self.closure)(tx));
        let wants_commit = result.is_ok();
        self.result = Some(result);
        wants_commit
    }

    fn answer(self: Box<Self>, trouble: Option<StoreError>) {
        let result = match (trouble, self.result) {
            (None, Some(result)) => result,
            (Some(trouble), _) => Err(trouble.into()),
            (None, None) => Err(StoreError::Closed.into()),
        };
        // Whoever asked may have gone away; the write stands all the same.
        let _ = self.answer.send(result);
    }

    fn isolation(&self) -> Isolation {
        self.isolation
    }
}

/// Runs a closure of a caller's, turning a panic into an error: it must not take the database's threads with it.
pub(super) fn run_guarded<T, E: From<StoreError>>(
    closure: impl FnOnce() -> Result<T, E>,
) -> Result<T, E> {
    catch_unwind(AssertUnwindSafe(closure)).unwrap_or_else(|panic| {
        let text = panic
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned())
            .or_else(|| panic.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "without a message".to_owned());
        Err(StoreError::Panicked(text).into())
    })
}

/// What the writer threads share.
pub(super) struct Workshop {
    pub connector: Connector,
    /// Where writers to SQLite queue.
    pub turnstile: Option<Turnstile>,
    pub ids: SharedIds,
    pub signal: Arc<JobsEnqueued>,
    /// The most writes that SQLite commits together.
    pub batch: usize,
}

impl Workshop {
    /// A connection, kept in `slot` from one write to the next.
    fn connection<'a>(&self, slot: &'a mut Option<Db>) -> Result<&'a mut Db, StoreError> {
        match slot {
            Some(db) => Ok(db),
            None => Ok(slot.insert(self.connector.connect_writer()?)),
        }
    }
}

// ── SQLite: one thread, group commit ──

/// Writes until the queue is closed and empty.
pub(super) fn write_to_sqlite(workshop: &Workshop, mut queue: mpsc::Receiver<Box<dyn Write>>) {
    let mut slot = None;
    while let Some(first) = queue.blocking_recv() {
        let mut batch = vec![first];
        while batch.len() < workshop.batch {
            match queue.try_recv() {
                Ok(next) => batch.push(next),
                Err(_) => break,
            }
        }
        write_together(workshop, &mut slot, batch);
    }
}

fn write_together(workshop: &Workshop, slot: &mut Option<Db>, mut batch: Vec<Box<dyn Write>>) {
    match try_together(workshop, slot, &mut batch) {
        Ok(outcomes) => {
            for (write, outcome) in batch.into_iter().zip(outcomes) {
                write.answer(outcome);
            }
        }
        Err(trouble) => {
            // Nothing is known of this connection's transaction any more: closing it rolls back.
            *slot = None;
            let spoilt_by_another = trouble.during_write && batch.len() > 1;
            for write in batch {
                if spoilt_by_another {
                    write_together(workshop, slot, vec![write]);
                } else {
                    write.answer(Some(trouble.error.clone()));
                }
            }
        }
    }
}

/// Why a whole batch came to nothing.
struct BatchTrouble {
    error: StoreError,
    /// One of the writes caused it; the others deserve a transaction of their own.
    during_write: bool,
}

impl BatchTrouble {
    fn around(error: diesel::result::Error) -> Self {
        BatchTrouble {
            error: sort(error).0,
            during_write: false,
        }
    }
}

/// One transaction for the batch, and in it a savepoint for each write, unless it is the only one. Returns the trouble of each write, if it had one.
fn try_together(
    workshop: &Workshop,
    slot: &mut Option<Db>,
    batch: &mut [Box<dyn Write>],
) -> Result<Vec<Option<StoreError>>, BatchTrouble> {
    let before = |error| BatchTrouble {
        error,
        during_write: false,
    };
    let db = workshop.connection(slot).map_err(before)?;
    let _turn = match &workshop.turnstile {
        Some(turnstile) => Some(
            turnstile
                .take(workshop.connector.busy_timeout)
                .map_err(before)?,
        ),
        None => None,
    };
    db.batch_execute("BEGIN IMMEDIATE")
        .map_err(BatchTrouble::around)?;
    let mut outcomes = Vec::with_capacity(batch.len());
    let mut enqueued_jobs = false;
    let mut last = "COMMIT";
    let is_alone = batch.len() == 1;
    for write in batch.iter_mut() {
        if !is_alone {
            db.batch_execute("SAVEPOINT one_write")
                .map_err(BatchTrouble::around)?;
        }
        let mut tx = Tx::new(db, workshop.ids.as_ref());
        let wants_commit = write.run(&mut tx);
        let enqueued = tx.enqueued_jobs;
        let failure = tx.failure();
        if let Some((error, Damage::Transaction | Damage::Connection)) = failure {
            return Err(BatchTrouble {
                error,
                during_write: true,
            });
        }
        let keep = wants_commit && failure.is_none();
        match (is_alone, keep) {
            (true, true) => {}
            (true, false) => last = "ROLLBACK",
            (false, keep) => db
                .batch_execute(if keep {
                    "RELEASE one_write"
                } else {
                    "ROLLBACK TO one_write; RELEASE one_write"
                })
                .map_err(BatchTrouble::around)?,
        }
        enqueued_jobs |= keep && enqueued;
        // A closure's own error says more than the statement that failed below it.
        outcomes.push(failure.map(|(error, _)| error).filter(|_| wants_commit));
    }
    db.batch_execute(last).map_err(BatchTrouble::around)?;
    if enqueued_jobs {
        workshop.signal.fire();
    }
    Ok(outcomes)
}

// ── PostgreSQL: a few threads, a transaction a write ──

/// Writes until the queue is closed and empty. The threads take turns in waiting for the next write.
pub(super) fn write_to_postgres(
    workshop: &Workshop,
    queue: &Mutex<mpsc::Receiver<Box<dyn Write>>>,
) {
    let mut slot = None;
    loop {
        let next = queue
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .blocking_recv();
        let Some(mut write) = next else { return };
        let trouble = write_alone(workshop, &mut slot, write.as_mut());
        write.answer(trouble);
    }
}

enum Try {
    /// The closure's result stands, be it a success or its own error.
    Settled,
    Failed(StoreError),
    /// Run again; with this error if there were too many tries.
    Again(Option<StoreError>),
    /// The connection was found broken before anything was written.
    Reconnect(StoreError),
}

fn write_alone(
    workshop: &Workshop,
    slot: &mut Option<Db>,
    write: &mut dyn Write,
) -> Option<StoreError> {
    let mut tries = 0;
    loop {
        let reused = slot.is_some();
        let db = match workshop.connection(slot) {
            Ok(db) => db,
            Err(error) => return Some(error),
        };
        tries += 1;
        match try_alone(workshop, db, write) {
            Try::Settled => return None,
            Try::Failed(error) => {
                if matches!(error, StoreError::Away(_) | StoreError::OutcomeUnknown(_)) {
                    *slot = None;
                }
                return Some(error);
            }
            Try::Again(error) if tries >= MOST_TRIES => return error,
            Try::Again(_) => tracing::debug!(tries, "a write met another one and is run again"),
            Try::Reconnect(error) => {
                *slot = None;
                // A connection that broke while it lay idle says nothing about the database of now.
                if !reused {
                    return Some(error);
                }
            }
        }
    }
}

fn try_alone(workshop: &Workshop, db: &mut Db, write: &mut dyn Write) -> Try {
    let begin = match write.isolation() {
        Isolation::Serializable => "BEGIN ISOLATION LEVEL SERIALIZABLE",
        Isolation::ReadCommitted => "BEGIN ISOLATION LEVEL READ COMMITTED",
    };
    if let Err(error) = db.batch_execute(begin) {
        return match sort(error) {
            (error, Damage::Connection) => Try::Reconnect(error),
            (error, _) => Try::Failed(error),
        };
    }
    let mut tx = Tx::new(db, workshop.ids.as_ref());
    let wants_commit = write.run(&mut tx);
    let enqueued = tx.enqueued_jobs;
    match tx.failure() {
        Some((error, Damage::Connection)) => return Try::Reconnect(error),
        Some((error, Damage::Collision)) => {
            return roll_back(db, Try::Again(wants_commit.then_some(error)));
        }
        Some((error, Damage::Write | Damage::Transaction)) if wants_commit => {
            return roll_back(db, Try::Failed(error));
        }
        _ if !wants_commit => return roll_back(db, Try::Settled),
        _ => {}
    }
    match db.batch_execute("COMMIT").map_err(sort) {
        Ok(()) => {
            if enqueued {
                workshop.signal.fire();
            }
            Try::Settled
        }
        Err((error, Damage::Collision)) => roll_back(db, Try::Again(Some(error))),
        Err((error, Damage::Connection)) => {
            Try::Failed(StoreError::OutcomeUnknown(error.to_string()))
        }
        Err((error, Damage::Write | Damage::Transaction)) => roll_back(db, Try::Failed(error)),
    }
}

/// Ends the transaction, then goes on with `next`, unless the connection turns out to be lost.
fn roll_back(db: &mut Db, next: Try) -> Try {
    match (db.batch_execute("ROLLBACK"), next) {
        (Ok(()), next) => next,
        (Err(error), Try::Again(_) | Try::Reconnect(_)) => Try::Reconnect(sort(error).0),
        (Err(error), next) => {
            tracing::warn!(error = %error, "a transaction could not be rolled back; its connection is given up");
            next
        }
    }
}

#[cfg(test)]
mod tests;
