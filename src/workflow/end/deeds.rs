//! What is done at GitHub at the end of the work, step by step: each looks at what is first, and believes of what is not shown
//! only what we asked for ourselves or what stays so.

use super::{LOOKS, Step};
use crate::artifacts::Artifact;
use crate::git::GitError;
use crate::github::{Access, GitHub, GitHubError, SeenRepository, Urgency};
use crate::ids::{CommitSha, Login, WorkSampleId};
use crate::store::{StoreError, Tx};
use crate::work_sample::{EventBody, NaturalKey, Repository, WorkSample, key};
use crate::workflow::announce::{Announcement, begin, finish};
use crate::workflow::provision::remote;
use crate::workflow::{Services, WorkflowError, hidden};

/// The announcement of the transfer itself: the step's own stands before the look, too.
const TRANSFER: &str = crate::workflow::stored::step::TRANSFER;

/// Did we ask GitHub to take the repository out of our sight, or could we have?
pub(super) async fn was_asked_for(
    services: &Services,
    id: &WorkSampleId,
    step: &Step,
) -> Result<bool, StoreError> {
    let announced = match step {
        Step::Delete => crate::workflow::stored::step::DELETE,
        Step::HandOver(_) => TRANSFER,
        Step::Freeze | Step::Reduce | Step::Restore | Step::Keep | Step::Archive => {
            return Ok(false);
        }
    };
    let id = id.clone();
    let effect = services
        .store
        .read(move |tx| tx.effect(&id, announced))
        .await?;
    Ok(effect.is_some())
}

/// A step of the end that is under way.
pub(super) struct Ending<'a> {
    pub services: &'a Services,
    pub github: &'a GitHub,
    pub work_sample: &'a WorkSample,
    pub repository: &'a Repository,
}

impl Ending<'_> {
    /// Does what the step is for, and says what is to be noted.
    pub async fn take(&self, step: &Step) -> Result<(NaturalKey, EventBody), WorkflowError> {
        let [frozen, reduced, restored] = self.work_sample.end.counts;
        match step {
            Step::Freeze => Ok((
                key::frozen(frozen + 1),
                EventBody::Frozen {
                    due_at: self.work_sample.due_at.unwrap_or(self.services.now()),
                    sha: self.work_sample.commit_when_due().cloned(),
                },
            )),
            Step::Reduce => {
                self.reduce().await?;
                Ok((key::access_reduced(reduced + 1), EventBody::AccessReduced))
            }
            Step::Restore => {
                // More access than nothing is given in our own repository only.
                self.seen().await?;
                self.give(Access::Write).await?;
                Ok((
                    key::access_restored(restored + 1),
                    EventBody::AccessRestored,
                ))
            }
            Step::Keep => Ok(match self.keep().await? {
                Some(Artifact { sha256, bytes }) => {
                    (key::kept(), EventBody::Kept { sha256, bytes })
                }
                None => (key::nothing_to_keep(), EventBody::NothingToKeep),
            }),
            Step::Archive => {
                if !self.seen().await?.archived {
                    let archived = self.github.archive(self.name()).await;
                    archived.map_err(GitHubError::of_known)?;
                }
                Ok((key::repository_archived(), EventBody::RepositoryArchived))
            }
            Step::HandOver(to) => {
                if !self.is_with(to).await? {
                    self.hand_over(to).await?;
                }
                Ok((
                    key::repository_handed_over(),
                    EventBody::RepositoryHandedOver { to: to.clone() },
                ))
            }
            Step::Delete => {
                self.delete().await?;
                Ok((key::repository_deleted(), EventBody::RepositoryDeleted))
            }
        }
    }

    fn name(&self) -> &str {
        &self.repository.full_name
    }

    async fn hand_over(&self, to: &Login) -> Result<(), WorkflowError> {
        let announcement = Announcement {
            step: TRANSFER,
            urgency: Urgency::Bulk,
            reads: 0,
            // It had its turn with the step.
            writes: None,
            may_be_doubled: false,
        };
        let id = &self.work_sample.id;
        let attempts = begin(self.services, self.github, self.work_sample, announcement).await?;
        match self.github.hand_over(self.name(), to).await {
            Ok(()) => finish(self.services, id, TRANSFER).await,
            Err(error) => {
                if attempts == 1 && error.had_no_effect() {
                    let id = id.clone();
                    let withdrawn = move |tx: &mut Tx<'_>| tx.withdraw_effect(&id, TRANSFER);
                    self.services.store.write(withdrawn).await?;
                }
                Err(error.of_known().into())
            }
        }
    }

    /// Did the repository go to its new owner? They need not let us see it there.
    async fn is_with(&self, to: &Login) -> Result<bool, WorkflowError> {
        let owned = |full_name: &str| {
            full_name
                .split('/')
                .next()
                .is_some_and(|owner| to.same_as(owner))
        };
        if owned(self.name()) {
            return Ok(true);
        }
        match self.github.read_repository(self.name()).await {
            Ok(present) => {
                self.is_ours(present.id)?;
                self.is_shown().await?;
                Ok(owned(&present.full_name))
            }
            Err(error @ GitHubError::NotFound { .. }) => {
                let asked = Step::HandOver(to.clone());
                if !was_asked_for(self.services, &self.work_sample.id, &asked).await? {
                    return Err(error.of_known().into());
                }
                // It may have gone out of our sight because we had asked for that.
                self.believes_it_gone().await.map(|()| true)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Gives the candidate this access, as a collaborator or in an invitation that is open. Nobody is invited here. Who
    /// accepts between two looks is neither: so where nothing was found, another look follows.
    async fn give(&self, access: Access) -> Result<(), WorkflowError> {
        let Some(login) = &self.work_sample.login else {
            return Ok(());
        };
        let mut gone = None;
        for _ in 0..LOOKS {
            match self.github.access_of(self.name(), login).await? {
                Some(present) if present == access => return Ok(()),
                Some(_) => {
                    self.github.give_access(self.name(), login, access).await?;
                    return Ok(());
                }
                None => {}
            }
            let Some(open) = self.github.open_invitation(self.name(), login).await? else {
                continue;
            };
            let changed = self
                .github
                .change_invitation(self.name(), open.id, access)
                .await;
            match changed {
                Err(error @ GitHubError::NotFound { .. }) => gone = Some(error),
                other => return Ok(other?),
            }
        }
        match gone {
            // It was there and is not, nor is the collaborator seen: somebody may come to be.
            Some(error) => Err(error.of_known().into()),
            None => Ok(()),
        }
    }

    /// Lets the candidate read only. In an archived repository nobody can do more, nor can rights be changed.
    async fn reduce(&self) -> Result<(), WorkflowError> {
        if self.work_sample.whereabouts.archived {
            return Ok(());
        }
        match self.give(Access::Read).await {
            Err(WorkflowError::GitHub(refused @ GitHubError::Forbidden { .. })) => {
                if self.seen().await?.archived {
                    return Ok(());
                }
                Err(refused.into())
            }
            other => other,
        }
    }

    /// Bundles the repository and puts the bundle into the artifact store; `None` where it is empty.
    async fn keep(&self) -> Result<Option<Artifact>, WorkflowError> {
        self.seen().await?;
        let folder = tempfile::Builder::new()
            .prefix("bundle-")
            .tempdir_in(&self.services.scratch)
            .map_err(GitError::Io)?;
        let remote = remote(self.github, self.repository).await?;
        let file = folder.path().join("repository.bundle");
        let mut left_behind: Vec<CommitSha> = self
            .work_sample
            .pushes
            .iter()
            .filter(|push| push.forced || push.after.is_zero())
            .map(|push| push.before.clone())
            .filter(|sha| !sha.is_zero())
            .collect();
        left_behind.sort();
        left_behind.dedup();
        let git = &self.services.git;
        if !git
            .bundle(folder.path(), &remote, &left_behind, &file)
            .await?
        {
            return Ok(None);
        }
        let artifacts = self.services.artifacts.clone();
        let kept = tokio::task::spawn_blocking(move || artifacts.keep(&file))
            .await
            .map_err(|error| WorkflowError::Unreadable(error.to_string()))?;
        Ok(Some(kept?))
    }

    /// Deletes the repository, once its bundle is found to be whole (or itself to be empty still), and only if it is still
    /// ours.
    async fn delete(&self) -> Result<(), WorkflowError> {
        match &self.work_sample.end.kept {
            Some(kept) => {
                let (artifacts, sha256) = (self.services.artifacts.clone(), kept.sha256.clone());
                tokio::task::spawn_blocking(move || artifacts.verified(&sha256))
                    .await
                    .map_err(|error| WorkflowError::Unreadable(error.to_string()))??;
            }
            None => {
                let remote = remote(self.github, self.repository).await?;
                if !self.services.git.branches(&remote).await?.is_empty() {
                    return Err(WorkflowError::Unreadable(
                        "deleting what was not kept".into(),
                    ));
                }
            }
        }
        match self.github.find_repository(self.name()).await? {
            Some(found) => {
                self.is_ours(found.id)?;
                self.is_shown().await?;
                let deleted = self.github.delete_repository(self.name()).await;
                Ok(deleted.map_err(GitHubError::of_known)?)
            }
            None => self.believes_it_gone().await,
        }
    }

    /// The repository, which is there as far as anybody knows.
    async fn seen(&self) -> Result<SeenRepository, WorkflowError> {
        let seen = self.github.read_repository(self.name()).await;
        let seen = seen.map_err(GitHubError::of_known)?;
        self.is_ours(seen.id)?;
        self.is_shown().await?;
        Ok(seen)
    }

    /// Under a name that ours had, another may stand by now.
    fn is_ours(&self, id: u64) -> Result<(), GitHubError> {
        if id == self.repository.id {
            return Ok(());
        }
        Err(GitHubError::NotShown {
            call: "look at the repository",
            message: "another one has its name by now".to_owned(),
        })
    }

    async fn is_shown(&self) -> Result<(), WorkflowError> {
        let mark = hidden::repository(&self.work_sample.id);
        Ok(hidden::seen(self.services, mark).await?)
    }

    /// GitHub shows nothing of the repository. So it is gone where that is known, or where it stays so; until then what is
    /// there may only be hidden.
    ///
    /// # Errors
    /// Too early to say.
    async fn believes_it_gone(&self) -> Result<(), WorkflowError> {
        if !self.work_sample.whereabouts.there {
            return Ok(());
        }
        hidden::is_gone(self.services, hidden::repository(&self.work_sample.id)).await
    }
}
