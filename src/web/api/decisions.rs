//! Replying to candidates and deciding: what a lead says to somebody.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use utoipa::ToSchema;

use super::request;
use super::views::WorkSampleView;
use super::work_samples::{answer, carry_out};
use crate::ids::{GapId, InterpretationId, WorkSampleId};
use crate::web::auth::Lead;
use crate::web::door::Door;
use crate::web::problem::Problem;
use crate::work_sample::{Command, DecisionOutcome, Feedback, NaturalKey, ReplyKind};
use crate::workflow::act;

#[derive(Debug, Deserialize, ToSchema)]
#[schema(examples(json!({ "outcome": "proceed", "reason": "Clear questions, sound tests.", "feedback": "Thank you: your tests of retries were thorough.", "anyway": false })))]
#[serde(deny_unknown_fields)]
pub struct DecideBody {
    pub outcome: DecisionOutcome,
    /// For the team; the candidate never reads it.
    pub reason: String,
    /// For the candidate.
    #[serde(default)]
    pub feedback: Option<String>,
    /// The team gives no feedback, and says so.
    #[serde(default)]
    pub feedback_refused: bool,
    /// `false`: refuse with `open_points` where something is open that should be looked at first. Decided all the same where it
    /// is missing, as in earlier versions.
    #[serde(default = "anyway")]
    pub anyway: bool,
}

fn anyway() -> bool {
    true
}

impl DecideBody {
    fn feedback(text: Option<String>, refused: bool) -> Result<Feedback, Problem> {
        match (text, refused) {
            (Some(_), true) => Err(Problem::bad_request(
                "feedback_unclear",
                "`feedback` and `feedback_refused` exclude each other",
            )),
            (Some(text), false) => Ok(Feedback::Given(text)),
            (None, true) => Ok(Feedback::Refused),
            (None, false) => Ok(Feedback::NotSaid),
        }
    }
}

#[utoipa::path(post, path = "/api/v1/work-samples/{id}/decide", summary = "Decide about a work sample", tag = "work samples", request_body = DecideBody, security(("bearer" = [])),
    params(("id" = String, Path, description = "the work sample", example = "ws_019a8f0c6b7e7d2c9f3e5a1b2c3d4e5f")),
    responses((status = 200, description = "decided, by the person whom the token names", body = WorkSampleView), (status = 409, description = "refused, with a code", body = Problem)))]
pub async fn decide(
    door: web::Data<Door>,
    lead: Lead,
    id: web::Path<String>,
    body: web::Bytes,
) -> Result<HttpResponse, Problem> {
    let DecideBody {
        outcome,
        reason,
        feedback,
        feedback_refused,
        anyway,
    } = request::json(&body)?;
    let id: WorkSampleId = request::id(&id)?;
    let command = Command::Decide {
        outcome,
        reason,
        feedback: DecideBody::feedback(feedback, feedback_refused)?,
    };
    let after = act::decide(&door.services, &id, command, lead.actor(), anyway).await?;
    answer(&door, &after).await
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(examples(json!({ "outcome": "discuss", "reason": "The first decision was recorded for another candidate.", "feedback_refused": true })))]
#[serde(deny_unknown_fields)]
pub struct CorrectDecisionBody {
    pub outcome: DecisionOutcome,
    /// Why it is corrected, for the team; the candidate never reads it.
    pub reason: String,
    /// For the candidate, in place of what they read before.
    #[serde(default)]
    pub feedback: Option<String>,
    /// The team gives no feedback, and says so.
    #[serde(default)]
    pub feedback_refused: bool,
}

#[utoipa::path(post, path = "/api/v1/work-samples/{id}/correct-decision", summary = "Correct a decision", tag = "work samples", request_body = CorrectDecisionBody, security(("bearer" = [])),
    params(("id" = String, Path, description = "the work sample", example = "ws_019a8f0c6b7e7d2c9f3e5a1b2c3d4e5f")),
    responses((status = 200, description = "corrected; the decision before stays in the log", body = WorkSampleView), (status = 409, description = "refused, with a code", body = Problem)))]
pub async fn correct_decision(
    door: web::Data<Door>,
    lead: Lead,
    id: web::Path<String>,
    body: web::Bytes,
) -> Result<HttpResponse, Problem> {
    let CorrectDecisionBody {
        outcome,
        reason,
        feedback,
        feedback_refused,
    } = request::json(&body)?;
    let command = Command::CorrectDecision {
        outcome,
        reason,
        feedback: DecideBody::feedback(feedback, feedback_refused)?,
    };
    carry_out(&door, &id, command, lead.actor()).await
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(examples(json!({ "entry": "issues:2:opened", "kind": "answer", "text": "R5 applies: a declined card is stored and answered again.", "seen": 0 })))]
#[serde(deny_unknown_fields)]
pub struct ReplyBody {
    /// The question or decision, by the key that the report and this API give.
    pub entry: NaturalKey,
    pub kind: ReplyKind,
    /// Markdown; the candidate reads it. May be missing for `confirm`.
    #[serde(default)]
    pub text: String,
    /// The gap that it is about, for the team; the candidate never reads it.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub gap: Option<GapId>,
    /// The interpretation that it settles on, for the team.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub interpretation: Option<InterpretationId>,
    /// How many replies you had seen; refused with `replied_meanwhile` where there are others now.
    #[serde(default)]
    pub seen: Option<usize>,
}

#[utoipa::path(post, path = "/api/v1/work-samples/{id}/reply", summary = "Reply to a question or decision of the candidate", tag = "work samples", request_body = ReplyBody, security(("bearer" = [])),
    params(("id" = String, Path, description = "the work sample", example = "ws_019a8f0c6b7e7d2c9f3e5a1b2c3d4e5f"), ("Idempotency-Key" = Option<String>, Header, description = "the same key replies once")),
    responses((status = 200, description = "recorded; a comment at GitHub carries the text", body = WorkSampleView), (status = 409, description = "refused, with a code", body = Problem)))]
pub async fn reply(
    door: web::Data<Door>,
    lead: Lead,
    request: HttpRequest,
    id: web::Path<String>,
    body: web::Bytes,
) -> Result<HttpResponse, Problem> {
    let once = request::once(&request, &lead.actor(), &body)?;
    let ReplyBody {
        entry,
        kind,
        text,
        gap,
        interpretation,
        seen,
    } = request::json(&body)?;
    let id: WorkSampleId = request::id(&id)?;
    let command = Command::Reply {
        entry,
        kind,
        text,
        gap,
        interpretation,
        seen,
    };
    let after = act::act_once(&door.services, &id, command, lead.actor(), once).await?;
    answer(&door, &after).await
}
