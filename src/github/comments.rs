//! The service's own comments on issues and pull requests.

use http::Method;
use serde::Deserialize;
use serde_json::json;

use super::{GitHub, GitHubError, SeenComment};
use crate::clock::Timestamp;

/// Pages of a hundred that are read at most.
const PAGES: u32 = 10;

/// The name of the call that writes a comment, as errors have it.
pub const WRITE_A_COMMENT: &str = "write a comment";

impl GitHub {
    /// Comments on an issue or pull request. GitHub takes the same comment any number of times.
    ///
    /// # Errors
    /// As GitHub answers: [`GitHubError::Forbidden`] also where the thread is locked or the repository archived,
    /// [`GitHubError::SwitchedOff`] where the thread was deleted.
    pub async fn create_comment(
        &self,
        full_name: &str,
        number: u64,
        text: &str,
    ) -> Result<SeenComment, GitHubError> {
        let route = format!("/repos/{full_name}/issues/{number}/comments");
        let body = json!({ "body": text });
        self.call(WRITE_A_COMMENT, Method::POST, &route, Some(&body))
            .await?
            .read()
    }

    /// The comments on an issue or pull request that were written or changed since then, oldest first; none where the thread
    /// was deleted.
    pub async fn comments_of(
        &self,
        full_name: &str,
        number: u64,
        since: Timestamp,
    ) -> Result<Vec<SeenComment>, GitHubError> {
        let since = since.format("%Y-%m-%dT%H:%M:%SZ");
        let mut all = Vec::new();
        for page in 1..=PAGES {
            let route = format!(
                "/repos/{full_name}/issues/{number}/comments?since={since}&per_page=100&page={page}"
            );
            let found = self.get::<Vec<SeenComment>>("list comments", &route).await;
            let found = match found {
                Err(GitHubError::SwitchedOff { .. }) => Vec::new(),
                other => other.map_err(GitHubError::of_known)?,
            };
            let is_last = found.len() < 100;
            all.extend(found);
            if is_last {
                break;
            }
        }
        Ok(all)
    }

    /// Deletes a comment; one that is not there any more is no error.
    pub async fn delete_comment(&self, full_name: &str, id: u64) -> Result<(), GitHubError> {
        let route = format!("/repos/{full_name}/issues/comments/{id}");
        let deleted = self
            .call::<()>("delete a comment", Method::DELETE, &route, None)
            .await;
        match deleted {
            Ok(_) | Err(GitHubError::NotFound { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// The login under which our comments appear: the token's account, or the App's bot.
    pub async fn own_login(&self) -> Result<String, GitHubError> {
        #[derive(Deserialize)]
        struct App {
            slug: String,
        }
        let app = self
            .call_as_app("read the App", Method::GET, "/app")
            .await?;
        match app {
            Some(answer) => Ok(format!("{}[bot]", answer.read::<App>()?.slug)),
            None => self.whoami().await,
        }
    }
}
