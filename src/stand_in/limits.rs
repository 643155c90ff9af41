//! GitHub's limits on how much one account asks for, counted by the clock that is passed in.
//! Source of the figures: docs.github.com, "Rate limits for the REST API".

use std::collections::{HashMap, VecDeque};

use crate::clock::Timestamp;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
/// What GitHub asks to wait where no end is in sight, in seconds.
const A_WHILE: u64 = 60;

/// How much one person, App or installation may ask for. [`Limits::GITHUB`] is the default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Primary limit of a person, an App or an installation.
    pub requests_an_hour: u64,
    /// Primary limit of those who do not say who they are, all together.
    pub anonymous_requests_an_hour: u64,
    /// Secondary: a request that reads is one point, one that writes is five.
    pub points_a_minute: u64,
    /// Secondary: requests by POST or PUT that make something others see.
    pub creations_a_minute: u64,
    pub creations_an_hour: u64,
    /// Secondary: requests under way at once.
    pub concurrent: u64,
}

impl Limits {
    pub const GITHUB: Limits = Limits {
        requests_an_hour: 5000,
        anonymous_requests_an_hour: 60,
        points_a_minute: 900,
        creations_a_minute: 80,
        creations_an_hour: 500,
        concurrent: 100,
    };

    /// For tests that are about something else.
    pub const NONE: Limits = Limits {
        requests_an_hour: u64::MAX,
        anonymous_requests_an_hour: u64::MAX,
        points_a_minute: u64::MAX,
        creations_a_minute: u64::MAX,
        creations_an_hour: u64::MAX,
        concurrent: u64::MAX,
    };
}

impl Default for Limits {
    fn default() -> Self {
        Limits::GITHUB
    }
}

/// Who is counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Who {
    Anonymous,
    /// With a token that opens nothing; not limited.
    Stranger,
    User(u64),
    Installation(u64),
    App(u64),
}

/// What a request weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Weight {
    pub points: u64,
    pub creates: bool,
}

/// The limit a request would go beyond. `wait` is in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Over {
    Hourly,
    Points { wait: u64 },
    Creations { wait: u64 },
    Concurrent { wait: u64 },
}

/// What is left of the primary limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Quota {
    pub limit: u64,
    pub used: u64,
    /// When it is whole again, in seconds since 1970.
    pub reset: i64,
}

/// What everybody has used.
#[derive(Debug)]
pub(super) struct Meter {
    limits: Limits,
    used: HashMap<Who, Used>,
    pub refused: u64,
}

#[derive(Debug, Default)]
struct Used {
    /// When the hour is over, in milliseconds since 1970.
    reset: i64,
    requests: u64,
    /// When, in milliseconds, and how many.
    points: VecDeque<(i64, u64)>,
    creations: VecDeque<i64>,
    under_way: u64,
}

impl Meter {
    pub(super) fn new(limits: Limits) -> Self {
        Meter {
            limits,
            used: HashMap::new(),
            refused: 0,
        }
    }

    /// Takes a request in, or says which limit it would break. What was taken in must be given back to [`Meter::done`].
    pub(super) fn admit(&mut self, who: Who, weight: Weight, now: Timestamp) -> Result<(), Over> {
        let limits = match who {
            Who::Stranger => Limits::NONE,
            _ => self.limits,
        };
        let most = self.hourly(who);
        let now = now.timestamp_millis();
        let used = self.fresh(who, now);
        let outcome = if used.requests >= most {
            Err(Over::Hourly)
        } else if used.under_way >= limits.concurrent {
            Err(Over::Concurrent { wait: A_WHILE })
        } else {
            used.admit(limits, weight, now)
        };
        if outcome.is_err() {
            self.refused += 1;
        }
        outcome
    }

    pub(super) fn done(&mut self, who: Who) {
        if let Some(used) = self.used.get_mut(&who) {
            used.under_way = used.under_way.saturating_sub(1);
        }
    }

    /// An answer that nothing changed does not count against the primary limit.
    pub(super) fn give_back(&mut self, who: Who) {
        if let Some(used) = self.used.get_mut(&who) {
            used.requests = used.requests.saturating_sub(1);
        }
    }

    pub(super) fn quota(&mut self, who: Who, now: Timestamp) -> Quota {
        let limit = self.hourly(who);
        let used = self.fresh(who, now.timestamp_millis());
        Quota {
            limit,
            used: used.requests.min(limit),
            reset: used.reset.div_euclid(1000),
        }
    }

    fn hourly(&self, who: Who) -> u64 {
        match who {
            Who::Anonymous => self.limits.anonymous_requests_an_hour,
            Who::Stranger => u64::MAX,
            Who::User(_) | Who::Installation(_) | Who::App(_) => self.limits.requests_an_hour,
        }
    }

    fn fresh(&mut self, who: Who, now: i64) -> &mut Used {
        let used = self.used.entry(who).or_default();
        if used.reset <= now {
            used.reset = now + HOUR;
            used.requests = 0;
        }
        used
    }
}

impl Used {
    fn admit(&mut self, limits: Limits, weight: Weight, now: i64) -> Result<(), Over> {
        while self
            .points
            .front()
            .is_some_and(|(at, _)| at + MINUTE <= now)
        {
            self.points.pop_front();
        }
        while self.creations.front().is_some_and(|at| at + HOUR <= now) {
            self.creations.pop_front();
        }
        let spent: u64 = self.points.iter().map(|(_, points)| points).sum();
        if spent.saturating_add(weight.points) > limits.points_a_minute {
            let first = self.points.front().map_or(now, |(at, _)| *at);
            let wait = seconds_until(first + MINUTE, now);
            return Err(Over::Points { wait });
        }
        if weight.creates {
            for (most, window) in [
                (limits.creations_an_hour, HOUR),
                (limits.creations_a_minute, MINUTE),
            ] {
                let within = || self.creations.iter().filter(|at| **at + window > now);
                if within().count() as u64 >= most {
                    let first = within().next().map_or(now, |at| *at);
                    let wait = seconds_until(first + window, now);
                    return Err(Over::Creations { wait });
                }
            }
            self.creations.push_back(now);
        }
        self.points.push_back((now, weight.points));
        self.requests += 1;
        self.under_way += 1;
        Ok(())
    }
}

fn seconds_until(then: i64, now: i64) -> u64 {
    u64::try_from((then - now).div_euclid(1000) + 1).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::Duration;
    use proptest::prelude::*;

    const READ: Weight = Weight {
        points: 1,
        creates: false,
    };
    const WRITE: Weight = Weight {
        points: 5,
        creates: true,
    };

    fn start() -> Timestamp {
        "2026-03-02T09:00:00Z".parse().unwrap()
    }

    #[test]
    fn the_eighty_first_creation_within_a_minute_is_refused_until_the_first_is_a_minute_old() {
        let mut meter = Meter::new(Limits::GITHUB);
        let who = Who::User(1);
        for second in 0..80 {
            let now = start() + Duration::milliseconds(second * 500);
            meter.admit(who, WRITE, now).unwrap();
            meter.done(who);
        }
        let now = start() + Duration::seconds(41);
        let Err(Over::Creations { wait }) = meter.admit(who, WRITE, now) else {
            panic!("refused")
        };
        assert_eq!(wait, 20);
        assert_eq!(meter.admit(who, READ, now), Ok(()));
        let later = now + Duration::seconds(i64::try_from(wait).unwrap());
        assert_eq!(meter.admit(who, WRITE, later), Ok(()));
        assert_eq!(meter.refused, 1);
    }

    #[test]
    fn somebody_elses_use_is_not_counted_and_what_is_done_makes_room() {
        let mut meter = Meter::new(Limits {
            concurrent: 1,
            ..Limits::GITHUB
        });
        assert_eq!(meter.admit(Who::User(1), READ, start()), Ok(()));
        assert_eq!(meter.admit(Who::Installation(1), READ, start()), Ok(()));
        assert_eq!(
            meter.admit(Who::User(1), READ, start()),
            Err(Over::Concurrent { wait: 60 })
        );
        meter.done(Who::User(1));
        assert_eq!(meter.admit(Who::User(1), READ, start()), Ok(()));
    }

    proptest! {
        /// Whoever waits as long as they are told is let in, and no window ever holds more than it may.
        #[test]
        fn waiting_as_long_as_told_always_helps(gaps in prop::collection::vec(0_i64..4_000, 1..900)) {
            let mut meter = Meter::new(Limits::GITHUB);
            let who = Who::Installation(7);
            let mut now = start();
            let mut let_in = Vec::new();
            for gap in gaps {
                now += Duration::milliseconds(gap);
                let mut tries = 0;
                while let Err(over) = meter.admit(who, WRITE, now) {
                    let wait = match over {
                        Over::Creations { wait } | Over::Points { wait } | Over::Concurrent { wait } => wait,
                        Over::Hourly => panic!("below the hourly limit"),
                    };
                    now += Duration::seconds(i64::try_from(wait).unwrap());
                    tries += 1;
                    prop_assert!(tries <= 2, "a minute and an hour at most");
                }
                meter.done(who);
                let_in.push(now);
            }
            for at in &let_in {
                let within = |window| let_in.iter().filter(|other| **other <= *at && *at - **other < window).count();
                prop_assert!(within(Duration::minutes(1)) <= 80);
                prop_assert!(within(Duration::hours(1)) <= 500);
            }
        }
    }
}
