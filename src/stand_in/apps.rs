//! The GitHub App side: the App itself, its installations, and their tokens.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, web};
use chrono::Duration;
use serde::Deserialize;
use serde_json::{Value, json};

use super::caller::Caller;
use super::http::{Body, Params, created, nothing, ok};
use super::installing;
use super::records::{
    App, Installation, InstallationId, Level, Narrowed, Repo, RepoId, Token, UserId,
};
use super::refusal::{Answer, Refusal};
use super::render::{Render, stamp};
use super::world::World;

pub(super) fn known<'a>(render: Render<'a>, caller: Caller) -> Result<&'a App, Refusal> {
    let id = caller.app()?;
    render.state.apps.get(&id).ok_or_else(Refusal::not_found)
}

pub(super) async fn app(world: web::Data<World>, caller: Caller) -> Answer {
    world.read(|render| Ok(ok(&render.app(known(render, caller)?))))
}

/// `GET /apps/{slug}`, which anybody may read.
pub(super) async fn by_slug(world: web::Data<World>, slug: web::Path<String>) -> Answer {
    world.read(|render| {
        let mut apps = render.state.apps.values();
        apps.find(|app| app.slug == *slug)
            .map(|app| ok(&render.app(app)))
            .ok_or_else(Refusal::not_found)
    })
}

pub(super) async fn installations(
    world: web::Data<World>,
    caller: Caller,
    params: Params,
) -> Answer {
    world.read(|render| {
        let app = known(render, caller)?;
        let rows: Vec<&Installation> = render
            .state
            .installations
            .values()
            .filter(|row| row.app == app.id)
            .collect();
        Ok(params.page(&rows, |row| render.installation(row)))
    })
}

/// The installation, if it is one of the App that asks.
fn own<'a>(
    render: Render<'a>,
    caller: Caller,
    id: InstallationId,
) -> Result<&'a Installation, Refusal> {
    let app = known(render, caller)?;
    let row = render.state.installations.get(&id);
    row.filter(|row| row.app == app.id)
        .ok_or_else(Refusal::not_found)
}

pub(super) async fn installation(
    world: web::Data<World>,
    caller: Caller,
    id: web::Path<InstallationId>,
) -> Answer {
    world.read(|render| Ok(ok(&render.installation(own(render, caller, *id)?))))
}

pub(super) async fn uninstall(
    world: web::Data<World>,
    caller: Caller,
    id: web::Path<InstallationId>,
) -> Answer {
    world.write(|tx| {
        let id = own(tx.render(), caller, *id)?.id;
        installing::uninstall(tx, id, world.service).map_err(|_| Refusal::not_found())
    })?;
    Ok(nothing())
}

pub(super) async fn suspend(
    world: web::Data<World>,
    caller: Caller,
    id: web::Path<InstallationId>,
) -> Answer {
    set_suspended(&world, caller, *id, true)
}

pub(super) async fn unsuspend(
    world: web::Data<World>,
    caller: Caller,
    id: web::Path<InstallationId>,
) -> Answer {
    set_suspended(&world, caller, *id, false)
}

fn set_suspended(world: &World, caller: Caller, id: InstallationId, suspended: bool) -> Answer {
    world.write(|tx| {
        let id = own(tx.render(), caller, id)?.id;
        installing::suspend(tx, id, suspended, world.service).map_err(|_| Refusal::not_found())
    })?;
    Ok(nothing())
}

fn on_account(render: Render<'_>, caller: Caller, account: Option<UserId>) -> Answer {
    let app = known(render, caller)?;
    account
        .and_then(|account| render.state.installation_on(app.id, account))
        .map(|row| ok(&render.installation(row)))
        .ok_or_else(Refusal::not_found)
}

/// `GET /orgs/{org}/installation` and `GET /users/{login}/installation`.
pub(super) async fn account_installation(
    world: web::Data<World>,
    caller: Caller,
    login: web::Path<String>,
) -> Answer {
    world.read(|render| {
        let account = render.state.user_by_login(&login).map(|user| user.id);
        on_account(render, caller, account)
    })
}

/// `GET /repos/{owner}/{repo}/installation`.
pub(super) async fn repo_installation(
    world: web::Data<World>,
    caller: Caller,
    path: web::Path<(String, String)>,
) -> Answer {
    world.read(|render| {
        let repo = render.state.repo_by_name(&path.0, &path.1);
        on_account(render, caller, repo.map(|repo| repo.owner))
    })
}

/// What a token is asked for, where it shall open less than the installation may.
#[derive(Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    repositories: Vec<String>,
    #[serde(default)]
    repository_ids: Vec<RepoId>,
    permissions: Option<BTreeMap<String, Level>>,
}

/// A token for an hour.
pub(super) async fn access_token(
    world: web::Data<World>,
    caller: Caller,
    id: web::Path<InstallationId>,
    Body(wanted): Body<Wanted>,
) -> Answer {
    let body = world.write(|tx| {
        let render = tx.render();
        let row = own(render, caller, *id)?.clone();
        let bot = known(render, caller)?.bot;
        if row.suspended.is_some() {
            return Err(Refusal::suspended());
        }
        if let Some(asked) = &wanted.permissions
            && asked
                .iter()
                .any(|(name, level)| row.permissions.get(name) < Some(level))
        {
            return Err(Refusal::unprocessable(
                "The permissions requested are not granted to this installation.",
            ));
        }
        let repositories = chosen(render, &row, &wanted)?;
        let token = tx.new_token("ghs");
        let end = tx.now + Duration::hours(1);
        let narrowed = Narrowed {
            installation: row.id,
            // What is granted later, only a later token has.
            permissions: Some(
                wanted
                    .permissions
                    .clone()
                    .unwrap_or_else(|| row.permissions.clone()),
            ),
            repositories: repositories
                .as_ref()
                .map(|repos| repos.iter().map(|repo| repo.id).collect()),
        };
        tx.state.tokens.insert(
            token.clone(),
            Token {
                user: bot,
                expires_at: Some(end),
                installation: Some(narrowed),
                permissions: None,
            },
        );
        let mut body = json!({
            "token": token, "expires_at": stamp(end),
            "permissions": wanted.permissions.as_ref().unwrap_or(&row.permissions),
            "repository_selection": if repositories.is_some() { "selected" } else { "all" },
        });
        if let Some(repos) = repositories {
            body["repositories"] = repos
                .iter()
                .map(|repo| tx.render().repository_for(repo, Some(bot)))
                .collect();
        }
        Ok(body)
    })?;
    Ok(created(&body))
}

/// The repositories a token is limited to; `None` for all of the account.
fn chosen(
    render: Render<'_>,
    row: &Installation,
    wanted: &Wanted,
) -> Result<Option<Vec<Repo>>, Refusal> {
    if wanted.repositories.is_empty() && wanted.repository_ids.is_empty() {
        return Ok(None);
    }
    let own: Vec<&Repo> = render
        .state
        .repos
        .values()
        .filter(|repo| repo.owner == row.account)
        .collect();
    let missing = || {
        Refusal::unprocessable(
            "There is at least one repository that does not exist or is not accessible to the parent installation.",
        )
    };
    let mut repos = Vec::new();
    for name in &wanted.repositories {
        let found = own.iter().find(|repo| repo.name.eq_ignore_ascii_case(name));
        repos.push((*found.ok_or_else(missing)?).clone());
    }
    for id in &wanted.repository_ids {
        let found = own.iter().find(|repo| repo.id == *id);
        repos.push((*found.ok_or_else(missing)?).clone());
    }
    Ok(Some(repos))
}

/// `DELETE /installation/token`: a token gives itself up.
pub(super) async fn revoke(
    world: web::Data<World>,
    caller: Caller,
    request: actix_web::HttpRequest,
) -> Answer {
    let Caller::Installation { .. } = caller else {
        return Err(Refusal::requires_authentication());
    };
    world.write(|tx| {
        if let Some(secret) = super::caller::secret(request.headers()) {
            tx.state.tokens.remove(&secret);
        }
        Ok(())
    })?;
    Ok(nothing())
}

/// `GET /installation/repositories`, with an installation's token.
pub(super) async fn repositories(
    world: web::Data<World>,
    caller: Caller,
    params: Params,
) -> Answer {
    world.read(|render| {
        let Caller::Installation { bot, installation } = caller else {
            return Err(Refusal::forbidden("You must authenticate with an installation access token in order to list repositories for an installation."));
        };
        let row = render.state.installations.get(&installation).ok_or_else(Refusal::not_found)?;
        let repos: Vec<_> = render.state.repos.values().filter(|repo| repo.owner == row.account).collect();
        let (page, size) = params.window();
        let shown: Vec<Value> = repos
            .iter()
            .skip((page - 1).saturating_mul(size))
            .take(size)
            .map(|repo| render.repository_for(repo, Some(bot)))
            .collect();
        let body = json!({"total_count": repos.len(), "repository_selection": "all", "repositories": shown});
        Ok::<HttpResponse, Refusal>(params.linked(repos.len().div_ceil(size), &body))
    })
}
