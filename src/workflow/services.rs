//! What every use case is handed: the edges, the clock and the source of ids.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use super::WorkflowError;
use super::arrivals::Arrivals;
use super::role_teams::TeamRoles;
use crate::artifacts::Artifacts;
use crate::clock::{SharedClock, Timestamp};
use crate::git::Git;
use crate::github::{GitHub, GitHubTeam, Limits, Organizations, UserAuthorization, WebhookSecrets};
use crate::ids::{Login, SharedIds, SpecDigest};
use crate::mail::Mailer;
use crate::sandbox::Sandbox;
use crate::spec::{Folder, OfferDefaults, SpecVersion};
use crate::store::Store;
use crate::work_sample::{Afterwards, WorkSample};

pub struct Services {
    pub store: Store,
    /// Where webhooks are written.
    pub arrivals: Arrivals,
    pub clock: SharedClock,
    pub ids: SharedIds,
    pub git: Git,
    /// Every organisation that is configured; none: provisioning and assessment wait.
    pub github: Organizations,
    /// Teams whose members are the team of every work sample.
    pub github_teams: Vec<GitHubTeam>,
    /// Teams whose members are leads or reviewers of this service.
    pub team_roles: TeamRoles,
    /// `None`: nobody signs in with GitHub.
    pub github_sign_in: Option<UserAuthorization>,
    /// `None` where the sandbox could not prove itself: assessment is left to other processes.
    pub sandbox: Option<Sandbox>,
    /// What calls to GitHub are paced by.
    pub limits: Limits,
    /// Tells this process's share of GitHub from others'.
    pub process: String,
    /// `None`: webhooks are refused.
    pub webhook_secrets: Option<WebhookSecrets>,
    /// Where GitHub sends webhooks to.
    pub hook_url: String,
    /// How mail leaves the service.
    pub mailer: Mailer,
    /// Where what outlives a repository is kept.
    pub artifacts: Artifacts,
    /// What becomes of a repository after the decision.
    pub afterwards: Afterwards,
    /// What offers say where their spec does not.
    pub offer_defaults: OfferDefaults,
    /// Scratch space for checkouts; what is in it may be deleted at any time nothing runs.
    pub scratch: PathBuf,
    /// Published versions are immutable, so those once read are kept.
    pub versions: Mutex<BTreeMap<SpecDigest, Arc<SpecVersion>>>,
}

impl Services {
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A published spec version.
    pub async fn version(&self, digest: &SpecDigest) -> Result<Arc<SpecVersion>, WorkflowError> {
        if let Some(version) = self.kept().get(digest) {
            return Ok(Arc::clone(version));
        }
        let wanted = digest.clone();
        let row = self
            .store
            .read(move |tx| tx.spec(&wanted))
            .await?
            .ok_or_else(|| WorkflowError::NotFound {
                what: format!("the spec version {digest}"),
            })?;
        let version = Folder::from_bundle(&row.bundle)
            .map_err(|error| WorkflowError::Unreadable(error.to_string()))
            .and_then(|folder| {
                SpecVersion::read_unchecked(folder).map_err(WorkflowError::SpecProblems)
            })?;
        let version = Arc::new(version);
        self.kept().insert(digest.clone(), Arc::clone(&version));
        Ok(version)
    }

    /// GitHub in the organisation that a work sample belongs to: its repository's owner where we work there, for a repository may
    /// have moved; else the one its launch named, else the first.
    pub fn github_of(&self, work_sample: &WorkSample) -> Result<&GitHub, WorkflowError> {
        let repository = work_sample.provisioning.repository.as_ref();
        let owner = repository
            .and_then(|repository| repository.full_name.split_once('/'))
            .map(|(owner, _)| owner);
        let launched = work_sample.organization.as_ref().map(Login::as_str);
        belonging(&self.github, owner, launched)
    }

    /// GitHub in one organisation.
    pub fn github_in(&self, org: &str) -> Result<&GitHub, WorkflowError> {
        in_organization(&self.github, org)
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, BTreeMap<SpecDigest, Arc<SpecVersion>>> {
        self.versions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// See [`Services::github_of`].
fn belonging<'g>(
    all: &'g Organizations,
    owner: Option<&str>,
    launched: Option<&str>,
) -> Result<&'g GitHub, WorkflowError> {
    if let Some(github) = owner.and_then(|owner| all.named(owner)) {
        return Ok(github);
    }
    match launched {
        Some(org) => in_organization(all, org),
        None => all.first().ok_or_else(not_configured),
    }
}

fn in_organization<'g>(all: &'g Organizations, org: &str) -> Result<&'g GitHub, WorkflowError> {
    if all.is_empty() {
        return Err(not_configured());
    }
    all.named(org).ok_or_else(|| WorkflowError::NotConfigured {
        code: "organization_not_configured",
        message: format!(
            "the organisation `{org}` is not configured: add it to WORKSAMPLE_GITHUB_ORG and start the service anew; what waits goes on by itself then"
        ),
    })
}

fn not_configured() -> WorkflowError {
    WorkflowError::NotConfigured {
        code: "github_not_configured",
        message: "no GitHub is configured: set WORKSAMPLE_GITHUB_ORG and WORKSAMPLE_GITHUB_TOKEN (or an App) and start the service anew; what waits goes on by itself then".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemClock;
    use crate::github::Credentials;

    #[tokio::test]
    async fn wherever_a_repository_was_moved_its_work_sample_has_a_github() {
        let orgs: Vec<Login> = ["acme", "beta"]
            .iter()
            .map(|org| org.parse().unwrap())
            .collect();
        let clock: SharedClock = Arc::new(SystemClock);
        let token = Credentials::Token("token".to_owned().into());
        let all = Organizations::new("http://127.0.0.1:9", &orgs, &token, &clock).unwrap();
        let of = |owner, launched| match belonging(&all, owner, launched) {
            Ok(github) => github.org().to_string(),
            Err(error) => error.code().to_owned(),
        };
        assert_eq!(of(None, None), "acme", "the first where none was named");
        assert_eq!(of(None, Some("beta")), "beta");
        assert_eq!(of(Some("Beta"), Some("acme")), "beta", "moved between ours");
        assert_eq!(of(Some("elsewhere"), Some("beta")), "beta");
        assert_eq!(of(Some("elsewhere"), None), "acme");
        assert_eq!(of(None, Some("gone")), "organization_not_configured");
    }
}
