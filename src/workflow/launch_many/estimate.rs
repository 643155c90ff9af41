//! How long GitHub's limits make many acceptances take.

use chrono::Duration;

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
    /// GitHub documents 80 a minute and 500 an hour. Writes are spaced by a second, and between two candidates there is room
    /// for an answer to a person: three calls in four seconds, 45 a minute. 20 an hour are kept back for such answers.
    pub const GITHUB: Pace = Pace {
        per_minute: 45,
        per_hour: 480,
    };

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
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn forty_candidates_take_three_minutes_and_a_thousand_more_than_six_hours() {
        let seconds = |candidates: u32| {
            let calls = candidates * CALLS_A_CANDIDATE;
            Pace::GITHUB.time_for(calls).num_seconds()
        };
        assert_eq!(seconds(0), 0);
        assert_eq!(seconds(40), 160);
        assert_eq!(seconds(160), 640, "the last whose calls fit into one hour");
        assert_eq!(seconds(161), 3600 + 4);
        assert_eq!(seconds(1000), 6 * 3600 + 160);
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
