//! What people do at GitHub with their browsers: open and edit issues, comment, accept invitations, open pull requests.
//! Rehearsals play them through the same REST calls that GitHub's own pages make possible.

use http::Method;
use serde::Deserialize;
use serde_json::json;

use super::{GitHub, GitHubError};
use crate::clock::SharedClock;
use crate::ids::Login;
use secrecy::SecretString;

/// One person with an account and a token.
#[derive(Debug, Clone)]
pub struct Person {
    pub(super) github: GitHub,
}

#[derive(Deserialize)]
struct Numbered {
    number: u64,
}

#[derive(Deserialize)]
pub(super) struct Identified {
    pub(super) id: u64,
}

#[derive(Deserialize)]
struct ReceivedInvitation {
    id: u64,
    repository: InvitedTo,
}

#[derive(Deserialize)]
struct InvitedTo {
    full_name: String,
}

impl Person {
    pub fn connect(
        api_url: &str,
        org: &Login,
        token: SecretString,
        clock: SharedClock,
    ) -> Result<Person, GitHubError> {
        let github = GitHub::with_token(api_url, org, token, clock)?;
        Ok(Person { github })
    }

    /// Accepts the invitation to `full_name`.
    pub async fn accept_invitation(&self, full_name: &str) -> Result<(), GitHubError> {
        const CALL: &str = "accept an invitation";
        let all: Vec<ReceivedInvitation> = self
            .github
            .get(CALL, "/user/repository_invitations?per_page=100")
            .await?;
        let invitation = all
            .into_iter()
            .find(|one| one.repository.full_name == full_name)
            .ok_or_else(|| GitHubError::NotFound {
                call: CALL,
                message: format!("no invitation to {full_name}"),
            })?;
        let route = format!("/user/repository_invitations/{}", invitation.id);
        self.github
            .call::<()>(CALL, Method::PATCH, &route, None)
            .await
            .map(drop)
    }

    /// The clone URL of a repository that the person can see.
    pub async fn clone_url(&self, full_name: &str) -> Result<String, GitHubError> {
        let found: super::FoundRepository = self
            .github
            .get("read a repository", &format!("/repos/{full_name}"))
            .await?;
        Ok(found.clone_url)
    }

    /// Opens an issue; returns its number.
    pub async fn open_issue(
        &self,
        full_name: &str,
        title: &str,
        text: &str,
    ) -> Result<u64, GitHubError> {
        self.github
            .open_issue(full_name, title, text)
            .await
            .map(|issue| issue.number)
    }

    /// Replaces an issue's or pull request's text.
    pub async fn edit_issue(
        &self,
        full_name: &str,
        number: u64,
        text: &str,
    ) -> Result<(), GitHubError> {
        let route = format!("/repos/{full_name}/issues/{number}");
        self.github
            .call(
                "edit an issue",
                Method::PATCH,
                &route,
                Some(&json!({ "body": text })),
            )
            .await
            .map(drop)
    }

    /// Comments on an issue or pull request; returns the comment's id.
    pub async fn comment(
        &self,
        full_name: &str,
        number: u64,
        text: &str,
    ) -> Result<u64, GitHubError> {
        let route = format!("/repos/{full_name}/issues/{number}/comments");
        self.github
            .call(
                "comment",
                Method::POST,
                &route,
                Some(&json!({ "body": text })),
            )
            .await?
            .read::<Identified>()
            .map(|comment| comment.id)
    }

    pub async fn edit_comment(
        &self,
        full_name: &str,
        id: u64,
        text: &str,
    ) -> Result<(), GitHubError> {
        let route = format!("/repos/{full_name}/issues/comments/{id}");
        self.github
            .call(
                "edit a comment",
                Method::PATCH,
                &route,
                Some(&json!({ "body": text })),
            )
            .await
            .map(drop)
    }

    pub async fn delete_comment(&self, full_name: &str, id: u64) -> Result<(), GitHubError> {
        let route = format!("/repos/{full_name}/issues/comments/{id}");
        self.github
            .call::<()>("delete a comment", Method::DELETE, &route, None)
            .await
            .map(drop)
    }

    /// Opens a pull request from `branch` to `base`; returns its number.
    pub async fn open_pull_request(
        &self,
        full_name: &str,
        branch: &str,
        base: &str,
        title: &str,
        text: &str,
    ) -> Result<u64, GitHubError> {
        let body = json!({ "title": title, "body": text, "head": branch, "base": base });
        let route = format!("/repos/{full_name}/pulls");
        self.github
            .call("open a pull request", Method::POST, &route, Some(&body))
            .await?
            .read::<Numbered>()
            .map(|pull| pull.number)
    }
}
