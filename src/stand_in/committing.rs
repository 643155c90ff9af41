//! Commits that the API itself makes: of one file, or of two branches that are merged.

use std::io;

use serde::Deserialize;

use super::git::finish;
use super::pushes;
use super::records::{RepoId, UserId};
use super::refusal::Refusal;
use super::render::stamp;
use super::world::World;

/// Who a commit says wrote it.
#[derive(Deserialize, Clone)]
pub(super) struct Identity {
    name: String,
    email: String,
    date: Option<String>,
}

/// The first commit of a repository that was asked for with `auto_init`.
pub(super) async fn first_commit(
    world: &World,
    repo: RepoId,
    user: UserId,
    file: &str,
    content: &[u8],
) -> Result<(), Refusal> {
    let lock = world.ref_lock(repo);
    let _held = lock.lock().await;
    let new = NewCommit {
        branch: "main",
        parent: None,
        file,
        content,
        message: "Initial commit",
    };
    commit(world, repo, user, new, (None, None)).await?;
    Ok(())
}

pub(super) struct NewCommit<'a> {
    pub branch: &'a str,
    pub parent: Option<String>,
    pub file: &'a str,
    pub content: &'a [u8],
    pub message: &'a str,
}

/// Writes the commit, moves the branch and tells the hooks. The caller holds the ref lock.
pub(super) async fn commit(
    world: &World,
    repo: RepoId,
    user: UserId,
    new: NewCommit<'_>,
    (author, committer): (Option<Identity>, Option<Identity>),
) -> Result<String, Refusal> {
    pushes::begin(world, repo, user).map_err(Refusal::broken)?;
    let sha = write_commit(world, repo, user, &new, (author, committer))
        .await
        .map_err(Refusal::broken)?;
    let name = format!("refs/heads/{}", new.branch);
    world
        .git
        .update_ref(repo, &name, &sha)
        .await
        .map_err(Refusal::broken)?;
    pushes::tell(world, repo, user)
        .await
        .map_err(Refusal::broken)?;
    Ok(sha)
}

async fn write_commit(
    world: &World,
    repo: RepoId,
    user: UserId,
    new: &NewCommit<'_>,
    (author, committer): (Option<Identity>, Option<Identity>),
) -> io::Result<String> {
    let git = &world.git;
    let said = git
        .run(repo, &["hash-object", "-w", "--stdin"], new.content)
        .await?;
    let blob = said.text();
    // An index of its own, so that two writers do not share one.
    let folder = tempfile::tempdir_in(git.root())?;
    let with_index = |args: &[&str]| {
        let mut command = git.command(repo);
        command
            .env("GIT_INDEX_FILE", folder.path().join("index"))
            .args(args);
        command
    };
    if let Some(parent) = &new.parent {
        finish(with_index(&["read-tree", parent]), b"").await?;
    }
    let entry = format!("100644,{blob},{}", new.file);
    let added = finish(
        with_index(&["update-index", "--add", "--cacheinfo", &entry]),
        b"",
    )
    .await?;
    if !added.success {
        return Err(io::Error::other(added.err));
    }
    let tree = finish(with_index(&["write-tree"]), b"").await?.text();
    let mut args = vec!["commit-tree", tree.as_str(), "-F", "-"];
    if let Some(parent) = &new.parent {
        args.extend(["-p", parent]);
    }
    let mut command = git.command(repo);
    command.args(args);
    sign_as(world, user, &mut command, (author, committer));
    let made = finish(command, new.message.as_bytes()).await?;
    if made.success {
        Ok(made.text())
    } else {
        Err(io::Error::other(made.err))
    }
}

fn sign_as(
    world: &World,
    user: UserId,
    command: &mut tokio::process::Command,
    (author, committer): (Option<Identity>, Option<Identity>),
) {
    let own = world.read(|render| {
        render.state.users.get(&user).map(|user| Identity {
            name: user.name.clone(),
            email: user.email(),
            date: None,
        })
    });
    let now = stamp(world.clock.now());
    for (role, identity) in [
        ("AUTHOR", author.or_else(|| own.clone())),
        ("COMMITTER", committer.or(own)),
    ] {
        if let Some(identity) = identity {
            command
                .env(format!("GIT_{role}_NAME"), identity.name)
                .env(format!("GIT_{role}_EMAIL"), identity.email)
                .env(
                    format!("GIT_{role}_DATE"),
                    identity.date.unwrap_or_else(|| now.clone()),
                );
        }
    }
}

/// A merge commit of two commits, or `None` where they conflict.
pub(super) async fn merge_commit(
    world: &World,
    repo: RepoId,
    user: UserId,
    (base, head): (&str, &str),
    message: &str,
    squash: bool,
) -> io::Result<Option<String>> {
    let tree = world
        .git
        .run(repo, &["merge-tree", "--write-tree", base, head], b"")
        .await?;
    if !tree.success {
        return Ok(None);
    }
    let tree = tree.text();
    let mut args = vec!["commit-tree", tree.as_str(), "-F", "-", "-p", base];
    if !squash {
        args.extend(["-p", head]);
    }
    let mut command = world.git.command(repo);
    command.args(args);
    sign_as(world, user, &mut command, (None, None));
    let made = finish(command, message.as_bytes()).await?;
    if made.success {
        Ok(Some(made.text()))
    } else {
        Err(io::Error::other(made.err))
    }
}
