//! The GitHub teams that give roles, how long such a role holds, and when GitHub last gave no answer about a person.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use chrono::Duration;

use crate::clock::Timestamp;
use crate::github::GitHubTeam;
use crate::ids::PersonId;
use crate::store::PersonRow;

/// After a check without an answer, the next one waits for so long.
const PAUSE: Duration = Duration::minutes(1);

/// How long a team's role holds after GitHub last confirmed it.
pub(super) const HOLDS_FOR: Duration = Duration::minutes(15);
/// How long it holds while GitHub does not answer and every lead is one by a team: otherwise nobody could act or
/// let anybody in.
const HOLDS_FOR_LAST_LEADS: Duration = Duration::hours(1);

/// How long the roles of teams hold where GitHub does not answer.
pub(super) fn holds_for(people: &[PersonRow]) -> Duration {
    let is_lead =
        |one: &PersonRow| one.disabled_at.is_none() && one.roles.iter().any(|role| role == "lead");
    if people.iter().any(is_lead) {
        HOLDS_FOR
    } else {
        HOLDS_FOR_LAST_LEADS
    }
}

/// Were the roles that teams give this person confirmed so recently?
pub(super) fn hold(person: &PersonRow, holds_for: Duration, now: Timestamp) -> bool {
    person
        .teams_checked_at
        .is_some_and(|at| at + holds_for > now)
}

/// Which teams give which role.
#[derive(Debug, Default)]
pub struct TeamRoles {
    pub lead: Vec<GitHubTeam>,
    pub reviewer: Vec<GitHubTeam>,
    /// When GitHub last gave no answer about a person, in this process.
    unanswered: Mutex<BTreeMap<PersonId, Timestamp>>,
}

impl TeamRoles {
    pub fn new(lead: Vec<GitHubTeam>, reviewer: Vec<GitHubTeam>) -> Self {
        TeamRoles {
            lead,
            reviewer,
            unanswered: Mutex::default(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.lead.is_empty() && self.reviewer.is_empty()
    }

    /// Did GitHub give no answer about this person just now?
    pub(super) fn waits(&self, person: &PersonId, now: Timestamp) -> bool {
        let unanswered = self.unanswered.lock();
        let unanswered = unanswered.unwrap_or_else(PoisonError::into_inner);
        unanswered.get(person).is_some_and(|at| *at + PAUSE > now)
    }

    /// Keeps when GitHub gave no answer, or that it gave one.
    pub(super) fn note(&self, person: &PersonId, unanswered_at: Option<Timestamp>) {
        let unanswered = self.unanswered.lock();
        let mut unanswered = unanswered.unwrap_or_else(PoisonError::into_inner);
        match unanswered_at {
            Some(at) => unanswered.insert(person.clone(), at),
            None => unanswered.remove(person),
        };
    }
}
