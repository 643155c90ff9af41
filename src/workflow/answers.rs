//! Posts the comments that a work sample should have, each once.
//!
//! A reconciler like provisioning: which comments should be there follows from the log (`work_sample::answers`), and each
//! write is announced before it is sent. GitHub takes the same comment any number of times, so this follows the kickoff issue:
//! after an attempt of unknown outcome the next one waits and looks for a comment of our account with the marker; right before
//! it writes, an attempt asks whether a later one was announced; the log takes one comment for each answer. A second one,
//! posted by a worker that stalled, is deleted at once or by the next pass over the repository.
//!
//! A comment on a pull request may need a permission that the App or token does not have. Such an answer is posted on the
//! kickoff issue instead, as is one whose thread was locked or deleted. What cannot be posted at all is given up with a line
//! in the log of the process, for nobody mends a job about a remark.

mod refusals;

use chrono::Duration;
use serde_json::json;

use super::announce::{Announcement, begin, finish, note, settling};
use super::governor::{Wanted, admitted};
use super::record::load;
use super::stored::{checkpoint, step};
use super::{Services, WorkflowError};
use crate::clock::{Timestamp, to_the_second};
use crate::github::{GitHub, GitHubError, SeenComment, Urgency, Writes};
use crate::ids::WorkSampleId;
use crate::store::{Store, StoreError};
use crate::work_sample::answers::{self, Answer, Next};
use crate::work_sample::entry::meant::SpecWords;
use crate::work_sample::{EventBody, GitHubAccount, NaturalKey, PostedComment, WorkSample, key};

/// So many attempts wait for a thread that GitHub does not show; later ones take it for deleted.
const ATTEMPTS_AT_HIDDEN: u32 = 4;

/// Remembers the first start of a version that answers texts. Nothing written before it is answered.
pub async fn remember_since(store: &Store, now: Timestamp) -> Result<(), StoreError> {
    let known = store
        .read(|tx| tx.looked_at(checkpoint::ANSWERS_SINCE))
        .await?;
    if known.is_some() {
        return Ok(());
    }
    store
        .write(move |tx| match tx.looked_at(checkpoint::ANSWERS_SINCE)? {
            Some(_) => Ok(()),
            None => tx.looked(checkpoint::ANSWERS_SINCE, now),
        })
        .await
}

async fn since(services: &Services) -> Result<Option<Timestamp>, StoreError> {
    services
        .store
        .read(|tx| tx.looked_at(checkpoint::ANSWERS_SINCE))
        .await
}

/// What became of one attempt.
enum Attempt {
    Posted(SeenComment, u64),
    /// Another attempt or an event settled it meanwhile.
    Settled,
    /// It cannot be posted, for this reason.
    Impossible(String),
}

/// Posts all that is missing. `is_last`: what fails now is given up.
///
/// # Errors
/// `answers_bound` where so many were posted within an hour that the rest waits; GitHub's errors.
pub async fn answer(
    services: &Services,
    id: &WorkSampleId,
    is_last: bool,
) -> Result<(), WorkflowError> {
    let since = since(services).await?;
    loop {
        let (work_sample, version) = super::show::work_sample(services, id).await?;
        if !answers::may_be_posted(&work_sample) {
            return Ok(());
        }
        let missing = answers::missing(&work_sample, &SpecWords::of(&version), since);
        let missing = unsettled(services, id, missing).await?;
        let answer = match answers::next(&work_sample, missing, services.now()) {
            Next::Nothing => return Ok(()),
            Next::Post(answer) => answer,
            Next::Wait { until, waiting } => {
                return Err(WorkflowError::Later {
                    code: "answers_bound",
                    message: format!(
                        "{waiting} comment(s) of the service wait until {}, because it posted the most for one hour in this work sample",
                        to_the_second(until)
                    ),
                    until,
                });
            }
        };
        let step = step::comment(&answer.about);
        let github = services.github_of(&work_sample)?;
        let announcement = Announcement {
            step: &step,
            urgency: Urgency::People,
            reads: 0,
            writes: Some(Writes::Creates { then: 0 }),
            may_be_doubled: true,
        };
        let attempt = begin(services, github, &work_sample, announcement).await?;
        let posting = Posting {
            services,
            github,
            work_sample: &work_sample,
            answer: &answer,
            attempt,
        };
        match posting.post().await {
            Ok(Attempt::Posted(comment, number)) => posting.keep(comment, number, &step).await?,
            Ok(Attempt::Settled) => {}
            Ok(Attempt::Impossible(reason)) => give_up(services, id, &step, &reason).await?,
            Err(error) if is_last && is_final(&error, services.now()) => {
                give_up(services, id, &step, &error.to_string()).await?;
            }
            Err(error) => return Err(error),
        }
    }
}

/// Is it neither something to wait for nor an outage?
fn is_final(error: &WorkflowError, now: Timestamp) -> bool {
    error.not_before(now).is_none() && !error.is_outage(Duration::zero())
}

/// Those that were neither posted nor given up.
async fn unsettled(
    services: &Services,
    id: &WorkSampleId,
    missing: Vec<Answer>,
) -> Result<Vec<Answer>, StoreError> {
    if missing.is_empty() {
        return Ok(missing);
    }
    let id = id.clone();
    services
        .store
        .read(move |tx| {
            let mut left = Vec::new();
            for answer in &missing {
                let effect = tx.effect(&id, &step::comment(&answer.about))?;
                if effect.is_none_or(|effect| effect.finished_at.is_none()) {
                    left.push(answer.clone());
                }
            }
            Ok(left)
        })
        .await
}

async fn give_up(
    services: &Services,
    id: &WorkSampleId,
    step: &str,
    reason: &str,
) -> Result<(), WorkflowError> {
    tracing::warn!(work_sample = %id, step, reason, "gave up posting a comment");
    let (id, step, now) = (id.clone(), step.to_owned(), services.now());
    let detail = json!({ "given_up": reason });
    services
        .store
        .write(move |tx| Ok::<_, WorkflowError>(tx.finish_effect(&id, &step, &detail, now)?))
        .await
}

/// One attempt to post one comment.
struct Posting<'a> {
    services: &'a Services,
    github: &'a GitHub,
    work_sample: &'a WorkSample,
    answer: &'a Answer,
    /// How many attempts were announced, this one included.
    attempt: u32,
}

impl Posting<'_> {
    async fn post(&self) -> Result<Attempt, WorkflowError> {
        let provisioning = &self.work_sample.provisioning;
        let (Some(repository), Some(kickoff)) = (&provisioning.repository, provisioning.kickoff)
        else {
            return Err(WorkflowError::Unreadable(
                "provisioned without a repository or a kickoff issue".into(),
            ));
        };
        let (full_name, number) = (repository.full_name.as_str(), self.answer.number);
        if self.attempt > 1
            && let Some((comment, on)) = self.find(full_name, kickoff).await?
        {
            return Ok(Attempt::Posted(comment, on));
        }
        let mut tried = false;
        if !self.is_refused_now().await? {
            if !self.is_wanted().await? {
                return Ok(Attempt::Settled);
            }
            tried = true;
            let text = self.answer.text(&self.work_sample.id, false);
            let error = match self.github.create_comment(full_name, number, &text).await {
                Ok(comment) => {
                    self.forget_refusal().await?;
                    return Ok(Attempt::Posted(comment, number));
                }
                Err(error) => error,
            };
            match self.leads_elsewhere(error) {
                Err(error) => return Err(error.into()),
                Ok(error) if is_archived(&error) || number == kickoff => {
                    return Ok(Attempt::Impossible(error.to_string()));
                }
                Ok(error) => {
                    self.remember_refusal(&error).await?;
                    tracing::warn!(full_name, number, kickoff, %error, "cannot comment there: comments on the kickoff issue");
                }
            }
        }
        if tried {
            let holder = self.work_sample.id.as_str();
            let writes = Writes::Creates { then: 0 };
            let wanted = Wanted::new(self.services, self.github, holder, Urgency::People, writes);
            admitted(self.services, wanted).await?;
        }
        if !self.is_wanted().await? {
            return Ok(Attempt::Settled);
        }
        let text = self.answer.text(&self.work_sample.id, true);
        match self.github.create_comment(full_name, kickoff, &text).await {
            Ok(comment) => Ok(Attempt::Posted(comment, kickoff)),
            Err(error) => match self.leads_elsewhere(error) {
                Ok(error) => Ok(Attempt::Impossible(error.to_string())),
                Err(error) => Err(error.into()),
            },
        }
    }

    /// Is it known that this thread takes no comment of ours? Otherwise the error with which to try again.
    fn leads_elsewhere(&self, error: GitHubError) -> Result<GitHubError, GitHubError> {
        match error {
            GitHubError::Forbidden { .. }
            | GitHubError::SwitchedOff { .. }
            | GitHubError::Refused { .. } => Ok(error),
            // A deleted thread is 410; GitHub may not show everywhere yet what is new.
            GitHubError::NotFound { .. } if self.attempt > ATTEMPTS_AT_HIDDEN => Ok(error),
            other => Err(other.of_known()),
        }
    }

    /// The comment that an earlier attempt left behind, and the number that it is on.
    async fn find(
        &self,
        full_name: &str,
        kickoff: u64,
    ) -> Result<Option<(SeenComment, u64)>, WorkflowError> {
        let ours = self.github.own_login().await?;
        let since = self.answer.written_at - Duration::minutes(1);
        let mut places = vec![self.answer.number];
        places.extend((kickoff != self.answer.number).then_some(kickoff));
        for number in places {
            let comments = self.github.comments_of(full_name, number, since).await?;
            let found = comments.into_iter().find(|comment| {
                let user = comment.user.as_ref();
                let is_ours = user.is_some_and(|user| {
                    user.login.eq_ignore_ascii_case(&ours)
                        || self.work_sample.own_accounts.contains(&user.id)
                });
                is_ours && about(&self.work_sample.id, comment) == Some(self.answer.about.clone())
            });
            if let Some(comment) = found {
                return Ok(Some((comment, number)));
            }
        }
        Ok(None)
    }

    /// Right before a write: nobody settled it or took this attempt for dead meanwhile, and the work goes on.
    async fn is_wanted(&self) -> Result<bool, WorkflowError> {
        let (id, step) = (
            self.work_sample.id.clone(),
            step::comment(&self.answer.about),
        );
        let (present, effect) = self
            .services
            .store
            .read(move |tx| Ok::<_, WorkflowError>((load(tx, &id)?, tx.effect(&id, &step)?)))
            .await?;
        let posted = &mut present.comments.iter().map(|one| &one.about);
        if !answers::may_be_posted(&present) || posted.any(|about| *about == self.answer.about) {
            return Ok(false);
        }
        match effect {
            Some(effect) if effect.finished_at.is_some() => Ok(false),
            Some(effect) if effect.attempts != self.attempt => Err(WorkflowError::TooEarly {
                until: effect.started_at + settling(),
            }),
            _ => Ok(true),
        }
    }

    /// Records the comment. If the log has another one for the same answer, this one is deleted.
    async fn keep(
        &self,
        comment: SeenComment,
        number: u64,
        step: &str,
    ) -> Result<(), WorkflowError> {
        let id = &self.work_sample.id;
        let account = comment.user.ok_or(GitHubError::Odd {
            call: "write a comment",
            message: "the comment has no author".into(),
        })?;
        let about = self.answer.about.clone();
        let body = EventBody::CommentPosted {
            about: about.clone(),
            comment_id: comment.id,
            account: GitHubAccount {
                id: account.id,
                login: account.login,
            },
            number,
        };
        let after = note(self.services, id, key::comment_posted(&about), body).await?;
        let kept = after.comments.iter().find(|one| one.about == about);
        if let (Some(kept), Some(repository)) = (kept, &after.provisioning.repository)
            && kept.comment_id != comment.id
        {
            let full_name = &repository.full_name;
            tracing::warn!(
                full_name,
                comment.id,
                kept.comment_id,
                "a comment was posted twice: deletes the second"
            );
            self.github.delete_comment(full_name, comment.id).await?;
        }
        finish(self.services, id, step).await?;
        tracing::info!(work_sample = %id, step, number, "posted a comment");
        Ok(())
    }
}

fn is_archived(error: &GitHubError) -> bool {
    matches!(error, GitHubError::Forbidden { message, .. } if message.contains("archived"))
}

fn about(id: &WorkSampleId, comment: &SeenComment) -> Option<NaturalKey> {
    answers::marked_about(id, comment.body.as_deref()?)
}

/// Deletes what a look at all comments shows beside the ones in the log: comments of our account with a marker whose answer
/// was posted by another.
pub(super) async fn delete_doubles(
    services: &Services,
    github: &GitHub,
    work_sample: &WorkSample,
    (full_name, comments): (&str, &[SeenComment]),
) -> Result<(), WorkflowError> {
    for comment in comments {
        let Some(kept) = kept_instead(work_sample, comment) else {
            continue;
        };
        let wanted = Wanted::new(
            services,
            github,
            work_sample.id.as_str(),
            Urgency::People,
            Writes::Changes,
        );
        admitted(services, wanted).await?;
        github.delete_comment(full_name, comment.id).await?;
        tracing::warn!(
            full_name,
            comment.id,
            kept.comment_id,
            "a comment was there twice: deleted the second"
        );
    }
    Ok(())
}

/// The comment that the log has for the same answer, if this is another one of ours.
fn kept_instead<'w>(
    work_sample: &'w WorkSample,
    comment: &SeenComment,
) -> Option<&'w PostedComment> {
    let about = about(&work_sample.id, comment)?;
    let author = comment.user.as_ref()?.id;
    let ours = work_sample.own_accounts.contains(&author);
    let kept = work_sample.comments.iter().find(|one| one.about == about)?;
    (ours && kept.comment_id != comment.id).then_some(kept)
}
