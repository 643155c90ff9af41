//! Reviews of pull requests: pending, submitted, edited, dismissed.

use actix_web::web;
use serde::Deserialize;
use serde_json::json;

use super::caller::Caller;
use super::http::{Body, Numbered, Params, ok};
use super::issues::checked_body;
use super::records::{Issue, Permission, Repo, Review, ReviewComment, ReviewState, Spot, UserId};
use super::refusal::{Answer, Refusal};
use super::render::Render;
use super::review_lines::{self, Wanted};
use super::reviewing::{
    Below, begin, begin_comment, checked_comment, commit_of, emit_review, pull_of, tell_submitted,
    touch_pull, writable,
};
use super::world::{Tx, World};

fn unprocessable(error: &str) -> Refusal {
    Refusal::unprocessable("Unprocessable Entity").with_error(json!(error))
}

/// What `event` makes of a review.
fn submitted_as(
    event: &str,
    author: UserId,
    issue: &Issue,
    body: &str,
    comments: usize,
) -> Result<ReviewState, Refusal> {
    let own = issue.author == author;
    let blank = body.trim().is_empty();
    match event {
        "APPROVE" if own => Err(unprocessable("Can not approve your own pull request")),
        "REQUEST_CHANGES" if own => Err(unprocessable(
            "Can not request changes on your own pull request",
        )),
        "APPROVE" => Ok(ReviewState::Approved),
        "REQUEST_CHANGES" if blank => Err(unprocessable("body can't be blank")),
        "COMMENT" if blank && comments == 0 => Err(unprocessable("body can't be blank")),
        "REQUEST_CHANGES" => Ok(ReviewState::ChangesRequested),
        "COMMENT" => Ok(ReviewState::Commented),
        _ => Err(Refusal::invalid("PullRequestReview", "event", "invalid")),
    }
}

#[derive(Deserialize)]
pub(super) struct NewReview {
    commit_id: Option<String>,
    body: Option<String>,
    event: Option<String>,
    #[serde(default)]
    comments: Vec<NewComment>,
}

#[derive(Deserialize)]
struct NewComment {
    body: Option<String>,
    #[serde(flatten)]
    wanted: Wanted,
}

pub(super) async fn create(
    world: web::Data<World>,
    caller: Caller,
    path: Numbered,
    Body(new): Body<NewReview>,
) -> Answer {
    let author = caller.user()?;
    let (repo, issue, pull) =
        world.read(|render| pull_of(render, caller, (&path.0, &path.1, path.2)))?;
    writable(&repo)?;
    let text = new.body.unwrap_or_default();
    checked_body(&text, "PullRequestReview")?;
    let commit = commit_of(&world, repo.id, &pull, new.commit_id).await?;
    let mut comments: Vec<(String, Spot)> = Vec::new();
    for one in new.comments {
        let body = checked_comment(one.body)?;
        let spot = review_lines::find(&world, repo.id, &pull, &commit, &one.wanted).await?;
        comments.push((body, spot));
    }
    let body = world.write(|tx| {
        let event = new.event.as_deref().filter(|event| !event.is_empty());
        let state = match event {
            Some(event) => submitted_as(event, author, &issue, &text, comments.len())?,
            None => ReviewState::Pending,
        };
        let is_own_pending = |review: &Review| {
            (review.pull, review.author, review.state)
                == (issue.number, author, ReviewState::Pending)
        };
        if tx.state.reviews_of(repo.id).any(is_own_pending) {
            return Err(unprocessable(
                "User can only have one pending review per pull request",
            ));
        }
        let review = begin(tx, &issue, author, (text, commit.clone()), state);
        for (body, spot) in comments {
            begin_comment(tx, &review, body, spot, None);
        }
        if state != ReviewState::Pending {
            tell_submitted(tx, author, &review);
        }
        Ok(tx.render().review(&review))
    })?;
    Ok(ok(&body))
}

pub(super) async fn list(
    world: web::Data<World>,
    caller: Caller,
    path: Numbered,
    params: Params,
) -> Answer {
    world.read(|render| {
        let (repo, issue, _) = pull_of(render, caller, (&path.0, &path.1, path.2))?;
        let reviews: Vec<&Review> = render
            .state
            .reviews_of(repo.id)
            .filter(|review| review.pull == issue.number && is_shown(review, caller))
            .collect();
        Ok(params.page(&reviews, |review| render.review(review)))
    })
}

/// A pending review is shown to its author only.
fn is_shown(review: &Review, caller: Caller) -> bool {
    review.state != ReviewState::Pending || caller.user_if_any() == Some(review.author)
}

/// The review, if the caller may see it.
fn find(
    render: Render<'_>,
    caller: Caller,
    path: &Below,
) -> Result<(Repo, Issue, Review), Refusal> {
    let (repo, issue, _) = pull_of(render, caller, (&path.0, &path.1, path.2))?;
    let review = render.state.reviews.get(&(repo.id, path.3));
    let review = review
        .filter(|review| review.pull == issue.number && is_shown(review, caller))
        .cloned()
        .ok_or_else(Refusal::not_found)?;
    Ok((repo, issue, review))
}

/// The review, if the caller may change it: its author and, once it is submitted, who may write to the repository.
fn changeable(
    tx: &Tx<'_>,
    caller: Caller,
    path: &Below,
) -> Result<(UserId, Issue, Review), Refusal> {
    let sender = caller.user()?;
    let (repo, issue, review) = find(tx.render(), caller, path)?;
    writable(&repo)?;
    let trusted = tx.state.permission(&repo, Some(sender)) >= Some(Permission::Push);
    if !trusted && review.author != sender {
        return Err(Refusal::forbidden("Must have admin rights to Repository."));
    }
    Ok((sender, issue, review))
}

pub(super) async fn get(world: web::Data<World>, caller: Caller, path: Below) -> Answer {
    world.read(|render| {
        let (_, _, review) = find(render, caller, &path)?;
        Ok(ok(&render.review(&review)))
    })
}

pub(super) async fn comments(
    world: web::Data<World>,
    caller: Caller,
    path: Below,
    params: Params,
) -> Answer {
    world.read(|render| {
        let (repo, _, review) = find(render, caller, &path)?;
        let comments: Vec<&ReviewComment> = render
            .state
            .review_comments_of(repo.id)
            .filter(|comment| comment.review == review.id)
            .collect();
        Ok(params.page(&comments, |comment| render.review_comment(comment)))
    })
}

#[derive(Deserialize)]
pub(super) struct Text {
    body: Option<String>,
}

pub(super) async fn change(
    world: web::Data<World>,
    caller: Caller,
    path: Below,
    Body(text): Body<Text>,
) -> Answer {
    let body = world.write(|tx| {
        let (sender, _, mut review) = changeable(tx, caller, &path)?;
        let text = text
            .body
            .ok_or_else(|| unprocessable("body can't be blank"))?;
        checked_body(&text, "PullRequestReview")?;
        let before = std::mem::replace(&mut review.body, text);
        review.updated_at = tx.now;
        tx.state
            .reviews
            .insert((review.repo, review.id), review.clone());
        if review.state != ReviewState::Pending {
            touch_pull(tx, review.repo, review.pull);
            let changes = json!({"changes": {"body": {"from": before}}});
            emit_review(tx, sender, &review, "edited", changes);
        }
        Ok(tx.render().review(&review))
    })?;
    Ok(ok(&body))
}

#[derive(Deserialize)]
pub(super) struct Submission {
    body: Option<String>,
    event: Option<String>,
}

pub(super) async fn submit(
    world: web::Data<World>,
    caller: Caller,
    path: Below,
    Body(with): Body<Submission>,
) -> Answer {
    let body = world.write(|tx| {
        let (sender, issue, mut review) = changeable(tx, caller, &path)?;
        if review.state != ReviewState::Pending {
            return Err(unprocessable("Can not submit a review that is not pending"));
        }
        if let Some(text) = with.body {
            checked_body(&text, "PullRequestReview")?;
            review.body = text;
        }
        let now = tx.now;
        let own: Vec<u64> = tx
            .state
            .review_comments_of(review.repo)
            .filter(|comment| comment.review == review.id)
            .map(|comment| comment.id)
            .collect();
        let event = with.event.unwrap_or_default();
        review.state = submitted_as(&event, sender, &issue, &review.body, own.len())?;
        review.submitted_at = Some(now);
        review.updated_at = now;
        for id in own {
            if let Some(comment) = tx.state.review_comments.get_mut(&(review.repo, id)) {
                comment.updated_at = now;
            }
        }
        tx.state
            .reviews
            .insert((review.repo, review.id), review.clone());
        tell_submitted(tx, sender, &review);
        Ok(tx.render().review(&review))
    })?;
    Ok(ok(&body))
}

#[derive(Deserialize)]
pub(super) struct Dismissal {
    message: Option<String>,
}

pub(super) async fn dismiss(
    world: web::Data<World>,
    caller: Caller,
    path: Below,
    Body(with): Body<Dismissal>,
) -> Answer {
    let body = world.write(|tx| {
        let sender = caller.user()?;
        let (repo, _, mut review) = find(tx.render(), caller, &path)?;
        writable(&repo)?;
        if tx.state.permission(&repo, Some(sender)) < Some(Permission::Push) {
            return Err(Refusal::forbidden("Must have admin rights to Repository."));
        }
        if with.message.is_none_or(|message| message.trim().is_empty()) {
            return Err(unprocessable("message can't be blank"));
        }
        match review.state {
            ReviewState::Approved | ReviewState::ChangesRequested => {}
            ReviewState::Pending | ReviewState::Commented | ReviewState::Dismissed => {
                return Err(unprocessable(
                    "Can not dismiss a review that neither approves nor requests changes",
                ));
            }
        }
        review.state = ReviewState::Dismissed;
        review.updated_at = tx.now;
        tx.state
            .reviews
            .insert((review.repo, review.id), review.clone());
        touch_pull(tx, review.repo, review.pull);
        emit_review(tx, sender, &review, "dismissed", json!({}));
        Ok(tx.render().review(&review))
    })?;
    Ok(ok(&body))
}

/// Deletes a pending review; a submitted one stays.
pub(super) async fn delete_pending(world: web::Data<World>, caller: Caller, path: Below) -> Answer {
    let body = world.write(|tx| {
        let (_, _, review) = changeable(tx, caller, &path)?;
        if review.state != ReviewState::Pending {
            return Err(unprocessable(
                "Can not delete a non-pending pull request review",
            ));
        }
        let body = tx.render().review(&review);
        tx.state.reviews.remove(&(review.repo, review.id));
        tx.state
            .review_comments
            .remove_where(|_, comment| comment.review == review.id);
        Ok(body)
    })?;
    Ok(ok(&body))
}
