//! Who is asking. A handler that takes one of these extractors is reached only by those it names; a candidate's extractor
//! carries the one work sample that is theirs, so another's cannot even be asked for.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{FromRequest, HttpRequest, web};

use super::Problem;
use super::door::Door;
use super::tokens::Bearer;
use crate::ids::WorkSampleId;
use crate::work_sample::Actor;

fn bearer(request: &HttpRequest) -> Result<Bearer, Problem> {
    let door = request.app_data::<web::Data<Door>>().ok_or_else(|| {
        Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "not_wired",
            "the service is not wired up",
        )
    })?;
    let token = request
        .headers()
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim())
        .ok_or_else(|| {
            Problem::new(
                StatusCode::UNAUTHORIZED,
                "token_missing",
                "send a bearer token: `Authorization: Bearer …`; `worksample token` makes one",
            )
        })?;
    Ok(door.tokens.read(token, door.services.now())?)
}

/// A lead.
#[derive(Debug, Clone)]
pub struct Lead {
    pub name: String,
}

/// A lead or a reviewer.
#[derive(Debug, Clone)]
pub struct Team {
    pub actor: Actor,
}

/// The candidate of one work sample.
#[derive(Debug, Clone)]
pub struct Candidate {
    pub work_sample: WorkSampleId,
}

impl Lead {
    pub fn actor(&self) -> Actor {
        Actor::Lead {
            name: self.name.clone(),
        }
    }
}

impl FromRequest for Lead {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(match bearer(request) {
            Ok(Bearer::Lead { name }) => Ok(Lead { name }),
            Ok(Bearer::Reviewer { .. } | Bearer::Candidate { .. }) => {
                Err(Problem::forbidden("this takes a lead's token"))
            }
            Err(problem) => Err(problem),
        })
    }
}

impl FromRequest for Team {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(match bearer(request) {
            Ok(Bearer::Lead { name }) => Ok(Team {
                actor: Actor::Lead { name },
            }),
            Ok(Bearer::Reviewer { name }) => Ok(Team {
                actor: Actor::Reviewer { name },
            }),
            Ok(Bearer::Candidate { .. }) => Err(Problem::forbidden(
                "this takes a lead's or a reviewer's token",
            )),
            Err(problem) => Err(problem),
        })
    }
}

impl FromRequest for Candidate {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(match bearer(request) {
            Ok(Bearer::Candidate { work_sample }) => Ok(Candidate { work_sample }),
            Ok(Bearer::Lead { .. } | Bearer::Reviewer { .. }) => {
                Err(Problem::forbidden("this takes the candidate's own token"))
            }
            Err(problem) => Err(problem),
        })
    }
}
