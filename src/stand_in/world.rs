//! What all handlers share: state and journal behind one lock, the clock, git, and the queues of webhooks. A request
//! changes the world in one [`World::write`]: rows, journal line and queued webhooks belong together.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value, json};

use super::git::Git;
use super::journal::Journal;
use super::records::{Delivery, RepoId, Scope, UserId};
use super::refusal::Refusal;
use super::render::Render;
use super::state::State;
use super::webhooks::Posts;
use crate::clock::{SharedClock, Timestamp};
use crate::ids::{IdSource, SharedIds};

pub(super) struct World {
    /// `http://127.0.0.1:PORT`, without a slash at the end.
    pub base: String,
    pub org: UserId,
    pub clock: SharedClock,
    pub ids: SharedIds,
    pub git: Git,
    pub posts: Posts,
    pub used_requests: Mutex<HashMap<String, (i64, u64)>>,
    kept: Mutex<Kept>,
    ref_locks: Mutex<HashMap<RepoId, Arc<tokio::sync::Mutex<()>>>>,
}

struct Kept {
    state: State,
    journal: Journal,
}

/// One change of the world under way.
pub(super) struct Tx<'w> {
    pub state: &'w mut State,
    pub now: Timestamp,
    base: &'w str,
    ids: &'w dyn IdSource,
    queued: Vec<(u64, u64)>,
}

/// Something to tell the hooks of.
pub(super) struct Happening {
    pub event: &'static str,
    pub action: Option<&'static str>,
    pub repo: Option<RepoId>,
    pub sender: UserId,
    /// What the payload holds beside action, repository, organization and sender.
    pub fields: Value,
}

impl World {
    pub(super) fn new(
        (state, journal): (State, Journal),
        base: String,
        org: UserId,
        (clock, ids): (SharedClock, SharedIds),
        git: Git,
        posts: Posts,
    ) -> Self {
        World {
            base,
            org,
            clock,
            ids,
            git,
            posts,
            used_requests: Mutex::default(),
            kept: Mutex::new(Kept { state, journal }),
            ref_locks: Mutex::default(),
        }
    }

    /// Looks at the world as it is now.
    pub(super) fn read<T>(&self, look: impl FnOnce(Render<'_>) -> T) -> T {
        let kept = self.lock();
        look(Render {
            state: &kept.state,
            base: &self.base,
            now: self.clock.now(),
        })
    }

    /// Changes the world. What `change` touched is in the journal and its webhooks are queued, in order, when this returns.
    pub(super) fn write<T>(
        &self,
        change: impl FnOnce(&mut Tx<'_>) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let mut kept = self.lock();
        let Kept { state, journal } = &mut *kept;
        let mut tx = Tx {
            state,
            now: self.clock.now(),
            base: &self.base,
            ids: self.ids.as_ref(),
            queued: Vec::new(),
        };
        let outcome = change(&mut tx);
        let queued = std::mem::take(&mut tx.queued);
        journal.record(state).map_err(Refusal::broken)?;
        // Still under the lock, so that the order of the queue is the order of the journal.
        for (hook, delivery) in queued {
            self.posts.enqueue(hook, delivery);
        }
        outcome
    }

    /// The lock that whoever moves refs of this repository holds meanwhile.
    pub(super) fn ref_lock(&self, repo: RepoId) -> Arc<tokio::sync::Mutex<()>> {
        let mut locks = self
            .ref_locks
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        Arc::clone(locks.entry(repo).or_default())
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tx<'_> {
    pub(super) fn render(&self) -> Render<'_> {
        Render {
            state: self.state,
            base: self.base,
            now: self.now,
        }
    }

    /// A new random token, with the prefix GitHub gives its kind.
    pub(super) fn new_token(&self, prefix: &str) -> String {
        let (one, two) = (self.ids.next(self.now), self.ids.next(self.now));
        let digest =
            <sha2::Sha256 as sha2::Digest>::digest([one.into_bytes(), two.into_bytes()].concat());
        format!("{prefix}_{}", &hex::encode(digest)[..36])
    }

    /// Queues a webhook for every hook that listens.
    pub(super) fn emit(&mut self, happening: Happening) {
        let owner = happening
            .repo
            .and_then(|id| self.state.repos.get(&id))
            .map(|repo| repo.owner);
        let listening: Vec<(u64, Scope)> = self
            .state
            .hooks
            .values()
            .filter(|hook| hook.active)
            .filter(|hook| match hook.scope {
                Scope::App => true,
                Scope::Org(org) => owner == Some(org),
                Scope::Repo(repo) => happening.repo == Some(repo),
            })
            .filter(|hook| {
                hook.events
                    .iter()
                    .any(|event| event == "*" || event == happening.event)
            })
            .map(|hook| (hook.id, hook.scope))
            .collect();
        if listening.is_empty() {
            return;
        }
        let payload = self.payload(&happening, owner);
        for (hook, scope) in listening {
            let mut payload = payload.clone();
            if scope == Scope::App
                && let Some(installation) = self.render().installation_stub()
            {
                payload.insert("installation".to_owned(), installation);
            }
            self.queue(hook, &happening, &Value::Object(payload));
        }
    }

    /// Tells a hook that was just made that it is there.
    pub(super) fn ping(&mut self, hook: u64, sender: UserId) {
        let Some(row) = self.state.hooks.get(&hook) else {
            return;
        };
        let repo = match row.scope {
            Scope::Repo(repo) => Some(repo),
            Scope::App | Scope::Org(_) => None,
        };
        let fields = json!({
            "zen": "Keep it logically awesome.",
            "hook_id": hook,
            "hook": self.render().hook(row),
        });
        let happening = Happening {
            event: "ping",
            action: None,
            repo,
            sender,
            fields,
        };
        let owner = match row.scope {
            Scope::Org(org) => Some(org),
            Scope::App | Scope::Repo(_) => None,
        };
        let payload = self.payload(&happening, owner);
        self.queue(hook, &happening, &Value::Object(payload));
    }

    /// Queues a delivery once more, under its old guid. Returns the new attempt's id.
    pub(super) fn redeliver(&mut self, delivery: u64) -> Option<u64> {
        let mut again = self.state.deliveries.get(&delivery)?.clone();
        self.state.hooks.get(&again.hook)?;
        again.id = self.state.next_id();
        again.redelivery = true;
        again.queued_at = self.now;
        let id = again.id;
        self.queued.push((again.hook, id));
        self.state.deliveries.insert(id, again);
        Some(id)
    }

    fn payload(&self, happening: &Happening, owner: Option<UserId>) -> Map<String, Value> {
        let render = self.render();
        let mut payload = match &happening.fields {
            Value::Object(fields) => fields.clone(),
            _ => Map::new(),
        };
        if let Some(action) = happening.action {
            payload.insert("action".to_owned(), json!(action));
        }
        if let Some(repo) = happening.repo.and_then(|id| self.state.repos.get(&id)) {
            let body = if happening.event == "push" {
                render.repository_in_push(repo)
            } else {
                render.repository_in_event(repo)
            };
            payload.entry("repository").or_insert(body);
        }
        if let Some(org) = owner.filter(|owner| self.state.is_org(*owner)) {
            payload
                .entry("organization")
                .or_insert(render.organization(org));
        }
        payload.insert("sender".to_owned(), render.user(happening.sender));
        payload
    }

    fn queue(&mut self, hook: u64, happening: &Happening, payload: &Value) {
        let id = self.state.next_id();
        self.state.deliveries.insert(
            id,
            Delivery {
                id,
                guid: self.ids.next(self.now).to_string(),
                hook,
                event: happening.event.to_owned(),
                action: happening.action.map(str::to_owned),
                repo: happening.repo,
                redelivery: false,
                queued_at: self.now,
                payload: payload.to_string(),
            },
        );
        self.queued.push((hook, id));
    }
}
