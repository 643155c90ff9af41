//! The worker: takes jobs, each under a lease that it keeps alive, and settles them.
//!
//! [`Worker::step`] does one job and says what came of it; [`Worker::run`] is nothing but a few lanes of such steps, so
//! what tests and rehearsals drive step by step is what production runs. An assessment builds and runs for minutes: it
//! has a lane of its own, so that nobody's question waits for another's compiler. A job that failed in a way that time can
//! mend waits and is tried again, as does a regular one whatever it met; any other is dead at once, with its reason, until an
//! operator retries it.

mod outcome;
mod work;

use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration as StdDuration;

use chrono::Duration;
use futures_util::FutureExt as _;
use futures_util::future::{join, join_all};
use tokio::sync::watch;

pub use self::outcome::Outcome;
use self::work::work_sample;
use super::announce::note;
use super::jobs::{JobKind, backoff};
use super::roll::Roll;
use super::{Services, WorkflowError, assess, message_job, reconcile, team_roles};
use crate::clock::Timestamp;
use crate::store::{Among, JobRow, JobState, StoreError};
use crate::work_sample::{EventBody, key};

/// How long a job stays ours without a sign of life. A process that was killed is missed after this long, or at once by
/// workers on its own roll.
const LEASE: Duration = Duration::seconds(30);
/// Signs of life while a job runs.
const HEARTBEAT: StdDuration = StdDuration::from_secs(10);
/// Another process may have queued work, or time alone made some due: look at least this often.
const LOOK_AGAIN: StdDuration = StdDuration::from_secs(5);

/// Jobs done at the same time, assessments aside: most of the time they wait for GitHub, git or the disk.
const LANES: usize = 4;

/// So many writes in the queue mean that people or GitHub wait at the doors.
const CROWD: usize = 8;
/// A job then waits for so long, so often.
const YIELD: StdDuration = StdDuration::from_millis(20);
const YIELDS: u32 = 25;

/// The pause while GitHub is away; and at first where it answers oddly, for what is done again and again and never given up.
const AWAY_AGAIN: Duration = Duration::minutes(5);
/// The pause once its attempts are used up on odd answers.
const REGULAR_LATER: Duration = Duration::hours(1);

pub struct Worker {
    services: Arc<Services>,
    name: String,
    kinds: Vec<&'static str>,
    roll: Option<Roll>,
}

impl Worker {
    /// `name` tells this worker's leases from others'.
    pub fn new(services: Arc<Services>, name: impl Into<String>) -> Self {
        let kinds = JobKind::ALL
            .into_iter()
            .filter(|kind| *kind != JobKind::Assess || services.sandbox.is_some())
            .map(JobKind::name)
            .collect();
        Worker {
            services,
            name: name.into(),
            kinds,
            roll: None,
        }
    }

    /// Enters the roll in `folder`, and from now on takes over at once from those on it that are gone.
    pub fn on_the_roll(mut self, folder: &Path) -> std::io::Result<Self> {
        self.roll = Some(Roll::enter(folder, &self.name)?);
        Ok(self)
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// Works until `stop` turns true; finishes the jobs at hand first.
    pub async fn run(&self, stop: watch::Receiver<bool>) {
        self.call_the_roll().await;
        if let Err(error) = reconcile::wake(&self.services).await {
            tracing::error!(worker = self.name, %error, "missed webhooks cannot be asked for");
        }
        if let Err(error) = team_roles::wake(&self.services).await {
            tracing::error!(worker = self.name, %error, "could not queue the check of roles from teams");
        }
        let (long, short): (Vec<&'static str>, Vec<&'static str>) = self
            .kinds
            .iter()
            .partition(|kind| **kind == JobKind::Assess.name());
        // Nothing else is as urgent, so all else that waits is not looked at.
        let long = Among {
            kinds: long,
            at_least: JobKind::Assess.priority(),
            at_most: JobKind::Assess.priority(),
        };
        // A mail server that answers slowly keeps nothing else waiting.
        let (mail, short): (Vec<&'static str>, Vec<&'static str>) = short
            .into_iter()
            .partition(|kind| *kind == JobKind::Messages.name());
        let lanes = std::iter::repeat_n(Among::from(short.as_slice()), LANES)
            .chain([long, Among::from(mail.as_slice())])
            .filter(|among| !among.kinds.is_empty())
            .map(|among| self.lane(among, stop.clone()));
        join(join_all(lanes), self.keep_the_roll(stop.clone())).await;
    }

    async fn lane(&self, among: Among, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            self.let_others_write_first().await;
            let mut enqueued = self.services.store.jobs_enqueued();
            let pause = match self.step_among(&among).await {
                Ok(Outcome::Idle { next }) => self.until(next),
                Ok(_) => continue,
                Err(error) => {
                    tracing::error!(worker = self.name, %error, "the worker cannot take jobs");
                    LOOK_AGAIN
                }
            };
            tokio::select! {
                () = enqueued.notified() => {}
                () = tokio::time::sleep(pause) => {}
                _ = stop.changed() => {}
            }
        }
    }

    /// Somebody waits for an answer to what they write at the doors; for a job nobody does, so it goes behind them, though
    /// never for long.
    async fn let_others_write_first(&self) {
        let mut patience = YIELDS;
        while patience > 0 && self.services.store.waiting_writes() > CROWD {
            tokio::time::sleep(YIELD).await;
            patience -= 1;
        }
    }

    async fn keep_the_roll(&self, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            tokio::select! {
                () = tokio::time::sleep(LOOK_AGAIN) => self.call_the_roll().await,
                _ = stop.changed() => {}
            }
        }
    }

    async fn call_the_roll(&self) {
        if let Some(roll) = &self.roll {
            roll.call(&self.services).await;
        }
    }

    fn until(&self, next: Option<Timestamp>) -> StdDuration {
        next.and_then(|at| (at - self.services.now()).to_std().ok())
            .unwrap_or(LOOK_AGAIN)
            .min(LOOK_AGAIN)
    }

    /// Steps until nothing is due any more; returns what was done.
    pub async fn drain(&self) -> Result<Vec<Outcome>, WorkflowError> {
        let mut done = Vec::new();
        loop {
            match self.step().await? {
                Outcome::Idle { .. } => return Ok(done),
                outcome => done.push(outcome),
            }
        }
    }

    /// Takes the most urgent job that is due, does it, and settles it.
    pub async fn step(&self) -> Result<Outcome, WorkflowError> {
        self.step_among(&self.kinds.as_slice().into()).await
    }

    async fn step_among(&self, among: &Among) -> Result<Outcome, WorkflowError> {
        let store = &self.services.store;
        let now = self.services.now();
        let claimed = store
            .claim_job(&self.name, among.clone(), now, LEASE)
            .await?;
        let Some(job) = claimed else {
            let among = among.clone();
            let next = store.read(move |tx| tx.next_run_at(among.clone())).await?;
            return Ok(Outcome::Idle { next });
        };
        let Some(kind) = JobKind::named(&job.kind) else {
            return self
                .bury(&job, JobKind::Intake, "unknown kind of job".into())
                .await;
        };
        if job.is_given_up() {
            let reason = format!("given_up: {}", job.last_error.as_deref().unwrap_or("none"));
            return self.bury(&job, kind, reason).await;
        }
        let subject = job.subject.clone();
        tracing::debug!(job = %job.id, kind = kind.name(), subject, attempt = job.attempts, "took a job");
        match self.do_alive(&job, kind).await {
            Ok(again_at) => {
                let now = self.services.now();
                store
                    .write(move |tx| match again_at {
                        None => tx.complete_job(&job, now),
                        Some(at) => tx.rearm_job(&job, (at, kind.priority()), now),
                    })
                    .await?;
                Ok(Outcome::Done { kind, subject })
            }
            Err(error) => self.settle_failed(&job, kind, error).await,
        }
    }

    /// Does the job while renewing its lease; says when it is to be done again, if ever.
    async fn do_alive(
        &self,
        job: &JobRow,
        kind: JobKind,
    ) -> Result<Option<Timestamp>, WorkflowError> {
        // A bug that one job meets must not take the lanes with it. What the job held is gone; what it shares is the store,
        // whose writes are whole or not at all, and services that keep no half-done state.
        let work = AssertUnwindSafe(work::work(&self.services, kind, job)).catch_unwind();
        tokio::pin!(work);
        loop {
            tokio::select! {
                done = &mut work => return done.unwrap_or(Err(WorkflowError::Panicked)),
                () = tokio::time::sleep(HEARTBEAT) => {
                    let (claimed, now) = (job.clone(), self.services.now());
                    let renewed = self
                        .services
                        .store
                        .write(move |tx| tx.extend_lease(&claimed, now, LEASE))
                        .await;
                    if let Err(error) = renewed {
                        tracing::warn!(job = %job.id, %error, "the lease could not be renewed");
                    }
                }
            }
        }
    }

    async fn settle_failed(
        &self,
        job: &JobRow,
        kind: JobKind,
        error: WorkflowError,
    ) -> Result<Outcome, WorkflowError> {
        let reason = format!("{}: {error}", error.code());
        let now = self.services.now();
        if let WorkflowError::Later { until, .. } = error {
            tracing::info!(job = %job.id, kind = kind.name(), reason, %until, "a job waits for its time");
            return self.put_off(job, kind, reason, until).await;
        }
        let asked = error.not_before(now);
        let regular = (kind.is_regular() && error.is_transient()).then(|| now + AWAY_AGAIN);
        if let Some(until) = asked.or(regular) {
            let paced = matches!(error, WorkflowError::Waits { .. });
            return self.wait(job, kind, (reason, paced), until).await;
        }
        // A regular job did the same before, and went well: one odd answer says little.
        let pause = match kind.is_regular() {
            true => Some(AWAY_AGAIN),
            false => {
                (error.is_transient() || kind.gives_up_by_itself()).then(|| backoff(job.attempts))
            }
        };
        let is_last = job.attempts >= job.max_attempts;
        if kind.is_regular() && is_last && !matches!(error, WorkflowError::Panicked) {
            let later = now + REGULAR_LATER;
            return self.wait(job, kind, (reason, false), later).await;
        }
        // An outage uses up half of the attempts: what comes after it, or a process that dies, has the others.
        let has_half = 2 * job.attempts >= job.max_attempts;
        if has_half && error.is_outage(now - job.created_at) {
            let again = now + AWAY_AGAIN;
            return self.wait(job, kind, (reason, false), again).await;
        }
        let Some(pause) = pause.filter(|_| !is_last) else {
            return self.bury(job, kind, reason).await;
        };
        let until = now + pause;
        tracing::warn!(job = %job.id, kind = kind.name(), reason, %until, "a job will be tried again");
        self.fail(job, &reason, Some(until)).await?;
        Ok(Outcome::Postponed {
            kind,
            subject: job.subject.clone(),
            error: reason,
            until,
        })
    }

    /// GitHub's limits and outages, a clock that is off, an App that is suspended: not the job's fault, so the attempt does not
    /// count.
    async fn wait(
        &self,
        job: &JobRow,
        kind: JobKind,
        (reason, paced): (String, bool),
        until: Timestamp,
    ) -> Result<Outcome, WorkflowError> {
        if paced {
            tracing::debug!(job = %job.id, kind = kind.name(), reason, %until, "a job waits for its turn");
        } else {
            tracing::warn!(job = %job.id, kind = kind.name(), reason, %until, "a job waits for GitHub");
        }
        let postponed = self.put_off(job, kind, reason.clone(), until).await?;
        let subject = job.subject.clone();
        Ok(match paced {
            false => postponed,
            true => Outcome::Paced {
                kind,
                subject,
                why: reason,
                until,
            },
        })
    }

    /// The attempt does not count.
    async fn put_off(
        &self,
        job: &JobRow,
        kind: JobKind,
        reason: String,
        until: Timestamp,
    ) -> Result<Outcome, WorkflowError> {
        let (claimed, why, now) = (job.clone(), reason.clone(), self.services.now());
        self.services
            .store
            .write(move |tx| tx.postpone_job(&claimed, &why, until, now))
            .await?;
        Ok(Outcome::Postponed {
            kind,
            subject: job.subject.clone(),
            error: reason,
            until,
        })
    }

    async fn bury(
        &self,
        job: &JobRow,
        kind: JobKind,
        reason: String,
    ) -> Result<Outcome, WorkflowError> {
        if self.fail(job, &reason, None).await? == JobState::Ready {
            // Somebody asked for it again meanwhile.
            return Ok(Outcome::Postponed {
                kind,
                subject: job.subject.clone(),
                error: reason,
                until: self.services.now(),
            });
        }
        tracing::error!(job = %job.id, kind = job.kind, reason, "a job is dead until an operator retries it");
        if kind == JobKind::Assess
            && let Ok(id) = work_sample(&job.subject)
        {
            let code = reason.split(':').next().unwrap_or_default();
            assess::given_up(&self.services, &id, code).await?;
        }
        if matches!(
            kind,
            JobKind::Provision | JobKind::Invite | JobKind::End | JobKind::RecordDelivery
        ) && let Ok(id) = work_sample(&job.subject)
        {
            let step = kind.name().to_owned();
            let (known, _) = super::show::work_sample(&self.services, &id).await?;
            let key = key::stuck(&step, known.stuck.len() + 1);
            note(
                &self.services,
                &id,
                key,
                EventBody::Stuck {
                    step,
                    reason: reason.clone(),
                },
            )
            .await?;
        }
        Ok(Outcome::Dead {
            kind,
            subject: job.subject.clone(),
            error: reason,
        })
    }

    async fn fail(
        &self,
        job: &JobRow,
        reason: &str,
        retry_at: Option<Timestamp>,
    ) -> Result<JobState, StoreError> {
        let (claimed, reason) = (job.clone(), reason.to_owned());
        let now = self.services.now();
        self.services
            .store
            .write(move |tx| {
                let state = tx.fail_job(&claimed, &reason, retry_at, now)?;
                if state == JobState::Dead {
                    message_job::ask_about_dead(tx, &claimed, now)?;
                }
                Ok(state)
            })
            .await
    }
}
