//! The moves of branches, in the order in which they happened.
//!
//! GitHub's times have whole seconds. Moves of one branch in one second are put in an order in which each starts where the
//! one before it ended. A branch that went back and forth in one second is followed from where it stood before.

use std::collections::BTreeMap;

use super::{login_of, side_of};
use crate::ids::CommitSha;
use crate::work_sample::event::{EventBody, Happening};
use crate::work_sample::model::{Push, Side, WorkSample};

pub(super) fn read(ws: &WorkSample, facts: &[&Happening]) -> Vec<Push> {
    let mut pushes: Vec<Push> = facts.iter().filter_map(|fact| push(ws, fact)).collect();
    let mut heads: BTreeMap<String, CommitSha> = BTreeMap::new();
    for tied in pushes.chunk_by_mut(|one, other| one.at == other.at) {
        chain(tied, &heads);
        for push in tied {
            heads.insert(push.git_ref.clone(), push.after.clone());
        }
    }
    pushes
}

fn push(ws: &WorkSample, fact: &Happening) -> Option<Push> {
    let EventBody::Pushed {
        git_ref,
        before,
        after,
        forced,
        commits,
        cut,
        occurrence: _,
    } = &fact.body
    else {
        return None;
    };
    let side = if ws.provisioning.first_commit.as_ref() == Some(after) && before.is_zero() {
        Side::Service
    } else {
        side_of(&fact.actor, fact.occurred_at, ws)
    };
    Some(Push {
        key: fact.key.clone(),
        at: fact.occurred_at,
        side,
        login: login_of(&fact.actor, ws.login.as_ref()),
        git_ref: git_ref.clone(),
        before: before.clone(),
        after: after.clone(),
        forced: *forced,
        commits: commits.clone(),
        cut: *cut,
    })
}

/// Puts every push behind the one that it builds on, where both are there. `heads` is where the branches stood before.
fn chain(pushes: &mut [Push], heads: &BTreeMap<String, CommitSha>) {
    if pushes.len() < 2 {
        return;
    }
    let mut branches: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, push) in pushes.iter().enumerate() {
        branches.entry(&push.git_ref).or_default().push(index);
    }
    // The place of each push among those of its branch; `None` where moves are missing in between.
    let mut ranks: Vec<Option<usize>> = vec![None; pushes.len()];
    for (git_ref, members) in &branches {
        let moves: Vec<(&CommitSha, &CommitSha)> = members
            .iter()
            .map(|&index| (&pushes[index].before, &pushes[index].after))
            .collect();
        for (rank, nth) in trail(&moves, heads.get(*git_ref)).iter().enumerate() {
            ranks[members[*nth]] = Some(rank);
        }
    }
    let mut order: Vec<usize> = (0..pushes.len()).collect();
    for done in 0..order.len() {
        let waits_for = |one: usize, other: usize| {
            one != other
                && pushes[one].git_ref == pushes[other].git_ref
                && match (ranks[one], ranks[other]) {
                    (Some(rank), Some(of)) => of < rank,
                    _ => pushes[other].after == pushes[one].before,
                }
        };
        let next = (done..order.len()).find(|&at| {
            !order[done..]
                .iter()
                .any(|&other| waits_for(order[at], other))
        });
        if let Some(next) = next {
            order[done..=next].rotate_right(1);
        }
    }
    let ordered: Vec<Push> = order.iter().map(|&index| pushes[index].clone()).collect();
    pushes.clone_from_slice(&ordered);
}

/// An order of all `moves` in which each starts where the one before it ended; empty where there is none. It starts at
/// `head`, where the branch stood, if that is possible.
fn trail(moves: &[(&CommitSha, &CommitSha)], head: Option<&CommitSha>) -> Vec<usize> {
    let mut degrees: BTreeMap<&CommitSha, i64> = BTreeMap::new();
    for (before, after) in moves {
        *degrees.entry(before).or_default() += 1;
        *degrees.entry(after).or_default() -= 1;
    }
    let by_degree = degrees.iter().find(|(_, degree)| **degree > 0);
    let start = match (by_degree, head) {
        (Some((start, _)), _) => *start,
        (None, Some(head)) if degrees.contains_key(head) => head,
        (None, _) => match moves.first() {
            Some((before, _)) => *before,
            None => return Vec::new(),
        },
    };
    // Hierholzer's algorithm.
    let mut leaving: BTreeMap<&CommitSha, Vec<usize>> = BTreeMap::new();
    for (index, (before, _)) in moves.iter().enumerate().rev() {
        leaving.entry(before).or_default().push(index);
    }
    let mut walk: Vec<(&CommitSha, Option<usize>)> = vec![(start, None)];
    let mut trail = Vec::new();
    while let Some((at, by)) = walk.last().copied() {
        match leaving.get_mut(at).and_then(Vec::pop) {
            Some(index) => walk.push((moves[index].1, Some(index))),
            None => {
                walk.pop();
                trail.extend(by);
            }
        }
    }
    trail.reverse();
    let is_whole = trail.len() == moves.len()
        && trail
            .windows(2)
            .all(|pair| moves[pair[0]].1 == moves[pair[1]].0);
    if is_whole { trail } else { Vec::new() }
}
