//! Repositories: create, read, change, rename, delete.

use actix_web::web;
use serde::Deserialize;
use serde_json::{Value, json};

use super::caller::Caller;
use super::happenings::Happening;
use super::http::{Body, Params, Repository, created, given, nothing, ok};
use super::records::{Kind, Permission, Repo, UserId};
use super::refusal::{Answer, Refusal};
use super::world::{Tx, World};

#[derive(Deserialize)]
pub(super) struct NewRepo {
    name: Option<String>,
    description: Option<String>,
    homepage: Option<String>,
    private: Option<bool>,
    visibility: Option<String>,
    has_issues: Option<bool>,
    has_projects: Option<bool>,
    has_wiki: Option<bool>,
    auto_init: Option<bool>,
    allow_merge_commit: Option<bool>,
    allow_squash_merge: Option<bool>,
    allow_rebase_merge: Option<bool>,
    delete_branch_on_merge: Option<bool>,
}

pub(super) async fn create_in_org(
    world: web::Data<World>,
    caller: Caller,
    org: web::Path<String>,
    body: Body<NewRepo>,
) -> Answer {
    let user = caller.user()?;
    let owner = world.read(|render| {
        let org = render
            .state
            .user_by_login(&org)
            .filter(|org| org.kind == Kind::Organization)
            .ok_or_else(Refusal::not_found)?;
        if render.state.owns_org(org.id, user) {
            Ok(org.id)
        } else if render.state.members.get(&(org.id, user)).is_some() {
            Err(Refusal::forbidden(
                "You need admin access to the organization before adding a repository to it.",
            ))
        } else {
            Err(Refusal::not_found())
        }
    })?;
    create(&world, user, owner, body.0).await
}

pub(super) async fn create_own(
    world: web::Data<World>,
    caller: Caller,
    body: Body<NewRepo>,
) -> Answer {
    let user = caller.user()?;
    create(&world, user, user, body.0).await
}

async fn create(world: &World, sender: UserId, owner: UserId, new: NewRepo) -> Answer {
    let wanted = new.name.as_deref().unwrap_or_default();
    let name = clean_name(wanted)
        .ok_or_else(|| refused_name("name is too short (minimum is 1 character)"))?;
    let auto_init = new.auto_init.unwrap_or(false);
    // The folder is made before the row, so that no answered repository lacks its git side.
    let (id, branch) = world.write(|tx| {
        check_free(tx, owner, &name, None)?;
        let of_owner = tx.state.users.get(&owner);
        let branch = of_owner.and_then(|owner| owner.default_branch.clone());
        Ok((
            tx.state.next_id(),
            branch.unwrap_or_else(|| "main".to_owned()),
        ))
    })?;
    world.git.init(id, &branch).await.map_err(Refusal::broken)?;
    let made = world.write(|tx| {
        check_free(tx, owner, &name, None)?;
        let private = new
            .private
            .unwrap_or(new.visibility.as_deref() == Some("private"));
        let repo = Repo {
            id,
            owner,
            name: name.clone(),
            description: new.description,
            homepage: new.homepage,
            private,
            archived: false,
            has_issues: new.has_issues.unwrap_or(true),
            has_projects: new.has_projects.unwrap_or(true),
            has_wiki: new.has_wiki.unwrap_or(true),
            allow_merge_commit: new.allow_merge_commit.unwrap_or(true),
            allow_squash_merge: new.allow_squash_merge.unwrap_or(true),
            allow_rebase_merge: new.allow_rebase_merge.unwrap_or(true),
            delete_branch_on_merge: new.delete_branch_on_merge.unwrap_or(false),
            default_branch: branch.clone(),
            created_at: tx.now,
            updated_at: tx.now,
            pushed_at: tx.now,
            last_number: 0,
        };
        let owner_login = tx
            .state
            .users
            .get(&owner)
            .map_or_else(String::new, |owner| owner.login.clone());
        tx.state
            .former_names
            .remove(&format!("{owner_login}/{name}").to_lowercase());
        tx.state.repos.insert(id, repo.clone());
        tx.emit(Happening {
            event: "repository",
            action: Some("created"),
            repo: Some(id),
            sender,
            fields: json!({}),
        });
        Ok(tx.render().repository_in_full(&repo, Some(sender)))
    });
    if made.is_err() {
        world.git.delete(id).await.map_err(Refusal::broken)?;
    }
    let body = made?;
    if auto_init {
        let text = format!("# {name}\n");
        super::committing::first_commit(world, id, sender, "README.md", text.as_bytes()).await?;
    }
    Ok(created(&body))
}

/// GitHub's rule: what cannot stand in a name becomes a hyphen. `None`: nothing usable is left.
pub(super) fn clean_name(wanted: &str) -> Option<String> {
    let name: String = wanted
        .chars()
        .take(100)
        .map(|c| {
            if c.is_ascii_alphanumeric() || "._-".contains(c) {
                c
            } else {
                '-'
            }
        })
        .collect();
    let name = name.strip_suffix(".git").unwrap_or(&name);
    (!matches!(name, "" | "." | "..")).then(|| name.to_owned())
}

fn refused_name(message: &str) -> Refusal {
    Refusal::unprocessable("Repository creation failed.").with_error(json!({
        "resource": "Repository", "code": "custom", "field": "name", "message": message,
    }))
}

pub(super) fn check_free(
    tx: &Tx<'_>,
    owner: UserId,
    name: &str,
    except: Option<u64>,
) -> Result<(), Refusal> {
    let taken = tx.state.repos.values().any(|repo| {
        repo.owner == owner && Some(repo.id) != except && repo.name.eq_ignore_ascii_case(name)
    });
    if taken {
        return Err(refused_name("name already exists on this account"));
    }
    Ok(())
}

pub(super) async fn get(world: web::Data<World>, caller: Caller, path: Repository) -> Answer {
    world.read(|render| {
        let repo = render.repo(caller, (&path.0, &path.1), Permission::Pull)?;
        Ok(ok(&render.repository_in_full(repo, caller.user_if_any())))
    })
}

pub(super) async fn list_of_org(
    world: web::Data<World>,
    caller: Caller,
    org: web::Path<String>,
    params: Params,
) -> Answer {
    world.read(|render| {
        let org = render
            .state
            .user_by_login(&org)
            .ok_or_else(Refusal::not_found)?
            .id;
        let user = caller.user_if_any();
        let repos: Vec<&Repo> = render
            .state
            .repos
            .values()
            .filter(|repo| repo.owner == org && render.state.permission(repo, user).is_some())
            .collect();
        Ok(params.page(&repos, |repo| render.repository_for(repo, user)))
    })
}

/// `GET /user/repos`: what the caller owns, is a collaborator of, or sees as a member.
pub(super) async fn list_own(world: web::Data<World>, caller: Caller, params: Params) -> Answer {
    let user = caller.user()?;
    world.read(|render| {
        let repos: Vec<&Repo> = render
            .state
            .repos
            .values()
            .filter(|repo| {
                repo.owner == user
                    || render.state.members.get(&(repo.owner, user)).is_some()
                    || render.state.collaborators.get(&(repo.id, user)).is_some()
            })
            .collect();
        Ok(params.page(&repos, |repo| render.repository_for(repo, Some(user))))
    })
}

#[derive(Deserialize)]
pub(super) struct Change {
    name: Option<String>,
    #[serde(default, deserialize_with = "given")]
    description: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    homepage: Option<Option<String>>,
    private: Option<bool>,
    visibility: Option<String>,
    archived: Option<bool>,
    has_issues: Option<bool>,
    has_projects: Option<bool>,
    has_wiki: Option<bool>,
    default_branch: Option<String>,
    allow_merge_commit: Option<bool>,
    allow_squash_merge: Option<bool>,
    allow_rebase_merge: Option<bool>,
    delete_branch_on_merge: Option<bool>,
}

pub(super) async fn change(
    world: web::Data<World>,
    caller: Caller,
    path: Repository,
    Body(change): Body<Change>,
) -> Answer {
    let id = world.read(|render| {
        render
            .repo(caller, (&path.0, &path.1), Permission::Admin)
            .map(|repo| repo.id)
    })?;
    if let Some(branch) = &change.default_branch {
        let exists = world
            .git
            .commit_of(id, &format!("heads/{branch}"))
            .await
            .map_err(Refusal::broken)?;
        if exists.is_none() {
            return Err(Refusal::custom(
                "Repository",
                "The branch was not found. Please push that ref first or create it via the API.",
            ));
        }
        world
            .git
            .set_head(id, branch)
            .await
            .map_err(Refusal::broken)?;
    }
    let body = world.write(|tx| apply(tx, caller, (&path.0, &path.1), change))?;
    Ok(ok(&body))
}

fn apply(
    tx: &mut Tx<'_>,
    caller: Caller,
    path: (&str, &str),
    change: Change,
) -> Result<Value, Refusal> {
    let sender = caller.user()?;
    let before = tx.render().repo(caller, path, Permission::Admin)?.clone();
    let mut repo = before.clone();
    if let Some(name) = &change.name {
        repo.name =
            clean_name(name).ok_or_else(|| Refusal::invalid("Repository", "name", "invalid"))?;
        check_free(tx, repo.owner, &repo.name, Some(repo.id))?;
    }
    let asked = change
        .private
        .or(change.visibility.as_deref().map(|word| word != "public"));
    repo.private = asked.unwrap_or(repo.private);
    repo.description = change.description.unwrap_or(repo.description);
    repo.homepage = change.homepage.unwrap_or(repo.homepage);
    repo.archived = change.archived.unwrap_or(repo.archived);
    repo.has_issues = change.has_issues.unwrap_or(repo.has_issues);
    repo.has_projects = change.has_projects.unwrap_or(repo.has_projects);
    repo.has_wiki = change.has_wiki.unwrap_or(repo.has_wiki);
    repo.default_branch = change.default_branch.unwrap_or(repo.default_branch);
    repo.allow_merge_commit = change.allow_merge_commit.unwrap_or(repo.allow_merge_commit);
    repo.allow_squash_merge = change.allow_squash_merge.unwrap_or(repo.allow_squash_merge);
    repo.allow_rebase_merge = change.allow_rebase_merge.unwrap_or(repo.allow_rebase_merge);
    repo.delete_branch_on_merge = change
        .delete_branch_on_merge
        .unwrap_or(repo.delete_branch_on_merge);
    repo.updated_at = tx.now;
    let id = repo.id;
    if repo.name != before.name {
        let old = tx.render().full_name(&before).to_lowercase();
        let new = tx.render().full_name(&repo).to_lowercase();
        tx.state.former_names.remove(&new);
        if old != new {
            tx.state.former_names.insert(old, id);
        }
    }
    tx.state.repos.insert(id, repo.clone());
    let mut tell = |event, action, fields| {
        tx.emit(Happening {
            event,
            action: Some(action),
            repo: Some(id),
            sender,
            fields,
        });
    };
    if repo.name != before.name {
        tell(
            "repository",
            "renamed",
            json!({"changes": {"repository": {"name": {"from": before.name}}}}),
        );
    }
    match (before.private, repo.private) {
        (true, false) => tell("repository", "publicized", json!({})),
        (false, true) => tell("repository", "privatized", json!({})),
        _ => {}
    }
    match (before.archived, repo.archived) {
        (false, true) => tell("repository", "archived", json!({})),
        (true, false) => tell("repository", "unarchived", json!({})),
        _ => {}
    }
    let mut changes = json!({});
    if before.description != repo.description {
        changes["description"] = json!({"from": before.description});
    }
    if before.homepage != repo.homepage {
        changes["homepage"] = json!({"from": before.homepage});
    }
    if before.default_branch != repo.default_branch {
        changes["default_branch"] = json!({"from": before.default_branch});
    }
    if changes != json!({}) {
        tell("repository", "edited", json!({"changes": changes}));
    }
    if before.private && !repo.private {
        tx.emit(Happening {
            event: "public",
            action: None,
            repo: Some(id),
            sender,
            fields: json!({}),
        });
    }
    Ok(tx.render().repository_in_full(&repo, Some(sender)))
}

pub(super) async fn delete(world: web::Data<World>, caller: Caller, path: Repository) -> Answer {
    let id = world.write(|tx| {
        let sender = caller.user()?;
        let id = tx
            .render()
            .repo(caller, (&path.0, &path.1), Permission::Admin)?
            .id;
        tx.emit(Happening {
            event: "repository",
            action: Some("deleted"),
            repo: Some(id),
            sender,
            fields: json!({}),
        });
        tx.state.forget_repo(id);
        Ok(id)
    })?;
    let lock = world.ref_lock(id);
    let _held = lock.lock().await;
    world.git.delete(id).await.map_err(Refusal::broken)?;
    Ok(nothing())
}

#[cfg(test)]
mod tests {
    use super::clean_name;

    #[test]
    fn names_are_cleaned_as_github_cleans_them() {
        assert_eq!(clean_name("my repo/x").as_deref(), Some("my-repo-x"));
        assert_eq!(clean_name("thing.git").as_deref(), Some("thing"));
        assert_eq!(clean_name("..").as_deref(), None);
        assert_eq!(clean_name("").as_deref(), None);
    }
}
