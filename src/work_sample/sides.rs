//! Which side an account is on, and how that is known.
//!
//! Whether an account belongs to the team cannot be read from a webhook: `author_association` shows members whose
//! membership is private as CONTRIBUTOR or NONE. The service therefore looks each account up and records the result as an
//! event, so that the fold stays pure. A lead's word is an event too, and wins.
//!
//! Work samples that were drafted before look-ups existed have no marker in `drafted`. In them everybody but the candidate
//! stays team, unless a lead says otherwise.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::event::Actor;
use super::parts::{AccountSide, SideReason};
use crate::clock::Timestamp;

/// Who somebody speaks for.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    Candidate,
    Team,
    Service,
    /// An App or GitHub Actions.
    Bot,
    /// Looked up: neither the candidate nor the team.
    Stranger,
    /// Not looked up yet.
    Unknown,
}

impl Side {
    /// What people call it.
    pub fn in_words(self) -> &'static str {
        match self {
            Side::Candidate => "candidate",
            Side::Team => "team",
            Side::Service => "service",
            Side::Bot => "bot",
            Side::Stranger => "somebody outside the team",
            Side::Unknown => "not looked up yet",
        }
    }

    /// Does what this side writes count as words of the work sample?
    pub fn takes_part(self) -> bool {
        match self {
            Side::Candidate | Side::Team | Side::Service => true,
            Side::Bot | Side::Stranger | Side::Unknown => false,
        }
    }
}

impl From<AccountSide> for Side {
    fn from(side: AccountSide) -> Side {
        match side {
            AccountSide::Team => Side::Team,
            AccountSide::Stranger => Side::Stranger,
            AccountSide::Bot => Side::Bot,
        }
    }
}

/// One recorded look-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LookUp {
    pub at: Timestamp,
    pub side: AccountSide,
    pub because: SideReason,
}

/// A lead's word on an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettledSide {
    pub at: Timestamp,
    pub by: Actor,
    pub side: AccountSide,
    pub note: String,
}

/// What is recorded about one account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SideRecord {
    /// In order of time.
    pub look_ups: Vec<LookUp>,
    /// How often a lead settled it; the last word holds.
    pub settled: Vec<SettledSide>,
}

/// The recorded sides of a work sample.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownSides {
    /// Texts and pushes from this time on are looked up. `None`: the log is older than look-ups.
    pub looked_up_from: Option<Timestamp>,
    pub accounts: BTreeMap<u64, SideRecord>,
}

/// An account that wrote or pushed, other than the candidate's and the service's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub id: u64,
    /// The login of its latest text or push.
    pub login: String,
    /// The side of its latest text or push.
    pub side: Side,
    /// What the look-up that says so found.
    pub because: Option<SideReason>,
    pub settled: Option<SettledSide>,
    /// When it last wrote or pushed something that no look-up covers.
    pub to_look_up: Option<Timestamp>,
}

/// GitHub's own account in place of deleted ones.
const GHOST: u64 = 10_137;
/// The account of GitHub Actions.
const GITHUB_ACTIONS: u64 = 41_898_282;

/// The login alone shows that it is a bot: no person's login holds brackets.
pub fn is_bot(id: u64, login: &str) -> bool {
    id == GITHUB_ACTIONS || login.ends_with("[bot]")
}

impl LookUp {
    /// How long after it the same result is assumed. A colleague who is added to the organisation after a first comment
    /// should not stay a stranger for a day.
    fn lasts(&self) -> TimeDelta {
        match self.side {
            AccountSide::Stranger => TimeDelta::hours(1),
            AccountSide::Team | AccountSide::Bot => TimeDelta::days(1),
        }
    }
}

impl SideRecord {
    /// The look-up that covers a text of this time: one shortly before it, or else the first after it. A known person is
    /// team in everything that they wrote earlier, too.
    fn covering(&self, at: Timestamp) -> Option<&LookUp> {
        let known_person = |one: &&LookUp| one.at >= at && one.because == SideReason::KnownPerson;
        self.look_ups.iter().find(known_person).or_else(|| {
            let before = self.last_before(at);
            before
                .filter(|one| at - one.at <= one.lasts())
                .or_else(|| self.look_ups.iter().find(|one| one.at >= at))
        })
    }

    fn last_before(&self, at: Timestamp) -> Option<&LookUp> {
        self.look_ups.iter().rfind(|one| one.at <= at)
    }

    /// What is known for a text of this time. Until it is looked up again the last result holds.
    fn best(&self, at: Timestamp) -> Option<&LookUp> {
        self.covering(at).or_else(|| self.last_before(at))
    }

    /// The lead's word that holds.
    pub fn settled(&self) -> Option<&SettledSide> {
        self.settled.last()
    }
}

impl KnownSides {
    /// The side of an account that is not the candidate's, for what it did at this time.
    pub fn side_at(&self, id: u64, login: &str, at: Timestamp) -> Side {
        let record = self.accounts.get(&id);
        if let Some(settled) = record.and_then(SideRecord::settled) {
            return settled.side.into();
        }
        if self.is_before_look_ups(at) {
            return Side::Team;
        }
        if is_bot(id, login) {
            return Side::Bot;
        }
        record
            .and_then(|record| record.best(at))
            .map_or(Side::Unknown, |look_up| look_up.side.into())
    }

    /// What the look-up found that the side at this time rests on.
    pub fn reason_at(&self, id: u64, at: Timestamp) -> Option<SideReason> {
        if self.is_before_look_ups(at) {
            return None;
        }
        let record = self.accounts.get(&id)?;
        record.best(at).map(|look_up| look_up.because)
    }

    /// Does what the account did at this time still need a look-up?
    pub fn needs_look_up(&self, id: u64, login: &str, at: Timestamp) -> bool {
        let record = self.accounts.get(&id);
        id != GHOST
            && !self.is_before_look_ups(at)
            && !is_bot(id, login)
            && record
                .is_none_or(|record| record.settled.is_empty() && record.covering(at).is_none())
    }

    fn is_before_look_ups(&self, at: Timestamp) -> bool {
        self.looked_up_from.is_none_or(|from| at < from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::work_sample::testing::at;

    fn known(look_ups: &[(i64, AccountSide, SideReason)]) -> KnownSides {
        let look_ups = look_ups.iter().map(|(minute, side, because)| LookUp {
            at: at(*minute),
            side: *side,
            because: *because,
        });
        let record = SideRecord {
            look_ups: look_ups.collect(),
            settled: Vec::new(),
        };
        KnownSides {
            looked_up_from: Some(at(0)),
            accounts: [(8, record)].into(),
        }
    }

    const DAY: i64 = 24 * 60;

    #[test]
    fn look_up_covers_texts_before_it_and_for_a_day_after_it() {
        let sides = known(&[
            (10, AccountSide::Team, SideReason::OrganizationMember),
            (30 * DAY, AccountSide::Stranger, SideReason::NoTie),
        ]);
        let side = |minute| sides.side_at(8, "lee", at(minute));
        assert_eq!(side(5), Side::Team);
        assert_eq!(side(10 + DAY), Side::Team);
        assert_eq!(side(29 * DAY), Side::Stranger);
        assert!(!sides.needs_look_up(8, "lee", at(29 * DAY)));
        assert_eq!(
            side(31 * DAY),
            Side::Stranger,
            "until it is looked up again"
        );
        assert!(sides.needs_look_up(8, "lee", at(31 * DAY)));
        assert!(!sides.needs_look_up(8, "lee", at(30 * DAY + 59)));
        assert!(sides.needs_look_up(8, "lee", at(30 * DAY + 61)));
    }

    #[test]
    fn known_person_is_team_in_earlier_texts_too() {
        let sides = known(&[
            (10, AccountSide::Stranger, SideReason::NoTie),
            (3 * DAY, AccountSide::Team, SideReason::KnownPerson),
        ]);
        assert_eq!(sides.side_at(8, "lee", at(5)), Side::Team);
        assert_eq!(sides.side_at(8, "lee", at(20)), Side::Team);
    }

    #[test]
    fn unknown_account_is_no_stranger_and_old_log_keeps_team() {
        let mut sides = KnownSides {
            looked_up_from: Some(at(0)),
            ..KnownSides::default()
        };
        assert_eq!(sides.side_at(8, "lee", at(5)), Side::Unknown);
        assert_eq!(sides.side_at(9, "ci[bot]", at(5)), Side::Bot);
        assert!(!sides.needs_look_up(9, "ci[bot]", at(5)));
        assert!(!sides.needs_look_up(GHOST, "ghost", at(5)));
        sides.looked_up_from = None;
        assert_eq!(sides.side_at(8, "lee", at(5)), Side::Team);
        assert_eq!(sides.side_at(9, "ci[bot]", at(5)), Side::Team);
        assert!(!sides.needs_look_up(8, "lee", at(5)));
    }
}
