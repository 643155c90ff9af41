//! What the service does with a repository when the work is over.

use http::Method;
use serde_json::json;

use super::{GitHub, GitHubError};
use crate::ids::Login;

impl GitHub {
    /// Makes the repository read-only for everybody.
    pub async fn archive(&self, full_name: &str) -> Result<(), GitHubError> {
        let route = format!("/repos/{full_name}");
        let body = json!({ "archived": true });
        self.call("archive the repository", Method::PATCH, &route, Some(&body))
            .await
            .map(drop)
    }

    /// Asks GitHub to give the repository to another account, which happens a little later.
    pub async fn hand_over(&self, full_name: &str, to: &Login) -> Result<(), GitHubError> {
        let route = format!("/repos/{full_name}/transfer");
        let body = json!({ "new_owner": to });
        self.call(
            "hand the repository over",
            Method::POST,
            &route,
            Some(&body),
        )
        .await
        .map(drop)
    }

    /// Deletes the repository for good.
    pub async fn delete_repository(&self, full_name: &str) -> Result<(), GitHubError> {
        let route = format!("/repos/{full_name}");
        self.call::<()>("delete the repository", Method::DELETE, &route, None)
            .await
            .map(drop)
    }
}
