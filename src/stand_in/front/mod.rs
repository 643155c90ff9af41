//! What every request passes on its way to a handler: it is counted, meets the fault that is planned for it, is held to
//! GitHub's limits, and an installation or a fine-grained token to its permissions. On the way back: GitHub's headers, and 304 for who has seen the answer already.

mod answers;
mod broken;
mod names;
pub(super) mod needs;
pub(super) mod scope;

use std::time::Duration;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{ResponseError as _, web};

use self::answers::{Stamp, over};
use super::caller::{Caller, of_request};
use super::limits::{Weight, Who};
use super::refusal::Refusal;
use super::world::World;

/// What is asked of the stand-in itself and not of the GitHub it plays begins with this.
pub(super) const OWN_PAGES: &str = "/_stand_in/";

/// A request's place in the table of paths: `/repos/{owner}/{repo}/contents/{path}`.
fn route_of(request: &ServiceRequest) -> String {
    let Some(pattern) = request.match_pattern() else {
        return "(unknown)".to_owned();
    };
    if is_git(&pattern) {
        let service = request
            .path()
            .rsplit_once("git-")
            .map_or("info/refs", |(_, rest)| rest);
        return match service {
            "info/refs" => "/{owner}/{name}/info/refs".to_owned(),
            rest => format!("/{{owner}}/{{name}}/git-{rest}"),
        };
    }
    let pattern = pattern.strip_prefix("/api/v3").unwrap_or(&pattern);
    // `{path:.+}` → `{path}`
    let mut route = String::with_capacity(pattern.len());
    let mut in_rule = false;
    for c in pattern.chars() {
        match c {
            ':' => in_rule = true,
            '}' => in_rule = false,
            _ => {}
        }
        if !in_rule {
            route.push(c);
        }
    }
    if route.is_empty() {
        "/".to_owned()
    } else {
        route
    }
}

fn is_git(pattern: &str) -> bool {
    pattern.contains("git-upload-pack")
}

/// What GitHub weighs a request with.
fn weight(method: &str, route: &str) -> Weight {
    const MAKES_NOTHING: [&str; 4] = ["/access_tokens", "/attempts", "/pings", "/conversions"];
    let reads = matches!(method, "GET" | "HEAD" | "OPTIONS");
    Weight {
        points: if reads { 1 } else { 5 },
        creates: matches!(method, "POST" | "PUT")
            && !MAKES_NOTHING.iter().any(|end| route.ends_with(end)),
    }
}

/// The middleware.
pub(super) async fn pass(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let world = request.app_data::<web::Data<World>>().cloned();
    let Some(world) = world.filter(|_| !request.path().starts_with(OWN_PAGES)) else {
        return Ok(next.call(request).await?.map_into_boxed_body());
    };
    names::by_name(&world, &mut request);
    let route = route_of(&request);
    world.count(format!("{} {route}", request.method()));
    let path = request
        .path()
        .strip_prefix("/api/v3")
        .unwrap_or(request.path())
        .to_owned();
    let fault = world.dice().roll(request.method().as_str(), &route, &path);
    let hold = Duration::from_millis(world.dice().plan().hold_ms);
    if let Some(fault) = fault.filter(|fault| fault.spares_the_effect()) {
        let answer = broken::without_answer(fault, hold).await;
        return Ok(request.into_response(answer));
    }
    let response = answer(&world, request, &route, next).await?;
    Ok(match fault {
        Some(fault) => broken::in_place_of(response, fault, hold).await,
        None => response,
    })
}

async fn answer(
    world: &World,
    request: ServiceRequest,
    route: &str,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let git = route.starts_with("/{owner}/{name}/");
    if git {
        return Ok(next.call(request).await?.map_into_boxed_body());
    }
    let caller = of_request(world, request.headers());
    let who = match &caller {
        Ok(caller) => Who::from(*caller),
        // Whoever comes with a wrong token is refused for that, however often; some pages ask for none.
        Err(_) => Who::Stranger,
    };
    let stamp = Stamp::new(world);
    if route == "/rate_limit" {
        let response = next.call(request).await?.map_into_boxed_body();
        return Ok(stamp.onto(world, who, response));
    }
    let now = world.clock.now();
    let admitted = world
        .meter()
        .admit(who, weight(request.method().as_str(), route), now);
    if let Err(limit) = admitted {
        let refusal = over(limit, who, &stamp, now);
        return Ok(stamp.onto(world, who, refused(request, &refusal)));
    }
    let under_way = UnderWay { world, who };
    let response = match allowed(world, caller, &request, route) {
        Err(refusal) => refused(request, &refusal),
        Ok(()) => names::led_on(next.call(request).await?.map_into_boxed_body()),
    };
    drop(under_way);
    let (response, unchanged) = answers::conditional(response);
    if unchanged {
        world.meter().give_back(who);
    }
    Ok(stamp.onto(world, who, response))
}

/// A request that is being answered; also one that is given up by its sender ends.
struct UnderWay<'w> {
    world: &'w World,
    who: Who,
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.world.meter().done(self.who);
    }
}

fn refused(request: ServiceRequest, refusal: &Refusal) -> ServiceResponse<BoxBody> {
    request.into_response(refusal.error_response())
}

/// Wrong tokens are left to the handlers, some of which ask for none.
fn allowed(
    world: &World,
    caller: Result<Caller, Refusal>,
    request: &ServiceRequest,
    route: &str,
) -> Result<(), Refusal> {
    match caller {
        Ok(caller) => world.read(|render| scope::check(render, caller, request, route)),
        Err(_) => Ok(()),
    }
}
