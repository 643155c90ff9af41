//! Who may work in the repository.

use chrono::Duration;

use super::texts::LISTS_LAG_SECONDS;
use super::{Look, last_touched};
use crate::clock::Timestamp;
use crate::github::{Listed, SeenAccount, Since};
use crate::ids::Login;
use crate::work_sample::{
    Actor, EventBody, Happening, InvitationEnd, InvitationState, Member, Occurrence, key,
};
use crate::workflow::WorkflowError;
use crate::workflow::hidden::{self, Sight};

/// GitHub lets an invitation lapse after this long (docs.github.com).
const OPEN_DAYS: i64 = 7;

impl Look<'_> {
    /// What became of the invitation that is open, as far as we know. GitHub sends no webhook for it.
    pub(super) async fn at_invitation(&mut self) -> Result<(), WorkflowError> {
        let pending = self
            .work_sample
            .invitation
            .as_ref()
            .filter(|one| one.state == InvitationState::Pending);
        let (Some(invitation), Some(id)) = (pending, pending.and_then(|one| one.id)) else {
            return Ok(());
        };
        let name = self.name().to_owned();
        let Some(open) = self.lookout.invitations(&name).await? else {
            return Ok(());
        };
        let now = self.services.now();
        let found = open.items.iter().find(|one| one.id == id);
        let how = match found {
            None if !open.whole => return Ok(()),
            Some(open) if !open.expired => return Ok(()),
            Some(_) => InvitationEnd::Expired,
            // Gone: accepted, declined, or removed after its time.
            None if self
                .github
                .is_collaborator(&name, &invitation.login)
                .await? =>
            {
                return Ok(());
            }
            None if now - invitation.sent_at >= Duration::days(OPEN_DAYS) => InvitationEnd::Expired,
            None => InvitationEnd::Declined,
        };
        self.find(Happening {
            key: key::invitation_ended(id),
            actor: Actor::Service,
            occurred_at: now,
            body: EventBody::InvitationEnded {
                invitation_id: id,
                how,
            },
        });
        Ok(())
    }

    /// Logins change and accounts go; the id stays.
    pub(super) async fn at_account(&mut self) -> Result<(), WorkflowError> {
        let (Some(account), Some(login)) = (self.work_sample.account, &self.work_sample.login)
        else {
            return Ok(());
        };
        let now = self.services.now();
        let looked = self.lookout.account(account).await?;
        let mark = hidden::account(account);
        if !matches!(looked, Since::Gone) {
            hidden::seen(self.services, mark.clone()).await?;
        }
        let (key, body) = match looked {
            Since::Unchanged => return Ok(()),
            Since::Changed(seen) => match seen.login.parse::<Login>() {
                Ok(present) if !present.same_as(login.as_str()) => (
                    key::account_renamed(account, &present),
                    EventBody::AccountRenamed {
                        account,
                        login: present,
                        occurrence: Occurrence::FIRST,
                    },
                ),
                _ => return Ok(()),
            },
            Since::Gone => match hidden::unseen(self.services, mark).await? {
                Sight::Hidden { until } => {
                    self.look_again_at(until);
                    return Ok(());
                }
                Sight::Gone { .. } => (
                    key::account_gone(account),
                    EventBody::AccountGone { account },
                ),
            },
        };
        self.find(Happening {
            key,
            actor: Actor::Service,
            occurred_at: now,
            body,
        });
        Ok(())
    }

    pub(super) async fn at_collaborators(&mut self) -> Result<(), WorkflowError> {
        let name = self.name().to_owned();
        let before = self.lookout.mark();
        let Some(Listed {
            items: people,
            whole,
        }) = self.lookout.collaborators(&name).await?
        else {
            return Ok(());
        };
        let now = self.services.now();
        let mut came: Vec<SeenAccount> = Vec::new();
        let mut left: Vec<(u64, String)> = Vec::new();
        let mut is_settled = true;
        let members = &self.work_sample.members;
        for one in &people {
            let known = members.iter().find(|known| known.id == Some(one.id));
            match known {
                Some(known) if !known.left => {}
                Some(known) if is_early(known, now) => is_settled = false,
                Some(_) | None => came.push(one.clone()),
            }
        }
        for known in members.iter().filter(|known| whole && !known.left) {
            let Some(id) = known.id.filter(|id| people.iter().all(|one| one.id != *id)) else {
                continue;
            };
            if !known.seen && !self.has_left_untold(&name, id).await? {
                continue;
            }
            if is_early(known, now) {
                is_settled = false;
            } else {
                left.push((id, known.login.clone()));
            }
        }
        if !is_settled {
            self.lookout.back_to(before);
            self.look_again_at(now + Duration::seconds(LISTS_LAG_SECONDS + 1));
        }
        if came.is_empty() && left.is_empty() {
            return Ok(());
        }
        let at: Timestamp = last_touched(&self.github.read_repository(&name).await?);
        for SeenAccount { id, login } in came {
            self.find(Happening {
                key: key::member_seen(id),
                actor: Actor::Service,
                occurred_at: at,
                body: EventBody::MemberSeen {
                    id,
                    login,
                    looked_at: Some(now),
                    occurrence: Occurrence::FIRST,
                },
            });
        }
        for (id, login) in left {
            self.find(Happening {
                key: key::member_gone(id),
                actor: Actor::Service,
                occurred_at: at,
                body: EventBody::MemberGone {
                    id,
                    login,
                    looked_at: Some(now),
                    occurrence: Occurrence::FIRST,
                },
            });
        }
        Ok(())
    }

    /// Did the candidate leave, of whom no look has told yet? The list shows no members of the organisation; the candidate
    /// was none where an invitation was needed, and is asked for once more. Of others, whose present login nobody follows,
    /// a webhook has to tell.
    async fn has_left_untold(&self, name: &str, id: u64) -> Result<bool, WorkflowError> {
        let invitation = self.work_sample.invitation.as_ref();
        let was_invited = invitation.is_some_and(|one| one.id.is_some());
        match &self.work_sample.login {
            Some(login) if was_invited && self.work_sample.account == Some(id) => {
                Ok(!self.github.is_collaborator(name, login).await?)
            }
            _ => Ok(false),
        }
    }
}

/// Did they come or leave so lately that a list may not show it yet?
fn is_early(known: &Member, now: Timestamp) -> bool {
    known
        .moved_at
        .is_some_and(|moved_at| (now - moved_at).abs() < Duration::seconds(LISTS_LAG_SECONDS))
}
