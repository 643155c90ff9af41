//! Somebody at a sign-in form, of whom nothing is known yet: a cookie that lasts an hour, so that a form and the answer of
//! GitHub are taken only from the browser that they were given to.

use actix_web::cookie::Cookie;
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use chrono::Duration;
use serde::{Deserialize, Serialize};
use std::future::{Ready, ready};

use super::Problem;
use super::door::Door;
use super::session::{self, check_form, cookie, form_token_of, full_name, stale_form};
use super::tokens::{ISSUER, TokenError};
use crate::clock::Timestamp;
use crate::ids::PersonId;
use crate::secret_token::SecretToken;

/// The cookie of somebody at a form.
const VISIT: &str = "worksample_visit";
/// The cookie of somebody who was sent to GitHub.
const AT_GITHUB: &str = "worksample_github";
/// The cookie of a browser in which a person signed in with GitHub. It lets nobody in: it only says whose sign-ins are counted.
const KNOWN: &str = "worksample_known";
/// A browser is known for so long after the last sign-in.
const KNOWN_LASTS: Duration = Duration::days(180);
/// From looking at a form to sending it.
const VISIT_LASTS: Duration = Duration::hours(1);
/// A visit that ends sooner is replaced when a form is shown.
const RENEWED_BEFORE: Duration = Duration::minutes(30);
/// From leaving for GitHub to coming back.
const AT_GITHUB_LASTS: Duration = Duration::minutes(10);

/// What the cookies say; `aud` is the cookie's name.
#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    /// The visit's secret, or the id of the person who is known.
    sub: String,
    /// The page that was wanted.
    #[serde(default)]
    to: String,
    exp: i64,
}

/// A visit by its cookie.
#[derive(Clone)]
pub struct Visit {
    secret: SecretToken,
    /// The page that was wanted.
    pub to: String,
    ends_at: Timestamp,
}

impl Visit {
    fn new(door: &Door, lasts: Duration, to: &str) -> Visit {
        Visit {
            secret: SecretToken::new(door.services.ids.as_ref()),
            to: to.to_owned(),
            ends_at: door.services.now() + lasts,
        }
    }

    fn read(door: &Door, request: &HttpRequest, name: &str) -> Option<Visit> {
        let cookie = request.cookie(&full_name(door, name))?;
        let claims: Claims = door.tokens.verify(cookie.value(), name).ok()?;
        let ends_at = chrono::DateTime::from_timestamp(claims.exp, 0)?;
        let secret = SecretToken::read(&claims.sub)?;
        (ends_at > door.services.now()).then_some(Visit {
            secret,
            to: claims.to,
            ends_at,
        })
    }

    fn cookie(&self, door: &Door, name: &str) -> Result<Cookie<'static>, TokenError> {
        let value = door.tokens.sign(&Claims {
            iss: ISSUER.into(),
            aud: name.into(),
            sub: self.secret.expose().to_owned(),
            to: self.to.clone(),
            exp: self.ends_at.timestamp(),
        })?;
        let age = (self.ends_at - door.services.now()).num_seconds();
        Ok(cookie(door, name, value, age))
    }

    /// The visit of somebody to whom a form is shown: the one that they have, so that a second tab does not spoil the first
    /// one's form, or a new one. Returns its cookie and the form's token.
    pub fn at_form(
        door: &Door,
        request: &HttpRequest,
    ) -> Result<(Cookie<'static>, String), TokenError> {
        let known = Visit::read(door, request, VISIT)
            .filter(|visit| visit.ends_at - door.services.now() > RENEWED_BEFORE);
        let visit = known.unwrap_or_else(|| Visit::new(door, VISIT_LASTS, ""));
        Ok((visit.cookie(door, VISIT)?, form_token_of(&visit.secret)))
    }

    pub fn check_form(&self, token: &str) -> Result<(), Problem> {
        check_form(&form_token_of(&self.secret), token)
    }

    /// Somebody who is sent to GitHub now, and their cookie.
    pub fn to_github(door: &Door, to: &str) -> Result<(Visit, Cookie<'static>), TokenError> {
        let visit = Visit::new(door, AT_GITHUB_LASTS, to);
        let cookie = visit.cookie(door, AT_GITHUB)?;
        Ok((visit, cookie))
    }

    /// Somebody who comes back from GitHub.
    pub fn from_github(door: &Door, request: &HttpRequest) -> Option<Visit> {
        Visit::read(door, request, AT_GITHUB)
    }

    /// Makes the browser forget that it was sent to GitHub: an answer is taken once.
    pub fn no_github_cookie(door: &Door) -> Cookie<'static> {
        cookie(door, AT_GITHUB, String::new(), 0)
    }

    /// The cookie of a browser in which this person signed in now.
    pub fn known_cookie(door: &Door, person: &PersonId) -> Result<Cookie<'static>, TokenError> {
        let value = door.tokens.sign(&Claims {
            iss: ISSUER.into(),
            aud: KNOWN.into(),
            sub: person.to_string(),
            to: String::new(),
            exp: (door.services.now() + KNOWN_LASTS).timestamp(),
        })?;
        Ok(cookie(door, KNOWN, value, KNOWN_LASTS.num_seconds()))
    }

    /// The person who signed in with this browser before, as only we can have written it.
    pub fn known_person(door: &Door, request: &HttpRequest) -> Option<PersonId> {
        let cookie = request.cookie(&full_name(door, KNOWN))?;
        let claims: Claims = door.tokens.verify(cookie.value(), KNOWN).ok()?;
        let is_valid = claims.exp > door.services.now().timestamp();
        claims.sub.parse().ok().filter(|_| is_valid)
    }

    /// What GitHub hands back unchanged. Only this browser can have been given it.
    pub fn state(&self) -> String {
        self.secret.derive("github state")
    }

    /// The code verifier of PKCE.
    pub fn verifier(&self) -> String {
        self.secret.derive("github code verifier")
    }
}

impl FromRequest for Visit {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let visit = session::door(request)
            .and_then(|door| Visit::read(door, request, VISIT).ok_or_else(stale_form));
        ready(visit)
    }
}
