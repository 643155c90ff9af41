//! What can be known of a token's permissions. GitHub tells nobody what a fine-grained token may do, so `doctor` tries: each of
//! these reads needs one of the permissions, and none changes anything. Whether a token that reads may also write shows
//! only when it does.

use http::Method;
use serde::Deserialize;

use super::manifest::{Need, PERMISSIONS};
use super::{GitHub, GitHubError};

/// What came of the reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probed {
    /// The repository they were tried in; `None` where the token sees none.
    pub repository: Option<String>,
    /// What was refused, with what GitHub says would do.
    pub refused: Vec<(Need, Option<String>)>,
    /// What could not be tried.
    pub untried: Vec<(Need, GitHubError)>,
}

/// The reads that tell, by the permission that each needs.
const READS: [(&str, &str); 5] = [
    ("administration", "invitations?per_page=1"),
    ("contents", "commits?per_page=1"),
    ("issues", "issues?per_page=1"),
    ("pull_requests", "pulls?per_page=1"),
    ("checks", "commits/BRANCH/check-runs?per_page=1"),
];

#[derive(Deserialize)]
struct Listed {
    name: String,
    full_name: String,
    default_branch: String,
}

impl GitHub {
    /// Tries what the token may read, in one of our own repositories if there is any.
    ///
    /// # Errors
    /// Where not even the organisation's repositories can be listed.
    pub async fn probe(&self) -> Result<Probed, GitHubError> {
        let route = format!(
            "/orgs/{}/repos?type=private&sort=created&direction=desc&per_page=100",
            self.org()
        );
        let listed: Vec<Listed> = self
            .get("list the organisation's repositories", &route)
            .await?;
        let ours = listed.iter().find(|one| one.name.starts_with("ws-"));
        let mut probed = Probed {
            repository: None,
            refused: Vec::new(),
            untried: Vec::new(),
        };
        let Some(place) = ours.or(listed.first()) else {
            return Ok(probed);
        };
        for (name, read) in READS {
            let Some(need) = PERMISSIONS.iter().find(|need| need.name == name) else {
                continue;
            };
            let read = read.replace("BRANCH", &place.default_branch);
            let route = format!("/repos/{}/{read}", place.full_name);
            let tried = self
                .call::<()>("try what the token may read", Method::GET, &route, None)
                .await;
            match tried {
                // An empty repository has no commits: 409 or 422, and allowed.
                Ok(_) | Err(GitHubError::Refused { .. }) => {}
                Err(GitHubError::Forbidden { needs, .. }) => probed.refused.push((*need, needs)),
                Err(GitHubError::NotFound { .. }) => probed.refused.push((*need, None)),
                Err(error) => probed.untried.push((*need, error)),
            }
        }
        probed.repository = Some(place.full_name.clone());
        Ok(probed)
    }
}
