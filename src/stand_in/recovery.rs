//! At start: what git did shortly before a kill, and the journal does not know of, is made up for.
//!
//! A push is first written down by git and then told (`pushes`). A process that is killed in between leaves refs that
//! nobody heard of. Comparing them with the refs in the journal finds exactly those; they are told as one push by whoever
//! was noted as pushing, or else by the service account.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use super::pushes;
use super::records::{RepoId, UserId};
use super::world::World;

/// A push whose process outlived ours is given this long to end.
const PATIENCE: Duration = Duration::from_secs(1);
const BETWEEN_LOOKS: Duration = Duration::from_millis(20);

pub(super) async fn make_up(world: &World) -> io::Result<()> {
    let known: Vec<(RepoId, UserId)> = world.read(|render| {
        let state = render.state;
        let pusher = |repo| {
            let noted = state.pushers.get(&repo).copied();
            noted
                .filter(|user| state.users.get(user).is_some())
                .unwrap_or(world.service)
        };
        state
            .repos
            .values()
            .map(|repo| (repo.id, pusher(repo.id)))
            .collect()
    });
    forget_strangers(world, &known.iter().map(|(repo, _)| *repo).collect()).await?;
    for (repo, pusher) in known {
        if !world.git.repo_dir(repo).is_dir() {
            tracing::warn!(repo, "the folder of a repository is gone");
            continue;
        }
        // A git that outlived our predecessor may hold a ref for a moment; what holds one longer is left over from a kill.
        let begun = Instant::now();
        while let Err(error) = look_at(world, repo, pusher).await {
            if begun.elapsed() > PATIENCE {
                tracing::warn!(%error, repo, "locks of a killed git are taken away");
                remove_locks(&world.git.repo_dir(repo).join("refs"))?;
                look_at(world, repo, pusher).await?;
                break;
            }
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
    }
    Ok(())
}

async fn look_at(world: &World, repo: RepoId, pusher: UserId) -> io::Result<()> {
    wait_for_pushes(&world.git.repo_dir(repo)).await?;
    let lock = world.ref_lock(repo);
    let _held = lock.lock().await;
    if pushes::tell(world, repo, pusher).await? > 0 {
        tracing::info!(repo, "told a push that an earlier process was killed over");
    }
    heads_of_pulls(world, repo).await
}

/// Takes away the files by which git keeps others from a ref.
fn remove_locks(dir: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_dir() {
            remove_locks(&path)?;
        } else if path.extension().is_some_and(|end| end == "lock") {
            std::fs::remove_file(&path)?;
        }
    }
    Ok(())
}

/// Folders of repositories that were never answered for, or were being deleted.
async fn forget_strangers(world: &World, known: &BTreeSet<RepoId>) -> io::Result<()> {
    for entry in std::fs::read_dir(world.git.root())? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let id = name.strip_suffix(".git").and_then(|id| id.parse().ok());
        if let Some(id) = id.filter(|id| !known.contains(id)) {
            world.git.delete(id).await?;
        }
    }
    Ok(())
}

/// git keeps the objects of a push under way apart. What is still apart after a while belongs to nobody.
async fn wait_for_pushes(repo: &Path) -> io::Result<()> {
    let begun = Instant::now();
    loop {
        let apart: Vec<_> = std::fs::read_dir(repo.join("objects"))?
            .filter_map(Result::ok)
            .filter(|entry| entry.file_name().to_string_lossy().contains("incoming-"))
            .collect();
        if apart.is_empty() {
            return Ok(());
        }
        if begun.elapsed() > PATIENCE {
            for entry in apart {
                std::fs::remove_dir_all(entry.path())?;
            }
            return Ok(());
        }
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
}

/// `refs/pull/N/head` is written after the pull request.
async fn heads_of_pulls(world: &World, repo: RepoId) -> io::Result<()> {
    let heads: Vec<(u64, String)> = world.read(|render| {
        render
            .state
            .issues_of(repo)
            .filter_map(|issue| Some((issue.number, issue.pull.as_ref()?.head_sha.clone())))
            .collect()
    });
    if heads.is_empty() {
        return Ok(());
    }
    let present = world.git.refs_below(repo, &["refs/pull"]).await?;
    for (number, sha) in heads {
        let row = (format!("refs/pull/{number}/head"), sha);
        if !present.contains(&row) {
            world.git.update_ref(repo, &row.0, &row.1).await?;
        }
    }
    Ok(())
}
