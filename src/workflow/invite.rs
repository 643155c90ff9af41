//! Another invitation: the earlier one lapsed, was declined, or went to the wrong account.
//!
//! A reconciler like provisioning, but it always looks first: it is rare, and what is there decides what is missing. An
//! invitation that is not the one wanted is taken back before another is sent, so that there is never more than one. Each
//! write asks for its own turn at GitHub; whoever has to wait begins with another look.

use super::announce::{Announcement, before_looking, begin, finish};
use super::governor::{Wanted, admitted};
use super::provision::{invited, note, send};
use super::{Services, WorkflowError};
use crate::github::{GitHub, OpenInvitation, Urgency, Writes};
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
    if work_sample.provisioning.invited || work_sample.ended.is_some() {
        return Ok(());
    }
    let inviting = Inviting {
        services,
        github: services.github_of(&work_sample)?,
        work_sample: &work_sample,
        repository,
        login,
    };
    let step = format!("invitation {}", work_sample.invitation_rounds + 1);
    let reads = inviting.wants(Writes::Nothing).reading(READS);
    before_looking(services, id, &step, reads).await?;
    let invitation = inviting.adopt_or_send(&step).await?;
    let (key, body) = invited(invitation, &work_sample);
    note(services, id, key, body).await?;
    finish(services, id, &step).await
}

struct Inviting<'a> {
    services: &'a Services,
    github: &'a GitHub,
    work_sample: &'a WorkSample,
    repository: &'a Repository,
    login: &'a Login,
}

impl Inviting<'_> {
    /// Somebody waits for it, so it goes before bulk work.
    fn wants(&self, writes: Writes) -> Wanted {
        let holder = self.work_sample.id.as_str();
        Wanted::new(self.services, self.github, holder, Urgency::People, writes)
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
            } else if open.is_for(self.login) || Some(open.id) == earlier {
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
        send(self.github, full_name, self.login).await
    }
}
