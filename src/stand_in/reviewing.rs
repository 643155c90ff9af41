//! What the handlers of reviews and of review comments share: finding the pull request, keeping rows, telling the hooks.

use actix_web::web;
use serde_json::{Value, json};

use super::caller::Caller;
use super::happenings::Happening;
use super::issues::checked_body;
use super::records::{
    Issue, Permission, Pull, Repo, RepoId, Review, ReviewComment, ReviewState, Spot, UserId,
};
use super::refusal::Refusal;
use super::render::Render;
use super::world::{Tx, World};

/// Owner, repository, pull request, and the review or comment.
pub(super) type Below = web::Path<(String, String, u64, u64)>;

/// The pull request and its repository.
pub(super) fn pull_of(
    render: Render<'_>,
    caller: Caller,
    (owner, name, number): (&str, &str, u64),
) -> Result<(Repo, Issue, Pull), Refusal> {
    let repo = render.repo(caller, (owner, name), Permission::Pull)?;
    let issue = render.issue_of(repo, number)?.clone();
    let pull = issue.pull.clone().ok_or_else(Refusal::not_found)?;
    Ok((repo.clone(), issue, pull))
}

pub(super) fn writable(repo: &Repo) -> Result<(), Refusal> {
    if repo.archived {
        return Err(Refusal::forbidden(
            "Repository was archived so is read-only.",
        ));
    }
    Ok(())
}

/// The commit that a review is about: the head, unless another of the pull request's commits is named.
pub(super) async fn commit_of(
    world: &World,
    repo: RepoId,
    pull: &Pull,
    named: Option<String>,
) -> Result<String, Refusal> {
    let Some(named) = named.filter(|named| *named != pull.head_sha) else {
        return Ok(pull.head_sha.clone());
    };
    let found = world
        .git
        .commit_of(repo, &named)
        .await
        .map_err(Refusal::broken)?;
    let is_part = match &found {
        Some(sha) => world
            .git
            .is_ancestor(repo, sha, &pull.head_sha)
            .await
            .map_err(Refusal::broken)?,
        None => false,
    };
    found
        .filter(|_| is_part)
        .ok_or_else(|| Refusal::invalid("PullRequestReview", "commit_id", "invalid"))
}

const RESOURCE: &str = "PullRequestReviewComment";

/// A text as GitHub takes it.
pub(super) fn checked_comment(body: Option<String>) -> Result<String, Refusal> {
    let body = body.unwrap_or_default();
    if body.trim().is_empty() {
        return Err(Refusal::custom(RESOURCE, "body can't be blank"));
    }
    checked_body(&body, RESOURCE)?;
    Ok(body)
}

/// Keeps a new review; tells nobody.
pub(super) fn begin(
    tx: &mut Tx<'_>,
    issue: &Issue,
    author: UserId,
    (body, commit): (String, String),
    state: ReviewState,
) -> Review {
    let id = tx.state.next_id();
    let review = Review {
        id,
        repo: issue.repo,
        pull: issue.number,
        author,
        body,
        state,
        commit,
        submitted_at: (state != ReviewState::Pending).then_some(tx.now),
        updated_at: tx.now,
    };
    tx.state.reviews.insert((issue.repo, id), review.clone());
    review
}

/// Tells the hooks of a review that was submitted, and of its comments.
pub(super) fn tell_submitted(tx: &mut Tx<'_>, sender: UserId, review: &Review) {
    touch_pull(tx, review.repo, review.pull);
    emit_review(tx, sender, review, "submitted", json!({}));
    let comments: Vec<ReviewComment> = tx
        .state
        .review_comments_of(review.repo)
        .filter(|comment| comment.review == review.id)
        .cloned()
        .collect();
    for comment in comments {
        emit_comment(tx, sender, &comment, "created", json!({}));
    }
}

/// A review makes its pull request the more recently updated.
pub(super) fn touch_pull(tx: &mut Tx<'_>, repo: RepoId, number: u64) {
    let now = tx.now;
    if let Some(issue) = tx.state.issues.get_mut(&(repo, number)) {
        issue.updated_at = now;
    }
}

pub(super) fn emit_review(
    tx: &mut Tx<'_>,
    sender: UserId,
    review: &Review,
    action: &'static str,
    mut fields: Value,
) {
    let issue = tx.state.issues.get(&(review.repo, review.pull));
    fields["pull_request"] = issue.map_or(Value::Null, |issue| tx.render().pull_simple(issue));
    fields["review"] = tx.render().review_in_event(review);
    tx.emit(Happening {
        event: "pull_request_review",
        action: Some(action),
        repo: Some(review.repo),
        sender,
        fields,
    });
}

/// Keeps a new comment of a review; tells nobody.
pub(super) fn begin_comment(
    tx: &mut Tx<'_>,
    review: &Review,
    body: String,
    spot: Spot,
    in_reply_to: Option<u64>,
) -> ReviewComment {
    let id = tx.state.next_id();
    let comment = ReviewComment {
        id,
        repo: review.repo,
        pull: review.pull,
        review: review.id,
        author: review.author,
        body,
        commit: review.commit.clone(),
        spot,
        in_reply_to,
        created_at: tx.now,
        updated_at: tx.now,
    };
    tx.state
        .review_comments
        .insert((review.repo, id), comment.clone());
    comment
}

pub(super) fn emit_comment(
    tx: &mut Tx<'_>,
    sender: UserId,
    comment: &ReviewComment,
    action: &'static str,
    mut fields: Value,
) {
    let issue = tx.state.issues.get(&(comment.repo, comment.pull));
    fields["pull_request"] = issue.map_or(Value::Null, |issue| tx.render().pull_simple(issue));
    fields["comment"] = tx.render().review_comment_in_event(comment);
    tx.emit(Happening {
        event: "pull_request_review_comment",
        action: Some(action),
        repo: Some(comment.repo),
        sender,
        fields,
    });
}
