//! What stands on every answer, the refusals for asking too much, and answers for who has seen them already.

use actix_web::HttpResponse;
use actix_web::body::{BoxBody, MessageBody as _};
use actix_web::dev::ServiceResponse;
use actix_web::http::header::{ETAG, HeaderName, HeaderValue, IF_NONE_MATCH};
use actix_web::http::{Method, StatusCode};
use sha2::{Digest as _, Sha256};

use crate::clock::Timestamp;
use crate::stand_in::limits::{Over, Who};
use crate::stand_in::refusal::Refusal;
use crate::stand_in::world::World;

const LIMITS: &str = "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api";
const SECONDARY_LIMITS: &str = "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits";

/// The number GitHub gives each request.
pub(super) struct Stamp(String);

impl Stamp {
    pub(super) fn new(world: &World) -> Self {
        Stamp(world.ids.next(world.clock.now()).simple().to_string())
    }

    /// Adds the headers that stand on every answer.
    pub(super) fn onto(
        &self,
        world: &World,
        who: Who,
        mut response: ServiceResponse<BoxBody>,
    ) -> ServiceResponse<BoxBody> {
        let quota = world.meter().quota(who, world.clock.now());
        let headers = response.headers_mut();
        let mut set = |name: &'static str, value: String| {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(HeaderName::from_static(name), value);
            }
        };
        set("x-github-request-id", self.0.clone());
        set("x-github-media-type", "github.v3; format=json".to_owned());
        set("x-github-api-version-selected", "2022-11-28".to_owned());
        set("x-ratelimit-limit", quota.limit.to_string());
        set(
            "x-ratelimit-remaining",
            quota.limit.saturating_sub(quota.used).to_string(),
        );
        set("x-ratelimit-used", quota.used.to_string());
        set("x-ratelimit-reset", quota.reset.to_string());
        set("x-ratelimit-resource", "core".to_owned());
        response
    }
}

/// GitHub's words for each limit. It answers 403 or 429 to the secondary ones; here creating too much is the first, asking
/// too much the second, so that clients meet both.
pub(super) fn over(limit: Over, who: Who, stamp: &Stamp, now: Timestamp) -> Refusal {
    let support = format!(
        "If you reach out to GitHub Support for help, please include the request ID {}",
        stamp.0
    );
    let secondary = |status, words: &str, wait: u64| {
        Refusal::new(
            status,
            format!("You have exceeded a secondary rate limit{words} {support}."),
        )
        .documented_at(SECONDARY_LIMITS)
        .with_header("retry-after", wait.to_string())
    };
    match limit {
        Over::Hourly => {
            let at = now.format("%Y-%m-%d %H:%M:%S UTC");
            let message = match who {
                Who::Anonymous | Who::Stranger => "API rate limit exceeded for 127.0.0.1. (But here's the good news: Authenticated requests get a higher rate limit. Check out the documentation for more details.)".to_owned(),
                Who::User(id) => format!("API rate limit exceeded for user ID {id}. {support} and timestamp {at}."),
                Who::Installation(id) => format!("API rate limit exceeded for installation ID {id}. {support} and timestamp {at}."),
                Who::App(id) => format!("API rate limit exceeded for app ID {id}. {support} and timestamp {at}."),
            };
            Refusal::new(StatusCode::FORBIDDEN, message).documented_at(LIMITS)
        }
        Over::Creations { wait } => secondary(
            StatusCode::FORBIDDEN,
            " and have been temporarily blocked from content creation. Please retry your request again later.",
            wait,
        ),
        Over::Points { wait } | Over::Concurrent { wait } => secondary(
            StatusCode::TOO_MANY_REQUESTS,
            ". Please wait a few minutes before you try again.",
            wait,
        ),
    }
}

/// Gives an answer its ETag; who names it gets 304 instead. Also says whether that was so.
pub(super) fn conditional(response: ServiceResponse<BoxBody>) -> (ServiceResponse<BoxBody>, bool) {
    if response.request().method() != Method::GET || response.status() != StatusCode::OK {
        return (response, false);
    }
    let (request, response) = response.into_parts();
    let (mut response, body) = response.into_parts();
    let bytes = match body.try_into_bytes() {
        Ok(bytes) => bytes,
        Err(body) => {
            return (
                ServiceResponse::new(request, response.set_body(body)),
                false,
            );
        }
    };
    let tag = format!("W/\"{}\"", hex::encode(Sha256::digest(&bytes)));
    let known = request
        .headers()
        .get_all(IF_NONE_MATCH)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|value| value.trim() == tag);
    if known {
        let unchanged = HttpResponse::NotModified()
            .insert_header((ETAG, tag))
            .finish();
        return (ServiceResponse::new(request, unchanged), true);
    }
    if let Ok(value) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(ETAG, value);
    }
    let response = response.set_body(BoxBody::new(bytes));
    (ServiceResponse::new(request, response), false)
}
