//! Collaborators and what they may do.

use actix_web::web;
use serde::Deserialize;
use serde_json::json;

use super::caller::Caller;
use super::happenings::Happening;
use super::http::{Body, Named, Params, Repository, created, nothing, ok};
use super::inviting;
use super::records::{Invitation, Kind, Permission, Repo, RepoId, UserId};
use super::refusal::{Answer, Refusal};
use super::world::{Tx, World};

/// Everybody with rights of their own on a repository, with the highest of them.
fn all(render: super::render::Render<'_>, repo: &Repo, outside: bool) -> Vec<(UserId, Permission)> {
    render
        .state
        .users
        .values()
        .filter(|user| user.kind == Kind::User)
        .filter(|user| {
            let direct = render
                .state
                .collaborators
                .get(&(repo.id, user.id))
                .is_some();
            let member = render.state.members.get(&(repo.owner, user.id)).is_some();
            if outside {
                direct && !member
            } else {
                direct || member || repo.owner == user.id
            }
        })
        .filter_map(|user| Some((user.id, render.state.permission(repo, Some(user.id))?)))
        .collect()
}

pub(super) async fn list(
    world: web::Data<World>,
    caller: Caller,
    path: Repository,
    params: Params,
) -> Answer {
    world.read(|render| {
        let repo = render.repo_to_read(caller, (&path.0, &path.1), Permission::Push)?;
        let least = params.get("permission").and_then(Permission::parse);
        let mut people = all(render, repo, params.get("affiliation") == Some("outside"));
        people.retain(|(_, permission)| least.is_none_or(|least| *permission >= least));
        Ok(params.page(&people, |(user, permission)| {
            render.collaborator(*user, *permission)
        }))
    })
}

pub(super) async fn check(world: web::Data<World>, caller: Caller, path: Named) -> Answer {
    world.read(|render| {
        let repo = render.repo_to_read(caller, (&path.0, &path.1), Permission::Push)?;
        let user = render
            .state
            .user_by_login(&path.2)
            .ok_or_else(Refusal::not_found)?
            .id;
        let is_one = all(render, repo, false).iter().any(|(id, _)| *id == user);
        if is_one {
            Ok(nothing())
        } else {
            Err(Refusal::not_found())
        }
    })
}

pub(super) async fn permission(world: web::Data<World>, caller: Caller, path: Named) -> Answer {
    world.read(|render| {
        let repo = render.repo_to_read(caller, (&path.0, &path.1), Permission::Push)?;
        let user = render
            .state
            .user_by_login(&path.2)
            .ok_or_else(Refusal::not_found)?
            .id;
        let permission = render.state.permission(repo, Some(user));
        let mut body = render.user(user);
        body["permissions"] = render.permissions(permission);
        body["role_name"] = json!(permission.map_or("none", Permission::role));
        Ok(ok(&json!({
            "permission": permission.map_or("none", Permission::legacy),
            "role_name": permission.map_or("none", Permission::role),
            "user": body,
        })))
    })
}

/// Nobody comes to or leaves an archived repository, nor do their rights change.
fn refuse_archived(repo: &Repo) -> Result<(), Refusal> {
    if repo.archived {
        return Err(Refusal::forbidden(
            "Repository was archived so is read-only.",
        ));
    }
    Ok(())
}

#[derive(Deserialize)]
pub(super) struct Grant {
    permission: Option<String>,
}

/// Changes who is one already, or invites: an invitation becomes a collaborator only when it is accepted.
pub(super) async fn put(
    world: web::Data<World>,
    caller: Caller,
    path: Named,
    Body(grant): Body<Grant>,
) -> Answer {
    let invitation = world.write(|tx| {
        let sender = caller.user()?;
        let repo = tx
            .render()
            .repo(caller, (&path.0, &path.1), Permission::Admin)?
            .clone();
        refuse_archived(&repo)?;
        let wanted = match grant.permission.as_deref() {
            None => Permission::Push,
            Some(text) => Permission::parse(text)
                .ok_or_else(|| Refusal::invalid("Repository", "permission", "invalid"))?,
        };
        let user = tx
            .state
            .user_by_login(&path.2)
            .filter(|user| user.kind == Kind::User)
            .ok_or_else(Refusal::not_found)?
            .id;
        if user == repo.owner {
            return Err(Refusal::custom(
                "Repository",
                "Repository owner cannot be a collaborator",
            ));
        }
        let is_member = tx.state.members.get(&(repo.owner, user)).is_some();
        if let Some(before) = tx.state.collaborators.get(&(repo.id, user)).copied() {
            if before != wanted {
                tx.state.collaborators.insert((repo.id, user), wanted);
                let changes = json!({"permission": {"from": before.role(), "to": wanted.role()}});
                tell(
                    tx,
                    sender,
                    repo.id,
                    user,
                    "edited",
                    json!({"changes": changes}),
                );
            }
            return Ok(None);
        }
        if is_member {
            join(tx, sender, repo.id, user, wanted);
            return Ok(None);
        }
        let invitee = tx.state.users.get(&user).cloned();
        inviting::check(tx, &repo, &invitee.ok_or_else(Refusal::not_found)?)?;
        Ok(Some(invite(tx, sender, &repo, user, wanted)))
    })?;
    match invitation {
        None => Ok(nothing()),
        Some(invitation) => Ok(created(
            &world.read(|render| render.invitation(&invitation)),
        )),
    }
}

/// A pending invitation is kept and takes the new permission; a lapsed one makes room for a new one.
fn invite(
    tx: &mut Tx<'_>,
    inviter: UserId,
    of: &Repo,
    invitee: UserId,
    permission: Permission,
) -> Invitation {
    let repo = of.id;
    let earlier = tx
        .state
        .invitations
        .values()
        .find(|invitation| invitation.repo == repo && invitation.invitee == invitee)
        .cloned();
    if let Some(mut pending) = earlier {
        if !pending.expired(tx.now) {
            pending.permission = permission;
            tx.state.invitations.insert(pending.id, pending.clone());
            return pending;
        }
        tx.state.invitations.remove(&pending.id);
    }
    let invitation = Invitation {
        id: tx.state.next_id(),
        repo,
        invitee,
        inviter,
        permission,
        created_at: tx.now,
    };
    tx.state
        .invitations
        .insert(invitation.id, invitation.clone());
    inviting::sent(tx, of, invitation.id);
    invitation
}

/// Makes somebody a collaborator and tells the hooks.
pub(super) fn join(
    tx: &mut Tx<'_>,
    sender: UserId,
    repo: RepoId,
    user: UserId,
    permission: Permission,
) {
    tx.state.collaborators.insert((repo, user), permission);
    let changes =
        json!({"permission": {"to": permission.role()}, "role_name": {"to": permission.role()}});
    tell(tx, sender, repo, user, "added", json!({"changes": changes}));
}

fn tell(
    tx: &mut Tx<'_>,
    sender: UserId,
    repo: RepoId,
    user: UserId,
    action: &'static str,
    mut fields: serde_json::Value,
) {
    fields["member"] = tx.render().user(user);
    tx.emit(Happening {
        event: "member",
        action: Some(action),
        repo: Some(repo),
        sender,
        fields,
    });
}

pub(super) async fn remove(world: web::Data<World>, caller: Caller, path: Named) -> Answer {
    world.write(|tx| {
        let sender = caller.user()?;
        let user = tx
            .state
            .user_by_login(&path.2)
            .ok_or_else(Refusal::not_found)?
            .id;
        // Who leaves needs no rights beyond their own.
        let least = if user == sender {
            Permission::Pull
        } else {
            Permission::Admin
        };
        let repo = tx.render().repo(caller, (&path.0, &path.1), least)?;
        refuse_archived(repo)?;
        let repo = repo.id;
        let pending: Vec<u64> = tx
            .state
            .invitations
            .values()
            .filter(|invitation| invitation.repo == repo && invitation.invitee == user)
            .map(|invitation| invitation.id)
            .collect();
        for id in pending {
            tx.state.invitations.remove(&id);
        }
        if tx.state.collaborators.remove(&(repo, user)).is_some() {
            tell(tx, sender, repo, user, "removed", json!({}));
        }
        Ok(())
    })?;
    Ok(nothing())
}
