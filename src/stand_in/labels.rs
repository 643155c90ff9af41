//! Labels of a repository.

use actix_web::web;
use serde::Deserialize;

use super::caller::Caller;
use super::http::{Body, Named, Params, Repository, created, ok};
use super::records::{Label, Permission};
use super::refusal::{Answer, Refusal};
use super::world::World;

pub(super) async fn list(
    world: web::Data<World>,
    caller: Caller,
    path: Repository,
    params: Params,
) -> Answer {
    world.read(|render| {
        let repo = render.repo(caller, (&path.0, &path.1), Permission::Pull)?;
        let labels: Vec<&Label> = render
            .state
            .labels
            .range((repo.id, String::new())..(repo.id + 1, String::new()))
            .map(|(_, label)| label)
            .collect();
        Ok(params.page(&labels, |label| render.label(repo, label)))
    })
}

pub(super) async fn get(world: web::Data<World>, caller: Caller, path: Named) -> Answer {
    world.read(|render| {
        let repo = render.repo(caller, (&path.0, &path.1), Permission::Pull)?;
        let label = render.state.labels.get(&(repo.id, path.2.to_lowercase()));
        label
            .map(|label| ok(&render.label(repo, label)))
            .ok_or_else(Refusal::not_found)
    })
}

#[derive(Deserialize)]
pub(super) struct NewLabel {
    name: Option<String>,
    color: Option<String>,
    description: Option<String>,
}

pub(super) async fn create(
    world: web::Data<World>,
    caller: Caller,
    path: Repository,
    Body(new): Body<NewLabel>,
) -> Answer {
    let body = world.write(|tx| {
        let repo = tx
            .render()
            .repo(caller, (&path.0, &path.1), Permission::Push)?
            .clone();
        let name = new.name.filter(|name| !name.trim().is_empty());
        let name = name.ok_or_else(|| Refusal::invalid("Label", "name", "missing_field"))?;
        let key = (repo.id, name.to_lowercase());
        if tx.state.labels.get(&key).is_some() {
            return Err(Refusal::invalid("Label", "name", "already_exists"));
        }
        let label = Label {
            id: tx.state.next_id(),
            name,
            color: new.color.unwrap_or_else(|| "ededed".to_owned()),
            description: new.description,
        };
        tx.state.labels.insert(key, label.clone());
        Ok(tx.render().label(&repo, &label))
    })?;
    Ok(created(&body))
}
