//! Another invitation, or one for another account: as long as the candidate has not joined. Where a wrong account has, the
//! team can still correct the login until it has worked.

use chrono::Days;

use crate::clock::{Timestamp, for_people};
use crate::ids::Login;
use crate::work_sample::command::Refusal;
use crate::work_sample::event::{Actor, EventBody, NaturalKey};
use crate::work_sample::following::InvitationState;
use crate::work_sample::key;
use crate::work_sample::model::{State, WorkSample};
use crate::work_sample::refusal::RefusalCode as Code;

/// GitHub lets an invitation lapse after this long (docs.github.com).
const OPEN_DAYS: u64 = 7;

fn not_joined(ws: &WorkSample) -> Result<(), Refusal> {
    let joined = ws
        .invitation
        .as_ref()
        .is_some_and(|invitation| invitation.state == InvitationState::Accepted);
    if joined {
        Err(Code::AlreadyJoined
            .because("the candidate has joined the repository; there is nobody to invite. Where a wrong account has joined, the team corrects the login before anything is written or pushed"))
    } else {
        Ok(())
    }
}

/// A lead sends another whenever it helps; a candidate asks for one when theirs is no longer open.
pub(super) fn reinvite(
    ws: &WorkSample,
    actor: &Actor,
    now: Timestamp,
) -> Result<(NaturalKey, EventBody), Refusal> {
    not_joined(ws)?;
    if ws.invitation_failure().is_some() {
        not_too_often(ws, actor)?;
        return Ok(asked(ws));
    }
    let Some(invitation) = ws.invitation.as_ref().filter(|_| ws.provisioning.invited) else {
        return Err(Code::InvitationOnItsWay.because("the invitation is on its way already"));
    };
    let until = invitation.sent_at.checked_add_days(Days::new(OPEN_DAYS));
    if let (Actor::Candidate, InvitationState::Pending, Some(until)) =
        (actor, invitation.state, until)
        && now < until
    {
        return Err(Code::InvitationOpen.because(format!(
            "your invitation is open until {}: GitHub shows it on the repository's page and in its e-mail to you",
            for_people(until)
        )));
    }
    Ok(asked(ws))
}

fn asked(ws: &WorkSample) -> (NaturalKey, EventBody) {
    (
        key::invitation_asked(ws.invitation_rounds + 1),
        EventBody::InvitationAsked,
    )
}

/// How often the invitation may be sent anew to other accounts at a candidate's word; a lead is not held to it.
const MOST_CORRECTIONS: usize = 5;

fn not_too_often(ws: &WorkSample, actor: &Actor) -> Result<(), Refusal> {
    if *actor == Actor::Candidate && ws.candidates_rounds >= MOST_CORRECTIONS {
        return Err(Code::TooManyCorrections.because(format!(
            "you have asked for another invitation or corrected the login {MOST_CORRECTIONS} times: ask your contact in the team to do it"
        )));
    }
    Ok(())
}

pub(super) fn correct_login(
    ws: &WorkSample,
    actor: &Actor,
    login: Login,
) -> Result<(NaturalKey, EventBody), Refusal> {
    // A wrong account may have accepted: that is the team's to mend, for it takes write access away. What an account has
    // written and pushed stays the candidate's, so it is no longer exchanged then.
    if *actor == Actor::Candidate || ws.state == State::InProgress {
        not_joined(ws)?;
    }
    if ws
        .login
        .as_ref()
        .is_some_and(|known| known.same_as(login.as_str()))
    {
        return Err(Code::SameLogin.because(format!(
            "the login is {login} already; ask for another invitation instead"
        )));
    }
    not_too_often(ws, actor)?;
    Ok((
        key::login_corrected(ws.invitation_rounds + 1),
        EventBody::LoginCorrected { login },
    ))
}
