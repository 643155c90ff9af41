//! The one door through which every REST call goes: sends once, reads a bounded answer, names the error.

use std::time::Duration;

use http::{HeaderMap, Method, Request};
use http_body_util::{BodyExt as _, Limited};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::{Answered, classify};
use super::{GitHub, GitHubError};

/// No answer of GitHub's that we ask for comes near this.
const MOST_BYTES: usize = 16 * 1024 * 1024;
const TIMEOUT: Duration = Duration::from_secs(30);

/// A whole answer with a status below 300 (or 304).
pub(super) struct Answer {
    pub status: u16,
    body: Vec<u8>,
    call: &'static str,
}

impl Answer {
    /// Reads the body as JSON.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, GitHubError> {
        let mut deserializer = serde_json::Deserializer::from_slice(&self.body);
        serde_path_to_error::deserialize(&mut deserializer).map_err(|error| GitHubError::Odd {
            call: self.call,
            message: error.to_string(),
        })
    }
}

impl GitHub {
    /// Sends one request. `call` names it for people, as in "create a repository".
    pub(super) async fn call<B: Serialize + ?Sized>(
        &self,
        call: &'static str,
        method: Method,
        route: &str,
        body: Option<&B>,
    ) -> Result<Answer, GitHubError> {
        let odd = |message: String| GitHubError::Odd { call, message };
        let request = Request::builder().method(method.clone()).uri(route);
        let request = self
            .api
            .build_request(request, body)
            .map_err(|error| odd(error.to_string()))?;
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
            Ok::<_, GitHubError>((parts.status.as_u16(), parts.headers, body))
        };
        let (status, headers, body) =
            tokio::time::timeout(TIMEOUT, exchange)
                .await
                .map_err(|_| GitHubError::NoAnswer {
                    call,
                    message: format!("nothing within {} s", TIMEOUT.as_secs()),
                })??;
        tracing::debug!(call, %method, route, status, "called GitHub");
        if status < 300 || status == 304 {
            return Ok(Answer { status, body, call });
        }
        Err(classify(
            Answered {
                call,
                status,
                message: message_of(&body),
                retry_after: text(&headers, "retry-after"),
                limit_remaining: text(&headers, "x-ratelimit-remaining"),
                limit_reset: text(&headers, "x-ratelimit-reset"),
            },
            self.clock.now(),
        ))
    }

    pub(super) async fn get<T: DeserializeOwned>(
        &self,
        call: &'static str,
        route: &str,
    ) -> Result<T, GitHubError> {
        self.call::<()>(call, Method::GET, route, None)
            .await?
            .read()
    }

    /// [`Self::get`], with "not there" as `None`.
    pub(super) async fn find<T: DeserializeOwned>(
        &self,
        call: &'static str,
        route: &str,
    ) -> Result<Option<T>, GitHubError> {
        match self.get(call, route).await {
            Ok(found) => Ok(Some(found)),
            Err(GitHubError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
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

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// GitHub's `message` and the messages of its `errors`, in one line.
fn message_of(body: &[u8]) -> String {
    let Ok(json) = serde_json::from_slice::<serde_json::Value>(body) else {
        return String::from_utf8_lossy(&body[..body.len().min(200)]).into_owned();
    };
    let mut parts: Vec<String> = json["message"]
        .as_str()
        .map(str::to_owned)
        .into_iter()
        .collect();
    for error in json["errors"].as_array().into_iter().flatten() {
        parts.extend(
            error["message"]
                .as_str()
                .or_else(|| error["code"].as_str())
                .or_else(|| error.as_str())
                .map(str::to_owned),
        );
    }
    parts.join("; ").chars().take(500).collect()
}
