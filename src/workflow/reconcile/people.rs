//! Who may work in the repository.

use chrono::Duration;

use super::{Look, last_touched};
use crate::clock::Timestamp;
use crate::github::{SeenAccount, Since};
use crate::ids::Login;
use crate::work_sample::{Actor, EventBody, Happening, InvitationEnd, InvitationState, key};
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
        let Some(people) = self.lookout.collaborators(&name).await? else {
            return Ok(());
        };
        let whole = people.whole;
        let people = people.items;
        let came: Vec<&SeenAccount> = people
            .iter()
            .filter(|one| {
                !self
                    .work_sample
                    .members
                    .iter()
                    .any(|known| known.id == Some(one.id))
            })
            .collect();
        let left: Vec<(u64, String)> = self
            .work_sample
            .members
            .iter()
            .filter(|known| whole && known.seen && !known.left)
            .filter_map(|known| Some((known.id?, known.login.clone())))
            .filter(|(id, _)| !people.iter().any(|one| one.id == *id))
            .collect();
        if came.is_empty() && left.is_empty() {
            return Ok(());
        }
        let at: Timestamp = last_touched(&self.github.read_repository(&name).await?);
        for SeenAccount { id, login } in came.into_iter().cloned() {
            self.find(Happening {
                key: key::member_seen(id),
                actor: Actor::Service,
                occurred_at: at,
                body: EventBody::MemberSeen { id, login },
            });
        }
        for (id, login) in left {
            self.find(Happening {
                key: key::member_gone(id),
                actor: Actor::Service,
                occurred_at: at,
                body: EventBody::MemberGone { id, login },
            });
        }
        Ok(())
    }
}
