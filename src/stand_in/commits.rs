//! Commits and branches, as they are read.

use actix_web::web;
use serde_json::{Value, json};

use super::caller::Caller;
use super::http::{Named, Params, Repository, ok};
use super::records::{Permission, Repo};
use super::refusal::{Answer, Refusal};
use super::world::World;

pub(super) fn readable(world: &World, caller: Caller, path: (&str, &str)) -> Result<Repo, Refusal> {
    world.read(|render| render.repo(caller, path, Permission::Pull).cloned())
}

pub(super) async fn is_empty(world: &World, repo: &Repo) -> Result<bool, Refusal> {
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
