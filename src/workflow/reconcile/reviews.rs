//! Reviews of pull requests and their comments: which are not as the log has them, and which comments are gone.
//!
//! GitHub lists reviews by pull request only, without the time of an edit. A changed text therefore gets the time of the look:
//! the edit happened before it. Submitted reviews cannot be deleted.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Duration, SubsecRound as _};

use super::texts::{LISTS_LAG_SECONDS, Shown, whole};
use super::{Look, account};
use crate::clock::Timestamp;
use crate::github::{GitHubError, SeenReview, SeenReviewComment};
use crate::work_sample::{EventBody, Happening, Place, ReviewVerdict, WorkSample, key};
use crate::workflow::WorkflowError;

/// One pass reads the reviews of so many pull requests, the newest.
const MOST_PULL_REQUESTS: usize = 30;

/// GitHub may note the submission of a review and of its comments in different seconds.
const SUBMISSION_SECONDS: i64 = 2;

/// The pull requests whose reviews a pass reads, newest first.
fn pull_requests(numbers: impl Iterator<Item = u64>) -> Vec<u64> {
    let all: BTreeSet<u64> = numbers.collect();
    all.into_iter().rev().take(MOST_PULL_REQUESTS).collect()
}

fn known(work_sample: &WorkSample) -> impl Iterator<Item = u64> {
    let entries = work_sample.entries.iter();
    entries
        .filter(|entry| entry.place.is_on_pull_request())
        .map(|entry| entry.place.number())
}

/// How many requests the reviews of a work sample usually take: a list a pull request.
pub(super) fn reads(work_sample: &WorkSample) -> u32 {
    u32::try_from(pull_requests(known(work_sample)).len()).unwrap_or(u32::MAX)
}

impl Look<'_> {
    pub(super) async fn at_reviews(&mut self) -> Result<(), WorkflowError> {
        let before = self.lookout.mark();
        let found = self.found.iter().filter_map(|one| match &one.body {
            EventBody::TextSeen { place, .. } if place.is_on_pull_request() => Some(place.number()),
            _ => None,
        });
        let numbers = pull_requests(known(self.work_sample).chain(found));
        if numbers.is_empty() {
            return Ok(());
        }
        let name = self.name().to_owned();
        let mut is_settled = true;
        let mut submitted: BTreeMap<u64, Timestamp> = BTreeMap::new();
        for number in numbers {
            let reviews = match self.lookout.reviews(&name, number).await {
                // One pull request that GitHub does not show hides nothing else; the next pass asks again.
                Err(GitHubError::NotShown { .. } | GitHubError::NotFound { .. }) => continue,
                reviews => reviews?,
            };
            for review in reviews.iter().flat_map(|reviews| &reviews.items) {
                if let Some(at) = review.submitted_at {
                    submitted.insert(review.id, at);
                    is_settled &= self.at_review(number, review, at);
                }
            }
        }
        let comments = self.lookout.review_comments(&name).await?;
        for comment in comments.iter().flat_map(|comments| &comments.items) {
            if let Some(number) = comment.number() {
                self.at_review_comment(number, comment, &submitted).await?;
            }
        }
        if let Some(comments) = &whole(comments) {
            is_settled &= self.miss_review_comments(comments).await?;
        }
        if !is_settled {
            self.look_at_texts_later(before);
        }
        Ok(())
    }

    /// False if it is too early to say that a review was edited.
    fn at_review(&mut self, number: u64, review: &SeenReview, submitted_at: Timestamp) -> bool {
        let place = Place::Review {
            number,
            review_id: review.id,
        };
        let author = account(review.user.as_ref());
        if let Some(verdict) = ReviewVerdict::parse(&review.state) {
            self.find(Happening {
                key: key::reviewed(review.id, verdict),
                actor: author.clone(),
                occurred_at: submitted_at,
                body: EventBody::Reviewed {
                    number,
                    review_id: review.id,
                    verdict,
                    sha: review.commit_id.clone(),
                },
            });
        }
        let text = review.body.as_deref().unwrap_or_default();
        let now = self.services.now().trunc_subsecs(0);
        let shown = Shown {
            title: "",
            text,
            html_url: &review.html_url,
            author,
            created_at: submitted_at,
            updated_at: now.max(submitted_at),
            place,
        };
        let known = self.entry_at(&shown.place);
        if known.is_none() && text.trim().is_empty() || self.is_as_known(&shown) {
            return true;
        }
        let touched = known.map(|entry| {
            let edited = entry.history.last().map(|last| last.until);
            (entry.text != text).then(|| edited.unwrap_or(entry.at))
        });
        if let Some(Some(touched)) = touched
            && touched > now - Duration::seconds(LISTS_LAG_SECONDS)
        {
            return false;
        }
        self.see(shown, None);
        true
    }

    async fn at_review_comment(
        &mut self,
        number: u64,
        comment: &SeenReviewComment,
        submitted: &BTreeMap<u64, Timestamp>,
    ) -> Result<(), WorkflowError> {
        let mut shown = Shown {
            place: Place::ReviewComment {
                number,
                comment_id: comment.id,
            },
            title: "",
            text: comment.body.as_deref().unwrap_or_default(),
            html_url: &comment.html_url,
            author: account(comment.user.as_ref()),
            created_at: comment.created_at,
            updated_at: comment.updated_at,
        };
        if self.is_as_known(&shown) {
            return Ok(());
        }
        shown.created_at = self.shown_since(number, comment, submitted).await?;
        self.see(shown, None);
        Ok(())
    }

    /// When a review comment became visible: with its review. A webhook tells the comment's `updated_at` of that moment.
    async fn shown_since(
        &self,
        number: u64,
        comment: &SeenReviewComment,
        submitted: &BTreeMap<u64, Timestamp>,
    ) -> Result<Timestamp, WorkflowError> {
        let Some(review) = comment.pull_request_review_id else {
            return Ok(comment.created_at);
        };
        let submitted_at = match submitted.get(&review) {
            Some(at) => Some(*at),
            None => {
                let review = self.github.review(self.name(), number, review).await?;
                review.and_then(|review| review.submitted_at)
            }
        };
        let since = submitted_at.map_or(comment.created_at, |at| at.max(comment.created_at));
        let at_once = comment.updated_at - since <= Duration::seconds(SUBMISSION_SECONDS);
        Ok(if at_once { comment.updated_at } else { since })
    }

    /// Review comments that we know and the whole list does not show. False if it is too early to say so of one.
    async fn miss_review_comments(
        &mut self,
        comments: &[SeenReviewComment],
    ) -> Result<bool, WorkflowError> {
        let shown: BTreeSet<u64> = comments.iter().map(|comment| comment.id).collect();
        let now = self.services.now().trunc_subsecs(0);
        let touched = self.touched.clone();
        self.miss(|place| match place {
            Place::ReviewComment { number, comment_id } if !shown.contains(comment_id) => {
                // The pull request was last touched at the deletion, or later.
                Some(touched.get(number).copied().unwrap_or(now))
            }
            _ => None,
        })
        .await
    }
}
