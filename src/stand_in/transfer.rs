//! A repository goes to another owner.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

use super::caller::Caller;
use super::happenings::Happening;
use super::http::{Body, Repository};
use super::records::{Kind, Permission};
use super::refusal::{Answer, Refusal};
use super::repos::{check_free, clean_name};
use super::world::World;

#[derive(Deserialize)]
pub(super) struct Transfer {
    new_owner: Option<String>,
    new_name: Option<String>,
}

/// Answers 202, as GitHub does, which moves repositories later. A person's yes to a transfer is taken as given.
pub(super) async fn transfer(
    world: web::Data<World>,
    caller: Caller,
    path: Repository,
    Body(wanted): Body<Transfer>,
) -> Answer {
    let body = world.write(|tx| {
        let sender = caller.user()?;
        let before = tx
            .render()
            .repo(caller, (&path.0, &path.1), Permission::Admin)?
            .clone();
        let invalid = |message: &str| Refusal::custom("Repository", message);
        let login = wanted.new_owner.as_deref().unwrap_or_default();
        let to = tx
            .state
            .user_by_login(login)
            .filter(|to| to.kind != Kind::Bot)
            .cloned()
            .ok_or_else(|| Refusal::invalid("Repository", "new_owner", "invalid"))?;
        if to.kind == Kind::Organization && !tx.state.owns_org(to.id, sender) {
            return Err(invalid(&format!(
                "You don't have the permission to create repositories on {}",
                to.login
            )));
        }
        let mut repo = before.clone();
        if let Some(name) = &wanted.new_name {
            repo.name = clean_name(name)
                .ok_or_else(|| Refusal::invalid("Repository", "new_name", "invalid"))?;
        }
        repo.owner = to.id;
        check_free(tx, repo.owner, &repo.name, Some(repo.id)).map_err(|_| {
            invalid(&format!(
                "Repositories with the same name already exist on {}",
                to.login
            ))
        })?;
        repo.updated_at = tx.now;
        let shown = tx.render().repository_minimal(&before);
        let former = tx.render().full_name(&before).to_lowercase();
        let name = tx.render().full_name(&repo).to_lowercase();
        tx.state.former_names.remove(&name);
        if former != name {
            tx.state.former_names.insert(former, repo.id);
        }
        // Who owns it needs no other right to it; who owned it as a person keeps theirs.
        tx.state.collaborators.remove(&(repo.id, to.id));
        if !tx.state.is_org(before.owner) {
            tx.state
                .collaborators
                .insert((repo.id, before.owner), Permission::Admin);
        }
        tx.state.repos.insert(repo.id, repo.clone());
        let from = match tx.state.is_org(before.owner) {
            true => json!({"organization": tx.render().organization(before.owner)}),
            false => json!({"user": tx.render().user(before.owner)}),
        };
        let happening = Happening {
            event: "repository",
            action: Some("transferred"),
            repo: Some(repo.id),
            sender,
            fields: json!({"changes": {"owner": {"from": from}}}),
        };
        tx.emit_on(happening, &[before.owner]);
        Ok(shown)
    })?;
    Ok(HttpResponse::Accepted().json(body))
}
