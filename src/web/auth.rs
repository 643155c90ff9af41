//! Who is asking. A handler that takes one of these extractors is reached only by those it names; a candidate's extractor
//! carries the one work sample that is theirs, so another's cannot even be asked for.

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{FromRequest, HttpRequest};
use futures_util::FutureExt as _;
use futures_util::future::LocalBoxFuture;

use super::Problem;
use super::door::Door;
use super::session::door;
use super::tokens::Bearer;
use crate::ids::WorkSampleId;
use crate::work_sample::Actor;
use crate::workflow::{api_tokens, signed_tokens};

/// Whom the token stands for: one that is a row, or one that is signed.
async fn bearer(request: &HttpRequest) -> Result<Bearer, Problem> {
    let door = door(request)?;
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
                "send a bearer token: `Authorization: Bearer …`; the team that runs the service gives you one",
            )
        })?;
    match api_tokens::bearer(&door.services, token).await? {
        Some((person, role)) if role == "lead" => Ok(Bearer::Lead { name: person.name }),
        Some((person, _)) => Ok(Bearer::Reviewer { name: person.name }),
        None => {
            let bearer = door.tokens.read(token, door.services.now())?;
            check_signed(door, &bearer).await?;
            Ok(bearer)
        }
    }
}

/// A signed token cannot be revoked, so whom it names is looked at.
async fn check_signed(door: &Door, bearer: &Bearer) -> Result<(), Problem> {
    let services = &door.services;
    match bearer {
        Bearer::Lead { name } => signed_tokens::check_person(services, name, "lead").await?,
        Bearer::Reviewer { name } => {
            signed_tokens::check_person(services, name, "reviewer").await?;
        }
        Bearer::Candidate { work_sample } => {
            signed_tokens::check_candidate(services, work_sample).await?;
        }
    }
    Ok(())
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

impl TryFrom<Bearer> for Lead {
    type Error = Problem;

    fn try_from(bearer: Bearer) -> Result<Self, Problem> {
        match bearer {
            Bearer::Lead { name } => Ok(Lead { name }),
            Bearer::Reviewer { .. } | Bearer::Candidate { .. } => {
                Err(Problem::forbidden("this takes a lead's token"))
            }
        }
    }
}

impl TryFrom<Bearer> for Team {
    type Error = Problem;

    fn try_from(bearer: Bearer) -> Result<Self, Problem> {
        match bearer {
            Bearer::Lead { name } => Ok(Team {
                actor: Actor::Lead { name },
            }),
            Bearer::Reviewer { name } => Ok(Team {
                actor: Actor::Reviewer { name },
            }),
            Bearer::Candidate { .. } => Err(Problem::forbidden(
                "this takes a lead's or a reviewer's token",
            )),
        }
    }
}

impl TryFrom<Bearer> for Candidate {
    type Error = Problem;

    fn try_from(bearer: Bearer) -> Result<Self, Problem> {
        match bearer {
            Bearer::Candidate { work_sample } => Ok(Candidate { work_sample }),
            Bearer::Lead { .. } | Bearer::Reviewer { .. } => {
                Err(Problem::forbidden("this takes the candidate's own token"))
            }
        }
    }
}

macro_rules! from_bearer {
    ($($who:ty),*) => {$(
        impl FromRequest for $who {
            type Error = Problem;
            type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

            fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
                let request = request.clone();
                async move { bearer(&request).await?.try_into() }.boxed_local()
            }
        }
    )*};
}

from_bearer!(Lead, Team, Candidate);
