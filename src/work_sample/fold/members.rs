//! Who is or was a collaborator: each account's comings and goings, in order of time.
//!
//! A `member` webhook has no time of its own; its event's time is that of the repository's last change. So several
//! moves of one account often have equal times. Then the time at which GitHub sent the webhook, or at which we looked,
//! decides. Where that is missing, the account is taken to have come and left in turn.
//!
//! A webhook has the last word: it replaces the sighting of the same move. A move that repeats what is known already (a
//! second webhook of the same joining, a sighting of somebody who is known to be there) says nothing.

use std::collections::VecDeque;

use super::side_of;
use crate::clock::Timestamp;
use crate::work_sample::event::{Actor, EventBody, Happening, NaturalKey};
use crate::work_sample::following::{Member, RepositoryEvent};
use crate::work_sample::model::{Side, WorkSample};
use crate::work_sample::occurrence::in_order;

/// One move of one account, as one fact tells it.
#[derive(Clone, Copy)]
struct Move<'e> {
    fact: &'e Happening,
    id: Option<u64>,
    login: &'e str,
    came: bool,
    /// By a look, not by a webhook.
    seen: bool,
    /// What decides among moves of the same time.
    moment: Option<Timestamp>,
}

impl<'e> Move<'e> {
    fn of(fact: &'e Happening) -> Option<Move<'e>> {
        let (id, login, came, seen, moment) = match &fact.body {
            EventBody::MemberAdded { login, id, sent_at } => (*id, login, true, false, *sent_at),
            EventBody::MemberRemoved { login, id, sent_at } => (*id, login, false, false, *sent_at),
            EventBody::MemberSeen {
                id,
                login,
                looked_at,
                ..
            } => (Some(*id), login, true, true, *looked_at),
            EventBody::MemberGone {
                id,
                login,
                looked_at,
                ..
            } => (Some(*id), login, false, true, *looked_at),
            _ => return None,
        };
        Some(Move {
            fact,
            id,
            login,
            came,
            seen,
            moment,
        })
    }

    fn time(&self) -> (Timestamp, Option<Timestamp>) {
        (self.fact.occurred_at, self.moment)
    }
}

/// From a coming to the leaving after it; either may be unknown.
#[derive(Default)]
struct Stay<'e> {
    came: Option<Move<'e>>,
    left: Option<Move<'e>>,
}

/// An account, with its stays in order of time.
pub(super) struct Person<'e> {
    id: Option<u64>,
    login: &'e str,
    moves: Vec<Move<'e>>,
    stays: Vec<Stay<'e>>,
}

impl<'e> Person<'e> {
    /// Is it this account? Ids decide where both are known.
    fn is(&self, id: Option<u64>, login: &str) -> bool {
        match (self.id, id) {
            (Some(one), Some(other)) => one == other,
            _ => self.login.eq_ignore_ascii_case(login),
        }
    }

    fn is_present(&self) -> bool {
        self.stays.last().is_some_and(|stay| stay.left.is_none())
    }

    fn was_seen(&self) -> bool {
        self.moves.iter().any(|one| one.came && one.seen)
    }

    /// The moves that count, in order.
    fn counting(&self) -> impl Iterator<Item = Move<'e>> {
        self.stays
            .iter()
            .flat_map(|stay| [stay.came, stay.left])
            .flatten()
    }

    fn take(&mut self, one: Move<'e>) {
        let is_present = self.is_present();
        match (one.came, self.stays.last_mut()) {
            (true, Some(stay)) if is_present => correct(&mut stay.came, one),
            (true, _) => self.stays.push(Stay {
                came: Some(one),
                left: None,
            }),
            (false, Some(stay)) if is_present => stay.left = Some(one),
            (false, Some(stay)) => correct(&mut stay.left, one),
            (false, None) => self.stays.push(Stay {
                came: None,
                left: Some(one),
            }),
        }
    }

    /// Takes the moves in order of time.
    fn follow(&mut self) {
        let mut moves = self.moves.clone();
        moves.sort_by_key(Move::time);
        for tied in moves.chunk_by(|one, other| one.time() == other.time()) {
            let mut coming = of_one_time(tied, true);
            let mut leaving = of_one_time(tied, false);
            loop {
                let next = if self.is_present() {
                    leaving.pop_front().or_else(|| coming.pop_front())
                } else {
                    coming.pop_front().or_else(|| leaving.pop_front())
                };
                match next {
                    Some(next) => self.take(next),
                    None => break,
                }
            }
        }
    }
}

/// A sighting is replaced by the webhook of the same move.
fn correct<'e>(known: &mut Option<Move<'e>>, by: Move<'e>) {
    if known.is_none_or(|known| known.seen && !by.seen) {
        *known = Some(by);
    }
}

/// The moves in one direction among those of one time. Sightings of old logs say nothing beside a webhook of that time.
fn of_one_time<'e>(tied: &[Move<'e>], came: bool) -> VecDeque<Move<'e>> {
    let alike = || tied.iter().filter(|one| one.came == came).copied();
    let is_told = alike().any(|one| !one.seen);
    alike().filter(|one| !(one.seen && is_told)).collect()
}

/// Everybody of whom a fact tells. `facts` are in order.
fn people<'e>(facts: impl Iterator<Item = &'e Happening>) -> Vec<Person<'e>> {
    let mut people: Vec<Person<'e>> = Vec::new();
    for one in facts.filter_map(Move::of) {
        let known = people
            .iter_mut()
            .find(|person| person.is(one.id, one.login));
        match known {
            Some(person) => {
                person.id = person.id.or(one.id);
                person.moves.push(one);
            }
            None => people.push(Person {
                id: one.id,
                login: one.login,
                moves: vec![one],
                stays: Vec::new(),
            }),
        }
    }
    for person in &mut people {
        person.follow();
    }
    people
}

/// What the facts say of one account.
pub(in crate::work_sample) struct Presence {
    pub is_present: bool,
    /// By a look, at some time.
    pub was_seen: bool,
}

/// What facts in any order say of an account; `None` where they do not tell of it.
pub(in crate::work_sample) fn is_member<'e>(
    facts: impl Iterator<Item = &'e Happening>,
    id: u64,
) -> Option<Presence> {
    let mut facts: Vec<&Happening> = facts.filter(|fact| Move::of(fact).is_some()).collect();
    in_order(&mut facts);
    let people = people(facts.into_iter());
    let person = people.iter().find(|one| one.id == Some(id))?;
    Some(Presence {
        is_present: person.is_present(),
        was_seen: person.was_seen(),
    })
}

/// Everybody who came, whether they left or not.
pub(super) fn members(ws: &WorkSample, facts: &[&Happening]) -> Vec<Member> {
    people(facts.iter().copied())
        .iter()
        .filter_map(|person| {
            let came = person.stays.iter().rev().find_map(|stay| stay.came)?;
            Some(Member {
                id: person.id,
                login: person.login.to_owned(),
                seen: person.was_seen(),
                uninvited: uninvited(ws, &came),
                left: !person.is_present(),
                moved_at: person.counting().last().and_then(|last| last.moment),
            })
        })
        .collect()
}

/// Adds what a reader should know of members. `events` are in order of time, and so is what is returned.
pub(super) fn add_events(
    ws: &WorkSample,
    facts: &[&Happening],
    others: Vec<RepositoryEvent>,
) -> Vec<RepositoryEvent> {
    let mut told: Vec<(usize, RepositoryEvent)> = Vec::new();
    let place = |key: &NaturalKey| facts.iter().position(|fact| fact.key == *key);
    for person in people(facts.iter().copied()) {
        let counting: Vec<Move<'_>> = person.counting().collect();
        // Moves of one time may have another order than their keys.
        let mut places: Vec<usize> = counting
            .iter()
            .filter_map(|one| place(&one.fact.key))
            .collect();
        places.sort_unstable();
        let events = counting.iter().map(|one| RepositoryEvent {
            key: one.fact.key.clone(),
            at: one.fact.occurred_at,
            text: if one.came {
                format!("{} became a collaborator", one.login)
            } else {
                format!("{} is no longer a collaborator", one.login)
            },
            alarm: one.came && uninvited(ws, one),
        });
        told.extend(places.into_iter().zip(events));
    }
    let others = others
        .into_iter()
        .filter_map(|event| Some((place(&event.key)?, event)));
    told.extend(others);
    told.sort_by_key(|(place, _)| *place);
    told.into_iter().map(|(_, event)| event).collect()
}

/// Somebody other than the candidate whom the team did not add: the candidate brought them in, or they accepted an
/// invitation that was not ours.
fn uninvited(ws: &WorkSample, one: &Move<'_>) -> bool {
    if ws.is_candidates(one.id, one.login) {
        return false;
    }
    let by = &one.fact.actor;
    let themselves = matches!(by, Actor::GitHub { login, .. } if login == one.login);
    one.seen || themselves || side_of(by, one.fact.occurred_at, ws) == Side::Candidate
}
