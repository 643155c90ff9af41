//! Says which comments are the service's own.
//!
//! GitHub sends our own comments back, possibly before the POST has answered. Until the id of a comment is known, it is
//! matched by our account and by the marker that its text begins with. Neither alone is enough: with a token, people may use
//! the same account, and anybody can copy a marker.

use std::collections::BTreeSet;

use crate::work_sample::answers;
use crate::work_sample::event::{Actor, EventBody, Happening};
use crate::work_sample::model::WorkSample;
use crate::work_sample::parts::Place;

/// The accounts that the service used: the author of the kickoff issue, and those that posted comments of ours.
pub(super) fn accounts(ws: &WorkSample, facts: &[&Happening]) -> Vec<u64> {
    let kickoff = ws.provisioning.kickoff;
    let opened = facts
        .iter()
        .filter_map(|fact| match (&fact.body, &fact.actor) {
            (
                EventBody::TextCreated { place, .. } | EventBody::TextSeen { place, .. },
                Actor::GitHub { id, login },
            ) => {
                let is_kickoff =
                    matches!(place, Place::Issue { number } if kickoff == Some(*number));
                (is_kickoff && !ws.is_candidates(Some(*id), login)).then_some(*id)
            }
            _ => None,
        });
    let posted = ws.comments.iter().map(|comment| comment.account.id);
    let all: BTreeSet<u64> = opened.chain(posted).collect();
    all.into_iter().collect()
}

/// Is it a comment of the service's, given who wrote it and its first text?
pub(super) fn is_own(ws: &WorkSample, place: &Place, author: &Actor, text: &str) -> bool {
    let Place::Comment { comment_id, .. } = place else {
        return false;
    };
    if ws.comments.iter().any(|one| one.comment_id == *comment_id) {
        return true;
    }
    let ours = matches!(author, Actor::GitHub { id, .. } if ws.own_accounts.contains(id));
    ours && answers::marked_about(&ws.id, text).is_some()
}
