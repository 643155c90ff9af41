//! How often sign-ins ask GitHub, in the whole service.
//!
//! Everybody can send an answer to the callback, and each one that is checked is a call to GitHub. So they are counted for each
//! minute, in the database, because several processes share GitHub's patience.

use chrono::Duration;

use super::{Services, WorkflowError};
use crate::clock::Timestamp;

/// So many sign-ins are checked at GitHub in a minute.
const MOST_IN_A_MINUTE: u32 = 120;
/// What they are counted under.
const NAME: &str = "github sign-ins";

/// Counts a sign-in that is about to be checked at GitHub.
///
/// # Errors
/// `too_many_sign_ins` where there were as many in this minute as there may be.
pub async fn count(services: &Services) -> Result<(), WorkflowError> {
    let now = services.now();
    let seen = services.store.read(|tx| tx.budget(NAME)).await?;
    counted(seen.as_deref(), now)?;
    services
        .store
        .write(move |tx| {
            let count = counted(tx.budget(NAME)?.as_deref(), now)?;
            let state = format!("{} {count}", minute(now));
            Ok::<_, WorkflowError>(tx.keep_budget(NAME, &state, now)?)
        })
        .await
}

/// The minute of a time, counted from 1970.
fn minute(now: Timestamp) -> i64 {
    now.timestamp().div_euclid(60)
}

/// How many there are with the one at `now`. `state` is the minute and the number of those before.
fn counted(state: Option<&str>, now: Timestamp) -> Result<u32, WorkflowError> {
    let before = state
        .and_then(|state| state.split_once(' '))
        .filter(|(counted_in, _)| counted_in.parse() == Ok(minute(now)))
        .and_then(|(_, count)| count.parse::<u32>().ok())
        .unwrap_or(0);
    if before < MOST_IN_A_MINUTE {
        return Ok(before + 1);
    }
    let seconds = 60 - now.timestamp().rem_euclid(60);
    Err(WorkflowError::Later {
        code: "too_many_sign_ins",
        message: format!(
            "there were {MOST_IN_A_MINUTE} sign-ins with GitHub in this minute: try again in {seconds} s"
        ),
        until: now + Duration::seconds(seconds),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sign_ins_beyond_the_limit_wait_for_the_next_minute() {
        let now: Timestamp = "2026-03-02T09:00:45Z".parse().unwrap();
        assert_eq!(counted(None, now).unwrap(), 1);
        let full = format!("{} {MOST_IN_A_MINUTE}", minute(now));
        let refused = counted(Some(&full), now).unwrap_err();
        assert_eq!(refused.code(), "too_many_sign_ins");
        assert!(refused.to_string().ends_with("in 15 s"), "{refused}");
        let next = now + Duration::seconds(15);
        assert_eq!(counted(Some(&full), next).unwrap(), 1);
        let almost = format!("{} {}", minute(now), MOST_IN_A_MINUTE - 1);
        assert_eq!(counted(Some(&almost), now).unwrap(), MOST_IN_A_MINUTE);
        assert_eq!(counted(Some("unreadable"), now).unwrap(), 1);
    }
}
