//! The files that pages bring: stylesheet and icon. Their addresses carry a version, so browsers keep them.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::{HttpResponse, web};

pub(super) const STYLE: &str = include_str!("../../../templates/pages/style.css");
pub(super) const FAVICON: &str = include_str!("../../../templates/pages/favicon.svg");
/// For clients that ask for `/favicon.ico` whatever a page says.
const FAVICON_ICO: &[u8] = include_bytes!("../../../templates/pages/favicon.ico");

pub(super) const FOR_EVER: &str = "public, max-age=31536000, immutable";
const FOR_A_DAY: &str = "public, max-age=86400";

/// Their addresses; the setup page's server has them, too.
pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/pages/style.css").route(web::get().to(style)))
        .service(web::resource("/favicon.svg").route(web::get().to(icon)))
        .service(web::resource("/favicon.ico").route(web::get().to(old_icon)));
}

pub(super) fn file(kind: &'static str, kept: &'static str, content: &'static [u8]) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, kind))
        .insert_header((CACHE_CONTROL, kept))
        .body(content)
}

async fn style() -> HttpResponse {
    file("text/css; charset=utf-8", FOR_EVER, STYLE.as_bytes())
}

async fn icon() -> HttpResponse {
    file("image/svg+xml", FOR_EVER, FAVICON.as_bytes())
}

async fn old_icon() -> HttpResponse {
    file("image/x-icon", FOR_A_DAY, FAVICON_ICO)
}
