//! The page about oneself: e-mail address, time zone, answer hours, optional messages, and where one is signed in.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::super::door::Door;
use super::super::notice::Notice;
use super::super::session::TeamMember;
use super::components::{Choice, FieldErrors, When};
use super::failure::PageProblem;
use super::form::{Sent, carries_token};
use super::people::roles_of;
use super::person_form::{days, refused};
use super::{Frame, choices, page, told};
use crate::store::PersonRow;
use crate::work_sample::messages::MessageKind;
use crate::workflow::people::{self, PersonDetails};
use crate::workflow::{WorkflowError, messages};

const HOME: &str = "/account";

/// A kind of message that may be turned off.
struct Optional {
    id: String,
    label: &'static str,
    is_on: bool,
}

/// A session.
struct Line {
    opened: When,
    used: When,
}

#[derive(Template)]
#[template(path = "pages/account.html")]
struct AccountPage {
    frame: Frame,
    form_token: String,
    known_as: String,
    is_lead: bool,
    roles: String,
    github: String,
    email: String,
    zones: Vec<Choice>,
    answer_hours: String,
    days_off: String,
    messages: Vec<Optional>,
    sessions: Vec<Line>,
    errors: FieldErrors,
}

/// What a person says of themselves.
#[derive(Deserialize, Default)]
pub(super) struct Own {
    form_token: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    zone: String,
    #[serde(default)]
    answer_hours: String,
    #[serde(default)]
    days_off: String,
    /// The boxes of the messages that are wanted.
    #[serde(flatten)]
    boxes: BTreeMap<String, String>,
}

carries_token!(Own);

/// The name of a kind's box.
fn box_of(kind: MessageKind) -> String {
    format!("message-{}", kind.name())
}

impl Own {
    fn of(person: &PersonRow, off: &[MessageKind]) -> Own {
        let days: Vec<String> = person.days_off.iter().map(ToString::to_string).collect();
        let hours = person.answer_hours.as_ref();
        Own {
            form_token: String::new(),
            email: person.email.clone().unwrap_or_default(),
            zone: person.zone.clone(),
            answer_hours: hours.map(ToString::to_string).unwrap_or_default(),
            days_off: days.join("\n"),
            boxes: messages::optional_for_team()
                .filter(|kind| !off.contains(kind))
                .map(|kind| (box_of(kind), "yes".to_owned()))
                .collect(),
        }
    }

    fn wants(&self, kind: MessageKind) -> bool {
        self.boxes.contains_key(&box_of(kind))
    }

    fn details(&self) -> Result<PersonDetails, WorkflowError> {
        Ok(PersonDetails {
            email: Some(self.email.clone()),
            zone: Some(self.zone.clone()),
            answer_hours: Some(self.answer_hours.clone()),
            days_off: Some(days(&self.days_off)?),
            ..PersonDetails::default()
        })
    }
}

/// GET `/account`.
pub(super) async fn show(
    door: web::Data<Door>,
    member: TeamMember,
) -> Result<HttpResponse, PageProblem> {
    let off = messages::turned_off(&door.services, &member.person).await?;
    let person = people::one(&door.services, &member.person).await?;
    let own = Own::of(&person, &off);
    let errors = FieldErrors::none();
    account_page(&door, &member, &own, StatusCode::OK, errors).await
}

async fn account_page(
    door: &Door,
    member: &TeamMember,
    own: &Own,
    status: StatusCode,
    errors: FieldErrors,
) -> Result<HttpResponse, PageProblem> {
    let (person, sessions) = people::with_sessions(&door.services, &member.person).await?;
    let when = |at| When::in_zone(at, member.zone);
    let login = person.github_login.as_ref();
    let shown = AccountPage {
        frame: Frame::of_member(member, "Your account").failed(!errors.is_empty()),
        form_token: member.form_token.clone(),
        known_as: member.name.clone(),
        is_lead: member.is_lead,
        roles: roles_of(&person),
        github: login.map(ToString::to_string).unwrap_or_default(),
        email: own.email.clone(),
        zones: choices::zones(&own.zone),
        answer_hours: own.answer_hours.clone(),
        days_off: own.days_off.clone(),
        messages: messages::optional_for_team()
            .map(|kind| Optional {
                id: box_of(kind),
                label: kind.in_words(),
                is_on: own.wants(kind),
            })
            .collect(),
        sessions: sessions
            .iter()
            .map(|one| Line {
                opened: when(one.created_at),
                used: when(one.last_seen_at),
            })
            .collect(),
        errors,
    };
    page(status, &shown)
}

/// POST `/account`: keeps what a person says of themselves.
pub(super) async fn change(
    door: web::Data<Door>,
    Sent { by: member, form }: Sent<TeamMember, web::Form<Own>>,
) -> Result<HttpResponse, PageProblem> {
    let services = &door.services;
    let changed = match form.details() {
        Ok(details) => people::set(services, &member.person, details, &member.name).await,
        Err(error) => Err(error),
    };
    if let Err(error) = changed {
        let fields = ["email", "zone", "answer_hours", "days_off"];
        let (status, errors) = refused(error, &fields)?;
        return account_page(&door, &member, &form, status, errors).await;
    }
    let off = messages::turned_off(services, &member.person).await?;
    for kind in messages::optional_for_team() {
        if form.wants(kind) == off.contains(&kind) {
            messages::turn(services, &member.person, kind, !form.wants(kind)).await?;
        }
    }
    told(&door, HOME, Notice::AccountSaved)
}
