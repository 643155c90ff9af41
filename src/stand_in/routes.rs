//! Which path is answered by which function.

use actix_web::web;
use actix_web::web::ServiceConfig;

use super::{
    activity, app_hook, apps, checks, collaborators, comments, commits, contents, control,
    git_http, hooks, http, invitations, issues, labels, manifest, membership, oauth, pulls, refs,
    repos, review_comments, reviews, transfer, users,
};

/// Where GitHub takes PATCH it takes POST too, for clients that cannot send PATCH.
/// A path with other methods than these is answered as if it were unknown, as GitHub does.
macro_rules! paths {
    ($config:ident: $($path:literal => $($method:ident $handler:path),+;)+) => {$(
        $config.service(
            web::resource($path)$(.route(web::$method().to($handler)))+.default_service(web::to(http::no_such_page)),
        );
    )+};
}

/// The REST API, once at the root (as api.github.com) and once under `/api/v3` (as GitHub Enterprise Server); git beside it.
pub(super) fn configure(config: &mut ServiceConfig) {
    config.service(
        web::scope("/api/v3")
            .configure(rest)
            .default_service(web::to(http::no_such_page)),
    );
    control::configure(config);
    rest(config);
    paths! { config:
        "/organizations/{org}/settings/apps/new" => get manifest::form, post manifest::create;
        "/login/oauth/authorize" => get oauth::form, post oauth::authorize;
        "/login/oauth/access_token" => post oauth::exchange;
        "/apps/{slug}/installations/new" => get manifest::install_form, post manifest::install;
        "/{owner}/{name}/{service:info/refs|git-upload-pack|git-receive-pack}" =>
            get git_http::serve, post git_http::serve;
    }
}

fn rest(config: &mut ServiceConfig) {
    accounts(config);
    apps(config);
    people(config);
    reviewing(config);
    conversations(config);
    code(config);
}

fn accounts(config: &mut ServiceConfig) {
    paths! { config:
        "" => get users::root;
        "/" => get users::root;
        "/meta" => get users::meta;
        "/rate_limit" => get users::rate_limit;
        "/user" => get users::me;
        "/user/repos" => get repos::list_own, post repos::create_own;
        "/user/repository_invitations" => get invitations::list_own;
        "/user/repository_invitations/{id}" => patch invitations::accept, post invitations::accept, delete invitations::decline;
        "/user/memberships/orgs/{org}" => get users::membership;
        "/user/{id}" => get users::user_by_id;
        "/users/{login}" => get users::user;
        "/orgs/{org}" => get users::org;
        "/orgs/{org}/members" => get membership::list;
        "/orgs/{org}/members/{login}" => get membership::check;
        "/orgs/{org}/public_members/{login}" => get membership::check_public;
        "/orgs/{org}/memberships/{login}" => get membership::of_account;
        "/orgs/{org}/teams" => get membership::teams;
        "/orgs/{org}/teams/{slug}" => get membership::get_team;
        "/orgs/{org}/teams/{slug}/memberships/{login}" => get membership::of_team;
        "/orgs/{org}/repos" => get repos::list_of_org, post repos::create_in_org;
        "/orgs/{org}/hooks" => get hooks::list_org, post hooks::create_org;
        "/orgs/{org}/hooks/{id}" => get hooks::get_org, delete hooks::delete_org;
        "/orgs/{org}/hooks/{id}/deliveries" => get hooks::org_deliveries;
        "/orgs/{org}/hooks/{id}/deliveries/{delivery}/attempts" => post hooks::org_redeliver;
        "/repos/{owner}/{repo}" => get repos::get, patch repos::change, post repos::change, delete repos::delete;
        "/repos/{owner}/{repo}/transfer" => post transfer::transfer;
    }
}

fn apps(config: &mut ServiceConfig) {
    paths! { config:
        "/app" => get apps::app;
        "/app/hook/config" => get app_hook::config, patch app_hook::set_config, post app_hook::set_config;
        "/app/hook/deliveries" => get app_hook::deliveries;
        "/app/hook/deliveries/{id}" => get app_hook::delivery;
        "/app/hook/deliveries/{id}/attempts" => post app_hook::redeliver;
        "/app/installations" => get apps::installations;
        "/app/installations/{id}" => get apps::installation, delete apps::uninstall;
        "/app/installations/{id}/suspended" => put apps::suspend, delete apps::unsuspend;
        "/app/installations/{id}/access_tokens" => post apps::access_token;
        "/app-manifests/{code}/conversions" => post manifest::convert;
        "/applications/{client_id}/token" => post oauth::check_token;
        "/apps/{slug}" => get apps::by_slug;
        "/installation/repositories" => get apps::repositories;
        "/installation/token" => delete apps::revoke;
        "/orgs/{org}/installation" => get apps::account_installation;
        "/users/{login}/installation" => get apps::account_installation;
        "/repos/{owner}/{repo}/installation" => get apps::repo_installation;
    }
}

fn people(config: &mut ServiceConfig) {
    paths! { config:
        "/repos/{owner}/{repo}/collaborators" => get collaborators::list;
        "/repos/{owner}/{repo}/collaborators/{login}" =>
            get collaborators::check, put collaborators::put, delete collaborators::remove;
        "/repos/{owner}/{repo}/collaborators/{login}/permission" => get collaborators::permission;
        "/repos/{owner}/{repo}/invitations" => get invitations::list;
        "/repos/{owner}/{repo}/invitations/{id}" => patch invitations::change, post invitations::change, delete invitations::delete;
        "/repos/{owner}/{repo}/hooks" => get hooks::list_repo, post hooks::create_repo;
        "/repos/{owner}/{repo}/hooks/{id}" => get hooks::get_repo, delete hooks::delete_repo;
        "/repos/{owner}/{repo}/hooks/{id}/pings" => post hooks::ping;
        "/repos/{owner}/{repo}/hooks/{id}/deliveries" => get hooks::deliveries;
        "/repos/{owner}/{repo}/hooks/{id}/deliveries/{delivery}" => get hooks::delivery;
        "/repos/{owner}/{repo}/hooks/{id}/deliveries/{delivery}/attempts" => post hooks::redeliver;
    }
}

fn conversations(config: &mut ServiceConfig) {
    paths! { config:
        "/repos/{owner}/{repo}/labels" => get labels::list, post labels::create;
        "/repos/{owner}/{repo}/labels/{name}" => get labels::get;
        "/repos/{owner}/{repo}/issues" => get issues::list, post issues::create;
        "/repos/{owner}/{repo}/issues/comments" => get comments::list_of_repo;
        "/repos/{owner}/{repo}/issues/comments/{id}" =>
            get comments::get, patch comments::change, post comments::change, delete comments::delete;
        "/repos/{owner}/{repo}/issues/{number}" => get issues::get, patch issues::change, post issues::change;
        "/repos/{owner}/{repo}/issues/{number}/comments" => get comments::list_of_issue, post comments::create;
        "/repos/{owner}/{repo}/pulls" => get pulls::list, post pulls::create;
        "/repos/{owner}/{repo}/pulls/{number}" => get pulls::get, patch pulls::change, post pulls::change;
        "/repos/{owner}/{repo}/pulls/{number}/commits" => get pulls::commits;
        "/repos/{owner}/{repo}/pulls/{number}/files" => get pulls::files;
        "/repos/{owner}/{repo}/pulls/{number}/merge" => get pulls::is_merged, put pulls::merge;
    }
}

/// Before [`conversations`], for `/pulls/comments` is no pull request.
fn reviewing(config: &mut ServiceConfig) {
    paths! { config:
        "/repos/{owner}/{repo}/pulls/comments" => get review_comments::list_of_repo;
        "/repos/{owner}/{repo}/pulls/comments/{id}" =>
            get review_comments::get, patch review_comments::change, post review_comments::change, delete review_comments::delete;
        "/repos/{owner}/{repo}/pulls/{number}/comments" =>
            get review_comments::list_of_pull, post review_comments::create;
        "/repos/{owner}/{repo}/pulls/{number}/comments/{id}/replies" => post review_comments::reply;
        "/repos/{owner}/{repo}/pulls/{number}/reviews" => get reviews::list, post reviews::create;
        "/repos/{owner}/{repo}/pulls/{number}/reviews/{id}" =>
            get reviews::get, put reviews::change, delete reviews::delete_pending;
        "/repos/{owner}/{repo}/pulls/{number}/reviews/{id}/comments" => get reviews::comments;
        "/repos/{owner}/{repo}/pulls/{number}/reviews/{id}/events" => post reviews::submit;
        "/repos/{owner}/{repo}/pulls/{number}/reviews/{id}/dismissals" => put reviews::dismiss;
    }
}

fn code(config: &mut ServiceConfig) {
    paths! { config:
        "/repos/{owner}/{repo}/contents" => get contents::get_root;
        "/repos/{owner}/{repo}/contents/" => get contents::get_root;
        "/repos/{owner}/{repo}/contents/{path:.+}" => get contents::get, put contents::put;
        "/repos/{owner}/{repo}/commits" => get commits::list;
        "/repos/{owner}/{repo}/commits/{sha:.+}/check-runs" => get checks::of_commit;
        "/repos/{owner}/{repo}/commits/{sha:.+}/statuses" => get checks::list_statuses;
        "/repos/{owner}/{repo}/commits/{sha:.+}/status" => get checks::combined_status;
        "/repos/{owner}/{repo}/commits/{sha:.+}" => get commits::get;
        "/repos/{owner}/{repo}/statuses/{sha}" => post checks::create_status;
        "/repos/{owner}/{repo}/check-runs" => post checks::create;
        "/repos/{owner}/{repo}/check-runs/{id}" => get checks::get, patch checks::update, post checks::update;
        "/repos/{owner}/{repo}/activity" => get activity::list;
        "/repos/{owner}/{repo}/branches" => get commits::branches;
        "/repos/{owner}/{repo}/branches/{branch:.+}" => get commits::branch;
        "/repos/{owner}/{repo}/git/ref/{ref:.+}" => get refs::git_ref;
        "/repos/{owner}/{repo}/git/matching-refs/{ref:.+}" => get refs::matching_refs;
        "/repos/{owner}/{repo}/git/refs" => get refs::all_refs, post refs::create_ref;
        "/repos/{owner}/{repo}/git/refs/{ref:.+}" =>
            get refs::git_ref, patch refs::update_ref, post refs::update_ref, delete refs::delete_ref;
    }
}
