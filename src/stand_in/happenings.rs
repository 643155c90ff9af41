//! What happens, told to the hooks that listen: which of them hear it, and the payload each gets.

use std::sync::PoisonError;

use serde_json::{Map, Value, json};

use super::faults::WebhookFault;
use super::queues::Turn;
use super::records::{Delivery, Installation, InstallationId, Outcome, RepoId, Scope, UserId};
use super::world::Tx;

/// By how many others a webhook is overtaken that is to be late.
const LATE: usize = 5;

/// Something to tell the hooks of.
pub(super) struct Happening {
    pub event: &'static str,
    pub action: Option<&'static str>,
    pub repo: Option<RepoId>,
    pub sender: UserId,
    /// What the payload holds beside action, repository, organization and sender.
    pub fields: Value,
}

impl Tx<'_> {
    /// Queues a webhook for every hook that listens.
    pub(super) fn emit(&mut self, happening: Happening) {
        self.emit_on(happening, &[]);
    }

    /// As [`Tx::emit`], also for those who listen on `further` accounts, such as a repository's former owner.
    pub(super) fn emit_on(&mut self, happening: Happening, further: &[UserId]) {
        let owner = happening
            .repo
            .and_then(|id| self.state.repos.get(&id))
            .map(|repo| repo.owner);
        let accounts: Vec<UserId> = owner.into_iter().chain(further.iter().copied()).collect();
        let listening = self.listening(&happening, &accounts);
        if listening.is_empty() {
            return;
        }
        let payload = self.payload(&happening, owner);
        for (hook, installation) in listening {
            self.queue(hook, &happening, payload.clone(), installation);
        }
    }

    /// Hooks that hear of this, each with the installation through which it does.
    fn listening(
        &self,
        happening: &Happening,
        accounts: &[UserId],
    ) -> Vec<(u64, Option<InstallationId>)> {
        let asked = |events: &[String]| {
            events
                .iter()
                .any(|event| event == "*" || event == happening.event)
        };
        self.state
            .hooks
            .values()
            .filter(|hook| hook.active)
            .filter_map(|hook| match hook.scope {
                Scope::App(None) => Some((hook.id, None)),
                Scope::App(Some(app)) => accounts
                    .iter()
                    .filter_map(|account| self.state.installation_on(app, *account))
                    .find(|row| row.suspended.is_none() && asked(&row.events))
                    .map(|row| (hook.id, Some(row.id))),
                Scope::Org(org) => {
                    (accounts.contains(&org) && asked(&hook.events)).then_some((hook.id, None))
                }
                Scope::Repo(repo) => {
                    (happening.repo == Some(repo) && asked(&hook.events)).then_some((hook.id, None))
                }
            })
            .collect()
    }

    /// Tells an App of one of its installations: GitHub sends these whatever events it asked for.
    pub(super) fn tell_of_installation(
        &mut self,
        installation: &Installation,
        action: &'static str,
        sender: UserId,
    ) {
        let hook = self.state.hook_of_app(Some(installation.app));
        let Some(hook) = hook.filter(|hook| hook.active).map(|hook| hook.id) else {
            return;
        };
        let render = self.render();
        let repositories: Vec<Value> = self
            .state
            .repos
            .values()
            .filter(|repo| repo.owner == installation.account)
            .map(|repo| render.repository_named(repo))
            .collect();
        let mut fields = json!({"installation": render.installation(installation)});
        match action {
            "created" => {
                fields["repositories"] = json!(repositories);
                fields["requester"] = Value::Null;
            }
            _ => fields["repositories"] = json!(repositories),
        }
        let happening = Happening {
            event: "installation",
            action: Some(action),
            repo: None,
            sender,
            fields,
        };
        let payload = self.payload(&happening, None);
        self.queue(hook, &happening, payload, Some(installation.id));
    }

    /// Tells a hook that was just made that it is there.
    pub(super) fn ping(&mut self, hook: u64, sender: UserId) {
        let Some(row) = self.state.hooks.get(&hook) else {
            return;
        };
        let (repo, owner) = match row.scope {
            Scope::Repo(repo) => (Some(repo), None),
            Scope::Org(org) => (None, Some(org)),
            Scope::App(_) => (None, None),
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
        let payload = self.payload(&happening, owner);
        self.queue(hook, &happening, payload, None);
    }

    /// Queues a delivery once more, under its old guid. Returns the new attempt's id.
    pub(super) fn redeliver(&mut self, delivery: u64) -> Option<u64> {
        let mut again = self.state.deliveries.get(&delivery)?.clone();
        self.state.hooks.get(&again.hook)?;
        again.id = self.state.next_id();
        again.redelivery = true;
        again.queued_at = self.now;
        let id = again.id;
        self.queued.push((again.hook, id, Turn::Now));
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

    fn queue(
        &mut self,
        hook: u64,
        happening: &Happening,
        mut payload: Map<String, Value>,
        installation: Option<InstallationId>,
    ) {
        if let Some(id) = installation {
            payload
                .entry("installation")
                .or_insert(self.render().installation_stub(id));
        }
        let name = match happening.action {
            Some(action) => format!("{}.{action}", happening.event),
            None => happening.event.to_owned(),
        };
        let fault = self
            .dice
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .roll_webhook(hook, &name);
        let turn = match fault {
            Some(WebhookFault::Lose) => return,
            Some(WebhookFault::Drop) => None,
            Some(WebhookFault::Late) => Some(Turn::Behind(LATE)),
            Some(WebhookFault::OutOfOrder) => Some(Turn::Behind(1)),
            Some(WebhookFault::Duplicate) => Some(Turn::Twice),
            None => Some(Turn::Now),
        };
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
                installation,
                redelivery: false,
                queued_at: self.now,
                payload: Value::Object(payload).to_string(),
            },
        );
        match turn {
            Some(turn) => self.queued.push((hook, id, turn)),
            None => {
                let outcome = Outcome {
                    at: self.now,
                    duration: 0.0,
                    status_code: 0,
                    status: "failed to connect to host".to_owned(),
                    response: String::new(),
                };
                self.state.outcomes.insert(id, outcome);
            }
        }
    }
}
