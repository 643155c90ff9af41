//! What all answers have in common: parameters, JSON bodies in, pages out.

use std::collections::HashMap;
use std::future::{Ready, ready};
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::{FromRequest, HttpRequest, HttpResponse, web};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::refusal::{Answer, Refusal};
use super::world::World;
use crate::clock::Timestamp;

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

    /// An answer in a row of answers, each of which leads to the next by a cursor.
    pub(super) fn followed_by(&self, cursor: Option<String>, body: &Value) -> HttpResponse {
        let mut response = HttpResponse::Ok();
        if let Some(cursor) = cursor {
            let url = self.url_with("cursor", &cursor);
            response.insert_header(("Link", format!("<{url}>; rel=\"next\"")));
        }
        response.json(body)
    }

    fn url_of_page(&self, page: usize) -> String {
        self.url_with("page", &page.to_string())
    }

    /// This request's address with one parameter changed.
    fn url_with(&self, changed: &str, value: &str) -> String {
        let mut pairs: Vec<(&str, &str)> = self
            .values
            .iter()
            .filter(|(name, _)| *name != changed)
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        pairs.sort_unstable();
        pairs.push((changed, value));
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
