//! What `doctor` says of GitHub, one organisation after the other: who we are there, what is missing and where it is
//! granted, the webhook, the clock.

use chrono::Duration;

use super::{Finding, State, broken, finding, of_deliveries, token};
use crate::clock::{Timestamp, for_people};
use crate::github::{
    AppFound, GitHub, GitHubError, HookFound, HookLog, InstallationFound, Need, Organizations,
    OurHook, Pages, Reading, missing_events, missing_permissions,
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
        if let (Some(expires), false) = (expires, github.is_app()) {
            findings.extend(of_token(github, needs, &wanted, (expires, now)).await);
        }
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

fn of_installation(
    what: &str,
    installation: &InstallationFound,
    (app, workflows): (Option<&AppFound>, bool),
) -> Vec<Finding> {
    let page = &installation.html_url;
    // Where the App asks for it already, it is the owner's turn; GitHub keeps the old permissions until then.
    let asked = |need: &Need| {
        app.is_some_and(|app| match need.level {
            "" => app.events.iter().any(|event| event == need.name),
            _ => missing_permissions(&app.permissions, workflows)
                .iter()
                .all(|missing| missing.name != need.name),
        })
    };
    let granted = |need: &Need| installation.permissions.get(need.name).map(String::as_str);
    let mut findings = Vec::new();
    for (kind, missing) in [
        (
            "permissions",
            missing_permissions(&installation.permissions, workflows),
        ),
        ("events", missing_events(&installation.events)),
    ] {
        let (approvable, others): (Vec<Need>, Vec<Need>) =
            missing.into_iter().partition(|need| asked(need));
        let (can_wait, urgent): (Vec<Need>, Vec<Need>) = approvable
            .into_iter()
            .partition(|need| need.can_wait(granted(need)));
        let name = || format!("{what}: {kind}");
        findings.extend(not_approved(name(), State::Broken, &urgent, page));
        findings.extend(not_approved(name(), State::Missing, &can_wait, page));
        let how = format!(
            "grant them to the App first, then an owner of the organisation approves them at {page}"
        );
        findings.extend(lacks(name(), &others, granted, &how));
    }
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

/// What the App asks for and the installation's owner has not approved.
fn not_approved(what: String, state: State, needs: &[Need], page: &str) -> Option<Finding> {
    if needs.is_empty() {
        return None;
    }
    let mut without: Vec<&str> = needs.iter().map(|need| need.without).collect();
    without.dedup();
    let detail = format!(
        "the App asks for {}, and the installation has not approved it; until then {}; an owner of the organisation approves it at {page} (Review request)",
        named(needs, false),
        without.join("; ")
    );
    Some(finding(what, state, detail))
}

/// What a call was refused for, and has not succeeded since.
fn of_refusals(github: &GitHub, lacking: &[Lack]) -> Vec<Finding> {
    let of = github.budget();
    let own = lacking.iter().filter(|lack| lack.of == of);
    own.map(|lack| of_refusal(&format!("GitHub {}", github.org()), github.is_app(), lack))
        .collect()
}

fn of_refusal(what: &str, is_app: bool, lack: &Lack) -> Finding {
    let needs = match &lack.needs {
        Some(needs) => format!("it needs {needs}"),
        None => "GitHub does not say which permission it needs".to_owned(),
    };
    let how = if is_app {
        "grant it to the App, and have an owner of the organisation approve it"
    } else {
        "edit the token at GitHub (Settings, Developer settings, Fine-grained tokens)"
    };
    let detail = format!(
        "GitHub has refused to {} since {}: {needs}; {how}",
        lack.call,
        for_people(lack.since)
    );
    finding(format!("{what}: refused"), State::Missing, detail)
}

/// What is lacking, each with its reason, and how to grant it.
fn lacks<'a>(
    what: impl Into<String>,
    needs: &[Need],
    granted: impl Fn(&Need) -> Option<&'a str>,
    how: &str,
) -> Option<Finding> {
    if needs.is_empty() {
        return None;
    }
    let state = match needs.iter().all(|need| need.can_wait(granted(need))) {
        true => State::Missing,
        false => State::Broken,
    };
    let detail = format!("lacks {}; {how}", named(needs, true));
    Some(finding(what, state, detail))
}

fn named(needs: &[Need], with_reason: bool) -> String {
    let named: Vec<String> = needs
        .iter()
        .map(|need| {
            let level = match need.level {
                "" => String::new(),
                level => format!(": {level}"),
            };
            let why = match with_reason {
                true => format!(" ({})", need.why),
                false => String::new(),
            };
            format!("{}{level}{why}", need.title)
        })
        .collect();
    named.join(", ")
}

#[cfg(test)]
mod tests {
    use super::super::text;
    use super::*;
    use crate::github::FailedDeliveries;

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

    #[test]
    fn permissions_that_were_not_approved_are_named_with_what_waits_for_them() {
        let app = app(&[]);
        let mut permissions = app.permissions.clone();
        permissions.insert("pull_requests".to_owned(), "read".to_owned());
        let mut events = app.events.clone();
        events.retain(|event| !event.starts_with("pull_request_review"));
        let installation = |permissions, events| InstallationFound {
            html_url: "https://github.com/organizations/beta/settings/installations/7".into(),
            permissions,
            events,
            repository_selection: "all".into(),
        };
        let of = |found| of_installation("GitHub beta", &found, (Some(&app), false));
        let mut findings = of(installation(permissions.clone(), events));
        permissions.remove("members");
        permissions.remove("pull_requests");
        findings.extend(of(installation(permissions, app.events.clone())));
        findings.extend(of(installation(
            app.permissions.clone(),
            app.events.clone(),
        )));
        insta::assert_snapshot!("not_approved", text(&findings));
    }

    #[test]
    fn refused_call_is_reported_with_its_permission_and_first_time() {
        let lack = |needs: Option<&str>| Lack {
            call: "comment on a pull request".to_owned(),
            needs: needs.map(str::to_owned),
            of: "https://api.github.com token".to_owned(),
            since: "2026-03-02T09:00:00Z".parse().unwrap(),
        };
        let findings = [
            of_refusal(
                "GitHub acme",
                false,
                &lack(Some("issues=write,pull_requests=write")),
            ),
            of_refusal("GitHub acme", true, &lack(None)),
        ];
        insta::assert_snapshot!("refused_calls", text(&findings));
    }

    #[test]
    fn an_installation_that_was_granted_less_is_told_where_to_accept() {
        let app = app(&["issues"]);
        let installation = InstallationFound {
            html_url: "https://github.com/organizations/beta/settings/installations/7".into(),
            permissions: app.permissions.clone(),
            events: app.events.clone(),
            repository_selection: "selected".into(),
        };
        let reading = Reading {
            requests_left: 4990,
            clock_ahead: Some(0),
            scopes: Some("read:org".into()),
            expires: None,
        };
        let mut findings = of_installation("GitHub beta", &installation, (Some(&app), false));
        findings.extend(of_reading("GitHub beta", &reading, false));
        insta::assert_snapshot!("installation", text(&findings));
    }
}
