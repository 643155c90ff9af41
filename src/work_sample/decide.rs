//! Commands in, happenings or a refusal out: one total match on the state and the command. A new state or command does
//! not compile until somebody has said here what it means.

use chrono::Days;

use super::command::{Command, Refusal};
use super::event::{Actor, EntryKind, EventBody, Happening, NaturalKey, Terms};
use super::key;
use super::model::{State, WorkSample};
use super::refusal::RefusalCode as Code;
use crate::acceptance::Verdict;
use crate::clock::{Timestamp, for_people};
use crate::ids::{CriterionId, SpecDigest};
use crate::money::Money;
use crate::spec::{Check, Spec};

/// What the terms say is recorded about the candidate's work.
pub const RECORDED: &str = "What you write in the repository's issues, pull requests and comments, with its edits; pushes and \
    the commits in them; the results of the acceptance checks; and when each of these reached GitHub. Nothing is \
    recorded on your machine. You can read and export your own report, answer it, and have it erased.";

/// The terms that a spec offers. They are copied into the draft, so that they stay what they were.
pub fn terms_of(spec: &Spec) -> Terms {
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
    }
}

/// The first event of a work sample.
///
/// # Errors
/// `not_yours` unless a lead asks, `name_missing`, `candidate_missing`.
pub fn draft(
    digest: SpecDigest,
    spec: &Spec,
    candidate: &str,
    email: Option<String>,
    actor: Actor,
    now: Timestamp,
) -> Result<Happening, Refusal> {
    match &actor {
        Actor::Lead { name } => named(name)?,
        Actor::Reviewer { .. } | Actor::Candidate | Actor::Service | Actor::GitHub { .. } => {
            return Err(Code::NotYours.because("only a lead launches a work sample"));
        }
    }
    if candidate.trim().is_empty() {
        return Err(Code::CandidateMissing
            .because("a work sample needs the candidate's name as it is to stand in the offer"));
    }
    Ok(Happening {
        key: key::drafted(),
        actor,
        occurred_at: now,
        body: EventBody::Drafted {
            spec: digest,
            candidate: candidate.trim().to_owned(),
            email,
            terms: terms_of(spec),
        },
    })
}

/// Decides whether `command` may happen now, and what happens then. `spec` is the version that was offered.
///
/// # Errors
/// A [`Refusal`] with a stable code (see [`Code`]) and a message that says how to mend it; nothing happens then.
pub fn decide(
    ws: &WorkSample,
    spec: &Spec,
    command: Command,
    actor: Actor,
    now: Timestamp,
) -> Result<Vec<Happening>, Refusal> {
    use Command as C;
    use State as S;
    may(&command, &actor)?;

    let (key, body) = match (ws.state, command) {
        // ── offer ──
        (S::Drafted, C::Offer { expires_at }) => {
            if expires_at <= now {
                return Err(Code::DueInPast.because(format!(
                    "an offer cannot end at {}, for that is past: choose a later moment",
                    for_people(expires_at)
                )));
            }
            (key::offered(), EventBody::Offered { expires_at })
        }
        (
            S::Offered | S::Accepted | S::Provisioned | S::InProgress | S::Delivered | S::Assessed,
            C::Offer { .. },
        ) => {
            return Err(Code::AlreadyOffered.because(
                "this work sample has been offered already; launch another with --again",
            ));
        }

        // ── accept, decline, expire ──
        (S::Offered, C::Accept { login, due_at }) => {
            offer_open(ws, now)?;
            due_fits(ws, due_at, now)?;
            (key::accepted(), EventBody::Accepted { login, due_at })
        }
        (
            S::Accepted | S::Provisioned | S::InProgress | S::Delivered | S::Assessed,
            C::Accept { login, due_at },
        ) => {
            let same = ws
                .login
                .as_ref()
                .is_some_and(|accepted| accepted.same_as(login.as_str()))
                && ws.due_at == Some(due_at);
            return Err(if same {
                Code::AlreadyAccepted
                    .because("you have accepted this offer; there is nothing more to do")
            } else {
                Code::AcceptedOtherwise.because(format!(
                    "this offer was accepted with the login {} and the due date {}; ask the lead to change either",
                    ws.login.as_ref().map_or("?", |login| login.as_str()),
                    ws.due_at.map(for_people).unwrap_or_default(),
                ))
            });
        }
        (S::Offered, C::Decline { reason }) => (key::declined(), EventBody::Declined { reason }),
        (
            S::Accepted | S::Provisioned | S::InProgress | S::Delivered | S::Assessed,
            C::Decline { .. },
        ) => {
            return Err(Code::AcceptedOtherwise
                .because("this offer has been accepted; withdraw from it instead of declining"));
        }
        (S::Offered, C::Expire) => {
            if offer_open(ws, now).is_ok() {
                return Err(Code::OfferStillOpen.because(format!(
                    "the offer stays open until {}",
                    ws.offer_expires_at.map(for_people).unwrap_or_default()
                )));
            }
            (key::expired(), EventBody::Expired)
        }
        (S::Accepted | S::Provisioned | S::InProgress | S::Delivered | S::Assessed, C::Expire) => {
            return Err(Code::AlreadyAccepted
                .because("this offer has been accepted and does not expire any more"));
        }
        (S::Drafted, C::Accept { .. } | C::Decline { .. } | C::Expire) => {
            return Err(Code::NotOffered.because("this work sample has not been offered yet"));
        }

        // ── withdraw, cancel, extend ──
        (S::Accepted | S::Provisioned | S::InProgress, C::Withdraw { reason }) => {
            (key::withdrawn(), EventBody::Withdrawn { reason })
        }
        (S::Offered, C::Withdraw { .. }) => {
            return Err(Code::NotAccepted
                .because("this offer has not been accepted yet; decline it instead"));
        }
        (
            S::Drafted | S::Offered | S::Accepted | S::Provisioned | S::InProgress,
            C::Cancel { reason },
        ) => {
            given(
                &reason,
                "say why the work sample is cancelled; the candidate reads it",
            )?;
            (key::cancelled(), EventBody::Cancelled { reason })
        }
        (S::Delivered | S::Assessed, C::Withdraw { .. } | C::Cancel { .. }) => {
            return Err(Code::AlreadyDelivered.because(
                "it has been delivered, and the whole pay is due; it goes on to the decision",
            ));
        }
        (
            S::Accepted | S::Provisioned | S::InProgress | S::Delivered | S::Assessed,
            C::Extend { due_at, reason },
        ) => {
            given(
                &reason,
                "say why the due date moves; it stands in the report",
            )?;
            extension_fits(ws, due_at, now)?;
            (
                key::extended(ws.extensions.len() + 1),
                EventBody::Extended { due_at, reason },
            )
        }
        (S::Drafted, C::Withdraw { .. }) | (S::Drafted | S::Offered, C::Extend { .. }) => {
            return Err(Code::NotAccepted.because("this work sample has not been accepted yet"));
        }

        // ── deliver ──
        (S::Provisioned | S::InProgress | S::Delivered | S::Assessed, C::Deliver { sha }) => {
            let before = ws
                .deliveries
                .iter()
                .filter(|one| one.place.is_none())
                .count();
            (
                key::delivered_by_api(before + 1),
                EventBody::DeliveredByApi { sha },
            )
        }
        (S::Drafted | S::Offered, C::Deliver { .. }) => {
            return Err(
                Code::NotAccepted.because("accept the offer first; a repository is prepared then")
            );
        }
        (S::Accepted, C::Deliver { .. }) => {
            return Err(Code::NotProvisioned
                .because("the repository is still being prepared; deliver when it is ready"));
        }

        // ── judge, reclassify ──
        (
            S::Delivered | S::Assessed,
            C::Judge {
                criterion,
                verdict,
                note,
            },
        ) => judge(ws, spec, criterion, verdict, note)?,
        (
            S::Drafted | S::Offered | S::Accepted | S::Provisioned | S::InProgress,
            C::Judge { .. },
        ) => {
            return Err(Code::NotDelivered
                .because("nothing has been delivered yet; judge criteria when something has"));
        }
        (
            S::Accepted
            | S::Provisioned
            | S::InProgress
            | S::Delivered
            | S::Assessed
            | S::Withdrawn
            | S::Cancelled,
            C::Reclassify { entry, kind, note },
        ) => reclassify(ws, entry, kind, note)?,
        (S::Drafted | S::Offered, C::Reclassify { .. }) => {
            return Err(Code::UnknownEntry.because("nothing has been written yet"));
        }

        // ── pay: in every state, for a delivery can become known after a withdrawal or a closing ──
        (
            S::Drafted
            | S::Offered
            | S::Accepted
            | S::Provisioned
            | S::InProgress
            | S::Delivered
            | S::Assessed
            | S::Decided
            | S::Closed
            | S::Declined
            | S::Expired
            | S::Withdrawn
            | S::Cancelled,
            C::Pay { amount, reference },
        ) => pay(ws, amount, reference)?,

        // ── decide, close ──
        (S::Assessed, C::Decide { outcome, reason }) => {
            given(&reason, "a decision needs a written reason")?;
            (key::decided(), EventBody::Decided { outcome, reason })
        }
        (S::Provisioned | S::InProgress, C::Decide { outcome, reason }) => {
            if ws.due_at.is_none_or(|due| now <= due) {
                return Err(Code::NotDelivered.because(format!(
                    "nothing has been delivered, and there is time until {}; decide after that, or cancel",
                    ws.due_at.map(for_people).unwrap_or_default()
                )));
            }
            given(&reason, "a decision needs a written reason")?;
            (key::decided(), EventBody::Decided { outcome, reason })
        }
        (S::Drafted | S::Offered | S::Accepted, C::Decide { .. }) => {
            return Err(Code::NotDelivered
                .because("there is nothing to decide on yet; cancel it if it should end here"));
        }
        (S::Delivered, C::Decide { .. }) => {
            return Err(Code::NotAssessed.because(
                "the delivery has not been assessed yet; decide when its results are there",
            ));
        }
        (S::Decided | S::Declined | S::Expired | S::Withdrawn | S::Cancelled, C::Close) => {
            if let Some(rest) = ws.outstanding() {
                return Err(Code::Unpaid.because(format!(
                    "{rest} is still owed under the terms; record the payment first"
                )));
            }
            (key::closed(), EventBody::Closed)
        }
        (
            S::Drafted
            | S::Offered
            | S::Accepted
            | S::Provisioned
            | S::InProgress
            | S::Delivered
            | S::Assessed,
            C::Close,
        ) => {
            return Err(Code::NotDecided.because(
                "it can be closed once it was decided on or has ended; decide on it or cancel it",
            ));
        }

        // ── what came to its end stays so ──
        (
            S::Decided,
            C::Offer { .. }
            | C::Accept { .. }
            | C::Decline { .. }
            | C::Expire
            | C::Withdraw { .. }
            | C::Cancel { .. }
            | C::Extend { .. }
            | C::Deliver { .. }
            | C::Judge { .. }
            | C::Reclassify { .. }
            | C::Decide { .. },
        ) => {
            return Err(Code::AlreadyDecided
                .because("it has been decided on; what is left is to pay and to close it"));
        }
        (
            S::Closed,
            C::Offer { .. }
            | C::Accept { .. }
            | C::Decline { .. }
            | C::Expire
            | C::Withdraw { .. }
            | C::Cancel { .. }
            | C::Extend { .. }
            | C::Deliver { .. }
            | C::Judge { .. }
            | C::Reclassify { .. }
            | C::Decide { .. }
            | C::Close,
        ) => return Err(Code::AlreadyClosed.because("it is closed; launch another with --again")),
        (S::Expired, C::Accept { .. } | C::Decline { .. }) => {
            return Err(Code::OfferExpired.because(format!(
                "the offer was open until {}; ask the lead for a new one",
                ws.offer_expires_at.map(for_people).unwrap_or_default()
            )));
        }
        (S::Declined | S::Withdrawn | S::Cancelled, C::Accept { .. } | C::Decline { .. })
        | (
            S::Declined | S::Expired | S::Withdrawn | S::Cancelled,
            C::Offer { .. }
            | C::Expire
            | C::Withdraw { .. }
            | C::Cancel { .. }
            | C::Extend { .. }
            | C::Deliver { .. }
            | C::Judge { .. }
            | C::Decide { .. },
        )
        | (S::Declined | S::Expired, C::Reclassify { .. }) => {
            return Err(Code::AlreadyEnded.because(
                "it has ended early; what is left is to pay what is owed and to close it",
            ));
        }
    };
    Ok(vec![Happening {
        key,
        actor,
        occurred_at: now,
        body,
    }])
}

/// Who may do what. People who lead or review do it under their name.
fn may(command: &Command, actor: &Actor) -> Result<(), Refusal> {
    let (lead, reviewer, candidate, service) = match command {
        Command::Accept { .. } | Command::Decline { .. } | Command::Deliver { .. } => {
            (false, false, true, false)
        }
        // A lead records a withdrawal that the candidate wrote in an e-mail.
        Command::Withdraw { .. } => (true, false, true, false),
        Command::Expire => (true, false, false, true),
        Command::Judge { .. } | Command::Reclassify { .. } | Command::Decide { .. } => {
            (true, true, false, false)
        }
        Command::Offer { .. }
        | Command::Cancel { .. }
        | Command::Extend { .. }
        | Command::Pay { .. }
        | Command::Close => (true, false, false, false),
    };
    let allowed = match actor {
        Actor::Lead { name } => {
            named(name)?;
            lead
        }
        Actor::Reviewer { name } => {
            named(name)?;
            reviewer
        }
        Actor::Candidate => candidate,
        Actor::Service => service,
        Actor::GitHub { .. } => false,
    };
    if allowed {
        return Ok(());
    }
    let roles: Vec<&str> = [
        (lead, "a lead"),
        (reviewer, "a reviewer"),
        (candidate, "the candidate"),
        (service, "the service"),
    ]
    .into_iter()
    .filter_map(|(may, role)| may.then_some(role))
    .collect();
    Err(Code::NotYours.because(format!("only {} may do this", roles.join(" or "))))
}

fn named(name: &str) -> Result<(), Refusal> {
    if name.trim().is_empty() {
        Err(Code::NameMissing.because("say who you are; what you do is recorded under your name"))
    } else {
        Ok(())
    }
}

fn given(text: &str, how_to_mend: &str) -> Result<(), Refusal> {
    if text.trim().is_empty() {
        Err(Code::ReasonMissing.because(how_to_mend))
    } else {
        Ok(())
    }
}

fn offer_open(ws: &WorkSample, now: Timestamp) -> Result<(), Refusal> {
    match ws.offer_expires_at {
        Some(end) if now > end => Err(Code::OfferExpired.because(format!(
            "the offer was open until {}; ask the lead for a new one",
            for_people(end)
        ))),
        Some(_) | None => Ok(()),
    }
}

fn due_fits(ws: &WorkSample, due_at: Timestamp, now: Timestamp) -> Result<(), Refusal> {
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

fn extension_fits(ws: &WorkSample, due_at: Timestamp, now: Timestamp) -> Result<(), Refusal> {
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

fn judge(
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

fn reclassify(
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
        EntryKind::Kickoff | EntryKind::Delivery => true,
        EntryKind::Memo
        | EntryKind::Question
        | EntryKind::Answer
        | EntryKind::Progress
        | EntryKind::Decision
        | EntryKind::Confirm
        | EntryKind::Redirect
        | EntryKind::Note => false,
    };
    if fixed(found.kind) || fixed(kind) {
        return Err(Code::NotReclassifiable.because(
            "a kickoff or a delivery is what it is: pay and time depend on it, not on a reading",
        ));
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

fn pay(
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
