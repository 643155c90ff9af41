//! The only place that reads the time of day. Everything else is handed a [`Clock`], so that a run can be replayed and
//! simulated days can pass in seconds.

use std::sync::Arc;
use std::sync::Mutex;

use chrono::{DateTime, Duration, SubsecRound, Utc};

/// A moment in UTC, never finer than a microsecond (PostgreSQL keeps no more).
pub type Timestamp = DateTime<Utc>;

/// Tells the time.
pub trait Clock: Send + Sync + 'static {
    /// The present moment, truncated to microseconds.
    fn now(&self) -> Timestamp;
}

pub type SharedClock = Arc<dyn Clock>;

/// The clock of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that may read the time"
    )]
    fn now(&self) -> Timestamp {
        Utc::now().trunc_subsecs(6)
    }
}

/// A clock that stands still until it is moved. Rehearsals and tests share one between service and stand-in.
#[derive(Debug)]
pub struct SimulatedClock(Mutex<Timestamp>);

impl SimulatedClock {
    pub fn starting_at(start: Timestamp) -> Arc<Self> {
        Arc::new(SimulatedClock(Mutex::new(start.trunc_subsecs(6))))
    }

    /// Moves the clock forward by `by`; a negative duration is ignored, for time does not run back.
    pub fn advance(&self, by: Duration) {
        let mut now = self.lock();
        if by > Duration::zero() {
            *now += by;
        }
    }

    /// Moves the clock to `to` if that lies ahead.
    pub fn advance_to(&self, to: Timestamp) {
        let mut now = self.lock();
        if to > *now {
            *now = to.trunc_subsecs(6);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Timestamp> {
        // A poisoned clock still holds a whole timestamp.
        self.0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Clock for SimulatedClock {
    fn now(&self) -> Timestamp {
        *self.lock()
    }
}

/// `2026-03-02 09:30 UTC`, as people read times in reports and messages.
pub fn for_people(at: Timestamp) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}

/// `2026-03-02 09:30:07 UTC`, where a minute is too coarse.
pub fn to_the_second(at: Timestamp) -> String {
    at.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// `2 d 4 h`, `45 min`: a span of time for people, in its two largest units.
pub fn span_for_people(span: Duration) -> String {
    let minutes = span.num_minutes().max(0);
    let (days, hours, rest) = (minutes / 1440, minutes / 60 % 24, minutes % 60);
    match (days, hours, rest) {
        (0, 0, m) => format!("{m} min"),
        (0, h, 0) => format!("{h} h"),
        (0, h, m) => format!("{h} h {m} min"),
        (d, 0, _) => format!("{d} d"),
        (d, h, _) => format!("{d} d {h} h"),
    }
}

/// `day`, `3 days`, `36 h`: as it stands behind "every".
pub fn cadence_for_people(span: Duration) -> String {
    let (hours, minutes) = (span.num_hours(), span.num_minutes());
    match (hours / 24, hours % 24, minutes % 60) {
        (1, 0, 0) => "day".to_owned(),
        (days, 0, 0) if days > 1 => format!("{days} days"),
        (0, 1, 0) => "hour".to_owned(),
        _ => span_for_people(span),
    }
}
