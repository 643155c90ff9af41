//! The recorded sides, and the accounts that they are about.

use std::collections::{BTreeMap, BTreeSet};

use super::side_of;
use crate::clock::Timestamp;
use crate::work_sample::event::{Actor, EventBody, Happening};
use crate::work_sample::model::{Side, WorkSample};
use crate::work_sample::parts::Place;
use crate::work_sample::sides::{Account, KnownSides, LookUp, SettledSide};

/// Applies a lifecycle event about an account's side.
pub(super) fn apply(sides: &mut KnownSides, happening: &Happening) {
    let at = happening.occurred_at;
    match &happening.body {
        EventBody::AccountLookedUp {
            account,
            login: _,
            side,
            because,
        } => {
            let look_ups = &mut sides.accounts.entry(*account).or_default().look_ups;
            look_ups.push(LookUp {
                at,
                side: *side,
                because: *because,
            });
            look_ups.sort_by_key(|one| one.at);
        }
        EventBody::SideSettled {
            account,
            login: _,
            side,
            note,
        } => {
            let record = sides.accounts.entry(*account).or_default();
            record.settled.push(SettledSide {
                at,
                by: happening.actor.clone(),
                side: *side,
                note: note.clone(),
            });
        }
        _ => {}
    }
}

/// Every account that wrote or pushed, except the candidate's and those that spoke for the service. Call it when the
/// entries have been read.
pub(super) fn accounts(ws: &WorkSample, facts: &[&Happening]) -> Vec<Account> {
    let by_service: BTreeSet<&Place> = ws
        .entries
        .iter()
        .filter(|entry| entry.side == Side::Service)
        .map(|entry| &entry.place)
        .collect();
    let first_commit = ws.provisioning.first_commit.as_ref();
    let mut accounts: BTreeMap<u64, Account> = BTreeMap::new();
    for fact in facts {
        let ours = match &fact.body {
            EventBody::TextCreated { place, .. }
            | EventBody::TextEdited { place, .. }
            | EventBody::TextSeen { place, .. } => by_service.contains(place),
            EventBody::Pushed { before, after, .. } => {
                before.is_zero() && first_commit == Some(after)
            }
            _ => continue,
        };
        let Actor::GitHub { id, login } = &fact.actor else {
            continue;
        };
        if ours || ws.is_candidates(Some(*id), login) {
            continue;
        }
        let needs = ws.sides.needs_look_up(*id, login, fact.occurred_at);
        let earlier = accounts.get(id).and_then(|one| one.to_look_up);
        let to_look_up: Option<Timestamp> = needs.then_some(fact.occurred_at).or(earlier);
        let account = Account {
            id: *id,
            login: login.clone(),
            side: side_of(&fact.actor, fact.occurred_at, ws),
            because: ws.sides.reason_at(*id, fact.occurred_at),
            settled: ws
                .sides
                .accounts
                .get(id)
                .and_then(|record| record.settled().cloned()),
            to_look_up,
        };
        accounts.insert(*id, account);
    }
    accounts.into_values().collect()
}
