//! The GitHub App as it should be: what it may do and hear of, the manifest that creates it, and what an App lacks.

use std::collections::BTreeMap;

use http::Method;
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Value, json};

use super::GitHubError;
use super::error::refusal;
use super::wire::{Sending, Wire};
use crate::clock::Timestamp;
use crate::ids::Login;

/// Something that an App has to be granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Need {
    /// As the API names it.
    pub name: &'static str,
    /// As GitHub's pages name it.
    pub title: &'static str,
    /// `read` or `write`; empty for an event.
    pub level: &'static str,
    pub why: &'static str,
    /// What does not work without it, as a sentence of its own.
    pub without: &'static str,
}

const fn need(
    (name, title, level): (&'static str, &'static str, &'static str),
    why: &'static str,
    without: &'static str,
) -> Need {
    Need {
        name,
        title,
        level,
        why,
        without,
    }
}

/// The least that works.
pub const PERMISSIONS: &[Need] = &[
    need(
        ("administration", "Administration", "write"),
        "to create repositories and invite candidates",
        "no repository is created and nobody is invited",
    ),
    need(
        ("contents", "Contents", "write"),
        "to push the first commit and fetch deliveries",
        "no first commit is pushed and no delivery is fetched",
    ),
    need(
        ("issues", "Issues", "write"),
        "to open the kickoff issue",
        "no kickoff issue is opened and nothing is answered",
    ),
    PULL_REQUESTS,
    need(
        ("metadata", "Metadata", "read"),
        "to see repositories at all",
        "no repository can be seen",
    ),
    need(
        ("checks", "Checks", "read"),
        "to hear of CI results",
        "CI results are missing from reports",
    ),
    need(
        ("members", "Organization members", "read"),
        "to hear of collaborators who join or leave, and to look up who is on the team",
        "collaborators who join or leave are not heard of, and nobody can be looked up as a member of the team",
    ),
];

/// GitHub takes a comment on a pull request only from those who hold this besides `issues: write`, whatever its reference
/// says (github/rest-api-description#6994).
const PULL_REQUESTS: Need = need(
    ("pull_requests", "Pull requests", "write"),
    "to follow deliveries and answer on pull requests",
    "deliveries on pull requests are answered on the kickoff issue instead",
);

/// Needed only where the starter of a spec holds a CI workflow. Whoever holds it can change what runs in a repository's CI, so
/// it is not asked for before a spec needs it.
pub const WORKFLOWS: Need = need(
    ("workflows", "Workflows", "write"),
    "to push the CI workflow that a spec's starter holds",
    "work samples of specs with a CI workflow are not provisioned",
);

/// What is needed at all: the least that works, and what the specs want besides.
fn needed(workflows: bool) -> impl Iterator<Item = Need> {
    PERMISSIONS
        .iter()
        .copied()
        .chain(workflows.then_some(WORKFLOWS))
}

/// What an App has to hear of.
pub const EVENTS: &[Need] = &[
    need(
        ("issues", "Issues", ""),
        "questions, updates and decisions are issues",
        "issues are seen hours later, by reconciliation",
    ),
    need(
        ("issue_comment", "Issue comment", ""),
        "answers are comments",
        "comments are seen hours later, by reconciliation",
    ),
    need(
        ("pull_request", "Pull request", ""),
        "deliveries are pull requests",
        "pull requests are seen hours later, by reconciliation",
    ),
    need(
        ("pull_request_review", "Pull request review", ""),
        "reviews are read like comments",
        REVIEWS_LATER,
    ),
    need(
        (
            "pull_request_review_comment",
            "Pull request review comment",
            "",
        ),
        "comments of reviews are read like comments",
        REVIEWS_LATER,
    ),
    need(
        ("push", "Push", ""),
        "work is pushed",
        "pushes are seen hours later, by reconciliation",
    ),
    need(
        ("member", "Member", ""),
        "the candidate joins the repository",
        "it is seen hours later, by reconciliation, that the candidate joined",
    ),
    need(
        ("check_run", "Check run", ""),
        "CI results are check runs",
        "CI results are seen hours later, by reconciliation",
    ),
    need(
        ("repository", "Repository", ""),
        "a repository is renamed, moved or made public",
        "it is seen hours later, by reconciliation, that a repository was made public",
    ),
];

const REVIEWS_LATER: &str = "reviews are seen hours later, by reconciliation";

impl Need {
    /// Does the service do its work without it, if less well? `granted` is what there is instead of the level that is needed.
    /// These came after the first Apps were created, so there are installations whose owner has not approved them yet.
    pub fn can_wait(&self, granted: Option<&str>) -> bool {
        let is_review = self.name.starts_with("pull_request_review");
        is_review || (self.name == PULL_REQUESTS.name && granted == Some("read"))
    }

    /// What does not work with no more than `granted`.
    pub fn missed(&self, granted: Option<&str>) -> &'static str {
        match granted {
            None if self.name == PULL_REQUESTS.name && !self.level.is_empty() => {
                "pull requests are not followed"
            }
            _ => self.without,
        }
    }
}

/// The permissions that are needed and not granted, or not far enough. `workflows`: some spec's starter holds a CI workflow.
pub fn missing_permissions(granted: &BTreeMap<String, String>, workflows: bool) -> Vec<Need> {
    let rank = |level: &str| {
        ["read", "write", "admin"]
            .iter()
            .position(|one| *one == level)
    };
    needed(workflows)
        .filter(|need| {
            let has = granted.get(need.name).and_then(|level| rank(level));
            has < rank(need.level)
        })
        .collect()
}

/// The events that are not subscribed to.
pub fn missing_events(subscribed: &[String]) -> Vec<Need> {
    EVENTS
        .iter()
        .filter(|need| !subscribed.iter().any(|event| event == need.name))
        .copied()
        .collect()
}

/// What is chosen about an App.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Choice {
    /// May others than its owner install it?
    pub public: bool,
    /// Does a spec's starter hold a CI workflow?
    pub workflows: bool,
}

/// Where people who signed in at GitHub come back to, below the service's address.
pub const CALLBACK: &str = "/sign-in/github/callback";

/// What creates an App. GitHub sends whoever created it to `redirect_url`, with a code.
/// People who sign in come back to the callback below the service's own address, which the webhook's tells.
pub fn manifest(
    name: &str,
    home: &str,
    webhook: &str,
    redirect_url: &str,
    choice: Choice,
) -> Value {
    let own = webhook.trim_end_matches("/webhooks/github");
    let permissions: BTreeMap<&str, &str> = needed(choice.workflows)
        .map(|need| (need.name, need.level))
        .collect();
    let events: Vec<&str> = EVENTS.iter().map(|need| need.name).collect();
    json!({
        "name": name,
        "url": home,
        "description": "Creates the private repositories of paid work samples and follows the work in them.",
        "hook_attributes": { "url": webhook, "active": true },
        "redirect_url": redirect_url,
        "callback_urls": [format!("{own}{CALLBACK}")],
        "request_oauth_on_install": false,
        "public": choice.public,
        "default_permissions": permissions,
        "default_events": events,
    })
}

/// An App that was just created, with its secrets: GitHub tells them this once.
#[derive(Debug)]
pub struct NewApp {
    pub id: u64,
    pub slug: String,
    pub html_url: String,
    pub key: SecretString,
    pub webhook_secret: Option<SecretString>,
    pub client_id: Option<String>,
    pub client_secret: Option<SecretString>,
}

/// Exchanges the code that GitHub gave for the App. A code is good once, and for an hour.
///
/// # Errors
/// Not found for a code that was used, is too old, or never was.
pub async fn exchange_code(
    api_url: &str,
    code: &str,
    now: Timestamp,
) -> Result<NewApp, GitHubError> {
    const CALL: &str = "exchange the code for the App";
    #[derive(Deserialize)]
    struct Told {
        id: u64,
        slug: String,
        html_url: String,
        pem: String,
        webhook_secret: Option<String>,
        client_id: Option<String>,
        client_secret: Option<String>,
    }
    let harmless = (1..=200).contains(&code.len())
        && code
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    if !harmless {
        return Err(GitHubError::NotFound {
            call: CALL,
            message: "the code holds characters that no code has".to_owned(),
        });
    }
    let route = format!("/app-manifests/{code}/conversions");
    let whole = Wire::to(api_url)?
        .send::<()>(Sending {
            call: CALL,
            method: Method::POST,
            route: &route,
            body: None,
            bearer: None,
            unless: None,
        })
        .await?;
    if whole.status >= 300 {
        return Err(refusal(CALL, &whole, now));
    }
    let told: Told = serde_json::from_slice(&whole.body).map_err(|error| GitHubError::Odd {
        call: CALL,
        // The answer holds secrets, and serde's messages may quote it.
        message: format!("an unexpected form, at column {}", error.column()),
    })?;
    Ok(NewApp {
        id: told.id,
        slug: told.slug,
        html_url: told.html_url,
        key: told.pem.into(),
        webhook_secret: told.webhook_secret.map(SecretString::from),
        client_id: told.client_id,
        client_secret: told.client_secret.map(SecretString::from),
    })
}

/// Where people find things at GitHub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pages(String);

impl Pages {
    /// The pages that belong to an API: `https://github.com`, an Enterprise Server's own address, or the stand-in's.
    pub fn of(api_url: &str) -> Pages {
        let api = api_url.trim_end_matches('/');
        Pages(match api {
            "https://api.github.com" => "https://github.com".to_owned(),
            // GitHub Enterprise Cloud with data residency.
            residency if residency.ends_with(".ghe.com") => {
                residency.replacen("https://api.", "https://", 1)
            }
            other => other.trim_end_matches("/api/v3").to_owned(),
        })
    }

    /// The address that the manifest is posted to.
    pub fn new_app(&self, org: &Login, state: &str) -> String {
        format!(
            "{}/organizations/{org}/settings/apps/new?state={state}",
            self.0
        )
    }

    /// Where an App is installed.
    pub fn install(&self, slug: &str) -> String {
        format!("{}/apps/{slug}/installations/new", self.0)
    }

    /// Where an App's permissions and events are changed.
    pub fn permissions(&self, owner: &str, slug: &str) -> String {
        format!(
            "{}/organizations/{owner}/settings/apps/{slug}/permissions",
            self.0
        )
    }

    /// Where an App's webhook, secret and keys are.
    pub fn app(&self, owner: &str, slug: &str) -> String {
        format!("{}/organizations/{owner}/settings/apps/{slug}", self.0)
    }

    /// The scheme and host, for a page's policy.
    pub fn origin(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_app_made_from_the_manifest_lacks_nothing() {
        let manifest = manifest(
            "n",
            "https://h",
            "https://h/webhooks/github",
            "http://127.0.0.1:1/created",
            Choice::default(),
        );
        let granted = serde_json::from_value(manifest["default_permissions"].clone()).unwrap();
        let events: Vec<String> =
            serde_json::from_value(manifest["default_events"].clone()).unwrap();
        assert_eq!(missing_permissions(&granted, false), []);
        assert_eq!(missing_permissions(&granted, true), [WORKFLOWS]);
        assert_eq!(missing_events(&events), []);
    }

    #[test]
    fn a_permission_that_only_reads_is_not_one_to_write_and_admin_is() {
        let granted = |level: &str| {
            PERMISSIONS
                .iter()
                .map(|need| (need.name.to_owned(), level.to_owned()))
                .collect()
        };
        let missing: Vec<&str> = missing_permissions(&granted("read"), false)
            .iter()
            .map(|need| need.name)
            .collect();
        assert_eq!(
            missing,
            ["administration", "contents", "issues", "pull_requests"]
        );
        assert_eq!(missing_permissions(&granted("admin"), false), []);
    }

    #[test]
    fn pages_of_an_enterprise_server_are_its_own() {
        let org: Login = "acme".parse().unwrap();
        let at = |api: &str| Pages::of(api).new_app(&org, "s");
        assert_eq!(
            at("https://api.github.com"),
            "https://github.com/organizations/acme/settings/apps/new?state=s"
        );
        assert_eq!(
            at("https://git.example.com/api/v3/"),
            "https://git.example.com/organizations/acme/settings/apps/new?state=s"
        );
        assert_eq!(
            at("https://api.octocorp.ghe.com"),
            "https://octocorp.ghe.com/organizations/acme/settings/apps/new?state=s"
        );
    }
}
