//! Comments on issues and pull requests.

use actix_web::web;
use serde::Deserialize;
use serde_json::{Value, json};

use super::caller::Caller;
use super::happenings::Happening;
use super::http::{Body, Numbered, Params, Repository, created, nothing, ok};
use super::issues::checked_body;
use super::records::{Comment, Permission, UserId};
use super::refusal::{Answer, Refusal};
use super::world::{Tx, World};

#[derive(Deserialize)]
pub(super) struct Text {
    body: Option<String>,
}

impl Text {
    fn checked(self) -> Result<String, Refusal> {
        let body = self.body.unwrap_or_default();
        if body.trim().is_empty() {
            return Err(Refusal::unprocessable("Validation Failed").with_error(json!({
                "resource": "IssueComment", "code": "custom", "field": "body", "message": "body can't be blank",
            })));
        }
        checked_body(&body, "IssueComment")?;
        Ok(body)
    }
}

pub(super) async fn create(
    world: web::Data<World>,
    caller: Caller,
    path: Numbered,
    Body(text): Body<Text>,
) -> Answer {
    let body = world.write(|tx| {
        let author = caller.user()?;
        let repo = tx
            .render()
            .repo(caller, (&path.0, &path.1), Permission::Pull)?;
        if repo.archived {
            return Err(Refusal::forbidden(
                "Repository was archived so is read-only.",
            ));
        }
        let issue = tx.render().issue_of(repo, path.2)?.clone();
        let text = text.checked()?;
        let id = tx.state.next_id();
        let comment = Comment {
            id,
            repo: issue.repo,
            issue: issue.number,
            author,
            body: text,
            created_at: tx.now,
            updated_at: tx.now,
        };
        tx.state.comments.insert((issue.repo, id), comment.clone());
        touch_issue(tx, &comment);
        emit(tx, author, &comment, "created", json!({}));
        Ok(tx.render().comment(&comment))
    })?;
    Ok(created(&body))
}

/// A comment makes its issue the more recently updated.
fn touch_issue(tx: &mut Tx<'_>, comment: &Comment) {
    let now = tx.now;
    if let Some(issue) = tx.state.issues.get_mut(&(comment.repo, comment.issue)) {
        issue.updated_at = now;
    }
}

fn emit(
    tx: &mut Tx<'_>,
    sender: UserId,
    comment: &Comment,
    action: &'static str,
    mut fields: Value,
) {
    let issue = tx.state.issues.get(&(comment.repo, comment.issue));
    fields["issue"] = issue.map_or(Value::Null, |issue| tx.render().issue(issue));
    fields["comment"] = tx.render().comment(comment);
    tx.emit(Happening {
        event: "issue_comment",
        action: Some(action),
        repo: Some(comment.repo),
        sender,
        fields,
    });
}

pub(super) async fn list_of_issue(
    world: web::Data<World>,
    caller: Caller,
    path: Numbered,
    params: Params,
) -> Answer {
    let since = params.time("since")?;
    world.read(|render| {
        let repo = render.repo(caller, (&path.0, &path.1), Permission::Pull)?;
        let issue = render.issue_of(repo, path.2)?;
        let comments: Vec<&Comment> = render
            .state
            .comments_of(repo.id)
            .filter(|comment| comment.issue == issue.number)
            .filter(|comment| since.is_none_or(|since| comment.updated_at >= since))
            .collect();
        Ok(params.page(&comments, |comment| render.comment(comment)))
    })
}

pub(super) async fn list_of_repo(
    world: web::Data<World>,
    caller: Caller,
    path: Repository,
    params: Params,
) -> Answer {
    let since = params.time("since")?;
    world.read(|render| {
        let repo = render.repo(caller, (&path.0, &path.1), Permission::Pull)?;
        let mut comments: Vec<&Comment> = render
            .state
            .comments_of(repo.id)
            .filter(|comment| since.is_none_or(|since| comment.updated_at >= since))
            .collect();
        if params.get("sort") == Some("updated") {
            comments.sort_by_key(|comment| (comment.updated_at, comment.id));
        }
        if params.get("sort").is_some() && params.get("direction") != Some("asc") {
            comments.reverse();
        }
        Ok(params.page(&comments, |comment| render.comment(comment)))
    })
}

pub(super) async fn get(world: web::Data<World>, caller: Caller, path: Numbered) -> Answer {
    world.read(|render| {
        let repo = render.repo(caller, (&path.0, &path.1), Permission::Pull)?;
        let comment = render
            .state
            .comments
            .get(&(repo.id, path.2))
            .ok_or_else(Refusal::not_found)?;
        Ok(ok(&render.comment(comment)))
    })
}

/// The comment, if the caller may change it: its author, and who may write to the repository.
fn changeable(tx: &Tx<'_>, caller: Caller, path: &Numbered) -> Result<(UserId, Comment), Refusal> {
    let sender = caller.user()?;
    let repo = tx
        .render()
        .repo(caller, (&path.0, &path.1), Permission::Pull)?;
    let comment = tx
        .state
        .comments
        .get(&(repo.id, path.2))
        .ok_or_else(Refusal::not_found)?;
    let trusted = tx.state.permission(repo, Some(sender)) >= Some(Permission::Push);
    if (!trusted && comment.author != sender) || repo.archived {
        return Err(Refusal::forbidden("Must have admin rights to Repository."));
    }
    Ok((sender, comment.clone()))
}

pub(super) async fn change(
    world: web::Data<World>,
    caller: Caller,
    path: Numbered,
    Body(text): Body<Text>,
) -> Answer {
    let body = world.write(|tx| {
        let (sender, mut comment) = changeable(tx, caller, &path)?;
        let before = std::mem::replace(&mut comment.body, text.checked()?);
        comment.updated_at = tx.now;
        tx.state
            .comments
            .insert((comment.repo, comment.id), comment.clone());
        touch_issue(tx, &comment);
        emit(
            tx,
            sender,
            &comment,
            "edited",
            json!({"changes": {"body": {"from": before}}}),
        );
        Ok(tx.render().comment(&comment))
    })?;
    Ok(ok(&body))
}

pub(super) async fn delete(world: web::Data<World>, caller: Caller, path: Numbered) -> Answer {
    world.write(|tx| {
        let (sender, comment) = changeable(tx, caller, &path)?;
        tx.state.comments.remove(&(comment.repo, comment.id));
        touch_issue(tx, &comment);
        emit(tx, sender, &comment, "deleted", json!({}));
        Ok(())
    })?;
    Ok(nothing())
}
