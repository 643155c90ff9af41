//! Another invitation: the earlier one lapsed, was declined, or went to the wrong account.
//!
//! A reconciler like provisioning, but it always looks first: it is rare, and what is there decides what is missing. An
//! invitation that is not the one wanted is taken back before another is sent, so that there is never more than one. Each
//! write asks for its own turn at GitHub; whoever has to wait begins with another look.

use super::announce::{Announcement, before_looking, begin, finish_if_begun, note};
use super::governor::{Wanted, admitted};
use super::inviting::{failed, invitation_step, invited, send, take_back, waits_for_somebody};
use super::{Services, WorkflowError};
use crate::github::{Access, GitHub, OpenInvitation, Urgency, Writes};
use crate::ids::{Login, WorkSampleId};
use crate::work_sample::{Repository, WorkSample};

/// Is the repository private, is the candidate in it, which invitations are there.
const READS: u32 = 3;

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
    let github = services.github_of(&work_sample)?;
    take_back(services, github, &work_sample).await?;
    let is_settled = work_sample.provisioning.invited || waits_for_somebody(&work_sample);
    if is_settled || work_sample.ended.is_some() {
        return Ok(());
    }
    let inviting = Inviting {
        services,
        github,
        work_sample: &work_sample,
        repository,
        login,
    };
    match inviting.invite().await {
        Err(error) => failed(services, &work_sample, error).await,
        Ok(()) => Ok(()),
    }
}

/// The same while the repository is still being prepared: the login was corrected before the kickoff.
pub(super) async fn again(
    services: &Services,
    github: &GitHub,
    work_sample: &WorkSample,
) -> Result<(), WorkflowError> {
    take_back(services, github, work_sample).await?;
    let (Some(repository), Some(login)) =
        (&work_sample.provisioning.repository, &work_sample.login)
    else {
        return Err(WorkflowError::Unreadable(
            "invited without a repository or login".into(),
        ));
    };
    let inviting = Inviting {
        services,
        github,
        work_sample,
        repository,
        login,
    };
    inviting.invite().await
}

struct Inviting<'a> {
    services: &'a Services,
    github: &'a GitHub,
    work_sample: &'a WorkSample,
    repository: &'a Repository,
    login: &'a Login,
}

impl Inviting<'_> {
    async fn invite(&self) -> Result<(), WorkflowError> {
        let (services, id) = (self.services, &self.work_sample.id);
        let step = invitation_step(self.work_sample);
        let reads = self.wants(Writes::Nothing).reading(READS);
        before_looking(services, id, &step, reads).await?;
        let invitation = self.adopt_or_send(&step).await?;
        let (key, body) = invited(invitation, self.work_sample);
        note(services, id, key, body).await?;
        // What was adopted, or who reaches the repository already, was sent nothing.
        finish_if_begun(services, id, &step).await
    }

    /// Somebody waits for it, so it goes before bulk work.
    fn wants(&self, writes: Writes) -> Wanted {
        let holder = self.work_sample.id.as_str();
        Wanted::new(self.services, self.github, holder, Urgency::People, writes)
    }

    /// Is it for a login that was corrected since? We may have sent it and never heard so.
    fn is_former(&self, open: &OpenInvitation) -> bool {
        let mut former = self.work_sample.former_logins.iter();
        former.any(|login| open.is_for(login))
    }

    /// The invitation that stands in the end; `None` where the account joined meanwhile.
    async fn adopt_or_send(&self, step: &str) -> Result<Option<OpenInvitation>, WorkflowError> {
        let full_name = &self.repository.full_name;
        // Nobody is let into a repository that others can read.
        self.github.verify_private(full_name).await?;
        if self.github.is_collaborator(full_name, self.login).await? {
            return Ok(None);
        }
        let earlier = self.work_sample.invitation.as_ref().and_then(|one| one.id);
        let mut fresh = None;
        for open in self.github.open_invitations(full_name).await? {
            let ours = open.is_for(self.login) && !open.expired && Some(open.id) != earlier;
            if ours {
                fresh = Some(open);
            } else if open.is_for(self.login) || Some(open.id) == earlier || self.is_former(&open) {
                admitted(self.services, self.wants(Writes::Changes)).await?;
                self.github.revoke_invitation(full_name, open.id).await?;
            }
        }
        if let Some(adopted) = fresh {
            return Ok(Some(adopted));
        }
        let announcement = Announcement {
            step,
            urgency: Urgency::People,
            reads: 0,
            writes: Some(Writes::Creates { then: 0 }),
            may_be_doubled: true,
        };
        begin(self.services, self.github, self.work_sample, announcement).await?;
        // Whoever comes after the due time comes to read; an extension gives more.
        let end = &self.work_sample.end;
        let access = match end.frozen.is_some() || end.reduced {
            true => Access::Read,
            false => Access::Write,
        };
        send(self.services, self.github, full_name, self.login, access).await
    }
}
