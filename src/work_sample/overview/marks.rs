//! The points of the small timeline that a list shows.

use super::{Mark, MarkKind as Kind};
use crate::clock::Timestamp;
use crate::work_sample::model::{Side, WorkSample};
use crate::work_sample::parts::EntryKind;

/// So many marks are kept of a work sample. More could not be told apart.
pub const MOST_MARKS: usize = 40;

pub(super) fn marks(ws: &WorkSample) -> Vec<Mark> {
    let single = [
        (ws.offered_at, Kind::Offered),
        (ws.accepted_at, Kind::Accepted),
        (ws.provisioned_at, Kind::Ready),
        (ws.effective_delivery().map(|one| one.at), Kind::Delivered),
        (ws.decision.as_ref().map(|one| one.at), Kind::Decided),
        (ws.ended.as_ref().map(|one| one.at), Kind::Ended),
    ];
    let mut marks: Vec<Mark> = single
        .into_iter()
        .filter_map(|(at, kind)| Some(Mark { at: at?, kind }))
        .collect();
    let mut many: Vec<Mark> = texts(ws).collect();
    let pushes = ws.pushes.iter().filter(|push| push.side == Side::Candidate);
    many.extend(pushes.map(|push| Mark {
        at: push.at,
        kind: Kind::Push,
    }));
    many.sort_by_key(|mark| mark.at);
    marks.extend(spread(&many, MOST_MARKS.saturating_sub(marks.len())));
    marks.sort_by_key(|mark| mark.at);
    marks
}

fn texts(ws: &WorkSample) -> impl Iterator<Item = Mark> {
    ws.entries
        .iter()
        .filter(|entry| entry.deleted_at.is_none())
        .filter_map(|entry| {
            let kind = match (entry.side, entry.kind) {
                (Side::Candidate, EntryKind::Question) => Kind::Question,
                (Side::Candidate, EntryKind::Progress | EntryKind::Memo) => Kind::Update,
                (Side::Candidate, EntryKind::Decision) => Kind::Decision,
                (Side::Team, _) if entry.about.is_some() => Kind::Reply,
                _ => return None,
            };
            Some(Mark { at: entry.at, kind })
        })
}

/// At most `most` of the marks, spread over the time: of those that lie closest together the less telling are left out.
fn spread(marks: &[Mark], most: usize) -> Vec<Mark> {
    let (Some(first), Some(last)) = (marks.first(), marks.last()) else {
        return Vec::new();
    };
    if marks.len() <= most {
        return marks.to_vec();
    }
    if most == 0 {
        return Vec::new();
    }
    let slots = i64::try_from(most).unwrap_or(1);
    let width = ((last.at - first.at).num_seconds() / slots).max(1) + 1;
    let slot = |at: Timestamp| (at - first.at).num_seconds() / width;
    let mut kept: Vec<Mark> = Vec::new();
    for mark in marks {
        match kept.last_mut() {
            Some(before) if slot(before.at) == slot(mark.at) => {
                if rank(mark.kind) > rank(before.kind) {
                    *before = *mark;
                }
            }
            _ => kept.push(*mark),
        }
    }
    kept
}

/// How much a mark tells beside others at nearly the same time.
fn rank(kind: Kind) -> u8 {
    match kind {
        Kind::Push => 0,
        Kind::Update => 1,
        Kind::Reply => 2,
        Kind::Decision => 3,
        Kind::Question => 4,
        Kind::Offered
        | Kind::Accepted
        | Kind::Ready
        | Kind::Delivered
        | Kind::Decided
        | Kind::Ended => 5,
    }
}
