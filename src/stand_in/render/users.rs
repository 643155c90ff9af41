//! Users and organisations.

use serde_json::{Value, json};

use super::{Render, node_id, stamp};
use crate::stand_in::records::{Kind, Permission, Repo, User, UserId};

/// The number of the account that stands for deleted ones.
const GHOST: UserId = 10137;

impl Render<'_> {
    /// The short form that stands in other bodies; a user who is gone is GitHub's `ghost`.
    pub(in crate::stand_in) fn user(&self, id: UserId) -> Value {
        let (id, login, kind) = match self.state.users.get(&id) {
            Some(user) => (id, user.login.as_str(), user.kind),
            None => (GHOST, "ghost", Kind::User),
        };
        let path = login.replace('[', "%5B").replace(']', "%5D");
        let url = format!("{}/users/{path}", self.base);
        let kind_name = match kind {
            Kind::User => "User",
            Kind::Organization => "Organization",
            Kind::Bot => "Bot",
        };
        json!({
            "login": login,
            "id": id,
            "node_id": node_id(kind_name, id),
            "avatar_url": format!("{}/avatars/u/{id}", self.base),
            "gravatar_id": "",
            "url": url,
            "html_url": format!("{}/{path}", self.base),
            "followers_url": format!("{url}/followers"),
            "following_url": format!("{url}/following{{/other_user}}"),
            "gists_url": format!("{url}/gists{{/gist_id}}"),
            "starred_url": format!("{url}/starred{{/owner}}{{/repo}}"),
            "subscriptions_url": format!("{url}/subscriptions"),
            "organizations_url": format!("{url}/orgs"),
            "repos_url": format!("{url}/repos"),
            "events_url": format!("{url}/events{{/privacy}}"),
            "received_events_url": format!("{url}/received_events"),
            "type": kind_name,
            "user_view_type": "public",
            "site_admin": false,
        })
    }

    pub(in crate::stand_in) fn user_opt(&self, id: Option<UserId>) -> Value {
        id.map_or(Value::Null, |id| self.user(id))
    }

    /// The long form of `GET /users/{login}` and, with what only its owner sees, of `GET /user`.
    pub(in crate::stand_in) fn profile(&self, user: &User, own: bool) -> Value {
        let mut body = self.user(user.id);
        let repos = self
            .state
            .repos
            .values()
            .filter(|repo| repo.owner == user.id);
        let (private, public): (Vec<_>, Vec<_>) = repos.partition(|repo| repo.private);
        let more = json!({
            "name": user.name, "company": null, "blog": "", "location": null, "email": user.email(),
            "hireable": null, "bio": null, "twitter_username": null,
            "public_repos": public.len(), "public_gists": 0, "followers": 0, "following": 0,
            "created_at": stamp(user.created_at), "updated_at": stamp(user.created_at),
        });
        merge(&mut body, more);
        if own {
            merge(
                &mut body,
                json!({
                    "private_gists": 0, "total_private_repos": private.len(),
                    "owned_private_repos": private.len(), "disk_usage": 0, "collaborators": 0,
                    "two_factor_authentication": true,
                }),
            );
        }
        body
    }

    /// The short form of an organisation in webhooks.
    pub(in crate::stand_in) fn organization(&self, id: UserId) -> Value {
        let login = self
            .state
            .users
            .get(&id)
            .map_or("ghost", |org| org.login.as_str());
        let url = format!("{}/orgs/{login}", self.base);
        json!({
            "login": login, "id": id, "node_id": node_id("Organization", id), "url": url,
            "repos_url": format!("{url}/repos"), "events_url": format!("{url}/events"),
            "hooks_url": format!("{url}/hooks"), "issues_url": format!("{url}/issues"),
            "members_url": format!("{url}/members{{/member}}"),
            "public_members_url": format!("{url}/public_members{{/member}}"),
            "avatar_url": format!("{}/avatars/u/{id}", self.base), "description": "",
        })
    }

    /// The long form of `GET /orgs/{org}`.
    pub(in crate::stand_in) fn organization_in_full(&self, org: &User) -> Value {
        let mut body = self.organization(org.id);
        let repos = self
            .state
            .repos
            .values()
            .filter(|repo| repo.owner == org.id);
        let public = repos.filter(|repo| !repo.private).count();
        merge(
            &mut body,
            json!({
                "name": org.name, "html_url": format!("{}/{}", self.base, org.login),
                "has_organization_projects": true, "has_repository_projects": true,
                "public_repos": public, "public_gists": 0, "followers": 0, "following": 0,
                "created_at": stamp(org.created_at), "updated_at": stamp(org.created_at),
                "archived_at": null, "type": "Organization",
            }),
        );
        body
    }

    pub(in crate::stand_in) fn collaborator(&self, user: UserId, permission: Permission) -> Value {
        let mut body = self.user(user);
        body["permissions"] = self.permissions(Some(permission));
        body["role_name"] = json!(permission.role());
        body
    }

    pub(in crate::stand_in) fn permissions(&self, permission: Option<Permission>) -> Value {
        let may = |least: Permission| permission >= Some(least);
        json!({
            "admin": may(Permission::Admin), "maintain": may(Permission::Maintain),
            "push": may(Permission::Push), "triage": may(Permission::Triage),
            "pull": may(Permission::Pull),
        })
    }

    /// GitHub's word for how an author stands to a repository. It shows no membership that is not public.
    pub(super) fn association(&self, repo: &Repo, author: UserId) -> &'static str {
        if repo.owner == author {
            "OWNER"
        } else if self.state.members.get(&(repo.owner, author)).is_some()
            && self.state.concealed.get(&(repo.owner, author)).is_none()
        {
            "MEMBER"
        } else if self.state.collaborators.get(&(repo.id, author)).is_some() {
            "COLLABORATOR"
        } else {
            "NONE"
        }
    }
}

/// Adds the fields of `more` to `body`.
pub(super) fn merge(body: &mut Value, more: Value) {
    if let (Value::Object(body), Value::Object(more)) = (body, more) {
        body.extend(more);
    }
}
