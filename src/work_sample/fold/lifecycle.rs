//! Applies the lifecycle events, in the order of the log. Only what people decided is checked for order: what the service
//! reports of the outside world (a repository that was created just as the lead cancelled) is never wrong.

use super::{FoldError, end, invitations, records, sides};
use crate::work_sample::event::{Actor, Event, EventBody, Happening};
use crate::work_sample::following::{EndOfWork, InvitationFailure, PostedComment, Whereabouts};
use crate::work_sample::model::{
    Ended, Extension, HumanDecision, Judgement, NotAssessable, Payout, Provisioning, Reply, State,
    Trouble, WorkSample,
};
use crate::work_sample::sides::KnownSides;

/// The work sample as its lifecycle events alone tell it, and how it ended early, if it did.
pub(super) fn apply(log: &[&Event]) -> Result<(WorkSample, Option<State>), FoldError> {
    let first = log.first().ok_or(FoldError::Empty)?;
    let mut ws = drafted(first)?;
    let mut ended_as = None;
    for event in &log[1..] {
        step(&mut ws, &mut ended_as, event)?;
    }
    ws.last_seq = log.last().map_or(0, |event| event.seq);
    Ok((ws, ended_as))
}

fn drafted(first: &Event) -> Result<WorkSample, FoldError> {
    let EventBody::Drafted {
        spec,
        candidate,
        email,
        terms,
        organization,
        looks_up_sides,
    } = &first.happening.body
    else {
        return Err(FoldError::NotDraftedFirst {
            found: first.happening.body.name(),
        });
    };
    Ok(WorkSample {
        id: first.work_sample.clone(),
        spec: spec.clone(),
        candidate: candidate.clone(),
        email: email.clone(),
        terms: terms.clone(),
        organization: organization.clone(),
        state: State::Drafted,
        last_seq: first.seq,
        drafted_at: first.happening.occurred_at,
        offered_at: None,
        offer_expires_at: None,
        accepted_at: None,
        accepted_terms_sha256: None,
        login: None,
        due_at: None,
        extensions: Vec::new(),
        provisioning: Provisioning::default(),
        provisioned_at: None,
        account: None,
        invitation: None,
        invitation_failures: Vec::new(),
        invitation_rounds: 0,
        former_logins: Vec::new(),
        former_accounts: Vec::new(),
        strays: Vec::new(),
        ended_invitations: Vec::new(),
        candidates_rounds: 0,
        email_corrections: 0,
        end: EndOfWork::default(),
        entries: Vec::new(),
        pushes: Vec::new(),
        checks: Vec::new(),
        declarations: Vec::new(),
        deliveries: Vec::new(),
        read_deliveries: Vec::new(),
        delivery_records: Vec::new(),
        obligation_records: 0,
        upgraded_at: None,
        assessments: Vec::new(),
        not_assessable: Vec::new(),
        judgements: Vec::new(),
        obligation: None,
        payouts: Vec::new(),
        decision: None,
        former_decisions: Vec::new(),
        replies: Vec::new(),
        ended: None,
        closed_at: None,
        stuck: Vec::new(),
        repository_events: Vec::new(),
        members: Vec::new(),
        whereabouts: Whereabouts {
            private: true,
            archived: false,
            there: true,
            out_of_sight_at: None,
        },
        reclassified: 0,
        closings: Vec::new(),
        sides: KnownSides {
            looked_up_from: looks_up_sides.then_some(first.happening.occurred_at),
            ..KnownSides::default()
        },
        accounts: Vec::new(),
        comments: Vec::new(),
        own_accounts: Vec::new(),
    })
}

fn ended(happening: &Happening, reason: Option<&String>) -> Option<Ended> {
    Some(Ended {
        at: happening.occurred_at,
        by: happening.actor.clone(),
        reason: reason.cloned(),
    })
}

fn step(ws: &mut WorkSample, ended_as: &mut Option<State>, event: &Event) -> Result<(), FoldError> {
    let happening = &event.happening;
    let at = happening.occurred_at;
    let by = || -> Actor { happening.actor.clone() };
    let must = |holds: bool, because: &'static str| {
        if holds {
            Ok(())
        } else {
            Err(FoldError::Impossible {
                seq: event.seq,
                event: happening.body.name(),
                because,
            })
        }
    };
    let offered = ws.offered_at.is_some();
    let accepted = ws.accepted_at.is_some();
    let going = ws.ended.is_none() && ws.decision.is_none() && ws.closed_at.is_none();

    match &happening.body {
        EventBody::Drafted { .. } => must(false, "a work sample is drafted once")?,
        EventBody::Offered { expires_at } => {
            must(!offered && going, "only a draft can be offered")?;
            ws.offered_at = Some(at);
            ws.offer_expires_at = Some(*expires_at);
        }
        EventBody::Accepted {
            login,
            due_at,
            terms_sha256,
        } => {
            must(
                offered && !accepted && going,
                "only an open offer can be accepted",
            )?;
            ws.accepted_at = Some(at);
            ws.login = Some(login.clone());
            ws.due_at = Some(*due_at);
            ws.accepted_terms_sha256.clone_from(terms_sha256);
        }
        EventBody::Declined { reason } => {
            must(
                offered && !accepted && going,
                "only an open offer can be declined",
            )?;
            ws.ended = ended(happening, reason.as_ref());
            *ended_as = Some(State::Declined);
        }
        EventBody::Expired => {
            must(
                offered && !accepted && going,
                "only an open offer can expire",
            )?;
            ws.ended = ended(happening, None);
            *ended_as = Some(State::Expired);
        }
        EventBody::Withdrawn { reason } => {
            must(
                accepted && going,
                "only accepted work can be withdrawn from",
            )?;
            ws.ended = ended(happening, reason.as_ref());
            *ended_as = Some(State::Withdrawn);
        }
        EventBody::Cancelled { reason } => {
            must(going, "it had come to its end before")?;
            ws.ended = ended(happening, Some(reason));
            *ended_as = Some(State::Cancelled);
        }
        EventBody::Extended { due_at, reason } => {
            must(
                accepted && going,
                "only accepted work that goes on can be extended",
            )?;
            ws.due_at = Some(*due_at);
            ws.extensions.push(Extension {
                at,
                by: by(),
                due_at: *due_at,
                reason: reason.clone(),
            });
        }
        EventBody::RepositoryCreated { repository } => {
            ws.provisioning.repository = Some(repository.clone());
        }
        EventBody::FirstCommitPushed { sha } => ws.provisioning.first_commit = Some(sha.clone()),
        EventBody::InvitationFailed {
            login,
            round,
            code,
            reason,
        } => invitations::failed(
            ws,
            InvitationFailure {
                key: happening.key.clone(),
                at,
                login: login.clone(),
                round: *round,
                code: *code,
                reason: reason.clone(),
            },
        ),
        EventBody::EmailCorrected { email } => {
            ws.email = Some(email.clone());
            ws.email_corrections += 1;
        }
        EventBody::CandidateInvited { .. }
        | EventBody::InvitationAsked
        | EventBody::LoginCorrected { .. }
        | EventBody::InvitationEnded { .. }
        | EventBody::AccountRenamed { .. }
        | EventBody::AccountGone { .. } => invitations::apply(ws, at, happening),
        EventBody::AccountLookedUp { .. } | EventBody::SideSettled { .. } => {
            sides::apply(&mut ws.sides, happening);
        }
        EventBody::Frozen { .. }
        | EventBody::AccessReduced
        | EventBody::AccessRestored
        | EventBody::Kept { .. }
        | EventBody::NothingToKeep
        | EventBody::RepositoryArchived
        | EventBody::RepositoryHandedOver { .. }
        | EventBody::RepositoryDeleted => end::apply(&mut ws.end, at, &happening.body),
        EventBody::CommentPosted {
            about,
            comment_id,
            account,
            number,
        } => ws.comments.push(PostedComment {
            at,
            about: about.clone(),
            comment_id: *comment_id,
            account: account.clone(),
            number: *number,
        }),
        EventBody::KickoffOpened { number } => ws.provisioning.kickoff = Some(*number),
        EventBody::Provisioned => {
            ws.provisioned_at.get_or_insert(at);
        }
        EventBody::Stuck { step, reason } => ws.stuck.push(Trouble {
            at,
            step: step.clone(),
            reason: reason.clone(),
        }),
        // What it means was recorded with it.
        EventBody::DeliveredByApi { sha: _ } => {}
        EventBody::DeliveryRecorded { .. }
        | EventBody::ObligationRecorded { .. }
        | EventBody::Upgraded { .. } => records::apply(ws, happening),
        EventBody::Assessed { assessment } => ws.assessments.push(assessment.clone()),
        EventBody::NotAssessable { sha, reason } => ws.not_assessable.push(NotAssessable {
            at,
            sha: sha.clone(),
            reason: reason.clone(),
        }),
        EventBody::Judged {
            criterion,
            sha,
            verdict,
            note,
        } => ws.judgements.push(Judgement {
            key: happening.key.clone(),
            at,
            by: by(),
            criterion: criterion.clone(),
            sha: sha.clone(),
            verdict: *verdict,
            note: note.clone(),
        }),
        // Applied when the entries are read.
        EventBody::Reclassified { .. } => ws.reclassified += 1,
        EventBody::Paid { amount, reference } => ws.payouts.push(Payout {
            key: happening.key.clone(),
            at,
            by: by(),
            amount: *amount,
            reference: reference.clone(),
        }),
        EventBody::Decided {
            outcome,
            reason,
            feedback,
            feedback_refused,
        } => {
            must(
                accepted && going,
                "only accepted work that goes on can be decided on",
            )?;
            ws.decision = Some(HumanDecision {
                key: happening.key.clone(),
                at,
                by: by(),
                outcome: *outcome,
                reason: reason.clone(),
                feedback: feedback.clone(),
                feedback_refused: *feedback_refused,
            });
        }
        EventBody::DecisionCorrected {
            outcome,
            reason,
            feedback,
            feedback_refused,
        } => {
            must(ws.decision.is_some(), "only a decision can be corrected")?;
            let corrected = HumanDecision {
                key: happening.key.clone(),
                at,
                by: by(),
                outcome: *outcome,
                reason: reason.clone(),
                feedback: feedback.clone(),
                feedback_refused: *feedback_refused,
            };
            let before = ws.decision.replace(corrected);
            ws.former_decisions.extend(before);
        }
        EventBody::Replied {
            entry,
            kind,
            text,
            gap,
            interpretation,
        } => ws.replies.push(Reply {
            key: happening.key.clone(),
            at,
            by: by(),
            entry: entry.clone(),
            kind: *kind,
            text: text.clone(),
            gap: gap.clone(),
            interpretation: interpretation.clone(),
        }),
        EventBody::Closed => {
            must(
                ws.closed_at.is_none() && (ws.decision.is_some() || ws.ended.is_some()),
                "only what was decided on or had ended can be closed, once",
            )?;
            ws.closed_at = Some(at);
        }
        EventBody::TextCreated { .. }
        | EventBody::TextEdited { .. }
        | EventBody::TextDeleted { .. }
        | EventBody::IssueClosed { .. }
        | EventBody::IssueReopened { .. }
        | EventBody::PullRequestHead { .. }
        | EventBody::PullRequestClosed { .. }
        | EventBody::PullRequestReopened { .. }
        | EventBody::Reviewed { .. }
        | EventBody::Pushed { .. }
        | EventBody::MemberAdded { .. }
        | EventBody::MemberRemoved { .. }
        | EventBody::CheckCompleted { .. }
        | EventBody::RepositoryChanged { .. }
        | EventBody::TextSeen { .. }
        | EventBody::TextGone { .. }
        | EventBody::MemberSeen { .. }
        | EventBody::MemberGone { .. }
        | EventBody::RepositorySeen { .. }
        | EventBody::RepositoryGone => {}
    }
    Ok(())
}
