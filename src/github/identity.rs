//! Who we are at GitHub: a token, or an App installed in an organisation.
//!
//! An App speaks for itself with a signed token that it makes, and works in an organisation with a token that GitHub gives
//! its installation for an hour. Installations are looked up when they are first needed, and again when GitHub no longer
//! knows them; an installation's token is kept until shortly before its end, so that whoever waited long takes a new one.

use std::sync::Arc;

use chrono::Duration;
use http::Method;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use secrecy::{ExposeSecret as _, SecretString};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;

use super::GitHubError;
use super::error::refusal;
use super::wire::{Sending, Wire};
use crate::clock::Timestamp;
use crate::ids::Login;

/// A signed token is dated back this far, for clocks that differ a little (docs.github.com).
const DATED_BACK: Duration = Duration::seconds(60);
/// And ends this long after now; GitHub allows ten minutes.
const SIGNED_LIFE: Duration = Duration::minutes(9);
/// An installation's token is renewed this long before its end, so that no request or push outlives it.
const MARGIN: Duration = Duration::minutes(10);

/// A GitHub App.
pub(super) struct App {
    id: u64,
    /// The reason is kept for whoever asks for a token: a start does not fail for it.
    key: Result<EncodingKey, String>,
}

/// Who is asking.
pub(super) enum Identity {
    Token(SecretString),
    Installation { app: Arc<App>, known: Mutex<Known> },
}

/// What is known of an installation so far.
#[derive(Default)]
pub(super) struct Known {
    id: Option<u64>,
    token: Option<(SecretString, Timestamp)>,
}

#[derive(Serialize)]
struct Claims {
    iat: i64,
    exp: i64,
    iss: String,
}

#[derive(Deserialize)]
struct FoundInstallation {
    id: u64,
}

#[derive(Deserialize)]
struct NewToken {
    token: String,
    expires_at: Timestamp,
}

impl App {
    pub fn new(id: u64, key: &SecretString) -> App {
        let key = EncodingKey::from_rsa_pem(key.expose_secret().as_bytes()).map_err(|_| {
            "the App's private key is not an RSA key in PEM form; download a new one from the App's page and name its file in WORKSAMPLE_GITHUB_APP_KEY_FILE".to_owned()
        });
        App { id, key }
    }

    /// A token with which the App speaks for itself.
    fn signed(&self, now: Timestamp) -> Result<SecretString, GitHubError> {
        let odd = |message: String| GitHubError::Odd {
            call: "sign as the App",
            message,
        };
        let key = self.key.as_ref().map_err(|reason| odd(reason.clone()))?;
        let claims = Claims {
            iat: (now - DATED_BACK).timestamp(),
            exp: (now + SIGNED_LIFE).timestamp(),
            iss: self.id.to_string(),
        };
        jsonwebtoken::encode(&Header::new(Algorithm::RS256), &claims, key)
            .map(SecretString::from)
            .map_err(|error| odd(error.to_string()))
    }

    /// A call as the App itself.
    async fn ask<T: DeserializeOwned>(
        &self,
        wire: &Wire,
        call: &'static str,
        method: Method,
        route: &str,
        now: Timestamp,
    ) -> Result<T, GitHubError> {
        let signed = self.signed(now)?;
        let whole = wire
            .send::<()>(Sending {
                call,
                method,
                route,
                body: None,
                bearer: Some(&signed),
                unless: None,
            })
            .await?;
        if whole.status >= 300 {
            return Err(refusal(call, &whole, now));
        }
        serde_json::from_slice(&whole.body).map_err(|error| GitHubError::Odd {
            call,
            message: error.to_string(),
        })
    }

    async fn find_installation(
        &self,
        wire: &Wire,
        org: &Login,
        now: Timestamp,
    ) -> Result<u64, GitHubError> {
        let route = format!("/orgs/{org}/installation");
        self.ask::<FoundInstallation>(
            wire,
            "find the App's installation",
            Method::GET,
            &route,
            now,
        )
        .await
        .map(|found| found.id)
    }

    async fn new_token(
        &self,
        wire: &Wire,
        id: u64,
        now: Timestamp,
    ) -> Result<NewToken, GitHubError> {
        let route = format!("/app/installations/{id}/access_tokens");
        self.ask(
            wire,
            "ask for an installation token",
            Method::POST,
            &route,
            now,
        )
        .await
    }
}

impl Identity {
    pub fn installed(app: Arc<App>) -> Identity {
        Identity::Installation {
            app,
            known: Mutex::default(),
        }
    }

    /// The token to send now; it lives for ten minutes at least. Callers at the same time renew it once: the others wait.
    pub async fn token(
        &self,
        wire: &Wire,
        org: &Login,
        now: Timestamp,
    ) -> Result<SecretString, GitHubError> {
        let (app, known) = match self {
            Identity::Token(token) => return Ok(token.clone()),
            Identity::Installation { app, known } => (app, known),
        };
        let mut known = known.lock().await;
        if let Some((token, expires_at)) = &known.token
            && now + MARGIN < *expires_at
        {
            return Ok(token.clone());
        }
        known.token = None;
        let new = match known.id {
            None => app.first_token(wire, org, now, &mut known).await?,
            // Uninstalled and installed again, it has another id.
            Some(id) => match app.new_token(wire, id, now).await {
                Err(GitHubError::NotFound { .. }) => {
                    known.id = None;
                    app.first_token(wire, org, now, &mut known).await?
                }
                other => other?,
            },
        };
        let token = SecretString::from(new.token);
        known.token = Some((token.clone(), new.expires_at));
        Ok(token)
    }

    pub fn is_app(&self) -> bool {
        matches!(self, Identity::Installation { .. })
    }

    /// The token with which the App itself asks, where there is an App.
    pub fn app_token(&self, now: Timestamp) -> Result<Option<SecretString>, GitHubError> {
        match self {
            Identity::Token(_) => Ok(None),
            Identity::Installation { app, .. } => app.signed(now).map(Some),
        }
    }

    /// Is there another token to be had?
    pub fn can_renew(&self) -> bool {
        matches!(self, Identity::Installation { .. })
    }

    /// GitHub no longer takes this token: the next call asks for another. One that was renewed meanwhile stays.
    pub async fn drop_token(&self, refused: &SecretString) {
        if let Identity::Installation { known, .. } = self {
            let mut known = known.lock().await;
            let same = known
                .token
                .as_ref()
                .is_some_and(|(token, _)| token.expose_secret() == refused.expose_secret());
            if same {
                known.token = None;
            }
        }
    }
}

impl App {
    async fn first_token(
        &self,
        wire: &Wire,
        org: &Login,
        now: Timestamp,
        known: &mut Known,
    ) -> Result<NewToken, GitHubError> {
        let id = self.find_installation(wire, org, now).await?;
        known.id = Some(id);
        self.new_token(wire, id, now).await
    }
}
