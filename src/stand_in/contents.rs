//! Files: read them at any commit, write one with a commit of its own.

use std::io;

use actix_web::{HttpRequest, HttpResponse, web};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

use super::caller::Caller;
use super::committing::{Identity, NewCommit, commit};
use super::http::{Body, Named, Params, Repository, created, ok};
use super::records::{Permission, Repo, RepoId};
use super::refusal::{Answer, Refusal};
use super::render::Render;
use super::world::World;

/// One entry of a folder in git.
struct Entry {
    mode: String,
    kind: String,
    sha: String,
    size: Option<u64>,
    path: String,
}

/// Whether a path can name a file inside a repository.
fn safe_path(path: &str) -> bool {
    !path.contains('\0')
        && path
            .split('/')
            .all(|part| !matches!(part, "" | "." | "..") && !part.eq_ignore_ascii_case(".git"))
}

async fn entries(world: &World, repo: RepoId, tree: &str) -> io::Result<Option<Vec<Entry>>> {
    let said = world
        .git
        .run(repo, &["ls-tree", "-z", "--long", "--full-tree", tree], b"")
        .await?;
    if !said.success {
        return Ok(None);
    }
    let text = String::from_utf8_lossy(&said.out).into_owned();
    Ok(Some(text.split('\0').filter_map(parse_entry).collect()))
}

fn parse_entry(line: &str) -> Option<Entry> {
    let (meta, path) = line.split_once('\t')?;
    let mut words = meta.split_whitespace();
    Some(Entry {
        mode: words.next()?.to_owned(),
        kind: words.next()?.to_owned(),
        sha: words.next()?.to_owned(),
        size: words.next().and_then(|size| size.parse().ok()),
        path: path.to_owned(),
    })
}

pub(super) async fn get_root(
    world: web::Data<World>,
    caller: Caller,
    path: Repository,
    params: Params,
    request: HttpRequest,
) -> Answer {
    read(&world, caller, (&path.0, &path.1, ""), &params, &request).await
}

pub(super) async fn get(
    world: web::Data<World>,
    caller: Caller,
    path: Named,
    params: Params,
    request: HttpRequest,
) -> Answer {
    read(
        &world,
        caller,
        (&path.0, &path.1, path.2.trim_matches('/')),
        &params,
        &request,
    )
    .await
}

async fn read(
    world: &World,
    caller: Caller,
    (owner, name, path): (&str, &str, &str),
    params: &Params,
    request: &HttpRequest,
) -> Answer {
    let repo = world.read(|render| {
        render
            .repo(caller, (owner, name), Permission::Pull)
            .cloned()
    })?;
    let at = params.get("ref").unwrap_or(&repo.default_branch).to_owned();
    let Some(commit) = world
        .git
        .commit_of(repo.id, &at)
        .await
        .map_err(Refusal::broken)?
    else {
        let message = match params.get("ref") {
            Some(_) => format!("No commit found for the ref {at}"),
            None => "This repository is empty.".to_owned(),
        };
        return Err(Refusal::new(
            actix_web::http::StatusCode::NOT_FOUND,
            message,
        ));
    };
    if path.is_empty() {
        let found = entries(world, repo.id, &commit)
            .await
            .map_err(Refusal::broken)?;
        return Ok(ok(&listing(
            world,
            &repo,
            "",
            &at,
            &found.unwrap_or_default(),
        )));
    }
    if !safe_path(path) {
        return Err(Refusal::not_found());
    }
    let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
    let parent = entries(world, repo.id, &format!("{commit}:{folder}"))
        .await
        .map_err(Refusal::broken)?;
    let entry = parent
        .unwrap_or_default()
        .into_iter()
        .find(|entry| entry.path == file)
        .ok_or_else(Refusal::not_found)?;
    if entry.kind == "tree" {
        let found = entries(world, repo.id, &entry.sha)
            .await
            .map_err(Refusal::broken)?;
        return Ok(ok(&listing(
            world,
            &repo,
            path,
            &at,
            &found.unwrap_or_default(),
        )));
    }
    let blob = world
        .git
        .run(repo.id, &["cat-file", "blob", &entry.sha], b"")
        .await
        .map_err(Refusal::broken)?;
    let accepts = request
        .headers()
        .get("accept")
        .and_then(|value| value.to_str().ok());
    if accepts.is_some_and(|accept| accept.contains("raw")) {
        return Ok(HttpResponse::Ok()
            .content_type("application/vnd.github.raw; charset=utf-8")
            .body(blob.out));
    }
    let mut body = world.read(|render| file_body(render, &repo, path, &at, &entry));
    body["content"] = json!(lines_of_base64(&blob.out));
    body["encoding"] = json!("base64");
    Ok(ok(&body))
}

/// GitHub breaks the base64 after sixty characters.
fn lines_of_base64(bytes: &[u8]) -> String {
    let text = STANDARD.encode(bytes);
    let mut broken = String::with_capacity(text.len() + text.len() / 60 + 1);
    for (index, c) in text.chars().enumerate() {
        if index > 0 && index % 60 == 0 {
            broken.push('\n');
        }
        broken.push(c);
    }
    broken.push('\n');
    broken
}

fn listing(world: &World, repo: &Repo, folder: &str, at: &str, entries: &[Entry]) -> Value {
    world.read(|render| {
        entries
            .iter()
            .map(|entry| {
                let path = if folder.is_empty() {
                    entry.path.clone()
                } else {
                    format!("{folder}/{}", entry.path)
                };
                file_body(render, repo, &path, at, entry)
            })
            .collect()
    })
}

fn file_body(render: Render<'_>, repo: &Repo, path: &str, at: &str, entry: &Entry) -> Value {
    let url = render.repo_url(repo);
    let html = render.repo_html(repo);
    let (kind, collection, page) = match entry.kind.as_str() {
        "tree" => ("dir", "trees", "tree"),
        "commit" => ("submodule", "trees", "tree"),
        _ if entry.mode == "120000" => ("symlink", "blobs", "blob"),
        _ => ("file", "blobs", "blob"),
    };
    let own = format!("{url}/contents/{path}?ref={at}");
    let git = format!("{url}/git/{collection}/{}", entry.sha);
    let page = format!("{html}/{page}/{at}/{path}");
    let download = (kind == "file").then(|| format!("{html}/raw/{at}/{path}"));
    json!({
        "name": path.rsplit('/').next().unwrap_or(path), "path": path, "sha": entry.sha,
        "size": entry.size.unwrap_or(0), "url": own, "html_url": page, "git_url": git,
        "download_url": download, "type": kind,
        "_links": {"self": own, "git": git, "html": page},
    })
}

#[derive(Deserialize)]
pub(super) struct Write {
    message: String,
    content: String,
    sha: Option<String>,
    branch: Option<String>,
    author: Option<Identity>,
    committer: Option<Identity>,
}

pub(super) async fn put(
    world: web::Data<World>,
    caller: Caller,
    path: Named,
    Body(write): Body<Write>,
) -> Answer {
    let user = caller.user()?;
    let repo = world.read(|render| {
        render
            .repo(caller, (&path.0, &path.1), Permission::Push)
            .cloned()
    })?;
    let file = path.2.trim_matches('/');
    if !safe_path(file) {
        return Err(Refusal::unprocessable(
            "path contains a malformed path component",
        ));
    }
    let content = STANDARD
        .decode(write.content.replace(['\n', '\r'], ""))
        .map_err(|_| Refusal::unprocessable("content is not valid Base64"))?;
    let branch = write
        .branch
        .clone()
        .unwrap_or_else(|| repo.default_branch.clone());
    let lock = world.ref_lock(repo.id);
    let _held = lock.lock().await;
    let parent = world
        .git
        .commit_of(repo.id, &format!("heads/{branch}"))
        .await
        .map_err(Refusal::broken)?;
    let empty = world
        .git
        .refs(repo.id)
        .await
        .map_err(Refusal::broken)?
        .is_empty();
    if parent.is_none() && !empty {
        return Err(Refusal::new(
            actix_web::http::StatusCode::NOT_FOUND,
            format!("Branch {branch} not found"),
        ));
    }
    let present = match &parent {
        None => None,
        Some(commit) => {
            let name = format!("{commit}:{file}");
            let said = world
                .git
                .run(repo.id, &["rev-parse", "--quiet", "--verify", &name], b"")
                .await;
            said.map_err(Refusal::broken)
                .map(|said| said.success.then(|| said.text()))?
        }
    };
    match (&present, &write.sha) {
        (Some(_), None) => {
            return Err(Refusal::unprocessable(
                "Invalid request.\n\n\"sha\" wasn't supplied.",
            ));
        }
        (Some(is), Some(said)) if is != said => {
            return Err(Refusal::conflict(&format!("{file} does not match {said}")));
        }
        _ => {}
    }
    let existed = present.is_some();
    let new = NewCommit {
        branch: &branch,
        parent,
        file,
        content: &content,
        message: &write.message,
    };
    let committer = write.committer.clone();
    let author = write.author.or(write.committer);
    let sha = commit(&world, repo.id, user, new, (author, committer)).await?;

    let mut log = world
        .git
        .log(repo.id, &["--max-count=1", &sha])
        .await
        .map_err(Refusal::broken)?;
    let commit = log
        .pop()
        .ok_or_else(|| Refusal::broken("the new commit is not there"))?;
    let (folder, leaf) = file.rsplit_once('/').unwrap_or(("", file));
    let entry = entries(&world, repo.id, &format!("{sha}:{folder}"))
        .await
        .map_err(Refusal::broken)?
        .unwrap_or_default()
        .into_iter()
        .find(|entry| entry.path == leaf)
        .ok_or_else(|| Refusal::broken("the new file is not there"))?;
    let body = world.read(|render| {
        let shown = render.commit(&repo, &commit);
        let mut inner = shown["commit"].clone();
        for key in ["sha", "node_id", "html_url", "parents"] {
            inner[key] = shown[key].clone();
        }
        json!({"content": file_body(render, &repo, file, &branch, &entry), "commit": inner})
    });
    Ok(if existed { ok(&body) } else { created(&body) })
}
