//! Pages for people: rendered here, without a script, for keyboards, phones and paper.
//!
//! Every page is under one strict policy, every form carries its session's token, and whatever goes wrong is a page with the
//! same words and code that the API would give.

mod failure;
mod form;
mod launches;
mod sign_in;

use actix_web::cookie::Cookie;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION};
use actix_web::{HttpResponse, web};
use askama::Template;
use sha2::{Digest as _, Sha256};

use failure::PageProblem;

const STYLE: &str = include_str!("../../../templates/pages/style.css");

/// Our own style, our own forms, and nothing else.
const POLICY: &str = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Puts every page in place.
pub(super) fn configure(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/pages/style.css").route(web::get().to(style)))
        .service(
            web::resource("/sign-in")
                .app_data(form::urlencoded())
                .route(web::get().to(sign_in::show))
                .route(web::post().to(sign_in::enter)),
        )
        .service(
            web::resource("/sign-out")
                .app_data(form::urlencoded())
                .route(web::post().to(sign_in::leave)),
        )
        .service(
            web::resource("/launches")
                .app_data(form::multipart())
                .route(web::get().to(launches::list))
                .route(web::post().to(launches::create)),
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

/// What all pages share.
struct Frame {
    title: String,
    /// Changes with the style, so that browsers may keep it.
    style: String,
    /// The lead who is signed in, and the token of their forms.
    lead: Option<(String, String)>,
    /// Loads itself again after so many seconds.
    refresh: Option<u32>,
}

impl Frame {
    fn new(title: impl Into<String>) -> Frame {
        Frame {
            title: title.into(),
            style: hex::encode(&Sha256::digest(STYLE)[..6]),
            lead: None,
            refresh: None,
        }
    }

    fn of(lead: &super::session::SignedIn, title: impl Into<String>) -> Frame {
        Frame {
            lead: Some((lead.name.clone(), lead.form_token.clone())),
            ..Frame::new(title)
        }
    }
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

/// On to another page, which is then asked for with GET.
fn see(path: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((LOCATION, path.to_owned()))
        .finish()
}

async fn style() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/css; charset=utf-8"))
        .insert_header((CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .body(STYLE)
}
