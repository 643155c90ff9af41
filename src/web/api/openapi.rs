//! The OpenAPI 3.1 description, made from the handlers and types themselves.

use actix_web::HttpResponse;
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{Content, Ref, RefOr};
use utoipa::{Modify, OpenApi};

use super::super::{health, webhook};
use super::{
    correct_email, decisions, deliveries, invitations, jobs, launches, messages, offer,
    offer_links, people, reconcile, specs, work_samples,
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "worksample",
        description = "Paid work samples: launch, follow, assess, report. Errors are problem details (RFC 9457) with a stable `code`.",
        license(name = "MIT", identifier = "MIT")
    ),
    paths(
        webhook::github, health::healthz, health::readyz, health::metrics,
        specs::publish, specs::list, specs::show,
        work_samples::launch, work_samples::list, work_samples::show, work_samples::extend, work_samples::withdraw,
        work_samples::cancel, work_samples::judge, work_samples::reclassify, work_samples::pay,
        decisions::decide, decisions::correct_decision, decisions::reply,
        work_samples::close, work_samples::report, work_samples::schema, work_samples::accepted_terms,
        deliveries::correct,
        correct_email::correct,
        offer_links::list, offer_links::make, offer_links::revoke,
        reconcile::one, reconcile::all,
        launches::create, launches::list, launches::show, launches::results, launches::stop, launches::resume,
        invitations::reinvite, invitations::correct, invitations::own_reinvite, invitations::own_correct,
        people::add, people::list, people::set, people::disable, people::enable, people::side,
        jobs::list, jobs::retry,
        messages::list, messages::show, messages::resend, messages::set_owner, messages::turn,
        offer::show, offer::accept, offer::decline, offer::withdraw, offer::deliver, offer::terms, offer::report, offer::export,
    ),
    modifiers(&Bearer, &Refusals)
)]
pub struct Description;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, description: &mut utoipa::openapi::OpenApi) {
        let mut bearer = Http::new(HttpAuthScheme::Bearer);
        bearer.bearer_format = Some("JWT".into());
        description
            .components
            .get_or_insert_with(Default::default)
            .add_security_scheme("bearer", SecurityScheme::Http(bearer));
    }
}

/// Whatever is refused or fails is told as a problem, by its own media type; and any call may be refused in ways that
/// its handler does not list (no token, a database that is away).
struct Refusals;

impl Modify for Refusals {
    fn modify(&self, description: &mut utoipa::openapi::OpenApi) {
        use super::super::problem::MEDIA_TYPE;

        let problem = || Content::new(Some(Ref::from_schema_name("Problem")));
        let operations = description.paths.paths.values_mut().flat_map(|item| {
            let item = [&mut item.get, &mut item.post];
            item.into_iter().flatten()
        });
        for operation in operations {
            let answers = &mut operation.responses.responses;
            for (status, answer) in answers.iter_mut() {
                if let RefOr::T(answer) = answer
                    && status.starts_with(['4', '5'])
                {
                    answer.content.clear();
                    answer.content.insert(MEDIA_TYPE.into(), problem().into());
                }
            }
            let any = ResponseBuilder::new()
                .description("refused or failed, with a code")
                .content(MEDIA_TYPE, problem());
            answers
                .entry("default".into())
                .or_insert_with(|| any.build().into());
        }
    }
}

pub async fn document() -> HttpResponse {
    HttpResponse::Ok().json(Description::openapi())
}
