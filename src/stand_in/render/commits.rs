//! Commits, as the REST API and as push webhooks show them.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{Render, node_id, stamp};
use crate::stand_in::log::{Commit, Person};
use crate::stand_in::records::Repo;

impl Render<'_> {
    pub(in crate::stand_in) fn commit(&self, repo: &Repo, commit: &Commit) -> Value {
        let repo_url = self.repo_url(repo);
        let html = self.repo_html(repo);
        let url = format!("{repo_url}/commits/{}", commit.sha);
        let parents: Vec<Value> = commit
            .parents
            .iter()
            .map(|sha| {
                json!({
                    "sha": sha, "url": format!("{repo_url}/commits/{sha}"),
                    "html_url": format!("{html}/commit/{sha}"),
                })
            })
            .collect();
        json!({
            "sha": commit.sha,
            "node_id": node_id("Commit", &commit.sha),
            "commit": {
                "author": signature(&commit.author),
                "committer": signature(&commit.committer),
                "message": commit.message,
                "tree": {"sha": commit.tree, "url": format!("{repo_url}/git/trees/{}", commit.tree)},
                "url": format!("{repo_url}/git/commits/{}", commit.sha),
                "comment_count": 0,
                "verification": {
                    "verified": false, "reason": "unsigned", "signature": null, "payload": null,
                    "verified_at": null,
                },
            },
            "url": url,
            "html_url": format!("{html}/commit/{}", commit.sha),
            "comments_url": format!("{url}/comments"),
            "author": self.account(&commit.author),
            "committer": self.account(&commit.committer),
            "parents": parents,
        })
    }

    /// The form in push webhooks.
    pub(in crate::stand_in) fn pushed_commit(
        &self,
        repo: &Repo,
        commit: &Commit,
        distinct: bool,
    ) -> Value {
        json!({
            "id": commit.sha, "tree_id": commit.tree, "distinct": distinct, "message": commit.message,
            "timestamp": commit.committer.date,
            "url": format!("{}/commit/{}", self.repo_html(repo), commit.sha),
            "author": self.identity(&commit.author),
            "committer": self.identity(&commit.committer),
            "added": commit.added, "removed": commit.removed, "modified": commit.modified,
        })
    }

    fn identity(&self, person: &Person) -> Value {
        let mut body = json!({"name": person.name, "email": person.email, "date": person.date});
        if let Some(login) = self.account(person)["login"].as_str() {
            body["username"] = json!(login);
        }
        body
    }

    /// The account that a commit's address belongs to. An address is only a claim: anybody may write any into a commit.
    fn account(&self, person: &Person) -> Value {
        self.state
            .users
            .values()
            .find(|user| user.email().eq_ignore_ascii_case(&person.email))
            .map_or(Value::Null, |user| self.user(user.id))
    }
}

/// The form of the REST API, whose times are in UTC.
fn signature(person: &Person) -> Value {
    let date = DateTime::parse_from_rfc3339(&person.date).map_or_else(
        |_| person.date.clone(),
        |date| stamp(date.with_timezone(&Utc)),
    );
    json!({"name": person.name, "email": person.email, "date": date})
}
