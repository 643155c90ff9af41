//! Comments on lines and files of pull requests. Each is part of a review; one that is written by itself makes a review of
//! its own, without text.

use actix_web::web;
use serde::Deserialize;
use serde_json::json;

use super::caller::Caller;
use super::http::{Body, Numbered, Params, Repository, created, nothing, ok};
use super::records::{Permission, ReviewComment, ReviewState, UserId};
use super::refusal::{Answer, Refusal};
use super::render::Render;
use super::review_lines::{self, Wanted};
use super::reviewing::{
    self, Below, begin_comment, checked_comment, commit_of, emit_comment, pull_of, touch_pull,
    writable,
};
use super::world::{Tx, World};

#[derive(Deserialize)]
pub(super) struct NewComment {
    body: Option<String>,
    commit_id: Option<String>,
    in_reply_to: Option<u64>,
    #[serde(flatten)]
    wanted: Wanted,
}

pub(super) async fn create(
    world: web::Data<World>,
    caller: Caller,
    path: Numbered,
    Body(new): Body<NewComment>,
) -> Answer {
    if let Some(id) = new.in_reply_to {
        return answer_to(&world, caller, (&path.0, &path.1, path.2, id), new.body);
    }
    let author = caller.user()?;
    let (repo, issue, pull) =
        world.read(|render| pull_of(render, caller, (&path.0, &path.1, path.2)))?;
    writable(&repo)?;
    let text = checked_comment(new.body)?;
    if new.commit_id.is_none() {
        return Err(Refusal::invalid(
            "PullRequestReviewComment",
            "commit_id",
            "missing_field",
        ));
    }
    let commit = commit_of(&world, repo.id, &pull, new.commit_id).await?;
    let spot = review_lines::find(&world, repo.id, &pull, &commit, &new.wanted).await?;
    let body = world.write(|tx| {
        let frame = (String::new(), commit);
        let review = reviewing::begin(tx, &issue, author, frame, ReviewState::Commented);
        let comment = begin_comment(tx, &review, text, spot, None);
        reviewing::tell_submitted(tx, author, &review);
        Ok(tx.render().review_comment(&comment))
    })?;
    Ok(created(&body))
}

#[derive(Deserialize)]
pub(super) struct Text {
    body: Option<String>,
}

pub(super) async fn reply(
    world: web::Data<World>,
    caller: Caller,
    path: Below,
    Body(text): Body<Text>,
) -> Answer {
    answer_to(
        &world,
        caller,
        (&path.0, &path.1, path.2, path.3),
        text.body,
    )
}

/// Keeps and tells a reply to a review comment. There are none to replies.
fn answer_to(
    world: &World,
    caller: Caller,
    (owner, name, number, id): (&str, &str, u64, u64),
    text: Option<String>,
) -> Answer {
    let author = caller.user()?;
    let body = world.write(|tx| {
        let (repo, issue, _) = pull_of(tx.render(), caller, (owner, name, number))?;
        writable(&repo)?;
        let first = public(tx.render(), repo.id, id)?.clone();
        if first.pull != issue.number || first.in_reply_to.is_some() {
            return Err(Refusal::not_found());
        }
        let text = checked_comment(text)?;
        let frame = (String::new(), first.commit.clone());
        let review = reviewing::begin(tx, &issue, author, frame, ReviewState::Commented);
        let comment = begin_comment(tx, &review, text, first.spot, Some(first.id));
        reviewing::tell_submitted(tx, author, &review);
        Ok(tx.render().review_comment(&comment))
    })?;
    Ok(created(&body))
}

/// A comment whose review is submitted.
fn public(render: Render<'_>, repo: u64, id: u64) -> Result<&ReviewComment, Refusal> {
    let comment = render.state.review_comments.get(&(repo, id));
    comment
        .filter(|comment| render.is_public(comment))
        .ok_or_else(Refusal::not_found)
}

fn listed(
    render: Render<'_>,
    params: &Params,
    repo: u64,
    of: impl Fn(&ReviewComment) -> bool,
) -> Answer {
    let since = params.time("since")?;
    let mut comments: Vec<&ReviewComment> = render
        .state
        .review_comments_of(repo)
        .filter(|comment| of(comment) && render.is_public(comment))
        .filter(|comment| since.is_none_or(|since| comment.updated_at >= since))
        .collect();
    if params.get("sort") == Some("updated") {
        comments.sort_by_key(|comment| (comment.updated_at, comment.id));
    }
    if params.get("sort").is_some() && params.get("direction") != Some("asc") {
        comments.reverse();
    }
    Ok(params.page(&comments, |comment| render.review_comment(comment)))
}

pub(super) async fn list_of_pull(
    world: web::Data<World>,
    caller: Caller,
    path: Numbered,
    params: Params,
) -> Answer {
    world.read(|render| {
        let (repo, issue, _) = pull_of(render, caller, (&path.0, &path.1, path.2))?;
        listed(render, &params, repo.id, |comment| {
            comment.pull == issue.number
        })
    })
}

pub(super) async fn list_of_repo(
    world: web::Data<World>,
    caller: Caller,
    path: Repository,
    params: Params,
) -> Answer {
    world.read(|render| {
        let repo = render.repo(caller, (&path.0, &path.1), Permission::Pull)?;
        listed(render, &params, repo.id, |_| true)
    })
}

pub(super) async fn get(world: web::Data<World>, caller: Caller, path: Numbered) -> Answer {
    world.read(|render| {
        let repo = render.repo(caller, (&path.0, &path.1), Permission::Pull)?;
        let comment = public(render, repo.id, path.2)?;
        Ok(ok(&render.review_comment(comment)))
    })
}

/// The comment, if the caller may change it: its author, and who may write to the repository.
fn changeable(
    tx: &Tx<'_>,
    caller: Caller,
    path: &Numbered,
) -> Result<(UserId, ReviewComment), Refusal> {
    let sender = caller.user()?;
    let render = tx.render();
    let repo = render.repo(caller, (&path.0, &path.1), Permission::Pull)?;
    let comment = public(render, repo.id, path.2)?.clone();
    writable(repo)?;
    let trusted = tx.state.permission(repo, Some(sender)) >= Some(Permission::Push);
    if !trusted && comment.author != sender {
        return Err(Refusal::forbidden("Must have admin rights to Repository."));
    }
    Ok((sender, comment))
}

pub(super) async fn change(
    world: web::Data<World>,
    caller: Caller,
    path: Numbered,
    Body(text): Body<Text>,
) -> Answer {
    let body = world.write(|tx| {
        let (sender, mut comment) = changeable(tx, caller, &path)?;
        let before = std::mem::replace(&mut comment.body, checked_comment(text.body)?);
        comment.updated_at = tx.now;
        tx.state
            .review_comments
            .insert((comment.repo, comment.id), comment.clone());
        touch_pull(tx, comment.repo, comment.pull);
        let changes = json!({"changes": {"body": {"from": before}}});
        emit_comment(tx, sender, &comment, "edited", changes);
        Ok(tx.render().review_comment(&comment))
    })?;
    Ok(ok(&body))
}

/// Deletes a comment; a review that consisted of it goes with it.
pub(super) async fn delete(world: web::Data<World>, caller: Caller, path: Numbered) -> Answer {
    world.write(|tx| {
        let (sender, comment) = changeable(tx, caller, &path)?;
        tx.state.review_comments.remove(&(comment.repo, comment.id));
        let key = (comment.repo, comment.review);
        let others = tx
            .state
            .review_comments_of(comment.repo)
            .any(|other| other.review == comment.review);
        let is_empty =
            tx.state.reviews.get(&key).is_some_and(|review| {
                review.state == ReviewState::Commented && review.body.is_empty()
            });
        if is_empty && !others {
            tx.state.reviews.remove(&key);
        }
        touch_pull(tx, comment.repo, comment.pull);
        emit_comment(tx, sender, &comment, "deleted", json!({}));
        Ok(())
    })?;
    Ok(nothing())
}
