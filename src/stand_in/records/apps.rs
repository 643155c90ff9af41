//! Apps, and what they are told once.

use serde::{Deserialize, Serialize};

use super::{AppId, Grants, UserId};
use crate::clock::Timestamp;

/// A GitHub App registered with the stand-in.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(in crate::stand_in) struct App {
    pub id: AppId,
    pub slug: String,
    pub name: String,
    pub description: String,
    pub url: String,
    pub owner: UserId,
    pub bot: UserId,
    /// PEM of the RSA key that App tokens are checked with.
    pub public_key: String,
    /// What it asks for where it is installed.
    pub permissions: Grants,
    pub events: Vec<String>,
    /// Where GitHub sends the person who installed it.
    pub setup_url: Option<String>,
    /// May others than its owner install it?
    #[serde(default = "may")]
    pub public: bool,
    /// Where people who authorise it may be sent back to; the first where they were sent without saying.
    #[serde(default)]
    pub callback_urls: Vec<String>,
    #[serde(default)]
    pub client_secret: String,
    /// Does it belong to an Enterprise Server from before PKCE, which ignores it?
    #[serde(default)]
    pub ignores_pkce: bool,
    pub created_at: Timestamp,
}

/// What was registered before there was the choice may.
fn may() -> bool {
    true
}

impl App {
    pub(in crate::stand_in) fn client_id(&self) -> String {
        format!("Iv23li{:014x}", self.id)
    }
}

/// What an App made from a manifest is told once, for the code it came back with.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(in crate::stand_in) struct Conversion {
    pub app: AppId,
    pub pem: String,
    pub webhook_secret: Option<String>,
    pub client_secret: String,
    pub expires_at: Timestamp,
}

/// What somebody who authorised an App is sent back with, until it is exchanged.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(in crate::stand_in) struct AuthorizationCode {
    pub app: AppId,
    pub user: UserId,
    pub redirect_uri: String,
    /// The S256 challenge of PKCE, if one was sent.
    pub challenge: Option<String>,
    pub expires_at: Timestamp,
}
