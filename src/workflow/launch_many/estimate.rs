//! How long GitHub's limits make many acceptances take.

use chrono::Duration;

use crate::github::Limits;

/// Calls that create content, for one candidate: repository, invitation, kickoff issue.
pub const CALLS_A_CANDIDATE: u32 = 3;

/// How fast content may be created.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Content-creating calls a minute, at least 1.
    pub per_minute: u32,
    /// Content-creating calls an hour, at least 1.
    pub per_hour: u32,
}

impl Pace {
    /// How fast the governor lets bulk work create under `limits`: a spacing between two writes and one more between two
    /// candidates, and of an hour what is not kept back for people.
    pub fn under(limits: &Limits) -> Pace {
        let calls = u64::from(CALLS_A_CANDIDATE);
        let spacing = u64::try_from(limits.spacing.num_milliseconds()).unwrap_or(0);
        let spaced = (60_000 * calls)
            .checked_div((calls + 1) * spacing)
            .map_or(u32::MAX, |calls| u32::try_from(calls).unwrap_or(u32::MAX));
        let most = |calls: usize| u32::try_from(calls).unwrap_or(u32::MAX);
        Pace {
            per_minute: spaced.min(most(limits.creates_a_minute)).max(1),
            per_hour: most(
                limits
                    .creates_an_hour
                    .saturating_sub(limits.reserved_an_hour),
            )
            .max(1),
        }
    }

    /// How long `calls` take from the first to the last if all of them wait at once and nothing else is under way. Each hour
    /// takes its share at full speed, then waits for the next.
    pub fn time_for(self, calls: u32) -> Duration {
        let per_minute = self.per_minute.max(1);
        // A slow pace never comes to an hour's limit.
        let per_hour = self.per_hour.clamp(1, per_minute.saturating_mul(60));
        let whole_hours = calls.saturating_sub(1) / per_hour;
        let rest = calls - whole_hours * per_hour;
        let seconds = (u64::from(rest) * 60).div_ceil(u64::from(per_minute));
        Duration::hours(i64::from(whole_hours))
            + Duration::seconds(i64::try_from(seconds).unwrap_or(i64::MAX / 2))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::clock::Timestamp;
    use crate::github::{Ask, Budget, Urgency, Verdict, Writes};

    #[test]
    fn forty_candidates_take_three_minutes_and_a_thousand_more_than_six_hours() {
        let pace = Pace::under(&Limits::GITHUB);
        assert_eq!((pace.per_minute, pace.per_hour), (45, 485));
        let seconds = |candidates: u32| pace.time_for(candidates * CALLS_A_CANDIDATE).num_seconds();
        assert_eq!(seconds(0), 0);
        assert_eq!(seconds(40), 160);
        assert_eq!(seconds(161), 644, "the last whose calls fit into one hour");
        assert_eq!(seconds(162), 3600 + 2);
        assert_eq!(seconds(1000), 6 * 3600 + 120);
    }

    #[test]
    fn where_there_are_no_limits_nothing_takes_time() {
        let pace = Pace::under(&Limits::NONE);
        assert_eq!(pace.time_for(30_000), Duration::seconds(1));
    }

    /// When the last of `candidates` who all accept at once gets their third call through.
    fn governed(limits: &Limits, candidates: u32) -> Duration {
        let start = Timestamp::UNIX_EPOCH + Duration::days(20_000);
        let mut budget = Budget::default();
        let mut due: BTreeSet<(Timestamp, u32, u32)> = (0..candidates)
            .map(|one| (start, one, CALLS_A_CANDIDATE))
            .collect();
        let mut last = start;
        while let Some((at, one, left)) = due.pop_first() {
            let ask = Ask {
                holder: one.to_string(),
                process: "one".to_owned(),
                urgency: Urgency::Bulk,
                reads: 0,
                writes: Writes::Creates { then: left - 1 },
            };
            match budget.ask(limits, &ask, at) {
                Verdict::Go => {
                    last = at;
                    due.extend((left > 1).then_some((at, one, left - 1)));
                }
                Verdict::Wait { until, .. } => {
                    due.insert((until, one, left));
                }
            }
        }
        last - start
    }

    #[test]
    fn the_estimate_is_what_the_governor_takes() {
        let slow = Limits {
            spacing: Duration::milliseconds(2500),
            creates_an_hour: 100,
            reserved_an_hour: 10,
            ..Limits::GITHUB
        };
        for limits in [Limits::GITHUB, slow] {
            for candidates in [1, 2, 40, 161, 162, 200, 330] {
                let estimate = Pace::under(&limits).time_for(candidates * CALLS_A_CANDIDATE);
                let real = governed(&limits, candidates);
                let apart = estimate - real;
                assert!(
                    apart >= Duration::zero() && apart <= Duration::seconds(10),
                    "{candidates} take {real}, not {estimate}"
                );
            }
        }
    }

    #[test]
    fn a_pace_too_slow_for_the_hours_limit_takes_longer_with_each_call() {
        let slow = Pace {
            per_minute: 1,
            per_hour: 289,
        };
        assert_eq!(slow.time_for(2890), Duration::minutes(2890));
        assert_eq!(slow.time_for(2891), Duration::minutes(2891));
    }

    proptest! {
        #[test]
        fn within_any_estimate_no_limit_is_broken(calls in 1_u32..40_000, per_minute in 1_u32..100, per_hour in 1_u32..600) {
            let pace = Pace { per_minute, per_hour };
            let time = pace.time_for(calls);
            let hours = time.num_hours() + 1;
            prop_assert!(i64::from(calls) <= hours * i64::from(per_hour));
            prop_assert!(time >= pace.time_for(calls - 1), "more calls take no less");
            prop_assert!(time.num_seconds() * i64::from(per_minute) >= (i64::from(calls) - i64::from(per_hour) * time.num_hours()) * 60 - 59);
        }
    }
}
