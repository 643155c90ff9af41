//! Repository invitations, from the repository's side and from the invited person's. Accepting sends no event of its own:
//! as on GitHub, hooks only hear of the new member.

use actix_web::web;
use serde::Deserialize;

use super::caller::Caller;
use super::collaborators::join;
use super::http::{Body, Numbered, Params, Repository, nothing, ok};
use super::records::{Invitation, Permission};
use super::refusal::{Answer, Refusal};
use super::world::{Tx, World};

pub(super) async fn list(
    world: web::Data<World>,
    caller: Caller,
    path: Repository,
    params: Params,
) -> Answer {
    world.read(|render| {
        let repo = render.repo(caller, (&path.0, &path.1), Permission::Admin)?;
        let rows: Vec<&Invitation> = render
            .state
            .invitations
            .values()
            .filter(|invitation| invitation.repo == repo.id)
            .collect();
        Ok(params.page(&rows, |invitation| render.invitation(invitation)))
    })
}

fn of_repo(tx: &Tx<'_>, caller: Caller, path: &Numbered) -> Result<Invitation, Refusal> {
    let repo = tx
        .render()
        .repo(caller, (&path.0, &path.1), Permission::Admin)?;
    tx.state
        .invitations
        .get(&path.2)
        .filter(|invitation| invitation.repo == repo.id)
        .cloned()
        .ok_or_else(Refusal::not_found)
}

#[derive(Deserialize)]
pub(super) struct Change {
    permissions: Option<String>,
}

pub(super) async fn change(
    world: web::Data<World>,
    caller: Caller,
    path: Numbered,
    Body(change): Body<Change>,
) -> Answer {
    let body = world.write(|tx| {
        let mut invitation = of_repo(tx, caller, &path)?;
        if let Some(text) = &change.permissions {
            invitation.permission = Permission::parse(text).ok_or_else(|| {
                Refusal::invalid("RepositoryInvitation", "permissions", "invalid")
            })?;
        }
        tx.state
            .invitations
            .insert(invitation.id, invitation.clone());
        Ok(tx.render().invitation(&invitation))
    })?;
    Ok(ok(&body))
}

pub(super) async fn delete(world: web::Data<World>, caller: Caller, path: Numbered) -> Answer {
    world.write(|tx| {
        let invitation = of_repo(tx, caller, &path)?;
        tx.state.invitations.remove(&invitation.id);
        Ok(())
    })?;
    Ok(nothing())
}

pub(super) async fn list_own(world: web::Data<World>, caller: Caller, params: Params) -> Answer {
    let user = caller.user()?;
    world.read(|render| {
        let rows: Vec<&Invitation> = render
            .state
            .invitations
            .values()
            .filter(|invitation| invitation.invitee == user && !invitation.expired(render.now))
            .collect();
        Ok(params.page(&rows, |invitation| render.invitation(invitation)))
    })
}

fn own(tx: &Tx<'_>, caller: Caller, id: u64) -> Result<Invitation, Refusal> {
    let user = caller.user()?;
    tx.state
        .invitations
        .get(&id)
        .filter(|invitation| invitation.invitee == user && !invitation.expired(tx.now))
        .cloned()
        .ok_or_else(Refusal::not_found)
}

pub(super) async fn accept(world: web::Data<World>, caller: Caller, id: web::Path<u64>) -> Answer {
    world.write(|tx| {
        let invitation = own(tx, caller, *id)?;
        tx.state.invitations.remove(&invitation.id);
        join(
            tx,
            invitation.invitee,
            invitation.repo,
            invitation.invitee,
            invitation.permission,
        );
        Ok(())
    })?;
    Ok(nothing())
}

pub(super) async fn decline(world: web::Data<World>, caller: Caller, id: web::Path<u64>) -> Answer {
    world.write(|tx| {
        let invitation = own(tx, caller, *id)?;
        tx.state.invitations.remove(&invitation.id);
        Ok(())
    })?;
    Ok(nothing())
}
