//! Spans of time as scripts write them: `2h 30m`, `5d`, and backwards `-3d`.

use std::fmt;
use std::str::FromStr;

use chrono::Duration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

const MINUTES: [(char, u32); 3] = [('d', 24 * 60), ('h', 60), ('m', 1)];
/// A hundred years: more is a slip of the pen.
const MAX_MINUTES: u32 = 100 * 366 * 24 * 60;

/// A span of days, hours and minutes, such as `2h 30m`; never negative.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Span {
    minutes: u32,
}

/// A span forward, or with a leading `-` backward.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Offset {
    back: bool,
    span: Span,
}

/// A text that is no span of time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no span of time: write days, hours and minutes, such as `2h 30m` or `5d`")]
pub struct InvalidSpan(String);

impl Span {
    pub fn of_minutes(minutes: u32) -> Span {
        Span {
            minutes: minutes.min(MAX_MINUTES),
        }
    }

    pub fn to_duration(self) -> Duration {
        Duration::minutes(self.minutes.into())
    }
}

impl Offset {
    pub fn to_duration(self) -> Duration {
        if self.back {
            -self.span.to_duration()
        } else {
            self.span.to_duration()
        }
    }
}

impl FromStr for Span {
    type Err = InvalidSpan;

    fn from_str(text: &str) -> Result<Span, InvalidSpan> {
        let invalid = || InvalidSpan(text.chars().take(40).collect());
        let mut minutes = 0_u32;
        for word in text.split_whitespace() {
            let unit = word.chars().next_back().ok_or_else(invalid)?;
            let count = &word[..word.len() - unit.len_utf8()];
            let (_, each) = MINUTES
                .iter()
                .find(|(name, _)| *name == unit)
                .ok_or_else(invalid)?;
            if count.is_empty() || !count.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(invalid());
            }
            let count: u32 = count.parse().map_err(|_| invalid())?;
            minutes = count
                .checked_mul(*each)
                .and_then(|more| minutes.checked_add(more))
                .filter(|all| *all <= MAX_MINUTES)
                .ok_or_else(invalid)?;
        }
        if text.trim().is_empty() {
            Err(invalid())
        } else {
            Ok(Span { minutes })
        }
    }
}

impl FromStr for Offset {
    type Err = InvalidSpan;

    fn from_str(text: &str) -> Result<Offset, InvalidSpan> {
        let trimmed = text.trim();
        let (back, span) = match trimmed.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, trimmed.strip_prefix('+').unwrap_or(trimmed)),
        };
        Ok(Offset {
            back,
            span: span.parse()?,
        })
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut left = self.minutes;
        let mut words = Vec::new();
        for (unit, each) in MINUTES {
            if left >= each {
                words.push(format!("{}{unit}", left / each));
                left %= each;
            }
        }
        if words.is_empty() {
            f.write_str("0m")
        } else {
            f.write_str(&words.join(" "))
        }
    }
}

impl fmt::Display for Offset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.back {
            write!(f, "-{}", self.span)
        } else {
            self.span.fmt(f)
        }
    }
}

macro_rules! by_text {
    ($name:ident) => {
        impl TryFrom<String> for $name {
            type Error = InvalidSpan;
            fn try_from(text: String) -> Result<$name, InvalidSpan> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> String {
                value.to_string()
            }
        }
    };
}

by_text!(Span);
by_text!(Offset);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spans_are_read_in_days_hours_and_minutes() {
        assert_eq!(
            "2h 30m".parse::<Span>().unwrap().to_duration(),
            Duration::minutes(150)
        );
        assert_eq!(
            "5d".parse::<Span>().unwrap().to_duration(),
            Duration::days(5)
        );
        assert_eq!(
            "-3d".parse::<Offset>().unwrap().to_duration(),
            Duration::days(-3)
        );
        for bad in [
            "",
            "2",
            "h",
            "2x",
            "-2h",
            "2 h",
            "1.5h",
            "9999999999d",
            "999999d",
            "2é",
        ] {
            assert!(bad.parse::<Span>().is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn a_span_survives_the_way_through_text(minutes in 0_u32..MAX_MINUTES) {
            let span = Span::of_minutes(minutes);
            prop_assert_eq!(span.to_string().parse::<Span>().unwrap(), span);
        }
    }
}
