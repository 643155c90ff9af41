//! Answer hours: when a person of the team answers, and until when an answer is promised.
//!
//! The promise counts hours in which somebody who answers has answer hours and no day off, each in their own zone. Pure; the
//! zones' rules are those of chrono-tz.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use chrono::{Datelike as _, Days, Duration, NaiveDate, NaiveTime, TimeZone as _, Weekday};
use chrono_tz::Tz;

use crate::clock::Timestamp;

/// So many days are looked ahead for somebody who answers.
const LONGEST_SEARCH_DAYS: u64 = 400;

/// Minutes of a whole day.
const DAY: u16 = 24 * 60;

const WEEK: [(Weekday, &str); 7] = [
    (Weekday::Mon, "mon"),
    (Weekday::Tue, "tue"),
    (Weekday::Wed, "wed"),
    (Weekday::Thu, "thu"),
    (Weekday::Fri, "fri"),
    (Weekday::Sat, "sat"),
    (Weekday::Sun, "sun"),
];

/// Hours of the week, such as `mon-fri 09:00-17:00` or `mon-thu 09:00-12:00, mon-thu 13:00-17:00, fri 09:00-13:00`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerHours {
    text: String,
    /// For each day from Monday: from and to, in minutes of the day.
    days: [Vec<(u16, u16)>; 7],
}

/// A text that does not say answer hours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` does not say answer hours: {why}")]
pub struct InvalidHours {
    text: String,
    why: String,
}

impl FromStr for AnswerHours {
    type Err = InvalidHours;

    fn from_str(text: &str) -> Result<Self, InvalidHours> {
        let refused = |why: String| InvalidHours {
            text: text.chars().take(80).collect(),
            why,
        };
        let mut days: [Vec<(u16, u16)>; 7] = Default::default();
        for part in text.split(',').map(str::trim) {
            let (on, times) = part.split_once(char::is_whitespace).ok_or_else(|| {
                refused("each part has days and times, as in `mon-fri 09:00-17:00`".to_owned())
            })?;
            let (from, to) = span(times.trim()).map_err(refused)?;
            for day in days_of(on).map_err(refused)? {
                if let Some(spans) = days.get_mut(day) {
                    spans.push((from, to));
                }
            }
        }
        for spans in &mut days {
            spans.sort_unstable();
        }
        Ok(AnswerHours {
            text: text.trim().to_owned(),
            days,
        })
    }
}

impl fmt::Display for AnswerHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The days that `mon` or `mon-fri` names, counted from Monday.
fn days_of(text: &str) -> Result<Vec<usize>, String> {
    let day = |name: &str| {
        WEEK.iter()
            .position(|(_, known)| known.eq_ignore_ascii_case(name))
            .ok_or_else(|| {
                format!("`{name}` is not a day: use mon, tue, wed, thu, fri, sat or sun")
            })
    };
    match text.split_once('-') {
        None => Ok(vec![day(text)?]),
        Some((from, to)) => {
            let (from, to) = (day(from)?, day(to)?);
            // `fri-mon` goes over the weekend.
            let length = (to + 7 - from) % 7;
            Ok((0..=length).map(|step| (from + step) % 7).collect())
        }
    }
}

fn span(text: &str) -> Result<(u16, u16), String> {
    let (from, to) = text
        .split_once('-')
        .ok_or_else(|| format!("`{text}` is not a span of times, as in `09:00-17:00`"))?;
    let (from, to) = (minute(from.trim())?, minute(to.trim())?);
    if from < to {
        Ok((from, to))
    } else {
        Err(format!("`{text}` ends before it begins"))
    }
}

fn minute(text: &str) -> Result<u16, String> {
    let odd = || format!("`{text}` is not a time of the day, as in `09:00`");
    let (hour, minute) = text.split_once(':').ok_or_else(odd)?;
    let is_number = |text: &str| {
        text.len() <= 2 && !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
    };
    if !is_number(hour) || minute.len() != 2 || !is_number(minute) {
        return Err(odd());
    }
    let (hour, minute): (u16, u16) = (
        hour.parse().map_err(|_| odd())?,
        minute.parse().map_err(|_| odd())?,
    );
    match hour * 60 + minute {
        at if minute < 60 && at <= DAY => Ok(at),
        _ => Err(odd()),
    }
}

/// When one person answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Availability {
    pub zone: Tz,
    /// `None`: at any time.
    pub hours: Option<AnswerHours>,
    /// In the person's zone.
    pub days_off: BTreeSet<NaiveDate>,
}

impl Availability {
    /// At any time.
    pub fn always() -> Availability {
        Availability {
            zone: Tz::UTC,
            hours: None,
            days_off: BTreeSet::new(),
        }
    }

    /// Does the person answer at this moment?
    pub fn answers_at(&self, at: Timestamp) -> bool {
        let date = at.with_timezone(&self.zone).date_naive();
        let around = [date.pred_opt(), Some(date)].into_iter().flatten();
        let mut spans = around.flat_map(|date| self.on(date));
        spans.any(|(from, to)| from <= at && at < to)
    }

    /// Is this moment on a day on which the person does not answer at all?
    pub fn is_off(&self, at: Timestamp) -> bool {
        self.spans(at.with_timezone(&self.zone).date_naive())
            .is_empty()
    }

    /// The spans of a day, in minutes; none on a day off.
    fn spans(&self, date: NaiveDate) -> Vec<(u16, u16)> {
        if self.days_off.contains(&date) {
            return Vec::new();
        }
        let day = date.weekday().num_days_from_monday() as usize;
        match &self.hours {
            None => vec![(0, DAY)],
            Some(hours) => hours.days.get(day).cloned().unwrap_or_default(),
        }
    }

    /// The spans of a day as moments.
    fn on(&self, date: NaiveDate) -> impl Iterator<Item = (Timestamp, Timestamp)> {
        let (zone, spans) = (self.zone, self.spans(date));
        spans
            .into_iter()
            .filter_map(move |(from, to)| {
                Some((
                    moment(zone, date, from, false)?,
                    moment(zone, date, to, true)?,
                ))
            })
            .filter(|(from, to)| from < to)
    }
}

/// The moment of a time of the day. A time that does not exist, because clocks are put forward over it, is the moment at which
/// they are; of one that exists twice `later` says which.
fn moment(zone: Tz, date: NaiveDate, minute: u16, later: bool) -> Option<Timestamp> {
    let (date, minute) = match minute {
        DAY => (date.checked_add_days(Days::new(1))?, 0),
        minute => (date, minute),
    };
    let time = NaiveTime::from_hms_opt(u32::from(minute / 60), u32::from(minute % 60), 0)?;
    let wanted = date.and_time(time);
    // No zone skips more than a day.
    (0..=96_i64).find_map(|quarters| {
        let local = wanted + Duration::minutes(15 * quarters);
        let found = zone.from_local_datetime(&local);
        let found = if later {
            found.latest()
        } else {
            found.earliest()
        };
        found.map(|at| at.to_utc())
    })
}

/// Until when an answer to something asked at `asked_at` is promised: once `hours` have passed in which one of `people` has
/// answer hours and no day off. `None` if nobody answers within more than a year.
pub fn promised_until(
    asked_at: Timestamp,
    hours: Duration,
    people: &[Availability],
) -> Option<Timestamp> {
    let mut left = hours;
    let mut counted_to = asked_at;
    if left <= Duration::zero() {
        return Some(asked_at);
    }
    // A day of any zone begins at most a day before or after that of UTC.
    let first = asked_at.date_naive().checked_sub_days(Days::new(1))?;
    for ahead in 0..LONGEST_SEARCH_DAYS {
        let date = first.checked_add_days(Days::new(ahead))?;
        let mut spans: Vec<(Timestamp, Timestamp)> = people
            .iter()
            .flat_map(|one| {
                // Zones far to the east and west have days of other dates at the same moment.
                let around = [date.pred_opt(), Some(date), date.succ_opt()];
                around
                    .into_iter()
                    .flatten()
                    .flat_map(|date| one.on(date).collect::<Vec<_>>())
            })
            .collect();
        // What begins later than this day of UTC may begin after something that a later day brings.
        let end = date.succ_opt()?.and_time(NaiveTime::MIN).and_utc();
        spans.sort_unstable();
        for (from, to) in spans {
            let (from, to) = (from.max(counted_to), to.min(end));
            if from >= to {
                continue;
            }
            if to - from >= left {
                return Some(from + left);
            }
            left -= to - from;
            counted_to = to;
        }
    }
    None
}

/// The first moment from `from` on and before `to` at which `one` answers and `other` does not.
pub fn first_alone(
    one: &Availability,
    other: &Availability,
    from: Timestamp,
    to: Timestamp,
) -> Option<Timestamp> {
    let spans = |who: &Availability| {
        let first = from.date_naive().checked_sub_days(Days::new(2));
        let dates = first.into_iter().flat_map(|first| first.iter_days());
        let last = to.date_naive().checked_add_days(Days::new(2));
        let mut spans: Vec<(Timestamp, Timestamp)> = dates
            .take_while(|date| last.is_some_and(|last| *date <= last))
            .flat_map(|date| who.on(date).collect::<Vec<_>>())
            .collect();
        spans.sort_unstable();
        spans
    };
    let others = spans(other);
    spans(one).into_iter().find_map(|(begins, ends)| {
        let (mut at, end) = (begins.max(from), ends.min(to));
        // Sorted by their beginning, so one that covers this moment comes before all that begin later.
        for (other_begins, other_ends) in &others {
            if *other_begins <= at && at < *other_ends {
                at = *other_ends;
            }
        }
        (at < end).then_some(at)
    })
}

#[cfg(test)]
mod tests;
