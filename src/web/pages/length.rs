//! How long it is from one moment to another, in words.

use chrono::Duration;

use crate::clock::Timestamp;

/// `2 days 4 hours`: the two largest units, rounded down; "less than a minute" for less.
pub(super) fn length(from: Timestamp, until: Timestamp) -> String {
    let length = (until - from).max(Duration::zero());
    let (days, hours, minutes) = (
        length.num_days(),
        length.num_hours() % 24,
        length.num_minutes() % 60,
    );
    let count = |number: i64, unit: &str| match number {
        1 => format!("1 {unit}"),
        _ => format!("{number} {unit}s"),
    };
    match (days, hours, minutes) {
        (0, 0, 0) => "less than a minute".to_owned(),
        (0, 0, minutes) => count(minutes, "minute"),
        (0, hours, 0) => count(hours, "hour"),
        (0, hours, minutes) => format!("{} {}", count(hours, "hour"), count(minutes, "minute")),
        (days, 0, _) => count(days, "day"),
        (days, hours, _) => format!("{} {}", count(days, "day"), count(hours, "hour")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_names_its_two_largest_units() {
        let from: Timestamp = "2026-03-02T09:00:00Z".parse().unwrap();
        for (minutes, words) in [
            (-5, "less than a minute"),
            (0, "less than a minute"),
            (1, "1 minute"),
            (61, "1 hour 1 minute"),
            (120, "2 hours"),
            (24 * 60 + 59, "1 day"),
            (49 * 60, "2 days 1 hour"),
        ] {
            assert_eq!(length(from, from + Duration::minutes(minutes)), words);
        }
    }
}
