//! Jobs into the queue, and dead ones back into it.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::{DEAD, DONE, JobRow, LEASED, NewJob, READY, Raw, to_i32};
use crate::clock::Timestamp;
use crate::ids::JobId;
use crate::store::db::on_each;
use crate::store::error::StoreError;
use crate::store::rows::{to_column, to_json, to_word};
use crate::store::schema::jobs;
use crate::store::tx::Tx;

impl Tx<'_> {
    /// Puts a job into the queue. False, and nothing is changed, if a job with the same key was ever enqueued, even if
    /// it is done or dead by now: facts arrive more than once, their work is done once. Without a key it is always new.
    pub fn enqueue(&mut self, job: &NewJob, now: Timestamp) -> Result<bool, StoreError> {
        let id = JobId::new(self.ids, now);
        let max_attempts = to_i32(job.max_attempts.max(1));
        let raw = Raw {
            id: id.to_string(),
            kind: job.kind.clone(),
            subject: job.subject.clone(),
            payload: to_json(&job.payload)?,
            dedupe_key: job.dedupe_key.clone(),
            state: READY.to_owned(),
            priority: job.priority,
            attempts: 0,
            max_attempts,
            run_at: to_column(job.run_at),
            leased_until: None,
            leased_by: None,
            last_error: None,
            created_at: to_column(now),
            updated_at: to_column(now),
        };
        let has_key = job.dedupe_key.is_some();
        let inserted = self.run(|db| {
            // Without a key there is nothing to collide with, and diesel knows the statement again.
            on_each!(db, connection => match diesel::insert_into(jobs::table).values(&raw) {
                insert if has_key => insert
                    .on_conflict(jobs::dedupe_key)
                    .do_nothing()
                    .execute(connection),
                insert => insert.execute(connection),
            })
        })?;
        self.enqueued_jobs |= inserted == 1;
        Ok(inserted == 1)
    }

    /// As [`Tx::enqueue`], but a job with the same key that is done or dead starts afresh with the new payload, time
    /// and attempts. One that is ready or leased stays as it is, and false is returned: give work that must run once
    /// more after the present run a key of its own.
    pub fn enqueue_again(&mut self, job: &NewJob, now: Timestamp) -> Result<bool, StoreError> {
        if self.enqueue(job, now)? {
            return Ok(true);
        }
        let payload = to_json(&job.payload)?;
        let max_attempts = to_i32(job.max_attempts.max(1));
        let reset = self.run(|db| {
            diesel::update(
                jobs::table
                    .filter(jobs::dedupe_key.eq(job.dedupe_key.as_deref()))
                    .filter(jobs::state.eq(DONE).or(jobs::state.eq(DEAD))),
            )
            .set((
                jobs::state.eq(READY),
                jobs::payload.eq(&payload),
                jobs::priority.eq(job.priority),
                jobs::attempts.eq(0),
                jobs::max_attempts.eq(max_attempts),
                jobs::run_at.eq(to_column(job.run_at)),
                jobs::last_error.eq(None::<String>),
                jobs::updated_at.eq(to_column(now)),
            ))
            .execute(db)
        })?;
        self.enqueued_jobs |= reset == 1;
        Ok(reset == 1)
    }

    /// As [`Tx::enqueue_again`], but a job with the same key that waits is brought forward to the new job's time and made as
    /// urgent, and one that is leased runs once more after the present run. False where it was as wanted already.
    pub fn nudge(&mut self, job: &NewJob, now: Timestamp) -> Result<bool, StoreError> {
        if self.enqueue_again(job, now)? {
            return Ok(true);
        }
        let key = || jobs::dedupe_key.eq(job.dedupe_key.as_deref());
        let urgent = self.run(|db| {
            diesel::update(
                jobs::table
                    .filter(key())
                    .filter(jobs::state.eq_any([READY, LEASED]))
                    .filter(jobs::priority.lt(job.priority)),
            )
            .set((
                jobs::priority.eq(job.priority),
                jobs::updated_at.eq(to_column(now)),
            ))
            .execute(db)
        })?;
        let forward = self.run(|db| {
            diesel::update(
                jobs::table
                    .filter(key())
                    .filter(jobs::state.eq(READY))
                    .filter(jobs::run_at.gt(to_column(job.run_at))),
            )
            .set((
                jobs::run_at.eq(to_column(job.run_at)),
                jobs::updated_at.eq(to_column(now)),
            ))
            .execute(db)
        })?;
        let again = self.run_again(job, now)?;
        let changed = urgent + forward + again > 0;
        self.enqueued_jobs |= changed;
        Ok(changed)
    }

    /// Sets the time of a leased job. Nobody reads it while the lease lasts; settling sees that it is not the one that
    /// was claimed. See [`Tx::complete_job`].
    fn run_again(&mut self, job: &NewJob, now: Timestamp) -> Result<usize, StoreError> {
        let leased = || {
            jobs::table
                .filter(jobs::dedupe_key.eq(job.dedupe_key.as_deref()))
                .filter(jobs::state.eq(LEASED))
        };
        let claimed: Option<NaiveDateTime> =
            self.run(|db| leased().select(jobs::run_at).first(db).optional())?;
        let Some(claimed) = claimed else {
            return Ok(0);
        };
        let another = claimed + chrono::Duration::microseconds(1);
        self.run(|db| {
            diesel::update(leased())
                .set((
                    jobs::run_at.eq(to_column(job.run_at).max(another)),
                    jobs::updated_at.eq(to_column(now)),
                ))
                .execute(db)
        })
    }

    /// What the job with this key was for is settled in another way: if it still waits for its time, it is done. True if
    /// it was so.
    pub fn retire_job(&mut self, dedupe_key: &str, now: Timestamp) -> Result<bool, StoreError> {
        let retired = self.run(|db| {
            diesel::update(
                jobs::table
                    .filter(jobs::dedupe_key.eq(dedupe_key))
                    .filter(jobs::state.eq(READY)),
            )
            .set((jobs::state.eq(DONE), jobs::updated_at.eq(to_column(now))))
            .execute(db)
        })?;
        Ok(retired == 1)
    }

    /// The work of the jobs about `subject` of these kinds passes to others: those that wait or are dead are done. Returns how
    /// many.
    pub fn retire_jobs(
        &mut self,
        kinds: &[&'static str],
        subject: &str,
        now: Timestamp,
    ) -> Result<usize, StoreError> {
        self.run(|db| {
            diesel::update(
                jobs::table
                    .filter(jobs::subject.eq(subject))
                    .filter(jobs::kind.eq_any(kinds))
                    .filter(jobs::state.eq_any([READY, DEAD])),
            )
            .set((jobs::state.eq(DONE), jobs::updated_at.eq(to_column(now))))
            .execute(db)
        })
    }

    /// An operator's second chance for a dead job: ready now, with all its attempts.
    ///
    /// # Errors
    /// Not found; a conflict if it is not dead.
    pub fn retry_job(&mut self, id: &JobId, now: Timestamp) -> Result<JobRow, StoreError> {
        let updated = self.run(|db| {
            diesel::update(jobs::table.find(id.as_str()).filter(jobs::state.eq(DEAD)))
                .set((
                    jobs::state.eq(READY),
                    jobs::attempts.eq(0),
                    jobs::run_at.eq(to_column(now)),
                    jobs::updated_at.eq(to_column(now)),
                ))
                .returning(jobs::all_columns)
                .get_result::<Raw>(db)
                .optional()
        })?;
        if let Some(raw) = updated {
            self.enqueued_jobs = true;
            return raw.try_into();
        }
        match self.job(id)? {
            None => Err(StoreError::not_found(format!("job {id}"))),
            Some(job) => Err(StoreError::Conflict(format!(
                "job {id} is {}: only a dead job can be retried",
                to_word(&job.state)?
            ))),
        }
    }
}
