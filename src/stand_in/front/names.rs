//! Repositories under other addresses than their names: by number, and under names that they had once. GitHub leads whoever
//! uses a former name on to the number: reads with 301, everything else with 307, so that the method stays.

use actix_web::body::BoxBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::LOCATION;
use actix_web::http::{Method, StatusCode, Uri};
use actix_web::{HttpRequest, ResponseError as _};

use crate::stand_in::refusal::Refusal;
use crate::stand_in::world::World;

/// `/repositories/17/issues` is `/repos/acme/orders/issues`: whoever may not know of the repository hears that from there.
pub(super) fn by_name(world: &World, request: &mut ServiceRequest) {
    let Some(uri) = named(world, request.uri()) else {
        return;
    };
    request.match_info_mut().get_mut().update(&uri);
    request.head_mut().uri = uri;
}

fn named(world: &World, uri: &Uri) -> Option<Uri> {
    let path = uri.path();
    let (prefix, path) = match path.strip_prefix("/api/v3") {
        Some(path) => ("/api/v3", path),
        None => ("", path),
    };
    let numbered = path.strip_prefix("/repositories/")?;
    let (number, rest) = match numbered.find('/') {
        Some(end) => numbered.split_at(end),
        None => (numbered, ""),
    };
    let number: u64 = number.parse().ok()?;
    let name = world
        .read(|render| {
            let repo = render.state.repos.get(&number);
            Ok::<_, Refusal>(render.full_name(repo.ok_or_else(Refusal::not_found)?))
        })
        .ok()?;
    let query = uri
        .query()
        .map_or(String::new(), |query| format!("?{query}"));
    format!("{prefix}/repos/{name}{rest}{query}").parse().ok()
}

/// What a handler says of a former name knows the repository only: the rest of the address and the method stay.
pub(super) fn led_on(response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
    if response.status() != StatusCode::MOVED_PERMANENTLY {
        return response;
    }
    let to = response.headers().get(LOCATION);
    let Some(to) = to.and_then(|to| to.to_str().ok()) else {
        return response;
    };
    let Some((_, number)) = to.rsplit_once('/') else {
        return response;
    };
    let refusal = elsewhere(number, response.request());
    response.into_response(refusal.error_response())
}

fn elsewhere(number: &str, request: &HttpRequest) -> Refusal {
    let path = request.path();
    let (prefix, path) = match path.strip_prefix("/api/v3") {
        Some(path) => ("/api/v3", path),
        None => ("", path),
    };
    // "", "repos", the owner, the name
    let rest = path.splitn(5, '/').nth(4);
    let rest = rest.map_or(String::new(), |rest| format!("/{rest}"));
    let query = match request.query_string() {
        "" => String::new(),
        query => format!("?{query}"),
    };
    // Whoever came by another address, through a proxy, is led on by the same.
    let connection = request.connection_info();
    let at = format!("{}://{}", connection.scheme(), connection.host());
    let url = format!("{at}{prefix}/repositories/{number}{rest}{query}");
    if [Method::GET, Method::HEAD].contains(request.method()) {
        Refusal::moved(url)
    } else {
        Refusal::moved_for_now(url)
    }
}
