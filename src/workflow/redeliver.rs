//! Redelivery: GitHub does not send a webhook twice by itself, but keeps a log of what it sent for three days and sends
//! again what it is asked to, under the same GUID. One look into that log replaces polling every repository.

use std::collections::{BTreeMap, BTreeSet};

use chrono::Duration;

use super::reconcile;
use super::{Services, WorkflowError};
use crate::clock::Timestamp;
use crate::github::{GitHub, HookLog, SentDelivery};
use crate::store::StoreError;

/// How often to look into the log.
const PAUSE_MINUTES: i64 = 5;
/// How far back GitHub's log can be sent again (docs.github.com).
const REACH_DAYS: i64 = 3;
/// What is asked for again this often, and still fails, is not asked for any more.
const MOST_ATTEMPTS: usize = 5;
/// A delivery is in the log only once it was answered or given up.
const OVERLAP_MINUTES: i64 = 15;
/// After a longer silence of ours, webhooks may have been lost beyond what the log still has.
const SILENCE_MINUTES: i64 = 60;

/// Asks for everything again that did not reach us since the last look, in all organisations; returns when to look again.
pub async fn redeliver(services: &Services) -> Result<Option<Timestamp>, WorkflowError> {
    if services.github.is_empty() {
        return Ok(None);
    }
    let mut asked = 0;
    let mut read = BTreeSet::new();
    for github in services.github.iter() {
        let Some(log) = github.hook_log(&services.hook_url).await? else {
            tracing::warn!(org = %github.org(), "no webhook of ours is set up: missed ones cannot be asked for");
            continue;
        };
        // An App has one log for all organisations.
        if read.insert(log.name(github)) {
            asked += from_log(services, github, &log).await?;
        }
    }
    if asked > 0 {
        tracing::info!(asked, "asked GitHub to send webhooks again");
    }
    Ok(Some(services.now() + Duration::minutes(PAUSE_MINUTES)))
}

async fn from_log(
    services: &Services,
    github: &GitHub,
    log: &HookLog,
) -> Result<usize, WorkflowError> {
    let (name, now) = (format!("hook log: {}", log.name(github)), services.now());
    let last = services
        .store
        .read({
            let name = name.clone();
            move |tx| tx.looked_at(&name)
        })
        .await?;
    let reach = now - Duration::days(REACH_DAYS);
    let since = last.map_or(reach, |last| {
        (last - Duration::minutes(OVERLAP_MINUTES)).max(reach)
    });
    let sent = github.sent_deliveries(log, since).await?;
    let wanted = missed(&sent);
    let kept = kept(services, &wanted).await?;
    let mut asked = 0;
    for delivery in wanted.iter().filter(|one| !kept.contains(&one.guid)) {
        github.send_again(log, delivery.id).await?;
        asked += 1;
    }
    // Sent again or not: after an outage, what GitHub shows is compared with what we know.
    let silent = last.is_some_and(|last| now - last > Duration::minutes(SILENCE_MINUTES));
    if silent || asked > 0 {
        reconcile::ask_all(services).await?;
    }
    services
        .store
        .write(move |tx| tx.looked(&name, now))
        .await?;
    Ok(asked)
}

/// The latest attempt of each delivery of which no attempt was taken in, and which is worth another.
fn missed(sent: &[SentDelivery]) -> Vec<SentDelivery> {
    let mut by_guid: BTreeMap<&str, Vec<&SentDelivery>> = BTreeMap::new();
    for one in sent {
        by_guid.entry(&one.guid).or_default().push(one);
    }
    let mut missed: Vec<SentDelivery> = by_guid
        .into_values()
        .filter(|attempts| {
            attempts.len() < MOST_ATTEMPTS && !attempts.iter().any(|one| one.was_taken())
        })
        .filter_map(|attempts| {
            attempts
                .into_iter()
                .max_by_key(|one| (one.delivered_at, one.id))
        })
        .cloned()
        .collect();
    missed.sort_by_key(|one| (one.delivered_at, one.id));
    missed
}

/// Those that are on disk all the same: the answer was lost, the delivery was not.
async fn kept(
    services: &Services,
    wanted: &[SentDelivery],
) -> Result<BTreeSet<String>, WorkflowError> {
    let guids: Vec<String> = wanted.iter().map(|one| one.guid.clone()).collect();
    services
        .store
        .read(move |tx| {
            let mut kept = BTreeSet::new();
            for guid in &guids {
                if tx.delivery(guid)?.is_some() {
                    kept.insert(guid.clone());
                }
            }
            Ok::<_, StoreError>(kept)
        })
        .await
        .map_err(WorkflowError::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(id: u64, guid: &str, status_code: u16) -> SentDelivery {
        SentDelivery {
            id,
            guid: guid.to_owned(),
            delivered_at: Timestamp::UNIX_EPOCH + Duration::seconds(id.try_into().unwrap()),
            status_code,
        }
    }

    #[test]
    fn what_was_never_taken_in_is_asked_for_once_by_its_latest_attempt_and_not_for_ever() {
        let mut log = vec![
            sent(1, "taken", 202),
            sent(2, "lost", 0),
            sent(3, "refused, then taken", 503),
            sent(4, "lost", 502),
            sent(5, "refused, then taken", 200),
        ];
        log.extend((10..15).map(|id| sent(id, "hopeless", 422)));
        let asked: Vec<u64> = missed(&log).iter().map(|one| one.id).collect();
        assert_eq!(asked, [4]);
    }
}
