//! Facts that recur: decides which of the facts that look alike are one fact told again, and which happened another time.
//!
//! A branch may move from one commit to another twice, and neither the webhook nor the list that GitHub keeps says which
//! time it was. So the natural key of such a fact ends in an [`Occurrence`], and [`settle`] chooses it where facts enter a
//! log, against what the log holds:
//!
//! - A webhook's push with the same reference and commits within [`SAME_WITHIN`] of a known one is that push. Further
//!   away it is the next occurrence.
//! - The activity list shows every move of a branch once. A move of the list is new where the list shows more moves of
//!   the same reference and commits than the log holds; those nearest in time are the known ones.
//! - A sighting is new where the log says otherwise by then: a member who is there was seen to be gone, and so on.
//!
//! The list alone can tell two moves apart that are equal within two seconds. Where a webhook may be of such a pair,
//! [`Settled::in_doubt`] asks for a look at the list.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use super::event::{Event, EventBody, Happening, Source};
use super::fold::is_member;
use super::parts::{Occurrence, Place};
use crate::clock::Timestamp;
use crate::ids::CommitSha;

/// `pushed_at` has whole seconds and may be a second off the activity list.
pub const SAME_WITHIN: TimeDelta = TimeDelta::seconds(2);

/// What [`settle`] made of facts that were found.
#[derive(Debug, Clone, PartialEq)]
pub struct Settled {
    /// What the log lacks, with its occurrences.
    pub new: Vec<Happening>,
    /// A branch went back and forth so fast that only the activity list can tell how often.
    pub in_doubt: bool,
}

/// Leaves out the facts of recurring kinds that the log holds, and numbers the others. Facts of other kinds are all
/// returned: their keys tell whether the log has them.
pub fn settle(log: &[Event], found: &[Happening], source: Source) -> Settled {
    let listed = match source {
        Source::Reconciliation => new_moves(log, found),
        Source::Webhook | Source::Command | Source::Service => Vec::new(),
    };
    let mut new: Vec<Happening> = Vec::new();
    let mut in_doubt = false;
    for (index, happening) in found.iter().enumerate() {
        if happening.body.occurrence().is_none() {
            new.push(happening.clone());
            continue;
        }
        let known = || log.iter().map(|event| &event.happening).chain(&new);
        let base = happening.base_key();
        let alike = || known().filter(|one| one.base_key() == base);
        let is_new = match &happening.body {
            EventBody::Pushed { .. } if source == Source::Reconciliation => listed.contains(&index),
            EventBody::Pushed { .. } => {
                in_doubt |= known().any(|one| is_back_and_forth(one, happening));
                !alike().any(|one| is_close(one, happening))
            }
            EventBody::PullRequestHead { .. } => !alike().any(|one| is_close(one, happening)),
            EventBody::CheckCompleted { .. } => {
                !alike().any(|one| is_close(one, happening) && says_the_same(one, happening))
            }
            EventBody::MemberSeen { id, .. } => {
                !is_member(known(), *id).is_some_and(|one| one.is_present && one.was_seen)
            }
            EventBody::MemberGone { id, .. } => {
                is_member(known(), *id).is_none_or(|one| one.is_present)
            }
            EventBody::TextGone { place, .. } => !is_gone(known(), place),
            EventBody::AccountRenamed { account, login, .. } => {
                latest_login(known(), *account).is_none_or(|latest| !login.same_as(latest))
            }
            _ => true,
        };
        if is_new {
            let last = alike().filter_map(|one| one.body.occurrence()).max();
            let occurrence = last.map_or(Occurrence::FIRST, Occurrence::next);
            let happening = happening.at_occurrence(occurrence);
            new.push(happening);
        }
    }
    Settled { new, in_doubt }
}

fn is_close(one: &Happening, other: &Happening) -> bool {
    (one.occurred_at - other.occurred_at).abs() <= SAME_WITHIN
}

fn says_the_same(one: &Happening, other: &Happening) -> bool {
    one.at_occurrence(Occurrence::FIRST).body == other.at_occurrence(Occurrence::FIRST).body
}

/// Did the branch go from one commit to another and back within the time that [`is_close`] allows?
fn is_back_and_forth(one: &Happening, other: &Happening) -> bool {
    match (&one.body, &other.body) {
        (
            EventBody::Pushed {
                git_ref,
                before,
                after,
                ..
            },
            EventBody::Pushed {
                git_ref: of,
                before: from,
                after: to,
                ..
            },
        ) => git_ref == of && before == to && after == from && is_close(one, other),
        _ => false,
    }
}

/// Is the latest look at a text that it was gone? `known` is in the order of the log.
fn is_gone<'h>(known: impl Iterator<Item = &'h Happening>, place: &Place) -> bool {
    known
        .filter_map(|one| match &one.body {
            EventBody::TextGone { place: of, .. } if of == place => Some(true),
            EventBody::TextSeen { place: of, .. } if of == place => Some(false),
            _ => None,
        })
        .last()
        .unwrap_or(false)
}

fn latest_login<'h>(known: impl Iterator<Item = &'h Happening>, account: u64) -> Option<&'h str> {
    known
        .filter_map(|one| match &one.body {
            EventBody::AccountRenamed {
                account: of, login, ..
            } if *of == account => Some(login.as_str()),
            _ => None,
        })
        .last()
}

/// The places in `found` of the moves of branches that the log lacks.
fn new_moves(log: &[Event], found: &[Happening]) -> Vec<usize> {
    let mut listed: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, happening) in found.iter().enumerate() {
        if matches!(happening.body, EventBody::Pushed { .. }) {
            listed.entry(happening.base_key()).or_default().push(index);
        }
    }
    let mut new = Vec::new();
    for (base, mut places) in listed {
        places.sort_by_key(|&place| found[place].occurred_at);
        let times: Vec<Timestamp> = places
            .iter()
            .map(|&place| found[place].occurred_at)
            .collect();
        let known: Vec<Timestamp> = log
            .iter()
            .map(|event| &event.happening)
            .filter(|one| one.base_key() == base)
            .map(|one| one.occurred_at)
            .collect();
        new.extend(lacking(known, &times).into_iter().map(|nth| places[nth]));
    }
    new
}

/// One move of a branch: its reference, where it stood before, and where after.
pub type Move<'m> = (&'m str, &'m CommitSha, &'m CommitSha);

/// Groups the moves that a list shows by what they have in common; says of each group which places are its, and whether
/// the log lacks one of them.
pub fn listed_moves<'m>(
    known: impl Iterator<Item = (Move<'m>, Timestamp)>,
    listed: impl Iterator<Item = (Move<'m>, Timestamp)>,
) -> Vec<(Vec<usize>, bool)> {
    /// The known times, and the listed ones with their places.
    type Group = (Vec<Timestamp>, Vec<(Timestamp, usize)>);
    let mut groups: BTreeMap<Move<'m>, Group> = BTreeMap::new();
    for (of, at) in known {
        groups.entry(of).or_default().0.push(at);
    }
    for (index, (of, at)) in listed.enumerate() {
        groups.entry(of).or_default().1.push((at, index));
    }
    groups
        .into_values()
        .map(|(known, mut listed)| {
            listed.sort();
            let times: Vec<Timestamp> = listed.iter().map(|(at, _)| *at).collect();
            let lacks = !lacking(known, &times).is_empty();
            (listed.into_iter().map(|(_, index)| index).collect(), lacks)
        })
        .collect()
}

/// Which of the `listed` times, in order, no `known` one accounts for: each known time accounts for one listed time, in
/// order and with the least distance in all.
fn lacking(mut known: Vec<Timestamp>, listed: &[Timestamp]) -> Vec<usize> {
    known.sort();
    if known.len() >= listed.len() {
        return Vec::new();
    }
    // `least[i][j]`: the least distance of the first j known times to some of the first i listed ones.
    let mut least: Vec<Vec<Option<TimeDelta>>> =
        vec![vec![None; known.len() + 1]; listed.len() + 1];
    for row in &mut least {
        row[0] = Some(TimeDelta::zero());
    }
    let paired = |least: &[Vec<Option<TimeDelta>>], i: usize, j: usize| {
        let distance = (listed[i - 1] - known[j - 1]).abs();
        least[i - 1][j - 1].map(|so_far| so_far + distance)
    };
    for i in 1..=listed.len() {
        for j in 1..=known.len().min(i) {
            let with = paired(&least, i, j);
            least[i][j] = match (with, least[i - 1][j]) {
                (Some(with), Some(without)) => Some(with.min(without)),
                (with, without) => with.or(without),
            };
        }
    }
    let mut left = Vec::new();
    let mut j = known.len();
    for i in (1..=listed.len()).rev() {
        if j > 0 && least[i][j] == paired(&least, i, j) {
            j -= 1;
        } else {
            left.push(i - 1);
        }
    }
    left.reverse();
    left
}
