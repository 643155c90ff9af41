//! What a command has to meet besides the state: dates within the terms, a criterion that is a person's to judge, an
//! amount that is owed.

use chrono::Days;

use super::who::given;
use crate::acceptance::Verdict;
use crate::clock::{Timestamp, for_people};
use crate::ids::{CriterionId, Login};
use crate::money::Money;
use crate::spec::{Check, Spec};
use crate::work_sample::command::{Feedback, Refusal};
use crate::work_sample::event::{Actor, EventBody, Happening, NaturalKey};
use crate::work_sample::key;
use crate::work_sample::model::{ReadBy, WorkSample};
use crate::work_sample::parts::{DecisionOutcome, EntryKind, ObligationReason};
use crate::work_sample::records;
use crate::work_sample::refusal::RefusalCode as Code;

pub(super) fn offer_open(ws: &WorkSample, now: Timestamp) -> Result<(), Refusal> {
    match ws.offer_expires_at {
        Some(end) if now > end => Err(Code::OfferExpired.because(format!(
            "the offer was open until {}; ask the lead for a new one",
            for_people(end)
        ))),
        Some(_) | None => Ok(()),
    }
}

pub(super) fn offer_ends_later(expires_at: Timestamp, now: Timestamp) -> Result<(), Refusal> {
    if expires_at > now {
        return Ok(());
    }
    Err(Code::DueInPast.because(format!(
        "an offer cannot end at {}, for that is past: choose a later moment",
        for_people(expires_at)
    )))
}

/// Why an offer is not accepted again.
pub(super) fn accepted_before(ws: &WorkSample, login: &Login, due_at: Timestamp) -> Refusal {
    let same = ws
        .login
        .as_ref()
        .is_some_and(|accepted| accepted.same_as(login.as_str()))
        && ws.due_at == Some(due_at);
    if same {
        return Code::AlreadyAccepted
            .because("you have accepted this offer; there is nothing more to do");
    }
    Code::AcceptedOtherwise.because(format!(
        "this offer was accepted with the login {} and the due date {}; ask the lead to change either",
        ws.login.as_ref().map_or("?", |login| login.as_str()),
        ws.due_at.map(for_people).unwrap_or_default(),
    ))
}

/// Where nothing was delivered, the due time has to be over before somebody decides.
pub(super) fn nothing_came_in_time(ws: &WorkSample, now: Timestamp) -> Result<(), Refusal> {
    if ws.due_at.is_some_and(|due| now > due) {
        return Ok(());
    }
    Err(Code::NotDelivered.because(format!(
        "nothing has been delivered, and there is time until {}; decide after that, or cancel",
        ws.due_at.map(for_people).unwrap_or_default()
    )))
}

pub(super) fn due_fits(ws: &WorkSample, due_at: Timestamp, now: Timestamp) -> Result<(), Refusal> {
    if due_at <= now {
        return Err(Code::DueInPast.because(format!(
            "{} is past: choose a due date that lies ahead",
            for_people(due_at)
        )));
    }
    let latest = now.checked_add_days(Days::new(u64::from(ws.terms.due_days)));
    match latest {
        Some(latest) if due_at > latest => Err(Code::DueTooLate.because(format!(
            "the terms allow {} days; choose a due date not later than {}",
            ws.terms.due_days,
            for_people(latest)
        ))),
        Some(_) | None => Ok(()),
    }
}

pub(super) fn extension_fits(
    ws: &WorkSample,
    due_at: Timestamp,
    now: Timestamp,
) -> Result<(), Refusal> {
    if due_at <= now {
        return Err(Code::DueInPast.because(format!(
            "{} is past: choose a due date that lies ahead",
            for_people(due_at)
        )));
    }
    match ws.due_at {
        Some(due) if due_at <= due => Err(Code::DueNotLater.because(format!(
            "it is due at {} already; an extension leads to a later moment",
            for_people(due)
        ))),
        Some(_) | None => Ok(()),
    }
}

pub(super) fn judge(
    ws: &WorkSample,
    spec: &Spec,
    criterion: CriterionId,
    verdict: Verdict,
    note: String,
) -> Result<(NaturalKey, EventBody), Refusal> {
    let known = spec.criterion(&criterion).ok_or_else(|| {
        Code::UnknownCriterion.because(format!(
            "this spec has no criterion {criterion}; it has {}",
            spec.criteria
                .iter()
                .map(|one| one.id.as_str())
                .collect::<Vec<_>>()
                .join(", ")
        ))
    })?;
    match verdict {
        Verdict::Passed | Verdict::Failed => {}
        Verdict::Undetermined | Verdict::Open => {
            return Err(Code::NotAJudgement.because("judge it as passed or failed"));
        }
    }
    given(&note, "write a note that says what you saw")?;
    let sha = ws
        .effective_delivery()
        .and_then(|delivery| delivery.sha.clone())
        .ok_or_else(|| {
            Code::CommitUnknown
                .because("the delivered commit is not known yet; wait for its push to arrive")
        })?;
    let left_open = ws
        .effective_assessment()
        .and_then(|assessment| {
            assessment
                .results
                .iter()
                .find(|result| result.criterion == criterion)
        })
        .is_some_and(|result| match result.verdict {
            Verdict::Undetermined | Verdict::Open => true,
            Verdict::Passed | Verdict::Failed => false,
        });
    let for_a_person = match &known.check {
        Check::Eye { .. } | Check::Ci { .. } => true,
        Check::Command { .. } => left_open,
    };
    if !for_a_person {
        return Err(Code::NotByEye.because(format!(
            "{criterion} is checked by a command; a person judges it only where the command could not tell"
        )));
    }
    Ok((
        key::judged(ws.judgements.len() + 1),
        EventBody::Judged {
            criterion,
            sha,
            verdict,
            note,
        },
    ))
}

pub(super) fn reclassify(
    ws: &WorkSample,
    entry: NaturalKey,
    kind: EntryKind,
    note: String,
) -> Result<(NaturalKey, EventBody), Refusal> {
    let found = ws.entry(&entry).ok_or_else(|| {
        Code::UnknownEntry.because(format!(
            "the conversation has no entry `{entry}`; the report lists the keys"
        ))
    })?;
    let fixed = |kind| match kind {
        EntryKind::Kickoff | EntryKind::Notice | EntryKind::Delivery => true,
        EntryKind::Memo
        | EntryKind::Question
        | EntryKind::Answer
        | EntryKind::Progress
        | EntryKind::Decision
        | EntryKind::Confirm
        | EntryKind::Redirect
        | EntryKind::Note => false,
    };
    if fixed(found.kind) || fixed(kind) || found.read_by == ReadBy::Given {
        return Err(Code::NotReclassifiable.because(
            "a kickoff, a delivery or a message of the service is what it is: pay and time depend on it, not on a reading",
        ));
    }
    if !found.side.takes_part() {
        return Err(Code::AuthorTakesNoPart.because(format!(
            "{} takes no part in this work sample; if that is wrong, a lead first says on which side the account is",
            found.login
        )));
    }
    if found.kind == kind {
        return Err(Code::SameKind.because("the entry is read as this kind already"));
    }
    given(&note, "say why the entry is to be read as another kind")?;
    Ok((
        key::reclassified(ws.reclassified + 1),
        EventBody::Reclassified { entry, kind, note },
    ))
}

pub(super) fn pay(
    ws: &WorkSample,
    amount: Option<Money>,
    reference: String,
) -> Result<(NaturalKey, EventBody), Refusal> {
    let owed = ws.obligation.as_ref().ok_or_else(|| {
        Code::NothingOwed.because("nothing is owed under the terms yet; pay falls due on delivery")
    })?;
    let rest = ws.outstanding().ok_or_else(|| {
        Code::AlreadyPaid.because(format!("{} was owed and has been paid", owed.amount))
    })?;
    if let Some(amount) = amount
        && amount != rest
    {
        return Err(Code::WrongAmount.because(format!(
            "{rest} is owed, not {amount}; leave the amount out to record what is owed"
        )));
    }
    if reference.trim().is_empty() {
        return Err(Code::ReferenceMissing.because(
            "give the transfer's reference, so that the candidate can find it on their account",
        ));
    }
    Ok((
        key::paid(ws.payouts.len() + 1),
        EventBody::Paid {
            amount: rest,
            reference,
        },
    ))
}

/// A decision, its reason for the team and what the candidate is to read.
pub(super) fn decided(
    outcome: DecisionOutcome,
    reason: String,
    feedback: Feedback,
) -> Result<EventBody, Refusal> {
    given(&reason, "a decision needs a written reason")?;
    let (feedback, feedback_refused) = feedback.into_parts();
    Ok(EventBody::Decided {
        outcome,
        reason,
        feedback,
        feedback_refused,
    })
}

/// What stands in the place of the decision before. The candidate reads the feedback again, so it is given again.
pub(super) fn correct_decision(
    ws: &WorkSample,
    outcome: DecisionOutcome,
    reason: String,
    feedback: Feedback,
) -> Result<(NaturalKey, EventBody), Refusal> {
    given(&reason, "say why the decision is corrected")?;
    let (feedback, feedback_refused) = feedback.into_parts();
    let is_the_same = ws.decision.as_ref().is_some_and(|stands| {
        stands.outcome == outcome
            && stands.feedback == feedback
            && stands.feedback_refused == feedback_refused
    });
    if is_the_same {
        return Err(Code::SameDecision
            .because("this is the decision that stands; change the outcome or the feedback"));
    }
    Ok((
        key::decision_corrected(ws.former_decisions.len() + 1),
        EventBody::DecisionCorrected {
            outcome,
            reason,
            feedback,
            feedback_refused,
        },
    ))
}

/// What happens, and what is owed where the work ends by it.
pub(super) fn with_what_is_owed(
    ws: &WorkSample,
    (key, body): (NaturalKey, EventBody),
    actor: Actor,
    now: Timestamp,
) -> Vec<Happening> {
    let due = match &body {
        EventBody::Withdrawn { .. } => Some(ObligationReason::Withdrawn),
        EventBody::Cancelled { .. } => Some(ObligationReason::Cancelled),
        _ => None,
    };
    let owed = due.and_then(|reason| records::of_end(ws, (reason, key.clone()), now));
    let happening = Happening {
        key,
        actor,
        occurred_at: now,
        body,
    };
    std::iter::once(happening).chain(owed).collect()
}
