//! The people of the team: who they are, invited, signed out, disabled.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::super::Problem;
use super::super::door::Door;
use super::super::session::SignedIn;
use super::components::{Choice, FieldErrors, When};
use super::failure::PageProblem;
use super::form::{Press, Sent, carries_token, errors_of};
use super::{Frame, page, see};
use crate::ids::{InvalidId, Login, PersonId};
use crate::store::PersonRow;
use crate::workflow::people::{self, PersonDetails};
use crate::workflow::{WorkflowError, links, sessions};

/// The header's link to these pages.
const HOME: &str = "/people";
/// Which refusals concern which field of the form.
const FIELDS: &[(&str, &str)] = &[
    ("person_name_invalid", "name"),
    ("email_invalid", "email"),
    ("login_invalid", "login"),
    ("person_known", "login"),
    ("no_such_account", "login"),
    ("role_unknown", "role"),
];

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
        let mut roles = person.roles.clone();
        let by_team = person.roles_from_teams.iter();
        roles.extend(by_team.map(|role| format!("{role} (by a GitHub team)")));
        Line {
            id: person.id.to_string(),
            name: person.name.clone(),
            email: person.email.clone().unwrap_or_default(),
            login: person
                .github_login
                .as_ref()
                .map(Login::to_string)
                .unwrap_or_default(),
            roles: roles.join(", "),
            seen: person.seen_at.as_ref().map(When::utc),
            is_disabled: person.disabled_at.is_some(),
            is_self: person.id == lead.person,
        }
    }
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
    errors: FieldErrors,
    /// The code of what was refused.
    code: &'static str,
}

#[derive(Template)]
#[template(path = "pages/made_link.html")]
struct MadeLinkPage {
    frame: Frame,
    name: String,
    url: String,
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
}

impl Invite {
    fn details(&self) -> Result<PersonDetails, WorkflowError> {
        let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let login: Option<Login> = given(&self.login)
            .map(|login| login.parse())
            .transpose()
            .map_err(|error: InvalidId| WorkflowError::Invalid {
                code: "login_invalid",
                message: error.to_string(),
            })?;
        Ok(PersonDetails {
            name: Some(self.name.clone()),
            email: given(&self.email),
            github_login: login,
            roles: Some(vec![self.role.clone()]),
            ..PersonDetails::default()
        })
    }
}

pub(super) async fn list(
    door: web::Data<Door>,
    lead: SignedIn,
) -> Result<HttpResponse, PageProblem> {
    people_page(&door, &lead, Invite::default(), None).await
}

async fn people_page(
    door: &Door,
    lead: &SignedIn,
    sent: Invite,
    problem: Option<Problem>,
) -> Result<HttpResponse, PageProblem> {
    let status = problem
        .as_ref()
        .and_then(|problem| StatusCode::from_u16(problem.status).ok())
        .unwrap_or(StatusCode::OK);
    let people = people::list(&door.services).await?;
    let shown = PeoplePage {
        frame: Frame::of(lead, "People").at(HOME).failed(problem.is_some()),
        form_token: lead.form_token.clone(),
        people: people.iter().map(|person| Line::of(person, lead)).collect(),
        roles: ["reviewer", "lead"]
            .map(|role| Choice::new(role, role, sent.role == role))
            .to_vec(),
        sent,
        errors: errors_of(problem.as_ref(), FIELDS),
        code: problem.map_or("", |problem| problem.code),
    };
    page(status, &shown)
}

carries_token!(Invite);

/// Adds a person and shows the link that signs them in.
pub(super) async fn invite(
    door: web::Data<Door>,
    Sent {
        by: lead,
        form: sent,
    }: Sent<SignedIn, web::Form<Invite>>,
) -> Result<HttpResponse, PageProblem> {
    let added = match sent.details() {
        Ok(details) => people::add(&door.services, details, &lead.name).await,
        Err(error) => Err(error),
    };
    match added {
        Ok(person) => made_link(&door, &lead, &person).await,
        Err(error) => {
            let problem = Some(Problem::from(error));
            people_page(&door, &lead, sent.into_inner(), problem).await
        }
    }
}

async fn made_link(
    door: &Door,
    lead: &SignedIn,
    person: &PersonRow,
) -> Result<HttpResponse, PageProblem> {
    let token = links::make_sign_in_link(&door.services, &person.id, &lead.name).await?;
    let shown = MadeLinkPage {
        frame: Frame::of(lead, "A link to sign in").at(HOME),
        name: person.name.clone(),
        url: links::sign_in_url(&door.public_url, &token),
    };
    page(StatusCode::OK, &shown)
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
    Ok(see(HOME))
}

/// Enables a person who was disabled.
pub(super) async fn enable(
    door: web::Data<Door>,
    Sent { by: lead, .. }: Sent<SignedIn, web::Form<Press>>,
    id: web::Path<String>,
) -> Result<HttpResponse, PageProblem> {
    let id = person_id(&id)?;
    people::enable(&door.services, &id, &lead.name).await?;
    Ok(see(HOME))
}

pub(super) async fn sign_out(
    door: web::Data<Door>,
    Sent { by: lead, .. }: Sent<SignedIn, web::Form<Press>>,
    id: web::Path<String>,
) -> Result<HttpResponse, PageProblem> {
    let id = person_id(&id)?;
    let person = people::one(&door.services, &id).await?;
    sessions::end_all(&door.services, &person.id, &lead.name).await?;
    Ok(see(HOME))
}
