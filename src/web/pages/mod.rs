//! Pages for people: rendered here, for keyboards, phones and paper. Only the page of the API has a script.
//!
//! Every page is under one strict policy, every form carries its session's token, and whatever goes wrong is a page with the
//! same words and code that the API would give.

mod account;
mod api;
mod candidate;
mod choices;
mod components;
mod diff;
mod failure;
mod form;
mod frame;
mod github;
mod home;
mod jobs;
mod launch;
mod launches;
mod length;
mod messages;
mod offer_links;
mod people;
mod person_form;
mod refused;
mod repeat;
mod samples;
mod settings;
mod showcase;
mod sign_in;
mod specs;
mod statics;
mod targets;
mod today;
mod tokens;
mod told;

use actix_web::cookie::Cookie;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION};
use actix_web::{HttpResponse, ResponseError as _, web};
use askama::Template;

use super::door::Door;
use super::notice::Notice;
use super::session;
use failure::PageProblem;
pub(super) use frame::Frame;
pub(super) use home::show as home;
pub(super) use refused::{as_page, head_as_get};
pub(super) use statics::configure as configure_statics;
pub(super) use told::tell_once;

/// Our own style, icon and forms, and nothing else.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Puts every page in place.
pub(super) fn configure(config: &mut web::ServiceConfig) {
    entrance(config);
    team(config);
    api_viewer(config);
    candidate::configure(config);
    samples::configure(config);
    if cfg!(debug_assertions) {
        config.service(web::resource("/pages/components").route(web::get().to(showcase::show)));
    }
    config
        .configure(statics::configure)
        .service(
            web::resource("/launches")
                .app_data(form::multipart())
                .route(web::get().to(launches::list))
                .route(web::post().to(launches::create)),
        )
        .service(
            web::resource("/samples/{id}/links")
                .app_data(form::urlencoded())
                .route(web::get().to(offer_links::list))
                .route(web::post().to(offer_links::make)),
        )
        .service(
            web::resource("/samples/{id}/links/revoke")
                .app_data(form::urlencoded())
                .route(web::post().to(offer_links::revoke)),
        )
        .service(
            web::resource("/samples/{id}/email")
                .app_data(form::urlencoded())
                .route(web::post().to(offer_links::correct_email)),
        )
        .service(web::resource("/jobs").route(web::get().to(jobs::list)))
        .service(
            web::resource("/jobs/{id}/retry")
                .app_data(form::urlencoded())
                .route(web::post().to(jobs::retry)),
        )
        .service(web::resource("/messages").route(web::get().to(messages::list)))
        .service(web::resource("/messages/{id}.eml").route(web::get().to(messages::file)))
        .service(web::resource("/messages/{id}").route(web::get().to(messages::show)))
        .service(
            web::resource("/messages/{id}/resend")
                .app_data(form::urlencoded())
                .route(web::post().to(messages::resend)),
        )
        .service(
            web::resource("/unsubscribe/{token}")
                .app_data(web::PayloadConfig::new(16 * 1024))
                .route(web::get().to(messages::unsubscribing))
                .route(web::post().to(messages::unsubscribe)),
        )
        .service(
            web::resource("/settings")
                .app_data(form::urlencoded())
                .route(web::get().to(settings::show))
                .route(web::post().to(settings::examine)),
        )
        .service(web::resource("/specs").route(web::get().to(specs::list)))
        .service(web::resource("/specs/{spec}").route(web::get().to(specs::show)))
        .service(web::resource("/specs/{spec}/offer").route(web::get().to(specs::offer)))
        .service(web::resource("/specs/{spec}/changes").route(web::get().to(specs::changes)))
        .service(
            web::resource("/launch")
                .app_data(form::urlencoded())
                .route(web::get().to(launch::new))
                .route(web::post().to(launch::create)),
        )
        .service(
            web::resource("/launch/preview")
                .app_data(form::urlencoded())
                .route(web::post().to(launch::check)),
        )
        .service(web::resource("/launches/new").route(web::get().to(launches::new)))
        .service(
            web::resource("/launches/check")
                .app_data(form::multipart())
                .route(web::post().to(launches::check)),
        )
        .service(web::resource("/launches/{id}").route(web::get().to(launches::show)))
        .service(
            web::resource("/launches/{id}/results.csv").route(web::get().to(launches::results)),
        )
        .service(
            web::resource("/launches/{id}/offers.csv")
                .app_data(form::urlencoded())
                .route(web::post().to(launches::offers)),
        )
        .service(
            web::resource("/launches/{id}/stop")
                .app_data(form::urlencoded())
                .route(web::post().to(launches::stop)),
        )
        .service(
            web::resource("/launches/{id}/resume")
                .app_data(form::urlencoded())
                .route(web::post().to(launches::resume)),
        );
}

/// The API's description as a page, and the files of its viewer.
fn api_viewer(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/api").route(web::get().to(api::show)))
        .service(
            web::resource("/api/viewer/swagger-ui-bundle.js").route(web::get().to(api::script)),
        )
        .service(web::resource("/api/viewer/swagger-ui.css").route(web::get().to(api::sheet)))
        .service(web::resource("/api/viewer/start.js").route(web::get().to(api::start)))
        .service(web::resource("/api/viewer/frame.css").route(web::get().to(api::style)));
}

/// How people get in and out.
fn entrance(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/sign-in").route(web::get().to(sign_in::show)))
        .service(web::resource("/sign-in/github").route(web::get().to(github::leave)))
        .service(web::resource("/sign-in/github/callback").route(web::get().to(github::back)))
        .service(
            web::resource("/l/{token}")
                .app_data(form::urlencoded())
                .route(web::get().to(sign_in::show_link))
                .route(web::head().to(sign_in::head))
                .route(web::post().to(sign_in::use_link)),
        )
        .service(
            web::resource("/o/{token}")
                .route(web::get().to(sign_in::open_offer))
                .route(web::head().to(sign_in::head)),
        )
        .service(
            web::resource("/account")
                .app_data(form::urlencoded())
                .route(web::get().to(account::show))
                .route(web::post().to(account::change)),
        )
        .service(
            web::resource("/sign-out")
                .app_data(form::urlencoded())
                .route(web::post().to(sign_in::leave)),
        )
        .service(
            web::resource("/sign-out/everywhere")
                .app_data(form::urlencoded())
                .route(web::post().to(sign_in::leave_everywhere)),
        );
}

/// The team's people and their tokens.
fn team(config: &mut web::ServiceConfig) {
    config
        .service(
            web::resource("/people")
                .app_data(form::urlencoded())
                .route(web::get().to(people::list))
                .route(web::post().to(people::invite)),
        )
        .service(
            web::resource("/people/{id}")
                .app_data(form::urlencoded())
                .route(web::get().to(people::show))
                .route(web::post().to(people::change)),
        )
        .service(
            web::resource("/people/{id}/link")
                .app_data(form::urlencoded())
                .route(web::post().to(people::link)),
        )
        .service(
            web::resource("/people/{id}/disable")
                .app_data(form::urlencoded())
                .route(web::post().to(people::disable)),
        )
        .service(
            web::resource("/people/{id}/enable")
                .app_data(form::urlencoded())
                .route(web::post().to(people::enable)),
        )
        .service(
            web::resource("/people/{id}/sign-out")
                .app_data(form::urlencoded())
                .route(web::post().to(people::sign_out)),
        )
        .service(
            web::resource("/tokens")
                .app_data(form::urlencoded())
                .route(web::get().to(tokens::list))
                .route(web::post().to(tokens::make)),
        )
        .service(
            web::resource("/tokens/{id}/revoke")
                .app_data(form::urlencoded())
                .route(web::post().to(tokens::revoke)),
        );
}

fn page(status: StatusCode, template: &impl Template) -> Result<HttpResponse, PageProblem> {
    let html = template.render().map_err(|error| {
        tracing::error!(%error, "a page could not be rendered");
        PageProblem::from(super::Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "page_failed",
            "the page could not be made; the operator finds the reason in the log",
        ))
    })?;
    Ok(HttpResponse::build(status)
        .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .body(html))
}

/// A problem as a page.
pub(super) fn problem(problem: super::Problem) -> HttpResponse {
    PageProblem::from(problem).error_response()
}

/// The same answer, with a cookie.
fn with_cookie(
    mut response: HttpResponse,
    cookie: &Cookie<'_>,
) -> Result<HttpResponse, PageProblem> {
    response.add_cookie(cookie).map_err(|error| {
        tracing::error!(%error, "a cookie could not be set");
        super::Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "page_failed",
            "the page could not be made; the operator finds the reason in the log",
        )
    })?;
    Ok(response)
}

/// On to another page, which says what the form has done.
fn told(door: &Door, path: &str, notice: Notice) -> Result<HttpResponse, PageProblem> {
    with_cookie(see(path), &session::notice_cookie(door, notice))
}

/// On to another page, which is then asked for with GET.
fn see(path: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((LOCATION, path.to_owned()))
        .finish()
}
