//! What a push moved, told as GitHub tells it: one `push` a ref, then `synchronize` for the pull requests of that branch.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use serde_json::{Value, json};

use super::activity;
use super::happenings::Happening;
use super::issues;
use super::log::Commit;
use super::records::{Issue, Merge, RepoId, UserId};
use super::world::{Tx, World};

const ZERO: &str = "0000000000000000000000000000000000000000";
/// No webhook lists more commits than this.
const MOST_COMMITS: &str = "2048";

/// One ref that changed, with all that is told of it.
struct Moved {
    name: String,
    before: Option<String>,
    after: Option<String>,
    forced: bool,
    commits: Vec<Commit>,
    head: Option<Commit>,
    /// Commits that no branch or tag held before.
    new: BTreeSet<String>,
    /// Open pull requests of this branch, with their measures after the push.
    pulls: Vec<(u64, Measures)>,
    /// Open pull requests into this branch whose head it now holds.
    merged: Vec<u64>,
}

/// What a pull request comes to.
#[derive(Debug, Clone, Default)]
pub(super) struct Measures {
    pub base_sha: String,
    pub commits: u64,
    pub additions: u64,
    pub deletions: u64,
    pub changed_files: u64,
}

/// Notes who is about to move refs: if the process is killed over it, the next one tells the move as theirs.
pub(super) fn begin(world: &World, repo: RepoId, user: UserId) -> io::Result<()> {
    world
        .write(|tx| {
            if tx.state.pushers.get(&repo) != Some(&user) {
                tx.state.pushers.insert(repo, user);
            }
            Ok(())
        })
        .map_err(|refusal| io::Error::other(refusal.to_string()))
}

/// Compares the refs with those that were told last, keeps what follows, and queues the webhooks. Returns how many refs
/// had moved. The caller holds the ref lock.
pub(super) async fn tell(world: &World, repo: RepoId, user: UserId) -> io::Result<usize> {
    let before = world.read(|render| render.state.refs_of(repo));
    let old: BTreeMap<&str, &str> = before
        .iter()
        .map(|(name, sha)| (name.as_str(), sha.as_str()))
        .collect();
    let after = world.git.refs(repo).await?;
    let new: BTreeMap<&str, &str> = after
        .iter()
        .map(|(name, sha)| (name.as_str(), sha.as_str()))
        .collect();
    let names: BTreeSet<&str> = old.keys().chain(new.keys()).copied().collect();
    let mut moves = Vec::new();
    for name in names {
        let (was, is) = (old.get(name).copied(), new.get(name).copied());
        if was != is {
            let known: Vec<&str> = old.values().copied().collect();
            moves.push(examine(world, repo, name, (was, is), &known).await?);
        }
    }
    if moves.is_empty() {
        return Ok(0);
    }
    let count = moves.len();
    let default_branch = adopt_default_branch(world, repo, (&moves, &new)).await?;
    for moved in &moves {
        for (number, _) in &moved.pulls {
            if let Some(sha) = &moved.after {
                world
                    .git
                    .update_ref(repo, &format!("refs/pull/{number}/head"), sha)
                    .await?;
            }
        }
    }
    world
        .write(|tx| {
            let now = tx.now;
            if let Some(row) = tx.state.repos.get_mut(&repo) {
                row.pushed_at = now;
                row.updated_at = now;
                if let Some(branch) = default_branch {
                    row.default_branch = branch;
                }
            }
            for moved in moves {
                let key = (repo, moved.name.clone());
                match &moved.after {
                    Some(sha) => tx.state.refs.insert(key, sha.clone()),
                    None => drop(tx.state.refs.remove(&key)),
                }
                let ends = (
                    moved.before.as_deref(),
                    moved.after.as_deref(),
                    moved.forced,
                );
                activity::keep(tx, repo, user, &moved.name, ends);
                emit(tx, repo, user, &moved);
                update_pulls(tx, repo, user, &moved);
            }
            Ok(count)
        })
        .map_err(|refusal| io::Error::other(refusal.to_string()))
}

/// The first branch pushed into an empty repository becomes its default branch where the usual one is not among them.
async fn adopt_default_branch(
    world: &World,
    repo: RepoId,
    (moves, after): (&[Moved], &BTreeMap<&str, &str>),
) -> io::Result<Option<String>> {
    let Some(current) = world.read(|render| {
        render
            .state
            .repos
            .get(&repo)
            .map(|row| row.default_branch.clone())
    }) else {
        return Ok(None);
    };
    if after.contains_key(format!("refs/heads/{current}").as_str()) {
        return Ok(None);
    }
    let first = moves
        .iter()
        .filter(|moved| moved.before.is_none())
        .find_map(|moved| moved.name.strip_prefix("refs/heads/"));
    if let Some(branch) = first {
        world.git.set_head(repo, branch).await?;
    }
    Ok(first.map(str::to_owned))
}

async fn examine(
    world: &World,
    repo: RepoId,
    name: &str,
    (before, after): (Option<&str>, Option<&str>),
    known: &[&str],
) -> io::Result<Moved> {
    let git = &world.git;
    let is_branch = name.starts_with("refs/heads/");
    let forced = match (before, after) {
        (Some(before), Some(after)) => !git.is_ancestor(repo, before, after).await?,
        _ => false,
    };
    let mut commits = Vec::new();
    let mut new = BTreeSet::new();
    let mut head = None;
    if let Some(after) = after.filter(|_| is_branch) {
        let limit = format!("--max-count={MOST_COMMITS}");
        let mut args = vec!["--reverse", "--topo-order", limit.as_str(), after, "--not"];
        let mut fresh = args.clone();
        fresh.extend(known);
        // A new branch brings what nobody had; an old one what it did not have itself.
        match before {
            Some(before) => args.push(before),
            None => args.extend(known),
        }
        commits = git.log(repo, &args).await?;
        git.fill_changes(repo, &mut commits).await?;
        let no_other = known.iter().all(|one| Some(*one) == before);
        new = if before.is_none() || no_other {
            commits.iter().map(|commit| commit.sha.clone()).collect()
        } else {
            let fresh = git.log(repo, &fresh).await?;
            fresh.into_iter().map(|commit| commit.sha).collect()
        };
        head = commits.iter().find(|commit| commit.sha == after).cloned();
        if head.is_none() {
            let mut last = git.log(repo, &["--max-count=1", after]).await?;
            git.fill_changes(repo, &mut last).await?;
            head = last.pop();
        }
    }
    let (mut pulls, mut merged) = (Vec::new(), Vec::new());
    if let (Some(branch), Some(after)) = (name.strip_prefix("refs/heads/"), after) {
        let open: Vec<Issue> = world.read(|render| {
            render
                .state
                .issues_of(repo)
                .filter(|issue| issue.open && issue.pull.is_some())
                .cloned()
                .collect()
        });
        for issue in &open {
            let Some(pull) = &issue.pull else { continue };
            if pull.head_ref == branch {
                pulls.push((
                    issue.number,
                    measure(world, repo, &pull.base_ref, after).await?,
                ));
            } else if pull.base_ref == branch
                && git.is_ancestor(repo, &pull.head_sha, after).await?
            {
                merged.push(issue.number);
            }
        }
    }
    Ok(Moved {
        name: name.to_owned(),
        before: before.map(str::to_owned),
        after: after.map(str::to_owned),
        forced,
        commits,
        head,
        new,
        pulls,
        merged,
    })
}

/// Counts what a pull request from `head` into `base` brings.
pub(super) async fn measure(
    world: &World,
    repo: RepoId,
    base: &str,
    head: &str,
) -> io::Result<Measures> {
    let git = &world.git;
    let Some(base_sha) = git.commit_of(repo, &format!("heads/{base}")).await? else {
        return Ok(Measures::default());
    };
    let range = format!("{base_sha}..{head}");
    let commits = git
        .text(repo, &["rev-list", "--count", &range])
        .await?
        .parse()
        .unwrap_or(0);
    let from = git.run(repo, &["merge-base", &base_sha, head], b"").await?;
    let from = if from.success {
        from.text()
    } else {
        base_sha.clone()
    };
    let stat = git
        .text(repo, &["diff", "--numstat", "--no-renames", &from, head])
        .await?;
    let mut measures = Measures {
        base_sha,
        commits,
        ..Measures::default()
    };
    for line in stat.lines() {
        let mut words = line.split('\t').map(|word| word.parse().unwrap_or(0));
        measures.additions += words.next().unwrap_or(0);
        measures.deletions += words.next().unwrap_or(0);
        measures.changed_files += 1;
    }
    Ok(measures)
}

fn emit(tx: &mut Tx<'_>, repo: RepoId, user: UserId, moved: &Moved) {
    let (Some(row), Some(pusher)) = (tx.state.repos.get(&repo), tx.state.users.get(&user)) else {
        return;
    };
    let render = tx.render();
    let show = |commit: &Commit| render.pushed_commit(row, commit, moved.new.contains(&commit.sha));
    let before = moved.before.as_deref().unwrap_or(ZERO);
    let after = moved.after.as_deref().unwrap_or(ZERO);
    let short = |sha: &str| sha.chars().take(12).collect::<String>();
    let html = render.repo_html(row);
    let compare = match (&moved.before, &moved.after) {
        (Some(before), Some(after)) => {
            format!("{html}/compare/{}...{}", short(before), short(after))
        }
        _ => format!(
            "{html}/compare/{}",
            moved.name.trim_start_matches("refs/heads/")
        ),
    };
    let fields = json!({
        "ref": moved.name, "before": before, "after": after,
        "created": moved.before.is_none(), "deleted": moved.after.is_none(), "forced": moved.forced,
        "base_ref": null, "compare": compare,
        "commits": moved.commits.iter().map(show).collect::<Vec<Value>>(),
        "head_commit": moved.head.as_ref().map(show),
        "pusher": {"name": pusher.login, "email": pusher.email()},
    });
    tx.emit(Happening {
        event: "push",
        action: None,
        repo: Some(repo),
        sender: user,
        fields,
    });
}

fn update_pulls(tx: &mut Tx<'_>, repo: RepoId, user: UserId, moved: &Moved) {
    let now = tx.now;
    let Some(after) = &moved.after else {
        return close_orphans(tx, repo, user, moved.name.trim_start_matches("refs/heads/"));
    };
    for (number, measures) in &moved.pulls {
        let Some(issue) = tx.state.issues.get_mut(&(repo, *number)) else {
            continue;
        };
        issue.updated_at = now;
        if let Some(pull) = &mut issue.pull {
            pull.head_sha.clone_from(after);
            pull.base_sha.clone_from(&measures.base_sha);
            pull.commits = measures.commits;
            pull.additions = measures.additions;
            pull.deletions = measures.deletions;
            pull.changed_files = measures.changed_files;
        }
        let issue = issue.clone();
        let fields = json!({"before": moved.before.as_deref().unwrap_or(ZERO), "after": after});
        issues::emit(tx, user, &issue, "synchronize", fields);
    }
    for number in &moved.merged {
        let merge = Merge {
            at: now,
            by: user,
            sha: after.clone(),
        };
        mark_merged(tx, (repo, *number), merge);
    }
}

/// A pull request cannot outlive its branch.
fn close_orphans(tx: &mut Tx<'_>, repo: RepoId, user: UserId, branch: &str) {
    let orphans: Vec<Issue> = tx
        .state
        .issues_of(repo)
        .filter(|issue| {
            issue.open
                && issue
                    .pull
                    .as_ref()
                    .is_some_and(|pull| pull.head_ref == branch)
        })
        .cloned()
        .collect();
    for mut issue in orphans {
        issues::close(&mut issue, tx, user, None);
        issue.updated_at = tx.now;
        tx.state.issues.insert((repo, issue.number), issue.clone());
        issues::emit(tx, user, &issue, "closed", json!({}));
    }
}

/// Closes a pull request as merged and tells the hooks.
pub(super) fn mark_merged(tx: &mut Tx<'_>, key: (RepoId, u64), merge: Merge) {
    let Some(mut issue) = tx.state.issues.get(&key).cloned() else {
        return;
    };
    let by = merge.by;
    if let Some(pull) = &mut issue.pull {
        pull.merged = Some(merge);
    }
    issues::close(&mut issue, tx, by, None);
    issue.updated_at = tx.now;
    tx.state.issues.insert(key, issue.clone());
    issues::emit(tx, by, &issue, "closed", json!({}));
}
