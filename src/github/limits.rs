//! What the door sees of GitHub's limits, and where it is told: somewhere that several processes look at.

use futures_util::future::BoxFuture;

use super::GitHubError;
use super::budget::Quota;
use super::whole::Whole;
use crate::clock::Timestamp;

/// What one answer said of the limits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    Quota(Quota),
    /// Nothing more before that moment, and GitHub's words for it.
    AskedToWait {
        until: Timestamp,
        why: String,
    },
}

/// Keeps what was seen, for all processes. Failing to is the keeper's own business: the call itself is done.
pub trait SharedLimits: Send + Sync + 'static {
    /// `budget` names the installation, see [`super::GitHub::budget`].
    fn seen<'a>(&'a self, budget: &'a str, seen: Seen) -> BoxFuture<'a, ()>;
}

/// The primary limit as an answer's headers tell it; other resources' (search, GraphQL) are not ours to spend.
pub(super) fn quota(whole: &Whole) -> Option<Quota> {
    if whole
        .header("x-ratelimit-resource")
        .is_some_and(|resource| resource != "core")
    {
        return None;
    }
    let number = |name: &str| whole.header(name)?.trim().parse::<i64>().ok();
    Some(Quota {
        limit: u32::try_from(number("x-ratelimit-limit")?).ok()?,
        remaining: u32::try_from(number("x-ratelimit-remaining")?).ok()?,
        reset: chrono::DateTime::from_timestamp(number("x-ratelimit-reset")?, 0)?,
    })
}

/// What is worth telling of an answer: a pause, or a quota that runs low or began anew. Telling of every answer would be
/// a write to the database for each read at GitHub.
pub(super) fn worth_telling(
    refused: Option<&GitHubError>,
    quota: Option<Quota>,
    told: &mut Option<Quota>,
) -> Option<Seen> {
    if let Some(GitHubError::Limited { until, message, .. }) = refused {
        return Some(Seen::AskedToWait {
            until: *until,
            why: message.clone(),
        });
    }
    let quota = quota?;
    let news = told.is_none_or(|known| {
        let step = if quota.remaining < quota.limit / 4 {
            quota.limit / 200
        } else {
            quota.limit / 10
        };
        known.reset != quota.reset || known.remaining.saturating_sub(quota.remaining) > step
    });
    if !news {
        return None;
    }
    *told = Some(quota);
    Some(Seen::Quota(quota))
}
