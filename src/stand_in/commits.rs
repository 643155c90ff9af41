//! Commits, branches and refs.

use actix_web::web;
use serde::Deserialize;
use serde_json::{Value, json};

use super::caller::Caller;
use super::git::safe_revision;
use super::http::{Body, Named, Params, Repository, created, nothing, ok};
use super::records::{Permission, Repo};
use super::refusal::{Answer, Refusal};
use super::world::World;

fn readable(world: &World, caller: Caller, path: (&str, &str)) -> Result<Repo, Refusal> {
    world.read(|render| render.repo(caller, path, Permission::Pull).cloned())
}

async fn is_empty(world: &World, repo: &Repo) -> Result<bool, Refusal> {
    world
        .git
        .refs(repo.id)
        .await
        .map(|refs| refs.is_empty())
        .map_err(Refusal::broken)
}

pub(super) async fn list(
    world: web::Data<World>,
    caller: Caller,
    path: Repository,
    params: Params,
) -> Answer {
    let repo = readable(&world, caller, (&path.0, &path.1))?;
    if is_empty(&world, &repo).await? {
        return Err(Refusal::conflict("Git Repository is empty."));
    }
    let name = params.get("sha").unwrap_or(&repo.default_branch);
    let start = world
        .git
        .commit_of(repo.id, name)
        .await
        .map_err(Refusal::broken)?;
    let start = start.ok_or_else(Refusal::not_found)?;
    let (page, size) = params.window();
    let mut filters: Vec<String> = Vec::new();
    for (name, option) in [("since", "--since"), ("until", "--until")] {
        if let Some(at) = params.time(name)? {
            filters.push(format!("{option}={}", super::render::stamp(at)));
        }
    }
    if let Some(author) = params.get("author") {
        filters.push(format!("--author={author}"));
        filters.push("--fixed-strings".to_owned());
    }
    filters.push(start);
    filters.push("--".to_owned());
    filters.extend(
        params
            .get("path")
            .map(|path| format!(":(top,literal){path}")),
    );
    let counted: Vec<&str> = ["rev-list", "--count"]
        .into_iter()
        .chain(filters.iter().map(String::as_str))
        .collect();
    let total = world
        .git
        .text(repo.id, &counted)
        .await
        .map_err(Refusal::broken)?;
    let total: usize = total.parse().unwrap_or(0);
    let (skip, count) = (
        format!("--skip={}", (page - 1).saturating_mul(size)),
        format!("--max-count={size}"),
    );
    let shown: Vec<&str> = [skip.as_str(), count.as_str()]
        .into_iter()
        .chain(filters.iter().map(String::as_str))
        .collect();
    let commits = world
        .git
        .log(repo.id, &shown)
        .await
        .map_err(Refusal::broken)?;
    let body = world.read(|render| {
        commits
            .iter()
            .map(|commit| render.commit(&repo, commit))
            .collect::<Value>()
    });
    Ok(params.linked(total.div_ceil(size), &body))
}

pub(super) async fn get(world: web::Data<World>, caller: Caller, path: Named) -> Answer {
    let repo = readable(&world, caller, (&path.0, &path.1))?;
    if is_empty(&world, &repo).await? {
        return Err(Refusal::conflict("Git Repository is empty."));
    }
    let unknown = || Refusal::unprocessable(format!("No commit found for SHA: {}", path.2));
    let sha = world
        .git
        .commit_of(repo.id, &path.2)
        .await
        .map_err(Refusal::broken)?;
    let sha = sha.ok_or_else(unknown)?;
    let mut log = world
        .git
        .log(repo.id, &["--max-count=1", &sha])
        .await
        .map_err(Refusal::broken)?;
    let commit = log.pop().ok_or_else(unknown)?;
    let files = changed_files(
        &world,
        &repo,
        &sha,
        commit.parents.first().map(String::as_str),
    )
    .await?;
    let sum = |key: &str| {
        files
            .iter()
            .filter_map(|file| file[key].as_u64())
            .sum::<u64>()
    };
    let (additions, deletions) = (sum("additions"), sum("deletions"));
    let mut body = world.read(|render| render.commit(&repo, &commit));
    body["stats"] =
        json!({"total": additions + deletions, "additions": additions, "deletions": deletions});
    body["files"] = json!(files);
    Ok(ok(&body))
}

/// The files that differ between a commit and its first parent, or all files of a first commit.
pub(super) async fn changed_files(
    world: &World,
    repo: &Repo,
    sha: &str,
    parent: Option<&str>,
) -> Result<Vec<Value>, Refusal> {
    const EMPTY_TREE: &str = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";
    let from = parent.unwrap_or(EMPTY_TREE);
    let raw = [
        "diff",
        "--raw",
        "--abbrev=40",
        "-z",
        "--no-renames",
        from,
        sha,
    ];
    let raw = world
        .git
        .run(repo.id, &raw, b"")
        .await
        .map_err(Refusal::broken)?;
    let numbers = ["diff", "--numstat", "-z", "--no-renames", from, sha];
    let numbers = world
        .git
        .run(repo.id, &numbers, b"")
        .await
        .map_err(Refusal::broken)?;
    let numbers = String::from_utf8_lossy(&numbers.out).into_owned();
    let counts: Vec<(u64, u64)> = numbers
        .split('\0')
        .filter(|line| !line.is_empty())
        .map(|line| {
            let mut words = line.split('\t').map(|word| word.parse().unwrap_or(0));
            (words.next().unwrap_or(0), words.next().unwrap_or(0))
        })
        .collect();
    let raw = String::from_utf8_lossy(&raw.out).into_owned();
    let mut words = raw.split('\0');
    let (url, html) = world.read(|render| (render.repo_url(repo), render.repo_html(repo)));
    let mut files = Vec::new();
    while let (Some(meta), Some(path)) = (words.next(), words.next()) {
        let meta: Vec<&str> = meta.split_whitespace().collect();
        let [_, _, old, new, letter] = meta[..] else {
            break;
        };
        let (additions, deletions) = counts.get(files.len()).copied().unwrap_or((0, 0));
        let (status, blob) = match letter {
            "A" => ("added", new),
            "D" => ("removed", old),
            _ => ("modified", new),
        };
        files.push(json!({
            "sha": blob, "filename": path, "status": status, "additions": additions, "deletions": deletions,
            "changes": additions + deletions, "blob_url": format!("{html}/blob/{sha}/{path}"),
            "raw_url": format!("{html}/raw/{sha}/{path}"),
            "contents_url": format!("{url}/contents/{path}?ref={sha}"),
        }));
    }
    Ok(files)
}

pub(super) async fn branches(
    world: web::Data<World>,
    caller: Caller,
    path: Repository,
    params: Params,
) -> Answer {
    let repo = readable(&world, caller, (&path.0, &path.1))?;
    let refs = world.git.refs(repo.id).await.map_err(Refusal::broken)?;
    let branches: Vec<(&str, &str)> = refs
        .iter()
        .filter_map(|(name, sha)| Some((name.strip_prefix("refs/heads/")?, sha.as_str())))
        .collect();
    let url = world.read(|render| render.repo_url(&repo));
    Ok(params.page(&branches, |(name, sha)| {
        json!({
            "name": name, "commit": {"sha": sha, "url": format!("{url}/commits/{sha}")}, "protected": false,
        })
    }))
}

pub(super) async fn branch(world: web::Data<World>, caller: Caller, path: Named) -> Answer {
    let repo = readable(&world, caller, (&path.0, &path.1))?;
    let missing = || Refusal::new(actix_web::http::StatusCode::NOT_FOUND, "Branch not found");
    let refs = world.git.refs(repo.id).await.map_err(Refusal::broken)?;
    let wanted = format!("refs/heads/{}", path.2);
    let sha = refs
        .into_iter()
        .find(|(name, _)| *name == wanted)
        .ok_or_else(missing)?
        .1;
    let mut log = world
        .git
        .log(repo.id, &["--max-count=1", &sha])
        .await
        .map_err(Refusal::broken)?;
    let commit = log.pop().ok_or_else(missing)?;
    Ok(ok(&world.read(|render| {
        let own = format!("{}/branches/{}", render.repo_url(&repo), path.2);
        json!({
            "name": path.2, "commit": render.commit(&repo, &commit),
            "_links": {"self": own, "html": format!("{}/tree/{}", render.repo_html(&repo), path.2)},
            "protected": false, "protection_url": format!("{own}/protection"),
            "protection": {
                "enabled": false,
                "required_status_checks": {"enforcement_level": "off", "contexts": [], "checks": []},
            },
        })
    })))
}

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
    super::pushes::tell(world, repo.id, user, &before)
        .await
        .map_err(Refusal::broken)?;
    Ok(body)
}
