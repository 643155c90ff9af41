//! Commands in, happenings or a refusal out: one total match on the state and the command. A new state or command does
//! not compile until somebody has said here what it means.

mod checks;
mod delivering;
mod draft;
mod email;
mod inviting;
mod replying;
mod sides;
#[cfg(test)]
mod tests;
mod texts;
mod who;

use checks::{
    accepted_before, correct_decision, decided, due_fits, extension_fits, judge,
    nothing_came_in_time, offer_ends_later, offer_open, pay, reclassify, with_what_is_owed,
};
use delivering::{correct_delivery, deliver};
use email::correct_email;
use inviting::{correct_login, reinvite};
use replying::reply;
use sides::settle_side;
use who::{given, may};

pub use draft::{RECORDED, draft, terms_of};

use super::command::{Command, Refusal};
use super::event::{Actor, EventBody, Happening};
use super::key;
use super::model::{State, WorkSample};
use super::refusal::RefusalCode as Code;
use crate::clock::{Timestamp, for_people};
use crate::spec::Spec;

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
    texts::fit(&command, &actor)?;

    let (key, body) = match (ws.state, command) {
        // ── offer ──
        (S::Drafted, C::Offer { expires_at }) => {
            offer_ends_later(expires_at, now)?;
            (key::offered(), EventBody::Offered { expires_at })
        }
        (
            S::Offered | S::Accepted | S::Provisioned | S::InProgress | S::Delivered | S::Assessed,
            C::Offer { .. },
        ) => {
            return Err(Code::AlreadyOffered.because(
                "this work sample has been offered already; launch another one if that is meant",
            ));
        }

        // ── accept, decline, expire ──
        (
            S::Offered,
            C::Accept {
                login,
                due_at,
                terms_sha256,
            },
        ) => {
            offer_open(ws, now)?;
            due_fits(ws, due_at, now)?;
            let accepted = EventBody::Accepted {
                login,
                due_at,
                terms_sha256,
            };
            (key::accepted(), accepted)
        }
        (
            S::Accepted | S::Provisioned | S::InProgress | S::Delivered | S::Assessed,
            C::Accept { login, due_at, .. },
        ) => {
            return Err(accepted_before(ws, &login, due_at));
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

        // ── invite ──
        (S::Accepted | S::Provisioned | S::InProgress, C::Reinvite) => reinvite(ws, &actor, now)?,
        (S::Accepted | S::Provisioned | S::InProgress, C::CorrectLogin { login }) => {
            correct_login(ws, &actor, login)?
        }
        (S::Drafted | S::Offered, C::Reinvite | C::CorrectLogin { .. }) => {
            return Err(Code::NotAccepted
                .because("this offer has not been accepted yet; the login is given when it is"));
        }
        (S::Delivered | S::Assessed, C::Reinvite | C::CorrectLogin { .. }) => {
            return Err(
                Code::AlreadyDelivered.because("it has been delivered; nobody needs inviting")
            );
        }

        // ── e-mail: which states, is said there ──
        (_, C::CorrectEmail { email }) => correct_email(ws, &email)?,

        // ── deliver ──
        (
            S::Provisioned | S::InProgress | S::Delivered | S::Assessed,
            C::Deliver {
                sha,
                head,
                starter_confirmed,
                starter,
            },
        ) => {
            let confirmed = (starter_confirmed, starter);
            return Ok(deliver(ws, (sha, head), confirmed, actor, now));
        }
        (
            S::Accepted
            | S::Provisioned
            | S::InProgress
            | S::Delivered
            | S::Assessed
            | S::Decided
            | S::Closed
            | S::Withdrawn
            | S::Cancelled,
            C::CorrectDelivery {
                delivery,
                sha,
                reason,
            },
        ) => return correct_delivery(ws, &delivery, sha, (actor, reason), now),
        (S::Drafted | S::Offered | S::Declined | S::Expired, C::CorrectDelivery { .. }) => {
            return Err(Code::UnknownDelivery.because("nothing has been delivered yet"));
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

        // ── reply ──
        (
            S::Provisioned | S::InProgress | S::Delivered | S::Assessed,
            C::Reply {
                entry,
                kind,
                text,
                gap,
                interpretation,
                seen,
            },
        ) => {
            let about = (gap, interpretation);
            reply(ws, spec, (&entry, seen), (kind, text), about)?
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
        (S::Drafted | S::Offered, C::Reclassify { .. } | C::Reply { .. })
        | (S::Accepted, C::Reply { .. }) => {
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

        // ── sides: in every state, for a report is read after the end, too ──
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
            C::SettleSide {
                account,
                side,
                note,
            },
        ) => settle_side(ws, &account, side, note)?,

        // ── decide, close ──
        (
            S::Assessed,
            C::Decide {
                outcome,
                reason,
                feedback,
            },
        ) => (key::decided(), decided(outcome, reason, feedback)?),
        (
            S::Provisioned | S::InProgress,
            C::Decide {
                outcome,
                reason,
                feedback,
            },
        ) => {
            nothing_came_in_time(ws, now)?;
            (key::decided(), decided(outcome, reason, feedback)?)
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
        (
            S::Decided | S::Closed,
            C::CorrectDecision {
                outcome,
                reason,
                feedback,
            },
        ) => correct_decision(ws, outcome, reason, feedback)?,
        (
            S::Drafted
            | S::Offered
            | S::Accepted
            | S::Provisioned
            | S::InProgress
            | S::Delivered
            | S::Assessed,
            C::CorrectDecision { .. },
        ) => {
            return Err(Code::NotDecided
                .because("it has not been decided on yet, so there is no decision to correct"));
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
            | C::Reinvite
            | C::CorrectLogin { .. }
            | C::Judge { .. }
            | C::Reclassify { .. }
            | C::Reply { .. }
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
            | C::Reinvite
            | C::CorrectLogin { .. }
            | C::Judge { .. }
            | C::Reclassify { .. }
            | C::Decide { .. }
            | C::Reply { .. }
            | C::Close,
        ) => {
            return Err(
                Code::AlreadyClosed.because("it is closed; launch another one if that is meant")
            );
        }
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
            | C::Reinvite
            | C::CorrectLogin { .. }
            | C::Judge { .. }
            | C::Reply { .. }
            | C::Decide { .. }
            | C::CorrectDecision { .. },
        )
        | (S::Declined | S::Expired, C::Reclassify { .. }) => {
            return Err(Code::AlreadyEnded.because(
                "it has ended early; what is left is to pay what is owed and to close it",
            ));
        }
    };
    Ok(with_what_is_owed(ws, (key, body), actor, now))
}
