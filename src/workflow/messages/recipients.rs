//! Who reads a message.

use std::collections::BTreeSet;

use chrono_tz::Tz;

use crate::clock::Timestamp;
use crate::ids::{PersonId, WorkSampleId};
use crate::store::{PersonRow, ReadTx, StoreError};
use crate::work_sample::answer_hours::Availability;
use crate::work_sample::messages::{MessageKind, Promise, Wanted};
use crate::workflow::role_teams::{hold, holds_for};

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

impl Recipient {
    /// The team, where nobody of it can be told.
    pub fn team() -> Recipient {
        Recipient {
            name: TEAM.to_owned(),
            preferences_of: TEAM.to_owned(),
            called: TEAM.to_owned(),
            address: None,
            zone: Tz::UTC,
        }
    }
}

/// Somebody of the team who may read messages.
#[derive(Debug, Clone)]
pub(super) struct Member {
    person: PersonRow,
    /// False where their role is one by a GitHub team that was not confirmed for too long.
    pub is_confirmed: bool,
}

impl Member {
    pub fn recipient(&self) -> Recipient {
        Recipient {
            name: self.person.id.to_string(),
            preferences_of: self.person.id.to_string(),
            called: self.person.name.clone(),
            address: self.person.email.clone(),
            zone: zone_of(&self.person),
        }
    }

    fn is(&self, recipient: &str) -> bool {
        self.person.id.as_str() == recipient
    }
}

/// The people who may read what there is to tell the team.
#[derive(Debug, Clone)]
pub(super) struct Team {
    owner: Option<Member>,
    backup: Option<Member>,
    leads: Vec<Member>,
    /// Whose hours are counted where nobody can be told.
    answering: Vec<Availability>,
    /// The time zone that the candidate chose.
    pub candidate_zone: Tz,
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

fn is_lead(person: &PersonRow) -> bool {
    person.disabled_at.is_none() && person.has_role("lead")
}

impl Team {
    /// Who reads for a work sample; without one, who reads for the service: its leads.
    pub fn of(
        tx: &mut ReadTx<'_>,
        id: Option<&WorkSampleId>,
        now: Timestamp,
    ) -> Result<Team, StoreError> {
        let people = tx.people()?;
        let (owner, details) = match id {
            Some(id) => (tx.owner(id)?, Some(tx.candidate_details(id)?)),
            None => (None, None),
        };
        let named = |id: &PersonId| people.iter().find(|one| one.id == *id);
        let owner_row = owner.as_ref().and_then(|owner| named(&owner.person));
        let backup = owner.as_ref().and_then(|owner| owner.backup.as_ref());
        let backup_row = backup.and_then(named);
        let holds_for = holds_for(&people);
        let member = |person: &PersonRow, by_name: bool| -> Option<Member> {
            let has_role = person.has_role("lead") || person.has_role("reviewer");
            if person.disabled_at.is_some() || person.email.is_none() || !has_role {
                return None;
            }
            let by_team = !person.roles_from_teams.is_empty();
            // Who had a role by a team, and has none now, has left.
            if !by_name && !by_team && person.teams_checked_at.is_some() {
                return None;
            }
            Some(Member {
                person: person.clone(),
                is_confirmed: by_name || !by_team || hold(person, holds_for, now),
            })
        };
        let any = |person: &PersonRow| member(person, !person.roles.is_empty());
        let lead =
            |person: &PersonRow| member(person, person.roles.iter().any(|one| one == "lead"));
        let enabled: Vec<&PersonRow> = [owner_row, backup_row]
            .into_iter()
            .flatten()
            .filter(|one| one.disabled_at.is_none())
            .collect();
        let answering: Vec<Availability> = if enabled.is_empty() {
            people
                .iter()
                .filter(|one| is_lead(one))
                .map(availability)
                .collect()
        } else {
            enabled.into_iter().map(availability).collect()
        };
        Ok(Team {
            owner: owner_row.and_then(any),
            backup: backup_row.and_then(any),
            leads: people
                .iter()
                .filter(|one| is_lead(one))
                .filter_map(lead)
                .collect(),
            answering,
            candidate_zone: details
                .and_then(|details| details.zone)
                .and_then(|zone| zone.parse().ok())
                .unwrap_or(Tz::UTC),
        })
    }

    /// Within what time an answer is promised: in hours of those who are told of the question.
    pub fn promise(&self, within_hours: Option<u32>) -> Option<Promise> {
        let within_hours = within_hours?;
        let hours = |one: &Member| availability(&one.person);
        let (mut people, backup) = match (&self.owner, &self.backup) {
            (Some(owner), backup) => (vec![hours(owner)], backup.as_ref().map(hours)),
            (None, Some(backup)) => (vec![hours(backup)], None),
            (None, None) => (self.leads.iter().map(hours).collect(), None),
        };
        if people.is_empty() {
            people = self.answering.clone();
        }
        if people.is_empty() {
            people = vec![Availability::always()];
        }
        Some(Promise {
            within_hours,
            people,
            backup,
        })
    }

    /// Who is to be told, in groups; none where nobody can be. Where one of a group was told, the others of it are not told
    /// later.
    pub fn readers(&self, wanted: &Wanted, now: Timestamp) -> Vec<Vec<&Member>> {
        let is_question = is_question(wanted.kind);
        match (&self.owner, &self.backup) {
            (Some(owner), Some(backup)) => {
                let is_due = match wanted.backup_from {
                    Some(from) if is_question => from <= now,
                    _ => availability(&owner.person).is_off(now),
                };
                match (is_due, is_question) {
                    (false, _) => vec![vec![owner]],
                    (true, true) if backup.person.id != owner.person.id => {
                        vec![vec![owner], vec![backup]]
                    }
                    (true, true) => vec![vec![owner]],
                    (true, false) => vec![vec![owner, backup]],
                }
            }
            (Some(one), None) | (None, Some(one)) => vec![vec![one]],
            (None, None) if self.leads.is_empty() => Vec::new(),
            (None, None) => vec![self.leads.iter().collect()],
        }
    }

    /// Somebody who may read messages now, by their name as a recipient.
    pub fn member(&self, recipient: &str) -> Option<&Member> {
        let leads: &[Member] = match (&self.owner, &self.backup) {
            (None, None) => &self.leads,
            _ => &[],
        };
        let all = self.owner.iter().chain(&self.backup).chain(leads);
        all.into_iter().find(|one| one.is(recipient))
    }

    /// Has somebody of a group been told by messages to these recipients?
    pub fn is_told(
        &self,
        group: &[&Member],
        kind: MessageKind,
        recipients: &BTreeSet<&str>,
    ) -> bool {
        recipients.iter().any(|one| {
            // Nobody was known, and what was kept can be sent by hand.
            *one == TEAM
                // News is told once. What waits for somebody is told to those who read now.
                || kind.is_optional()
                || group.iter().any(|member| member.is(one))
                || !is_question(kind) && self.member(one).is_some()
        })
    }
}

fn is_question(kind: MessageKind) -> bool {
    matches!(
        kind,
        MessageKind::QuestionWaiting | MessageKind::QuestionAgain
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::work_sample::NaturalKey;
    use crate::work_sample::messages::{Content, MessageKey};

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

    fn member(name: &str) -> Member {
        Member {
            person: person(name),
            is_confirmed: true,
        }
    }

    fn team(owner: Option<&str>, backup: Option<&str>, leads: &[&str]) -> Team {
        Team {
            owner: owner.map(member),
            backup: backup.map(member),
            leads: leads.iter().map(|name| member(name)).collect(),
            answering: Vec::new(),
            candidate_zone: Tz::UTC,
        }
    }

    fn wanted(kind: MessageKind, backup_from: Option<&str>) -> Wanted {
        Wanted {
            key: MessageKey::of(kind, &NaturalKey("about".into())),
            kind,
            at: "2026-03-01T00:00:00Z".parse().unwrap(),
            content: Content::Decided {
                feedback: None,
                is_corrected: false,
            },
            backup_from: backup_from.map(|at| at.parse().unwrap()),
        }
    }

    fn names(team: &Team, wanted: &Wanted, at: &str) -> Vec<Vec<String>> {
        let groups = team.readers(wanted, at.parse().unwrap());
        let name = |one: &&Member| one.person.name.clone();
        groups
            .iter()
            .map(|one| one.iter().map(name).collect())
            .collect()
    }

    #[test]
    fn backup_reads_news_on_days_when_owner_is_off() {
        let mut both = team(Some("lea"), Some("rita"), &["olivia"]);
        let news = wanted(MessageKind::Delivered, None);
        let (monday, sunday) = ("2026-03-02T20:00:00Z", "2026-03-01T10:00:00Z");
        assert_eq!(names(&both, &news, monday), [["lea"]], "in the evening too");
        assert_eq!(names(&both, &news, sunday), [["lea", "rita"]]);
        both.owner = None;
        assert_eq!(names(&both, &news, monday), [["rita"]]);
        both.backup = None;
        assert_eq!(names(&both, &news, monday), [["olivia"]]);
    }

    #[test]
    fn backup_reads_a_question_once_their_hours_are_counted() {
        let both = team(Some("lea"), Some("rita"), &[]);
        let question = wanted(MessageKind::QuestionWaiting, Some("2026-03-02T16:00:00Z"));
        assert_eq!(names(&both, &question, "2026-03-02T15:59:59Z"), [["lea"]]);
        assert_eq!(
            names(&both, &question, "2026-03-02T16:00:00Z"),
            [["lea"], ["rita"]]
        );
    }

    #[test]
    fn what_waits_is_told_to_who_reads_now_and_news_once() {
        let now = team(Some("lea"), Some("rita"), &["olivia"]);
        let told = |kind, recipients: &[&Member]| {
            let ids: Vec<String> = recipients.iter().map(|one| one.recipient().name).collect();
            let ids: BTreeSet<&str> = ids.iter().map(String::as_str).collect();
            now.is_told(&[now.owner.as_ref().unwrap()], kind, &ids)
        };
        let (lea, rita, olivia) = (member("lea"), member("rita"), member("olivia"));
        for kind in [MessageKind::QuestionWaiting, MessageKind::PayToPay] {
            assert!(told(kind, &[&lea]) && !told(kind, &[]) && !told(kind, &[&olivia]));
        }
        assert!(told(MessageKind::PayToPay, &[&rita]));
        assert!(!told(MessageKind::QuestionWaiting, &[&rita]));
        assert!(told(MessageKind::Delivered, &[&olivia]));
    }

    #[test]
    fn promise_counts_hours_of_those_who_are_told() {
        let hours = |team: &Team| {
            let promise = team.promise(Some(8)).unwrap();
            (promise.people.len(), promise.backup.is_some())
        };
        assert_eq!(team(Some("lea"), None, &[]).promise(None), None);
        assert_eq!(hours(&team(Some("lea"), None, &["olivia"])), (1, false));
        assert_eq!(hours(&team(Some("lea"), Some("rita"), &[])), (1, true));
        assert_eq!(hours(&team(None, Some("rita"), &["olivia"])), (1, false));
        let leads = team(None, None, &["olivia", "lea"])
            .promise(Some(8))
            .unwrap();
        assert_eq!(leads.people, vec![availability(&person("lea")); 2]);
        let nobody = team(None, None, &[]).promise(Some(8)).unwrap();
        assert_eq!(nobody.people, [Availability::always()]);
    }
}
