//! How much GitHub lets one installation do, as a calculation: who may send a call now, and when the others may.
//!
//! What was let through is remembered as long as a limit looks back, so no stretch of a minute or an hour ever holds more
//! than allowed, wherever it begins. Bulk work that has to wait is given a place in a line, so that it comes back when its
//! turn is and not all at once; people's calls wait for nobody's place, and find a reserve that bulk work leaves alone.

mod ask;

use chrono::{DateTime, Duration};
use serde::{Deserialize, Serialize};

pub use ask::{Ask, Because, Limits, Quota, Urgency, Verdict, Writes};

use crate::clock::Timestamp;

/// Calls that one process may have under way, for its worker's lanes and its doors; its share of [`Limits::at_once`].
pub const SHARE: u32 = 8;
/// A process that let nothing through for this long gave its share back: longer than any call takes.
const SHARE_LASTS: i64 = 60 * SECOND;
/// A place in the line that nobody took is given up this long after its time.
const PLACE_LASTS: i64 = 15 * 60 * SECOND;
/// Below this part of the hour's requests bulk work leaves the rest to people.
const KEPT_FOR_PEOPLE: u32 = 20;
const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;

/// What one installation used, and who is in the line. Shared by all processes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    /// Creating calls of the last hour, oldest first, in microseconds as all moments here.
    creates: Vec<i64>,
    /// Points of the last minute, oldest first.
    points: Vec<(i64, u32)>,
    last_write: Option<i64>,
    /// Bulk work's places in the line, in its order.
    line: Vec<Place>,
    processes: Vec<Share>,
    quota: Option<Quota>,
    /// Requests let through since the quota was told.
    since_quota: u32,
    asked_to_wait: Option<(i64, String)>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Place {
    holder: String,
    at: i64,
    /// For a creating call, or else for one that changes what is there.
    #[serde(default = "creating")]
    creates: bool,
}

/// What all places were for before there were others.
fn creating() -> bool {
    true
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Share {
    process: String,
    until: i64,
}

impl Budget {
    /// Lets a call through now, or says when to ask again.
    pub fn ask(&mut self, limits: &Limits, ask: &Ask, now: Timestamp) -> Verdict {
        let at = micros(now);
        self.forget(at);
        let blocked = [
            self.share(limits, ask, at),
            self.asked(at),
            self.requests(ask, at),
            self.points(limits, ask, at),
            self.pace(limits, ask, at),
            self.turn(limits, ask, at),
        ];
        let latest = blocked
            .into_iter()
            .flatten()
            .max_by_key(|(until, _)| *until);
        match latest {
            Some((until, because)) => Verdict::Wait {
                until: moment(until),
                because,
            },
            None => {
                self.count(ask, at);
                Verdict::Go
            }
        }
    }

    /// What an answer said of the primary limit. An older reading of the same hour says more was left, and is passed over.
    pub fn told(&mut self, quota: Quota) {
        let newer = self.quota.is_none_or(|known| {
            quota.reset > known.reset
                || quota.reset == known.reset && quota.remaining <= known.remaining
        });
        if newer {
            self.quota = Some(quota);
            self.since_quota = 0;
        }
    }

    /// GitHub asked for a pause.
    pub fn asked_to_wait(&mut self, until: Timestamp, why: &str) {
        let until = micros(until);
        if self
            .asked_to_wait
            .as_ref()
            .is_none_or(|(known, _)| until > *known)
        {
            self.asked_to_wait = Some((until, why.to_owned()));
        }
    }

    /// Reads that were sent beyond what was asked for: nobody knows beforehand how many pages a list has.
    pub fn spent(&mut self, reads: u32, now: Timestamp) {
        self.since_quota = self.since_quota.saturating_add(reads);
        self.points.push((micros(now), reads));
    }

    /// Requests left in the present hour, as far as GitHub told.
    #[cfg(test)]
    fn requests_left(&self) -> Option<u32> {
        self.quota
            .map(|quota| quota.remaining.saturating_sub(self.since_quota))
    }

    fn forget(&mut self, now: i64) {
        // What a clock that was ahead let through counts from now on, not from then.
        self.last_write = self.last_write.map(|at| at.min(now));
        self.creates.iter_mut().for_each(|at| *at = (*at).min(now));
        for (at, _) in &mut self.points {
            *at = (*at).min(now);
        }
        self.creates.retain(|at| *at > now - HOUR);
        self.points.retain(|(at, _)| *at > now - MINUTE);
        self.line.retain(|place| place.at > now - PLACE_LASTS);
        self.processes.retain(|share| share.until > now);
        if self.quota.is_some_and(|quota| micros(quota.reset) <= now) {
            self.quota = None;
            self.since_quota = 0;
        }
        if self
            .asked_to_wait
            .as_ref()
            .is_some_and(|(until, _)| *until <= now)
        {
            self.asked_to_wait = None;
        }
    }

    /// Keeps the process's share of the calls at once, if there is one to be had.
    fn share(&mut self, limits: &Limits, ask: &Ask, now: i64) -> Option<(i64, Because)> {
        let until = now + SHARE_LASTS;
        if let Some(own) = self
            .processes
            .iter_mut()
            .find(|share| share.process == ask.process)
        {
            own.until = own.until.max(until);
            return None;
        }
        let taken = u32::try_from(self.processes.len())
            .unwrap_or(u32::MAX)
            .saturating_mul(SHARE);
        if taken.saturating_add(SHARE) > limits.at_once {
            let first = self.processes.iter().map(|share| share.until).min();
            return Some((first.unwrap_or(until), Because::AtOnce));
        }
        self.processes.push(Share {
            process: ask.process.clone(),
            until,
        });
        None
    }

    fn asked(&self, now: i64) -> Option<(i64, Because)> {
        let (until, why) = self.asked_to_wait.as_ref()?;
        (*until > now).then(|| (*until, Because::Asked(why.clone())))
    }

    fn requests(&self, ask: &Ask, now: i64) -> Option<(i64, Because)> {
        let quota = self.quota.as_ref()?;
        let kept = match ask.urgency {
            Urgency::People => 0,
            Urgency::Bulk => quota.limit / KEPT_FOR_PEOPLE,
        };
        let left = quota.remaining.saturating_sub(self.since_quota);
        let enough = left >= kept.saturating_add(ask.requests());
        let reset = micros(quota.reset);
        (!enough && reset > now).then_some((reset, Because::Requests))
    }

    fn points(&self, limits: &Limits, ask: &Ask, now: i64) -> Option<(i64, Because)> {
        let mut over = self
            .points
            .iter()
            .map(|(_, points)| *points)
            .fold(ask.points(), u32::saturating_add)
            .checked_sub(limits.points_a_minute)
            .filter(|over| *over > 0)?;
        for (at, points) in &self.points {
            if *points >= over {
                return Some((at + MINUTE, Because::Points));
            }
            over -= points;
        }
        // More than a minute holds is asked for at once: it goes alone.
        let last = self.points.last()?;
        Some(((last.0 + MINUTE).max(now), Because::Points))
    }

    /// What was let through, and nothing else, decides whether a call may go now.
    fn pace(&self, limits: &Limits, ask: &Ask, now: i64) -> Option<(i64, Because)> {
        let spaced = self
            .last_write
            .filter(|_| ask.writes())
            .map(|last| (last + span(limits.spacing), Because::Spacing));
        let windows = ask.creates().then(|| {
            let bulk = |most| limits.of_an_hour(ask.urgency, most);
            [
                free_again(&self.creates, limits.creates_a_minute, MINUTE)
                    .map(|at| (at, Because::CreatesAMinute)),
                free_again(&self.creates, bulk(limits.creates_an_hour), HOUR)
                    .map(|at| (at, Because::CreatesAnHour)),
            ]
        });
        windows
            .into_iter()
            .flatten()
            .flatten()
            .chain(spaced)
            .filter(|(at, _)| *at > now)
            .max_by_key(|(at, _)| *at)
    }

    /// Bulk work's turn: takes its place in the line if it has none. People do not stand in it.
    fn turn(&mut self, limits: &Limits, ask: &Ask, now: i64) -> Option<(i64, Because)> {
        if ask.urgency == Urgency::People {
            return None;
        }
        let then = match ask.writes {
            Writes::Nothing => return None,
            Writes::Changes => return self.between(limits, ask, now),
            Writes::Creates { then } => then,
        };
        let wanted = usize::try_from(then)
            .unwrap_or(usize::MAX)
            .saturating_add(1);
        let held = self.held(ask).count();
        let mut reason = Because::Spacing;
        for number in held..wanted {
            let (at, because) = self.next_place(limits, number == 0, now);
            if number == 0 {
                reason = because;
            }
            self.line.push(Place {
                holder: ask.holder.clone(),
                at,
                creates: true,
            });
        }
        let own = self.held(ask).min()?;
        (own > now).then(|| {
            match free_again(
                &self.creates,
                limits.of_an_hour(Urgency::Bulk, limits.creates_an_hour),
                HOUR,
            ) {
                Some(at) if at > now => (own, Because::CreatesAnHour),
                _ => (own, reason),
            }
        })
    }

    /// The times of somebody's places for such a call.
    fn held(&self, ask: &Ask) -> impl Iterator<Item = i64> {
        self.line
            .iter()
            .filter(|place| place.holder == ask.holder && place.creates == ask.creates())
            .map(|place| place.at)
    }

    /// The turn of a call that changes what is there: between the others' places, for no limit on creating calls concerns
    /// it, and whoever waits for the next hour is not in its way.
    fn between(&mut self, limits: &Limits, ask: &Ask, now: i64) -> Option<(i64, Because)> {
        let own = self.held(ask).min().unwrap_or_else(|| {
            let spaced = self.last_write.map(|last| last + span(limits.spacing));
            let at = self.first_gap(limits, spaced.map_or(now, |spaced| spaced.max(now)));
            self.line.push(Place {
                holder: ask.holder.clone(),
                at,
                creates: false,
            });
            at
        });
        (own > now).then_some((own, Because::Spacing))
    }

    /// The first moment from `at` on that is a spacing away from every place.
    fn first_gap(&self, limits: &Limits, mut at: i64) -> i64 {
        let spacing = span(limits.spacing);
        let mut places: Vec<i64> = self.line.iter().map(|place| place.at).collect();
        places.sort_unstable();
        for place in places {
            if place + spacing > at && place < at + spacing {
                at = place + spacing;
            }
        }
        at
    }

    /// The first moment behind everybody else's creating calls. The first of somebody's places leaves a gap before it, into
    /// which people's calls fit, and calls that change something.
    fn next_place(&self, limits: &Limits, first: bool, now: i64) -> (i64, Because) {
        let gap = span(limits.spacing) * if first { 2 } else { 1 };
        let creating = || self.line.iter().filter(|place| place.creates);
        let behind = creating()
            .map(|place| place.at + gap)
            .max()
            .or_else(|| self.last_write.map(|last| last + span(limits.spacing)));
        let mut planned: Vec<i64> = self
            .creates
            .iter()
            .copied()
            .chain(creating().map(|place| place.at))
            .collect();
        planned.sort_unstable();
        let hour = limits.of_an_hour(Urgency::Bulk, limits.creates_an_hour);
        let (at, because) = [
            (Some(now), Because::Spacing),
            (behind, Because::Spacing),
            (
                free_again(&planned, limits.creates_a_minute, MINUTE),
                Because::CreatesAMinute,
            ),
            (free_again(&planned, hour, HOUR), Because::CreatesAnHour),
        ]
        .into_iter()
        .filter_map(|(at, because)| Some((at?, because)))
        .max_by_key(|(at, _)| *at)
        .unwrap_or((now, Because::Spacing));
        (self.first_gap(limits, at), because)
    }

    fn count(&mut self, ask: &Ask, now: i64) {
        self.since_quota = self.since_quota.saturating_add(ask.requests());
        self.points.push((now, ask.points()));
        if ask.writes() {
            self.last_write = Some(now);
        }
        if ask.creates() {
            self.creates.push(now);
        }
        if let Some(own) = self.held(ask).filter(|_| ask.writes()).min() {
            let taken = self.line.iter().position(|place| {
                place.at == own && place.holder == ask.holder && place.creates == ask.creates()
            });
            if let Some(index) = taken {
                self.line.remove(index);
            }
        }
    }
}

/// When one more may follow these moments (oldest first), `most` of which may lie within `window`: at once if `None`.
fn free_again(moments: &[i64], most: usize, window: i64) -> Option<i64> {
    let oldest_in_the_way = moments.len().checked_sub(most)?;
    moments.get(oldest_in_the_way).map(|at| at + window)
}

fn micros(at: Timestamp) -> i64 {
    at.timestamp_micros()
}

fn moment(at: i64) -> Timestamp {
    DateTime::from_timestamp_micros(at).unwrap_or(Timestamp::MAX_UTC)
}

fn span(span: Duration) -> i64 {
    span.num_microseconds().unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
