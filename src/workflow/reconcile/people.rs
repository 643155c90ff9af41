//! Who may work in the repository.

use super::{Look, last_touched};
use crate::clock::Timestamp;
use crate::github::SeenAccount;
use crate::work_sample::{Actor, EventBody, Happening, key};
use crate::workflow::WorkflowError;

impl Look<'_> {
    pub(super) async fn at_people(&mut self) -> Result<(), WorkflowError> {
        let name = self.name().to_owned();
        let Some(people) = self.lookout.collaborators(&name).await? else {
            return Ok(());
        };
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
            .filter(|known| known.seen && !known.left)
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
