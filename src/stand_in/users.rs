//! `/`, `/user`, `/users/…`, `/orgs/…`, `/rate_limit`.

use actix_web::{HttpRequest, web};
use serde_json::json;

use super::caller::Caller;
use super::http::{ok, quota, who};
use super::records::Kind;
use super::refusal::{Answer, Refusal};
use super::world::World;

pub(super) async fn root(world: web::Data<World>) -> Answer {
    let base = &world.base;
    Ok(ok(&json!({
        "current_user_url": format!("{base}/user"),
        "rate_limit_url": format!("{base}/rate_limit"),
        "repository_url": format!("{base}/repos/{{owner}}/{{repo}}"),
        "organization_url": format!("{base}/orgs/{{org}}"),
        "user_url": format!("{base}/users/{{user}}"),
    })))
}

pub(super) async fn meta() -> Answer {
    Ok(ok(
        &json!({"verifiable_password_authentication": false, "installed_version": "3.19.0"}),
    ))
}

pub(super) async fn rate_limit(
    world: web::Data<World>,
    request: HttpRequest,
    _caller: Caller,
) -> Answer {
    let (limit, used, reset) = quota(&world, &who(&request), false);
    let core = json!({
        "limit": limit, "used": used, "remaining": limit.saturating_sub(used), "reset": reset, "resource": "core",
    });
    let search =
        json!({"limit": 30, "used": 0, "remaining": 30, "reset": reset, "resource": "search"});
    Ok(ok(
        &json!({"resources": {"core": core, "search": search}, "rate": core}),
    ))
}

pub(super) async fn me(world: web::Data<World>, caller: Caller) -> Answer {
    let user = caller.user()?;
    world.read(|render| {
        let user = render
            .state
            .users
            .get(&user)
            .ok_or_else(Refusal::not_found)?;
        if user.kind == Kind::Bot {
            return Err(Refusal::forbidden("Resource not accessible by integration"));
        }
        Ok(ok(&render.profile(user, true)))
    })
}

pub(super) async fn user(
    world: web::Data<World>,
    _caller: Caller,
    login: web::Path<String>,
) -> Answer {
    world.read(|render| {
        let user = render
            .state
            .user_by_login(&login)
            .ok_or_else(Refusal::not_found)?;
        Ok(ok(&render.profile(user, false)))
    })
}

/// `GET /user/{id}`: an account by its number, which outlives a change of its login.
pub(super) async fn user_by_id(
    world: web::Data<World>,
    _caller: Caller,
    id: web::Path<u64>,
) -> Answer {
    world.read(|render| {
        let user = render.state.users.get(&id).ok_or_else(Refusal::not_found)?;
        Ok(ok(&render.profile(user, false)))
    })
}

pub(super) async fn org(
    world: web::Data<World>,
    _caller: Caller,
    login: web::Path<String>,
) -> Answer {
    world.read(|render| {
        let org = render
            .state
            .user_by_login(&login)
            .filter(|org| org.kind == Kind::Organization)
            .ok_or_else(Refusal::not_found)?;
        Ok(ok(&render.organization_in_full(org)))
    })
}

/// `GET /user/memberships/orgs/{org}`: what the caller is in an organisation.
pub(super) async fn membership(
    world: web::Data<World>,
    caller: Caller,
    login: web::Path<String>,
) -> Answer {
    let user = caller.user()?;
    world.read(|render| {
        let org = render
            .state
            .user_by_login(&login)
            .ok_or_else(Refusal::not_found)?;
        let owner = render
            .state
            .members
            .get(&(org.id, user))
            .ok_or_else(Refusal::not_found)?;
        let url = format!("{}/orgs/{}", render.base, org.login);
        let account = render.user(user);
        Ok(ok(&json!({
            "url": format!("{url}/memberships/{}", account["login"].as_str().unwrap_or_default()),
            "state": "active", "role": if *owner { "admin" } else { "member" },
            "organization_url": url, "organization": render.organization(org.id), "user": account,
        })))
    })
}
