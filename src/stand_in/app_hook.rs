//! The one hook of an App: where it goes, and the log of what went there.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::{Value, json};

use super::apps::known;
use super::caller::Caller;
use super::hooks;
use super::http::{Body, Params, ok};
use super::records::{AppId, Hook};
use super::refusal::{Answer, Refusal};
use super::render::Render;
use super::world::World;

fn own<'a>(render: Render<'a>, caller: Caller) -> Result<(AppId, Option<&'a Hook>), Refusal> {
    let app = known(render, caller)?.id;
    Ok((app, render.state.hook_of_app(Some(app))))
}

fn hook(render: Render<'_>, caller: Caller) -> Result<u64, Refusal> {
    let (_, hook) = own(render, caller)?;
    hook.map(|hook| hook.id).ok_or_else(Refusal::not_found)
}

fn shown(hook: Option<&Hook>) -> Value {
    let Some(hook) = hook else {
        return json!({"content_type": "form", "insecure_ssl": "0", "url": "", "secret": null});
    };
    let mut body = json!({
        "content_type": hook.content_type, "insecure_ssl": hook.insecure_ssl, "url": hook.url,
    });
    if hook.secret.is_some() {
        body["secret"] = json!("********");
    }
    body
}

pub(super) async fn config(world: web::Data<World>, caller: Caller) -> Answer {
    world.read(|render| Ok(ok(&shown(own(render, caller)?.1))))
}

#[derive(Deserialize)]
pub(super) struct Change {
    url: Option<String>,
    secret: Option<String>,
    content_type: Option<String>,
    insecure_ssl: Option<Value>,
}

pub(super) async fn set_config(
    world: web::Data<World>,
    caller: Caller,
    Body(change): Body<Change>,
) -> Answer {
    let valid = |url: &String| url.starts_with("http://") || url.starts_with("https://");
    if change.url.as_ref().is_some_and(|url| !valid(url)) {
        return Err(Refusal::custom(
            "Hook",
            "The specified URL is not valid: url",
        ));
    }
    let body = world.write(|tx| {
        let (app, present) = own(tx.render(), caller)?;
        let present = present.cloned();
        let url = change
            .url
            .or_else(|| present.as_ref().map(|hook| hook.url.clone()))
            .unwrap_or_default();
        let secret = change
            .secret
            .or_else(|| present.as_ref().and_then(|hook| hook.secret.clone()));
        let id = super::installing::set_hook(tx, Some(app), &url, secret, true);
        if let Some(hook) = tx.state.hooks.get_mut(&id) {
            if let Some(kind) = change.content_type {
                hook.content_type = kind;
            }
            match change.insecure_ssl {
                Some(value) if value == "1" || value == 1 => hook.insecure_ssl = "1".to_owned(),
                Some(_) => hook.insecure_ssl = "0".to_owned(),
                None => {}
            }
        }
        Ok(shown(tx.state.hooks.get(&id)))
    })?;
    Ok(ok(&body))
}

pub(super) async fn deliveries(world: web::Data<World>, caller: Caller, params: Params) -> Answer {
    world.read(|render| hooks::log(render, hook(render, caller)?, &params))
}

pub(super) async fn delivery(
    world: web::Data<World>,
    caller: Caller,
    id: web::Path<u64>,
) -> Answer {
    world.read(|render| hooks::log_entry(render, hook(render, caller)?, *id))
}

pub(super) async fn redeliver(
    world: web::Data<World>,
    caller: Caller,
    id: web::Path<u64>,
) -> Answer {
    world.write(|tx| {
        let hook = hook(tx.render(), caller)?;
        hooks::again(tx, hook, *id)
    })?;
    Ok(HttpResponse::Accepted().json(json!({})))
}
