//! How many hours candidates say that the work took. They need not say it. The team sees it only for all candidates of a
//! spec together, and no report holds it.

use super::{Services, WorkflowError};
use crate::ids::{Slug, WorkSampleId};
use crate::work_sample::State;

/// The team sees nothing of fewer candidates than these, and hears of further ones by as many at once: else the difference
/// between two looks would tell what one of them said.
pub const AT_ONCE: usize = 5;

/// The longest time that is taken, in tenths of an hour.
const MOST_TENTHS: u32 = 9_999;

/// Hours in tenths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HoursSpent(u32);

/// What candidates of a spec said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HoursOfSpec {
    /// How many candidates it is made of.
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
    let (work_sample, _) = super::show::work_sample(services, id).await?;
    let delivered = matches!(
        work_sample.state,
        State::Delivered | State::Assessed | State::Decided | State::Closed
    );
    if !delivered {
        return Err(WorkflowError::Invalid {
            code: "nothing_delivered",
            message: "say how long the work took once you have delivered it".into(),
        });
    }
    let (id, now) = (id.clone(), services.now());
    let tenths = i32::try_from(hours.0).unwrap_or(i32::MAX);
    services
        .store
        .write(move |tx| Ok(tx.set_candidate_hours(&id, tenths, now)?))
        .await
}

/// What the candidates of a spec said, over all of its versions; `None` while fewer than [`AT_ONCE`] did.
pub async fn of_spec(
    services: &Services,
    slug: &Slug,
) -> Result<Option<HoursOfSpec>, WorkflowError> {
    let slug = slug.clone();
    let said = services
        .store
        .read(move |tx| tx.hours_of_spec(&slug))
        .await?;
    Ok(summary(&said))
}

fn summary(said: &[i32]) -> Option<HoursOfSpec> {
    let shown = said.len() / AT_ONCE * AT_ONCE;
    let mut shown: Vec<u32> = said
        .iter()
        .take(shown)
        .filter_map(|tenths| u32::try_from(*tenths).ok())
        .collect();
    shown.sort_unstable();
    let median = shown.get(shown.len().checked_sub(1)? / 2)?;
    Some(HoursOfSpec {
        candidates: shown.len(),
        median_tenths: *median,
    })
}

#[cfg(test)]
mod tests {
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

    #[test]
    fn hours_of_fewer_than_five_candidates_are_not_told() {
        assert_eq!(summary(&[]), None);
        assert_eq!(summary(&[10, 20, 30, 40]), None);
        let five = summary(&[50, 10, 30, 20, 40]).unwrap();
        assert_eq!((five.candidates, five.median_tenths), (5, 30));
    }

    #[test]
    fn hours_of_single_further_candidates_change_nothing() {
        let five = summary(&[50, 10, 30, 20, 40]);
        for more in [&[1][..], &[1, 1], &[1, 1, 1], &[999, 999, 999, 999]] {
            assert_eq!(summary(&[&[50, 10, 30, 20, 40], more].concat()), five);
        }
        assert_ne!(summary(&[50, 10, 30, 20, 40, 1, 1, 1, 1, 1]), five);
    }
}
