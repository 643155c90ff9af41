//! The wire to GitHub's REST API: octocrab sends one request as it stands and hands back one bounded answer. Who is
//! asking, and what an answer means, is for the rooms above it.

use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use http::{HeaderValue, Method, Request, header};
use http_body_util::{BodyExt as _, Limited};
use octocrab::service::middleware::retry::RetryConfig;
use octocrab::{OctoBody, Octocrab};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;

use super::GitHubError;
use super::whole::Whole;

/// No answer of GitHub's that we ask for comes near this.
const MOST_BYTES: usize = 16 * 1024 * 1024;
const TIMEOUT: Duration = Duration::from_secs(30);

/// A connection to one API, without an identity. Clones share it.
#[derive(Clone)]
pub(super) struct Wire {
    api: Octocrab,
}

/// One request, before it is sent.
pub(super) struct Sending<'a, B: ?Sized> {
    /// What it is for, as people say it: "create a repository".
    pub call: &'static str,
    pub method: Method,
    pub route: &'a str,
    pub body: Option<&'a B>,
    /// Sent as `Authorization: Bearer …`.
    pub bearer: Option<&'a SecretString>,
    /// Sent as `If-None-Match`: answered with 304 where the answer is still the one of this ETag.
    pub unless: Option<&'a str>,
}

impl Wire {
    /// A wire to the API at `api_url`; nothing is sent yet. Must be called inside a tokio runtime.
    ///
    /// # Errors
    /// Where `api_url` is no address.
    pub fn to(api_url: &str) -> Result<Wire, GitHubError> {
        let odd = |error: octocrab::Error| GitHubError::Odd {
            call: "connect",
            message: format!("WORKSAMPLE_GITHUB_API_URL `{api_url}` cannot be used: {error}"),
        };
        let api = Octocrab::builder()
            .base_uri(api_url.trim_end_matches('/'))
            .map_err(odd)?
            .add_retry_config(RetryConfig::None)
            .set_connect_timeout(Some(Duration::from_secs(10)))
            .set_read_timeout(Some(TIMEOUT))
            .set_write_timeout(Some(TIMEOUT))
            .build()
            .map_err(odd)?;
        Ok(Wire { api })
    }

    /// Sends one request, once.
    ///
    /// # Errors
    /// No whole answer within 30 s; then whether the request took effect is not known.
    pub async fn send<B: Serialize + ?Sized>(
        &self,
        sending: Sending<'_, B>,
    ) -> Result<Whole, GitHubError> {
        let call = sending.call;
        let odd = |message: String| GitHubError::Odd { call, message };
        let mut request = Request::builder().method(sending.method).uri(sending.route);
        if let Some(bearer) = sending.bearer {
            let mut value = HeaderValue::from_str(&format!("Bearer {}", bearer.expose_secret()))
                .map_err(|_| odd("the token holds characters that no header may".into()))?;
            value.set_sensitive(true);
            request = request.header(header::AUTHORIZATION, value);
        }
        if let Some(etag) = sending.unless {
            request = request.header(header::IF_NONE_MATCH, etag);
        }
        let request = self
            .api
            .build_request(request, sending.body)
            .map_err(|error| odd(error.to_string()))?;
        self.exchange(call, request).await
    }

    /// Sends a request that is complete but for the host, once.
    ///
    /// # Errors
    /// As [`Wire::send`].
    pub async fn send_request(
        &self,
        call: &'static str,
        request: Request<Vec<u8>>,
    ) -> Result<Whole, GitHubError> {
        self.exchange(call, request.map(OctoBody::from)).await
    }

    /// Boxed, so that the futures of all that calls GitHub do not grow by what octocrab holds.
    fn exchange(
        &self,
        call: &'static str,
        request: Request<OctoBody>,
    ) -> BoxFuture<'_, Result<Whole, GitHubError>> {
        self.exchange_once(call, request).boxed()
    }

    async fn exchange_once(
        &self,
        call: &'static str,
        request: Request<OctoBody>,
    ) -> Result<Whole, GitHubError> {
        let exchange = async {
            let response = self.api.execute(request).await.map_err(no_answer(call))?;
            let (parts, body) = response.into_parts();
            let body = Limited::new(body, MOST_BYTES)
                .collect()
                .await
                .map_err(|error| GitHubError::NoAnswer {
                    call,
                    message: error.to_string(),
                })?
                .to_bytes()
                .to_vec();
            Ok(Whole {
                status: parts.status.as_u16(),
                headers: parts.headers,
                body,
            })
        };
        tokio::time::timeout(TIMEOUT, exchange)
            .await
            .map_err(|_| GitHubError::NoAnswer {
                call,
                message: format!("nothing within {} s", TIMEOUT.as_secs()),
            })?
    }
}

fn no_answer(call: &'static str) -> impl Fn(octocrab::Error) -> GitHubError {
    move |error| {
        // The outer message alone says "Service Error"; what happened is in the sources.
        let mut message = error.to_string();
        let mut source = std::error::Error::source(&error);
        while let Some(inner) = source {
            message = inner.to_string();
            source = inner.source();
        }
        GitHubError::NoAnswer { call, message }
    }
}
