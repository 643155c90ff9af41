//! Work samples, for leads and reviewers: the list, and the page of each.

mod actions;
mod changes;
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
        .service(web::resource("/samples/{id}/changes").route(web::get().to(changes::show)))
        .service(web::resource("/samples/{id}/report").route(web::get().to(report::show)));
    config
        .service(
            web::resource("/samples/{id}/reply")
                .app_data(form::urlencoded())
                .route(web::post().to(actions::reply)),
        )
        .service(
            web::resource("/samples/{id}/reclassify")
                .app_data(form::urlencoded())
                .route(web::post().to(actions::reclassify)),
        )
        .service(
            web::resource("/samples/{id}/judge")
                .app_data(form::urlencoded())
                .route(web::post().to(actions::judge)),
        )
        .service(
            web::resource("/samples/{id}/pay")
                .app_data(form::urlencoded())
                .route(web::post().to(actions::pay)),
        )
        .service(
            web::resource("/samples/{id}/decide")
                .app_data(form::urlencoded())
                .route(web::post().to(decisions::decide)),
        )
        .service(
            web::resource("/samples/{id}/correct-decision")
                .app_data(form::urlencoded())
                .route(web::post().to(decisions::correct_decision)),
        )
        .service(
            web::resource("/samples/{id}/extend")
                .app_data(form::urlencoded())
                .route(web::post().to(more::extend)),
        )
        .service(
            web::resource("/samples/{id}/withdraw")
                .app_data(form::urlencoded())
                .route(web::post().to(more::withdraw)),
        )
        .service(
            web::resource("/samples/{id}/cancel")
                .app_data(form::urlencoded())
                .route(web::post().to(more::cancel)),
        )
        .service(
            web::resource("/samples/{id}/reinvite")
                .app_data(form::urlencoded())
                .route(web::post().to(more::reinvite)),
        )
        .service(
            web::resource("/samples/{id}/login")
                .app_data(form::urlencoded())
                .route(web::post().to(more::login)),
        )
        .service(
            web::resource("/samples/{id}/owner")
                .app_data(form::urlencoded())
                .route(web::post().to(more::owner)),
        )
        .service(
            web::resource("/samples/{id}/close")
                .app_data(form::urlencoded())
                .route(web::post().to(more::close)),
        );
}

fn id_of(text: &str) -> Result<WorkSampleId, Problem> {
    text.parse()
        .map_err(|error: InvalidId| Problem::bad_request("id_invalid", error.to_string()))
}

/// The anchor of a text, by the key of its event.
fn anchor(key: &str) -> String {
    key.replace(|c: char| !c.is_ascii_alphanumeric(), "-")
}
