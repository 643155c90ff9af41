//! Plain requests, for what a client library would hide: status, headers, the very body.

use reqwest::header::HeaderMap;
use reqwest::{Client, Method, redirect::Policy};
use serde_json::Value;

/// An answer as it came.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Answer {
    pub fn message(&self) -> &str {
        self.body["message"].as_str().unwrap_or_default()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }
}

/// A client that follows nothing and keeps no connection, so that one answer says nothing of another.
pub fn client() -> Client {
    Client::builder()
        .redirect(Policy::none())
        .pool_max_idle_per_host(0)
        .no_proxy()
        .build()
        .unwrap()
}

/// Asks `METHOD URL` with a token and a JSON body; `Err` where no whole answer came.
pub async fn ask(
    request: &str,
    token: &str,
    body: Option<&Value>,
) -> Result<Answer, reqwest::Error> {
    let (method, url) = request.split_once(' ').unwrap();
    let method: Method = method.parse().unwrap();
    let mut request = client().request(method, url);
    if !token.is_empty() {
        request = request.bearer_auth(token);
    }
    if let Some(body) = body {
        request = request.json(body);
    }
    let response = request.send().await?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let text = response.text().await?;
    Ok(Answer {
        status,
        headers,
        body: serde_json::from_str(&text).unwrap_or(Value::String(text)),
    })
}

/// Sends a form as a browser does.
pub async fn submit(url: &str, field: (&str, &str)) -> reqwest::Response {
    let encoded = reqwest::Url::parse_with_params("http://form", [field]).unwrap();
    client()
        .post(url)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(encoded.query().unwrap().to_owned())
        .send()
        .await
        .unwrap()
}
