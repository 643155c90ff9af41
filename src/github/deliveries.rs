//! GitHub's log of the webhooks that it sent us: an App's own, or that of the organisation's hook.

use http::Method;
use serde::{Deserialize, Serialize};

use super::door::Answer;
use super::sight::Sight;
use super::{GitHub, GitHubError};
use crate::clock::Timestamp;

/// The most pages that one look reads, a hundred deliveries each.
const MOST_PAGES: usize = 200;

/// A log of webhooks, and who may read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HookLog {
    /// The App's, with all its installations.
    App,
    /// That of the organisation's hook with this id.
    Organization(u64),
}

/// One attempt to send us a webhook.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SentDelivery {
    pub id: u64,
    /// `X-GitHub-Delivery`, the same for every attempt.
    pub guid: String,
    pub delivered_at: Timestamp,
    /// What we answered, 0 where GitHub heard nothing.
    pub status_code: u16,
}

/// Deliveries that failed lately.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedDeliveries {
    pub failed: usize,
    /// Of how many that were looked at.
    pub of: usize,
    /// GitHub's word for the last one.
    pub last: Option<String>,
}

impl SentDelivery {
    /// Did we say that we have it?
    pub fn was_taken(&self) -> bool {
        (200..300).contains(&self.status_code)
    }
}

/// A hook of the organisation's.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct OrganizationHook {
    pub id: u64,
    pub active: bool,
    #[serde(default)]
    pub events: Vec<String>,
    pub config: HookConfig,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct HookConfig {
    #[serde(default)]
    pub url: Option<String>,
    #[serde(default)]
    pub content_type: Option<String>,
}

/// The webhook that leads here, as far as we may look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OurHook {
    /// The App's own.
    App,
    Organization(OrganizationHook),
    /// None leads here.
    Missing,
    /// The token may not see the organisation's hooks.
    Hidden,
}

impl OurHook {
    /// Its log, if it is in use.
    pub fn log(&self) -> Option<HookLog> {
        match self {
            OurHook::App => Some(HookLog::App),
            OurHook::Organization(hook) => hook.active.then_some(HookLog::Organization(hook.id)),
            OurHook::Missing | OurHook::Hidden => None,
        }
    }
}

impl HookLog {
    /// Tells it from other logs.
    pub fn name(&self, github: &GitHub) -> String {
        match self {
            HookLog::App => "app".to_owned(),
            HookLog::Organization(id) => format!("{}/{id}", github.org()),
        }
    }

    fn route(&self, github: &GitHub) -> String {
        match self {
            HookLog::App => "/app/hook/deliveries".to_owned(),
            HookLog::Organization(id) => format!("/orgs/{}/hooks/{id}/deliveries", github.org()),
        }
    }
}

impl GitHub {
    /// The name of what GitHub counts calls to this log under.
    pub fn budget_of(&self, log: &HookLog) -> String {
        let own = match log {
            HookLog::App => self.own_budget(),
            HookLog::Organization(_) => None,
        };
        own.unwrap_or_else(|| self.budget())
    }

    /// The webhook that is sent to `hook_url`: an App has its own. For a token it is the organisation's hook with that address, or
    /// else the only one that leads to this service's path (behind another name); those in use go before others.
    pub async fn our_hook(&self, hook_url: &str) -> Result<OurHook, GitHubError> {
        if self.is_app() {
            return Ok(OurHook::App);
        }
        let route = format!("/orgs/{}/hooks?per_page=100", self.org());
        let mut hooks: Vec<OrganizationHook> = match self.get("look for our webhook", &route).await
        {
            Err(GitHubError::NotFound { .. } | GitHubError::Forbidden { .. }) => {
                return Ok(OurHook::Hidden);
            }
            other => other?,
        };
        hooks.sort_by_key(|hook| !hook.active);
        let path = |url: &str| url.splitn(4, '/').nth(3).map(str::to_owned);
        let leads = |hook: &OrganizationHook, wanted: &dyn Fn(&str) -> bool| {
            hook.config.url.as_deref().is_some_and(wanted)
        };
        let exact = hooks
            .iter()
            .find(|hook| leads(hook, &|url| url == hook_url));
        let mut similar = hooks
            .iter()
            .filter(|hook| leads(hook, &|url| path(url) == path(hook_url)));
        let only = similar.next().filter(|_| similar.next().is_none());
        Ok(match exact.or(only) {
            Some(hook) => OurHook::Organization(hook.clone()),
            None => OurHook::Missing,
        })
    }

    /// The last hundred deliveries since `since`: how many failed.
    pub async fn failed_deliveries(
        &self,
        log: &HookLog,
        since: Timestamp,
    ) -> Result<FailedDeliveries, GitHubError> {
        #[derive(Deserialize)]
        struct Delivery {
            delivered_at: Timestamp,
            status: String,
            #[serde(default)]
            status_code: u16,
        }
        let route = format!("{}?per_page=100", log.route(self));
        let all: Vec<Delivery> = self
            .ask(log, "read the log of webhooks", Method::GET, &route)
            .await?
            .read()?;
        let recent = all.iter().filter(|one| one.delivered_at >= since);
        let failed: Vec<&Delivery> = recent
            .clone()
            .filter(|one| !(200..300).contains(&one.status_code))
            .collect();
        Ok(FailedDeliveries {
            failed: failed.len(),
            of: recent.count(),
            last: failed
                .first()
                .map(|one| format!("{} {}", one.status_code, one.status)),
        })
    }

    /// The attempts since `since`, newest first.
    pub async fn sent_deliveries(
        &self,
        log: &HookLog,
        since: Timestamp,
    ) -> Result<Vec<SentDelivery>, GitHubError> {
        let first = format!("{}?per_page=100", log.route(self));
        let mut this = first.clone();
        let mut all: Vec<SentDelivery> = Vec::new();
        for _ in 0..MOST_PAGES {
            let Sight::Changed { value, after, .. } = self
                .ask(log, "read the log of webhooks", Method::GET, &this)
                .await?
                .sight()?
            else {
                break;
            };
            let page: Vec<SentDelivery> = value;
            let reached = page.iter().any(|one| one.delivered_at < since);
            all.extend(page.into_iter().filter(|one| one.delivered_at >= since));
            match after {
                Some(cursor) if !reached => this = format!("{first}&cursor={cursor}"),
                _ => break,
            }
        }
        Ok(all)
    }

    /// Asks for one attempt to be made again, under the same GUID.
    pub async fn send_again(&self, log: &HookLog, id: u64) -> Result<(), GitHubError> {
        let route = format!("{}/{id}/attempts", log.route(self));
        self.ask(log, "ask for a webhook again", Method::POST, &route)
            .await
            .map(drop)
    }

    /// An App's log is the App's own, not an installation's.
    async fn ask(
        &self,
        log: &HookLog,
        call: &'static str,
        method: Method,
        route: &str,
    ) -> Result<Answer, GitHubError> {
        if *log == HookLog::App
            && let Some(answer) = self.call_as_app(call, method.clone(), route).await?
        {
            return Ok(answer);
        }
        self.call::<()>(call, method, route, None).await
    }
}
