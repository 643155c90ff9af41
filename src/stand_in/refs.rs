//! Refs: read them, and move them without a push.

use actix_web::web;
use serde::Deserialize;
use serde_json::Value;

use super::caller::Caller;
use super::commits::{is_empty, readable};
use super::git::safe_revision;
use super::http::{Body, Named, Params, Repository, created, nothing, ok};
use super::pushes;
use super::records::{Permission, Repo};
use super::refusal::{Answer, Refusal};
use super::world::World;

/// Refs with the kind of what they point to (`commit`, or `tag` for an annotated one).
async fn refs_with_kind(
    world: &World,
    repo: &Repo,
) -> Result<Vec<(String, String, String)>, Refusal> {
    let format = "--format=%(objecttype) %(objectname) %(refname)";
    let text = world
        .git
        .text(repo.id, &["for-each-ref", format])
        .await
        .map_err(Refusal::broken)?;
    Ok(text
        .lines()
        .filter_map(|line| {
            let mut words = line.splitn(3, ' ').map(str::to_owned);
            Some((words.next()?, words.next()?, words.next()?))
        })
        .collect())
}

pub(super) async fn git_ref(world: web::Data<World>, caller: Caller, path: Named) -> Answer {
    let repo = readable(&world, caller, (&path.0, &path.1))?;
    let wanted = format!("refs/{}", path.2.trim_start_matches("refs/"));
    if is_empty(&world, &repo).await? {
        return Err(Refusal::conflict("Git Repository is empty."));
    }
    let refs = refs_with_kind(&world, &repo).await?;
    let (kind, sha, name) = refs
        .into_iter()
        .find(|row| row.2 == wanted)
        .ok_or_else(Refusal::not_found)?;
    Ok(ok(
        &world.read(|render| render.git_ref(&repo, &name, &kind, &sha))
    ))
}

/// `GET …/git/matching-refs/{start}`, and `…/git/refs` for all.
pub(super) async fn matching_refs(
    world: web::Data<World>,
    caller: Caller,
    path: Named,
    params: Params,
) -> Answer {
    refs_from(&world, caller, (&path.0, &path.1), &path.2, &params).await
}

pub(super) async fn all_refs(
    world: web::Data<World>,
    caller: Caller,
    path: Repository,
    params: Params,
) -> Answer {
    refs_from(&world, caller, (&path.0, &path.1), "", &params).await
}

async fn refs_from(
    world: &World,
    caller: Caller,
    path: (&str, &str),
    start: &str,
    params: &Params,
) -> Answer {
    let repo = readable(world, caller, path)?;
    let start = format!("refs/{start}");
    let mut refs = refs_with_kind(world, &repo).await?;
    refs.retain(|row| row.2.starts_with(&start));
    Ok(world.read(|render| {
        params.page(&refs, |(kind, sha, name)| {
            render.git_ref(&repo, name, kind, sha)
        })
    }))
}

#[derive(Deserialize)]
pub(super) struct NewRef {
    #[serde(rename = "ref")]
    name: String,
    sha: String,
}

#[derive(Deserialize)]
pub(super) struct MoveRef {
    sha: String,
    #[serde(default)]
    force: bool,
}

pub(super) async fn create_ref(
    world: web::Data<World>,
    caller: Caller,
    path: Repository,
    Body(new): Body<NewRef>,
) -> Answer {
    let allowed = new.name.starts_with("refs/heads/") || new.name.starts_with("refs/tags/");
    if !allowed || !safe_revision(&new.name) {
        return Err(Refusal::unprocessable(
            "Reference name must start with 'refs/heads/' or 'refs/tags/'.",
        ));
    }
    let change = RefChange {
        name: new.name,
        sha: Some(new.sha),
        must_exist: false,
        force: true,
    };
    Ok(created(
        &move_ref(&world, caller, (&path.0, &path.1), change).await?,
    ))
}

pub(super) async fn update_ref(
    world: web::Data<World>,
    caller: Caller,
    path: Named,
    Body(change): Body<MoveRef>,
) -> Answer {
    let name = format!("refs/{}", path.2);
    let change = RefChange {
        name,
        sha: Some(change.sha),
        must_exist: true,
        force: change.force,
    };
    Ok(ok(
        &move_ref(&world, caller, (&path.0, &path.1), change).await?
    ))
}

pub(super) async fn delete_ref(world: web::Data<World>, caller: Caller, path: Named) -> Answer {
    let name = format!("refs/{}", path.2);
    let change = RefChange {
        name,
        sha: None,
        must_exist: true,
        force: true,
    };
    move_ref(&world, caller, (&path.0, &path.1), change).await?;
    Ok(nothing())
}

struct RefChange {
    name: String,
    /// `None` deletes.
    sha: Option<String>,
    must_exist: bool,
    force: bool,
}

async fn move_ref(
    world: &World,
    caller: Caller,
    path: (&str, &str),
    change: RefChange,
) -> Result<Value, Refusal> {
    let user = caller.user()?;
    let repo = world.read(|render| render.repo(caller, path, Permission::Push).cloned())?;
    let lock = world.ref_lock(repo.id);
    let _held = lock.lock().await;
    let before = world.git.refs(repo.id).await.map_err(Refusal::broken)?;
    let present = before
        .iter()
        .find(|(name, _)| *name == change.name)
        .map(|(_, sha)| sha.clone());
    match (&present, change.must_exist) {
        (None, true) => return Err(Refusal::unprocessable("Reference does not exist")),
        (Some(_), false) => return Err(Refusal::unprocessable("Reference already exists")),
        _ => {}
    }
    pushes::begin(world, repo.id, user).map_err(Refusal::broken)?;
    let body = match &change.sha {
        None => {
            world
                .git
                .text(repo.id, &["update-ref", "-d", &change.name])
                .await
                .map_err(Refusal::broken)?;
            Value::Null
        }
        Some(sha) => {
            let commit = world
                .git
                .commit_of(repo.id, sha)
                .await
                .map_err(Refusal::broken)?;
            let commit = commit.ok_or_else(|| Refusal::unprocessable("Object does not exist"))?;
            if let Some(old) = present.filter(|_| !change.force)
                && !world
                    .git
                    .is_ancestor(repo.id, &old, &commit)
                    .await
                    .map_err(Refusal::broken)?
            {
                return Err(Refusal::unprocessable("Update is not a fast forward"));
            }
            world
                .git
                .update_ref(repo.id, &change.name, &commit)
                .await
                .map_err(Refusal::broken)?;
            world.read(|render| render.git_ref(&repo, &change.name, "commit", &commit))
        }
    };
    pushes::tell(world, repo.id, user)
        .await
        .map_err(Refusal::broken)?;
    Ok(body)
}
