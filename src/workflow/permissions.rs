//! Remembers what GitHub did not allow, for `doctor`, and takes up what waited once an organisation's owner allows more.
//!
//! GitHub tells nobody what a token may do. So the first 403 of a call is kept until the same call succeeds.

use serde::Deserialize;

use super::jobs::JobKind;
use super::payload::{Account, read};
use super::stored::checkpoint;
use super::{Services, WorkflowError};
use crate::clock::Timestamp;
use crate::github::{GitHub, GitHubError};
use crate::ids::WorkSampleId;
use crate::store::{JobFilter, JobState, StoreError};

/// A call that GitHub did not allow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lack {
    /// As in "comment on a pull request".
    pub call: String,
    /// What GitHub says would do, as it names permissions (`issues=write,pull_requests=write`).
    pub needs: Option<String>,
    /// The token or installation, as [`GitHub::budget`] names it.
    pub of: String,
    /// When it was first refused.
    pub since: Timestamp,
}

/// Keeps that GitHub refused a call for want of a permission; true the first time. Other errors are not kept.
pub async fn note_forbidden(
    services: &Services,
    github: &GitHub,
    error: &GitHubError,
) -> Result<bool, WorkflowError> {
    let GitHubError::Forbidden { call, needs, .. } = error else {
        return Ok(false);
    };
    let needs = needs.as_deref().unwrap_or_default().replace(':', " ");
    let (name, now) = (
        checkpoint::lacks(call, &needs, github.budget()),
        services.now(),
    );
    let is_news = services
        .store
        .write(move |tx| {
            let is_news = tx.looked_at(&name)?.is_none();
            if is_news {
                tx.looked(&name, now)?;
            }
            Ok::<_, StoreError>(is_news)
        })
        .await?;
    if is_news {
        tracing::warn!(%error, "GitHub does not allow a call; `worksample doctor` names the permission");
    }
    Ok(is_news)
}

/// Forgets what was kept of a call that succeeded.
pub async fn note_allowed(
    services: &Services,
    github: &GitHub,
    call: &str,
) -> Result<(), WorkflowError> {
    let of = github.budget();
    let outdated: Vec<Lack> = lacking(services)
        .await?
        .into_iter()
        .filter(|lack| lack.call == call && lack.of == of)
        .collect();
    if outdated.is_empty() {
        return Ok(());
    }
    services
        .store
        .write(move |tx| {
            for lack in &outdated {
                tx.forget_look(&lack.name())?;
            }
            Ok::<_, StoreError>(())
        })
        .await?;
    Ok(())
}

/// Everything that GitHub did not allow and that has not succeeded since.
pub async fn lacking(services: &Services) -> Result<Vec<Lack>, WorkflowError> {
    let rows = services
        .store
        .read(|tx| tx.looks_named(checkpoint::LACKS))
        .await?;
    Ok(rows
        .into_iter()
        .filter_map(|(name, since)| Lack::read(&name, since))
        .collect())
}

impl Lack {
    fn name(&self) -> String {
        let needs = self.needs.as_deref().unwrap_or_default();
        checkpoint::lacks(&self.call, needs, &self.of)
    }

    fn read(name: &str, since: Timestamp) -> Option<Lack> {
        let mut parts = name.strip_prefix(checkpoint::LACKS)?.splitn(3, ':');
        let (call, needs, of) = (parts.next()?, parts.next()?, parts.next()?);
        Some(Lack {
            call: call.to_owned(),
            needs: (!needs.is_empty()).then(|| needs.to_owned()),
            of: of.to_owned(),
            since,
        })
    }
}

/// The account whose owner approved what the App asks for, where that is what the webhook tells. GitHub sends more from then
/// on.
pub fn approves(event: &str, body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Payload {
        action: String,
        installation: Installation,
    }
    #[derive(Deserialize)]
    struct Installation {
        account: Account,
    }
    if event != "installation" {
        return None;
    }
    let payload: Payload = read(event, body).ok()?;
    (payload.action == "new_permissions_accepted").then_some(payload.installation.account.login)
}

/// The owner of an organisation approved what the App asks for: what was refused is no longer known to be refused, and jobs
/// that died of it run again.
pub async fn approved(services: &Services, org: &str) -> Result<(), WorkflowError> {
    let Some(github) = services.github.named(org) else {
        return Ok(());
    };
    github.expect_more().await;
    let of = github.budget();
    let filter = JobFilter {
        state: Some(JobState::Dead),
        ..JobFilter::default()
    };
    let dead = super::jobs::list(services, filter).await?;
    let mut waited = Vec::new();
    for job in dead {
        let because = job.last_error.as_deref().unwrap_or_default();
        if is_permission(because) && is_in(services, &job.kind, &job.subject, github).await {
            waited.push(job.id);
        }
    }
    let now = services.now();
    services
        .store
        .write(move |tx| {
            for prefix in [checkpoint::LACKS, checkpoint::FORBIDDEN] {
                for (name, _) in tx.looks_named(prefix)? {
                    if name.ends_with(&format!(":{of}")) {
                        tx.forget_look(&name)?;
                    }
                }
            }
            for id in &waited {
                match tx.retry_job(id, now) {
                    // Somebody was faster.
                    Ok(_) | Err(StoreError::Conflict(_)) => {}
                    Err(error) => return Err(error),
                }
            }
            Ok(())
        })
        .await?;
    Ok(())
}

fn is_permission(reason: &str) -> bool {
    let code = reason.split(':').next().unwrap_or_default();
    matches!(
        code,
        "github_permission_missing" | "workflows_permission_missing"
    )
}

/// Is the job about a work sample in this organisation?
async fn is_in(services: &Services, kind: &str, subject: &str, github: &GitHub) -> bool {
    let Ok(id) = subject.parse::<WorkSampleId>() else {
        // Asks for webhooks again, for all work samples.
        return JobKind::named(kind) == Some(JobKind::Resend);
    };
    let Ok((work_sample, _)) = super::show::work_sample(services, &id).await else {
        return false;
    };
    services
        .github_of(&work_sample)
        .is_ok_and(|its| its.budget() == github.budget())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lack_survives_the_way_through_its_name() {
        let lack = |needs: Option<&str>| Lack {
            call: "comment on a pull request".to_owned(),
            needs: needs.map(str::to_owned),
            of: "https://api.github.com token".to_owned(),
            since: "2026-03-02T09:00:00Z".parse().unwrap(),
        };
        for lack in [lack(None), lack(Some("issues=write,pull_requests=write"))] {
            assert_eq!(Lack::read(&lack.name(), lack.since), Some(lack));
        }
        assert_eq!(
            Lack::read("lacks:half", lack(None).since),
            None,
            "a name of another form is no lack"
        );
    }
}
