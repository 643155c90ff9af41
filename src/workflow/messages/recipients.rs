//! Who reads a message.

use std::collections::BTreeSet;

use chrono_tz::Tz;

use crate::clock::Timestamp;
use crate::ids::{PersonId, WorkSampleId};
use crate::store::{PersonRow, ReadTx, StoreError};
use crate::work_sample::WorkSample;
use crate::work_sample::answer_hours::Availability;
use crate::work_sample::messages::{Audience, MessageKind, Promise};

/// The candidate as a recipient.
pub const CANDIDATE: &str = "candidate";
/// The team as a recipient, where nobody of it is known.
pub const TEAM: &str = "team";

/// Somebody who reads messages.
#[derive(Debug, Clone)]
pub(super) struct Recipient {
    /// As in `messages.recipient`.
    pub name: String,
    /// As in `messages_off.recipient`.
    pub preferences_of: String,
    pub called: String,
    pub address: Option<String>,
    pub zone: Tz,
}

/// The people who may read what a work sample has to tell the team.
#[derive(Debug, Clone)]
pub(super) struct Team {
    owner: Option<PersonRow>,
    backup: Option<PersonRow>,
    leads: Vec<PersonRow>,
    /// The time zone that the candidate chose.
    candidate_zone: Tz,
}

fn can_read(person: &PersonRow) -> bool {
    person.disabled_at.is_none() && person.email.is_some()
}

/// A zone that this version does not know counts as UTC.
fn zone_of(person: &PersonRow) -> Tz {
    person.zone.parse().unwrap_or(Tz::UTC)
}

fn availability(person: &PersonRow) -> Availability {
    Availability {
        zone: zone_of(person),
        hours: person.answer_hours.clone(),
        days_off: person.days_off.clone(),
    }
}

impl Team {
    pub fn of(tx: &mut ReadTx<'_>, id: &WorkSampleId) -> Result<Team, StoreError> {
        let people = tx.people()?;
        let named = |id: &PersonId| people.iter().find(|one| one.id == *id).cloned();
        let owner = tx.owner(id)?;
        let details = tx.candidate_details(id)?;
        Ok(Team {
            candidate_zone: details
                .zone
                .and_then(|zone| zone.parse().ok())
                .unwrap_or(Tz::UTC),
            owner: owner.as_ref().and_then(|owner| named(&owner.person)),
            backup: owner
                .as_ref()
                .and_then(|owner| owner.backup.as_ref())
                .and_then(named),
            leads: people
                .into_iter()
                .filter(|one| can_read(one) && one.has_role("lead"))
                .collect(),
        })
    }

    /// Within what time an answer is promised.
    pub fn promise(&self, within_hours: Option<u32>) -> Option<Promise> {
        let enabled = |one: &&PersonRow| one.disabled_at.is_none();
        let people: Vec<Availability> = [&self.owner, &self.backup]
            .into_iter()
            .flatten()
            .filter(enabled)
            .map(availability)
            .collect();
        Some(Promise {
            within_hours: within_hours?,
            people: if people.is_empty() {
                vec![Availability::always()]
            } else {
                people
            },
        })
    }

    /// The owner; the backup too where the owner is off today, or cannot read mail; every lead where there is neither.
    fn readers(&self, now: Timestamp) -> Vec<&PersonRow> {
        let owner = self.owner.as_ref().filter(|one| can_read(one));
        let backup = self.backup.as_ref().filter(|one| can_read(one));
        match (owner, backup) {
            (Some(owner), Some(backup)) if availability(owner).is_off(now) => vec![owner, backup],
            (Some(owner), _) => vec![owner],
            (None, Some(backup)) => vec![backup],
            (None, None) => self.leads.iter().collect(),
        }
    }

    /// Who reads a message of this kind, at least one.
    pub fn recipients(&self, ws: &WorkSample, kind: MessageKind, now: Timestamp) -> Vec<Recipient> {
        if kind.audience() == Audience::Candidate {
            return vec![Recipient {
                name: CANDIDATE.to_owned(),
                preferences_of: ws.id.to_string(),
                called: ws.candidate.clone(),
                address: ws.email.clone(),
                zone: self.candidate_zone,
            }];
        }
        let mut known = BTreeSet::new();
        let readers: Vec<Recipient> = self
            .readers(now)
            .into_iter()
            .filter(|one| known.insert(one.id.clone()))
            .map(recipient)
            .collect();
        if !readers.is_empty() {
            return readers;
        }
        vec![Recipient {
            name: TEAM.to_owned(),
            preferences_of: TEAM.to_owned(),
            called: TEAM.to_owned(),
            address: None,
            zone: Tz::UTC,
        }]
    }
}

/// A person as a recipient.
pub(super) fn recipient(person: &PersonRow) -> Recipient {
    Recipient {
        name: person.id.to_string(),
        preferences_of: person.id.to_string(),
        called: person.name.clone(),
        address: person.email.clone(),
        zone: zone_of(person),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(name: &str) -> PersonRow {
        let hex = format!("{:0>32}", name.len());
        PersonRow {
            id: format!("person_{hex}").parse().unwrap(),
            name: name.to_owned(),
            email: Some(format!("{name}@acme.example")),
            github_id: None,
            github_login: None,
            roles: vec!["lead".to_owned()],
            disabled_at: None,
            created_by: "test".to_owned(),
            created_at: "2026-03-01T00:00:00Z".parse().unwrap(),
            zone: "Europe/Berlin".to_owned(),
            seen_at: None,
            roles_from_teams: Vec::new(),
            teams_checked_at: None,
            answer_hours: Some("mon-fri 09:00-17:00".parse().unwrap()),
            days_off: BTreeSet::new(),
        }
    }

    fn names(team: &Team, at: &str) -> Vec<String> {
        let readers = team.readers(at.parse().unwrap());
        readers.iter().map(|one| one.name.clone()).collect()
    }

    #[test]
    fn backup_reads_where_owner_is_off() {
        let mut team = Team {
            candidate_zone: Tz::UTC,
            owner: Some(person("lea")),
            backup: Some(person("rita")),
            leads: vec![person("olivia")],
        };
        let (monday, sunday) = ("2026-03-02T20:00:00Z", "2026-03-01T10:00:00Z");
        assert_eq!(names(&team, monday), ["lea"], "in the evening too");
        assert_eq!(names(&team, sunday), ["lea", "rita"]);
        let off = "2026-03-02".parse().unwrap();
        team.owner.as_mut().unwrap().days_off.insert(off);
        assert_eq!(names(&team, monday), ["lea", "rita"]);
        team.owner.as_mut().unwrap().disabled_at = Some(monday.parse().unwrap());
        assert_eq!(names(&team, monday), ["rita"]);
        team.backup = None;
        assert_eq!(names(&team, monday), ["olivia"]);
    }

    #[test]
    fn promise_counts_hours_of_owner_and_backup() {
        let team = Team {
            candidate_zone: Tz::UTC,
            owner: Some(person("lea")),
            backup: None,
            leads: Vec::new(),
        };
        assert_eq!(team.promise(None), None);
        assert_eq!(team.promise(Some(8)).unwrap().people.len(), 1);
        let nobody = Team {
            candidate_zone: Tz::UTC,
            owner: None,
            ..team
        };
        assert_eq!(
            nobody.promise(Some(8)).unwrap().people,
            [Availability::always()]
        );
    }
}
