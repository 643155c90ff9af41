//! What every use case is handed: the edges, the clock and the source of ids.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use super::WorkflowError;
use crate::clock::{SharedClock, Timestamp};
use crate::git::Git;
use crate::github::{GitHub, WebhookSecret};
use crate::ids::{SharedIds, SpecDigest};
use crate::sandbox::Sandbox;
use crate::spec::{Folder, SpecVersion};
use crate::store::Store;

pub struct Services {
    pub store: Store,
    pub clock: SharedClock,
    pub ids: SharedIds,
    pub git: Git,
    /// `None` where no GitHub is configured: provisioning and assessment wait.
    pub github: Option<GitHub>,
    /// `None` where the sandbox could not prove itself: assessment is left to other processes.
    pub sandbox: Option<Sandbox>,
    /// `None`: webhooks are refused.
    pub webhook_secret: Option<WebhookSecret>,
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

    /// The GitHub edge, or what to set up.
    pub fn github(&self) -> Result<&GitHub, WorkflowError> {
        self.github.as_ref().ok_or(WorkflowError::NotConfigured {
            code: "github_not_configured",
            message: "no GitHub is configured: set WORKSAMPLE_GITHUB_ORG and WORKSAMPLE_GITHUB_TOKEN (or an App), then retry the job".into(),
        })
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, BTreeMap<SpecDigest, Arc<SpecVersion>>> {
        self.versions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
