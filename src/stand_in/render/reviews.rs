//! Reviews and review comments.

use serde_json::{Value, json};

use super::{Render, node_id, reactions, stamp, stamp_opt};
use crate::stand_in::records::{Issue, Review, ReviewComment, ReviewState};

impl Render<'_> {
    /// The form of the REST API.
    pub(in crate::stand_in) fn review(&self, review: &Review) -> Value {
        let Some(repo) = self.state.repos.get(&review.repo) else {
            return Value::Null;
        };
        let url = format!("{}/pulls/{}", self.repo_url(repo), review.pull);
        let html = format!(
            "{}/pull/{}#pullrequestreview-{}",
            self.repo_html(repo),
            review.pull,
            review.id
        );
        let mut body = json!({
            "id": review.id,
            "node_id": node_id("PullRequestReview", review.id),
            "user": self.user(review.author),
            "body": review.body,
            "state": state(review.state).to_uppercase(),
            "html_url": html,
            "pull_request_url": url,
            "author_association": self.association(repo, review.author),
            "_links": {"html": {"href": html}, "pull_request": {"href": url}},
            "commit_id": review.commit,
        });
        if let Some(at) = review.submitted_at {
            body["submitted_at"] = json!(stamp(at));
        }
        body
    }

    /// The form of webhooks.
    pub(in crate::stand_in) fn review_in_event(&self, review: &Review) -> Value {
        let mut body = self.review(review);
        if review.body.is_empty() {
            body["body"] = Value::Null;
        }
        body["state"] = json!(state(review.state));
        body["submitted_at"] = stamp_opt(review.submitted_at);
        body["updated_at"] = json!(stamp(review.updated_at));
        body
    }

    /// The form of the REST API.
    pub(in crate::stand_in) fn review_comment(&self, comment: &ReviewComment) -> Value {
        let Some(repo) = self.state.repos.get(&comment.repo) else {
            return Value::Null;
        };
        let repo_url = self.repo_url(repo);
        let url = format!("{repo_url}/pulls/comments/{}", comment.id);
        let pull_url = format!("{repo_url}/pulls/{}", comment.pull);
        let html = format!(
            "{}/pull/{}#discussion_r{}",
            self.repo_html(repo),
            comment.pull,
            comment.id
        );
        let spot = &comment.spot;
        let mut body = json!({
            "url": url,
            "pull_request_review_id": comment.review,
            "id": comment.id,
            "node_id": node_id("PullRequestReviewComment", comment.id),
            "diff_hunk": spot.hunk,
            "path": spot.path,
            "position": spot.position,
            "original_position": spot.position,
            "commit_id": comment.commit,
            "original_commit_id": comment.commit,
            "user": self.user(comment.author),
            "body": comment.body,
            "created_at": stamp(comment.created_at),
            "updated_at": stamp(comment.updated_at),
            "html_url": html,
            "pull_request_url": pull_url,
            "author_association": self.association(repo, comment.author),
            "start_line": spot.start_line,
            "original_start_line": spot.start_line,
            "start_side": spot.start_side,
            "original_line": spot.line.unwrap_or(1),
            "side": spot.side,
            "subject_type": if spot.line.is_some() { "line" } else { "file" },
            "reactions": reactions(&url),
        });
        body["_links"] = json!({
            "self": {"href": url}, "html": {"href": html}, "pull_request": {"href": pull_url},
        });
        if let Some(line) = spot.line {
            body["line"] = json!(line);
        }
        if let Some(id) = comment.in_reply_to {
            body["in_reply_to_id"] = json!(id);
        }
        body
    }

    /// The form of webhooks.
    pub(in crate::stand_in) fn review_comment_in_event(&self, comment: &ReviewComment) -> Value {
        let mut body = self.review_comment(comment);
        body["line"] = json!(comment.spot.line);
        body
    }

    /// Is the comment's review submitted?
    pub(in crate::stand_in) fn is_public(&self, comment: &ReviewComment) -> bool {
        let review = self.state.reviews.get(&(comment.repo, comment.review));
        review.is_some_and(|review| review.state != ReviewState::Pending)
    }

    pub(super) fn review_comments_on(&self, issue: &Issue) -> usize {
        self.state
            .review_comments_of(issue.repo)
            .filter(|comment| comment.pull == issue.number && self.is_public(comment))
            .count()
    }
}

fn state(state: ReviewState) -> &'static str {
    match state {
        ReviewState::Pending => "pending",
        ReviewState::Commented => "commented",
        ReviewState::Approved => "approved",
        ReviewState::ChangesRequested => "changes_requested",
        ReviewState::Dismissed => "dismissed",
    }
}
