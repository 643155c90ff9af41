//! What leads do on the page of a work sample besides replying, judging and deciding.

use actix_web::{HttpResponse, web};
use serde::Deserialize;

use super::super::super::door::Door;
use super::super::super::notice::Notice;
use super::super::super::session::{LeadMember, TeamMember};
use super::super::components::sentence;
use super::super::failure::PageProblem;
use super::super::form::{Press, Sent, carries_token};
use super::super::told;
use super::actions::{Done, actor};
use super::id_of;
use super::typed::Typed;
use crate::ids::{Login, PersonId};
use crate::work_sample::Command;
use crate::workflow::act;
use crate::workflow::messages::{self, OwnerChange};
use crate::zone::Zone;

carries_token!(ExtendForm, ReasonForm, LoginForm, OwnerForm);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExtendForm {
    form_token: String,
    due: String,
    #[serde(rename = "due-zone")]
    zone: String,
    #[serde(rename = "extend-reason")]
    reason: String,
}

pub(super) async fn extend(
    door: web::Data<Door>,
    Sent {
        by: LeadMember(member),
        form,
    }: Sent<LeadMember, web::Form<ExtendForm>>,
    id: web::Path<String>,
) -> Result<HttpResponse, PageProblem> {
    let form = form.into_inner();
    let id = id_of(&id)?;
    let done = Done {
        door: &door,
        member: &member,
        id: id.clone(),
        typed: Typed::of("extend")
            .with("due", &form.due)
            .with("due-zone", &form.zone)
            .with("extend-reason", &form.reason),
        part: "more",
        notice: Notice::Extended,
        fields: &[
            ("due_in_past", "due"),
            ("due_too_late", "due"),
            ("due_not_later", "due"),
            ("reason_missing", "extend-reason"),
            ("text_too_long", "extend-reason"),
            ("text_unusable", "extend-reason"),
        ],
    };
    let zone: Zone = match form.zone.trim().parse() {
        Ok(zone) => zone,
        Err(error) => {
            let message = sentence(&crate::zone::UnknownZone::to_string(&error));
            return done.unreadable("due-zone", &message).await;
        }
    };
    let due_at = match zone.instant(&form.due) {
        Ok(at) => at,
        Err(error) => return done.unreadable("due", &sentence(&error.to_string())).await,
    };
    let command = Command::Extend {
        due_at,
        reason: form.reason,
    };
    let outcome = act::act(&door.services, &id, command, actor(&member)).await;
    done.with(outcome).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReasonForm {
    form_token: String,
    #[serde(default, rename = "withdraw-reason", alias = "cancel-reason")]
    reason: String,
}

pub(super) async fn withdraw(
    door: web::Data<Door>,
    Sent {
        by: LeadMember(member),
        form,
    }: Sent<LeadMember, web::Form<ReasonForm>>,
    id: web::Path<String>,
) -> Result<HttpResponse, PageProblem> {
    let form = form.into_inner();
    let id = id_of(&id)?;
    let reason = Some(form.reason.clone()).filter(|text| !text.trim().is_empty());
    let command = Command::Withdraw { reason };
    let outcome = act::act(&door.services, &id, command, actor(&member)).await;
    Done {
        door: &door,
        member: &member,
        id,
        typed: Typed::of("withdraw").with("withdraw-reason", form.reason),
        part: "more",
        notice: Notice::WithdrawalRecorded,
        fields: &[
            ("text_too_long", "withdraw-reason"),
            ("text_unusable", "withdraw-reason"),
        ],
    }
    .with(outcome)
    .await
}

pub(super) async fn cancel(
    door: web::Data<Door>,
    Sent {
        by: LeadMember(member),
        form,
    }: Sent<LeadMember, web::Form<ReasonForm>>,
    id: web::Path<String>,
) -> Result<HttpResponse, PageProblem> {
    let form = form.into_inner();
    let id = id_of(&id)?;
    let command = Command::Cancel {
        reason: form.reason.clone(),
    };
    let outcome = act::act(&door.services, &id, command, actor(&member)).await;
    Done {
        door: &door,
        member: &member,
        id,
        typed: Typed::of("cancel").with("cancel-reason", form.reason),
        part: "more",
        notice: Notice::Cancelled,
        fields: &[
            ("reason_missing", "cancel-reason"),
            ("text_too_long", "cancel-reason"),
            ("text_unusable", "cancel-reason"),
        ],
    }
    .with(outcome)
    .await
}

/// A button that needs no words.
async fn press(
    door: &Door,
    member: &TeamMember,
    id: &str,
    command: Command,
    (part, notice): (&str, Notice),
) -> Result<HttpResponse, PageProblem> {
    let id = id_of(id)?;
    let outcome = act::act(&door.services, &id, command, actor(member)).await;
    Done {
        door,
        member,
        id,
        typed: Typed::of(part),
        part,
        notice,
        fields: &[],
    }
    .with(outcome)
    .await
}

pub(super) async fn reinvite(
    door: web::Data<Door>,
    Sent {
        by: LeadMember(member),
        ..
    }: Sent<LeadMember, web::Form<Press>>,
    id: web::Path<String>,
) -> Result<HttpResponse, PageProblem> {
    press(
        &door,
        &member,
        &id,
        Command::Reinvite,
        ("invite", Notice::Reinvited),
    )
    .await
}

pub(super) async fn close(
    door: web::Data<Door>,
    Sent {
        by: LeadMember(member),
        ..
    }: Sent<LeadMember, web::Form<Press>>,
    id: web::Path<String>,
) -> Result<HttpResponse, PageProblem> {
    press(
        &door,
        &member,
        &id,
        Command::Close,
        ("more", Notice::Closed),
    )
    .await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LoginForm {
    form_token: String,
    login: String,
}

pub(super) async fn login(
    door: web::Data<Door>,
    Sent {
        by: LeadMember(member),
        form,
    }: Sent<LeadMember, web::Form<LoginForm>>,
    id: web::Path<String>,
) -> Result<HttpResponse, PageProblem> {
    let form = form.into_inner();
    let id = id_of(&id)?;
    let done = Done {
        door: &door,
        member: &member,
        id: id.clone(),
        typed: Typed::of("invite").with("login", &form.login),
        part: "invitation",
        notice: Notice::LoginCorrected,
        fields: &[
            ("no_such_account", "login"),
            ("same_login", "login"),
            ("already_joined", "login"),
        ],
    };
    let login: Login = match form.login.trim().parse() {
        Ok(login) => login,
        Err(error) => {
            let message = sentence(&crate::ids::InvalidId::to_string(&error));
            return done.unreadable("login", &message).await;
        }
    };
    let command = Command::CorrectLogin { login };
    let outcome = act::act_as_typed(&door.services, &id, command, actor(&member)).await;
    done.with(outcome).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OwnerForm {
    form_token: String,
    #[serde(default)]
    owner: String,
}

pub(super) async fn owner(
    door: web::Data<Door>,
    Sent {
        by: LeadMember(member),
        form,
    }: Sent<LeadMember, web::Form<OwnerForm>>,
    id: web::Path<String>,
) -> Result<HttpResponse, PageProblem> {
    let id = id_of(&id)?;
    let done = Done {
        door: &door,
        member: &member,
        id: id.clone(),
        typed: Typed::of("owner"),
        part: "more",
        notice: Notice::OwnerSaved,
        fields: &[],
    };
    let Ok(person) = form.owner.parse::<PersonId>() else {
        return done.unreadable("owner", "Choose a lead of the list.").await;
    };
    let change = OwnerChange {
        person,
        backup: None,
    };
    let set = messages::set_owner(&door.services, &id, change, &member.name).await;
    match set {
        Ok(_) => told(&door, &format!("/samples/{id}#more"), Notice::OwnerSaved),
        Err(error) => done.refused(error.into()).await,
    }
}
