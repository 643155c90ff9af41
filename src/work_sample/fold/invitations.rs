//! The candidate's account and the invitations that were sent to it.
//!
//! An invitation ends once: `invitation_ended` is recorded once for each id. After it the invitation is never taken back
//! again, whatever state it is shown in.

use crate::clock::Timestamp;
use crate::work_sample::event::{Actor, EventBody, Happening, NaturalKey};
use crate::work_sample::following::{Invitation, InvitationFailure, InvitationState};
use crate::work_sample::key;
use crate::work_sample::model::WorkSample;
use crate::work_sample::parts::InvitationEnd;

/// Applies one event of the service's own, in the order of the log.
pub(super) fn apply(ws: &mut WorkSample, at: Timestamp, happening: &Happening) {
    let by_candidate = happening.actor == Actor::Candidate;
    match &happening.body {
        EventBody::CandidateInvited {
            invitation_id,
            account,
            sent,
        } => {
            let state = match invitation_id {
                Some(_) => InvitationState::Pending,
                None => InvitationState::Accepted,
            };
            if let Some(sent) = sent
                .as_ref()
                .filter(|sent| sent.round != ws.invitation_rounds)
            {
                // Another was asked for while this one was on its way.
                let late = Invitation {
                    id: *invitation_id,
                    login: sent.login.clone(),
                    sent_at: at,
                    state,
                    ended: None,
                };
                // A later round may have adopted it.
                let is_current = ws.provisioning.invited
                    && ws.invitation.as_ref().is_some_and(|one| one.id == late.id);
                if !is_current {
                    take_back(ws, late);
                }
                return;
            }
            ws.strays.retain(|stray| stray.id != *invitation_id);
            ws.provisioning.invited = true;
            ws.account = account.or(ws.account);
            ws.invitation = ws.login.clone().map(|login| Invitation {
                id: *invitation_id,
                login,
                sent_at: at,
                state,
                ended: None,
            });
        }
        EventBody::InvitationAsked => {
            ws.candidates_rounds += usize::from(by_candidate);
            let asked = key::invitation_asked(ws.invitation_rounds + 1);
            renew(ws, (at, asked));
        }
        EventBody::LoginCorrected { login } => {
            if let Some(former) = ws.invitation.clone() {
                take_back(ws, former);
            }
            ws.candidates_rounds += usize::from(by_candidate);
            let corrected = key::login_corrected(ws.invitation_rounds + 1);
            renew(ws, (at, corrected));
            let former = ws.login.replace(login.clone());
            let account = ws.account.take().zip(former.clone());
            ws.former_accounts.extend(account);
            ws.former_logins.extend(former);
        }
        EventBody::InvitationEnded { invitation_id, how } => {
            ws.strays.retain(|stray| stray.id != Some(*invitation_id));
            ws.ended_invitations.push(*invitation_id);
            if let Some(invitation) = &mut ws.invitation
                && invitation.id == Some(*invitation_id)
                && invitation.state == InvitationState::Pending
            {
                invitation.ended = Some((at, key::invitation_ended(*invitation_id)));
                invitation.state = match how {
                    InvitationEnd::Expired => InvitationState::Expired,
                    InvitationEnd::Declined | InvitationEnd::TakenBack => InvitationState::Declined,
                };
            }
        }
        EventBody::AccountRenamed { account, login, .. } if ws.account == Some(*account) => {
            ws.login = Some(login.clone());
        }
        EventBody::AccountGone { account } => {
            if ws.account == Some(*account)
                && let Some(invitation) = &mut ws.invitation
            {
                invitation.state = InvitationState::AccountGone;
                invitation.ended = Some((at, key::account_gone(*account)));
            }
        }
        _ => {}
    }
}

/// GitHub refused an invitation. What was asked for since may still succeed.
pub(super) fn failed(ws: &mut WorkSample, failure: InvitationFailure) {
    if failure.round == ws.invitation_rounds
        && let Some(invitation) = &mut ws.invitation
        && invitation.state == InvitationState::Renewing
    {
        invitation.state = InvitationState::Refused;
    }
    ws.invitation_failures.push(failure);
}

/// Marks an invitation as one to be taken back, unless it has ended, went to an account that is gone, or is marked already.
fn take_back(ws: &mut WorkSample, invitation: Invitation) {
    let Some(id) = invitation.id else { return };
    let has_ended =
        ws.ended_invitations.contains(&id) || invitation.state == InvitationState::AccountGone;
    let is_marked = ws.strays.iter().any(|stray| stray.id == Some(id));
    if !has_ended && !is_marked {
        ws.strays.push(invitation);
    }
}

fn renew(ws: &mut WorkSample, by: (Timestamp, NaturalKey)) {
    ws.provisioning.invited = false;
    ws.invitation_rounds += 1;
    if let Some(invitation) = &mut ws.invitation {
        invitation.state = InvitationState::Renewing;
        invitation.ended = Some(by);
    }
}

/// Whoever works in the repository has accepted, whatever became of the invitation since.
pub(super) fn settle(ws: &mut WorkSample) {
    let mut present = ws
        .members
        .iter()
        .filter(|member| !member.left && ws.is_candidates(member.id, &member.login));
    // Who was seen there is missed once they are gone; a webhook that said so once says nothing of today.
    let was_seen = present.clone().any(|member| member.seen);
    let joined = present.next().is_some();
    let another = ws
        .members
        .iter()
        .any(|member| !member.left && member.uninvited);
    let Some(invitation) = &mut ws.invitation else {
        return;
    };
    invitation.state = match invitation.state {
        InvitationState::AccountGone if !was_seen => InvitationState::AccountGone,
        _ if joined => InvitationState::Accepted,
        InvitationState::Pending | InvitationState::Expired | InvitationState::Declined
            if another =>
        {
            InvitationState::WrongAccount
        }
        other => other,
    };
}
