//! The last thing that happened in a work sample.

use super::{News, NewsKind as Kind};
use crate::clock::Timestamp;
use crate::work_sample::model::{Entry, Side, State, WorkSample};
use crate::work_sample::parts::{DeliveryOutcome, EntryKind};

pub(super) fn last(ws: &WorkSample) -> News {
    let mut last = News {
        at: ws.drafted_at,
        kind: Kind::Drafted,
    };
    for (at, kind) in all(ws) {
        // Of several at one moment the one that is told later goes further.
        if at >= last.at {
            last = News { at, kind };
        }
    }
    last
}

fn all(ws: &WorkSample) -> impl Iterator<Item = (Timestamp, Kind)> {
    let early = [
        (ws.offered_at, Kind::Offered),
        (ws.accepted_at, Kind::Accepted),
        (ws.provisioned_at, Kind::RepositoryReady),
    ];
    let failures = ws
        .invitation_failures
        .iter()
        .map(|one| (one.at, Kind::InvitationFailed));
    let pushes = ws
        .pushes
        .iter()
        .filter(|push| push.side == Side::Candidate)
        .map(|push| (push.at, Kind::Pushed));
    let texts = ws.entries.iter().filter_map(text);
    let moved = ws.extensions.iter().map(|one| (one.at, Kind::DueMoved));
    let delivered = ws
        .delivery_records
        .iter()
        .filter(|one| matches!(one.outcome, DeliveryOutcome::Delivered { .. }))
        .map(|one| (one.declared_at, Kind::Delivered));
    let assessed = ws
        .assessments
        .iter()
        .map(|one| (one.started_at, Kind::Assessed));
    let not_assessable = ws
        .not_assessable
        .iter()
        .map(|one| (one.at, Kind::NotAssessable));
    let decided = ws.decision.iter().map(|one| (one.at, Kind::Decided));
    let ended = ws.ended.iter().filter_map(|one| {
        let kind = match ws.state {
            State::Declined => Kind::Declined,
            State::Expired => Kind::Expired,
            State::Withdrawn => Kind::Withdrawn,
            State::Cancelled => Kind::Cancelled,
            _ => return None,
        };
        Some((one.at, kind))
    });
    let paid = ws.payouts.iter().map(|one| (one.at, Kind::Paid));
    let closed = ws.closed_at.iter().map(|at| (*at, Kind::Closed));
    early
        .into_iter()
        .filter_map(|(at, kind)| Some((at?, kind)))
        .chain(failures)
        .chain(pushes)
        .chain(texts)
        .chain(moved)
        .chain(delivered)
        .chain(assessed)
        .chain(not_assessable)
        .chain(decided)
        .chain(ended)
        .chain(paid)
        .chain(closed)
}

fn text(entry: &Entry) -> Option<(Timestamp, Kind)> {
    let kind = match (entry.side, entry.kind) {
        (_, EntryKind::Kickoff | EntryKind::Notice | EntryKind::Delivery) => return None,
        (Side::Candidate, EntryKind::Question) => Kind::Question,
        (Side::Candidate, EntryKind::Progress) => Kind::ProgressUpdate,
        (Side::Candidate, EntryKind::Decision) => Kind::CandidateDecision,
        (Side::Candidate, EntryKind::Memo) => Kind::Memo,
        (Side::Candidate, _) => Kind::CandidateText,
        (Side::Team, _) if entry.about.is_some() => Kind::TeamReply,
        (Side::Team, _) => Kind::TeamText,
        _ => return None,
    };
    entry.deleted_at.is_none().then_some((entry.at, kind))
}
