//! Hooks and their deliveries.

use serde_json::{Value, json};

use super::{Render, stamp};
use crate::stand_in::records::{Delivery, Hook, Scope};

impl Render<'_> {
    pub(in crate::stand_in) fn hook(&self, hook: &Hook) -> Value {
        let (kind, url) = match hook.scope {
            Scope::App(_) => ("App", format!("{}/app/hook", self.base)),
            Scope::Org(org) => {
                let login = self
                    .state
                    .users
                    .get(&org)
                    .map_or("ghost", |org| org.login.as_str());
                (
                    "Organization",
                    format!("{}/orgs/{login}/hooks/{}", self.base, hook.id),
                )
            }
            Scope::Repo(repo) => {
                let url = self.state.repos.get(&repo).map(|repo| self.repo_url(repo));
                (
                    "Repository",
                    format!("{}/hooks/{}", url.unwrap_or_default(), hook.id),
                )
            }
        };
        let mut config = json!({
            "url": hook.url, "content_type": hook.content_type, "insecure_ssl": hook.insecure_ssl,
        });
        if hook.secret.is_some() {
            config["secret"] = json!("********");
        }
        let last = self
            .state
            .deliveries
            .values()
            .rev()
            .filter(|delivery| delivery.hook == hook.id)
            .find_map(|delivery| self.state.outcomes.get(&delivery.id));
        let mut body = json!({
            "type": kind, "id": hook.id, "name": "web", "active": hook.active, "events": hook.events,
            "config": config, "url": url,
            "created_at": stamp(hook.created_at), "updated_at": stamp(hook.updated_at),
            "ping_url": format!("{url}/pings"), "deliveries_url": format!("{url}/deliveries"),
        });
        if let Scope::App(Some(app)) = hook.scope {
            body["app_id"] = json!(app);
        }
        if let Scope::Repo(_) = hook.scope {
            body["test_url"] = json!(format!("{url}/tests"));
            body["last_response"] = match last {
                Some(outcome) => json!({
                    "code": outcome.status_code,
                    "status": if outcome.status == "OK" { "active" } else { "misconfigured" },
                    "message": outcome.status,
                }),
                None => json!({"code": null, "status": "unused", "message": null}),
            };
        }
        body
    }

    /// A delivery in a list. One not yet sent has no place there.
    pub(in crate::stand_in) fn delivery(&self, delivery: &Delivery) -> Option<Value> {
        let outcome = self.state.outcomes.get(&delivery.id)?;
        Some(json!({
            "id": delivery.id, "guid": delivery.guid, "delivered_at": stamp(outcome.at),
            "redelivery": delivery.redelivery, "duration": outcome.duration, "status": outcome.status,
            "status_code": outcome.status_code, "event": delivery.event, "action": delivery.action,
            "installation_id": delivery.installation, "repository_id": delivery.repo, "throttled_at": null,
        }))
    }

    /// A delivery with what was sent and answered.
    pub(in crate::stand_in) fn delivery_in_full(&self, delivery: &Delivery) -> Option<Value> {
        let mut body = self.delivery(delivery)?;
        let payload: Value = serde_json::from_str(&delivery.payload).unwrap_or(Value::Null);
        let response = self
            .state
            .outcomes
            .get(&delivery.id)
            .map(|outcome| outcome.response.as_str());
        body["url"] = json!(
            self.state
                .hooks
                .get(&delivery.hook)
                .map(|hook| hook.url.as_str())
        );
        body["request"] = json!({
            "headers": {
                "X-GitHub-Event": delivery.event, "X-GitHub-Delivery": delivery.guid,
                "X-GitHub-Hook-ID": delivery.hook.to_string(), "content-type": "application/json",
            },
            "payload": payload,
        });
        body["response"] = json!({"headers": {}, "payload": response});
        Some(body)
    }
}
