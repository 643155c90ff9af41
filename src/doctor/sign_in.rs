//! What `doctor` says of signing in with GitHub.

use super::{Finding, State, broken, finding};
use crate::app;
use crate::clock::Timestamp;
use crate::config::Settings;
use crate::github::{CALLBACK, ClientSecretState};

const WHAT: &str = "GitHub sign-in";

/// Asks GitHub whether the client secret is the App's. The callback is told nowhere, so it is printed to be compared.
pub async fn examine(settings: &Settings, now: Timestamp) -> Option<Finding> {
    settings.github.as_ref()?;
    let callback = format!("{}{CALLBACK}", settings.public_url);
    let authorization = match app::user_authorization(settings) {
        Ok(Some(authorization)) => authorization,
        Ok(None) => {
            return Some(finding(
                WHAT,
                State::Missing,
                format!(
                    "the team signs in by links only: set the App's callback URL to {callback}, and WORKSAMPLE_GITHUB_CLIENT_ID and WORKSAMPLE_GITHUB_CLIENT_SECRET to what the App's page shows"
                ),
            ));
        }
        Err(error) => return Some(broken(WHAT, &error)),
    };
    Some(match authorization.client_secret_state(now).await {
        Ok(ClientSecretState::Right) => finding(
            WHAT,
            State::Ok,
            format!(
                "the client secret is right; the App's page has to name the callback URL {callback}"
            ),
        ),
        Ok(ClientSecretState::Wrong) => finding(
            WHAT,
            State::Broken,
            "GitHub does not take the client id and client secret: generate a secret on the App's page (Client secrets) and set WORKSAMPLE_GITHUB_CLIENT_SECRET to it",
        ),
        Err(error) => broken(WHAT, &error),
    })
}
