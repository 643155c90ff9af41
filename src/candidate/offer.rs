//! The offer, as its candidate reads it.

use chrono::Duration;
use serde::Serialize;
use utoipa::ToSchema;

use crate::clock::Timestamp;
use crate::ids::{ClauseId, CriterionId};
use crate::money::{Money, Percent};
use crate::report::{one_line, several_lines};
use crate::spec::candidate::visible_criteria;
use crate::spec::{Check, Payer, SpecVersion};
use crate::work_sample::WorkSample;

/// What a candidate reads before they accept, and may read again later.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Offer {
    pub title: String,
    /// The spec's version.
    pub version: String,
    /// The candidate's name.
    pub candidate: String,
    pub summary: String,
    /// What the task is for; missing where the spec does not say.
    pub why: Option<String>,
    /// The brief in Markdown, with visible clause ids such as `(R1)`.
    pub brief: String,
    pub clauses: Vec<Clause>,
    /// The criteria that a candidate may see.
    pub criteria: Vec<Criterion>,
    /// Are there checks that are not shown? They check clauses of the brief, too.
    pub more_checks: bool,
    /// Globs of the paths that the work is meant to touch.
    pub boundary: Vec<String>,
    /// Hours between two progress updates.
    pub updates_every_hours: u32,
    /// Hours of work that the pay is meant for.
    pub timebox_hours: u32,
    /// Days from acceptance to the latest due date.
    pub due_days: u32,
    pub pay: OfferPay,
    pub ownership: String,
    pub ai_policy: String,
    /// What is recorded, and who reads it.
    pub recorded: String,
    /// Missing where nobody said who pays.
    pub payer: Option<Payer>,
    /// Hours within which the team answers, counted while somebody of the team is there to answer; missing where nothing
    /// was promised.
    pub answers_within_hours: Option<u32>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Timestamp>,
}

/// A clause of the brief.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Clause {
    pub id: ClauseId,
    pub title: String,
}

/// A criterion that a candidate may see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Criterion {
    pub id: CriterionId,
    pub title: String,
    /// The clauses that it checks.
    pub clauses: Vec<ClauseId>,
    pub judged_by: JudgedBy,
}

/// Who or what says whether a criterion is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum JudgedBy {
    /// A program that is run on the delivered commit.
    Program,
    /// A check of the repository's own CI.
    Ci,
    /// A reviewer.
    Reviewer,
}

/// The pay, and what an early end pays.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct OfferPay {
    pub amount: Money,
    /// Days from the delivery until the pay must have been paid.
    pub within_days: u32,
    /// Due when the candidate withdraws once the repository is ready.
    pub if_withdrawn: Money,
    pub if_withdrawn_percent: Percent,
    /// Due when the team cancels after the acceptance.
    pub if_cancelled: Money,
    pub if_cancelled_percent: Percent,
    /// Does a delivery of the starter with nothing changed owe nothing, unless the candidate confirms it?
    pub starter_owes_nothing: bool,
}

impl Offer {
    pub fn of(ws: &WorkSample, version: &SpecVersion) -> Offer {
        let spec = &version.spec;
        let terms = &ws.terms;
        Offer {
            title: one_line(&spec.title),
            version: one_line(&spec.version),
            candidate: one_line(&ws.candidate),
            summary: several_lines(&spec.summary),
            why: spec.why.as_deref().map(several_lines),
            brief: version.brief.for_candidate(),
            clauses: spec
                .clauses
                .iter()
                .map(|clause| Clause {
                    id: clause.id.clone(),
                    title: one_line(&clause.title),
                })
                .collect(),
            criteria: visible_criteria(spec)
                .map(|criterion| Criterion {
                    id: criterion.id.clone(),
                    title: one_line(&criterion.title),
                    clauses: criterion.clauses.clone(),
                    judged_by: JudgedBy::of(&criterion.check),
                })
                .collect(),
            more_checks: spec.criteria.iter().any(|criterion| criterion.hidden),
            boundary: spec
                .boundary
                .allowed
                .iter()
                .map(|glob| one_line(glob))
                .collect(),
            updates_every_hours: spec.updates.every_hours,
            timebox_hours: terms.timebox_hours,
            due_days: terms.due_days,
            pay: OfferPay {
                amount: terms.pay,
                within_days: terms.pay_within_days,
                if_withdrawn: terms.pay.percent(terms.withdrawn_percent),
                if_withdrawn_percent: terms.withdrawn_percent,
                if_cancelled: terms.pay.percent(terms.cancelled_percent),
                if_cancelled_percent: terms.cancelled_percent,
                starter_owes_nothing: terms.starter_owes_nothing,
            },
            ownership: several_lines(&terms.ownership),
            ai_policy: several_lines(&terms.ai_policy),
            recorded: several_lines(&terms.recorded),
            payer: terms.payer.clone(),
            answers_within_hours: terms.answers_within_hours,
            expires_at: ws.offer_expires_at,
        }
    }

    /// The latest due date that may be chosen by somebody who accepts now.
    pub fn latest_due(&self, now: Timestamp) -> Timestamp {
        now + Duration::days(i64::from(self.due_days))
    }
}

impl JudgedBy {
    pub(super) fn of(check: &Check) -> JudgedBy {
        match check {
            Check::Command { .. } => JudgedBy::Program,
            Check::Ci { .. } => JudgedBy::Ci,
            Check::Eye { .. } => JudgedBy::Reviewer,
        }
    }

    pub fn in_words(self) -> &'static str {
        match self {
            JudgedBy::Program => "a program that is run on the delivered commit",
            JudgedBy::Ci => "the repository's own CI",
            JudgedBy::Reviewer => "a reviewer",
        }
    }
}
