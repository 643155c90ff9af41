//! The OpenAPI 3.1 description, made from the handlers and types themselves.

use actix_web::HttpResponse;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::{Modify, OpenApi};

use super::super::{health, webhook};
use super::{jobs, launches, offer, reconcile, specs, work_samples};

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
        work_samples::cancel, work_samples::judge, work_samples::reclassify, work_samples::pay, work_samples::decide,
        work_samples::close, work_samples::report, work_samples::schema,
        reconcile::one, reconcile::all,
        launches::create, launches::list, launches::show, launches::results, launches::stop, launches::resume,
        jobs::list, jobs::retry,
        offer::show, offer::accept, offer::decline, offer::withdraw, offer::deliver,
    ),
    modifiers(&Bearer)
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

pub async fn document() -> HttpResponse {
    HttpResponse::Ok().json(Description::openapi())
}
