//! Who sits at a browser: a signed cookie, and a token in every form that belongs to it.
//!
//! [`sign_in`] opens a session for a lead by name, whoever vouches for them: today a bearer token typed into a form, later
//! GitHub. Nothing is stored, so signing out makes this browser forget; a session ends by itself after a working day, and no
//! later than the token it was opened with. The cookie is no bearer token and a bearer token is no cookie: their audiences
//! differ. `SameSite=Strict` keeps other sites' forms out, and the form token keeps out whatever that lets through.

use std::future::{Ready, ready};

use actix_web::cookie::time::Duration as CookieAge;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::{FromRequest, HttpRequest, web};
use chrono::Duration;
use serde::{Deserialize, Serialize};

use super::Problem;
use super::door::Door;
use super::tokens::{ISSUER, TokenError};
use crate::clock::Timestamp;

const SESSION: &str = "worksample_session";
const VISIT: &str = "worksample_visit";
const FORM: &str = "worksample_form";
/// A working day.
const LONGEST: Duration = Duration::hours(8);
/// From looking at the sign-in form to sending it.
const LONGEST_VISIT: Duration = Duration::hours(1);

/// What our cookies and form tokens say; `aud` is the cookie's name, or [`FORM`].
#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    /// The session's id.
    sub: String,
    /// The lead's name; empty in a visit.
    #[serde(default)]
    lead: String,
    exp: i64,
}

/// A browser that showed its cookie, signed in or about to.
#[derive(Clone)]
struct Session {
    id: String,
    lead: String,
    ends_at: Timestamp,
}

impl Session {
    fn begin(door: &Door, lead: &str, ends_at: Timestamp) -> Session {
        let id = door.services.ids.next(door.services.now());
        Session {
            id: id.simple().to_string(),
            lead: lead.to_owned(),
            ends_at,
        }
    }

    fn claims(&self, audience: &str) -> Claims {
        Claims {
            iss: ISSUER.into(),
            aud: audience.into(),
            sub: self.id.clone(),
            lead: self.lead.clone(),
            exp: self.ends_at.timestamp(),
        }
    }

    fn read(door: &Door, request: &HttpRequest, name: &str) -> Option<Session> {
        let cookie = request.cookie(&full_name(door, name))?;
        let claims: Claims = door.tokens.verify(cookie.value(), name).ok()?;
        let ends_at = chrono::DateTime::from_timestamp(claims.exp, 0)?;
        (ends_at > door.services.now()).then_some(Session {
            id: claims.sub,
            lead: claims.lead,
            ends_at,
        })
    }

    fn cookie(&self, door: &Door, name: &str) -> Result<Cookie<'static>, TokenError> {
        let value = door.tokens.sign(&self.claims(name))?;
        let age = (self.ends_at - door.services.now()).num_seconds();
        Ok(cookie(door, name, value, age))
    }

    /// What a form of this session carries.
    fn form_token(&self, door: &Door) -> Result<String, TokenError> {
        door.tokens.sign(&self.claims(FORM))
    }

    fn check_form(&self, door: &Door, token: &str) -> Result<(), Problem> {
        match door.tokens.verify::<Claims>(token, FORM) {
            Ok(claims) if claims.sub == self.id => Ok(()),
            Ok(_) | Err(_) => Err(stale_form()),
        }
    }
}

fn stale_form() -> Problem {
    Problem::new(
        StatusCode::FORBIDDEN,
        "form_stale",
        "this form does not belong to your present session: load its page again, then send it once more",
    )
}

/// A cookie that only this host can have set, where it is reached by HTTPS.
fn full_name(door: &Door, name: &str) -> String {
    if is_secure(door) {
        format!("__Host-{name}")
    } else {
        name.to_owned()
    }
}

fn is_secure(door: &Door) -> bool {
    door.public_url.starts_with("https://")
}

fn cookie(door: &Door, name: &str, value: String, seconds: i64) -> Cookie<'static> {
    Cookie::build(full_name(door, name), value)
        .path("/")
        .http_only(true)
        .same_site(SameSite::Strict)
        .secure(is_secure(door))
        .max_age(CookieAge::seconds(seconds))
        .finish()
}

/// Opens a session for a lead, whoever vouched for them until `vouched_until`.
pub fn sign_in(
    door: &Door,
    lead: &str,
    vouched_until: Timestamp,
) -> Result<Cookie<'static>, TokenError> {
    let ends_at = vouched_until.min(door.services.now() + LONGEST);
    Session::begin(door, lead, ends_at).cookie(door, SESSION)
}

/// Makes the browser forget its session.
pub fn sign_out(door: &Door) -> Cookie<'static> {
    cookie(door, SESSION, String::new(), 0)
}

/// Somebody at the sign-in form.
pub struct Visit(Session);

impl Visit {
    /// A new visit: its cookie, and the token of the form that is shown.
    pub fn begin(door: &Door) -> Result<(Cookie<'static>, String), TokenError> {
        let session = Session::begin(door, "", door.services.now() + LONGEST_VISIT);
        Ok((session.cookie(door, VISIT)?, session.form_token(door)?))
    }

    pub fn check_form(&self, door: &Door, token: &str) -> Result<(), Problem> {
        self.0.check_form(door, token)
    }
}

/// A lead who is signed in.
#[derive(Clone)]
pub struct SignedIn {
    pub name: String,
    /// For the forms that are shown.
    pub form_token: String,
    session: Session,
}

impl SignedIn {
    pub fn check_form(&self, door: &Door, token: &str) -> Result<(), Problem> {
        self.session.check_form(door, token)
    }
}

/// Why a page is not shown: to be signed in for first, or a problem.
#[derive(Debug)]
pub enum NotSignedIn {
    /// Nobody is signed in; this is the page they wanted.
    SignInFirst {
        wanted: String,
    },
    Problem(Problem),
}

fn door(request: &HttpRequest) -> Result<&web::Data<Door>, Problem> {
    request.app_data::<web::Data<Door>>().ok_or_else(|| {
        Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "not_wired",
            "the service is not wired up",
        )
    })
}

/// The lead who is signed in.
pub fn signed_in(request: &HttpRequest) -> Result<SignedIn, NotSignedIn> {
    let door = door(request).map_err(NotSignedIn::Problem)?;
    let session =
        Session::read(door, request, SESSION).ok_or_else(|| NotSignedIn::SignInFirst {
            wanted: request.path().to_owned(),
        })?;
    let form_token = session
        .form_token(door)
        .map_err(|error| NotSignedIn::Problem(error.into()))?;
    Ok(SignedIn {
        name: session.lead.clone(),
        form_token,
        session,
    })
}

impl FromRequest for Visit {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let visit = door(request).and_then(|door| {
            Session::read(door, request, VISIT)
                .map(Visit)
                .ok_or_else(stale_form)
        });
        ready(visit)
    }
}
