//! Who we are at GitHub: a token, or an App installed in an organisation.
//!
//! An App speaks for itself with a signed token that it makes, and works in an organisation with a token that GitHub gives
//! its installation for an hour. Installations are looked up when they are first needed, and again when GitHub no longer
//! knows them; an installation's token is kept until shortly before its end, so that whoever waited long takes a new one.

use chrono::Duration;
use http::Method;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use secrecy::{ExposeSecret as _, SecretString};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;

use super::GitHubError;
use super::error::{message_of, refusal};
use super::whole::Whole;
use super::wire::{Sending, Wire};
use crate::clock::Timestamp;
use crate::ids::Login;

/// A signed token is dated back this far, for clocks that differ a little (docs.github.com).
const DATED_BACK: Duration = Duration::seconds(60);
/// And ends this long after now; GitHub allows ten minutes.
const SIGNED_LIFE: Duration = Duration::minutes(9);
/// An installation's token is renewed this long before its end, so that no request or push outlives it.
const MARGIN: Duration = Duration::minutes(10);
/// Permissions that were granted count after this long.
const YOUNG: Duration = Duration::minutes(5);

/// A GitHub App.
pub(super) struct App {
    id: u64,
    /// `None` where the key is none; whoever asks for a token hears of it.
    key: Option<EncodingKey>,
}

/// Who is asking.
pub(super) enum Identity {
    Token(SecretString),
    Installation { app: App, known: Mutex<Known> },
}

/// What is known of an installation so far.
#[derive(Default)]
pub(super) struct Known {
    id: Option<u64>,
    token: Option<(SecretString, Timestamp)>,
    /// When the token was made, by our clock.
    made_at: Option<Timestamp>,
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
    #[serde(default)]
    suspended_at: Option<String>,
}

#[derive(Deserialize)]
struct NewToken {
    token: String,
    expires_at: Timestamp,
}

impl App {
    pub fn new(id: u64, key: &SecretString) -> App {
        let key = EncodingKey::from_rsa_pem(key.expose_secret().as_bytes()).ok();
        App { id, key }
    }

    pub fn id(&self) -> u64 {
        self.id
    }

    pub fn has_a_key(&self) -> bool {
        self.key.is_some()
    }

    /// A token with which the App speaks for itself.
    fn signed(&self, now: Timestamp) -> Result<SecretString, GitHubError> {
        let key = self.key.as_ref().ok_or(GitHubError::NotAKey)?;
        let claims = Claims {
            iat: (now - DATED_BACK).timestamp(),
            exp: (now + SIGNED_LIFE).timestamp(),
            iss: self.id.to_string(),
        };
        jsonwebtoken::encode(&Header::new(Algorithm::RS256), &claims, key)
            .map(SecretString::from)
            // The signing itself fails for keys that only look like one.
            .map_err(|_| GitHubError::NotAKey)
    }

    /// A call as the App itself.
    pub async fn ask<T: DeserializeOwned>(
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
            return Err(self.refused(call, &whole, now));
        }
        serde_json::from_slice(&whole.body).map_err(|error| GitHubError::Odd {
            call,
            message: error.to_string(),
        })
    }

    /// What GitHub means when it refuses the App itself.
    pub fn refused(&self, call: &'static str, whole: &Whole, now: Timestamp) -> GitHubError {
        let message = message_of(&whole.body);
        let words = message.to_lowercase();
        let app = self.id;
        if matches!(whole.status, 401 | 404) && words.contains("integration not found") {
            return GitHubError::AppUnknown { app, message };
        }
        if whole.status != 401 {
            return refusal(call, whole, now);
        }
        let ahead = whole.date().map(|theirs| (now - theirs).num_seconds());
        let of_time = words.contains("('iat')")
            || words.contains("('exp')")
            || ahead.is_some_and(|ahead| ahead.abs() > DATED_BACK.num_seconds());
        if of_time {
            GitHubError::ClockOff { ahead, message }
        } else {
            GitHubError::KeyRefused { app, message }
        }
    }

    async fn find_installation(
        &self,
        wire: &Wire,
        org: &Login,
        now: Timestamp,
    ) -> Result<u64, GitHubError> {
        const CALL: &str = "find the App's installation";
        let route = format!("/orgs/{org}/installation");
        let found = self
            .ask::<FoundInstallation>(wire, CALL, Method::GET, &route, now)
            .await
            .map_err(|error| match error {
                GitHubError::NotFound { .. } => GitHubError::NotInstalled {
                    app: self.id,
                    org: org.to_string(),
                },
                other => other,
            })?;
        match found.suspended_at {
            Some(_) => Err(GitHubError::Suspended {
                org: org.to_string(),
            }),
            None => Ok(found.id),
        }
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
    pub fn installed(app: App) -> Identity {
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
            Some(id) => match app.new_token(wire, id, now).await {
                // Uninstalled, and perhaps installed again with another id; or suspended.
                Err(GitHubError::NotFound { .. } | GitHubError::Forbidden { .. }) => {
                    known.id = None;
                    app.first_token(wire, org, now, &mut known).await?
                }
                other => other?,
            },
        };
        let token = SecretString::from(new.token);
        known.token = Some((token.clone(), new.expires_at));
        known.made_at = Some(now);
        Ok(token)
    }

    /// The token with which the App itself asks, where there is an App.
    pub fn app_token(&self, now: Timestamp) -> Result<Option<SecretString>, GitHubError> {
        match self {
            Identity::Token(_) => Ok(None),
            Identity::Installation { app, .. } => app.signed(now).map(Some),
        }
    }

    /// The App that is installed, if it is one.
    pub fn app(&self) -> Option<&App> {
        match self {
            Identity::Token(_) => None,
            Identity::Installation { app, .. } => Some(app),
        }
    }

    /// Is there another token to be had?
    pub fn can_renew(&self) -> bool {
        matches!(self, Identity::Installation { .. })
    }

    /// GitHub does not allow something to this token. It has the permissions of its making, so what was granted since only the
    /// next one has; one that is young would be no better. True where it was old, so that the next token may be allowed more.
    pub async fn drop_old_token(&self, refused: &SecretString, now: Timestamp) -> bool {
        let Identity::Installation { known, .. } = self else {
            return false;
        };
        let made_at = known.lock().await.made_at;
        let is_old = made_at.is_none_or(|made_at| made_at + YOUNG <= now);
        if is_old {
            self.drop_token(refused).await;
        }
        is_old
    }

    /// The next call asks for another token: more was granted just now.
    pub async fn forget_token(&self) {
        if let Identity::Installation { known, .. } = self {
            known.lock().await.token = None;
        }
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
    /// Looks the installation up, and asks for a token.
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
