//! What `doctor` says of GitHub, one organisation after the other: who we are there, what is missing and where it is
//! granted, the webhook, the clock.

use chrono::Duration;

use super::{Finding, State, finding};
use crate::clock::Timestamp;
use crate::github::{
    AppFound, FailedDeliveries, GitHub, GitHubError, HookFound, InstallationFound, Need,
    Organizations, Pages, Reading, missing_events, missing_permissions,
};

/// GitHub keeps deliveries for so long.
const DELIVERIES_KEPT: Duration = Duration::days(3);
/// App signatures fail from about a minute on.
const TOLERABLE_SECONDS: i64 = 30;

/// Asks GitHub about every organisation, and about the App once.
pub async fn examine(all: &Organizations, public_url: &str, now: Timestamp) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(github) = all.iter().find(|github| github.is_app()) {
        let app = github.app_found().await;
        let (hook, deliveries) = match &app {
            Ok(_) => (
                Some(github.app_hook().await),
                Some(github.failed_deliveries(now - DELIVERIES_KEPT).await),
            ),
            Err(_) => (None, None),
        };
        findings.extend(of_app(&app, &github.pages()));
        if let (Ok(app), Some(hook)) = (&app, hook) {
            findings.push(of_hook(&hook, app, &github.pages(), public_url));
        }
        findings.extend(deliveries.map(of_deliveries));
    }
    for github in all.iter() {
        let installation = match github.is_app() {
            true => Some(github.installation_found().await),
            false => None,
        };
        findings.extend(of_organization(
            github,
            installation,
            github.reading().await,
        ));
    }
    findings
}

fn of_app(app: &Result<AppFound, GitHubError>, pages: &Pages) -> Vec<Finding> {
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
        &missing_permissions(&app.permissions),
        &format!(
            "grant them under `Repository permissions` and `Organization permissions` at {page}"
        ),
    ));
    findings.extend(lacks(
        "App events",
        &missing_events(&app.events),
        &format!("subscribe to them under `Subscribe to events` at {page}"),
    ));
    findings
}

fn of_hook(
    hook: &Result<HookFound, GitHubError>,
    app: &AppFound,
    pages: &Pages,
    public_url: &str,
) -> Finding {
    let page = pages.app(&app.owner.login, &app.slug);
    let wanted = format!("{public_url}/webhooks/github");
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

fn of_deliveries(deliveries: Result<FailedDeliveries, GitHubError>) -> Finding {
    match deliveries {
        Err(error) => broken("App deliveries", &error),
        Ok(FailedDeliveries { failed: 0, of, .. }) => finding(
            "App deliveries",
            State::Ok,
            format!("none of the last {of} failed"),
        ),
        Ok(FailedDeliveries { failed, of, last }) => finding(
            "App deliveries",
            State::Missing,
            format!(
                "{failed} of the last {of} failed (the latest: {}): see that this service can be reached from GitHub; what failed is asked for again",
                last.unwrap_or_default()
            ),
        ),
    }
}

fn of_organization(
    github: &GitHub,
    installation: Option<Result<InstallationFound, GitHubError>>,
    reading: Result<Reading, GitHubError>,
) -> Vec<Finding> {
    let what = format!("GitHub {}", github.org());
    let mut findings = Vec::new();
    match installation {
        Some(Err(error)) => return vec![broken(what, &error)],
        Some(Ok(installation)) => findings.extend(of_installation(&what, &installation)),
        None => {}
    }
    match reading {
        Err(error) => findings.push(broken(what, &error)),
        Ok(reading) => findings.extend(of_reading(&what, &reading, github.is_app())),
    }
    findings
}

fn of_installation(what: &str, installation: &InstallationFound) -> Vec<Finding> {
    let page = &installation.html_url;
    let mut findings = Vec::new();
    findings.extend(lacks(
        format!("{what}: permissions"),
        &missing_permissions(&installation.permissions),
        &format!(
            "grant them to the App first, then an owner of the organisation accepts them at {page}"
        ),
    ));
    findings.extend(lacks(
        format!("{what}: events"),
        &missing_events(&installation.events),
        &format!(
            "they follow from the App's; an owner of the organisation accepts the change at {page}"
        ),
    ));
    if installation.repository_selection == "selected" {
        findings.push(finding(
            format!("{what}: repositories"),
            State::Missing,
            format!("the App is installed on selected repositories only: choose `All repositories` at {page}"),
        ));
    }
    findings
}

fn of_reading(what: &str, reading: &Reading, is_app: bool) -> Vec<Finding> {
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

/// What is lacking, each with its reason, and how to grant it.
fn lacks(what: impl Into<String>, needs: &[Need], how: &str) -> Option<Finding> {
    if needs.is_empty() {
        return None;
    }
    let named: Vec<String> = needs
        .iter()
        .map(|need| match need.level {
            "" => format!("{} ({})", need.title, need.why),
            level => format!("{}: {level} ({})", need.title, need.why),
        })
        .collect();
    Some(finding(
        what,
        State::Broken,
        format!("lacks {}; {how}", named.join(", ")),
    ))
}

fn broken(what: impl Into<String>, error: &GitHubError) -> Finding {
    finding(what, State::Broken, format!("{}: {error}", error.code()))
}

#[cfg(test)]
mod tests {
    use super::*;

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

    fn text(findings: &[Finding]) -> String {
        let lines: Vec<String> = findings
            .iter()
            .map(|one| format!("{:?} | {} | {}", one.state, one.what, one.detail))
            .collect();
        lines.join("\n")
    }

    #[test]
    fn an_app_that_lacks_something_is_told_what_for_and_where() {
        insta::assert_snapshot!(text(&of_app(&Ok(app(&["administration", "checks", "push"])), &pages())), @r"
        Ok | GitHub App | `worksample-acme` (12), owned by acme
        Broken | App permissions | lacks Administration: write (to create repositories and invite candidates), Checks: read (to hear of CI results); grant them under `Repository permissions` and `Organization permissions` at https://github.com/organizations/acme/settings/apps/worksample-acme/permissions
        Broken | App events | lacks Push (work is pushed); subscribe to them under `Subscribe to events` at https://github.com/organizations/acme/settings/apps/worksample-acme/permissions
        ");
    }

    #[test]
    fn an_app_that_lacks_nothing_takes_one_line() {
        insta::assert_snapshot!(text(&of_app(&Ok(app(&[])), &pages())), @"Ok | GitHub App | `worksample-acme` (12), owned by acme");
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
        let of = |hook| of_hook(&hook, &app(&[]), &pages(), here);
        let findings = [
            of(hook("https://work.example.com/webhooks/github", "json")),
            of(hook("https://old.example.com/hook", "json")),
            of(hook("https://work.example.com/webhooks/github", "form")),
            of(hook("", "")),
            of_deliveries(Ok(FailedDeliveries {
                failed: 0,
                of: 80,
                last: None,
            })),
            of_deliveries(Ok(FailedDeliveries {
                failed: 3,
                of: 80,
                last: Some("502 Bad Gateway".into()),
            })),
            of_clock(Some(2)),
            of_clock(Some(-612)),
        ];
        insta::assert_snapshot!("webhook_deliveries_clock", text(&findings));
    }

    #[test]
    fn an_installation_that_was_granted_less_is_told_where_to_accept() {
        let app = app(&["issues"]);
        let installation = InstallationFound {
            html_url: "https://github.com/organizations/beta/settings/installations/7".into(),
            permissions: app.permissions,
            events: app.events,
            repository_selection: "selected".into(),
        };
        let reading = Reading {
            requests_left: 4990,
            clock_ahead: Some(0),
            scopes: Some("read:org".into()),
        };
        let mut findings = of_installation("GitHub beta", &installation);
        findings.extend(of_reading("GitHub beta", &reading, false));
        insta::assert_snapshot!("installation", text(&findings));
    }
}
