//! The GitHub App side: the App itself, its installation, installation tokens, and the App's delivery log.

use actix_web::{HttpResponse, web};
use chrono::Duration;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;
use serde_json::{Value, json};

use super::caller::Caller;
use super::hooks;
use super::http::{Params, created, ok};
use super::records::{App, Kind, Scope, Token};
use super::refusal::{Answer, Refusal};
use super::render::{Render, stamp};
use super::world::World;

/// GitHub's limit on how long an App's token may be valid, in seconds.
const LONGEST_LIFE: i64 = 600;

#[derive(Deserialize)]
struct Claims {
    iss: Value,
    iat: i64,
    exp: i64,
}

/// Checks an App's signed token as GitHub does: key, issuer, times.
pub(super) fn verify(world: &World, token: &str) -> Result<Caller, Refusal> {
    let refused = |message: &str| Refusal::new(actix_web::http::StatusCode::UNAUTHORIZED, message);
    let unreadable = || refused("A JSON web token could not be decoded");
    let now = world.clock.now().timestamp();
    let app = world.read(|render| render.state.apps.values().next().cloned());
    let app = app.ok_or_else(|| refused("Integration not found"))?;
    // Times are checked here, against the clock that was passed in.
    let mut validation = Validation::new(Algorithm::RS256);
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    let key = DecodingKey::from_rsa_pem(app.public_key.as_bytes()).map_err(|_| unreadable())?;
    let claims = jsonwebtoken::decode::<Claims>(token, &key, &validation)
        .map_err(|_| unreadable())?
        .claims;
    let issuer = claims
        .iss
        .as_str()
        .map_or_else(|| claims.iss.to_string(), str::to_owned);
    if issuer != app.id.to_string() {
        return Err(refused("Integration not found"));
    }
    if claims.iat > now {
        return Err(refused(
            "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
        ));
    }
    if claims.exp <= now || claims.exp > now + LONGEST_LIFE {
        return Err(refused(
            "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
        ));
    }
    Ok(Caller::App(app.id))
}

fn known<'a>(render: Render<'a>, caller: Caller) -> Result<&'a App, Refusal> {
    let id = caller.app()?;
    render.state.apps.get(&id).ok_or_else(Refusal::not_found)
}

pub(super) async fn app(world: web::Data<World>, caller: Caller) -> Answer {
    world.read(|render| Ok(ok(&render.app(known(render, caller)?, world.org))))
}

pub(super) async fn installations(
    world: web::Data<World>,
    caller: Caller,
    params: Params,
) -> Answer {
    world.read(|render| {
        let app = known(render, caller)?;
        Ok(params.page(&[app], |app| render.installation(app, world.org)))
    })
}

pub(super) async fn installation(
    world: web::Data<World>,
    caller: Caller,
    id: web::Path<u64>,
) -> Answer {
    world.read(|render| {
        let app = known(render, caller)?;
        if app.installation != *id {
            return Err(Refusal::not_found());
        }
        Ok(ok(&render.installation(app, world.org)))
    })
}

/// `GET /orgs/{org}/installation`.
pub(super) async fn org_installation(
    world: web::Data<World>,
    caller: Caller,
    org: web::Path<String>,
) -> Answer {
    world.read(|render| {
        let app = known(render, caller)?;
        let org = render
            .state
            .user_by_login(&org)
            .filter(|org| org.id == world.org);
        org.map(|org| ok(&render.installation(app, org.id)))
            .ok_or_else(Refusal::not_found)
    })
}

/// `GET /repos/{owner}/{repo}/installation`.
pub(super) async fn repo_installation(
    world: web::Data<World>,
    caller: Caller,
    path: web::Path<(String, String)>,
) -> Answer {
    world.read(|render| {
        let app = known(render, caller)?;
        let repo = render
            .state
            .repo_by_name(&path.0, &path.1)
            .filter(|repo| repo.owner == world.org);
        repo.map(|_| ok(&render.installation(app, world.org)))
            .ok_or_else(Refusal::not_found)
    })
}

/// A token for an hour, with the rights of the App's bot.
pub(super) async fn access_token(
    world: web::Data<World>,
    caller: Caller,
    id: web::Path<u64>,
) -> Answer {
    let body = world.write(|tx| {
        let app = known(tx.render(), caller)?;
        if app.installation != *id {
            return Err(Refusal::not_found());
        }
        let user = app.bot;
        let token = tx.new_token("ghs");
        let end = tx.now + Duration::hours(1);
        tx.state.tokens.insert(
            token.clone(),
            Token {
                user,
                expires_at: Some(end),
            },
        );
        Ok(json!({
            "token": token, "expires_at": stamp(end), "permissions": tx.render().app_permissions(),
            "repository_selection": "all",
        }))
    })?;
    Ok(created(&body))
}

/// `GET /installation/repositories`, with an installation's token.
pub(super) async fn repositories(
    world: web::Data<World>,
    caller: Caller,
    params: Params,
) -> Answer {
    let user = caller.user()?;
    world.read(|render| {
        let is_bot = render.state.users.get(&user).is_some_and(|user| user.kind == Kind::Bot);
        if !is_bot {
            return Err(Refusal::forbidden("You must authenticate with an installation access token in order to list repositories for an installation."));
        }
        let repos: Vec<_> = render.state.repos.values().filter(|repo| repo.owner == world.org).collect();
        let (page, size) = params.window();
        let shown: Vec<Value> = repos
            .iter()
            .skip((page - 1).saturating_mul(size))
            .take(size)
            .map(|repo| render.repository_for(repo, Some(user)))
            .collect();
        let body = json!({"total_count": repos.len(), "repository_selection": "all", "repositories": shown});
        Ok(params.linked(repos.len().div_ceil(size), &body))
    })
}

fn app_hook(render: Render<'_>, caller: Caller) -> Result<u64, Refusal> {
    known(render, caller)?;
    let hook = render
        .state
        .hooks
        .values()
        .find(|hook| hook.scope == Scope::App);
    hook.map(|hook| hook.id).ok_or_else(Refusal::not_found)
}

pub(super) async fn deliveries(world: web::Data<World>, caller: Caller, params: Params) -> Answer {
    world.read(|render| Ok(hooks::log(render, app_hook(render, caller)?, &params)))
}

pub(super) async fn delivery(
    world: web::Data<World>,
    caller: Caller,
    id: web::Path<u64>,
) -> Answer {
    world.read(|render| hooks::log_entry(render, app_hook(render, caller)?, *id))
}

pub(super) async fn redeliver(
    world: web::Data<World>,
    caller: Caller,
    id: web::Path<u64>,
) -> Answer {
    world.write(|tx| {
        let hook = app_hook(tx.render(), caller)?;
        hooks::again(tx, hook, *id)
    })?;
    Ok(HttpResponse::Accepted().json(json!({})))
}
