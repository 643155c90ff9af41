//! Redelivery: GitHub does not send a webhook twice by itself, but keeps a log of what it sent for three days and sends
//! again what it is asked to, under the same GUID. One look into that log replaces polling every repository. Each webhook
//! that is wanted again is a job of its own, queued together with how far was looked: so it waits for its turn at GitHub
//! where everybody sees it, and a long outage is not looked through again for each.

use std::collections::{BTreeMap, BTreeSet};

use chrono::Duration;
use serde::{Deserialize, Serialize};

use super::governor::{Wanted, admitted, spent};
use super::jobs::JobKind;
use super::reconcile;
use super::stored::{checkpoint, job_key};
use super::{Services, WorkflowError};
use crate::clock::Timestamp;
use crate::github::{GitHub, GitHubError, HookLog, OurHook, SentDelivery, Urgency, Writes};
use crate::store::{JobFilter, JobRow, NewJob, StoreError, Tx};

/// How often to look into the log.
const PAUSE_MINUTES: i64 = 5;
/// How far back GitHub's log can be sent again (docs.github.com).
const REACH_DAYS: i64 = 3;
/// What failed so often, over three days, is not asked for any more.
const MOST_ATTEMPTS: usize = 16;
/// The longest pause between two of them.
const LONGEST_PAUSE_HOURS: i64 = 6;
/// A wrong answer is as likely as a webhook that GitHub has no more: it says so three times before it is believed.
const BELIEVED_AT_ATTEMPT: u32 = 3;
/// A delivery is in the log only once it was answered or given up.
const OVERLAP_MINUTES: i64 = 15;
/// After a longer silence of ours, webhooks may have been lost beyond what the log still has.
const SILENCE_MINUTES: i64 = 60;
/// Which hook is ours, and one page of its log.
const READS: u32 = 2;

/// One attempt to be made again, as it stands in its job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Wish {
    /// The organisation as whose installation, or with whose token, we ask.
    org: String,
    log: HookLog,
    attempt: u64,
}

/// Queues everything to be asked for again that did not reach us since the last look, in all organisations; returns when
/// to look again. One organisation that cannot be looked at keeps no other from it.
///
/// # Errors
/// The first of those, once all were looked at.
pub async fn redeliver(services: &Services) -> Result<Option<Timestamp>, WorkflowError> {
    if services.github.is_empty() {
        return Ok(None);
    }
    let mut wanted = 0;
    let mut read = BTreeSet::new();
    let mut failed = None;
    for github in services.github.iter() {
        match from_organization(services, github, &mut read).await {
            Ok(found) => wanted += found,
            Err(error) => {
                tracing::warn!(org = %github.org(), %error, "missed webhooks cannot be looked for here");
                failed = failed.or(Some(error));
            }
        }
    }
    if wanted > 0 {
        tracing::info!(wanted, "GitHub is to send webhooks again");
    }
    match failed {
        Some(error) => Err(error),
        None => Ok(Some(services.now() + Duration::minutes(PAUSE_MINUTES))),
    }
}

/// `read` are the logs that were read already: an App has one for all organisations.
async fn from_organization(
    services: &Services,
    github: &GitHub,
    read: &mut BTreeSet<String>,
) -> Result<usize, WorkflowError> {
    if github.is_app() && read.contains(&HookLog::App.name(github)) {
        return Ok(0);
    }
    let github = github.counted();
    let budget = github.own_budget().unwrap_or_else(|| github.budget());
    let wanted = Wanted::new(
        services,
        &github,
        "redeliver",
        Urgency::Bulk,
        Writes::Nothing,
    );
    admitted(services, wanted.under(budget.clone()).reading(READS)).await?;
    let found = match github.our_hook(&services.hook_url).await {
        Ok(hook) => match hook.log() {
            Some(log) => {
                let found = from_log(services, &github, &log).await;
                if found.is_ok() {
                    read.insert(log.name(&github));
                }
                found
            }
            None => {
                tracing::warn!(org = %github.org(), "missed webhooks cannot be asked for: {}", why_not(&hook));
                without_log(services, &github).await
            }
        },
        Err(error) => Err(error.into()),
    };
    spent(services, &github, &budget, READS).await;
    found
}

/// The App sees again what it did not: GitHub sent nothing while it was suspended or not installed, and has no log of that. So
/// the next look into the log, which a worker takes at once, is one after an outage.
pub async fn look_anew(services: &Services) -> Result<(), WorkflowError> {
    let Some(github) = services.github.first() else {
        return Ok(());
    };
    let log = log_of(&HookLog::App.name(github));
    services.store.write(move |tx| tx.forget_look(&log)).await?;
    reconcile::wake(services).await
}

/// The name under which it is kept how far a log was read.
fn log_of(name: &str) -> String {
    checkpoint::hook_log(name)
}

/// What a log would have told after an outage, a look at all repositories has to tell.
async fn without_log(services: &Services, github: &GitHub) -> Result<usize, WorkflowError> {
    let (name, now) = (checkpoint::no_hook_log(github.org()), services.now());
    services
        .store
        .write(move |tx| {
            let last = tx.looked_at(&name)?;
            tx.looked(&name, now)?;
            if was_silent(last, now) {
                reconcile::ask_all_in(tx, now)?;
            }
            Ok::<_, StoreError>(())
        })
        .await?;
    Ok(0)
}

/// Was nobody here to look, or at another log, as with a token that gave way to an App?
fn was_silent(last: Option<Timestamp>, now: Timestamp) -> bool {
    last.is_none_or(|last| now - last > Duration::minutes(SILENCE_MINUTES))
}

/// Why there is no log to look into.
fn why_not(hook: &OurHook) -> &'static str {
    match hook {
        OurHook::Hidden => {
            "the token may not see the organisation's webhooks; grant it the organisation permission Webhooks: read and write"
        }
        OurHook::Missing => "the organisation has no webhook that leads here; an owner adds one",
        OurHook::App | OurHook::Organization(_) => {
            "the organisation's webhook is switched off; an owner switches it on"
        }
    }
}

async fn from_log(
    services: &Services,
    github: &GitHub,
    log: &HookLog,
) -> Result<usize, WorkflowError> {
    let (name, now) = (log_of(&log.name(github)), services.now());
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
    let mut wanted = missed(&sent);
    let kept = kept(services, &wanted).await?;
    wanted.retain(|one| !kept.contains(&one.guid));
    let jobs = wanted
        .iter()
        .map(|one| resending(github, log, one, now))
        .collect::<Result<Vec<_>, _>>()?;
    let all = services
        .store
        .write(move |tx| {
            let Queued { all, fresh } = queue(tx, &jobs, now)?;
            tx.looked(&name, now)?;
            // Sent again or not: after an outage, what GitHub shows is compared with what we know.
            if was_silent(last, now) || fresh > 0 {
                reconcile::ask_all_in(tx, now)?;
            }
            Ok::<_, StoreError>(all)
        })
        .await?;
    Ok(all)
}

/// What was queued.
struct Queued {
    all: usize,
    /// Of webhooks that were not asked for before.
    fresh: usize,
}

/// Queues what was not asked for too often already. The queue remembers that, however long ago it was.
fn queue(tx: &mut Tx<'_>, jobs: &[NewJob], now: Timestamp) -> Result<Queued, StoreError> {
    let mut queued = Queued { all: 0, fresh: 0 };
    for job in jobs {
        let of_the_same = JobFilter {
            kind: Some(job.kind.clone()),
            subject: Some(job.subject.clone()),
            ..JobFilter::default()
        };
        let asked = tx.jobs(&of_the_same)?.len();
        let job = NewJob {
            run_at: now + pause(asked),
            ..job.clone()
        };
        // The first attempt was GitHub's own.
        if asked + 1 < MOST_ATTEMPTS && tx.enqueue(&job, now)? {
            queued.all += 1;
            queued.fresh += usize::from(asked == 0);
        }
    }
    Ok(queued)
}

/// At once, and then ever more rarely: what keeps us from taking it in may last for minutes or days.
fn pause(asked: usize) -> Duration {
    let grown = (1..asked).fold(Duration::minutes(PAUSE_MINUTES), |pause, _| {
        (pause * 4).min(Duration::hours(LONGEST_PAUSE_HOURS))
    });
    match asked {
        0 => Duration::zero(),
        _ => grown,
    }
}

/// The job that asks for it; there is one for each attempt that failed.
fn resending(
    github: &GitHub,
    log: &HookLog,
    one: &SentDelivery,
    now: Timestamp,
) -> Result<NewJob, WorkflowError> {
    let wish = Wish {
        org: github.org().to_string(),
        log: log.clone(),
        attempt: one.id,
    };
    let payload = serde_json::to_value(&wish)
        .map_err(|error| WorkflowError::Unreadable(error.to_string()))?;
    Ok(NewJob {
        kind: JobKind::Resend.name().to_owned(),
        subject: one.guid.clone(),
        payload,
        dedupe_key: Some(job_key::resend(&log.name(github), one.id)),
        run_at: now,
        priority: JobKind::Resend.priority(),
        max_attempts: JobKind::Resend.max_attempts(),
    })
}

/// Asks GitHub to make one attempt again, unless the webhook came in meanwhile.
pub async fn resend(services: &Services, job: &JobRow) -> Result<(), WorkflowError> {
    let wish: Wish = serde_json::from_value(job.payload.clone())
        .map_err(|error| WorkflowError::Unreadable(error.to_string()))?;
    let guid = job.subject.clone();
    if services
        .store
        .read(move |tx| tx.delivery(&guid))
        .await?
        .is_some()
    {
        return Ok(());
    }
    let github = services.github_in(&wish.org)?;
    let wanted = Wanted::new(
        services,
        github,
        job.id.as_str(),
        Urgency::Bulk,
        Writes::Changes,
    );
    admitted(services, wanted.under(github.budget_of(&wish.log))).await?;
    match github.send_again(&wish.log, wish.attempt).await {
        Err(error @ GitHubError::NotFound { .. }) if job.attempts < BELIEVED_AT_ATTEMPT => {
            Err(error.of_known().into())
        }
        // Older than GitHub keeps it: what it told is for reconciliation to find.
        Err(GitHubError::NotFound { .. }) => {
            tracing::warn!(
                guid = job.subject,
                "GitHub does not have a webhook any more"
            );
            Ok(())
        }
        other => Ok(other?),
    }
}

/// The latest attempt of each delivery of which no attempt was taken in.
fn missed(sent: &[SentDelivery]) -> Vec<SentDelivery> {
    let mut by_guid: BTreeMap<&str, Vec<&SentDelivery>> = BTreeMap::new();
    for one in sent {
        by_guid.entry(&one.guid).or_default().push(one);
    }
    let mut missed: Vec<SentDelivery> = by_guid
        .into_values()
        .filter(|attempts| !attempts.iter().any(|one| one.was_taken()))
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
    fn what_was_never_taken_in_is_asked_for_by_its_latest_attempt() {
        let log = [
            sent(1, "taken", 202),
            sent(2, "lost", 0),
            sent(3, "refused, then taken", 503),
            sent(4, "lost", 502),
            sent(5, "refused, then taken", 200),
        ];
        let asked: Vec<u64> = missed(&log).iter().map(|one| one.id).collect();
        assert_eq!(asked, [4]);
    }
}
