//! What the service itself does at GitHub: repositories, invitations, issues.

use http::Method;
use serde::Deserialize;
use serde_json::json;

use super::{GitHub, GitHubError};
use crate::ids::CommitSha;
use crate::work_sample::Repository;

/// A repository as GitHub shows it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct FoundRepository {
    pub id: u64,
    pub full_name: String,
    pub private: bool,
    pub description: Option<String>,
    pub html_url: String,
    pub clone_url: String,
    pub default_branch: String,
}

impl FoundRepository {
    /// The part of it that a work sample remembers.
    pub fn remembered(&self) -> Repository {
        Repository {
            id: self.id,
            full_name: self.full_name.clone(),
            html_url: self.html_url.clone(),
            default_branch: self.default_branch.clone(),
        }
    }

    fn verified_private(self) -> Result<Self, GitHubError> {
        if self.private {
            Ok(self)
        } else {
            Err(GitHubError::NotPrivate {
                full_name: self.full_name,
            })
        }
    }
}

/// An issue as GitHub shows it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct FoundIssue {
    pub number: u64,
    #[serde(default)]
    pub body: Option<String>,
}

#[derive(Deserialize)]
struct Account {
    login: String,
}

/// A commit as GitHub shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundCommit {
    pub sha: CommitSha,
    /// The SHA of its tree. Two commits with the same files have the same tree.
    pub tree: String,
}

impl GitHub {
    /// The commit that a SHA, or the name of a branch or tag, means now; `None` where the repository knows no such name.
    ///
    /// # Errors
    /// Where GitHub does not show the repository, it may do so later.
    pub async fn commit(
        &self,
        full_name: &str,
        name: &str,
    ) -> Result<Option<FoundCommit>, GitHubError> {
        #[derive(Deserialize)]
        struct Shown {
            sha: CommitSha,
            commit: Inner,
        }
        #[derive(Deserialize)]
        struct Inner {
            tree: Tree,
        }
        #[derive(Deserialize)]
        struct Tree {
            sha: String,
        }
        let route = format!("/repos/{full_name}/commits/{}", in_path(name));
        match self.get::<Shown>("read a commit", &route).await {
            Ok(shown) => Ok(Some(FoundCommit {
                sha: shown.sha,
                tree: shown.commit.tree.sha,
            })),
            Err(GitHubError::Refused { .. }) => Ok(None),
            Err(error) => Err(error.of_known()),
        }
    }

    /// Is there such a commit in the repository, on a branch or not?
    pub async fn has_commit(&self, full_name: &str, sha: &CommitSha) -> Result<bool, GitHubError> {
        let route = format!("/repos/{full_name}/commits/{sha}");
        let found = self
            .call::<()>("look for a commit", Method::GET, &route, None)
            .await;
        match found {
            Ok(_) => Ok(true),
            // GitHub answers 422 to the SHA of a commit that it does not know.
            Err(GitHubError::NotFound { .. } | GitHubError::Refused { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The account behind a token, for `doctor`.
    pub async fn whoami(&self) -> Result<String, GitHubError> {
        let account: Account = self.get("ask who we are", "/user").await?;
        Ok(account.login)
    }

    /// Our repository called `name`, if there is one; a public one is an error.
    pub async fn our_repository(&self, name: &str) -> Result<Option<FoundRepository>, GitHubError> {
        let route = format!("/repos/{}/{name}", self.org);
        self.find("read a repository", &route)
            .await?
            .map(FoundRepository::verified_private)
            .transpose()
    }

    /// Looks whether a repository is private before something is put into it.
    ///
    /// # Errors
    /// Not private.
    pub async fn verify_private(&self, full_name: &str) -> Result<(), GitHubError> {
        self.get::<FoundRepository>("read a repository", &format!("/repos/{full_name}"))
            .await
            .map_err(GitHubError::of_known)?
            .verified_private()
            .map(drop)
    }

    /// Creates a private repository; verifies that it is.
    pub async fn create_repository(
        &self,
        name: &str,
        description: &str,
    ) -> Result<FoundRepository, GitHubError> {
        let body = json!({
            "name": name, "description": description, "private": true, "visibility": "private",
            "has_issues": true, "has_wiki": false, "has_projects": false, "auto_init": false,
        });
        let route = format!("/orgs/{}/repos", self.org);
        self.call("create a repository", Method::POST, &route, Some(&body))
            .await?
            .read::<FoundRepository>()?
            .verified_private()
    }

    pub async fn open_issue(
        &self,
        full_name: &str,
        title: &str,
        text: &str,
    ) -> Result<FoundIssue, GitHubError> {
        let body = json!({ "title": title, "body": text });
        let route = format!("/repos/{full_name}/issues");
        self.call("open an issue", Method::POST, &route, Some(&body))
            .await
            .map_err(GitHubError::of_known)?
            .read()
    }

    /// Closes an issue as not planned, under another title and text.
    pub async fn close_issue(
        &self,
        full_name: &str,
        number: u64,
        title: &str,
        text: &str,
    ) -> Result<(), GitHubError> {
        let body = json!({
            "title": title, "body": text, "state": "closed", "state_reason": "not_planned",
        });
        let route = format!("/repos/{full_name}/issues/{number}");
        self.call("close an issue", Method::PATCH, &route, Some(&body))
            .await
            .map(drop)
    }

    /// The oldest issue whose text holds `marker`.
    pub async fn issue_with_marker(
        &self,
        full_name: &str,
        marker: &str,
    ) -> Result<Option<FoundIssue>, GitHubError> {
        for page in 1..=10 {
            let route = format!(
                "/repos/{full_name}/issues?state=all&sort=created&direction=asc&per_page=100&page={page}"
            );
            let issues = self.get::<Vec<FoundIssue>>("list issues", &route).await;
            let issues = issues.map_err(GitHubError::of_known)?;
            let last = issues.len() < 100;
            let found = issues.into_iter().find(|issue| {
                issue
                    .body
                    .as_deref()
                    .is_some_and(|body| body.contains(marker))
            });
            if found.is_some() || last {
                return Ok(found);
            }
        }
        Ok(None)
    }
}

/// A name as it stands in an address: people write names with any character, slashes belong to branches.
fn in_path(name: &str) -> String {
    name.bytes().fold(String::new(), |mut path, byte| {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'/') {
            path.push(char::from(byte));
        } else {
            path.push_str(&format!("%{byte:02X}"));
        }
        path
    })
}
