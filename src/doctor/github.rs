//! What `doctor` says of GitHub, one organisation after the other: who we are there, what is missing and where it is
//! granted, the webhook, the clock.

use chrono::Duration;

use super::permissions::{lacks, of_installation, of_refusals};
use super::{Finding, State, broken, finding, of_deliveries, token};
use crate::clock::Timestamp;
use crate::github::{
    AppFound, GitHub, GitHubError, GitHubTeam, HookFound, HookLog, InstallationFound,
    Organizations, OurHook, Pages, Reading, missing_events, missing_permissions,
};
use crate::workflow::permissions::Lack;

/// GitHub keeps deliveries for so long.
const DELIVERIES_KEPT: Duration = Duration::days(3);
/// App signatures fail from about a minute on.
const TOLERABLE_SECONDS: i64 = 30;

/// What GitHub is compared with.
pub struct Needs<'a> {
    pub public_url: &'a str,
    /// Published specs whose starter holds a CI workflow.
    pub workflows: &'a [String],
    /// What GitHub did not allow so far.
    pub lacking: &'a [Lack],
    /// The configured teams.
    pub teams: &'a [GitHubTeam],
}

/// Asks GitHub about every organisation, and about the App once.
pub async fn examine(all: &Organizations, needs: &Needs<'_>, now: Timestamp) -> Vec<Finding> {
    let mut findings = Vec::new();
    let workflows = !needs.workflows.is_empty();
    let wanted = format!("{}/webhooks/github", needs.public_url);
    let mut found = None;
    if let Some(github) = all.iter().find(|github| github.is_app()) {
        let app = github.app_found().await;
        let (hook, deliveries) = match &app {
            Ok(_) => (
                Some(github.app_hook().await),
                Some(
                    github
                        .failed_deliveries(&HookLog::App, now - DELIVERIES_KEPT)
                        .await,
                ),
            ),
            Err(_) => (None, None),
        };
        findings.extend(of_app(&app, &github.pages(), workflows));
        if let (Ok(app), Some(hook)) = (&app, hook) {
            findings.push(of_hook(&hook, app, &github.pages(), &wanted));
        }
        findings.extend(deliveries.map(|one| of_deliveries("App deliveries", &one)));
        found = app.ok();
    }
    for github in all.iter() {
        let installation = match github.is_app() {
            true => Some(github.installation_found().await),
            false => None,
        };
        let reading = github.reading().await;
        let expires = reading.as_ref().ok().map(|reading| reading.expires);
        findings.extend(of_organization(
            github,
            installation,
            reading,
            (found.as_ref(), workflows),
        ));
        findings.extend(of_refusals(github, needs.lacking));
        findings.extend(of_teams(github, needs.teams).await);
        if let (Some(expires), false) = (expires, github.is_app()) {
            findings.extend(of_token(github, needs, &wanted, (expires, now)).await);
        }
    }
    findings
}

/// Whether GitHub shows the teams that are looked for in this organisation.
async fn of_teams(github: &GitHub, teams: &[GitHubTeam]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for team in teams {
        let elsewhere = team
            .org
            .as_ref()
            .is_some_and(|org| !org.same_as(github.org().as_str()));
        if elsewhere {
            continue;
        }
        let what = format!("GitHub {}: team {}", github.org(), team.slug);
        findings.push(match github.shows_team(&team.slug).await {
            Err(error) => broken(what, &error),
            Ok(true) => finding(what, State::Ok, "its members are the team of every work sample"),
            Ok(false) => finding(
                what,
                State::Broken,
                format!(
                    "GitHub shows no team `{}` in the organisation {}, so nobody outside the organisation can be told from a stranger: check the spelling in WORKSAMPLE_GITHUB_TEAM; a secret team is shown only with the permission Members: read",
                    team.slug,
                    github.org()
                ),
            ),
        });
    }
    findings
}

async fn of_token(
    github: &GitHub,
    needs: &Needs<'_>,
    wanted: &str,
    (expires, now): (Option<Timestamp>, Timestamp),
) -> Vec<Finding> {
    let what = format!("GitHub {}", github.org());
    let probed = github.probe().await;
    let mut findings = token::of_token(&what, &probed, needs.workflows, (expires, now));
    let hook = github.our_hook(wanted).await;
    let deliveries = match hook.as_ref().ok().and_then(OurHook::log) {
        Some(log) => Some(github.failed_deliveries(&log, now - DELIVERIES_KEPT).await),
        None => None,
    };
    findings.extend(token::of_hook(&what, &hook, deliveries.as_ref(), wanted));
    findings
}

fn of_app(app: &Result<AppFound, GitHubError>, pages: &Pages, workflows: bool) -> Vec<Finding> {
    let app = match app {
        Ok(app) => app,
        Err(error) => return vec![broken("GitHub App", error)],
    };
    let mut findings = vec![finding(
        "GitHub App",
        State::Ok,
        format!("`{}` ({}), owned by {}", app.slug, app.id, app.owner.login),
    )];
    let page = pages.permissions(&app.owner.login, &app.slug);
    findings.extend(lacks(
        "App permissions",
        &missing_permissions(&app.permissions, workflows),
        |need| app.permissions.get(need.name).map(String::as_str),
        &format!(
            "grant them under `Repository permissions` and `Organization permissions` at {page}"
        ),
    ));
    findings.extend(lacks(
        "App events",
        &missing_events(&app.events),
        |_| None,
        &format!("subscribe to them under `Subscribe to events` at {page}"),
    ));
    findings
}

fn of_hook(
    hook: &Result<HookFound, GitHubError>,
    app: &AppFound,
    pages: &Pages,
    wanted: &str,
) -> Finding {
    let page = pages.app(&app.owner.login, &app.slug);
    match hook {
        Err(error) => broken("App webhook", error),
        Ok(hook) if hook.url.is_empty() => finding(
            "App webhook",
            State::Broken,
            format!("the App has none: set its address to {wanted} at {page}"),
        ),
        Ok(hook) if hook.url.trim_end_matches('/') != wanted => finding(
            "App webhook",
            State::Broken,
            format!(
                "GitHub sends webhooks to {}, this service listens at {wanted}: change the one at {page}, or WORKSAMPLE_PUBLIC_URL",
                hook.url
            ),
        ),
        Ok(hook) if hook.content_type != "json" => finding(
            "App webhook",
            State::Broken,
            format!(
                "its content type is `{}`: set application/json at {page}",
                hook.content_type
            ),
        ),
        Ok(_) => finding("App webhook", State::Ok, wanted),
    }
}

fn of_organization(
    github: &GitHub,
    installation: Option<Result<InstallationFound, GitHubError>>,
    reading: Result<Reading, GitHubError>,
    (app, workflows): (Option<&AppFound>, bool),
) -> Vec<Finding> {
    let what = format!("GitHub {}", github.org());
    let mut findings = Vec::new();
    match installation {
        Some(Err(error)) => return vec![broken(what, &error)],
        Some(Ok(installation)) => {
            findings.extend(of_installation(&what, &installation, (app, workflows)));
        }
        None => {}
    }
    match reading {
        Err(error) => findings.push(broken(what, &error)),
        Ok(reading) => findings.extend(of_reading(&what, &reading, github.is_app())),
    }
    findings
}

pub(super) fn of_reading(what: &str, reading: &Reading, is_app: bool) -> Vec<Finding> {
    let identity = if is_app {
        "as the App"
    } else {
        "with the token"
    };
    let mut findings = vec![finding(
        what,
        State::Ok,
        format!(
            "answers {identity}, {} requests left this hour",
            reading.requests_left
        ),
    )];
    if let Some(scopes) = reading
        .scopes
        .as_deref()
        .filter(|scopes| !scopes.is_empty())
        && !scopes.split(',').any(|scope| scope.trim() == "repo")
    {
        findings.push(finding(
            format!("{what}: permissions"),
            State::Broken,
            format!("the token's scopes are `{scopes}`, without `repo`: add it at https://github.com/settings/tokens"),
        ));
    }
    findings.push(of_clock(reading.clock_ahead));
    findings
}

fn of_clock(ahead: Option<i64>) -> Finding {
    match ahead {
        None => finding(
            "clock",
            State::Missing,
            "GitHub's answer had no date to compare with",
        ),
        Some(ahead) if ahead.abs() <= TOLERABLE_SECONDS => {
            finding("clock", State::Ok, "agrees with GitHub's")
        }
        Some(ahead) => finding(
            "clock",
            State::Broken,
            format!(
                "{} min {} s {} GitHub's, and App signatures fail for it: set this machine's clock (NTP)",
                ahead.abs() / 60,
                ahead.abs() % 60,
                if ahead > 0 { "ahead of" } else { "behind" }
            ),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::text;
    use super::*;
    use crate::github::{FailedDeliveries, Need};

    fn pages() -> Pages {
        Pages::of("https://api.github.com")
    }

    fn app(leave_out: &[&str]) -> AppFound {
        let kept = |needs: &[Need]| -> Vec<Need> {
            needs
                .iter()
                .filter(|need| !leave_out.contains(&need.name))
                .copied()
                .collect()
        };
        serde_json::from_value(serde_json::json!({
            "id": 12, "slug": "worksample-acme", "owner": { "login": "acme" },
            "permissions": kept(crate::github::PERMISSIONS).iter().map(|need| (need.name, need.level)).collect::<std::collections::BTreeMap<_, _>>(),
            "events": kept(crate::github::EVENTS).iter().map(|need| need.name).collect::<Vec<_>>(),
        }))
        .unwrap()
    }

    #[test]
    fn an_app_that_lacks_something_is_told_what_for_and_where() {
        insta::assert_snapshot!(text(&of_app(&Ok(app(&["administration", "checks", "push"])), &pages(), true)), @r"
        Ok | GitHub App | `worksample-acme` (12), owned by acme
        Broken | App permissions | lacks Administration: write (to create repositories and invite candidates), Checks: read (to hear of CI results), Workflows: write (to push the CI workflow that a spec's starter holds); grant them under `Repository permissions` and `Organization permissions` at https://github.com/organizations/acme/settings/apps/worksample-acme/permissions
        Broken | App events | lacks Push (work is pushed); subscribe to them under `Subscribe to events` at https://github.com/organizations/acme/settings/apps/worksample-acme/permissions
        ");
    }

    #[test]
    fn an_app_that_lacks_nothing_takes_one_line() {
        insta::assert_snapshot!(text(&of_app(&Ok(app(&[])), &pages(), false)), @"Ok | GitHub App | `worksample-acme` (12), owned by acme");
    }

    #[test]
    fn what_refuses_the_app_itself_is_named_with_its_code() {
        let refused = [
            GitHubError::NotAKey,
            GitHubError::ClockOff {
                ahead: Some(612),
                message: "'Expiration time' claim ('exp') is too far in the future".into(),
            },
            GitHubError::AppUnknown {
                app: 12,
                message: "Integration not found".into(),
            },
            GitHubError::KeyRefused {
                app: 12,
                message: "A JSON web token could not be decoded".into(),
            },
            GitHubError::NotInstalled {
                app: 12,
                org: "acme".into(),
            },
            GitHubError::Suspended { org: "acme".into() },
            GitHubError::Forbidden {
                call: "invite the candidate",
                message: "Resource not accessible by integration".into(),
                needs: Some("administration=write".into()),
            },
        ];
        let findings: Vec<Finding> = refused
            .iter()
            .map(|error| broken("GitHub acme", error))
            .collect();
        insta::assert_snapshot!("refusals", text(&findings));
    }

    #[test]
    fn a_webhook_that_leads_elsewhere_and_failed_deliveries_say_how_to_mend_them() {
        let hook = |url: &str, content_type: &str| {
            Ok(HookFound {
                url: url.to_owned(),
                content_type: content_type.to_owned(),
            })
        };
        let here = "https://work.example.com";
        let here = format!("{here}/webhooks/github");
        let of = |hook| of_hook(&hook, &app(&[]), &pages(), &here);
        let findings = [
            of(hook("https://work.example.com/webhooks/github", "json")),
            of(hook("https://old.example.com/hook", "json")),
            of(hook("https://work.example.com/webhooks/github", "form")),
            of(hook("", "")),
            of_deliveries(
                "App deliveries",
                &Ok(FailedDeliveries {
                    failed: 0,
                    of: 80,
                    last: None,
                }),
            ),
            of_deliveries(
                "App deliveries",
                &Ok(FailedDeliveries {
                    failed: 3,
                    of: 80,
                    last: Some("502 Bad Gateway".into()),
                }),
            ),
            of_clock(Some(2)),
            of_clock(Some(-612)),
        ];
        insta::assert_snapshot!("webhook_deliveries_clock", text(&findings));
    }
}
