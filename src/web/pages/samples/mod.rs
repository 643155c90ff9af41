//! Work samples, for leads and reviewers: the list, and the page of each.

mod list;
mod small_timeline;
pub(super) mod words;

use actix_web::web;

/// The header's link to these pages.
pub(super) const HOME: &str = "/samples";

/// Puts every page in place.
pub(super) fn configure(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/samples").route(web::get().to(list::list)))
        .service(web::resource("/samples.csv").route(web::get().to(list::csv)));
}
