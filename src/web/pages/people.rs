//! The people of the team: who they are, invited, changed, signed out, disabled.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::super::Problem;
use super::super::door::Door;
use super::super::notice::Notice;
use super::super::session::SignedIn;
use super::components::{Choice, FieldErrors, When};
use super::failure::PageProblem;
use super::form::{Press, Sent, carries_token};
use super::person_form::{login, refused};
use super::repeat::{REUSED, new_key, once};
use super::{Frame, page, told};
use crate::ids::{InvalidId, Login, PersonId};
use crate::store::PersonRow;
use crate::workflow::people::{self, PersonDetails, ROLES};
use crate::workflow::{WorkflowError, links, sessions};

/// The header's link to these pages.
pub(super) const HOME: &str = "/people";

/// A person as a line of the list.
struct Line {
    id: String,
    name: String,
    email: String,
    login: String,
    roles: String,
    seen: Option<When>,
    is_disabled: bool,
    is_self: bool,
}

impl Line {
    fn of(person: &PersonRow, lead: &SignedIn) -> Line {
        Line {
            id: person.id.to_string(),
            name: person.name.clone(),
            email: person.email.clone().unwrap_or_default(),
            login: login_of(person),
            roles: roles_of(person),
            seen: person.seen_at.map(|at| When::in_zone(at, lead.zone)),
            is_disabled: person.disabled_at.is_some(),
            is_self: person.id == lead.person,
        }
    }
}

fn login_of(person: &PersonRow) -> String {
    let login = person.github_login.as_ref();
    login.map(Login::to_string).unwrap_or_default()
}

/// The roles, with what gives them where no lead did.
pub(super) fn roles_of(person: &PersonRow) -> String {
    let mut roles = person.roles.clone();
    let by_team = person.roles_from_teams.iter();
    roles.extend(by_team.map(|role| format!("{role} (by a GitHub team)")));
    roles.join(", ")
}

#[derive(Template)]
#[template(path = "pages/people.html")]
struct PeoplePage {
    frame: Frame,
    form_token: String,
    people: Vec<Line>,
    /// What was sent, where it has to be corrected.
    sent: Invite,
    roles: Vec<Choice>,
    /// Makes a form that is sent twice one person.
    key: String,
    errors: FieldErrors,
}

#[derive(Template)]
#[template(path = "pages/made_link.html")]
struct MadeLinkPage {
    frame: Frame,
    form_token: String,
    id: String,
    name: String,
    /// `None` where the form was sent before: the link was shown then.
    url: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Invite {
    form_token: String,
    name: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    login: String,
    #[serde(default)]
    role: String,
    #[serde(default)]
    key: Option<String>,
}

carries_token!(Invite, Change);

impl Invite {
    fn details(&self) -> Result<PersonDetails, WorkflowError> {
        Ok(PersonDetails {
            name: Some(self.name.clone()),
            email: Some(self.email.clone()),
            github_login: login(&self.login)?,
            roles: Some(vec![self.role.clone()]),
            ..PersonDetails::default()
        })
    }
}

pub(super) async fn list(
    door: web::Data<Door>,
    lead: SignedIn,
) -> Result<HttpResponse, PageProblem> {
    let (sent, errors) = (Invite::default(), FieldErrors::none());
    people_page(&door, &lead, sent, StatusCode::OK, errors).await
}

async fn people_page(
    door: &Door,
    lead: &SignedIn,
    sent: Invite,
    status: StatusCode,
    errors: FieldErrors,
) -> Result<HttpResponse, PageProblem> {
    let people = people::list(&door.services).await?;
    let roles = ROLES.iter().rev();
    let shown = PeoplePage {
        frame: Frame::of(lead, "People")
            .at(HOME)
            .failed(!errors.is_empty()),
        form_token: lead.form_token.clone(),
        people: people.iter().map(|person| Line::of(person, lead)).collect(),
        roles: roles
            .map(|role| Choice::new(*role, *role, *role == sent.role))
            .collect(),
        sent,
        key: new_key(door),
        errors,
    };
    page(status, &shown)
}

/// Adds a person and shows the link that signs them in. A form that is sent again adds nobody.
pub(super) async fn invite(
    door: web::Data<Door>,
    Sent {
        by: lead,
        form: sent,
    }: Sent<SignedIn, web::Form<Invite>>,
) -> Result<HttpResponse, PageProblem> {
    let key = once(
        format!("people page {}", lead.person),
        sent.key.as_deref(),
        &[&sent.name, &sent.email, &sent.login, &sent.role],
    );
    let added = match sent.details() {
        Ok(details) => people::add_once(&door.services, details, &lead.name, key).await,
        Err(error) => Err(error),
    };
    match added {
        Ok((person, true)) => made_link(&door, &lead, &person).await,
        Ok((person, false)) => link_page(&lead, &person, None),
        Err(error) if error.code() == REUSED => {
            let text = "This form was sent before with other values, and that person was added. To add another person, send it once more.";
            let errors = FieldErrors::none().with("", text).coded(REUSED);
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            people_page(&door, &lead, sent.into_inner(), status, errors).await
        }
        Err(error) => {
            let (status, errors) = refused(error, &["name", "email", "login", "role"])?;
            people_page(&door, &lead, sent.into_inner(), status, errors).await
        }
    }
}

async fn made_link(
    door: &Door,
    lead: &SignedIn,
    person: &PersonRow,
) -> Result<HttpResponse, PageProblem> {
    let token = links::make_sign_in_link(&door.services, &person.id, &lead.name).await?;
    let url = links::sign_in_url(&door.public_url, &token);
    link_page(lead, person, Some(url))
}

fn link_page(
    lead: &SignedIn,
    person: &PersonRow,
    url: Option<String>,
) -> Result<HttpResponse, PageProblem> {
    let shown = MadeLinkPage {
        frame: Frame::of(lead, "A link to sign in").at(HOME),
        form_token: lead.form_token.clone(),
        id: person.id.to_string(),
        name: person.name.clone(),
        url,
    };
    page(StatusCode::OK, &shown)
}

#[derive(Template)]
#[template(path = "pages/person.html")]
struct PersonPage {
    frame: Frame,
    form_token: String,
    id: String,
    /// As it is stored.
    known_as: String,
    is_self: bool,
    by_team: String,
    disabled: Option<When>,
    added_by: String,
    added: When,
    sent: Change,
    errors: FieldErrors,
}

/// What a lead says of a person.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Change {
    form_token: String,
    name: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    login: String,
    #[serde(default)]
    lead: Option<String>,
    #[serde(default)]
    reviewer: Option<String>,
}

impl Change {
    fn of(person: &PersonRow) -> Change {
        let has = |role: &str| {
            let given = person.roles.iter().any(|one| one == role);
            given.then(|| "yes".to_owned())
        };
        Change {
            form_token: String::new(),
            name: person.name.clone(),
            email: person.email.clone().unwrap_or_default(),
            login: login_of(person),
            lead: has("lead"),
            reviewer: has("reviewer"),
        }
    }

    fn details(&self) -> Result<PersonDetails, WorkflowError> {
        let login = login(&self.login)?;
        let roles = [("lead", &self.lead), ("reviewer", &self.reviewer)];
        let chosen = roles.iter().filter(|(_, chosen)| chosen.is_some());
        Ok(PersonDetails {
            name: Some(self.name.clone()),
            email: Some(self.email.clone()),
            no_github_account: login.is_none(),
            github_login: login,
            roles: Some(chosen.map(|(role, _)| (*role).to_owned()).collect()),
            ..PersonDetails::default()
        })
    }
}

/// `/people/{id}`: what is known of a person, to be changed.
pub(super) async fn show(
    door: web::Data<Door>,
    lead: SignedIn,
    id: web::Path<String>,
) -> Result<HttpResponse, PageProblem> {
    let person = people::one(&door.services, &person_id(&id)?).await?;
    let sent = Change::of(&person);
    person_page(&lead, &person, sent, StatusCode::OK, FieldErrors::none())
}

fn person_page(
    lead: &SignedIn,
    person: &PersonRow,
    sent: Change,
    status: StatusCode,
    errors: FieldErrors,
) -> Result<HttpResponse, PageProblem> {
    let shown = PersonPage {
        frame: Frame::of(lead, person.name.clone())
            .at(HOME)
            .failed(!errors.is_empty()),
        form_token: lead.form_token.clone(),
        id: person.id.to_string(),
        known_as: person.name.clone(),
        is_self: person.id == lead.person,
        by_team: person.roles_from_teams.join(" and "),
        disabled: person.disabled_at.map(|at| When::in_zone(at, lead.zone)),
        added_by: person.created_by.clone(),
        added: When::in_zone(person.created_at, lead.zone),
        sent,
        errors,
    };
    page(status, &shown)
}

pub(super) async fn change(
    door: web::Data<Door>,
    Sent {
        by: lead,
        form: sent,
    }: Sent<SignedIn, web::Form<Change>>,
    id: web::Path<String>,
) -> Result<HttpResponse, PageProblem> {
    let person = people::one(&door.services, &person_id(&id)?).await?;
    let changed = match sent.details() {
        Ok(details) => people::set(&door.services, &person.id, details, &lead.name).await,
        Err(error) => Err(error),
    };
    match changed {
        Ok(_) => told(&door, HOME, Notice::PersonSaved),
        Err(error) => {
            let (status, errors) = refused(error, &["name", "email", "login", "lead"])?;
            person_page(&lead, &person, sent.into_inner(), status, errors)
        }
    }
}

fn person_id(text: &str) -> Result<PersonId, Problem> {
    let id = text.parse();
    id.map_err(|error: InvalidId| Problem::bad_request("id_invalid", error.to_string()))
}

/// Makes another link to sign in.
pub(super) async fn link(
    door: web::Data<Door>,
    Sent { by: lead, .. }: Sent<SignedIn, web::Form<Press>>,
    id: web::Path<String>,
) -> Result<HttpResponse, PageProblem> {
    let id = person_id(&id)?;
    let person = people::one(&door.services, &id).await?;
    made_link(&door, &lead, &person).await
}

pub(super) async fn disable(
    door: web::Data<Door>,
    Sent { by: lead, .. }: Sent<SignedIn, web::Form<Press>>,
    id: web::Path<String>,
) -> Result<HttpResponse, PageProblem> {
    let id = person_id(&id)?;
    if id == lead.person {
        return Err(Problem::new(
            StatusCode::CONFLICT,
            "own_account",
            "nobody disables themselves, so that a lead is left: ask another lead",
        )
        .into());
    }
    people::disable(&door.services, &id, &lead.name).await?;
    told(&door, HOME, Notice::PersonDisabled)
}

/// Enables a person who was disabled.
pub(super) async fn enable(
    door: web::Data<Door>,
    Sent { by: lead, .. }: Sent<SignedIn, web::Form<Press>>,
    id: web::Path<String>,
) -> Result<HttpResponse, PageProblem> {
    let id = person_id(&id)?;
    people::enable(&door.services, &id, &lead.name).await?;
    told(&door, HOME, Notice::PersonEnabled)
}

pub(super) async fn sign_out(
    door: web::Data<Door>,
    Sent { by: lead, .. }: Sent<SignedIn, web::Form<Press>>,
    id: web::Path<String>,
) -> Result<HttpResponse, PageProblem> {
    let id = person_id(&id)?;
    let person = people::one(&door.services, &id).await?;
    sessions::end_all(&door.services, &person.id, &lead.name).await?;
    told(&door, HOME, Notice::PersonSignedOut)
}
