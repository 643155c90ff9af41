//! Issues and comments.

use serde_json::{Value, json};

use super::{Render, node_id, reactions, stamp, stamp_opt};
use crate::stand_in::records::{Comment, Issue};

impl Render<'_> {
    pub(in crate::stand_in) fn issue(&self, issue: &Issue) -> Value {
        let Some(repo) = self.state.repos.get(&issue.repo) else {
            return Value::Null;
        };
        let repo_url = self.repo_url(repo);
        let url = format!("{repo_url}/issues/{}", issue.number);
        let page = if issue.pull.is_some() {
            "pull"
        } else {
            "issues"
        };
        let html = format!("{}/{page}/{}", self.repo_html(repo), issue.number);
        let assignees: Vec<Value> = issue.assignees.iter().map(|id| self.user(*id)).collect();
        let mut body = json!({
            "id": issue.id,
            "node_id": node_id("Issue", issue.id),
            "url": url,
            "repository_url": repo_url,
            "labels_url": format!("{url}/labels{{/name}}"),
            "comments_url": format!("{url}/comments"),
            "events_url": format!("{url}/events"),
            "timeline_url": format!("{url}/timeline"),
            "html_url": html,
            "number": issue.number,
            "title": issue.title,
            "user": self.user(issue.author),
            "labels": self.labels(issue.repo, &issue.labels),
            "state": if issue.open { "open" } else { "closed" },
            "state_reason": issue.state_reason,
            "locked": issue.locked,
            "active_lock_reason": null,
            "assignee": assignees.first(),
            "assignees": assignees,
            "milestone": null,
            "comments": self.comments_on(issue),
            "created_at": stamp(issue.created_at),
            "updated_at": stamp(issue.updated_at),
            "closed_at": stamp_opt(issue.closed_at),
            "closed_by": self.user_opt(issue.closed_by),
            "author_association": self.association(repo, issue.author),
            "body": issue.body,
            "reactions": reactions(&url),
            "performed_via_github_app": null,
        });
        if let Some(pull) = &issue.pull {
            body["draft"] = json!(pull.draft);
            body["pull_request"] = json!({
                "url": format!("{repo_url}/pulls/{}", issue.number),
                "html_url": html, "diff_url": format!("{html}.diff"), "patch_url": format!("{html}.patch"),
                "merged_at": stamp_opt(pull.merged.as_ref().map(|merge| merge.at)),
            });
        }
        body
    }

    pub(super) fn comments_on(&self, issue: &Issue) -> usize {
        self.state
            .comments_of(issue.repo)
            .filter(|comment| comment.issue == issue.number)
            .count()
    }

    pub(in crate::stand_in) fn comment(&self, comment: &Comment) -> Value {
        let Some(repo) = self.state.repos.get(&comment.repo) else {
            return Value::Null;
        };
        let repo_url = self.repo_url(repo);
        let url = format!("{repo_url}/issues/comments/{}", comment.id);
        let is_pull = self
            .state
            .issues
            .get(&(comment.repo, comment.issue))
            .is_some_and(|issue| issue.pull.is_some());
        let page = if is_pull { "pull" } else { "issues" };
        let html = self.repo_html(repo);
        json!({
            "id": comment.id,
            "node_id": node_id("IssueComment", comment.id),
            "url": url,
            "html_url": format!("{html}/{page}/{}#issuecomment-{}", comment.issue, comment.id),
            "issue_url": format!("{repo_url}/issues/{}", comment.issue),
            "user": self.user(comment.author),
            "created_at": stamp(comment.created_at),
            "updated_at": stamp(comment.updated_at),
            "author_association": self.association(repo, comment.author),
            "body": comment.body,
            "reactions": reactions(&url),
            "performed_via_github_app": null,
        })
    }
}
