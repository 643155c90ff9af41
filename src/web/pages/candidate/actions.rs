//! What a candidate does on their pages. A form that is refused is shown again with what was typed.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::Deserialize;

use super::super::super::Problem;
use super::super::super::door::Door;
use super::super::super::notice::Notice;
use super::super::super::session::{self, CandidateVisit};
use super::super::components::{FieldErrors, sentence};
use super::super::failure::PageProblem;
use super::super::form::{Press, Sent, carries_token};
use super::super::{told, with_cookie};
use super::{Typed, Visited};
use crate::ids::{CommitSha, Login};
use crate::work_sample::{Actor, Command, State};
use crate::workflow::accept::{self, Acceptance};
use crate::workflow::deliver::What;
use crate::workflow::hours::HoursSpent;
use crate::workflow::once::Once;
use crate::workflow::{
    WorkflowError, act, candidates, deliver as delivery, hours as spent, show as look,
};
use crate::zone::Zone;

const PAGE: &str = "/offer";

/// Where a form's text is empty, it was left out.
fn given(text: &str) -> Option<String> {
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// The page once more, with what is wrong beside the field it concerns.
async fn again(
    door: &Door,
    visit: &CandidateVisit,
    typed: Typed,
    status: StatusCode,
) -> Result<HttpResponse, PageProblem> {
    Visited::load(door, visit).await?.page(status, &typed)
}

/// The page once more because the service refused. `fields`: which codes concern which field.
async fn refused(
    door: &Door,
    visit: &CandidateVisit,
    typed: Typed,
    error: WorkflowError,
    fields: &[(&str, &str)],
) -> Result<HttpResponse, PageProblem> {
    let problem = Problem::from(error);
    if problem.status >= 500 {
        return Err(problem.into());
    }
    let field = fields
        .iter()
        .find(|(code, _)| *code == problem.code)
        .map_or("", |(_, field)| field);
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::CONFLICT);
    let errors = FieldErrors::none().with(field, sentence(&problem.detail));
    again(door, visit, Typed { errors, ..typed }, status).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AcceptForm {
    form_token: String,
    offer_sha256: String,
    login: String,
    due: String,
    #[serde(rename = "due-zone")]
    zone: String,
}

carries_token!(
    AcceptForm,
    ReasonForm,
    DeliverForm,
    HoursForm,
    LoginForm,
    ZoneForm,
);

pub(super) async fn accept(
    door: web::Data<Door>,
    Sent { by: visit, form }: Sent<CandidateVisit, web::Form<AcceptForm>>,
) -> Result<HttpResponse, PageProblem> {
    let typed = Typed {
        login: Some(form.login.clone()),
        due: Some(form.due.clone()),
        zone: Some(form.zone.clone()),
        form: "accept",
        ..Typed::default()
    };
    let mut errors = FieldErrors::none();
    let login = form.login.trim().trim_start_matches('@').parse::<Login>();
    if let Err(error) = &login {
        errors.add("login", sentence(&error.to_string()));
    }
    let zone = form.zone.trim().parse::<Zone>();
    if let Err(error) = &zone {
        errors.add("due-zone", sentence(&error.to_string()));
    }
    let due_at = zone.as_ref().ok().map(|zone| zone.instant(&form.due));
    if let Some(Err(error)) = &due_at {
        errors.add("due", sentence(&error.to_string()));
    }
    let (Ok(login), Ok(zone), Some(Ok(due_at))) = (login, zone, due_at) else {
        let typed = Typed { errors, ..typed };
        return again(&door, &visit, typed, StatusCode::UNPROCESSABLE_ENTITY).await;
    };
    let acceptance = Acceptance {
        login,
        due_at,
        offer_sha256: Some(form.offer_sha256.clone()),
        zone: Some(zone),
    };
    match accept::accept(&door.services, &visit.work_sample, acceptance).await {
        Ok(_) => told(&door, PAGE, Notice::Accepted),
        // Pressed twice: it is done.
        Err(WorkflowError::Refused(refusal)) if refusal.code == "already_accepted" => {
            told(&door, PAGE, Notice::Accepted)
        }
        Err(error) => {
            let fields = [
                ("no_such_account", "login"),
                ("due_in_past", "due"),
                ("due_too_late", "due"),
            ];
            refused(&door, &visit, typed, error, &fields).await
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReasonForm {
    form_token: String,
    #[serde(default)]
    reason: String,
}

pub(super) async fn decline(
    door: web::Data<Door>,
    Sent { by: visit, form }: Sent<CandidateVisit, web::Form<ReasonForm>>,
) -> Result<HttpResponse, PageProblem> {
    let reason = given(&form.reason);
    let command = Command::Decline { reason };
    let typed = Typed {
        reason: Some(form.reason.clone()),
        form: "decline",
        ..Typed::default()
    };
    carry_out(&door, &visit, (command, Notice::Declined), typed, "reason").await
}

pub(super) async fn withdraw(
    door: web::Data<Door>,
    Sent { by: visit, form }: Sent<CandidateVisit, web::Form<ReasonForm>>,
) -> Result<HttpResponse, PageProblem> {
    let reason = given(&form.reason);
    let command = Command::Withdraw { reason };
    let typed = Typed {
        reason: Some(form.reason.clone()),
        form: "withdraw",
        ..Typed::default()
    };
    carry_out(&door, &visit, (command, Notice::Withdrawn), typed, "reason").await
}

/// What a command leads to that ends the offer or the work.
fn end_of(command: &Command) -> Option<State> {
    match command {
        Command::Decline { .. } => Some(State::Declined),
        Command::Withdraw { .. } => Some(State::Withdrawn),
        _ => None,
    }
}

/// Carries out a command and shows the page; a refusal concerns `field`.
async fn carry_out(
    door: &Door,
    visit: &CandidateVisit,
    (command, notice): (Command, Notice),
    typed: Typed,
    field: &str,
) -> Result<HttpResponse, PageProblem> {
    let (services, id) = (&door.services, &visit.work_sample);
    let end = end_of(&command);
    match act::act_as_typed(services, id, command, Actor::Candidate).await {
        Ok(_) => told(door, PAGE, notice),
        Err(WorkflowError::Refused(refusal)) => {
            // Pressed twice: it is done.
            if end.is_some() && end == Some(look::work_sample(services, id).await?.0.state) {
                return told(door, PAGE, notice);
            }
            let code = refusal.code;
            let error = WorkflowError::Refused(refusal);
            refused(door, visit, typed, error, &[(code, field)]).await
        }
        Err(error) => refused(door, visit, typed, error, &[("no_such_account", field)]).await,
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DeliverForm {
    form_token: String,
    /// A commit; empty to deliver the branch.
    #[serde(default)]
    sha: String,
    /// A branch; empty for the default branch.
    #[serde(default)]
    branch: String,
    #[serde(default)]
    starter: Option<String>,
    #[serde(default)]
    hours: String,
    /// Which delivery it is, counted when the form was shown: makes a form that is sent twice one delivery.
    #[serde(default)]
    number: Option<usize>,
}

impl DeliverForm {
    fn once(&self, visit: &CandidateVisit) -> Option<Once> {
        let number = self.number?;
        let (sha, branch, starter) = (self.sha.trim(), &self.branch, self.starter.is_some());
        Some(Once {
            scope: format!("deliver page {}", visit.work_sample),
            key: format!("{number} {starter} {sha} {branch}")
                .chars()
                .take(150)
                .collect(),
            request_sha256: String::new(),
        })
    }
}

pub(super) async fn deliver(
    door: web::Data<Door>,
    Sent { by: visit, form }: Sent<CandidateVisit, web::Form<DeliverForm>>,
) -> Result<HttpResponse, PageProblem> {
    let typed = Typed {
        sha: Some(form.sha.clone()),
        branch: Some(form.branch.clone()),
        hours: Some(form.hours.clone()),
        starter: form.starter.is_some(),
        form: "deliver",
        ..Typed::default()
    };
    let mut errors = FieldErrors::none();
    let sha = given(&form.sha).map(|text| text.to_ascii_lowercase().parse::<CommitSha>());
    if let Some(Err(error)) = &sha {
        errors.add("sha", sentence(&error.to_string()));
    }
    let hours = given(&form.hours).map(|text| text.parse::<HoursSpent>());
    if let Some(Err(error)) = &hours {
        errors.add("hours", sentence(&error.for_client()));
    }
    let (Ok(sha), Ok(hours)) = (sha.transpose(), hours.transpose()) else {
        let typed = Typed { errors, ..typed };
        return again(&door, &visit, typed, StatusCode::UNPROCESSABLE_ENTITY).await;
    };
    let services = &door.services;
    let starter = form.starter.is_some();
    let what = match (sha, given(&form.branch)) {
        (Some(sha), _) => What::Commit(sha),
        (None, Some(branch)) => What::Branch(branch),
        (None, None) => What::DefaultBranch,
    };
    let id = &visit.work_sample;
    let once = form.once(&visit);
    if let Err(error) = delivery::deliver_once(services, id, what, starter, once).await {
        let fields = [
            ("no_such_commit", "sha"),
            ("no_such_branch", "branch"),
            ("starter_unchanged", "branch"),
        ];
        return refused(&door, &visit, typed, error, &fields).await;
    }
    if let Some(hours) = hours {
        spent::say(services, &visit.work_sample, hours).await?;
    }
    told(&door, PAGE, Notice::Delivered)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HoursForm {
    form_token: String,
    hours: String,
}

pub(super) async fn hours(
    door: web::Data<Door>,
    Sent { by: visit, form }: Sent<CandidateVisit, web::Form<HoursForm>>,
) -> Result<HttpResponse, PageProblem> {
    let typed = Typed {
        hours: Some(form.hours.clone()),
        form: "hours",
        ..Typed::default()
    };
    let said = match form.hours.parse::<HoursSpent>() {
        Ok(hours) => spent::say(&door.services, &visit.work_sample, hours).await,
        Err(error) => Err(error),
    };
    match said {
        Ok(()) => told(&door, PAGE, Notice::HoursSaved),
        Err(error) => {
            let fields = [("hours_invalid", "hours"), ("nothing_delivered", "hours")];
            refused(&door, &visit, typed, error, &fields).await
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LoginForm {
    form_token: String,
    login: String,
}

pub(super) async fn correct_login(
    door: web::Data<Door>,
    Sent { by: visit, form }: Sent<CandidateVisit, web::Form<LoginForm>>,
) -> Result<HttpResponse, PageProblem> {
    let typed = Typed {
        login: Some(form.login.clone()),
        form: "login",
        ..Typed::default()
    };
    match form.login.trim().trim_start_matches('@').parse::<Login>() {
        Ok(login) => {
            let command = (Command::CorrectLogin { login }, Notice::LoginCorrected);
            carry_out(&door, &visit, command, typed, "login").await
        }
        Err(error) => {
            let errors = FieldErrors::none().with("login", sentence(&error.to_string()));
            let typed = Typed { errors, ..typed };
            again(&door, &visit, typed, StatusCode::UNPROCESSABLE_ENTITY).await
        }
    }
}

pub(super) async fn reinvite(
    door: web::Data<Door>,
    Sent { by: visit, .. }: Sent<CandidateVisit, web::Form<Press>>,
) -> Result<HttpResponse, PageProblem> {
    let typed = Typed {
        form: "login",
        ..Typed::default()
    };
    let command = (Command::Reinvite, Notice::Reinvited);
    carry_out(&door, &visit, command, typed, "").await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ZoneForm {
    form_token: String,
    zone: String,
}

pub(super) async fn zone(
    door: web::Data<Door>,
    Sent { by: visit, form }: Sent<CandidateVisit, web::Form<ZoneForm>>,
) -> Result<HttpResponse, PageProblem> {
    match form.zone.trim().parse::<Zone>() {
        Ok(zone) => {
            candidates::set_zone(&door.services, &visit.work_sample, zone).await?;
            told(&door, PAGE, Notice::ZoneChanged)
        }
        Err(error) => {
            let typed = Typed {
                zone: Some(form.zone.clone()),
                form: "zone",
                errors: FieldErrors::none()
                    .with("zone", sentence(&error.to_string()))
                    .coded("zone_unknown"),
                ..Typed::default()
            };
            again(&door, &visit, typed, StatusCode::UNPROCESSABLE_ENTITY).await
        }
    }
}

/// Ends this browser's visit; the personal link opens another.
pub(super) async fn leave(
    door: web::Data<Door>,
    Sent { by: visit, .. }: Sent<CandidateVisit, web::Form<Press>>,
) -> Result<HttpResponse, PageProblem> {
    visit.end(&door).await?;
    let next = told(&door, "/", Notice::SignedOut)?;
    with_cookie(next, &session::no_candidate_cookie(&door))
}
