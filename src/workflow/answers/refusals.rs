//! Remembers which threads took no comment, so that the next attempt goes to the kickoff issue at once. What `doctor` says of
//! a missing permission is kept by [`crate::workflow::permissions`].

use chrono::Duration;

use super::Posting;
use crate::github::{GitHubError, WRITE_A_COMMENT};
use crate::store::StoreError;
use crate::workflow::WorkflowError;
use crate::workflow::permissions::{note_allowed, note_forbidden};
use crate::workflow::stored::checkpoint;

/// After a refusal, a thread, or all pull requests, are not tried for this long.
const REFUSED_FOR: Duration = Duration::minutes(10);

impl Posting<'_> {
    /// Was a comment on this thread, or on any pull request of this organisation, refused a moment ago?
    pub(super) async fn is_refused_now(&self) -> Result<bool, StoreError> {
        let mut marks = vec![self.refused_thread()];
        marks.extend(self.answer.on_pull.then(|| self.refused_pulls()));
        let now = self.services.now();
        self.services
            .store
            .read(move |tx| {
                for mark in &marks {
                    let refused_at = tx.looked_at(mark)?;
                    if refused_at.is_some_and(|at| now < at + REFUSED_FOR) {
                        return Ok(true);
                    }
                }
                Ok(false)
            })
            .await
    }

    fn refused_thread(&self) -> String {
        checkpoint::thread_refused(&self.work_sample.id, self.answer.number)
    }

    fn refused_pulls(&self) -> String {
        checkpoint::pull_requests_refused(self.github.org())
    }

    /// Remembers that this thread takes no comment now, or that pull requests do not.
    pub(super) async fn remember_refusal(&self, error: &GitHubError) -> Result<(), WorkflowError> {
        note_forbidden(self.services, self.github, error).await?;
        let forbidden = matches!(error, GitHubError::Forbidden { .. });
        let mut marks = vec![self.refused_thread()];
        marks.extend((forbidden && self.answer.on_pull).then(|| self.refused_pulls()));
        let now = self.services.now();
        self.services
            .store
            .write(move |tx| marks.iter().try_for_each(|mark| tx.looked(mark, now)))
            .await?;
        Ok(())
    }

    /// Forgets that pull requests did not take our comments.
    pub(super) async fn forget_refusal(&self) -> Result<(), WorkflowError> {
        if !self.answer.on_pull {
            return Ok(());
        }
        note_allowed(self.services, self.github, WRITE_A_COMMENT).await?;
        let mark = self.refused_pulls();
        let read = mark.clone();
        let store = &self.services.store;
        if store.read(move |tx| tx.looked_at(&read)).await?.is_none() {
            return Ok(());
        }
        store.write(move |tx| tx.forget_look(&mark)).await?;
        Ok(())
    }
}
