//! What leads and reviewers do on a work sample's page. A form that is refused is shown again with what was typed.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::Deserialize;

use super::super::super::Problem;
use super::super::super::door::Door;
use super::super::super::notice::Notice;
use super::super::super::session::{LeadMember, TeamMember};
use super::super::components::{FieldErrors, sentence};
use super::super::failure::PageProblem;
use super::super::form::{Sent, carries_token};
use super::super::told;
use super::show::Sample;
use super::typed::Typed;
use super::{anchor, id_of};
use crate::acceptance::Verdict;
use crate::ids::{CriterionId, GapId, InterpretationId, WorkSampleId};
use crate::work_sample::{Actor, Command, EntryKind, NaturalKey, ReplyKind, WorkSample};
use crate::workflow::{WorkflowError, act};

/// A form's answer once its command was carried out or refused.
pub(super) struct Done<'a> {
    pub door: &'a Door,
    pub member: &'a TeamMember,
    pub id: WorkSampleId,
    pub typed: Typed,
    /// The part of the page to go back to.
    pub part: &'a str,
    /// What is said there.
    pub notice: Notice,
    /// Which codes concern which field.
    pub fields: &'a [(&'a str, &'a str)],
}

impl Done<'_> {
    pub async fn with(
        self,
        outcome: Result<WorkSample, WorkflowError>,
    ) -> Result<HttpResponse, PageProblem> {
        match outcome {
            Ok(_) => {
                let path = format!("/samples/{}#{}", self.id, self.part);
                told(self.door, &path, self.notice)
            }
            Err(error) => self.refused(error.into()).await,
        }
    }

    pub async fn refused(self, problem: Problem) -> Result<HttpResponse, PageProblem> {
        if problem.status >= 500 || problem.status == 404 {
            return Err(problem.into());
        }
        let field = self
            .fields
            .iter()
            .find(|(code, _)| *code == problem.code)
            .map_or("", |(_, field)| field);
        let errors = FieldErrors::none()
            .with(field, sentence(&problem.detail))
            .coded(problem.code);
        self.shown(
            StatusCode::from_u16(problem.status).unwrap_or(StatusCode::CONFLICT),
            errors,
        )
        .await
    }

    pub async fn shown(
        self,
        status: StatusCode,
        errors: FieldErrors,
    ) -> Result<HttpResponse, PageProblem> {
        let sample = Sample::load(self.door, &self.id).await?;
        sample.page(self.member, status, &self.typed.refused(errors))
    }

    /// What cannot even be read.
    pub async fn unreadable(self, field: &str, message: &str) -> Result<HttpResponse, PageProblem> {
        let errors = FieldErrors::none().with(field, message);
        self.shown(StatusCode::UNPROCESSABLE_ENTITY, errors).await
    }
}

/// Does it as a lead, or as the reviewer that they are.
pub(super) fn actor(member: &TeamMember) -> Actor {
    let name = member.name.clone();
    if member.is_lead {
        Actor::Lead { name }
    } else {
        Actor::Reviewer { name }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReplyForm {
    form_token: String,
    entry: String,
    kind: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    gap: String,
    #[serde(default)]
    seen: Option<usize>,
    #[serde(default)]
    back: String,
}

/// A gap, and behind a space an interpretation of it, as the form's choice holds them.
fn gap_of(text: &str) -> Option<(Option<GapId>, Option<InterpretationId>)> {
    let (gap, way) = match text.trim().split_once(' ') {
        Some((gap, way)) => (gap, Some(way)),
        None => (text.trim(), None),
    };
    if gap.is_empty() {
        return Some((None, None));
    }
    let way = match way {
        Some(way) => Some(way.parse().ok()?),
        None => None,
    };
    Some((Some(gap.parse().ok()?), way))
}

pub(super) async fn reply(
    door: web::Data<Door>,
    Sent {
        by: LeadMember(member),
        form,
    }: Sent<LeadMember, web::Form<ReplyForm>>,
    id: web::Path<String>,
) -> Result<HttpResponse, PageProblem> {
    let form = form.into_inner();
    let id = id_of(&id)?;
    let part = anchor(&form.entry);
    let field = format!("text-{part}");
    let fields = [
        ("reason_missing", field.as_str()),
        ("text_too_long", field.as_str()),
        ("text_unusable", field.as_str()),
    ];
    let done = Done {
        door: &door,
        member: &member,
        id: id.clone(),
        typed: Typed::of(format!("reply:{}", form.entry))
            .with("text", &form.text)
            .with("gap", &form.gap),
        part: &part,
        notice: Notice::Replied,
        fields: &fields,
    };
    let kind = match form.kind.as_str() {
        "answer" => ReplyKind::Answer,
        "confirm" => ReplyKind::Confirm,
        "redirect" => ReplyKind::Redirect,
        _ => {
            return done
                .unreadable("", "Press one of the form’s own buttons.")
                .await;
        }
    };
    let Some((gap, interpretation)) = gap_of(&form.gap) else {
        return done
            .unreadable("", "Choose a gap of the list, or none.")
            .await;
    };
    let command = Command::Reply {
        entry: NaturalKey(form.entry),
        kind,
        text: form.text,
        gap,
        interpretation,
        seen: form.seen,
    };
    let outcome = act::act(&door.services, &id, command, actor(&member)).await;
    if outcome.is_ok() && form.back == "today" {
        return told(&door, "/", Notice::Replied);
    }
    done.with(outcome).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReclassifyForm {
    form_token: String,
    entry: String,
    kind: String,
    note: String,
}

pub(super) async fn reclassify(
    door: web::Data<Door>,
    Sent { by: member, form }: Sent<TeamMember, web::Form<ReclassifyForm>>,
    id: web::Path<String>,
) -> Result<HttpResponse, PageProblem> {
    let form = form.into_inner();
    let id = id_of(&id)?;
    let part = anchor(&form.entry);
    let field = format!("note-{part}");
    let fields = [
        ("reason_missing", field.as_str()),
        ("text_too_long", field.as_str()),
        ("text_unusable", field.as_str()),
    ];
    let done = Done {
        door: &door,
        member: &member,
        id: id.clone(),
        typed: Typed::of(format!("reclassify:{}", form.entry))
            .with("kind", &form.kind)
            .with("note", &form.note),
        part: &part,
        notice: Notice::Reclassified,
        fields: &fields,
    };
    let kind: Result<EntryKind, _> = serde_json::from_value(serde_json::Value::String(form.kind));
    let Ok(kind) = kind else {
        return done.unreadable("", "Choose what the text is.").await;
    };
    let command = Command::Reclassify {
        entry: NaturalKey(form.entry),
        kind,
        note: form.note,
    };
    let outcome = act::act(&door.services, &id, command, actor(&member)).await;
    done.with(outcome).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct JudgeForm {
    form_token: String,
    criterion: String,
    verdict: String,
    note: String,
}

pub(super) async fn judge(
    door: web::Data<Door>,
    Sent { by: member, form }: Sent<TeamMember, web::Form<JudgeForm>>,
    id: web::Path<String>,
) -> Result<HttpResponse, PageProblem> {
    let form = form.into_inner();
    let id = id_of(&id)?;
    let (part, field) = (
        format!("criterion-{}", form.criterion),
        format!("judge-{}", form.criterion),
    );
    let fields = [
        ("reason_missing", field.as_str()),
        ("text_too_long", field.as_str()),
        ("text_unusable", field.as_str()),
    ];
    let done = Done {
        door: &door,
        member: &member,
        id: id.clone(),
        typed: Typed::of(format!("judge:{}", form.criterion)).with("note", &form.note),
        part: &part,
        notice: Notice::Judged,
        fields: &fields,
    };
    let verdict = match form.verdict.as_str() {
        "passed" => Verdict::Passed,
        "failed" => Verdict::Failed,
        _ => return done.unreadable("", "Press Met or Not met.").await,
    };
    let Ok(criterion) = form.criterion.parse::<CriterionId>() else {
        return done.unreadable("", "The form names no criterion.").await;
    };
    let command = Command::Judge {
        criterion,
        verdict,
        note: form.note,
    };
    let outcome = act::act(&door.services, &id, command, actor(&member)).await;
    done.with(outcome).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PayForm {
    form_token: String,
    reference: String,
}

pub(super) async fn pay(
    door: web::Data<Door>,
    Sent {
        by: LeadMember(member),
        form,
    }: Sent<LeadMember, web::Form<PayForm>>,
    id: web::Path<String>,
) -> Result<HttpResponse, PageProblem> {
    let form = form.into_inner();
    let id = id_of(&id)?;
    let command = Command::Pay {
        amount: None,
        reference: form.reference.clone(),
    };
    let outcome = act::act(&door.services, &id, command, actor(&member)).await;
    Done {
        door: &door,
        member: &member,
        id,
        typed: Typed::of("pay").with("reference", form.reference),
        part: "pay",
        notice: Notice::Paid,
        fields: &[
            ("reference_missing", "reference"),
            ("text_too_long", "reference"),
            ("text_unusable", "reference"),
        ],
    }
    .with(outcome)
    .await
}

carries_token!(ReplyForm, ReclassifyForm, JudgeForm, PayForm);
