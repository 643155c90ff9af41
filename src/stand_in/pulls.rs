//! Pull requests between branches of one repository (forks are not played).

use actix_web::http::StatusCode;
use actix_web::web;
use serde::Deserialize;
use serde_json::{Value, json};

use super::caller::Caller;
use super::http::{Body, Numbered, Params, Repository, created, nothing, ok};
use super::issues::{self, Opening, checked_body, checked_title};
use super::pushes::{self, mark_merged, measure};
use super::records::{Issue, Merge, Permission, Pull, Repo};
use super::refusal::{Answer, Refusal};
use super::world::World;

#[derive(Deserialize)]
pub(super) struct NewPull {
    title: Option<Value>,
    body: Option<String>,
    head: Option<String>,
    base: Option<String>,
    #[serde(default)]
    draft: bool,
}

pub(super) async fn create(
    world: web::Data<World>,
    caller: Caller,
    path: Repository,
    Body(new): Body<NewPull>,
) -> Answer {
    let author = caller.user()?;
    let (repo, owner) = world.read(|render| {
        let repo = render
            .repo(caller, (&path.0, &path.1), Permission::Pull)?
            .clone();
        let owner = render
            .state
            .users
            .get(&repo.owner)
            .map_or_else(String::new, |owner| owner.login.clone());
        if repo.archived {
            return Err(Refusal::forbidden(
                "Repository was archived so is read-only.",
            ));
        }
        Ok((repo, owner))
    })?;
    let title = checked_title(new.title.as_ref(), "PullRequest")?;
    checked_body(new.body.as_deref().unwrap_or_default(), "PullRequest")?;
    let head = new.head.as_deref().unwrap_or_default();
    let head = match head.split_once(':') {
        Some((named, branch)) if named.eq_ignore_ascii_case(&owner) => branch,
        Some(_) => return Err(Refusal::invalid("PullRequest", "head", "invalid")),
        None => head,
    };
    let base = new.base.as_deref().unwrap_or_default();
    let branch = async |name: &str, field: &str| {
        let found = world
            .git
            .commit_of(repo.id, &format!("heads/{name}"))
            .await
            .map_err(Refusal::broken)?;
        found.ok_or_else(|| Refusal::invalid("PullRequest", field, "invalid"))
    };
    let lock = world.ref_lock(repo.id);
    let _held = lock.lock().await;
    let head_sha = branch(head, "head").await?;
    branch(base, "base").await?;
    let measures = measure(&world, repo.id, base, &head_sha)
        .await
        .map_err(Refusal::broken)?;
    if measures.commits == 0 {
        return Err(Refusal::custom(
            "PullRequest",
            &format!("No commits between {base} and {head}"),
        ));
    }
    let issue = world.write(|tx| {
        let same = |issue: &Issue| {
            issue.open
                && issue
                    .pull
                    .as_ref()
                    .is_some_and(|pull| pull.head_ref == head && pull.base_ref == base)
        };
        if tx.state.issues_of(repo.id).any(same) {
            let message = format!("A pull request already exists for {owner}:{head}.");
            return Err(Refusal::custom("PullRequest", &message));
        }
        let pull = Pull {
            id: tx.state.next_id(),
            head_ref: head.to_owned(),
            head_sha: head_sha.clone(),
            base_ref: base.to_owned(),
            base_sha: measures.base_sha,
            draft: new.draft,
            additions: measures.additions,
            deletions: measures.deletions,
            changed_files: measures.changed_files,
            commits: measures.commits,
            merged: None,
        };
        let opening = Opening {
            title,
            body: new.body,
            labels: Vec::new(),
            assignees: Vec::new(),
            pull: Some(pull),
        };
        let issue = issues::open(tx, repo.id, author, opening)?;
        issues::emit(tx, author, &issue, "opened", json!({}));
        Ok(issue)
    })?;
    let name = format!("refs/pull/{}/head", issue.number);
    world
        .git
        .update_ref(repo.id, &name, &head_sha)
        .await
        .map_err(Refusal::broken)?;
    Ok(created(&world.read(|render| render.pull(&issue))))
}

pub(super) async fn list(
    world: web::Data<World>,
    caller: Caller,
    path: Repository,
    params: Params,
) -> Answer {
    world.read(|render| {
        let repo = render.repo(caller, (&path.0, &path.1), Permission::Pull)?;
        let head = params
            .get("head")
            .map(|head| head.rsplit(':').next().unwrap_or(head));
        let mut pulls: Vec<&Issue> = render
            .state
            .issues_of(repo.id)
            .filter(|issue| {
                issue.pull.as_ref().is_some_and(|pull| {
                    head.is_none_or(|head| pull.head_ref == head)
                        && params.get("base").is_none_or(|base| pull.base_ref == base)
                })
            })
            .filter(|issue| match params.get("state") {
                Some("all") => true,
                Some("closed") => !issue.open,
                _ => issue.open,
            })
            .collect();
        if params.get("sort") == Some("updated") {
            pulls.sort_by_key(|issue| (issue.updated_at, issue.number));
        }
        if params.get("direction") != Some("asc") {
            pulls.reverse();
        }
        Ok(params.page(&pulls, |issue| render.pull_simple(issue)))
    })
}

/// The pull request's row and its repository.
fn find(
    world: &World,
    caller: Caller,
    path: &Numbered,
    least: Permission,
) -> Result<(Repo, Issue, Pull), Refusal> {
    world.read(|render| {
        let repo = render.repo(caller, (&path.0, &path.1), least)?;
        let issue = render.issue_of(repo, path.2)?.clone();
        let pull = issue.pull.clone().ok_or_else(Refusal::not_found)?;
        Ok((repo.clone(), issue, pull))
    })
}

pub(super) async fn get(world: web::Data<World>, caller: Caller, path: Numbered) -> Answer {
    let (repo, issue, pull) = find(&world, caller, &path, Permission::Pull)?;
    let mut body = world.read(|render| render.pull(&issue));
    if issue.open {
        let args = ["merge-tree", "--write-tree", &pull.base_ref, &pull.head_sha];
        let clean = world
            .git
            .run(repo.id, &args, b"")
            .await
            .map_err(Refusal::broken)?
            .success;
        body["mergeable"] = json!(clean);
        body["rebaseable"] = json!(clean);
        body["mergeable_state"] = json!(if clean { "clean" } else { "dirty" });
    }
    Ok(ok(&body))
}

pub(super) async fn change(
    world: web::Data<World>,
    caller: Caller,
    path: Numbered,
    Body(change): Body<issues::Change>,
) -> Answer {
    find(&world, caller, &path, Permission::Pull)?;
    let body = world.write(|tx| {
        let issue = issues::edit(tx, caller, (&path.0, &path.1, path.2), change)?;
        Ok(tx.render().pull(&issue))
    })?;
    Ok(ok(&body))
}

pub(super) async fn commits(
    world: web::Data<World>,
    caller: Caller,
    path: Numbered,
    params: Params,
) -> Answer {
    let (repo, _, pull) = find(&world, caller, &path, Permission::Pull)?;
    let range = format!("{}..{}", pull.base_sha, pull.head_sha);
    let commits = world
        .git
        .log(repo.id, &["--reverse", &range])
        .await
        .map_err(Refusal::broken)?;
    Ok(world.read(|render| params.page(&commits, |commit| render.commit(&repo, commit))))
}

pub(super) async fn files(
    world: web::Data<World>,
    caller: Caller,
    path: Numbered,
    params: Params,
) -> Answer {
    let (repo, _, pull) = find(&world, caller, &path, Permission::Pull)?;
    let from = world
        .git
        .run(
            repo.id,
            &["merge-base", &pull.base_sha, &pull.head_sha],
            b"",
        )
        .await;
    let from = from.map_err(Refusal::broken)?;
    let from = if from.success {
        from.text()
    } else {
        pull.base_sha
    };
    let files = super::commits::changed_files(&world, &repo, &pull.head_sha, Some(&from)).await?;
    Ok(params.page(&files, Value::clone))
}

/// `GET …/merge`: 204 for a merged pull request, else 404.
pub(super) async fn is_merged(world: web::Data<World>, caller: Caller, path: Numbered) -> Answer {
    let (_, _, pull) = find(&world, caller, &path, Permission::Pull)?;
    pull.merged
        .map(|_| nothing())
        .ok_or_else(Refusal::not_found)
}

#[derive(Deserialize)]
pub(super) struct MergeHow {
    commit_title: Option<String>,
    commit_message: Option<String>,
    sha: Option<String>,
    merge_method: Option<String>,
}

pub(super) async fn merge(
    world: web::Data<World>,
    caller: Caller,
    path: Numbered,
    Body(how): Body<MergeHow>,
) -> Answer {
    let user = caller.user()?;
    let lock = {
        let (repo, ..) = find(&world, caller, &path, Permission::Push)?;
        world.ref_lock(repo.id)
    };
    let _held = lock.lock().await;
    let (repo, issue, pull) = find(&world, caller, &path, Permission::Push)?;
    let refused = |message: &str| Refusal::new(StatusCode::METHOD_NOT_ALLOWED, message);
    if !issue.open || pull.draft {
        return Err(refused("Pull Request is not mergeable"));
    }
    if how.sha.as_ref().is_some_and(|sha| *sha != pull.head_sha) {
        return Err(Refusal::conflict(
            "Head branch was modified. Review and try the merge again.",
        ));
    }
    let squash = match how.merge_method.as_deref() {
        None | Some("merge") => false,
        Some("squash") => true,
        Some(_) => {
            return Err(refused(
                "This merge method is not allowed on this repository",
            ));
        }
    };
    let before = world.git.refs(repo.id).await.map_err(Refusal::broken)?;
    let base_name = format!("refs/heads/{}", pull.base_ref);
    let base = before
        .iter()
        .find(|(name, _)| *name == base_name)
        .map(|(_, sha)| sha.clone());
    let base = base.ok_or_else(|| refused("Base branch does not exist"))?;
    let title = how.commit_title.unwrap_or_else(|| match squash {
        true => format!("{} (#{})", issue.title, issue.number),
        false => format!(
            "Merge pull request #{} from {}/{}",
            issue.number, path.0, pull.head_ref
        ),
    });
    let message = format!(
        "{title}\n\n{}\n",
        how.commit_message.unwrap_or_else(|| issue.title.clone())
    );
    pushes::begin(&world, repo.id, user).map_err(Refusal::broken)?;
    let ends = (base.as_str(), pull.head_sha.as_str());
    let made = super::committing::merge_commit(&world, repo.id, user, ends, &message, squash).await;
    let sha = made
        .map_err(Refusal::broken)?
        .ok_or_else(|| refused("Pull Request is not mergeable"))?;
    world
        .git
        .update_ref(repo.id, &base_name, &sha)
        .await
        .map_err(Refusal::broken)?;
    world.write(|tx| {
        let merge = Merge {
            at: tx.now,
            by: user,
            sha: sha.clone(),
        };
        mark_merged(tx, (repo.id, issue.number), merge);
        Ok(())
    })?;
    pushes::tell(&world, repo.id, user)
        .await
        .map_err(Refusal::broken)?;
    Ok(ok(
        &json!({"sha": sha, "merged": true, "message": "Pull Request successfully merged"}),
    ))
}
