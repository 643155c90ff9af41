//! Repositories, invitations, branches and refs.

use serde_json::{Value, json};

use super::users::merge;
use super::{Render, node_id, stamp};
use crate::stand_in::records::{Invitation, Label, Repo, RepoId, UserId};

impl Render<'_> {
    /// `owner/name`.
    pub(in crate::stand_in) fn full_name(&self, repo: &Repo) -> String {
        let owner = self.state.users.get(&repo.owner);
        format!(
            "{}/{}",
            owner.map_or("ghost", |owner| owner.login.as_str()),
            repo.name
        )
    }

    pub(in crate::stand_in) fn repo_url(&self, repo: &Repo) -> String {
        format!("{}/repos/{}", self.base, self.full_name(repo))
    }

    pub(in crate::stand_in) fn repo_html(&self, repo: &Repo) -> String {
        format!("{}/{}", self.base, self.full_name(repo))
    }

    /// The few fields that stand in webhooks of an installation.
    pub(in crate::stand_in) fn repository_named(&self, repo: &Repo) -> Value {
        json!({
            "id": repo.id, "node_id": node_id("Repository", repo.id), "name": repo.name,
            "full_name": self.full_name(repo), "private": repo.private,
        })
    }

    /// The form with addresses only, as it stands in invitations.
    pub(in crate::stand_in) fn repository_minimal(&self, repo: &Repo) -> Value {
        let url = self.repo_url(repo);
        let mut body = json!({
            "id": repo.id,
            "node_id": node_id("Repository", repo.id),
            "name": repo.name,
            "full_name": self.full_name(repo),
            "owner": self.user(repo.owner),
            "private": repo.private,
            "html_url": self.repo_html(repo),
            "description": repo.description,
            "fork": false,
            "url": url,
        });
        let addresses = [
            ("archive", "/{archive_format}{/ref}"),
            ("assignees", "/assignees{/user}"),
            ("blobs", "/git/blobs{/sha}"),
            ("branches", "/branches{/branch}"),
            ("collaborators", "/collaborators{/collaborator}"),
            ("comments", "/comments{/number}"),
            ("commits", "/commits{/sha}"),
            ("compare", "/compare/{base}...{head}"),
            ("contents", "/contents/{+path}"),
            ("contributors", "/contributors"),
            ("deployments", "/deployments"),
            ("downloads", "/downloads"),
            ("events", "/events"),
            ("forks", "/forks"),
            ("git_commits", "/git/commits{/sha}"),
            ("git_refs", "/git/refs{/sha}"),
            ("git_tags", "/git/tags{/sha}"),
            ("hooks", "/hooks"),
            ("issue_comment", "/issues/comments{/number}"),
            ("issue_events", "/issues/events{/number}"),
            ("issues", "/issues{/number}"),
            ("keys", "/keys{/key_id}"),
            ("labels", "/labels{/name}"),
            ("languages", "/languages"),
            ("merges", "/merges"),
            ("milestones", "/milestones{/number}"),
            ("notifications", "/notifications{?since,all,participating}"),
            ("pulls", "/pulls{/number}"),
            ("releases", "/releases{/id}"),
            ("stargazers", "/stargazers"),
            ("statuses", "/statuses/{sha}"),
            ("subscribers", "/subscribers"),
            ("subscription", "/subscription"),
            ("tags", "/tags"),
            ("teams", "/teams"),
            ("trees", "/git/trees{/sha}"),
        ];
        for (name, path) in addresses {
            body[format!("{name}_url")] = json!(format!("{url}{path}"));
        }
        body
    }

    /// The usual form.
    pub(in crate::stand_in) fn repository(&self, repo: &Repo) -> Value {
        let html = self.repo_html(repo);
        let open = self
            .state
            .issues_of(repo.id)
            .filter(|issue| issue.open)
            .count();
        let mut body = self.repository_minimal(repo);
        let more = json!({
            "clone_url": format!("{html}.git"),
            "git_url": format!("git{}.git", html.trim_start_matches("http")),
            "ssh_url": format!("git@stand-in.invalid:{}.git", self.full_name(repo)),
            "svn_url": html, "mirror_url": null,
            "homepage": repo.homepage, "language": null, "license": null,
            "forks": 0, "forks_count": 0, "stargazers_count": 0, "watchers": 0, "watchers_count": 0,
            "size": 0, "default_branch": repo.default_branch,
            "open_issues": open, "open_issues_count": open,
            "is_template": false, "topics": [],
            "has_issues": repo.has_issues, "has_projects": repo.has_projects, "has_wiki": repo.has_wiki,
            "has_pages": false, "has_downloads": true, "has_discussions": false,
            "archived": repo.archived, "disabled": false, "allow_forking": true,
            "web_commit_signoff_required": false,
            "visibility": if repo.private { "private" } else { "public" },
            "pushed_at": stamp(repo.pushed_at), "created_at": stamp(repo.created_at),
            "updated_at": stamp(repo.updated_at),
        });
        merge(&mut body, more);
        body
    }

    /// The usual form with what the reader may do.
    pub(in crate::stand_in) fn repository_for(&self, repo: &Repo, reader: Option<UserId>) -> Value {
        let mut body = self.repository(repo);
        if reader.is_some() {
            body["permissions"] = self.permissions(self.state.permission(repo, reader));
        }
        body
    }

    /// The form of `GET /repos/{owner}/{repo}`.
    pub(in crate::stand_in) fn repository_in_full(
        &self,
        repo: &Repo,
        reader: Option<UserId>,
    ) -> Value {
        let mut body = self.repository_for(repo, reader);
        let more = json!({
            "network_count": 0, "subscribers_count": 0, "temp_clone_token": "",
            "allow_rebase_merge": repo.allow_rebase_merge, "allow_squash_merge": repo.allow_squash_merge,
            "allow_merge_commit": repo.allow_merge_commit, "allow_auto_merge": false,
            "allow_update_branch": false, "delete_branch_on_merge": repo.delete_branch_on_merge,
            "squash_merge_commit_title": "COMMIT_OR_PR_TITLE",
            "squash_merge_commit_message": "COMMIT_MESSAGES",
            "merge_commit_title": "MERGE_MESSAGE", "merge_commit_message": "PR_TITLE",
        });
        merge(&mut body, more);
        if self.state.is_org(repo.owner) {
            body["organization"] = self.user(repo.owner);
        }
        body
    }

    /// The form in webhooks.
    pub(in crate::stand_in) fn repository_in_event(&self, repo: &Repo) -> Value {
        let mut body = self.repository(repo);
        body["custom_properties"] = json!({});
        body
    }

    /// The form in push webhooks, where two times are numbers: seconds since 1970.
    pub(in crate::stand_in) fn repository_in_push(&self, repo: &Repo) -> Value {
        let mut body = self.repository_in_event(repo);
        body["created_at"] = json!(repo.created_at.timestamp());
        body["pushed_at"] = json!(repo.pushed_at.timestamp());
        body["url"] = json!(self.repo_html(repo));
        body["stargazers"] = json!(0);
        body["master_branch"] = json!(repo.default_branch);
        if let Some(owner) = self.state.users.get(&repo.owner) {
            body["owner"]["name"] = json!(owner.login);
            body["owner"]["email"] = json!(owner.email());
        }
        if self.state.is_org(repo.owner) {
            body["organization"] = body["owner"]["login"].clone();
        }
        body
    }

    pub(in crate::stand_in) fn invitation(&self, invitation: &Invitation) -> Value {
        let repo = self.state.repos.get(&invitation.repo);
        let html = repo.map_or_else(String::new, |repo| self.repo_html(repo));
        json!({
            "id": invitation.id,
            "node_id": node_id("RepositoryInvitation", invitation.id),
            "repository": repo.map_or(Value::Null, |repo| self.repository_minimal(repo)),
            "invitee": self.user(invitation.invitee),
            "inviter": self.user(invitation.inviter),
            "permissions": invitation.permission.role(),
            "created_at": stamp(invitation.created_at),
            "expired": invitation.expired(self.now),
            "url": format!("{}/user/repository_invitations/{}", self.base, invitation.id),
            "html_url": format!("{html}/invitations"),
        })
    }

    pub(in crate::stand_in) fn label(&self, repo: &Repo, label: &Label) -> Value {
        json!({
            "id": label.id, "node_id": node_id("Label", label.id),
            "url": format!("{}/labels/{}", self.repo_url(repo), label.name.replace(' ', "%20")),
            "name": label.name, "color": label.color, "default": false, "description": label.description,
        })
    }

    /// The labels an issue carries, in full.
    pub(super) fn labels(&self, repo: RepoId, names: &[String]) -> Value {
        let Some(row) = self.state.repos.get(&repo) else {
            return json!([]);
        };
        names
            .iter()
            .filter_map(|name| self.state.labels.get(&(repo, name.to_lowercase())))
            .map(|label| self.label(row, label))
            .collect()
    }

    pub(in crate::stand_in) fn git_ref(
        &self,
        repo: &Repo,
        name: &str,
        kind: &str,
        sha: &str,
    ) -> Value {
        let url = self.repo_url(repo);
        let collection = if kind == "tag" { "tags" } else { "commits" };
        json!({
            "ref": name, "node_id": node_id("Ref", format!("{}:{name}", repo.id)),
            "url": format!("{url}/git/{name}"),
            "object": {"type": kind, "sha": sha, "url": format!("{url}/git/{collection}/{sha}")},
        })
    }
}
