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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;
    use crate::web::api::{examples, request};

    fn described() -> Value {
        serde_json::to_value(Description::openapi()).unwrap()
    }

    /// Every operation with its method and path.
    fn operations(document: &Value) -> Vec<(String, &Value)> {
        let paths = document["paths"].as_object().unwrap();
        paths
            .iter()
            .flat_map(|(path, item)| {
                let item = item.as_object().unwrap();
                item.iter()
                    .map(move |(method, one)| (format!("{method} {path}"), one))
            })
            .collect()
    }

    /// The name and the schema behind a reference; an array stands for its items.
    fn resolved<'a>(document: &'a Value, schema: &'a Value) -> (&'a str, &'a Value) {
        if schema["type"] == "array" {
            return resolved(document, &schema["items"]);
        }
        match schema["$ref"].as_str() {
            Some(reference) => {
                let name = reference.rsplit('/').next().unwrap();
                (name, &document["components"]["schemas"][name])
            }
            None => ("", schema),
        }
    }

    /// The examples of a body: its own, or those of its type.
    fn examples_of<'a>(document: &'a Value, media: &'a Value) -> Vec<&'a Value> {
        let (_, schema) = resolved(document, &media["schema"]);
        let own = media.get("example").into_iter();
        let of_type = schema["examples"].as_array().into_iter().flatten();
        own.chain(of_type).filter(|one| !one.is_null()).collect()
    }

    fn media(content: &Value) -> impl Iterator<Item = &Value> {
        content.as_object().into_iter().flat_map(|all| all.values())
    }

    #[test]
    fn every_operation_has_a_summary_of_its_own() {
        let document = described();
        let mut known = BTreeSet::new();
        for (name, operation) in operations(&document) {
            let summary = operation["summary"].as_str().unwrap_or_default();
            assert!(
                summary.starts_with(|c: char| c.is_ascii_uppercase()) && !summary.ends_with('.'),
                "{name}: {summary:?}"
            );
            assert!(
                known.insert(summary.to_owned()),
                "{name}: {summary:?} is there twice"
            );
        }
    }

    #[test]
    fn every_operation_has_an_example() {
        let document = described();
        for (name, operation) in operations(&document) {
            let body = &operation["requestBody"]["content"];
            if body.is_object() {
                let is_shown = media(body).all(|one| !examples_of(&document, one).is_empty());
                assert!(is_shown, "{name}: its body has no example");
                continue;
            }
            let answers = operation["responses"].as_object().unwrap().iter();
            let is_shown = answers
                .filter(|(status, _)| status.starts_with('2'))
                .flat_map(|(_, answer)| media(&answer["content"]))
                .any(|one| !examples_of(&document, one).is_empty());
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            let is_named = parameters
                .into_iter()
                .any(|one| one.get("example").is_some());
            assert!(is_shown || is_named, "{name}: has no example");
        }
    }

    /// Reads an example as the handler reads the body; `None` for a type that is not known here.
    fn read(body: &str, example: &Value) -> Option<Result<(), String>> {
        let text = example.to_string();
        macro_rules! bodies {
            ($($name:literal: $($of:ty),+;)*) => {
                match body {
                    $($name => Some(Ok(())$(.and_then(|()| {
                        request::json::<$of>(text.as_bytes()).map(drop).map_err(|one| one.detail)
                    }))+),)*
                    _ => None,
                }
            };
        }
        bodies! {
            "AcceptBody": offer::AcceptBody;
            "CorrectDecisionBody": decisions::CorrectDecisionBody;
            "CorrectDeliveryBody": deliveries::CorrectDeliveryBody;
            "DecideBody": decisions::DecideBody;
            "DeliverBody": offer::DeliverBody;
            "EmailBody": correct_email::EmailBody;
            "ExtendBody": work_samples::ExtendBody;
            "JudgeBody": work_samples::JudgeBody;
            "LaunchBody": work_samples::LaunchBody;
            "LaunchManyBody": launches::LaunchManyBody;
            "LoginBody": invitations::LoginBody;
            "NewPersonBody": people::NewPersonBody;
            "OwnerBody": messages::OwnerBody;
            "PayBody": work_samples::PayBody;
            "PersonBody": people::PersonBody;
            "PreferenceBody": messages::PreferenceBody;
            "PublishBody": specs::PublishBody;
            "ReasonBody": offer::ReasonBody, work_samples::ReasonBody;
            "ReclassifyBody": work_samples::ReclassifyBody;
            "ReplyBody": decisions::ReplyBody;
            "RevokeBody": offer_links::RevokeBody;
            "SideBody": people::SideBody;
        }
    }

    #[test]
    fn examples_of_bodies_are_read_as_requests() {
        let document = described();
        for (name, operation) in operations(&document) {
            // A webhook's payload is any JSON.
            if name == "post /webhooks/github" {
                continue;
            }
            for one in media(&operation["requestBody"]["content"]) {
                let (body, _) = resolved(&document, &one["schema"]);
                for example in examples_of(&document, one) {
                    let told = read(body, example).unwrap_or_else(|| panic!("{name}: {body}"));
                    assert_eq!(told, Ok(()), "{name}: {example}");
                }
            }
        }
    }

    #[test]
    fn recorded_examples_are_json() {
        for one in [
            examples::work_sample(),
            examples::offer(),
            examples::own_report(),
        ] {
            assert!(one.is_object());
        }
        let view: super::super::views::WorkSampleView =
            serde_json::from_value(examples::work_sample()).unwrap();
        assert_eq!(view.candidate, "Ada Example");
    }
}
