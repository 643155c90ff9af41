//! How many hours candidates say that the work took. They need not say it. The team sees it only for all candidates of a
//! spec together, and no report holds it.
//!
//! No two looks of the team tell what one person said. People are counted, not work samples; their first words number them; the
//! team sees the first five, the first ten and so on; and the figures of a group that was complete never change. So what is shown
//! changes only when a fifth further person speaks. A later word replaces a person's figure as long as their group is not complete.

use super::{Services, WorkflowError, show};
use crate::ids::{Login, Slug, WorkSampleId};
use crate::store::{SpecHours, StoreError};
use crate::work_sample::State;

/// The team sees nothing of fewer people than these, and hears of further ones by as many at once.
pub const AT_ONCE: usize = 5;

/// The longest time that is taken, in tenths of an hour.
const MOST_TENTHS: u32 = 9_999;

/// Hours in tenths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HoursSpent(u32);

/// How the candidate of a work sample is known again.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Person {
    account: Option<u64>,
    login: Option<Login>,
    candidate_key: String,
}

/// What candidates of a spec said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HoursOfSpec {
    /// How many people it is made of.
    pub candidates: usize,
    /// Half of them took this many hours or less, in tenths.
    pub median_tenths: u32,
}

impl std::str::FromStr for HoursSpent {
    type Err = WorkflowError;

    /// Reads `6`, `6.5` or `6,5`.
    fn from_str(text: &str) -> Result<Self, WorkflowError> {
        let invalid = || WorkflowError::Invalid {
            code: "hours_invalid",
            message: "write the hours as a number with at most one decimal, from 0.1 to 999.9"
                .into(),
        };
        let text = text.trim().replace(',', ".");
        let (whole, tenths) = text.split_once('.').unwrap_or((&text, "0"));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole) || !digits(tenths) || whole.len() > 3 || tenths.len() > 1 {
            return Err(invalid());
        }
        let read = |text: &str| text.parse::<u32>().map_err(|_| invalid());
        let hours = read(whole)? * 10 + read(tenths)?;
        if (1..=MOST_TENTHS).contains(&hours) {
            Ok(HoursSpent(hours))
        } else {
            Err(invalid())
        }
    }
}

/// Keeps what a candidate says; a later word replaces it.
///
/// # Errors
/// `nothing_delivered` before a delivery.
pub async fn say(
    services: &Services,
    id: &WorkSampleId,
    hours: HoursSpent,
) -> Result<(), WorkflowError> {
    let (work_sample, _) = show::work_sample(services, id).await?;
    let delivered = matches!(
        work_sample.state,
        State::Delivered | State::Assessed | State::Decided | State::Closed
    );
    if !delivered || work_sample.deliveries.is_empty() {
        return Err(WorkflowError::Invalid {
            code: "nothing_delivered",
            message: "say how long the work took once you have delivered it".into(),
        });
    }
    let (id, now) = (id.clone(), services.now());
    let (account, login) = (work_sample.account, work_sample.login);
    let tenths = i32::try_from(hours.0).unwrap_or(i32::MAX);
    services
        .store
        .write(move |tx| {
            let Some(row) = tx.work_sample_row(&id)? else {
                return Err(StoreError::not_found(format!("work sample {id}")));
            };
            tx.set_candidate_hours(&id, tenths, now)?;
            let person = Person {
                account,
                login: login.clone(),
                candidate_key: row.candidate_key,
            };
            match said_by(&tx.spec_hours(&row.slug)?, person, tenths) {
                Some(said) => tx.put_spec_hours(&row.slug, &said),
                None => Ok(()),
            }
        })
        .await?;
    Ok(())
}

/// What the candidates of a spec said, over all of its versions; `None` while fewer than [`AT_ONCE`] people did.
pub async fn of_spec(
    services: &Services,
    slug: &Slug,
) -> Result<Option<HoursOfSpec>, WorkflowError> {
    let slug = slug.clone();
    let said = services.store.read(move |tx| tx.spec_hours(&slug)).await?;
    Ok(summary(&said))
}

/// What to store when a person speaks; `None` where their figure may have been shown.
fn said_by(said: &[SpecHours], person: Person, tenths: i32) -> Option<SpecHours> {
    let Some(known) = said.iter().find(|known| is_same(known, &person)) else {
        let next = said.iter().map(|one| one.ordinal + 1).max().unwrap_or(0);
        return Some(SpecHours {
            ordinal: next.max(0),
            account: person.account,
            login: person.login,
            candidate_key: person.candidate_key,
            tenths,
        });
    };
    let is_open = usize::try_from(known.ordinal).is_ok_and(|ordinal| ordinal >= complete(said));
    is_open.then(|| SpecHours {
        account: known.account.or(person.account),
        login: known.login.clone().or(person.login),
        tenths,
        ..known.clone()
    })
}

/// Is it the same person? Where one of several signs says so, they are: rather one person too few is counted than one twice.
fn is_same(known: &SpecHours, person: &Person) -> bool {
    let same_account = known.account.is_some() && known.account == person.account;
    // An account keeps its id where its login changes, and a login may be taken by another account.
    let may_compare_logins = known.account.is_none() || person.account.is_none();
    let logins = known.login.as_ref().zip(person.login.as_ref());
    let same_login =
        may_compare_logins && logins.is_some_and(|(known, said)| known.same_as(said.as_str()));
    same_account || same_login || known.candidate_key == person.candidate_key
}

/// How many of those from zero on are in complete groups.
fn complete(said: &[SpecHours]) -> usize {
    said.iter().filter(|one| one.ordinal >= 0).count() / AT_ONCE * AT_ONCE
}

/// What the team may see.
fn shown(said: &[SpecHours]) -> Vec<&SpecHours> {
    let complete = complete(said);
    if complete == 0 {
        return Vec::new();
    }
    said.iter()
        .filter(|one| usize::try_from(one.ordinal).map_or(true, |ordinal| ordinal < complete))
        .collect()
}

fn summary(said: &[SpecHours]) -> Option<HoursOfSpec> {
    let mut tenths: Vec<u32> = shown(said)
        .into_iter()
        .filter_map(|one| u32::try_from(one.tenths).ok())
        .collect();
    tenths.sort_unstable();
    let median = tenths.get(tenths.len().checked_sub(1)? / 2)?;
    Some(HoursOfSpec {
        candidates: tenths.len(),
        median_tenths: *median,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn hours_are_read_with_one_decimal() {
        for (text, tenths) in [
            ("6", 60),
            ("6.5", 65),
            (" 6,5 ", 65),
            ("0.1", 1),
            ("999.9", 9999),
        ] {
            assert_eq!(text.parse::<HoursSpent>().unwrap(), HoursSpent(tenths));
        }
        for odd in [
            "", "0", "0.0", "1000", "6.55", "-1", "six", "1e2", ".5", "6.",
        ] {
            assert_eq!(
                odd.parse::<HoursSpent>().unwrap_err().code(),
                "hours_invalid"
            );
        }
    }

    fn person(number: u64) -> Person {
        Person {
            account: Some(number),
            login: format!("login-{number}").parse().ok(),
            candidate_key: format!("{number}@example.org"),
        }
    }

    fn say(said: &mut Vec<SpecHours>, person: Person, tenths: i32) {
        if let Some(new) = said_by(said, person, tenths) {
            said.retain(|one| one.ordinal != new.ordinal);
            said.push(new);
            said.sort_by_key(|one| one.ordinal);
        }
    }

    fn said(words: &[(u64, i32)]) -> Vec<SpecHours> {
        let mut all = Vec::new();
        for (number, tenths) in words {
            say(&mut all, person(*number), *tenths);
        }
        all
    }

    #[test]
    fn hours_of_fewer_than_five_people_are_not_told() {
        assert_eq!(summary(&[]), None);
        let four = [(1, 10), (2, 20), (3, 30), (4, 40)];
        assert_eq!(summary(&said(&four)), None);
        let repeated = [four.as_slice(), &[(1, 50), (2, 60)]].concat();
        assert_eq!(summary(&said(&repeated)), None, "four people in six words");
        let five = summary(&said(&[(1, 50), (2, 10), (3, 30), (4, 20), (5, 40)])).unwrap();
        assert_eq!((five.candidates, five.median_tenths), (5, 30));
    }

    #[test]
    fn person_is_known_again_by_account_login_or_address() {
        let mut all = said(&[(1, 10)]);
        let again = |change: fn(&mut Person)| {
            let mut person = person(1);
            change(&mut person);
            person
        };
        let same = [
            again(|one| one.candidate_key = "other@example.org".into()),
            again(|one| one.account = Some(77)),
            again(|one| {
                one.account = None;
                one.candidate_key = "other@example.org".into();
            }),
        ];
        for person in same {
            assert!(is_same(&all[0], &person), "{person:?}");
            say(&mut all, person, 20);
        }
        assert_eq!(all.len(), 1);
        let other = again(|one| {
            one.account = Some(77);
            one.candidate_key = "other@example.org".into();
        });
        assert!(
            !is_same(&all[0], &other),
            "the login was taken by another account"
        );
    }

    #[test]
    fn hours_that_were_shown_before_wait_for_five_more_people() {
        let mut all = said(&[(1, 10), (2, 20), (3, 30), (4, 40), (5, 50), (6, 60)]);
        for one in &mut all {
            one.ordinal = -1 - one.ordinal;
        }
        for number in 7..=11 {
            assert_eq!(summary(&all), None);
            say(&mut all, person(number), 5);
            say(&mut all, person(1), 999);
        }
        let shown = summary(&all).unwrap();
        assert_eq!((shown.candidates, shown.median_tenths), (11, 10));
    }

    proptest! {
        #[test]
        fn looks_at_hours_differ_by_five_people_or_not_at_all(
            words in prop::collection::vec((0..24_u64, 1..100_i32), 0..80)
        ) {
            let mut all = Vec::new();
            let mut before: Vec<SpecHours> = Vec::new();
            for (number, tenths) in words {
                say(&mut all, person(number), tenths);
                let now: Vec<SpecHours> = shown(&all).into_iter().cloned().collect();
                let people: BTreeSet<_> = now.iter().map(|one| one.account).collect();
                prop_assert_eq!(people.len(), now.len(), "nobody counts twice");
                prop_assert!(now.is_empty() || now.len() >= AT_ONCE);
                prop_assert!(now.len() == before.len() || now.len() >= before.len() + AT_ONCE);
                prop_assert_eq!(&now[..before.len()], before.as_slice(), "what was shown stays");
                before = now;
            }
        }
    }
}
