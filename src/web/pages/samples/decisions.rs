//! Decisions on the page of a work sample.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::Deserialize;

use super::super::super::door::Door;
use super::super::super::notice::Notice;
use super::super::super::session::LeadMember;
use super::super::components::FieldErrors;
use super::super::failure::PageProblem;
use super::super::form::{Sent, carries_token};
use super::actions::{Done, actor};
use super::id_of;
use super::typed::Typed;
use crate::work_sample::{Command, DecisionOutcome, Feedback};
use crate::workflow::act;

carries_token!(DecideForm);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DecideForm {
    form_token: String,
    #[serde(default, alias = "new-outcome")]
    outcome: String,
    #[serde(default, alias = "new-reason")]
    reason: String,
    #[serde(default, alias = "new-feedback")]
    feedback: String,
    #[serde(default, rename = "no-feedback", alias = "new-no-feedback")]
    no_feedback: String,
    #[serde(default)]
    anyway: String,
}

impl DecideForm {
    fn outcome(&self) -> Option<DecisionOutcome> {
        match self.outcome.as_str() {
            "proceed" => Some(DecisionOutcome::Proceed),
            "stop" => Some(DecisionOutcome::Stop),
            "discuss" => Some(DecisionOutcome::Discuss),
            _ => None,
        }
    }

    /// What the candidate reads; `None` where neither a text nor a refusal was given, or both.
    fn feedback(&self) -> Option<Feedback> {
        match (self.feedback.trim().is_empty(), self.no_feedback.is_empty()) {
            (false, true) => Some(Feedback::Given(self.feedback.clone())),
            (true, false) => Some(Feedback::Refused),
            (true, true) | (false, false) => None,
        }
    }
}

/// The names of the fields of the two forms that decide.
struct Names {
    form: &'static str,
    outcome: &'static str,
    reason: &'static str,
    feedback: &'static str,
    no_feedback: &'static str,
}

const DECIDE: Names = Names {
    form: "decide",
    outcome: "outcome",
    reason: "reason",
    feedback: "feedback",
    no_feedback: "no-feedback",
};

const CORRECT: Names = Names {
    form: "correct-decision",
    outcome: "new-outcome",
    reason: "new-reason",
    feedback: "new-feedback",
    no_feedback: "new-no-feedback",
};

/// Reads a decision, or says on the page what is missing.
fn decision(form: &DecideForm, names: &Names) -> Result<(DecisionOutcome, Feedback), FieldErrors> {
    let mut errors = FieldErrors::none();
    let outcome = form.outcome();
    if outcome.is_none() {
        errors.add(names.outcome, "Choose an outcome.");
    }
    if form.reason.trim().is_empty() {
        errors.add(names.reason, "Write the reason.");
    }
    let feedback = form.feedback();
    if feedback.is_none() {
        errors.add(
            names.feedback,
            if form.feedback.trim().is_empty() {
                "Write feedback for the candidate, or tick that you give none."
            } else {
                "You wrote feedback and ticked that you give none: do one of both."
            },
        );
    }
    match (outcome, feedback) {
        (Some(outcome), Some(feedback)) if errors.is_empty() => Ok((outcome, feedback)),
        _ => Err(errors),
    }
}

fn typed_decision(form: &DecideForm, names: &Names) -> Typed {
    Typed::of(names.form)
        .with(names.outcome, &form.outcome)
        .with(names.reason, &form.reason)
        .with(names.feedback, &form.feedback)
        .with(names.no_feedback, &form.no_feedback)
        .with("anyway", &form.anyway)
}

pub(super) async fn decide(
    door: web::Data<Door>,
    Sent {
        by: LeadMember(member),
        form,
    }: Sent<LeadMember, web::Form<DecideForm>>,
    id: web::Path<String>,
) -> Result<HttpResponse, PageProblem> {
    let form = form.into_inner();
    let id = id_of(&id)?;
    let done = Done {
        door: &door,
        member: &member,
        id: id.clone(),
        typed: typed_decision(&form, &DECIDE),
        part: "decide",
        notice: Notice::Decided,
        fields: &[
            ("text_too_long", "reason"),
            ("text_unusable", "reason"),
            ("open_points", "anyway"),
        ],
    };
    let (outcome, feedback) = match decision(&form, &DECIDE) {
        Ok(read) => read,
        Err(errors) => return done.shown(StatusCode::UNPROCESSABLE_ENTITY, errors).await,
    };
    let command = Command::Decide {
        outcome,
        reason: form.reason.clone(),
        feedback,
    };
    let anyway = !form.anyway.is_empty();
    let outcome = act::decide(&door.services, &id, command, actor(&member), anyway).await;
    done.with(outcome).await
}

pub(super) async fn correct_decision(
    door: web::Data<Door>,
    Sent {
        by: LeadMember(member),
        form,
    }: Sent<LeadMember, web::Form<DecideForm>>,
    id: web::Path<String>,
) -> Result<HttpResponse, PageProblem> {
    let form = form.into_inner();
    let id = id_of(&id)?;
    let done = Done {
        door: &door,
        member: &member,
        id: id.clone(),
        typed: typed_decision(&form, &CORRECT),
        part: "decide",
        notice: Notice::DecisionCorrected,
        fields: &[
            ("text_too_long", "new-reason"),
            ("text_unusable", "new-reason"),
            ("same_decision", "new-outcome"),
        ],
    };
    let (outcome, feedback) = match decision(&form, &CORRECT) {
        Ok(read) => read,
        Err(errors) => return done.shown(StatusCode::UNPROCESSABLE_ENTITY, errors).await,
    };
    let command = Command::CorrectDecision {
        outcome,
        reason: form.reason.clone(),
        feedback,
    };
    let outcome = act::act(&door.services, &id, command, actor(&member)).await;
    done.with(outcome).await
}
