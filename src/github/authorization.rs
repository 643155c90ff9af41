//! Signs people in with their GitHub account: the web flow of GitHub Apps, with PKCE.
//!
//! The person's token is used once, to ask who they are, and then dropped. GitHub answers errors with status 200, so an
//! answer without a token is read once more as an error. Enterprise Servers before PKCE ignore its parameters.

use http::{Method, Request};
use oauth2::basic::{BasicClient, BasicErrorResponse};
use oauth2::{
    AuthType, AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, HttpRequest,
    HttpResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RequestTokenError,
    TokenResponse as _, TokenUrl,
};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::json;

use super::error::refusal;
use super::membership::FoundAccount;
use super::wire::{Sending, Wire};
use super::{GitHubError, Pages};
use crate::clock::Timestamp;

const EXCHANGE: &str = "exchange the code for the person's token";

/// Why nobody was signed in.
#[derive(Debug, thiserror::Error)]
pub enum AuthorizationError {
    /// GitHub's own code, such as `bad_verification_code`.
    #[error("GitHub answered `{code}`: {description}")]
    Refused { code: String, description: String },
    #[error(transparent)]
    GitHub(#[from] GitHubError),
}

/// What GitHub says of the App's client secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientSecretState {
    Right,
    Wrong,
}

/// The App as people authorise it.
#[derive(Clone)]
pub struct UserAuthorization {
    client_id: String,
    client_secret: SecretString,
    authorize_url: AuthUrl,
    token_url: TokenUrl,
    callback: RedirectUrl,
    /// To GitHub's pages, which exchange codes.
    pages: Wire,
    api: Wire,
}

impl std::fmt::Debug for UserAuthorization {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UserAuthorization")
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

impl UserAuthorization {
    /// The App's authorisation at the GitHub of `api_url`; people come back to `callback`. Nothing is sent yet.
    ///
    /// # Errors
    /// Where an address is none.
    pub fn new(
        api_url: &str,
        client_id: &str,
        client_secret: &SecretString,
        callback: &str,
    ) -> Result<UserAuthorization, GitHubError> {
        let odd = |error: String| GitHubError::Odd {
            call: "prepare the sign-in with GitHub",
            message: error,
        };
        let pages = Pages::of(api_url);
        let at = |path: &str| format!("{}/login/oauth/{path}", pages.origin());
        Ok(UserAuthorization {
            client_id: client_id.to_owned(),
            client_secret: client_secret.clone(),
            authorize_url: AuthUrl::new(at("authorize")).map_err(|e| odd(e.to_string()))?,
            token_url: TokenUrl::new(at("access_token")).map_err(|e| odd(e.to_string()))?,
            callback: RedirectUrl::new(callback.to_owned()).map_err(|e| odd(e.to_string()))?,
            pages: Wire::to(pages.origin())?,
            api: Wire::to(api_url)?,
        })
    }

    /// The address that GitHub sends people back to.
    pub fn callback(&self) -> &str {
        self.callback.as_str()
    }

    /// Where a person authorises the App.
    pub fn address(&self, state: &str, verifier: &str) -> String {
        let verifier = PkceCodeVerifier::new(verifier.to_owned());
        let (url, _) = BasicClient::new(ClientId::new(self.client_id.clone()))
            .set_auth_uri(self.authorize_url.clone())
            .set_redirect_uri(self.callback.clone())
            .authorize_url(|| CsrfToken::new(state.to_owned()))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
            .add_extra_param("prompt", "select_account")
            .url();
        url.to_string()
    }

    /// The account of the person who came back with `code`.
    ///
    /// # Errors
    /// Codes that were used, are too old or belong to another browser; a wrong client secret; no answer.
    pub async fn account(
        &self,
        code: &str,
        verifier: &str,
        now: Timestamp,
    ) -> Result<FoundAccount, AuthorizationError> {
        let client = BasicClient::new(ClientId::new(self.client_id.clone()))
            .set_client_secret(ClientSecret::new(
                self.client_secret.expose_secret().to_owned(),
            ))
            .set_auth_type(AuthType::RequestBody)
            .set_token_uri(self.token_url.clone())
            .set_redirect_uri(self.callback.clone());
        let send = |request: HttpRequest| self.send(request, now);
        let answer = client
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .set_pkce_verifier(PkceCodeVerifier::new(verifier.to_owned()))
            .request_async(&send)
            .await;
        let token: SecretString = match answer {
            Ok(answer) => answer.access_token().secret().clone().into(),
            Err(error) => return Err(why(error)),
        };
        Ok(self.whose(&token, now).await?)
    }

    async fn send(
        &self,
        request: HttpRequest,
        now: Timestamp,
    ) -> Result<HttpResponse, GitHubError> {
        let odd = |message: String| GitHubError::Odd {
            call: EXCHANGE,
            message,
        };
        let (mut parts, body) = request.into_parts();
        // The wire adds the host.
        let path = parts.uri.path_and_query().cloned();
        parts.uri = path.map(Into::into).unwrap_or_default();
        let whole = self
            .pages
            .send_request(EXCHANGE, Request::from_parts(parts, body))
            .await?;
        // What is no OAuth error is GitHub's own failure.
        if whole.status >= 500 || whole.status == 429 {
            return Err(refusal(EXCHANGE, &whole, now));
        }
        http::Response::builder()
            .status(whole.status)
            .header(http::header::CONTENT_TYPE, "application/json")
            .body(whole.body)
            .map_err(|error| odd(error.to_string()))
    }

    async fn whose(
        &self,
        token: &SecretString,
        now: Timestamp,
    ) -> Result<FoundAccount, GitHubError> {
        const CALL: &str = "ask who signed in";
        let whole = self
            .api
            .send::<()>(Sending {
                call: CALL,
                method: Method::GET,
                route: "/user",
                body: None,
                bearer: Some(token),
                unless: None,
            })
            .await?;
        if whole.status >= 300 {
            return Err(refusal(CALL, &whole, now));
        }
        serde_json::from_slice(&whole.body).map_err(|error| GitHubError::Odd {
            call: CALL,
            message: error.to_string(),
        })
    }

    /// Is the client secret the App's? GitHub is asked about a token that nobody has: only with the right secret it answers
    /// that it does not know the token.
    ///
    /// # Errors
    /// Where GitHub says neither.
    pub async fn client_secret_state(
        &self,
        now: Timestamp,
    ) -> Result<ClientSecretState, GitHubError> {
        const CALL: &str = "check the client secret";
        let odd = |message: String| GitHubError::Odd {
            call: CALL,
            message,
        };
        let body = json!({ "access_token": "gho_0000000000000000000000000000000000" }).to_string();
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(format!("/applications/{}/token", self.client_id))
            .header(http::header::ACCEPT, "application/vnd.github+json")
            .header(http::header::CONTENT_TYPE, "application/json")
            .body(body.into_bytes())
            .map_err(|error| odd(error.to_string()))?;
        request
            .headers_mut()
            .insert(http::header::AUTHORIZATION, self.basic().map_err(odd)?);
        let whole = self.api.send_request(CALL, request).await?;
        match whole.status {
            404 | 422 => Ok(ClientSecretState::Right),
            401 => Ok(ClientSecretState::Wrong),
            status if status < 300 => Err(odd("GitHub knows a token that nobody has".to_owned())),
            _ => Err(refusal(CALL, &whole, now)),
        }
    }

    fn basic(&self) -> Result<http::HeaderValue, String> {
        use base64::Engine as _;
        let pair = format!("{}:{}", self.client_id, self.client_secret.expose_secret());
        let pair = base64::engine::general_purpose::STANDARD.encode(pair);
        let mut value = http::HeaderValue::from_str(&format!("Basic {pair}"))
            .map_err(|error| error.to_string())?;
        value.set_sensitive(true);
        Ok(value)
    }
}

/// What went wrong with a code.
fn why(error: RequestTokenError<GitHubError, BasicErrorResponse>) -> AuthorizationError {
    #[derive(Deserialize)]
    struct Told {
        error: String,
        #[serde(default)]
        error_description: String,
    }
    match error {
        RequestTokenError::Request(error) => error.into(),
        RequestTokenError::ServerResponse(told) => AuthorizationError::Refused {
            code: told.error().as_ref().to_owned(),
            description: told.error_description().cloned().unwrap_or_default(),
        },
        RequestTokenError::Parse(error, body) => match serde_json::from_slice::<Told>(&body) {
            Ok(told) => AuthorizationError::Refused {
                code: told.error,
                description: told.error_description,
            },
            // The answer may hold a token, and serde's messages may quote it.
            Err(_) => GitHubError::Odd {
                call: EXCHANGE,
                message: format!("an unexpected form, at `{}`", error.path()),
            }
            .into(),
        },
        RequestTokenError::Other(message) => GitHubError::Odd {
            call: EXCHANGE,
            message,
        }
        .into(),
    }
}
