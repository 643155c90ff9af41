//! Examines the service: what is configured, what is missing, and how to repair it. `worksample doctor` prints it, and the
//! settings page shows it.

mod github;
mod logs;
mod permissions;
mod sign_in;
mod token;

use std::ffi::OsStr;
use std::sync::Arc;

use futures_util::FutureExt as _;
use secrecy::ExposeSecret as _;

use crate::app::{self, Surroundings};
use crate::clock::SystemClock;
use crate::config::{self, DOCUMENTED, Settings, Source};
use crate::github::{FailedDeliveries, GitHubError};
use crate::ids::RandomIds;
use crate::sandbox::Sandbox;
use crate::spec::Toolchain;
use crate::store::{DatabaseUrl, JobState, MessageState};
use crate::workflow::findings::SettingInEffect;
pub use crate::workflow::findings::{Examination, Examiner, Finding, FindingState as State};
use crate::workflow::{permissions as allowed, publish};

/// A finding without a hint.
pub fn finding(what: impl Into<String>, state: State, detail: impl Into<String>) -> Finding {
    Finding {
        what: what.into(),
        state,
        detail: detail.into(),
        hint: None,
    }
}

fn broken(what: impl Into<String>, error: &GitHubError) -> Finding {
    finding(what, State::Broken, format!("{}: {error}", error.code()))
}

fn of_deliveries(what: &str, deliveries: &Result<FailedDeliveries, GitHubError>) -> Finding {
    match deliveries {
        Err(error) => broken(what, error),
        Ok(FailedDeliveries { failed: 0, of, .. }) => {
            finding(what, State::Ok, format!("none of the last {of} failed"))
        }
        Ok(FailedDeliveries { failed, of, last }) => finding(
            what,
            State::Missing,
            format!(
                "{failed} of the last {of} failed (the latest: {}): see that this service can be reached from GitHub; what failed is asked for again",
                last.as_deref().unwrap_or_default()
            ),
        ),
    }
}

#[cfg(test)]
fn text(findings: &[Finding]) -> String {
    let lines: Vec<String> = findings
        .iter()
        .map(|one| format!("{:?} | {} | {}", one.state, one.what, one.detail))
        .collect();
    lines.join("\n")
}

/// Looks at everything. It asks GitHub and the mail server, and proves the sandbox.
pub async fn examine(settings: &Settings) -> Vec<Finding> {
    let mut findings = vec![finding(
        "settings",
        State::Ok,
        "all that are set can be used",
    )];
    findings.push(git(settings).await);
    findings.extend(database_and_github(settings).await);
    findings.push(match &settings.webhook_secret {
        Some(_) => finding("webhook secret", State::Ok, "set"),
        None => finding(
            "webhook secret",
            State::Missing,
            "webhooks are refused: set WORKSAMPLE_WEBHOOK_SECRET to the secret of the App's or organisation's webhook",
        ),
    });
    findings.push(mail(settings).await);
    findings.push(public_url(settings));
    findings.push(offers(settings));
    findings.extend(sandbox().await);
    findings
}

/// Who pays, and within what time questions are answered, unless a spec says it itself.
fn offers(settings: &Settings) -> Finding {
    let missing: Vec<&str> = [
        ("who pays (`[payer]`)", settings.offer.payer.is_none()),
        (
            "within what time questions are answered (`[answers]`)",
            settings.offer.answers.is_none(),
        ),
    ]
    .into_iter()
    .filter_map(|(what, is_missing)| is_missing.then_some(what))
    .collect();
    if missing.is_empty() {
        return finding(
            "offers",
            State::Ok,
            "say who pays and when questions are answered",
        );
    }
    finding(
        "offers",
        State::Missing,
        format!(
            "where a spec does not say it, its offer leaves out {}: name a file in {} (docs/spec-format.md)",
            missing.join(" and "),
            config::OFFER_FILE
        ),
    )
}

async fn git(settings: &Settings) -> Finding {
    match crate::git::Git::new(&settings.program_path).version().await {
        Ok(version) => finding("git", State::Ok, version.trim()),
        Err(error) => finding("git", State::Broken, error.to_string()),
    }
}

async fn database_and_github(settings: &Settings) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut workflows = Vec::new();
    let mut lacking = Vec::new();
    let surroundings = real_surroundings();
    let without_github = Settings {
        github: None,
        ..settings.clone()
    };
    match app::services(&without_github, &surroundings, None).await {
        Err(error) => findings.push(finding("database", State::Broken, error.to_string())),
        Ok(services) => {
            let kind = match settings.database_url.expose_secret().parse::<DatabaseUrl>() {
                Ok(url) => url.to_string(),
                Err(error) => error.to_string(),
            };
            findings.push(finding(
                "database",
                State::Ok,
                format!("{kind}, up to date"),
            ));
            findings.push(logs::finding(&services).await);
            findings.push(dead_jobs(&services).await);
            findings.push(failed_messages(&services).await);
            match publish::with_workflows(&services).await {
                Ok(specs) => workflows = specs,
                Err(error) => findings.push(finding("specs", State::Broken, error.to_string())),
            }
            match allowed::lacking(&services).await {
                Ok(found) => lacking = found,
                Err(error) => findings.push(finding("GitHub", State::Broken, error.to_string())),
            }
        }
    }
    if settings.github.is_none() {
        findings.push(finding(
            "GitHub",
            State::Missing,
            "nothing can be provisioned: `worksample github setup` creates an App, or set WORKSAMPLE_GITHUB_ORG and WORKSAMPLE_GITHUB_TOKEN",
        ));
    }
    let surroundings = real_surroundings();
    match app::github(settings, &surroundings) {
        Err(error) => findings.push(finding("GitHub", State::Broken, error.to_string())),
        Ok(organizations) => {
            let now = surroundings.clock.now();
            let needs = github::Needs {
                public_url: &settings.public_url,
                workflows: &workflows,
                lacking: &lacking,
                teams: settings
                    .github
                    .as_ref()
                    .map_or(&[][..], |github| &github.teams),
            };
            findings.extend(github::examine(&organizations, &needs, now).await);
            findings.extend(sign_in::examine(settings, now).await);
        }
    }
    findings
}

async fn dead_jobs(services: &crate::workflow::Services) -> Finding {
    let counts = services.store.read(|tx| tx.count_jobs()).await;
    match counts {
        Err(error) => finding("jobs", State::Broken, error.to_string()),
        Ok(counts) => {
            let dead = counts
                .iter()
                .find(|(state, _)| *state == JobState::Dead)
                .map_or(0, |(_, count)| *count);
            if dead == 0 {
                finding("jobs", State::Ok, "none is dead")
            } else {
                finding(
                    "jobs",
                    State::Broken,
                    format!(
                        "{dead} dead: `worksample jobs list --state dead` says why, `worksample jobs retry ID` tries again"
                    ),
                )
            }
        }
    }
}

async fn failed_messages(services: &crate::workflow::Services) -> Finding {
    let count = services
        .store
        .read(|tx| tx.count_messages(MessageState::Failed))
        .await;
    match count {
        Err(error) => finding("messages", State::Broken, error.to_string()),
        Ok(0) => finding("messages", State::Ok, "none failed"),
        Ok(failed) => Finding {
            hint: Some("`worksample messages list --state failed` says why, `worksample messages resend ID` sends one again".into()),
            ..finding("messages", State::Missing, format!("{failed} could not be sent"))
        },
    }
}

/// Connects to the mail server, says hello and signs in.
async fn mail(settings: &Settings) -> Finding {
    let Some(smtp) = &settings.mail.smtp else {
        return finding(
            "mail",
            State::Missing,
            "messages are kept and not sent: set WORKSAMPLE_SMTP_URL and WORKSAMPLE_MAIL_FROM",
        );
    };
    match Box::pin(smtp.check()).await {
        Ok(()) => finding("mail", State::Ok, format!("{smtp} takes mail")),
        Err(error) => finding("mail", State::Broken, format!("{smtp}: {error}")),
    }
}

fn public_url(settings: &Settings) -> Finding {
    let url = &settings.public_url;
    if url.starts_with("https://") {
        finding("public address", State::Ok, url.clone())
    } else {
        finding(
            "public address",
            State::Missing,
            format!(
                "{url} is no https address: GitHub and candidates need one, set WORKSAMPLE_PUBLIC_URL to that of your proxy"
            ),
        )
    }
}

async fn sandbox() -> Vec<Finding> {
    let prove = |required: &'static [Toolchain]| {
        tokio::task::spawn_blocking(move || Sandbox::prove(required))
    };
    let mut findings = Vec::new();
    match prove(&[]).await {
        Ok(Ok(sandbox)) => findings.push(finding("sandbox", State::Ok, sandbox.describe())),
        Ok(Err(refusal)) => {
            let detail = format!("{refusal}; until then this machine leaves assessment to others");
            return vec![finding("sandbox", State::Missing, detail)];
        }
        Err(error) => return vec![finding("sandbox", State::Broken, error.to_string())],
    }
    for (what, toolchain) in [
        ("toolchain rust", &[Toolchain::Rust]),
        ("toolchain python", &[Toolchain::Python]),
    ] {
        findings.push(match prove(toolchain).await {
            Ok(Ok(_)) => finding(what, State::Ok, "usable inside the sandbox"),
            Ok(Err(refusal)) => finding(what, State::Missing, refusal.to_string()),
            Err(error) => finding(what, State::Broken, error.to_string()),
        });
    }
    findings
}

fn real_surroundings() -> Surroundings {
    Surroundings {
        clock: Arc::new(SystemClock),
        ids: Arc::new(RandomIds),
    }
}

/// Every documented setting as `source` sets it.
pub fn settings_in_effect(source: &dyn Source) -> Vec<SettingInEffect> {
    let is_empty = |set: &OsStr| set.to_string_lossy().trim().is_empty();
    DOCUMENTED
        .iter()
        .map(|setting| {
            let by_file = setting.secret && source.set(&format!("{}_FILE", setting.name)).is_some();
            let secret = source.set(setting.name).filter(|_| setting.secret);
            let value = match source.value(setting.name) {
                _ if secret.as_ref().is_some_and(|(set, _)| is_empty(set)) => {
                    "(set, but empty)".to_owned()
                }
                _ if secret.is_some() => "(set)".to_owned(),
                Some(value) => value,
                None if by_file => "(set by file)".to_owned(),
                None if setting.default.is_empty() => "-".to_owned(),
                None => format!("default: {}", setting.default),
            };
            SettingInEffect {
                name: setting.name,
                value,
                meaning: setting.meaning,
            }
        })
        .collect()
}

/// Examines a service with these settings whenever it is asked to.
pub fn examiner(settings: Settings, in_effect: Vec<SettingInEffect>) -> Examiner {
    let settings = Arc::new(settings);
    Arc::new(move || {
        let (settings, in_effect) = (Arc::clone(&settings), in_effect.clone());
        async move {
            Examination {
                findings: examine(&settings).await,
                settings: in_effect,
            }
        }
        .boxed()
    })
}
