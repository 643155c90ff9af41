//! Hooks of repositories and organisations, and the log of what they were sent.

use actix_web::{HttpResponse, web};
use chrono::Duration;
use serde::Deserialize;

use super::caller::Caller;
use super::http::{Body, Numbered, Params, Repository, created, nothing, ok};
use super::records::{Delivery, Hook, Permission, Scope, UserId};
use super::refusal::{Answer, Refusal};
use super::render::Render;
use super::world::{Tx, World};

type OfOrg = web::Path<String>;
type InOrg = web::Path<(String, u64)>;

#[derive(Deserialize)]
pub(super) struct Config {
    url: Option<String>,
    secret: Option<String>,
    content_type: Option<String>,
    insecure_ssl: Option<serde_json::Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewHook {
    name: Option<String>,
    config: Option<Config>,
    events: Option<Vec<String>>,
    active: Option<bool>,
}

/// The repository as a hook's scope, for its administrators; others do not even learn of its hooks.
fn repo_scope(
    render: Render<'_>,
    caller: Caller,
    owner: &str,
    name: &str,
) -> Result<Scope, Refusal> {
    caller.user()?;
    render
        .repo(caller, (owner, name), Permission::Admin)
        .map(|repo| Scope::Repo(repo.id))
        .map_err(|_| Refusal::not_found())
}

fn org_scope(render: Render<'_>, caller: Caller, org: &str) -> Result<Scope, Refusal> {
    let user = caller.user()?;
    render
        .state
        .user_by_login(org)
        .filter(|org| render.state.owns_org(org.id, user))
        .map(|org| Scope::Org(org.id))
        .ok_or_else(Refusal::not_found)
}

fn add(tx: &mut Tx<'_>, scope: Scope, sender: UserId, new: NewHook) -> Result<Hook, Refusal> {
    let config = new.config.unwrap_or(Config {
        url: None,
        secret: None,
        content_type: None,
        insecure_ssl: None,
    });
    let url = config
        .url
        .filter(|url| url.starts_with("http://") || url.starts_with("https://"));
    let url =
        url.ok_or_else(|| Refusal::custom("Hook", "The specified URL is not valid: config.url"))?;
    if new.name.as_deref().is_some_and(|name| name != "web") {
        return Err(Refusal::invalid("Hook", "name", "invalid"));
    }
    if tx
        .state
        .hooks
        .values()
        .any(|hook| hook.scope == scope && hook.url == url)
    {
        let message = "Hook already exists on this repository";
        return Err(Refusal::custom("Hook", message));
    }
    let hook = Hook {
        id: tx.state.next_id(),
        scope,
        url,
        secret: config.secret.filter(|secret| !secret.is_empty()),
        content_type: config.content_type.unwrap_or_else(|| "form".to_owned()),
        insecure_ssl: match config.insecure_ssl {
            Some(value) if value == "1" || value == 1 => "1".to_owned(),
            _ => "0".to_owned(),
        },
        events: new.events.unwrap_or_else(|| vec!["push".to_owned()]),
        active: new.active.unwrap_or(true),
        created_at: tx.now,
        updated_at: tx.now,
    };
    tx.state.hooks.insert(hook.id, hook.clone());
    tx.ping(hook.id, sender);
    Ok(hook)
}

fn of_scope(render: Render<'_>, scope: Scope, params: &Params) -> HttpResponse {
    let hooks: Vec<&Hook> = render
        .state
        .hooks
        .values()
        .filter(|hook| hook.scope == scope)
        .collect();
    params.page(&hooks, |hook| render.hook(hook))
}

fn one(render: Render<'_>, scope: Scope, id: u64) -> Result<Hook, Refusal> {
    let hook = render
        .state
        .hooks
        .get(&id)
        .filter(|hook| hook.scope == scope);
    hook.cloned().ok_or_else(Refusal::not_found)
}

pub(super) async fn create_repo(
    world: web::Data<World>,
    caller: Caller,
    path: Repository,
    Body(new): Body<NewHook>,
) -> Answer {
    let body = world.write(|tx| {
        let scope = repo_scope(tx.render(), caller, &path.0, &path.1)?;
        let hook = add(tx, scope, caller.user()?, new)?;
        Ok(tx.render().hook(&hook))
    })?;
    Ok(created(&body))
}

pub(super) async fn create_org(
    world: web::Data<World>,
    caller: Caller,
    org: OfOrg,
    Body(new): Body<NewHook>,
) -> Answer {
    let body = world.write(|tx| {
        let scope = org_scope(tx.render(), caller, &org)?;
        let hook = add(tx, scope, caller.user()?, new)?;
        Ok(tx.render().hook(&hook))
    })?;
    Ok(created(&body))
}

pub(super) async fn list_repo(
    world: web::Data<World>,
    caller: Caller,
    path: Repository,
    params: Params,
) -> Answer {
    world.read(|render| {
        Ok(of_scope(
            render,
            repo_scope(render, caller, &path.0, &path.1)?,
            &params,
        ))
    })
}

pub(super) async fn list_org(
    world: web::Data<World>,
    caller: Caller,
    org: OfOrg,
    params: Params,
) -> Answer {
    world.read(|render| Ok(of_scope(render, org_scope(render, caller, &org)?, &params)))
}

pub(super) async fn get_repo(world: web::Data<World>, caller: Caller, path: Numbered) -> Answer {
    world.read(|render| {
        let scope = repo_scope(render, caller, &path.0, &path.1)?;
        Ok(ok(&render.hook(&one(render, scope, path.2)?)))
    })
}

pub(super) async fn get_org(world: web::Data<World>, caller: Caller, path: InOrg) -> Answer {
    world.read(|render| {
        let scope = org_scope(render, caller, &path.0)?;
        Ok(ok(&render.hook(&one(render, scope, path.1)?)))
    })
}

pub(super) async fn delete_repo(world: web::Data<World>, caller: Caller, path: Numbered) -> Answer {
    world.write(|tx| {
        let scope = repo_scope(tx.render(), caller, &path.0, &path.1)?;
        let hook = one(tx.render(), scope, path.2)?;
        tx.state.hooks.remove(&hook.id);
        Ok(())
    })?;
    Ok(nothing())
}

pub(super) async fn delete_org(world: web::Data<World>, caller: Caller, path: InOrg) -> Answer {
    world.write(|tx| {
        let scope = org_scope(tx.render(), caller, &path.0)?;
        let hook = one(tx.render(), scope, path.1)?;
        tx.state.hooks.remove(&hook.id);
        Ok(())
    })?;
    Ok(nothing())
}

pub(super) async fn ping(world: web::Data<World>, caller: Caller, path: Numbered) -> Answer {
    world.write(|tx| {
        let scope = repo_scope(tx.render(), caller, &path.0, &path.1)?;
        let hook = one(tx.render(), scope, path.2)?;
        tx.ping(hook.id, caller.user()?);
        Ok(())
    })?;
    Ok(nothing())
}

/// GitHub forgets deliveries after three days.
fn kept(render: Render<'_>, delivery: &Delivery) -> bool {
    let outcome = render.state.outcomes.get(&delivery.id);
    outcome.is_some_and(|outcome| render.now - outcome.at < Duration::days(3))
}

/// The finished deliveries of a hook, newest first: `per_page` of them, from `cursor` on, of one `status`.
pub(super) fn log(render: Render<'_>, hook: u64, params: &Params) -> Answer {
    let after = match params.get("cursor") {
        None => u64::MAX,
        Some(text) => text
            .strip_prefix("v1_")
            .and_then(|id| id.parse().ok())
            .ok_or_else(|| Refusal::unprocessable("Invalid cursor"))?,
    };
    let succeeded = |delivery: &Delivery| {
        let outcome = render.state.outcomes.get(&delivery.id);
        outcome.is_some_and(|outcome| (200..400).contains(&outcome.status_code))
    };
    let wanted = match params.get("status") {
        None => None,
        Some("success") => Some(true),
        Some("failure") => Some(false),
        Some(_) => return Err(Refusal::unprocessable("Invalid status")),
    };
    let (_, size) = params.window();
    let mut rows: Vec<&Delivery> = render
        .state
        .deliveries
        .range(..after)
        .rev()
        .map(|(_, delivery)| delivery)
        .filter(|delivery| delivery.hook == hook && kept(render, delivery))
        .filter(|delivery| wanted.is_none_or(|wanted| succeeded(delivery) == wanted))
        .take(size + 1)
        .collect();
    let more = rows.len() > size;
    rows.truncate(size);
    let next = rows
        .last()
        .filter(|_| more)
        .map(|row| format!("v1_{}", row.id));
    let body = rows
        .iter()
        .filter_map(|delivery| render.delivery(delivery))
        .collect();
    Ok(params.followed_by(next, &body))
}

pub(super) fn log_entry(render: Render<'_>, hook: u64, delivery: u64) -> Answer {
    render
        .state
        .deliveries
        .get(&delivery)
        .filter(|delivery| delivery.hook == hook && kept(render, delivery))
        .and_then(|delivery| render.delivery_in_full(delivery))
        .map(|body| ok(&body))
        .ok_or_else(Refusal::not_found)
}

/// Queues a delivery of this hook once more.
pub(super) fn again(tx: &mut Tx<'_>, hook: u64, delivery: u64) -> Result<(), Refusal> {
    let known = tx
        .state
        .deliveries
        .get(&delivery)
        .is_some_and(|row| row.hook == hook && kept(tx.render(), row));
    if known && tx.redeliver(delivery).is_some() {
        return Ok(());
    }
    Err(Refusal::not_found())
}

pub(super) async fn deliveries(
    world: web::Data<World>,
    caller: Caller,
    path: Numbered,
    params: Params,
) -> Answer {
    world.read(|render| {
        let scope = repo_scope(render, caller, &path.0, &path.1)?;
        log(render, one(render, scope, path.2)?.id, &params)
    })
}

pub(super) async fn delivery(
    world: web::Data<World>,
    caller: Caller,
    path: web::Path<(String, String, u64, u64)>,
) -> Answer {
    world.read(|render| {
        let scope = repo_scope(render, caller, &path.0, &path.1)?;
        log_entry(render, one(render, scope, path.2)?.id, path.3)
    })
}

pub(super) async fn redeliver(
    world: web::Data<World>,
    caller: Caller,
    path: web::Path<(String, String, u64, u64)>,
) -> Answer {
    world.write(|tx| {
        let scope = repo_scope(tx.render(), caller, &path.0, &path.1)?;
        let hook = one(tx.render(), scope, path.2)?.id;
        again(tx, hook, path.3)
    })?;
    Ok(HttpResponse::Accepted().json(serde_json::json!({})))
}

pub(super) async fn org_deliveries(
    world: web::Data<World>,
    caller: Caller,
    path: InOrg,
    params: Params,
) -> Answer {
    world.read(|render| {
        let scope = org_scope(render, caller, &path.0)?;
        log(render, one(render, scope, path.1)?.id, &params)
    })
}

pub(super) async fn org_redeliver(
    world: web::Data<World>,
    caller: Caller,
    path: web::Path<(String, u64, u64)>,
) -> Answer {
    world.write(|tx| {
        let scope = org_scope(tx.render(), caller, &path.0)?;
        let hook = one(tx.render(), scope, path.1)?.id;
        again(tx, hook, path.2)
    })?;
    Ok(HttpResponse::Accepted().json(serde_json::json!({})))
}
