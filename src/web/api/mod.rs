//! `/api/v1`: the verbs of the command line, for leads and reviewers, and the candidate's own.

mod correct_email;
mod decisions;
mod deliveries;
mod examples;
mod invitations;
mod jobs;
mod launches;
mod messages;
mod offer;
mod offer_links;
pub mod openapi;
mod people;
mod reconcile;
mod request;
mod specs;
pub mod views;
mod work_samples;

use actix_web::web;

pub(in crate::web) use messages::state as message_state;

/// Puts every route in place. Resources, not single services: a known address with a wrong method answers 405.
pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/api/openapi.json").route(web::get().to(openapi::document)))
        .service(
            web::resource("/api/report.schema.json").route(web::get().to(work_samples::schema)),
        )
        .service(
            web::scope("/api/v1")
                .service(
                    web::resource("/specs")
                        .app_data(web::PayloadConfig::new(specs::MOST_BYTES))
                        .route(web::get().to(specs::list))
                        .route(web::post().to(specs::publish)),
                )
                .service(web::resource("/specs/{spec}").route(web::get().to(specs::show)))
                .service(
                    web::resource("/work-samples")
                        .route(web::get().to(work_samples::list))
                        .route(web::post().to(work_samples::launch)),
                )
                .service(
                    web::resource("/work-samples/{id}").route(web::get().to(work_samples::show)),
                )
                .service(
                    web::resource("/work-samples/{id}/accepted-terms")
                        .route(web::get().to(work_samples::accepted_terms)),
                )
                .service(
                    web::resource("/work-samples/{id}/links")
                        .route(web::get().to(offer_links::list))
                        .route(web::post().to(offer_links::make)),
                )
                .service(
                    web::resource("/work-samples/{id}/links/revoke")
                        .route(web::post().to(offer_links::revoke)),
                )
                .service(
                    web::resource("/work-samples/{id}/extend")
                        .route(web::post().to(work_samples::extend)),
                )
                .service(
                    web::resource("/work-samples/{id}/withdraw")
                        .route(web::post().to(work_samples::withdraw)),
                )
                .service(
                    web::resource("/work-samples/{id}/cancel")
                        .route(web::post().to(work_samples::cancel)),
                )
                .service(
                    web::resource("/work-samples/{id}/reinvite")
                        .route(web::post().to(invitations::reinvite)),
                )
                .service(
                    web::resource("/work-samples/{id}/login")
                        .route(web::post().to(invitations::correct)),
                )
                .service(
                    web::resource("/work-samples/{id}/correct-delivery")
                        .route(web::post().to(deliveries::correct)),
                )
                .service(
                    web::resource("/work-samples/{id}/judge")
                        .route(web::post().to(work_samples::judge)),
                )
                .service(
                    web::resource("/work-samples/{id}/reclassify")
                        .route(web::post().to(work_samples::reclassify)),
                )
                .service(
                    web::resource("/work-samples/{id}/side").route(web::post().to(people::side)),
                )
                .service(
                    web::resource("/work-samples/{id}/pay")
                        .route(web::post().to(work_samples::pay)),
                )
                .service(
                    web::resource("/work-samples/{id}/decide")
                        .route(web::post().to(decisions::decide)),
                )
                .service(
                    web::resource("/work-samples/{id}/correct-decision")
                        .route(web::post().to(decisions::correct_decision)),
                )
                .service(
                    web::resource("/work-samples/{id}/reply")
                        .route(web::post().to(decisions::reply)),
                )
                .service(
                    web::resource("/work-samples/{id}/close")
                        .route(web::post().to(work_samples::close)),
                )
                .service(
                    web::resource("/work-samples/{id}/report")
                        .route(web::get().to(work_samples::report)),
                )
                .service(
                    web::resource("/work-samples/{id}/email")
                        .route(web::post().to(correct_email::correct)),
                )
                .service(
                    web::resource("/work-samples/{id}/reconcile")
                        .route(web::post().to(reconcile::one)),
                )
                .service(web::resource("/reconcile").route(web::post().to(reconcile::all)))
                .service(
                    web::resource("/launches")
                        .app_data(web::PayloadConfig::new(launches::MOST_BYTES))
                        .route(web::get().to(launches::list))
                        .route(web::post().to(launches::create)),
                )
                .service(web::resource("/launches/{id}").route(web::get().to(launches::show)))
                .service(
                    web::resource("/launches/{id}/results").route(web::get().to(launches::results)),
                )
                .service(web::resource("/launches/{id}/stop").route(web::post().to(launches::stop)))
                .service(
                    web::resource("/launches/{id}/resume").route(web::post().to(launches::resume)),
                )
                .service(
                    web::resource("/people")
                        .route(web::get().to(people::list))
                        .route(web::post().to(people::add)),
                )
                .service(web::resource("/people/{id}").route(web::post().to(people::set)))
                .service(
                    web::resource("/people/{id}/disable").route(web::post().to(people::disable)),
                )
                .service(web::resource("/people/{id}/enable").route(web::post().to(people::enable)))
                .service(
                    web::resource("/people/{id}/messages").route(web::post().to(messages::turn)),
                )
                .service(
                    web::resource("/work-samples/{id}/owner")
                        .route(web::post().to(messages::set_owner)),
                )
                .service(web::resource("/messages").route(web::get().to(messages::list)))
                .service(web::resource("/messages/{id}").route(web::get().to(messages::show)))
                .service(
                    web::resource("/messages/{id}/resend").route(web::post().to(messages::resend)),
                )
                .service(web::resource("/jobs").route(web::get().to(jobs::list)))
                .service(web::resource("/jobs/{id}/retry").route(web::post().to(jobs::retry)))
                .service(web::resource("/offer").route(web::get().to(offer::show)))
                .service(web::resource("/offer/accept").route(web::post().to(offer::accept)))
                .service(web::resource("/offer/terms").route(web::get().to(offer::terms)))
                .service(web::resource("/offer/report").route(web::get().to(offer::report)))
                .service(web::resource("/offer/export.zip").route(web::get().to(offer::export)))
                .service(web::resource("/offer/decline").route(web::post().to(offer::decline)))
                .service(web::resource("/offer/withdraw").route(web::post().to(offer::withdraw)))
                .service(
                    web::resource("/offer/reinvite")
                        .route(web::post().to(invitations::own_reinvite)),
                )
                .service(
                    web::resource("/offer/login").route(web::post().to(invitations::own_correct)),
                )
                .service(web::resource("/offer/deliver").route(web::post().to(offer::deliver))),
        );
}
