//! The service's own HTTP API, as leads, reviewers and candidates use it: a rehearsal goes through the same door.

use std::net::SocketAddr;

use chrono::Duration;
use reqwest::Method;
use serde_json::Value;

use super::RehearsalError;
use crate::clock::SharedClock;
use crate::web::tokens::{Bearer, Tokens};

#[derive(Clone)]
pub struct ApiClient {
    base: String,
    http: reqwest::Client,
    tokens: Tokens,
    clock: SharedClock,
}

impl ApiClient {
    pub fn new(
        address: SocketAddr,
        tokens: Tokens,
        clock: SharedClock,
    ) -> Result<Self, RehearsalError> {
        // A connection that was idle may end at the very moment at which it is used again.
        let http = reqwest::Client::builder()
            .pool_max_idle_per_host(0)
            .build()
            .map_err(not_answered)?;
        Ok(ApiClient {
            base: format!("http://{address}/api/v1"),
            http,
            tokens,
            clock,
        })
    }

    /// The same client, of a service that is reached by another address.
    pub fn at(&self, address: SocketAddr) -> Self {
        ApiClient {
            base: format!("http://{address}/api/v1"),
            ..self.clone()
        }
    }

    /// Posts `body` to `path` as `bearer`; returns the answer's JSON.
    pub async fn post(
        &self,
        bearer: &Bearer,
        path: &str,
        body: &Value,
    ) -> Result<Value, RehearsalError> {
        self.send(bearer, Method::POST, path, Some(body)).await
    }

    pub async fn get(&self, bearer: &Bearer, path: &str) -> Result<Value, RehearsalError> {
        self.send(bearer, Method::GET, path, None).await
    }

    /// A token that is good for five minutes of simulated time.
    pub fn token(&self, bearer: &Bearer) -> Result<String, RehearsalError> {
        self.tokens
            .make(bearer, Duration::minutes(5), self.clock.now())
            .map_err(|error| RehearsalError::Api(error.to_string()))
    }

    async fn send(
        &self,
        bearer: &Bearer,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Value, RehearsalError> {
        let token = self.token(bearer)?;
        let mut request = self
            .http
            .request(method, format!("{}{path}", self.base))
            .bearer_auth(token);
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await.map_err(not_answered)?;
        let status = response.status();
        let answer: Value = response.json().await.map_err(not_answered)?;
        if status.is_success() {
            Ok(answer)
        } else {
            Err(RehearsalError::Api(format!(
                "{path} answered {status}: {} ({})",
                answer["detail"].as_str().unwrap_or_default(),
                answer["code"].as_str().unwrap_or_default()
            )))
        }
    }
}

fn not_answered(error: reqwest::Error) -> RehearsalError {
    RehearsalError::Api(error.to_string())
}
