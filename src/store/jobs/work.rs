//! What a worker does with a job: claim it, then settle it one way or another, as long as the lease is its own.

use std::cmp::Reverse;

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::{Among, JobRow, JobState, LEASED, READY, Raw, to_i32};
use crate::clock::Timestamp;
use crate::store::db::Db;
use crate::store::error::StoreError;
use crate::store::rows::{from_column, to_column, to_word, without_nul};
use crate::store::schema::jobs;
use crate::store::tx::Tx;

/// The job of these kinds that goes first among those that `$which` lets through, locked on PostgreSQL so that others pass
/// over it.
macro_rules! first_of {
    ($tx:expr, $kinds:expr, $which:expr) => {
        $tx.run(|db| {
            let first = jobs::table
                .filter(jobs::kind.eq_any(&*$kinds))
                .filter($which)
                .order((jobs::priority.desc(), jobs::run_at.asc(), jobs::id.asc()))
                .limit(1);
            match db {
                Db::Sqlite(connection) => first.get_result::<Raw>(connection).optional(),
                Db::Postgres(connection) => first
                    .for_update()
                    .skip_locked()
                    .get_result::<Raw>(connection)
                    .optional(),
            }
        })
    };
}

/// The row, provided it is still leased as it was when it was claimed: `attempts` tells two leases to one worker apart.
macro_rules! still_leased {
    ($claimed:expr) => {
        jobs::table
            .find($claimed.id.as_str())
            .filter(jobs::state.eq(LEASED))
            .filter(jobs::leased_by.eq($claimed.leased_by.as_deref()))
            .filter(jobs::attempts.eq(to_i32($claimed.attempts)))
    };
}

impl Tx<'_> {
    /// Leases the one of these jobs that is due first, highest priority first, to `worker` until `now + lease`; commit
    /// before working on it. A lease that ran out is claimed like a ready job; if its attempts are used up, what is claimed
    /// is to be buried, see [`JobRow::is_given_up`]. See also [`crate::store::Store::claim_job`].
    pub fn claim_job(
        &mut self,
        worker: &str,
        among: impl Into<Among>,
        now: Timestamp,
        lease: chrono::Duration,
    ) -> Result<Option<JobRow>, StoreError> {
        let among = among.into();
        while let Some(raw) = self.next_claimable(&among, now)? {
            let last_error = if raw.attempts == raw.max_attempts {
                Some(format!(
                    "{} attempts ended without a word, the last by {}; earlier error: {}",
                    raw.attempts,
                    raw.leased_by.as_deref().unwrap_or("nobody"),
                    raw.last_error.as_deref().unwrap_or("none")
                ))
            } else {
                raw.last_error.clone()
            };
            let claimed = self.run(|db| {
                diesel::update(
                    jobs::table
                        .find(&raw.id)
                        .filter(jobs::state.eq(&raw.state))
                        .filter(jobs::attempts.eq(raw.attempts)),
                )
                .set((
                    jobs::state.eq(LEASED),
                    jobs::attempts.eq(raw.attempts + 1),
                    jobs::leased_by.eq(worker),
                    jobs::leased_until.eq(to_column(now + lease)),
                    jobs::last_error.eq(last_error),
                    jobs::updated_at.eq(to_column(now)),
                ))
                .returning(jobs::all_columns)
                .get_result::<Raw>(db)
                .optional()
            })?;
            // None: somebody else was faster; look again.
            if let Some(raw) = claimed {
                return Ok(Some(raw.try_into()?));
            }
        }
        Ok(None)
    }

    /// The next row to claim: ready and due, or leased to a worker that let its time run out.
    fn next_claimable(&mut self, among: &Among, now: Timestamp) -> Result<Option<Raw>, StoreError> {
        let due = to_column(now);
        let abandoned = first_of!(
            self,
            among.kinds,
            jobs::state.eq(LEASED).and(jobs::leased_until.le(due))
        )?;
        let ready = self.most_urgent(among, due)?;
        Ok(ready
            .into_iter()
            .chain(abandoned)
            .min_by_key(|raw| (Reverse(raw.priority), raw.run_at, raw.id.clone())))
    }

    /// The first of the ready jobs that are due. Asked a priority at a time, so that the index leads to it however many
    /// jobs wait: asked for all at once, a database sorts every job that waits, for each that is claimed. Of a priority at
    /// which only other kinds wait it reads all of those: the bounds are there to leave such priorities out.
    fn most_urgent(
        &mut self,
        among: &Among,
        due: NaiveDateTime,
    ) -> Result<Option<Raw>, StoreError> {
        let Among {
            kinds,
            at_least,
            at_most,
        } = among;
        let mut at_most = *at_most;
        loop {
            let next: Option<i32> = self.run(|db| {
                jobs::table
                    .filter(jobs::state.eq(READY))
                    .filter(jobs::priority.between(*at_least, at_most))
                    .select(diesel::dsl::max(jobs::priority))
                    .first(db)
            })?;
            let Some(priority) = next else {
                return Ok(None);
            };
            let first = first_of!(
                self,
                kinds,
                jobs::state
                    .eq(READY)
                    .and(jobs::priority.eq(priority))
                    .and(jobs::run_at.le(due))
            )?;
            let lower = priority.checked_sub(1);
            let (None, Some(lower)) = (&first, lower) else {
                return Ok(first);
            };
            at_most = lower;
        }
    }

    /// Marks a job as done, `claimed` being the row that claiming it returned. One that was asked for again meanwhile (see
    /// [`Tx::nudge`]) is ready once more.
    ///
    /// # Errors
    /// Lease lost, if it ran out and somebody else took or settled the job: then let the whole transaction fail.
    pub fn complete_job(&mut self, claimed: &JobRow, now: Timestamp) -> Result<(), StoreError> {
        let settled = Settled {
            state: JobState::Done,
            attempts: claimed.attempts,
            run_at: claimed.run_at,
            last_error: claimed.last_error.clone(),
        };
        self.settle_unless_nudged(claimed, settled, now).map(drop)
    }

    /// Records a failed attempt. With `retry_at` the job is ready again then, unless its attempts are used up;
    /// otherwise it is dead. One that was asked for again meanwhile (see [`Tx::nudge`]) is ready for that in any case, and
    /// begins anew. Returns which of both.
    ///
    /// # Errors
    /// As [`Tx::complete_job`].
    pub fn fail_job(
        &mut self,
        claimed: &JobRow,
        error: &str,
        retry_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<JobState, StoreError> {
        let (state, run_at) = match retry_at {
            Some(at) if claimed.attempts < claimed.max_attempts => (JobState::Ready, at),
            Some(_) | None => (JobState::Dead, claimed.run_at),
        };
        let settled = Settled {
            state,
            attempts: claimed.attempts,
            run_at,
            last_error: Some(without_nul(error)),
        };
        let as_settled = self.settle_unless_nudged(claimed, settled, now)?;
        Ok(if as_settled { state } else { JobState::Ready })
    }

    /// Gives a job back until `run_at` without counting the attempt: it was not its fault (a rate limit, a pause).
    ///
    /// # Errors
    /// As [`Tx::complete_job`].
    pub fn postpone_job(
        &mut self,
        claimed: &JobRow,
        reason: &str,
        run_at: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let settled = Settled {
            state: JobState::Ready,
            attempts: claimed.attempts.saturating_sub(1),
            run_at,
            last_error: Some(without_nul(reason)),
        };
        self.settle(claimed, settled, now)
    }

    /// Gives a job back until `run_at` because it went well and is to be done again and again, then no more urgent than
    /// `priority` says; at once where it was asked for again meanwhile.
    ///
    /// # Errors
    /// As [`Tx::complete_job`].
    pub fn rearm_job(
        &mut self,
        claimed: &JobRow,
        (run_at, priority): (Timestamp, i32),
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let settled = Settled {
            state: JobState::Ready,
            attempts: 0,
            run_at,
            last_error: None,
        };
        if self.settle_unless_nudged(claimed, settled, now)? {
            let id = claimed.id.as_str();
            self.run(|db| {
                diesel::update(jobs::table.find(id))
                    .set(jobs::priority.eq(priority))
                    .execute(db)
            })?;
        }
        Ok(())
    }

    /// Settles a job, or makes it ready again where its time was set while it was leased; true if it was not.
    fn settle_unless_nudged(
        &mut self,
        claimed: &JobRow,
        settled: Settled,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let present: Option<NaiveDateTime> = self.run(|db| match db {
            Db::Sqlite(connection) => still_leased!(claimed)
                .select(jobs::run_at)
                .first(connection)
                .optional(),
            Db::Postgres(connection) => still_leased!(claimed)
                .select(jobs::run_at)
                .for_update()
                .first(connection)
                .optional(),
        })?;
        match present.map(from_column).filter(|at| *at != claimed.run_at) {
            None => self.settle(claimed, settled, now).map(|()| true),
            Some(run_at) => {
                let again = Settled {
                    state: JobState::Ready,
                    attempts: 0,
                    run_at,
                    last_error: match settled.state {
                        JobState::Done => None,
                        _ => settled.last_error,
                    },
                };
                self.enqueued_jobs = true;
                self.settle(claimed, again, now).map(|()| false)
            }
        }
    }

    fn settle(
        &mut self,
        claimed: &JobRow,
        settled: Settled,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let state = to_word(&settled.state)?;
        let updated = self.run(|db| {
            diesel::update(still_leased!(claimed))
                .set((
                    jobs::state.eq(&state),
                    jobs::attempts.eq(to_i32(settled.attempts)),
                    jobs::run_at.eq(to_column(settled.run_at)),
                    jobs::last_error.eq(&settled.last_error),
                    jobs::leased_by.eq(None::<String>),
                    jobs::leased_until.eq(None::<NaiveDateTime>),
                    jobs::updated_at.eq(to_column(now)),
                ))
                .execute(db)
        })?;
        still_ours(updated, claimed)
    }

    /// Prolongs a lease to `now + lease`, for work that takes long.
    ///
    /// # Errors
    /// As [`Tx::complete_job`].
    pub fn extend_lease(
        &mut self,
        claimed: &JobRow,
        now: Timestamp,
        lease: chrono::Duration,
    ) -> Result<(), StoreError> {
        let updated = self.run(|db| {
            diesel::update(still_leased!(claimed))
                .set((
                    jobs::leased_until.eq(to_column(now + lease)),
                    jobs::updated_at.eq(to_column(now)),
                ))
                .execute(db)
        })?;
        still_ours(updated, claimed)
    }

    /// Ends the leases of a worker that is known to be gone, so that others need not wait for them to run out. The
    /// attempts stay counted. Returns how many there were.
    pub fn end_leases(&mut self, worker: &str, now: Timestamp) -> Result<usize, StoreError> {
        let ended = self.run(|db| {
            diesel::update(
                jobs::table
                    .filter(jobs::state.eq(LEASED))
                    .filter(jobs::leased_by.eq(worker))
                    .filter(jobs::leased_until.gt(to_column(now))),
            )
            .set((
                jobs::leased_until.eq(to_column(now)),
                jobs::updated_at.eq(to_column(now)),
            ))
            .execute(db)
        })?;
        self.enqueued_jobs |= ended > 0;
        Ok(ended)
    }
}

/// How an attempt ended.
struct Settled {
    state: JobState,
    attempts: u32,
    run_at: Timestamp,
    last_error: Option<String>,
}

fn still_ours(updated: usize, claimed: &JobRow) -> Result<(), StoreError> {
    if updated == 1 {
        return Ok(());
    }
    Err(StoreError::LeaseLost {
        job: claimed.id.to_string(),
        worker: claimed.leased_by.clone().unwrap_or_default(),
    })
}
