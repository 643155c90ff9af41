//! Another invitation: the earlier one lapsed, was declined, or went to the wrong account.
//!
//! A reconciler like provisioning, but it always looks first: it is rare, and what is there decides what is missing. An
//! invitation that is not the one wanted is taken back before another is sent, so that there is never more than one.

use super::provision::{Announcement, begin, finish, invited, note, send};
use super::{Services, WorkflowError};
use crate::github::{Urgency, Writes};
use crate::ids::WorkSampleId;

/// Sends the invitation that was asked for, if it is still missing.
pub async fn invite(services: &Services, id: &WorkSampleId) -> Result<(), WorkflowError> {
    let (work_sample, _) = super::show::work_sample(services, id).await?;
    let (Some(repository), Some(login), Some(_)) = (
        &work_sample.provisioning.repository,
        &work_sample.login,
        work_sample.provisioned_at,
    ) else {
        return Ok(());
    };
    if work_sample.provisioning.invited || work_sample.ended.is_some() {
        return Ok(());
    }
    let github = services.github_of(&work_sample)?;
    let full_name = &repository.full_name;
    let step = format!("invitation {}", work_sample.invitation_rounds + 1);
    let announcement = Announcement {
        step: &step,
        urgency: Urgency::People,
        writes: Some(Writes::Creates { then: 0 }),
        may_be_doubled: true,
    };
    begin(services, github, &work_sample, announcement).await?;
    // Nobody is let into a repository that others can read.
    github.verify_private(full_name).await?;
    let invitation = if github.is_collaborator(full_name, login).await? {
        None
    } else {
        let earlier = work_sample.invitation.as_ref().and_then(|one| one.id);
        let mut fresh = None;
        for open in github.open_invitations(full_name).await? {
            let ours = open.is_for(login) && !open.expired && Some(open.id) != earlier;
            if ours {
                fresh = Some(open);
            } else if open.is_for(login) || Some(open.id) == earlier {
                github.revoke_invitation(full_name, open.id).await?;
            }
        }
        match fresh {
            Some(adopted) => Some(adopted),
            None => send(github, full_name, login).await?,
        }
    };
    let (key, body) = invited(invitation, &work_sample);
    note(services, id, key, body).await?;
    finish(services, id, &step).await
}
