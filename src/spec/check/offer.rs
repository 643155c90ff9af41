//! What a candidate should read in an offer and neither the spec nor the service's settings say.

use super::super::model::Spec;
use super::super::offer::OfferDefaults;
use super::super::problem::{Problem, codes, whole};
use super::super::version::SPEC_FILE;

/// What the offer of a spec leaves out, as warnings at its `spec.toml`. `defaults` is what the settings say.
pub fn missing_in_offer(spec: &Spec, defaults: &OfferDefaults) -> Vec<Problem> {
    let missing = |message: &str, hint: &str| {
        Problem::warning(codes::OFFER_INCOMPLETE, whole(SPEC_FILE), message, hint)
    };
    let mut problems = Vec::new();
    if spec.why.is_none() {
        problems.push(missing(
            "the offer does not say what the task is for",
            "add `why`: what the task is for, and why you ask a candidate to do it",
        ));
    }
    if spec.payer.is_none() && defaults.payer.is_none() {
        problems.push(missing(
            "the offer does not say who pays and how",
            "add `[payer]`, or name a file with it in WORKSAMPLE_OFFER_FILE",
        ));
    }
    if spec.answers.is_none() && defaults.answers.is_none() {
        problems.push(missing(
            "the offer does not say within what time questions are answered",
            "add `[answers]` with `within_hours`, or name a file with it in WORKSAMPLE_OFFER_FILE",
        ));
    }
    problems
}
