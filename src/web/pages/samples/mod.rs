//! Work samples, for leads and reviewers: the list, and the page of each.

mod actions;
mod decisions;
mod list;
mod more;
mod parts;
mod report;
mod results;
mod show;
mod small_timeline;
mod typed;
pub(super) mod words;

use actix_web::web;

use super::super::Problem;
use super::form;
use crate::ids::{InvalidId, WorkSampleId};

/// The header's link to these pages.
pub(super) const HOME: &str = "/samples";

/// Puts every page in place.
pub(super) fn configure(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/samples").route(web::get().to(list::list)))
        .service(web::resource("/samples.csv").route(web::get().to(list::csv)))
        .service(web::resource("/samples/{id}").route(web::get().to(show::show)))
        .service(web::resource("/samples/{id}/report").route(web::get().to(report::show)));
    macro_rules! action {
        ($($path:literal => $handler:path,)*) => {
            $(config.service(
                web::resource($path)
                    .app_data(form::urlencoded())
                    .route(web::post().to($handler)),
            );)*
        };
    }
    action! {
        "/samples/{id}/reply" => actions::reply,
        "/samples/{id}/reclassify" => actions::reclassify,
        "/samples/{id}/judge" => actions::judge,
        "/samples/{id}/pay" => actions::pay,
        "/samples/{id}/decide" => decisions::decide,
        "/samples/{id}/correct-decision" => decisions::correct_decision,
        "/samples/{id}/extend" => more::extend,
        "/samples/{id}/withdraw" => more::withdraw,
        "/samples/{id}/cancel" => more::cancel,
        "/samples/{id}/reinvite" => more::reinvite,
        "/samples/{id}/login" => more::login,
        "/samples/{id}/owner" => more::owner,
        "/samples/{id}/close" => more::close,
    }
}

fn id_of(text: &str) -> Result<WorkSampleId, Problem> {
    text.parse()
        .map_err(|error: InvalidId| Problem::bad_request("id_invalid", error.to_string()))
}
