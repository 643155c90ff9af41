//! What `doctor` asks GitHub about ourselves. None of it is needed for the work.

use std::collections::BTreeMap;

use http::Method;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::manifest::Pages;
use super::wire::Sending;
use super::{GitHub, GitHubError, error};
use crate::clock::Timestamp;

/// The App, as GitHub knows it.
#[derive(Debug, Clone, Deserialize)]
pub struct AppFound {
    pub id: u64,
    pub slug: String,
    pub owner: Owner,
    #[serde(default)]
    pub permissions: BTreeMap<String, String>,
    #[serde(default)]
    pub events: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Owner {
    pub login: String,
}

/// The App's installation in an organisation: what its owner granted, which may be less than the App asks for.
#[derive(Debug, Clone, Deserialize)]
pub struct InstallationFound {
    pub html_url: String,
    #[serde(default)]
    pub permissions: BTreeMap<String, String>,
    #[serde(default)]
    pub events: Vec<String>,
    /// `all` or `selected` repositories.
    #[serde(default)]
    pub repository_selection: String,
}

/// The App's webhook.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct HookFound {
    #[serde(default)]
    pub url: String,
    #[serde(default)]
    pub content_type: String,
}

/// One reading of the rate limit, which costs nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    pub requests_left: u32,
    /// Seconds that our clock is ahead of GitHub's.
    pub clock_ahead: Option<i64>,
    /// A classic token's scopes; `None` for other tokens.
    pub scopes: Option<String>,
    /// When the token ends; `None` for those that do not.
    pub expires: Option<Timestamp>,
}

impl GitHub {
    /// Are we an App?
    pub fn is_app(&self) -> bool {
        self.identity.app().is_some()
    }

    /// An owner granted the installation more: its next token has that.
    pub async fn expect_more(&self) {
        self.identity.forget_token().await;
    }

    /// git was not allowed something with this token. True where the token was old, so that the next one may be allowed more.
    pub async fn may_be_allowed_more(&self) -> bool {
        let now = self.clock.now();
        match self.git_token().await {
            Ok(token) => self.identity.drop_old_token(&token, now).await,
            Err(_) => false,
        }
    }

    /// Where people find things.
    pub fn pages(&self) -> Pages {
        Pages::of(&self.host)
    }

    /// The rate limit, GitHub's clock, and a classic token's scopes.
    pub async fn reading(&self) -> Result<Reading, GitHubError> {
        const CALL: &str = "read the rate limit";
        #[derive(Deserialize)]
        struct Limits {
            resources: Resources,
        }
        #[derive(Deserialize)]
        struct Resources {
            core: Core,
        }
        #[derive(Deserialize)]
        struct Core {
            remaining: u32,
        }
        let token = self.git_token().await?;
        let whole = self
            .wire
            .send::<()>(Sending {
                call: CALL,
                method: Method::GET,
                route: "/rate_limit",
                body: None,
                bearer: Some(&token),
                unless: None,
            })
            .await?;
        let now = self.clock.now();
        if whole.status >= 300 {
            return Err(error::refusal(CALL, &whole, now));
        }
        let limits: Limits = read(CALL, &whole.body)?;
        Ok(Reading {
            requests_left: limits.resources.core.remaining,
            clock_ahead: whole.date().map(|theirs| (now - theirs).num_seconds()),
            scopes: whole.header("x-oauth-scopes").map(str::to_owned),
            expires: whole
                .header("github-authentication-token-expiration")
                .and_then(expiration),
        })
    }

    /// The App itself.
    pub async fn app_found(&self) -> Result<AppFound, GitHubError> {
        self.as_app("look at the App", "/app").await
    }

    /// The App's installation here.
    pub async fn installation_found(&self) -> Result<InstallationFound, GitHubError> {
        let route = format!("/orgs/{}/installation", self.org);
        self.as_app("look at the App's installation", &route)
            .await
            .map_err(|error| match (error, self.identity.app()) {
                (GitHubError::NotFound { .. }, Some(app)) => GitHubError::NotInstalled {
                    app: app.id(),
                    org: self.org.to_string(),
                },
                (other, _) => other,
            })
    }

    pub async fn app_hook(&self) -> Result<HookFound, GitHubError> {
        self.as_app("look at the App's webhook", "/app/hook/config")
            .await
    }

    async fn as_app<T: DeserializeOwned>(
        &self,
        call: &'static str,
        route: &str,
    ) -> Result<T, GitHubError> {
        let app = self.identity.app().ok_or_else(|| GitHubError::Odd {
            call,
            message: "only an App can, and this is a token".to_owned(),
        })?;
        app.ask(&self.wire, call, Method::GET, route, self.clock.now())
            .await
    }
}

/// `2026-12-24 09:00:00 UTC`, or with an offset in place of the name.
fn expiration(text: &str) -> Option<Timestamp> {
    let text = text.trim().replace("UTC", "+0000");
    let at = chrono::DateTime::parse_from_str(&text, "%Y-%m-%d %H:%M:%S %z").ok()?;
    Some(at.to_utc())
}

fn read<T: DeserializeOwned>(call: &'static str, body: &[u8]) -> Result<T, GitHubError> {
    serde_json::from_slice(body).map_err(|error| GitHubError::Odd {
        call,
        message: error.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_token_is_read_with_a_name_or_an_offset_of_time() {
        let at: Timestamp = "2026-12-24T09:00:00Z".parse().unwrap();
        assert_eq!(expiration("2026-12-24 09:00:00 UTC"), Some(at));
        assert_eq!(expiration("2026-12-24 10:00:00 +0100"), Some(at));
        assert_eq!(expiration("never"), None);
    }
}
