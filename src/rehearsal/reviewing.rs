//! What the review steps of a script do.

use super::RehearsalError;
use super::acts::{first_line, joined, remember};
use super::stage::{Candidate, Placed, Stage};
use crate::github::{NewReviewComment, ReviewEvent};
use crate::spec::script::{ReviewOutcome, Step};

impl Stage<'_> {
    pub(super) async fn review(
        &mut self,
        one: &mut Candidate,
        step: Step,
    ) -> Result<(), RehearsalError> {
        let full_name = joined(one)?.0.clone();
        match step {
            Step::Review {
                id,
                on,
                text,
                outcome,
                who,
            } => {
                let number = self.thread(one, &on).await?;
                let (event, verb) = match outcome {
                    ReviewOutcome::Comment => (ReviewEvent::Comment, "reviews"),
                    ReviewOutcome::Approve => (ReviewEvent::Approve, "approves"),
                    ReviewOutcome::RequestChanges => {
                        (ReviewEvent::RequestChanges, "requests changes on")
                    }
                };
                let review = self
                    .voice(one, who)
                    .submit_review(&full_name, number, event, &text)
                    .await?;
                remember(one, id, Placed::Review(number, review));
                self.say(
                    &self.name_of(one, who),
                    format!("{verb} #{number}: {}", first_line(&text)),
                );
            }
            Step::ReviewComment {
                id,
                on,
                path,
                line,
                text,
                who,
            } => {
                let number = self.thread(one, &on).await?;
                let comment = NewReviewComment {
                    path: &path,
                    line,
                    text: &text,
                };
                let comment = self
                    .voice(one, who)
                    .comment_on_line(&full_name, number, comment)
                    .await?;
                remember(one, id, Placed::ReviewComment(number, comment));
                self.say(
                    &self.name_of(one, who),
                    format!(
                        "comments on #{number} at {path}:{line}: {}",
                        first_line(&text)
                    ),
                );
            }
            _ => {}
        }
        Ok(())
    }
}
