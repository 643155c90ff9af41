//! `/`, `/user`, `/users/…`, `/orgs/…`, `/rate_limit`.

use actix_web::web;
use serde_json::json;

use super::caller::Caller;
use super::http::ok;
use super::limits::Who;
use super::membership::org_of;
use super::records::Kind;
use super::refusal::{Answer, Refusal};
use super::world::World;

/// What the root tells of the API: a name and the path of its address.
const ADDRESSES: [(&str, &str); 33] = [
    ("current_user", "/user"),
    (
        "current_user_authorizations_html",
        "/settings/connections/applications{/client_id}",
    ),
    ("authorizations", "/authorizations"),
    (
        "code_search",
        "/search/code?q={query}{&page,per_page,sort,order}",
    ),
    (
        "commit_search",
        "/search/commits?q={query}{&page,per_page,sort,order}",
    ),
    ("emails", "/user/emails"),
    ("emojis", "/emojis"),
    ("events", "/events"),
    ("feeds", "/feeds"),
    ("followers", "/user/followers"),
    ("following", "/user/following{/target}"),
    ("gists", "/gists{/gist_id}"),
    ("hub", "/hub"),
    (
        "issue_search",
        "/search/issues?q={query}{&page,per_page,sort,order}",
    ),
    ("issues", "/issues"),
    ("keys", "/user/keys"),
    (
        "label_search",
        "/search/labels?q={query}&repository_id={repository_id}{&page,per_page}",
    ),
    ("notifications", "/notifications"),
    ("organization", "/orgs/{org}"),
    (
        "organization_repositories",
        "/orgs/{org}/repos{?type,page,per_page,sort}",
    ),
    ("organization_teams", "/orgs/{org}/teams"),
    ("public_gists", "/gists/public"),
    ("rate_limit", "/rate_limit"),
    ("repository", "/repos/{owner}/{repo}"),
    (
        "repository_search",
        "/search/repositories?q={query}{&page,per_page,sort,order}",
    ),
    (
        "current_user_repositories",
        "/user/repos{?type,page,per_page,sort}",
    ),
    ("starred", "/user/starred{/owner}{/repo}"),
    ("starred_gists", "/gists/starred"),
    ("topic_search", "/search/topics?q={query}{&page,per_page}"),
    ("user", "/users/{user}"),
    ("user_organizations", "/user/orgs"),
    (
        "user_repositories",
        "/users/{user}/repos{?type,page,per_page,sort}",
    ),
    (
        "user_search",
        "/search/users?q={query}{&page,per_page,sort,order}",
    ),
];

pub(super) async fn root(world: web::Data<World>) -> Answer {
    let base = &world.base;
    let addresses = ADDRESSES.map(|(name, path)| (format!("{name}_url"), format!("{base}{path}")));
    Ok(ok(&json!(std::collections::BTreeMap::from(addresses))))
}

pub(super) async fn meta() -> Answer {
    Ok(ok(
        &json!({"verifiable_password_authentication": false, "installed_version": "3.19.0"}),
    ))
}

pub(super) async fn rate_limit(world: web::Data<World>, caller: Caller) -> Answer {
    let quota = world.meter().quota(Who::from(caller), world.clock.now());
    let reset = quota.reset;
    let core = json!({
        "limit": quota.limit, "used": quota.used, "remaining": quota.limit.saturating_sub(quota.used),
        "reset": reset, "resource": "core",
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
        let org = org_of(render, &login)?;
        Ok(ok(&render.membership(org, user)?))
    })
}
