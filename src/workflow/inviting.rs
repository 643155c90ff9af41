//! What the first invitation and every further one have in common: sending, the event that says so, and taking back what
//! went to another account than the candidate's, with what was accepted of it.

use super::announce::{Announcement, begin, finish, note};
use super::governor::{Wanted, admitted, spent};
use super::stored::step;
use super::{Services, WorkflowError};
use crate::github::{Access, GitHub, GitHubError, OpenInvitation, Urgency, Writes};
use crate::ids::Login;
use crate::work_sample::{EventBody, InvitationEnd, NaturalKey, Sent, WorkSample, key};

/// Sends an invitation; `None` where the account is a collaborator already.
pub(super) async fn send(
    services: &Services,
    github: &GitHub,
    full_name: &str,
    login: &Login,
    access: Access,
) -> Result<Option<OpenInvitation>, WorkflowError> {
    let sent = match github.invite(full_name, login, access).await {
        Err(refused @ GitHubError::NotFound { .. }) => {
            return Err(not_found(services, github, login, refused).await?);
        }
        other => other?,
    };
    // The answer shows the repository, too.
    let public = sent
        .as_ref()
        .and_then(|invitation| invitation.repository.as_ref())
        .is_some_and(|repository| !repository.private);
    if public {
        let full_name = full_name.to_owned();
        return Err(GitHubError::NotPrivate { full_name }.into());
    }
    Ok(sent)
}

/// GitHub says the same of an account that does not exist and of a repository that it hides from us for a moment.
async fn not_found(
    services: &Services,
    github: &GitHub,
    login: &Login,
    refused: GitHubError,
) -> Result<WorkflowError, WorkflowError> {
    let github = github.counted();
    let problem = github.account_problem(login).await;
    spent(services, &github, &github.budget(), 0).await;
    Ok(match (problem?, refused) {
        (Some(problem), GitHubError::NotFound { message, .. }) => GitHubError::NotInvited {
            problem,
            login: login.to_string(),
            message,
        },
        (_, refused) => refused.of_known(),
    }
    .into())
}

/// Settles an attempt that ended with `error`. Where GitHub refused the invitation, that is recorded for the lead and the
/// candidate: the work sample waits for another login, or to be asked again, and no job needs an operator.
///
/// # Errors
/// `error`, where it is another one, or passes by itself.
pub(super) async fn failed(
    services: &Services,
    work_sample: &WorkSample,
    error: WorkflowError,
) -> Result<(), WorkflowError> {
    let WorkflowError::GitHub(GitHubError::NotInvited {
        problem,
        login,
        message,
    }) = &error
    else {
        return Err(error);
    };
    let login: Login = login
        .parse()
        .map_err(|error: crate::ids::InvalidId| WorkflowError::Unreadable(error.to_string()))?;
    let (id, round) = (&work_sample.id, work_sample.invitation_rounds);
    let is_known = work_sample
        .invitation_failure()
        .is_some_and(|known| known.code == *problem && known.login == login);
    if !is_known {
        let failures = work_sample.invitation_failures.iter();
        let earlier = failures.filter(|failure| failure.round == round).count();
        let body = EventBody::InvitationFailed {
            login: login.clone(),
            round,
            code: *problem,
            reason: message.clone(),
        };
        note(
            services,
            id,
            key::invitation_failed(round, earlier + 1),
            body,
        )
        .await?;
        tracing::warn!(work_sample = %id, %login, code = problem.code(), message, "GitHub refused the invitation");
    }
    if problem.passes() {
        return Err(error);
    }
    // Nothing is out there that a later attempt would have to look for.
    finish(services, id, &invitation_step(work_sample)).await
}

/// Was the invitation refused for good, as long as nobody changes or asks for anything?
pub(super) fn waits_for_somebody(work_sample: &WorkSample) -> bool {
    work_sample
        .invitation_failure()
        .is_some_and(|failure| !failure.code.passes())
}

/// The event that says so.
pub(super) fn invited(
    invitation: Option<OpenInvitation>,
    work_sample: &WorkSample,
) -> (NaturalKey, EventBody) {
    let invitation_id = invitation.as_ref().map(|one| one.id);
    let account = invitation.and_then(|one| one.invitee).map(|one| one.id);
    let round = work_sample.invitation_rounds;
    let sent = work_sample.login.clone().map(|login| Sent { login, round });
    (
        key::candidate_invited(invitation_id, work_sample.invitation_rounds),
        EventBody::CandidateInvited {
            invitation_id,
            account,
            sent,
        },
    )
}

/// The invitation's name in the database; each round of asking is a step of its own.
pub(super) fn invitation_step(work_sample: &WorkSample) -> String {
    step::invitation(work_sample.invitation_rounds)
}

/// Takes back what went to another account than the candidate's.
pub(super) async fn take_back(
    services: &Services,
    github: &GitHub,
    work_sample: &WorkSample,
) -> Result<(), WorkflowError> {
    let Some(repository) = &work_sample.provisioning.repository else {
        return Ok(());
    };
    let (id, full_name) = (&work_sample.id, &repository.full_name);
    let wants = |writes| Wanted::new(services, github, id.as_str(), Urgency::People, writes);
    for login in still_in(work_sample) {
        let step = step::removal(&login, work_sample.invitation_rounds);
        if is_finished(services, work_sample, &step).await? {
            continue;
        }
        // As below: only who is there asks for a turn.
        admitted(services, wants(Writes::Nothing).reading(1)).await?;
        if !github.is_collaborator(full_name, &login).await? {
            continue;
        }
        let announcement = Announcement {
            step: &step,
            urgency: Urgency::People,
            reads: 0,
            writes: Some(Writes::Changes),
            may_be_doubled: false,
        };
        begin(services, github, work_sample, announcement).await?;
        github.remove_collaborator(full_name, &login).await?;
        // Members of the organisation reach the repository afterwards, too. Once is enough for them.
        finish(services, id, &step).await?;
        tracing::info!(work_sample = %id, %login, "took a former account out of the repository");
    }
    let strays: Vec<_> = work_sample
        .strays
        .iter()
        .filter_map(|stray| Some((stray, stray.id?)))
        .collect();
    if strays.is_empty() {
        return Ok(());
    }
    let reads = u32::try_from(strays.len()).unwrap_or(u32::MAX);
    admitted(services, wants(Writes::Nothing).reading(1 + reads)).await?;
    let open = github.open_invitations(full_name).await?;
    for (stray, invitation_id) in strays {
        // Only what is there asks for a turn: whoever has to wait begins anew, and must come further then.
        let is_open = open.iter().any(|one| one.id == invitation_id);
        let was_revoked = is_open && {
            admitted(services, wants(Writes::Changes)).await?;
            github.revoke_invitation(full_name, invitation_id).await?
        };
        // They may have accepted just now; where there was nothing to be revoked any more it is likely, and no single answer
        // is believed that says they did not. The candidate's present account stays, whichever invitation it accepted.
        let is_candidates = work_sample
            .login
            .as_ref()
            .is_some_and(|login| login.same_as(stray.login.as_str()));
        if !is_candidates
            && (!was_revoked || github.is_collaborator(full_name, &stray.login).await?)
        {
            admitted(services, wants(Writes::Changes)).await?;
            github.remove_collaborator(full_name, &stray.login).await?;
        }
        let how = InvitationEnd::TakenBack;
        let body = EventBody::InvitationEnded { invitation_id, how };
        note(services, id, key::invitation_ended(invitation_id), body).await?;
        tracing::info!(work_sample = %id, login = %stray.login, "took an invitation back from another account");
    }
    Ok(())
}

async fn is_finished(
    services: &Services,
    work_sample: &WorkSample,
    step: &str,
) -> Result<bool, WorkflowError> {
    let (id, step) = (work_sample.id.clone(), step.to_owned());
    let effect = services.store.read(move |tx| tx.effect(&id, &step)).await?;
    Ok(effect.is_some_and(|effect| effect.finished_at.is_some()))
}

/// The accounts that were the candidate's, joined, and have not left, under the names they had last.
fn still_in(work_sample: &WorkSample) -> Vec<Login> {
    let members = work_sample.members.iter().filter(|member| !member.left);
    members
        .filter(|member| !work_sample.is_candidates(member.id, &member.login))
        .filter_map(|member| {
            let accounts = work_sample.former_accounts.iter();
            let by_id = accounts
                .filter(|(account, _)| member.id == Some(*account))
                .map(|(_, login)| login);
            let logins = work_sample.former_logins.iter();
            let by_name = logins.filter(|login| login.same_as(&member.login));
            by_id.chain(by_name).next().cloned()
        })
        .collect()
}
