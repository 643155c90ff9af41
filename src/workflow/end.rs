//! The end of the work at GitHub.
//!
//! At the due time the commit that the work stands at is frozen, and the candidate's write access becomes read access;
//! what is pushed after that (by whomever) is a fact and no delivery. An extension gives the access back. After the
//! decision, or another end, the whole repository is kept as a verified git bundle, and then archived, handed over or, after
//! some days, deleted. A reconciler like provisioning: each write is announced, and done only after a look at what is.

use chrono::{Days, Duration};

use super::announce::{Announcement, begin, finish, note};
use super::provision::remote;
use super::{Services, WorkflowError, hidden};
use crate::artifacts::Artifact;
use crate::clock::Timestamp;
use crate::git::GitError;
use crate::github::{Access, GitHub, GitHubError, SeenRepository, Urgency, Writes};
use crate::ids::{CommitSha, Login, WorkSampleId};
use crate::work_sample::{Afterwards, EventBody, NaturalKey, Repository, WorkSample, key};

/// What is to be done next.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Freeze,
    Reduce,
    Restore,
    Keep,
    Archive,
    HandOver(Login),
    Delete,
}

impl Step {
    /// Its name in the database.
    fn name(&self, work_sample: &WorkSample) -> String {
        let [_, reduced, restored] = work_sample.end.counts;
        match self {
            Step::Freeze => "freeze".to_owned(),
            Step::Reduce => format!("read access {}", reduced + 1),
            Step::Restore => format!("write access {}", restored + 1),
            Step::Keep => "bundle".to_owned(),
            Step::Archive => "archive".to_owned(),
            Step::HandOver(_) => "hand over".to_owned(),
            Step::Delete => "delete".to_owned(),
        }
    }

    /// What it writes over the REST API.
    fn writes(&self) -> Option<Writes> {
        match self {
            Step::Freeze | Step::Keep => None,
            Step::Reduce | Step::Restore | Step::HandOver(_) => Some(Writes::Creates { then: 0 }),
            Step::Archive | Step::Delete => Some(Writes::Changes),
        }
    }

    /// Who waits for it: whoever was given more time wants to work, and everything else has time.
    fn urgency(&self) -> Urgency {
        match self {
            Step::Restore => Urgency::People,
            Step::Freeze
            | Step::Reduce
            | Step::Keep
            | Step::Archive
            | Step::HandOver(_)
            | Step::Delete => Urgency::Bulk,
        }
    }
}

/// How long a look before the freeze is tried.
const PATIENCE: Duration = Duration::minutes(10);

/// How often the candidate is looked for, as a collaborator and among the invitations.
const LOOKS: u32 = 2;
/// Reads before a write at most: what the candidate may do now, and the invitations.
const READS: u32 = 2 * LOOKS;

/// The next thing that is missing, given what should be; `None` where all is as it should be now.
fn next_step(work_sample: &WorkSample, afterwards: &Afterwards, now: Timestamp) -> Option<Step> {
    let end = &work_sample.end;
    let there = work_sample.provisioning.repository.is_some()
        && end.deleted_at.is_none()
        && end.handed_over_at.is_none();
    if !there {
        return None;
    }
    let over = work_sample.over_at();
    let due = work_sample.due_at.is_some_and(|due| now >= due);
    if over.is_none() && !due {
        return (end.frozen.is_some() || end.reduced).then_some(Step::Restore);
    }
    if end.frozen.is_none() {
        return Some(Step::Freeze);
    }
    if !end.reduced && end.archived_at.is_none() {
        return Some(Step::Reduce);
    }
    let over = over?;
    if end.kept.is_none() && end.empty_at.is_none() {
        return Some(Step::Keep);
    }
    match afterwards {
        Afterwards::HandOver(to) => Some(Step::HandOver(to.clone())),
        Afterwards::Archive | Afterwards::DeleteAfter { .. } if end.archived_at.is_none() => {
            Some(Step::Archive)
        }
        Afterwards::Archive => None,
        Afterwards::DeleteAfter { days } => (now >= delete_at(over, *days)).then_some(Step::Delete),
    }
}

fn delete_at(over: Timestamp, days: u32) -> Timestamp {
    over.checked_add_days(Days::new(u64::from(days)))
        .unwrap_or(Timestamp::MAX_UTC)
}

/// Does everything that is due; says when there will be more to do.
pub async fn end(
    services: &Services,
    id: &WorkSampleId,
) -> Result<Option<Timestamp>, WorkflowError> {
    let (work_sample, _) = super::show::work_sample(services, id).await?;
    if next_step(&work_sample, &services.afterwards, services.now()) == Some(Step::Freeze) {
        look_before_freezing(services, &work_sample).await?;
    }
    loop {
        let (work_sample, _) = super::show::work_sample(services, id).await?;
        let now = services.now();
        let Some(step) = next_step(&work_sample, &services.afterwards, now) else {
            return Ok(later(&work_sample, &services.afterwards));
        };
        let Some(repository) = &work_sample.provisioning.repository else {
            return Ok(None);
        };
        let name = step.name(&work_sample);
        let github = services.github_of(&work_sample)?;
        let announcement = Announcement {
            step: &name,
            urgency: step.urgency(),
            reads: READS,
            writes: step.writes(),
            may_be_doubled: false,
        };
        let attempts = begin(services, github, &work_sample, announcement).await?;
        let ending = Ending {
            services,
            github,
            work_sample: &work_sample,
            repository,
            was_begun: attempts > 1,
        };
        let (key, body) = ending.take(&step).await?;
        note(services, id, key, body).await?;
        finish(services, id, &name).await?;
        tracing::info!(work_sample = %id, step = name, "took a step of the end");
    }
}

/// What was delivered in the last minute may still be on its way to us. Where GitHub cannot say, another try is worth some
/// minutes; but no failed look keeps the work from being frozen, for what counts was pushed before the due time anyway.
async fn look_before_freezing(
    services: &Services,
    work_sample: &WorkSample,
) -> Result<(), WorkflowError> {
    let Err(error) = super::reconcile::look(services, &work_sample.id, Urgency::People).await
    else {
        return Ok(());
    };
    let ends = [work_sample.due_at, work_sample.over_at()];
    let since = ends.into_iter().flatten().min();
    let patient = since.is_some_and(|since| services.now() < since + PATIENCE);
    if patient && error.is_transient() {
        return Err(error);
    }
    tracing::warn!(work_sample = %work_sample.id, %error, "freezing what is known without another look at GitHub");
    Ok(())
}

fn later(work_sample: &WorkSample, afterwards: &Afterwards) -> Option<Timestamp> {
    let end = &work_sample.end;
    match (work_sample.over_at(), afterwards) {
        (Some(over), Afterwards::DeleteAfter { days })
            if (end.kept.is_some() || end.empty_at.is_some()) && end.deleted_at.is_none() =>
        {
            Some(delete_at(over, *days))
        }
        _ => None,
    }
}

struct Ending<'a> {
    services: &'a Services,
    github: &'a GitHub,
    work_sample: &'a WorkSample,
    repository: &'a Repository,
    /// An earlier attempt at the step may have had its effect.
    was_begun: bool,
}

impl Ending<'_> {
    async fn take(&self, step: &Step) -> Result<(NaturalKey, EventBody), WorkflowError> {
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
                    let handed_over = self.github.hand_over(self.name(), to).await;
                    handed_over.map_err(GitHubError::of_known)?;
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
                self.is_shown().await?;
                Ok(owned(&present.full_name))
            }
            // It may have gone out of our sight because we had asked for that.
            Err(GitHubError::NotFound { .. }) if self.was_begun => {
                self.believes_it_gone().await.map(|()| true)
            }
            Err(error) => Err(error.of_known().into()),
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
        let deleted = match self.github.find_repository(self.name()).await? {
            // Another's by now.
            Some(found) if found.id != self.repository.id => return Ok(()),
            Some(_) => {
                self.is_shown().await?;
                self.github.delete_repository(self.name()).await
            }
            None => return self.believes_it_gone().await,
        };
        match deleted {
            // Somebody was faster, or so it looks.
            Err(GitHubError::NotFound { .. }) => self.believes_it_gone().await,
            other => Ok(other?),
        }
    }

    /// The repository, which is there as far as anybody knows.
    async fn seen(&self) -> Result<SeenRepository, WorkflowError> {
        let seen = self.github.read_repository(self.name()).await;
        let seen = seen.map_err(GitHubError::of_known)?;
        self.is_shown().await?;
        Ok(seen)
    }

    async fn is_shown(&self) -> Result<(), WorkflowError> {
        Ok(hidden::no_longer(self.services, &self.work_sample.id).await?)
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
        let since = hidden::since(self.services, &self.work_sample.id).await?;
        let until = since + hidden::BELIEVED_GONE_AFTER;
        if self.services.now() < until {
            return Err(WorkflowError::TooEarly { until });
        }
        Ok(())
    }
}
