//! Pull requests.

use serde_json::{Value, json};

use super::users::merge;
use super::{Render, node_id, stamp, stamp_opt};
use crate::stand_in::records::{Issue, Repo};

impl Render<'_> {
    /// The form in lists.
    pub(in crate::stand_in) fn pull_simple(&self, issue: &Issue) -> Value {
        let (Some(repo), Some(pull)) = (self.state.repos.get(&issue.repo), &issue.pull) else {
            return Value::Null;
        };
        let repo_url = self.repo_url(repo);
        let url = format!("{repo_url}/pulls/{}", issue.number);
        let issue_url = format!("{repo_url}/issues/{}", issue.number);
        let html = format!("{}/pull/{}", self.repo_html(repo), issue.number);
        let statuses = format!("{repo_url}/statuses/{}", pull.head_sha);
        let assignees: Vec<Value> = issue.assignees.iter().map(|id| self.user(*id)).collect();
        let links = json!({
            "self": {"href": url}, "html": {"href": html}, "issue": {"href": issue_url},
            "comments": {"href": format!("{issue_url}/comments")},
            "review_comments": {"href": format!("{url}/comments")},
            "review_comment": {"href": format!("{repo_url}/pulls/comments{{/number}}")},
            "commits": {"href": format!("{url}/commits")},
            "statuses": {"href": statuses},
        });
        let mut body = json!({
            "id": pull.id,
            "node_id": node_id("PullRequest", pull.id),
            "url": url,
            "html_url": html,
            "diff_url": format!("{html}.diff"),
            "patch_url": format!("{html}.patch"),
            "issue_url": issue_url,
            "commits_url": format!("{url}/commits"),
            "review_comments_url": format!("{url}/comments"),
            "review_comment_url": format!("{repo_url}/pulls/comments{{/number}}"),
            "comments_url": format!("{issue_url}/comments"),
            "statuses_url": statuses,
            "number": issue.number,
            "state": if issue.open { "open" } else { "closed" },
            "locked": issue.locked,
            "active_lock_reason": null,
            "title": issue.title,
            "user": self.user(issue.author),
            "body": issue.body,
            "labels": self.labels(issue.repo, &issue.labels),
            "milestone": null,
            "created_at": stamp(issue.created_at),
            "updated_at": stamp(issue.updated_at),
            "closed_at": stamp_opt(issue.closed_at),
            "merged_at": stamp_opt(pull.merged.as_ref().map(|merge| merge.at)),
            "merge_commit_sha": pull.merged.as_ref().map(|merge| merge.sha.as_str()),
            "assignee": assignees.first(),
            "assignees": assignees,
            "requested_reviewers": [],
            "requested_teams": [],
            "draft": pull.draft,
            "head": self.end(repo, &pull.head_ref, &pull.head_sha),
            "base": self.end(repo, &pull.base_ref, &pull.base_sha),
            "author_association": self.association(repo, issue.author),
            "auto_merge": null,
        });
        body["_links"] = links;
        body
    }

    /// The form of a single pull request, and in webhooks.
    pub(in crate::stand_in) fn pull(&self, issue: &Issue) -> Value {
        let mut body = self.pull_simple(issue);
        if let Some(pull) = &issue.pull {
            merge(
                &mut body,
                json!({
                    "merged": pull.merged.is_some(),
                    "mergeable": null, "rebaseable": null, "mergeable_state": "unknown",
                    "merged_by": self.user_opt(pull.merged.as_ref().map(|merge| merge.by)),
                    "comments": self.comments_on(issue), "review_comments": self.review_comments_on(issue),
                    "maintainer_can_modify": false,
                    "commits": pull.commits, "additions": pull.additions,
                    "deletions": pull.deletions, "changed_files": pull.changed_files,
                }),
            );
        }
        body
    }

    fn end(&self, repo: &Repo, branch: &str, sha: &str) -> Value {
        let mut body = self.repository(repo);
        merge(
            &mut body,
            json!({
                "allow_rebase_merge": repo.allow_rebase_merge, "allow_squash_merge": repo.allow_squash_merge,
                "allow_merge_commit": repo.allow_merge_commit, "allow_auto_merge": false,
                "allow_update_branch": false, "delete_branch_on_merge": repo.delete_branch_on_merge,
                "custom_properties": {},
            }),
        );
        let owner = self
            .state
            .users
            .get(&repo.owner)
            .map_or("ghost", |owner| owner.login.as_str());
        json!({
            "label": format!("{owner}:{branch}"), "ref": branch, "sha": sha,
            "user": self.user(repo.owner), "repo": body,
        })
    }
}
