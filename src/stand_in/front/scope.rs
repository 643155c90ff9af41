//! What a token opens: one of an installation the repositories of its own account, as far as its permissions go; a
//! person's fine-grained one what the person may, as far as its permissions go.

use actix_web::dev::ServiceRequest;

use super::needs;
use crate::stand_in::caller::{Caller, secret};
use crate::stand_in::records::{Grants, Narrowed, Repo, UserId};
use crate::stand_in::refusal::Refusal;
use crate::stand_in::render::Render;

/// Refuses an installation what is not its own or not granted to it; lets everybody else pass.
pub(super) fn check(
    render: Render<'_>,
    caller: Caller,
    request: &ServiceRequest,
    route: &str,
) -> Result<(), Refusal> {
    match caller {
        Caller::Installation { .. } => {}
        Caller::User(_) => return check_fine_grained(render, request, route),
        Caller::Anonymous | Caller::App(_) => return Ok(()),
    }
    let Some(reach) = reach(render, request.headers()) else {
        return Err(Refusal::bad_credentials());
    };
    let method = request.method().as_str();
    let needs = needs::of(method, route).ok_or_else(Refusal::not_for_apps)?;
    let path = request.path().trim_start_matches("/api/v3");
    let mut words = path.trim_start_matches('/').split('/');
    let reads = matches!(method, "GET" | "HEAD");
    match (words.next(), words.next(), words.next()) {
        (Some("repos"), Some(owner), Some(name)) => {
            let former = format!("{owner}/{name}").to_lowercase();
            let repo = render.state.repo_by_name(owner, name).or_else(|| {
                let id = render.state.former_names.get(&former)?;
                render.state.repos.get(id)
            });
            reach.repo(repo, reads)?;
        }
        (Some("orgs"), Some(org), Some(_)) => {
            let org = render.state.user_by_login(org);
            if org.is_some_and(|org| org.id != reach.account) && !reads {
                return Err(Refusal::not_for_apps());
            }
        }
        _ => {}
    }
    if needs::are_met(needs, &reach.permissions) {
        return Ok(());
    }
    Err(Refusal::not_for_apps().with_header("X-Accepted-GitHub-Permissions", needs::told(needs)))
}

/// Refuses a fine-grained token what was not granted to it. Paths about the person are open to every one.
fn check_fine_grained(
    render: Render<'_>,
    request: &ServiceRequest,
    route: &str,
) -> Result<(), Refusal> {
    let secret = secret(request.headers());
    let token = secret.and_then(|secret| render.state.tokens.get(&secret));
    let (Some(granted), Some(needs)) = (
        token.and_then(|token| token.permissions.as_ref()),
        needs::of(request.method().as_str(), route),
    ) else {
        return Ok(());
    };
    if needs::are_met(needs, granted) {
        return Ok(());
    }
    Err(
        Refusal::forbidden("Resource not accessible by personal access token")
            .with_header("X-Accepted-GitHub-Permissions", needs::told(needs)),
    )
}

/// How far a token reaches.
pub(in crate::stand_in) struct Reach {
    pub account: UserId,
    pub permissions: Grants,
    narrowed: Narrowed,
}

/// The reach of the installation's token in these headers.
pub(in crate::stand_in) fn reach(
    render: Render<'_>,
    headers: &actix_web::http::header::HeaderMap,
) -> Option<Reach> {
    let token = render.state.tokens.get(&secret(headers)?)?;
    let narrowed = token.installation.clone()?;
    let row = render.state.installations.get(&narrowed.installation)?;
    let permissions = match &narrowed.permissions {
        // A token never opens more than its installation still may.
        Some(asked) => asked
            .iter()
            .filter_map(|(name, level)| {
                let has = row.permissions.get(name)?;
                Some((name.clone(), *level.min(has)))
            })
            .collect(),
        None => row.permissions.clone(),
    };
    Some(Reach {
        account: row.account,
        permissions,
        narrowed,
    })
}

impl Reach {
    /// Whether the repository is one of those the token is for.
    pub(in crate::stand_in) fn holds(&self, repo: &Repo) -> bool {
        let chosen = self.narrowed.repositories.as_ref();
        repo.owner == self.account && chosen.is_none_or(|chosen| chosen.contains(&repo.id))
    }

    /// A foreign repository is not there, unless it is public and only read.
    fn repo(&self, repo: Option<&Repo>, reads: bool) -> Result<(), Refusal> {
        match repo {
            Some(repo) if self.holds(repo) => Ok(()),
            Some(repo) if !repo.private && reads => Ok(()),
            Some(repo) if !repo.private => Err(Refusal::not_for_apps()),
            Some(_) => Err(Refusal::not_found()),
            // The handler says what is not there.
            None => Ok(()),
        }
    }
}
