//! Reads the reviews of pull requests and their comments, and writes them as people do.

use http::Method;
use serde::Deserialize;
use serde_json::json;

use super::lookout::{Listed, Lookout};
use super::people::{Identified, Person};
use super::seen::{SeenAccount, is_below};
use super::{GitHub, GitHubError};
use crate::clock::Timestamp;
use crate::ids::CommitSha;

/// A review of a pull request. The REST API tells neither whether nor when it was edited.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SeenReview {
    pub id: u64,
    #[serde(default)]
    pub body: Option<String>,
    pub user: Option<SeenAccount>,
    /// `APPROVED`, `CHANGES_REQUESTED`, `COMMENTED`, `DISMISSED` or `PENDING`
    pub state: String,
    pub html_url: String,
    /// Missing while it is pending.
    #[serde(default)]
    pub submitted_at: Option<Timestamp>,
    #[serde(default)]
    pub commit_id: Option<CommitSha>,
}

/// A comment on a line or file of a pull request.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SeenReviewComment {
    pub id: u64,
    #[serde(default)]
    pub pull_request_review_id: Option<u64>,
    #[serde(default)]
    pub body: Option<String>,
    pub user: Option<SeenAccount>,
    pub html_url: String,
    /// Ends with the number of the pull request.
    pub pull_request_url: String,
    /// When it was written, perhaps in a review that was submitted later.
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl SeenReviewComment {
    /// The pull request that it is about.
    pub fn number(&self) -> Option<u64> {
        self.pull_request_url.rsplit('/').next()?.parse().ok()
    }
}

impl GitHub {
    /// Is there such a review comment in this repository?
    pub async fn has_review_comment(&self, full_name: &str, id: u64) -> Result<bool, GitHubError> {
        let route = format!("/repos/{full_name}/pulls/comments/{id}");
        let found: Option<SeenReviewComment> =
            self.find("look for a review comment", &route).await?;
        Ok(found.is_some_and(|found| is_below(&found.pull_request_url, full_name)))
    }

    /// One review, if it is there.
    pub async fn review(
        &self,
        full_name: &str,
        number: u64,
        id: u64,
    ) -> Result<Option<SeenReview>, GitHubError> {
        let route = format!("/repos/{full_name}/pulls/{number}/reviews/{id}");
        self.find("look for a review", &route).await
    }
}

impl Lookout<'_> {
    /// All reviews of a pull request, oldest first; `None` where none has changed.
    pub async fn reviews(
        &mut self,
        full_name: &str,
        number: u64,
    ) -> Result<Option<Listed<SeenReview>>, GitHubError> {
        let route = format!("/repos/{full_name}/pulls/{number}/reviews");
        self.list("look at the reviews", &route).await
    }

    /// All comments on lines and files of pull requests, oldest first; `None` where none has changed.
    pub async fn review_comments(
        &mut self,
        full_name: &str,
    ) -> Result<Option<Listed<SeenReviewComment>>, GitHubError> {
        let route = format!("/repos/{full_name}/pulls/comments?sort=created&direction=asc");
        self.list("look at the review comments", &route).await
    }
}

/// What a review says of its pull request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReviewEvent {
    Comment,
    Approve,
    RequestChanges,
}

/// A comment on a line of a pull request's diff.
#[derive(Debug, Clone, Copy)]
pub struct NewReviewComment<'t> {
    pub path: &'t str,
    /// Its number in the new file.
    pub line: u32,
    pub text: &'t str,
}

#[derive(Deserialize)]
struct PullHead {
    head: HeadCommit,
}

#[derive(Deserialize)]
struct HeadCommit {
    sha: CommitSha,
}

impl Person {
    /// Reviews a pull request; returns the review's id.
    pub async fn submit_review(
        &self,
        full_name: &str,
        number: u64,
        event: ReviewEvent,
        text: &str,
    ) -> Result<u64, GitHubError> {
        let event = match event {
            ReviewEvent::Comment => "COMMENT",
            ReviewEvent::Approve => "APPROVE",
            ReviewEvent::RequestChanges => "REQUEST_CHANGES",
        };
        let body = json!({ "event": event, "body": text });
        let route = format!("/repos/{full_name}/pulls/{number}/reviews");
        self.github
            .call("review a pull request", Method::POST, &route, Some(&body))
            .await?
            .read::<Identified>()
            .map(|review| review.id)
    }

    /// Replaces the text of a review.
    pub async fn edit_review(
        &self,
        full_name: &str,
        number: u64,
        id: u64,
        text: &str,
    ) -> Result<(), GitHubError> {
        let body = json!({ "body": text });
        let route = format!("/repos/{full_name}/pulls/{number}/reviews/{id}");
        self.github
            .call("edit a review", Method::PUT, &route, Some(&body))
            .await
            .map(drop)
    }

    /// Comments on a line at the head of a pull request; returns the comment's id.
    pub async fn comment_on_line(
        &self,
        full_name: &str,
        number: u64,
        comment: NewReviewComment<'_>,
    ) -> Result<u64, GitHubError> {
        const CALL: &str = "comment on a line";
        let route = format!("/repos/{full_name}/pulls/{number}");
        let pull: PullHead = self.github.get(CALL, &route).await?;
        let NewReviewComment { path, line, text } = comment;
        let body = json!({
            "body": text, "commit_id": pull.head.sha, "path": path, "line": line, "side": "RIGHT",
        });
        self.github
            .call(
                CALL,
                Method::POST,
                &format!("{route}/comments"),
                Some(&body),
            )
            .await?
            .read::<Identified>()
            .map(|comment| comment.id)
    }

    pub async fn edit_review_comment(
        &self,
        full_name: &str,
        id: u64,
        text: &str,
    ) -> Result<(), GitHubError> {
        let body = json!({ "body": text });
        let route = format!("/repos/{full_name}/pulls/comments/{id}");
        self.github
            .call("edit a review comment", Method::PATCH, &route, Some(&body))
            .await
            .map(drop)
    }

    pub async fn delete_review_comment(&self, full_name: &str, id: u64) -> Result<(), GitHubError> {
        let route = format!("/repos/{full_name}/pulls/comments/{id}");
        self.github
            .call::<()>("delete a review comment", Method::DELETE, &route, None)
            .await
            .map(drop)
    }
}
