//! The beginning of a work sample: its terms, taken from the spec, and its first event.

use super::texts::name_fits;
use super::who::named;
use crate::clock::Timestamp;
use crate::ids::{Login, SpecDigest};
use crate::spec::{OfferDefaults, Spec};
use crate::work_sample::command::Refusal;
use crate::work_sample::event::{Actor, EventBody, Happening};
use crate::work_sample::key;
use crate::work_sample::parts::Terms;
use crate::work_sample::refusal::RefusalCode as Code;

/// What the terms say is recorded about the candidate's work.
pub const RECORDED: &str = "What you write in the repository's issues, pull requests and comments, with its edits; pushes and \
    the commits in them; the results of the acceptance checks; and when each of these reached GitHub. Nothing is \
    recorded on your machine. The reviewers read all of it in a process report beside the results.";

/// The terms that a spec offers. They are copied into the draft, so that they stay what they were.
///
/// What the spec does not say of the payer and of answers is taken from `defaults`.
pub fn terms_of(spec: &Spec, defaults: &OfferDefaults) -> Terms {
    Terms {
        pay: spec.pay(),
        timebox_hours: spec.timebox_hours,
        due_days: spec.due_days,
        pay_within_days: spec.pay.within_days,
        withdrawn_percent: spec.pay.withdrawn_percent,
        cancelled_percent: spec.pay.cancelled_percent,
        ownership: spec.ownership.clone(),
        ai_policy: spec.ai_policy.clone(),
        recorded: RECORDED.to_owned(),
        starter_owes_nothing: true,
        payer: spec.payer.clone().or_else(|| defaults.payer.clone()),
        answers_within_hours: spec
            .answers
            .or(defaults.answers)
            .map(|answers| answers.within_hours),
    }
}

/// The first event of a work sample under `terms`: for a candidate with a name and perhaps an e-mail address, whose repository is to be
/// created in an organisation.
///
/// # Errors
/// `not_yours` unless a lead asks, `name_missing`, `candidate_missing`.
pub fn draft(
    digest: SpecDigest,
    terms: Terms,
    (candidate, email): (&str, Option<String>),
    organization: Option<Login>,
    actor: Actor,
    now: Timestamp,
) -> Result<Happening, Refusal> {
    match &actor {
        Actor::Lead { name } => {
            named(name)?;
            name_fits("your name", name)?;
        }
        Actor::Reviewer { .. } | Actor::Candidate | Actor::Service | Actor::GitHub { .. } => {
            return Err(Code::NotYours.because("only a lead launches a work sample"));
        }
    }
    if candidate.trim().is_empty() {
        return Err(Code::CandidateMissing
            .because("a work sample needs the candidate's name as it is to stand in the offer"));
    }
    name_fits("the candidate's name", candidate)?;
    Ok(Happening {
        key: key::drafted(),
        actor,
        occurred_at: now,
        body: EventBody::Drafted {
            spec: digest,
            candidate: candidate.trim().to_owned(),
            email,
            terms,
            organization,
            looks_up_sides: true,
        },
    })
}
