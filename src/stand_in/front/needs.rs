//! Which permission of an App each path needs, and how far. Source: docs.github.com, "Permissions required for GitHub Apps".

use crate::stand_in::records::{Grants, Level};

/// Permissions, of which one is enough. None: any installation may.
pub(super) type Needs = &'static [(&'static str, Level)];

const READ_METADATA: Needs = &[("metadata", Level::Read)];
const ADMINISTER: Needs = &[("administration", Level::Write)];
const READ_ADMINISTRATION: Needs = &[("administration", Level::Read)];
const READ_CODE: Needs = &[("contents", Level::Read)];
const WRITE_CODE: Needs = &[("contents", Level::Write)];
const READ_TALK: Needs = &[("issues", Level::Read), ("pull_requests", Level::Read)];
const WRITE_TALK: Needs = &[("issues", Level::Write), ("pull_requests", Level::Write)];
const READ_PULLS: Needs = &[("pull_requests", Level::Read)];
const WRITE_PULLS: Needs = &[("pull_requests", Level::Write)];
const READ_HOOKS: Needs = &[("repository_hooks", Level::Read)];
const WRITE_HOOKS: Needs = &[("repository_hooks", Level::Write)];
const READ_MEMBERS: Needs = &[("members", Level::Read)];
const READ_ORG_HOOKS: Needs = &[("organization_hooks", Level::Read)];
const WRITE_ORG_HOOKS: Needs = &[("organization_hooks", Level::Write)];

/// What a route needs that installations may take at all; `None` for those that are closed to them.
pub(super) fn of(method: &str, route: &str) -> Option<Needs> {
    let reads = matches!(method, "GET" | "HEAD");
    let either = |read, write| if reads { read } else { write };
    if let Some(rest) = route.strip_prefix("/repos/{owner}/{repo}") {
        let part = rest.trim_start_matches('/').split('/').next();
        return Some(match (part.unwrap_or_default(), reads) {
            ("", true) | ("collaborators" | "installation", true) => READ_METADATA,
            ("" | "transfer" | "collaborators", false) => ADMINISTER,
            ("invitations", _) => either(READ_ADMINISTRATION, ADMINISTER),
            ("hooks", _) => either(READ_HOOKS, WRITE_HOOKS),
            ("labels" | "issues", _) => either(READ_TALK, WRITE_TALK),
            ("pulls", false) if rest.ends_with("/merge") => WRITE_CODE,
            ("pulls", _) => either(READ_PULLS, WRITE_PULLS),
            ("check-runs", _) => either(&[("checks", Level::Read)], &[("checks", Level::Write)]),
            ("statuses", _) => either(&[("statuses", Level::Read)], &[("statuses", Level::Write)]),
            ("commits", _) if rest.ends_with("/check-runs") => &[("checks", Level::Read)],
            ("commits", _) if rest.ends_with("/status") || rest.ends_with("/statuses") => {
                &[("statuses", Level::Read)]
            }
            _ => either(READ_CODE, WRITE_CODE),
        });
    }
    match route {
        "/orgs/{org}/repos" => Some(either(READ_METADATA, ADMINISTER)),
        _ if route.starts_with("/orgs/{org}/hooks") => {
            Some(either(READ_ORG_HOOKS, WRITE_ORG_HOOKS))
        }
        _ if [
            "/orgs/{org}/members",
            "/orgs/{org}/memberships",
            "/orgs/{org}/teams",
        ]
        .iter()
        .any(|part| route == *part || route.starts_with(&format!("{part}/"))) =>
        {
            Some(READ_MEMBERS)
        }
        "/user/{id}" => Some(&[]),
        _ if route == "/user" || route.starts_with("/user/") => None,
        _ => Some(&[]),
    }
}

/// What a comment on a pull request needs, all of it. GitHub's list says that either is enough, and GitHub itself does not
/// (github/rest-api-description#6994).
pub(super) const TO_COMMENT_ON_PULLS: Needs =
    &[("issues", Level::Write), ("pull_requests", Level::Write)];

/// What a push needs besides where it changes a CI workflow.
pub(in crate::stand_in) const TO_CHANGE_WORKFLOWS: Needs = &[("workflows", Level::Write)];

/// What git needs of an installation.
pub(in crate::stand_in) fn of_git(writes: bool) -> Needs {
    if writes { WRITE_CODE } else { READ_CODE }
}

/// Whether one of the permissions that would do is there.
pub(in crate::stand_in) fn are_met(needs: Needs, granted: &Grants) -> bool {
    needs.is_empty()
        || needs
            .iter()
            .any(|(name, level)| granted.get(*name).is_some_and(|has| has >= level))
}

/// Whether all of these are there.
pub(super) fn are_all_met(needs: Needs, granted: &Grants) -> bool {
    needs
        .iter()
        .all(|(name, level)| granted.get(*name).is_some_and(|has| has >= level))
}

/// As `X-Accepted-GitHub-Permissions` tells of permissions that are alternatives: `issues=write; pull_requests=write`.
pub(super) fn told(needs: Needs) -> String {
    words(needs).join("; ")
}

/// As the header tells of permissions that are needed together: `issues=write,pull_requests=write`.
pub(super) fn told_together(needs: Needs) -> String {
    words(needs).join(",")
}

fn words(needs: Needs) -> Vec<String> {
    needs
        .iter()
        .map(|(name, level)| {
            let level = match level {
                Level::Read => "read",
                Level::Write => "write",
                Level::Admin => "admin",
            };
            format!("{name}={level}")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_path_needs_what_githubs_list_says() {
        for (method, route, told_as) in [
            ("POST", "/orgs/{org}/repos", "administration=write"),
            ("GET", "/repos/{owner}/{repo}", "metadata=read"),
            ("GET", "/orgs/{org}/members/{login}", "members=read"),
            ("GET", "/orgs/{org}/memberships/{login}", "members=read"),
            (
                "GET",
                "/orgs/{org}/teams/{slug}/memberships/{login}",
                "members=read",
            ),
            ("PATCH", "/repos/{owner}/{repo}", "administration=write"),
            (
                "PUT",
                "/repos/{owner}/{repo}/collaborators/{login}",
                "administration=write",
            ),
            (
                "POST",
                "/repos/{owner}/{repo}/issues",
                "issues=write; pull_requests=write",
            ),
            (
                "GET",
                "/repos/{owner}/{repo}/commits/{sha}",
                "contents=read",
            ),
            (
                "GET",
                "/repos/{owner}/{repo}/commits/{sha}/check-runs",
                "checks=read",
            ),
            (
                "PUT",
                "/repos/{owner}/{repo}/pulls/{number}/merge",
                "contents=write",
            ),
        ] {
            assert_eq!(
                told(of(method, route).unwrap()),
                told_as,
                "{method} {route}"
            );
        }
        assert!(of("GET", "/user").is_none());
    }
}
