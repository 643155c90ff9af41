//! Who is asking, and what they may see. Finders hand out a repository only to those who may know of it, so that handlers
//! hold no access rules of their own.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use actix_web::{FromRequest, HttpRequest, web};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::app_token;
use super::limits::Who;
use super::records::{AppId, InstallationId, Issue, Permission, Repo, UserId};
use super::refusal::Refusal;
use super::render::Render;
use super::state::State;
use super::world::World;

/// The account behind a request, if it named one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Caller {
    Anonymous,
    User(UserId),
    /// A bot with the rights of one installation of its App.
    Installation {
        bot: UserId,
        installation: InstallationId,
    },
    /// An App speaking for itself, with a signed token.
    App(AppId),
}

impl Caller {
    /// The user, or 401 for nobody.
    pub(super) fn user(self) -> Result<UserId, Refusal> {
        match self {
            Caller::User(user) | Caller::Installation { bot: user, .. } => Ok(user),
            Caller::Anonymous => Err(Refusal::requires_authentication()),
            Caller::App(_) => Err(Refusal::not_for_apps()),
        }
    }

    pub(super) fn user_if_any(self) -> Option<UserId> {
        match self {
            Caller::User(user) | Caller::Installation { bot: user, .. } => Some(user),
            Caller::Anonymous | Caller::App(_) => None,
        }
    }

    /// The App, or 401: only App tokens open these paths.
    pub(super) fn app(self) -> Result<AppId, Refusal> {
        match self {
            Caller::App(app) => Ok(app),
            Caller::User(_) | Caller::Installation { .. } | Caller::Anonymous => Err(Refusal::new(
                actix_web::http::StatusCode::UNAUTHORIZED,
                "A JSON web token could not be decoded",
            )),
        }
    }
}

impl From<Caller> for Who {
    fn from(caller: Caller) -> Self {
        match caller {
            Caller::Anonymous => Who::Anonymous,
            Caller::User(user) => Who::User(user),
            Caller::Installation { installation, .. } => Who::Installation(installation),
            Caller::App(app) => Who::App(app),
        }
    }
}

impl FromRequest for Caller {
    type Error = Refusal;
    type Future = Ready<Result<Self, Refusal>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let Some(world) = request.app_data::<web::Data<World>>() else {
            return ready(Err(Refusal::broken("no world")));
        };
        ready(of_request(world, request.headers()))
    }
}

/// Who is asking, by the headers of a request.
pub(super) fn of_request(world: &World, headers: &HeaderMap) -> Result<Caller, Refusal> {
    match secret(headers) {
        None => Ok(Caller::Anonymous),
        Some(secret) => world.read(|render| identify(render, &secret)),
    }
}

/// The account a token belongs to.
fn identify(render: Render<'_>, secret: &str) -> Result<Caller, Refusal> {
    if secret.matches('.').count() == 2 {
        return app_token::verify(render, secret).map(Caller::App);
    }
    let token = render
        .state
        .tokens
        .get(&secret.to_owned())
        .filter(|token| token.expires_at.is_none_or(|end| end > render.now))
        .ok_or_else(Refusal::bad_credentials)?;
    let Some(narrowed) = &token.installation else {
        return Ok(Caller::User(token.user));
    };
    let installation = render
        .state
        .installations
        .get(&narrowed.installation)
        .ok_or_else(Refusal::bad_credentials)?;
    if installation.suspended.is_some() {
        return Err(Refusal::suspended());
    }
    Ok(Caller::Installation {
        bot: token.user,
        installation: installation.id,
    })
}

/// The token in `Authorization`: as `Bearer`, as `token`, or as the password of basic authentication.
pub(super) fn secret(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, rest) = value.split_once(' ')?;
    let rest = rest.trim();
    if scheme.eq_ignore_ascii_case("basic") {
        let decoded = String::from_utf8(STANDARD.decode(rest).ok()?).ok()?;
        let (user, password) = decoded.split_once(':')?;
        // A token may also stand in the place of the user name, with no password or a conventional one.
        let secret = match password {
            "" | "x-oauth-basic" => user,
            other => other,
        };
        return Some(secret.to_owned());
    }
    Some(rest.to_owned())
}

impl<'a> Render<'a> {
    /// The repository, for callers who may know of it. A former name is answered with the new address.
    pub(super) fn visible_repo(
        &self,
        caller: Caller,
        owner: &str,
        name: &str,
    ) -> Result<&'a Repo, Refusal> {
        let state: &'a State = self.state;
        let user = caller.user_if_any();
        if let Some(repo) = state.repo_by_name(owner, name) {
            return state
                .permission(repo, user)
                .map(|_| repo)
                .ok_or_else(Refusal::not_found);
        }
        let former = format!("{owner}/{name}").to_lowercase();
        match state
            .former_names
            .get(&former)
            .and_then(|id| state.repos.get(id))
        {
            Some(repo) if state.permission(repo, user).is_some() => Err(Refusal::moved(format!(
                "{}/repositories/{}",
                self.base, repo.id
            ))),
            _ => Err(Refusal::not_found()),
        }
    }

    /// The repository to change, if the caller has at least this permission: 404 for who may not know of it, 403 for who
    /// may not do it, or where nobody may any more.
    pub(super) fn repo(
        &self,
        caller: Caller,
        path: (&str, &str),
        least: Permission,
    ) -> Result<&'a Repo, Refusal> {
        let repo = self.visible_repo(caller, path.0, path.1)?;
        if repo.archived && least > Permission::Pull && least < Permission::Admin {
            caller.user()?;
            return Err(Refusal::forbidden(
                "Repository was archived so is read-only.",
            ));
        }
        self.repo_to_read(caller, path, least)
    }

    /// The repository to read what only those with this permission may: an archived one is read as before.
    pub(super) fn repo_to_read(
        &self,
        caller: Caller,
        path: (&str, &str),
        least: Permission,
    ) -> Result<&'a Repo, Refusal> {
        let repo = self.visible_repo(caller, path.0, path.1)?;
        if least > Permission::Pull {
            let user = caller.user()?;
            if self.state.permission(repo, Some(user)) < Some(least) {
                return Err(Refusal::forbidden(match least {
                    Permission::Admin => "Must have admin rights to Repository.",
                    _ => "Must have push access to repository",
                }));
            }
        }
        Ok(repo)
    }

    /// An issue or pull request; 410 for a deleted one.
    pub(super) fn issue_of(&self, repo: &Repo, number: u64) -> Result<&'a Issue, Refusal> {
        let state: &'a State = self.state;
        match state.issues.get(&(repo.id, number)) {
            Some(issue) if issue.deleted => Err(Refusal::gone("This issue was deleted")),
            Some(issue) => Ok(issue),
            None => Err(Refusal::not_found()),
        }
    }
}
