//! What all answers have in common: parameters, JSON bodies in, pages out, GitHub's headers.

use std::collections::HashMap;
use std::future::{Ready, ready};
use std::pin::Pin;
use std::sync::PoisonError;

use actix_web::body::MessageBody;
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{FromRequest, HttpRequest, HttpResponse, web};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::caller::secret;
use super::refusal::{Answer, Refusal};
use super::world::World;
use crate::clock::Timestamp;

/// Requests an hour that GitHub allows a token.
const HOURLY: u64 = 5000;
const HOUR: i64 = 3600;

pub(super) type Repository = web::Path<(String, String)>;
pub(super) type Numbered = web::Path<(String, String, u64)>;
pub(super) type Named = web::Path<(String, String, String)>;

/// The query string.
pub(super) struct Params {
    values: HashMap<String, String>,
    url: String,
}

impl FromRequest for Params {
    type Error = Refusal;
    type Future = Ready<Result<Self, Refusal>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let values = web::Query::<HashMap<String, String>>::from_query(request.query_string())
            .map(web::Query::into_inner)
            .unwrap_or_default();
        let base = request
            .app_data::<web::Data<World>>()
            .map_or("", |world| world.base.as_str());
        ready(Ok(Params {
            values,
            url: format!("{base}{}", request.path()),
        }))
    }
}

impl Params {
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.values
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// A parameter that is a time; 422 where it is not one.
    pub(super) fn time(&self, name: &str) -> Result<Option<Timestamp>, Refusal> {
        self.get(name)
            .map(|text| {
                text.parse()
                    .map_err(|_| Refusal::invalid("Request", name, "invalid"))
            })
            .transpose()
    }

    /// (page, items a page).
    pub(super) fn window(&self) -> (usize, usize) {
        let number = |name: &str, default: usize| {
            self.get(name)
                .and_then(|text| text.parse().ok())
                .filter(|number| *number > 0)
                .unwrap_or(default)
        };
        (number("page", 1), number("per_page", 30).min(100))
    }

    /// One page of `items` with GitHub's `Link` header.
    pub(super) fn page<T>(&self, items: &[T], render: impl Fn(&T) -> Value) -> HttpResponse {
        let (page, size) = self.window();
        let shown: Vec<Value> = items
            .iter()
            .skip((page - 1).saturating_mul(size))
            .take(size)
            .map(render)
            .collect();
        self.linked(items.len().div_ceil(size), &Value::Array(shown))
    }

    /// An answer that is one of `pages` pages, with links to its neighbours.
    pub(super) fn linked(&self, pages: usize, body: &Value) -> HttpResponse {
        let (page, _) = self.window();
        let mut links = Vec::new();
        let mut link = |to: usize, relation: &str| {
            links.push(format!("<{}>; rel=\"{relation}\"", self.url_of_page(to)));
        };
        if page > 1 {
            link(page - 1, "prev");
        }
        if page < pages {
            link(page + 1, "next");
            link(pages, "last");
        }
        if page > 1 {
            link(1, "first");
        }
        let mut response = HttpResponse::Ok();
        if !links.is_empty() {
            response.insert_header(("Link", links.join(", ")));
        }
        response.json(body)
    }

    fn url_of_page(&self, page: usize) -> String {
        let mut pairs: Vec<(&str, &str)> = self
            .values
            .iter()
            .filter(|(name, _)| *name != "page")
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        pairs.sort_unstable();
        let page = page.to_string();
        pairs.push(("page", &page));
        reqwest::Url::parse_with_params(&self.url, pairs)
            .map_or_else(|_| self.url.clone(), String::from)
    }
}

/// A JSON body. Not JSON: 400. JSON of another shape: 422.
pub(super) struct Body<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Body<T> {
    type Error = Refusal;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Refusal>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let bytes = web::Bytes::from_request(request, payload);
        Box::pin(async move {
            let bytes =
                bytes
                    .await
                    .map_err(|error| match error.as_response_error().status_code() {
                        StatusCode::PAYLOAD_TOO_LARGE => {
                            Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "Request body too large")
                        }
                        _ => Refusal::new(
                            StatusCode::BAD_REQUEST,
                            "Problems reading the request body",
                        ),
                    })?;
            let value: Value = match bytes.is_empty() {
                true => Value::Object(serde_json::Map::new()),
                false => serde_json::from_slice(&bytes)
                    .map_err(|_| Refusal::new(StatusCode::BAD_REQUEST, "Problems parsing JSON"))?,
            };
            if !value.is_object() && !value.is_array() {
                return Err(Refusal::new(
                    StatusCode::BAD_REQUEST,
                    "Body should be a JSON object",
                ));
            }
            serde_json::from_value(value)
                .map(Body)
                .map_err(|error| Refusal::unprocessable(format!("Invalid request.\n\n{error}")))
        })
    }
}

/// For fields where `null` (clear it) differs from absent (leave it): use with `default`.
pub(super) fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// GitHub answers an unknown path, and a known one with the wrong method, alike.
pub(super) async fn no_such_page() -> Answer {
    Err(Refusal::not_found())
}

pub(super) fn created(body: &Value) -> HttpResponse {
    HttpResponse::Created().json(body)
}

pub(super) fn ok(body: &Value) -> HttpResponse {
    HttpResponse::Ok().json(body)
}

pub(super) fn nothing() -> HttpResponse {
    HttpResponse::NoContent().finish()
}

/// What a token has used of its hour: (limit, used, when the hour is over in seconds since 1970).
pub(super) fn quota(world: &World, who: &str, count: bool) -> (u64, u64, i64) {
    let now = world.clock.now().timestamp();
    let mut used = world
        .used_requests
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    let entry = used.entry(who.to_owned()).or_insert((now + HOUR, 0));
    if entry.0 <= now {
        *entry = (now + HOUR, 0);
    }
    if count {
        entry.1 += 1;
    }
    (HOURLY, entry.1, entry.0)
}

pub(super) fn who(request: &HttpRequest) -> String {
    secret(request.headers()).unwrap_or_default()
}

/// Adds the headers that stand on every answer.
pub(super) async fn with_headers(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let Some(world) = request.app_data::<web::Data<World>>().cloned() else {
        return next.call(request).await;
    };
    let who = who(request.request());
    let free = request.path().ends_with("/rate_limit");
    let mut response = next.call(request).await?;
    // What has not changed costs nothing.
    let unchanged = response.status() == StatusCode::NOT_MODIFIED;
    let (limit, used, reset) = quota(&world, &who, !free && !unchanged);
    let id = world.ids.next(world.clock.now());
    let headers = response.headers_mut();
    let mut set = |name: &'static str, value: String| {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    };
    set("x-github-request-id", id.simple().to_string());
    set("x-github-media-type", "github.v3; format=json".to_owned());
    set("x-github-api-version-selected", "2022-11-28".to_owned());
    set("x-ratelimit-limit", limit.to_string());
    set(
        "x-ratelimit-remaining",
        limit.saturating_sub(used).to_string(),
    );
    set("x-ratelimit-used", used.to_string());
    set("x-ratelimit-reset", reset.to_string());
    set("x-ratelimit-resource", "core".to_owned());
    Ok(response)
}
