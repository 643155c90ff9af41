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
    match lacking(render, request, (route, needs), &reach.permissions) {
        None => Ok(()),
        Some(told) => Err(Refusal::not_for_apps().with_header(ACCEPTED, told)),
    }
}

/// The header that names the permissions that would do.
const ACCEPTED: &str = "X-Accepted-GitHub-Permissions";

/// What would have to be granted, in GitHub's words; `None` where the request is allowed.
fn lacking(
    render: Render<'_>,
    request: &ServiceRequest,
    (route, needs): (&str, needs::Needs),
    granted: &Grants,
) -> Option<String> {
    if is_comment_on_pull(render, request, route) {
        let needs = needs::TO_COMMENT_ON_PULLS;
        return (!needs::are_all_met(needs, granted)).then(|| needs::told_together(needs));
    }
    (!needs::are_met(needs, granted)).then(|| needs::told(needs))
}

/// Does the request write, change or delete a comment on a pull request?
fn is_comment_on_pull(render: Render<'_>, request: &ServiceRequest, route: &str) -> bool {
    if matches!(request.method().as_str(), "GET" | "HEAD") {
        return false;
    }
    let path = request.path().trim_start_matches("/api/v3");
    let words: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    let ["repos", owner, name, "issues", first, second, ..] = words[..] else {
        return false;
    };
    let Some(repo) = render.state.repo_by_name(owner, name) else {
        return false;
    };
    let number = match route.strip_prefix("/repos/{owner}/{repo}/issues/") {
        Some("{number}/comments") => first.parse().ok(),
        Some("comments/{id}") => second
            .parse()
            .ok()
            .and_then(|id| render.state.comments.get(&(repo.id, id)))
            .map(|comment| comment.issue),
        Some(_) | None => None,
    };
    number
        .and_then(|number| render.state.issues.get(&(repo.id, number)))
        .is_some_and(|issue| issue.pull.is_some())
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
    match lacking(render, request, (route, needs), granted) {
        None => Ok(()),
        Some(told) => Err(
            Refusal::forbidden("Resource not accessible by personal access token")
                .with_header(ACCEPTED, told),
        ),
    }
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
