//! What a look at a repository shows: the parts of GitHub's answers that facts are made of.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::lookout::{Listed, Lookout, Since};
use super::{GitHub, GitHubError};
use crate::clock::Timestamp;
use crate::ids::CommitSha;

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SeenAccount {
    pub id: u64,
    pub login: String,
}

/// The repository itself.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SeenRepository {
    pub id: u64,
    pub full_name: String,
    pub private: bool,
    pub archived: bool,
    pub updated_at: Timestamp,
    #[serde(default)]
    pub pushed_at: Option<Timestamp>,
}

/// An issue or a pull request.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SeenIssue {
    pub number: u64,
    pub title: String,
    #[serde(default)]
    pub body: Option<String>,
    pub user: Option<SeenAccount>,
    pub html_url: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    #[serde(default)]
    pub closed_at: Option<Timestamp>,
    #[serde(default)]
    pub closed_by: Option<SeenAccount>,
    /// Set for pull requests.
    #[serde(default)]
    pub pull_request: Option<SeenMerge>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SeenMerge {
    #[serde(default)]
    pub merged_at: Option<Timestamp>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SeenComment {
    pub id: u64,
    #[serde(default)]
    pub body: Option<String>,
    pub user: Option<SeenAccount>,
    pub html_url: String,
    /// Ends with the number of the issue or pull request.
    pub issue_url: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl SeenComment {
    /// The issue or pull request that it stands below.
    pub fn number(&self) -> Option<u64> {
        self.issue_url.rsplit('/').next()?.parse().ok()
    }
}

/// Where a pull request comes from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SeenPull {
    pub number: u64,
    pub head: SeenHead,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SeenHead {
    #[serde(rename = "ref")]
    pub branch: String,
    /// Missing where the fork that it comes from was deleted.
    #[serde(default)]
    pub repo: Option<SeenOrigin>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SeenOrigin {
    pub id: u64,
}

/// One move of a branch.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SeenPush {
    /// All zeros where the branch was created.
    pub before: CommitSha,
    /// All zeros where the branch was deleted.
    pub after: CommitSha,
    #[serde(rename = "ref")]
    pub git_ref: String,
    pub timestamp: Timestamp,
    pub activity_type: String,
    /// Missing where the account is gone.
    pub actor: Option<SeenAccount>,
}

/// A CI check on a commit.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SeenCheck {
    pub id: u64,
    pub name: String,
    pub head_sha: CommitSha,
    #[serde(default)]
    pub conclusion: Option<String>,
    #[serde(default)]
    pub completed_at: Option<Timestamp>,
    #[serde(default)]
    pub app: Option<SeenApp>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SeenApp {
    pub id: u64,
    pub slug: String,
}

impl GitHub {
    /// The repository as it is now, if it is there.
    pub async fn find_repository(
        &self,
        full_name: &str,
    ) -> Result<Option<SeenRepository>, GitHubError> {
        self.find("look at the repository", &format!("/repos/{full_name}"))
            .await
    }

    /// The repository as it is now.
    pub async fn read_repository(&self, full_name: &str) -> Result<SeenRepository, GitHubError> {
        self.get("look at the repository", &format!("/repos/{full_name}"))
            .await
    }
}

impl GitHub {
    /// Is there such an issue in this repository? A deleted one is 410, and one that was moved is shown where it went.
    pub async fn has_issue(&self, full_name: &str, number: u64) -> Result<bool, GitHubError> {
        #[derive(Deserialize)]
        struct Found {
            number: u64,
            repository_url: String,
        }
        let route = format!("/repos/{full_name}/issues/{number}");
        let found: Option<Found> = self.find_still("look for an issue", &route).await?;
        Ok(found.is_some_and(|found| {
            found.number == number && is_below(&format!("{}/", found.repository_url), full_name)
        }))
    }

    /// Is there such a comment in this repository?
    pub async fn has_comment(&self, full_name: &str, id: u64) -> Result<bool, GitHubError> {
        let route = format!("/repos/{full_name}/issues/comments/{id}");
        let found: Option<SeenComment> = self.find_still("look for a comment", &route).await?;
        Ok(found.is_some_and(|found| is_below(&found.issue_url, full_name)))
    }

    async fn find_still<T: DeserializeOwned>(
        &self,
        call: &'static str,
        route: &str,
    ) -> Result<Option<T>, GitHubError> {
        match self.find(call, route).await {
            Err(GitHubError::SwitchedOff { .. }) => Ok(None),
            other => other,
        }
    }
}

impl Lookout<'_> {
    /// The repository with this id, by a name that it has or once had: GitHub leads on from there. Where another has that
    /// name by now, ours is not shown.
    pub async fn repository(
        &mut self,
        full_name: &str,
        id: u64,
    ) -> Result<Since<SeenRepository>, GitHubError> {
        let route = format!("/repos/{full_name}");
        match self.one("look at the repository", &route).await? {
            Since::Changed::<SeenRepository>(seen) if seen.id != id => {
                // That the other one has not changed would say nothing of ours.
                self.forget(&route);
                Ok(Since::Gone)
            }
            seen => Ok(seen),
        }
    }

    /// All issues and pull requests, oldest first; `None` where nothing about them has changed.
    pub async fn issues(
        &mut self,
        full_name: &str,
    ) -> Result<Option<Listed<SeenIssue>>, GitHubError> {
        let route = format!("/repos/{full_name}/issues?state=all&sort=created&direction=asc");
        self.list("look at the issues", &route).await
    }

    /// All comments on issues and pull requests, oldest first; `None` where none has changed.
    pub async fn comments(
        &mut self,
        full_name: &str,
    ) -> Result<Option<Listed<SeenComment>>, GitHubError> {
        let route = format!("/repos/{full_name}/issues/comments?sort=created&direction=asc");
        self.list("look at the comments", &route).await
    }

    /// One pull request.
    pub async fn pull(&self, full_name: &str, number: u64) -> Result<SeenPull, GitHubError> {
        let route = format!("/repos/{full_name}/pulls/{number}");
        let pull = self.github.get("look at a pull request", &route).await;
        pull.map_err(GitHubError::of_known)
    }

    /// Every move of every branch, newest first; `None` where there is no new one.
    pub async fn pushes(&mut self, full_name: &str) -> Result<Option<Vec<SeenPush>>, GitHubError> {
        self.trail(
            "look at the activity",
            &format!("/repos/{full_name}/activity"),
        )
        .await
    }

    /// Lets the next look read the activity again, for some of it could not be used yet.
    pub fn look_at_pushes_again(&mut self, full_name: &str) {
        self.forget(&format!("/repos/{full_name}/activity?per_page=100"));
    }

    /// Who may work in the repository without being a member of the organisation; `None` where that has not changed.
    pub async fn collaborators(
        &mut self,
        full_name: &str,
    ) -> Result<Option<Listed<SeenAccount>>, GitHubError> {
        let route = format!("/repos/{full_name}/collaborators?affiliation=outside");
        self.list("look at the collaborators", &route).await
    }

    /// The CI checks on a commit; `None` where none has changed.
    pub async fn checks(
        &mut self,
        full_name: &str,
        sha: &CommitSha,
    ) -> Result<Option<Vec<SeenCheck>>, GitHubError> {
        #[derive(Deserialize)]
        struct Checks {
            check_runs: Vec<SeenCheck>,
        }
        let route = format!("/repos/{full_name}/commits/{sha}/check-runs?filter=all&per_page=100");
        match self.one::<Checks>("look at the checks", &route).await? {
            Since::Changed(checks) => Ok(Some(checks.check_runs)),
            Since::Unchanged | Since::Gone => Ok(None),
        }
    }
}

/// Is it an address below this repository's?
pub(super) fn is_below(url: &str, full_name: &str) -> bool {
    let place = format!("/repos/{full_name}/").to_lowercase();
    url.to_lowercase().contains(&place)
}
