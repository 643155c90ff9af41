//! Who we are at GitHub: a token, or an App installed in the organisation.

use std::time::Duration;

use octocrab::Octocrab;
use octocrab::models::{AppId, InstallationId};
use octocrab::service::middleware::retry::RetryConfig;
use secrecy::SecretString;
use serde::Deserialize;

use super::GitHubError;
use crate::clock::SharedClock;

/// How the service identifies itself.
#[derive(Debug, Clone)]
pub enum Credentials {
    /// A fine-grained or classic token.
    Token(SecretString),
    /// A GitHub App: its id, and its private key in PEM form.
    App { id: u64, key: SecretString },
}

/// GitHub, as one identity, in one organisation.
#[derive(Clone)]
pub struct GitHub {
    pub(super) api: Octocrab,
    pub(super) org: String,
    pub(super) clock: SharedClock,
    token: Option<SecretString>,
}

impl std::fmt::Debug for GitHub {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GitHub")
            .field("org", &self.org)
            .finish_non_exhaustive()
    }
}

impl GitHub {
    /// Connects to the API at `api_url` (`https://api.github.com`, or another server that speaks the same). As an App the
    /// organisation's installation is looked up first.
    pub async fn connect(
        api_url: &str,
        org: &str,
        credentials: &Credentials,
        clock: SharedClock,
    ) -> Result<GitHub, GitHubError> {
        const CALL: &str = "connect";
        let odd = |error: octocrab::Error| GitHubError::Odd {
            call: CALL,
            message: format!(
                "WORKSAMPLE_GITHUB_API_URL `{api_url}` or the credentials cannot be used: {error}"
            ),
        };
        let builder = Octocrab::builder()
            .base_uri(api_url.trim_end_matches('/'))
            .map_err(odd)?
            .add_retry_config(RetryConfig::None)
            .set_connect_timeout(Some(Duration::from_secs(10)))
            .set_read_timeout(Some(Duration::from_secs(30)))
            .set_write_timeout(Some(Duration::from_secs(30)));
        let (api, token) = match credentials {
            Credentials::Token(token) => {
                let api = builder.personal_token(token.clone()).build().map_err(odd)?;
                (api, Some(token.clone()))
            }
            Credentials::App { id, key } => {
                use secrecy::ExposeSecret as _;
                let key = jsonwebtoken::EncodingKey::from_rsa_pem(key.expose_secret().as_bytes())
                    .map_err(|_| GitHubError::Odd {
                        call: CALL,
                        message: "the App's private key is not an RSA key in PEM form; download a new one from the App's page and name its file in WORKSAMPLE_GITHUB_APP_KEY_FILE".into(),
                    })?;
                (builder.app(AppId(*id), key).build().map_err(odd)?, None)
            }
        };
        let mut github = GitHub {
            api,
            org: org.to_owned(),
            clock,
            token,
        };
        if github.token.is_none() {
            #[derive(Deserialize)]
            struct Installation {
                id: u64,
            }
            let found: Installation = github
                .get(
                    "find the App's installation",
                    &format!("/orgs/{org}/installation"),
                )
                .await?;
            github.api = github
                .api
                .installation(InstallationId(found.id))
                .map_err(odd)?;
        }
        Ok(github)
    }

    /// The organisation that repositories are created in.
    pub fn org(&self) -> &str {
        &self.org
    }

    /// A token for git: the configured one, or the installation's present one.
    pub async fn git_token(&self) -> Result<SecretString, GitHubError> {
        match &self.token {
            Some(token) => Ok(token.clone()),
            None => self
                .api
                .installation_token()
                .await
                .map_err(|error| GitHubError::NoAnswer {
                    call: "ask for an installation token",
                    message: error.to_string(),
                }),
        }
    }
}
