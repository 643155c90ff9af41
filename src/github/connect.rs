//! GitHub, as one identity in one organisation, and all the organisations that are configured. Nothing here calls GitHub:
//! a start succeeds while GitHub is away or an installation is suspended, and the first call finds out.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use secrecy::SecretString;
use tokio::sync::Semaphore;

use super::GitHubError;
use super::budget::{Quota, SHARE};
use super::identity::{App, Identity};
use super::limits::SharedLimits;
use super::wire::Wire;
use crate::clock::SharedClock;
use crate::ids::Login;

/// How the service identifies itself.
#[derive(Debug, Clone)]
pub enum Credentials {
    /// A fine-grained or classic token.
    Token(SecretString),
    /// A GitHub App: its id, and its private key in PEM form. It is installed in each organisation.
    App { id: u64, key: SecretString },
}

/// GitHub, as one identity, in one organisation. Clones share the installation's token.
#[derive(Clone)]
pub struct GitHub {
    pub(super) wire: Wire,
    pub(super) org: Login,
    pub(super) clock: SharedClock,
    pub(super) identity: Arc<Identity>,
    pub(super) limits: Option<Arc<dyn SharedLimits>>,
    /// This process's share of the calls at once.
    pub(super) under_way: Arc<Semaphore>,
    /// The quotas that were last told of, by budget.
    pub(super) told: Arc<Mutex<BTreeMap<String, Quota>>>,
    /// Calls that were sent, see [`GitHub::counted`].
    pub(super) sent: Arc<AtomicU32>,
    pub(super) host: Arc<str>,
}

impl std::fmt::Debug for GitHub {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GitHub")
            .field("org", &self.org)
            .finish_non_exhaustive()
    }
}

impl GitHub {
    /// A person's or the service's account at the API at `api_url`. Must be called inside a tokio runtime.
    ///
    /// # Errors
    /// Where `api_url` is no address.
    pub fn with_token(
        api_url: &str,
        org: &Login,
        token: SecretString,
        clock: SharedClock,
    ) -> Result<GitHub, GitHubError> {
        let wire = Wire::to(api_url)?;
        let identity = Arc::new(Identity::Token(token));
        Ok(GitHub::new(wire, api_url, org, clock, identity))
    }

    fn new(
        wire: Wire,
        api_url: &str,
        org: &Login,
        clock: SharedClock,
        identity: Arc<Identity>,
    ) -> GitHub {
        GitHub {
            wire,
            org: org.clone(),
            clock,
            identity,
            limits: None,
            under_way: Arc::new(Semaphore::new(SHARE as usize)),
            told: Arc::default(),
            sent: Arc::default(),
            host: api_url.trim_end_matches('/').into(),
        }
    }

    /// The name of what GitHub counts together: an installation's calls, or all of a token's.
    pub fn budget(&self) -> String {
        match self.identity.app() {
            Some(app) => {
                let org = self.org.as_str().to_lowercase();
                format!("{} app {} in {org}", self.host, app.id())
            }
            None => format!("{} token", self.host),
        }
    }

    /// The name of what GitHub counts together where the App speaks for itself; `None` where we are no App.
    pub fn own_budget(&self) -> Option<String> {
        let app = self.identity.app()?;
        Some(format!("{} app {}", self.host, app.id()))
    }

    /// The same GitHub, with a count of its own of what it sends.
    #[must_use]
    pub fn counted(&self) -> GitHub {
        GitHub {
            sent: Arc::default(),
            ..self.clone()
        }
    }

    /// Calls sent so far, by this one and its clones.
    pub fn sent(&self) -> u32 {
        self.sent.load(Ordering::Relaxed)
    }

    /// The organisation that repositories are created in.
    pub fn org(&self) -> &Login {
        &self.org
    }

    /// A token for git that lives for some minutes yet: the configured one, or the installation's present one. Ask anew
    /// for each push and fetch.
    ///
    /// # Errors
    /// As every call of an App's: GitHub away, the App not installed, and so on.
    pub async fn git_token(&self) -> Result<SecretString, GitHubError> {
        self.identity
            .token(&self.wire, &self.org, self.clock.now())
            .await
    }
}

/// Every organisation that the service works in, the first being the one that is meant where none is named.
#[derive(Debug, Clone, Default)]
pub struct Organizations(Vec<GitHub>);

impl Organizations {
    /// No GitHub at all.
    pub fn none() -> Organizations {
        Organizations::default()
    }

    /// The organisations of one identity at the API at `api_url`, without calling it. Must be called inside a tokio
    /// runtime.
    ///
    /// # Errors
    /// Where `api_url` is no address.
    pub fn new(
        api_url: &str,
        orgs: &[Login],
        credentials: &Credentials,
        clock: &SharedClock,
    ) -> Result<Organizations, GitHubError> {
        let wire = Wire::to(api_url)?;
        let all = orgs.iter().map(|org| {
            let identity = match credentials {
                Credentials::Token(token) => Identity::Token(token.clone()),
                Credentials::App { id, key } => Identity::installed(App::new(*id, key)),
            };
            GitHub::new(
                wire.clone(),
                api_url,
                org,
                clock.clone(),
                Arc::new(identity),
            )
        });
        Ok(Organizations(all.collect()))
    }

    /// The same, telling `limits` what answers say of GitHub's limits.
    pub fn telling(self, limits: &Arc<dyn SharedLimits>) -> Organizations {
        let all = self.0.into_iter().map(|github| GitHub {
            limits: Some(Arc::clone(limits)),
            ..github
        });
        Organizations(all.collect())
    }

    /// What can be said against the credentials without asking GitHub.
    ///
    /// # Errors
    /// An App's key that is none.
    pub fn checked(&self) -> Result<(), GitHubError> {
        let keyless = |github: &GitHub| github.identity.app().is_some_and(|app| !app.has_a_key());
        if self.iter().any(keyless) {
            return Err(GitHubError::NotAKey);
        }
        Ok(())
    }

    /// The organisation of that name, in any case of letters.
    pub fn named(&self, org: &str) -> Option<&GitHub> {
        self.0.iter().find(|github| github.org.same_as(org))
    }

    /// The one that is meant where none is named.
    pub fn first(&self) -> Option<&GitHub> {
        self.0.first()
    }

    pub fn iter(&self) -> impl Iterator<Item = &GitHub> {
        self.0.iter()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
