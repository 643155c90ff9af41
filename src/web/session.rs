//! Who is at a browser: the session behind its cookie, and the token that each of its forms carries.
//!
//! Sessions are rows (`workflow::sessions`), read at every request: signing out, disabling a person and revoking a link take
//! effect at once on every process. A person of the team and a candidate have cookies of their own, so that a lead who opens
//! a candidate's link stays signed in. Cookies are `SameSite=Lax`: browsers send no `Strict` ones when GitHub or a web mailer
//! leads here. A form's token is derived one-way from the cookie, so another site can send the cookie but not the token.

use actix_web::cookie::time::Duration as CookieAge;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, web};

use super::Problem;
use super::door::Door;
use super::notice::Notice;
use crate::ids::{PersonId, WorkSampleId};
use crate::secret_token::{SecretToken, same_secret};
use crate::store::PersonRow;
use crate::workflow::sessions::{self, Opened};
use crate::zone::Zone;

/// The cookie of a person of the team.
const TEAM: &str = "worksample_session";
/// The cookie of a candidate.
const CANDIDATE: &str = "worksample_candidate";
/// The cookie that names what the last form has done.
const NOTICE: &str = "worksample_notice";
/// A notice that no page showed within so many seconds is shown no more.
const NOTICE_SECONDS: i64 = 60;

/// The token of a session's forms.
pub(super) fn form_token_of(token: &SecretToken) -> String {
    token.derive("form")
}

/// Refuses a form that does not carry this token.
pub(super) fn check_form(expected: &str, shown: &str) -> Result<(), Problem> {
    if same_secret(expected, shown) {
        Ok(())
    } else {
        Err(stale_form())
    }
}

pub(super) fn stale_form() -> Problem {
    Problem::new(
        StatusCode::FORBIDDEN,
        "form_stale",
        "this form does not belong to your present session: load its page again, then send it once more",
    )
}

/// A cookie that only this host can have set, where it is reached by HTTPS.
pub(super) fn full_name(door: &Door, name: &str) -> String {
    if is_secure(door) {
        format!("__Host-{name}")
    } else {
        name.to_owned()
    }
}

fn is_secure(door: &Door) -> bool {
    door.public_url.starts_with("https://")
}

pub(super) fn cookie(door: &Door, name: &str, value: String, seconds: i64) -> Cookie<'static> {
    Cookie::build(full_name(door, name), value)
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(is_secure(door))
        .max_age(CookieAge::seconds(seconds))
        .finish()
}

fn cookie_of(door: &Door, name: &str, opened: &Opened) -> Cookie<'static> {
    let age = (opened.expires_at - door.services.now()).num_seconds();
    cookie(door, name, opened.token.expose().to_owned(), age)
}

/// The cookie that signs a person of the team in.
pub fn team_cookie(door: &Door, opened: &Opened) -> Cookie<'static> {
    cookie_of(door, TEAM, opened)
}

/// The cookie that opens a work sample to its candidate.
pub fn candidate_cookie(door: &Door, opened: &Opened) -> Cookie<'static> {
    cookie_of(door, CANDIDATE, opened)
}

/// Makes the browser forget the team's session.
pub fn no_team_cookie(door: &Door) -> Cookie<'static> {
    cookie(door, TEAM, String::new(), 0)
}

/// Makes the browser forget the candidate's session.
pub fn no_candidate_cookie(door: &Door) -> Cookie<'static> {
    cookie(door, CANDIDATE, String::new(), 0)
}

/// The cookie that makes the next page show this notice.
pub fn notice_cookie(door: &Door, notice: Notice) -> Cookie<'static> {
    cookie(door, NOTICE, notice.name().to_owned(), NOTICE_SECONDS)
}

/// Makes the browser forget the notice.
pub fn no_notice_cookie(door: &Door) -> Cookie<'static> {
    cookie(door, NOTICE, String::new(), 0)
}

/// The notice that this request's page is to show.
pub fn notice(request: &HttpRequest) -> Option<Notice> {
    if request.method() != Method::GET {
        return None;
    }
    let name = full_name(door(request).ok()?, NOTICE);
    Notice::named(request.cookie(&name)?.value())
}

/// The token in a cookie, if the browser sent one that can be one.
pub(super) fn shown(door: &Door, request: &HttpRequest, name: &str) -> Option<SecretToken> {
    let cookie = request.cookie(&full_name(door, name))?;
    SecretToken::read(cookie.value())
}

/// The token of a candidate's session, if the browser sent one that can be one.
pub(super) fn candidate_token(door: &Door, request: &HttpRequest) -> Option<SecretToken> {
    shown(door, request, CANDIDATE)
}

/// A person of the team who is signed in, with a role at least.
#[derive(Debug, Clone)]
pub struct TeamMember {
    pub person: PersonId,
    pub name: String,
    pub is_lead: bool,
    pub is_reviewer: bool,
    /// In which the person reads times.
    pub zone: Zone,
    /// For the forms that are shown.
    pub form_token: String,
    /// What the last form has done, for the page that is shown.
    pub notice: Option<Notice>,
    pub(super) session: SecretToken,
}

impl TeamMember {
    fn of(person: PersonRow, session: SecretToken, notice: Option<Notice>) -> TeamMember {
        TeamMember {
            is_lead: person.has_role("lead"),
            is_reviewer: person.has_role("reviewer"),
            zone: person.zone.parse().unwrap_or(Zone::UTC),
            person: person.id,
            name: person.name,
            form_token: form_token_of(&session),
            notice,
            session,
        }
    }

    pub fn check_form(&self, token: &str) -> Result<(), Problem> {
        check_form(&self.form_token, token)
    }

    /// Ends this session.
    pub async fn sign_out(&self, door: &Door) -> Result<(), Problem> {
        Ok(sessions::end(&door.services, &self.session).await?)
    }
}

/// A lead who is signed in.
#[derive(Debug, Clone)]
pub struct SignedIn {
    pub person: PersonId,
    pub name: String,
    /// In which the person reads times.
    pub zone: Zone,
    /// For the forms that are shown.
    pub form_token: String,
    /// What the last form has done, for the page that is shown.
    pub notice: Option<Notice>,
}

impl SignedIn {
    pub fn check_form(&self, token: &str) -> Result<(), Problem> {
        check_form(&self.form_token, token)
    }
}

/// A lead who is signed in, as a member of the team: for what only leads do on pages that reviewers see too.
#[derive(Debug, Clone)]
pub struct LeadMember(pub TeamMember);

impl LeadMember {
    pub fn check_form(&self, token: &str) -> Result<(), Problem> {
        self.0.check_form(token)
    }
}

impl TryFrom<TeamMember> for LeadMember {
    type Error = Problem;

    fn try_from(member: TeamMember) -> Result<LeadMember, Problem> {
        if member.is_lead {
            Ok(LeadMember(member))
        } else {
            Err(Problem::forbidden("only a lead may do this"))
        }
    }
}

impl TryFrom<TeamMember> for SignedIn {
    type Error = Problem;

    fn try_from(member: TeamMember) -> Result<SignedIn, Problem> {
        if !member.is_lead {
            return Err(Problem::forbidden("this page is for leads"));
        }
        Ok(SignedIn {
            person: member.person,
            name: member.name,
            zone: member.zone,
            form_token: member.form_token,
            notice: member.notice,
        })
    }
}

/// A browser that a candidate's link let in.
#[derive(Debug, Clone)]
pub struct CandidateVisit {
    pub work_sample: WorkSampleId,
    /// For the forms that are shown.
    pub form_token: String,
    /// What the last form has done, for the page that is shown.
    pub notice: Option<Notice>,
    session: SecretToken,
}

impl CandidateVisit {
    pub fn check_form(&self, token: &str) -> Result<(), Problem> {
        check_form(&self.form_token, token)
    }

    /// Ends this session; the link opens another.
    pub async fn end(&self, door: &Door) -> Result<(), Problem> {
        Ok(sessions::end(&door.services, &self.session).await?)
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

impl From<Problem> for NotSignedIn {
    fn from(problem: Problem) -> Self {
        NotSignedIn::Problem(problem)
    }
}

pub(super) fn door(request: &HttpRequest) -> Result<&web::Data<Door>, Problem> {
    request.app_data::<web::Data<Door>>().ok_or_else(|| {
        Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "not_wired",
            "the service is not wired up",
        )
    })
}

/// The person of the team who is signed in.
pub async fn team_member(request: &HttpRequest) -> Result<TeamMember, NotSignedIn> {
    let door = door(request)?;
    let sign_in = || NotSignedIn::SignInFirst {
        wanted: request.path().to_owned(),
    };
    let session = shown(door, request, TEAM).ok_or_else(sign_in)?;
    let person = sessions::person_of(&door.services, &session)
        .await
        .map_err(Problem::from)?
        .ok_or_else(sign_in)?;
    let member = TeamMember::of(person, session, notice(request));
    if !member.is_lead && !member.is_reviewer {
        return Err(NotSignedIn::Problem(Problem::new(
            StatusCode::FORBIDDEN,
            "no_role",
            format!(
                "{} is neither lead nor reviewer here: ask a lead for an invitation",
                member.name
            ),
        )));
    }
    Ok(member)
}

/// The candidate whose link let this browser in.
pub async fn candidate_visit(request: &HttpRequest) -> Result<CandidateVisit, Problem> {
    let door = door(request)?;
    let ended = || {
        Problem::new(
            StatusCode::UNAUTHORIZED,
            "visit_ended",
            "your visit has ended: open the personal link in your mail once more; you need no account",
        )
    };
    let session = shown(door, request, CANDIDATE).ok_or_else(ended)?;
    let work_sample = sessions::work_sample_of(&door.services, &session)
        .await?
        .ok_or_else(ended)?;
    Ok(CandidateVisit {
        work_sample,
        form_token: form_token_of(&session),
        notice: notice(request),
        session,
    })
}
