//! Provisioning: a private repository with the first commit in it, an invitation, the kickoff issue.
//!
//! A reconciler: its only input is the work sample's id, and it does what is missing. Each write is announced in the
//! database before it is sent. Where an announcement stands without an outcome, an earlier attempt may or may not have
//! had its effect, so the next attempt looks first and adopts what it finds. That keeps the usual case at three REST
//! calls and the unusual one free of doubles.

use super::announce::{Announcement, begin, finish, note};
use super::invite::again;
use super::inviting::{failed, invitation_step, invited, send, waits_for_somebody};
use super::stored::step;
use super::{Services, WorkflowError, kickoff, orphan};
use crate::clock::Timestamp;
use crate::disk;
use crate::git::{GitError, Remote};
use crate::github::{Access, GitHub, GitHubError, Urgency, Writes};
use crate::ids::{Login, WorkSampleId};
use crate::spec::SpecVersion;
use crate::spec::candidate;
use crate::work_sample::{EventBody, NaturalKey, Repository, State, WorkSample, key};

/// The steps, in order; their names stand in the database and in `jobs list`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Repository,
    FirstCommit,
    Invitation,
    Kickoff,
}

impl Step {
    fn name(self, work_sample: &WorkSample) -> String {
        match self {
            Step::Repository => orphan::MAKING.to_owned(),
            Step::FirstCommit => step::FIRST_COMMIT.to_owned(),
            Step::Invitation => invitation_step(work_sample),
            Step::Kickoff => kickoff::STEP.to_owned(),
        }
    }

    /// Would GitHub take the same request twice? Repositories have unique names, a push of the same commit changes
    /// nothing, nobody is invited twice; but an issue can be opened any number of times.
    fn may_be_doubled(self) -> bool {
        match self {
            Step::Kickoff => true,
            Step::Repository | Step::FirstCommit | Step::Invitation => false,
        }
    }

    /// The creating calls that follow this step's own; `None` where the step makes no REST call.
    fn calls_to_come(self, work_sample: &WorkSample) -> Option<u32> {
        match self {
            Step::Repository => Some(1 + u32::from(!work_sample.provisioning.invited)),
            Step::FirstCommit => None,
            Step::Invitation => Some(1),
            Step::Kickoff => Some(0),
        }
    }
}

/// Does everything that is missing. A rerun over finished work does nothing.
pub async fn provision(services: &Services, id: &WorkSampleId) -> Result<(), WorkflowError> {
    loop {
        let (work_sample, version) = super::show::work_sample(services, id).await?;
        if work_sample.state != State::Accepted {
            return orphan::adopt(services, &work_sample, &version).await;
        }
        let github = services.github_of(&work_sample)?;
        let Some(step) = next_step(&work_sample) else {
            return note(services, id, key::provisioned(), EventBody::Provisioned)
                .await
                .map(drop);
        };
        let repository = work_sample.provisioning.repository.as_ref();
        if let Some(repository) = repository.filter(|_| !work_sample.whereabouts.private) {
            let full_name = repository.full_name.clone();
            return Err(GitHubError::NotPrivate { full_name }.into());
        }
        if step == Step::Invitation && waits_for_somebody(&work_sample) {
            return Ok(());
        }
        // Whoever waited for us until the time was over would be invited into what is frozen at once.
        let over = work_sample
            .due_at
            .filter(|due_at| *due_at <= services.now());
        if let Some(due_at) = over
            && !may_be_invited(services, &work_sample).await?
        {
            return Err(due_before_ready(services, &work_sample, due_at).await?);
        }
        if step == Step::Invitation && work_sample.invitation_rounds > 0 {
            if let Err(error) = again(services, github, &work_sample).await {
                return failed(services, &work_sample, error).await;
            }
            continue;
        }
        let name = step.name(&work_sample);
        let creates = step.calls_to_come(&work_sample);
        let writes = creates.map(|then| Writes::Creates { then });
        let announcement = Announcement {
            step: &name,
            urgency: Urgency::Bulk,
            reads: 0,
            writes,
            may_be_doubled: step.may_be_doubled(),
        };
        let attempts = begin(services, github, &work_sample, announcement).await?;
        // The answers to creating and inviting say that it is private. Whoever comes back after a failure asks.
        if let Some(repository) = repository.filter(|_| attempts > 1) {
            github.verify_private(&repository.full_name).await?;
        }
        let job = Provisioning {
            services,
            github,
            work_sample: &work_sample,
            version: &version,
            attempt: attempts,
        };
        let (key, body) = match step {
            Step::Repository => job.repository().await?,
            Step::FirstCommit => job.first_commit().await?,
            Step::Invitation => match job.invitation().await {
                Err(error) => return failed(services, &work_sample, error).await,
                Ok(event) => event,
            },
            Step::Kickoff => job.kickoff().await?,
        };
        let after = note(services, id, key, body.clone()).await?;
        kickoff::settle(github, &body, &after).await;
        finish(services, id, &name).await?;
        tracing::info!(work_sample = %id, step = name, "provisioned a step");
    }
}

/// Was the candidate invited, or may an invitation be there whose answer was lost?
async fn may_be_invited(
    services: &Services,
    work_sample: &WorkSample,
) -> Result<bool, WorkflowError> {
    let (id, name) = (work_sample.id.clone(), Step::Invitation.name(work_sample));
    let announced = services.store.read(move |tx| tx.effect(&id, &name)).await?;
    Ok(work_sample.provisioning.invited || announced.is_some())
}

/// Tells the lead, once for each due time.
async fn due_before_ready(
    services: &Services,
    work_sample: &WorkSample,
    due_at: Timestamp,
) -> Result<WorkflowError, WorkflowError> {
    let error = WorkflowError::DueBeforeReady { due_at };
    let reason = format!("{}: {error}", error.code());
    let told = &work_sample.stuck;
    // Where nobody could be invited, it is not the service that kept the candidate waiting, and the lead knows.
    let is_ours = work_sample.invitation_failures.is_empty();
    if is_ours && told.iter().all(|trouble| trouble.reason != reason) {
        let step = "provision".to_owned();
        let key = key::stuck(&step, told.len() + 1);
        note(
            services,
            &work_sample.id,
            key,
            EventBody::Stuck { step, reason },
        )
        .await?;
    }
    Ok(error)
}

fn next_step(work_sample: &WorkSample) -> Option<Step> {
    let done = &work_sample.provisioning;
    if done.repository.is_none() {
        Some(Step::Repository)
    } else if done.first_commit.is_none() {
        Some(Step::FirstCommit)
    } else if !done.invited {
        Some(Step::Invitation)
    } else if done.kickoff.is_none() {
        Some(Step::Kickoff)
    } else {
        None
    }
}

struct Provisioning<'a> {
    services: &'a Services,
    github: &'a GitHub,
    work_sample: &'a WorkSample,
    version: &'a SpecVersion,
    /// How many attempts at this step were announced, this one included.
    attempt: u32,
}

impl Provisioning<'_> {
    /// An earlier attempt may have had its effect.
    fn looks_first(&self) -> bool {
        self.attempt > 1
    }

    async fn repository(&self) -> Result<(NaturalKey, EventBody), WorkflowError> {
        let name = orphan::repository_name(self.work_sample, self.version);
        let found = if self.looks_first() {
            orphan::ours(self.github, self.work_sample, &name).await?
        } else {
            None
        };
        let found = match found {
            Some(found) => found,
            None => {
                let description = format!("{} · {}", self.version.spec.title, self.work_sample.id);
                match self.github.create_repository(&name, &description).await {
                    Ok(created) => created,
                    // The name may be taken by an attempt whose announcement is lost, too.
                    Err(refused @ GitHubError::Refused { .. }) => {
                        orphan::ours(self.github, self.work_sample, &name)
                            .await?
                            .ok_or_else(|| refused.of_unseen())?
                    }
                    Err(error) => return Err(error.into()),
                }
            }
        };
        let repository = found.remembered();
        Ok((
            key::repository_created(),
            EventBody::RepositoryCreated { repository },
        ))
    }

    async fn first_commit(&self) -> Result<(NaturalKey, EventBody), WorkflowError> {
        let remote = self.remote().await?;
        let folder = tempfile::Builder::new()
            .prefix("first-commit-")
            .tempdir_in(&self.services.scratch)
            .map_err(crate::git::GitError::Io)?;
        disk::write_tree(folder.path(), &candidate::first_commit(self.version))?;
        // A fixed date makes the SHA the same on every attempt, so that pushing twice changes nothing.
        let at = self
            .work_sample
            .accepted_at
            .unwrap_or(self.work_sample.drafted_at);
        let git = &self.services.git;
        let message = format!("Work sample: {}", self.version.spec.title);
        let sha = git.first_commit(folder.path(), &message, at).await?;
        // The one that GitHub named; it need not be `main`.
        let branch = &self.known_repository()?.default_branch;
        // Pushed again it changes nothing, so there is no need to look first. What is refused is looked at.
        let mut pushed = git.push(folder.path(), &remote, branch, false).await;
        // The permission may have been granted since the token was made.
        if pushed.as_ref().is_err_and(lacks_workflows) && self.github.may_be_allowed_more().await {
            let remote = self.remote().await?;
            pushed = git.push(folder.path(), &remote, branch, false).await;
        }
        if let Err(refused) = pushed {
            let branches = git.branches(&remote).await.unwrap_or_default();
            let there = branches
                .into_iter()
                .find(|(name, _)| name.strip_prefix("refs/heads/") == Some(branch));
            match there {
                Some((_, found)) if found == sha => {}
                Some((_, found)) => {
                    return Err(WorkflowError::Invalid {
                        code: "repository_not_empty",
                        message: format!(
                            "the repository already holds another commit ({}) on {branch}: delete the repository, then retry the job",
                            found.short()
                        ),
                    });
                }
                None => return Err(self.lacks_workflows(refused)),
            }
        }
        Ok((
            key::first_commit_pushed(),
            EventBody::FirstCommitPushed { sha },
        ))
    }

    /// GitHub takes no CI workflow from whoever lacks a permission of its own for that.
    fn lacks_workflows(&self, error: GitError) -> WorkflowError {
        if !lacks_workflows(&error) {
            return error.into();
        }
        WorkflowError::NotConfigured {
            code: "workflows_permission_missing",
            message: format!(
                "the starter of {} holds a CI workflow, and GitHub takes one only from those with the permission Workflows: write. Grant it to the App (Permissions & events; the organisation's owner then accepts it) or to the token, then retry the job",
                self.version.spec.slug
            ),
        }
    }

    async fn invitation(&self) -> Result<(NaturalKey, EventBody), WorkflowError> {
        let (full_name, login) = (&self.known_repository()?.full_name, self.login()?);
        let mut invitation = None;
        if self.looks_first() {
            if self.github.is_collaborator(full_name, login).await? {
                return Ok(invited(None, self.work_sample));
            }
            invitation = self.github.open_invitation(full_name, login).await?;
        }
        if invitation.is_none() {
            invitation = send(self.services, self.github, full_name, login, Access::Write).await?;
        }
        Ok(invited(invitation, self.work_sample))
    }

    async fn kickoff(&self) -> Result<(NaturalKey, EventBody), WorkflowError> {
        let opening = kickoff::Opening {
            services: self.services,
            github: self.github,
            work_sample: self.work_sample,
            version: self.version,
            full_name: &self.known_repository()?.full_name,
            login: self.login()?,
            attempt: self.attempt,
        };
        let number = opening.open().await?;
        Ok((key::kickoff_opened(), EventBody::KickoffOpened { number }))
    }

    async fn remote(&self) -> Result<Remote, WorkflowError> {
        remote(self.github, self.known_repository()?).await
    }

    fn known_repository(&self) -> Result<&Repository, WorkflowError> {
        self.work_sample
            .provisioning
            .repository
            .as_ref()
            .ok_or_else(|| {
                WorkflowError::Unreadable("a later step without the repository's".into())
            })
    }

    fn login(&self) -> Result<&Login, WorkflowError> {
        self.work_sample
            .login
            .as_ref()
            .ok_or_else(|| WorkflowError::Unreadable("accepted without a login".into()))
    }
}

fn lacks_workflows(error: &GitError) -> bool {
    matches!(error, GitError::Failed { message, .. } if message.contains("without `workflow"))
}

/// How git reaches a work sample's repository.
pub(super) async fn remote(
    github: &GitHub,
    repository: &Repository,
) -> Result<Remote, WorkflowError> {
    Ok(Remote {
        url: format!("{}.git", repository.html_url),
        token: github.git_token().await?,
    })
}
