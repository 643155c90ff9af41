//! What `doctor` says of permissions and events: what an App lacks, what an installation's owner has not approved, and what was
//! refused so far.

use super::{Finding, State, finding};
use crate::clock::for_people;
use crate::github::{
    AppFound, GitHub, InstallationFound, Need, missing_events, missing_permissions,
};
use crate::workflow::permissions::Lack;

pub(super) fn of_installation(
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
        for (state, needs) in [(State::Broken, &urgent), (State::Missing, &can_wait)] {
            findings.extend(not_approved(
                name(),
                state,
                (needs.as_slice(), granted),
                page,
            ));
        }
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

/// What the App asks for and the installation's owner has not approved.
fn not_approved<'a>(
    what: String,
    state: State,
    (needs, granted): (&[Need], impl Fn(&Need) -> Option<&'a str>),
    page: &str,
) -> Option<Finding> {
    if needs.is_empty() {
        return None;
    }
    let mut without: Vec<&str> = needs
        .iter()
        .map(|need| need.missed(granted(need)))
        .collect();
    without.dedup();
    let detail = format!(
        "the App asks for {}, and the installation has not approved it; until then {}; an owner of the organisation approves it at {page} (Review request)",
        named(needs, false),
        without.join("; ")
    );
    Some(finding(what, state, detail))
}

/// What a call was refused for, and has not succeeded since.
pub(super) fn of_refusals(github: &GitHub, lacking: &[Lack]) -> Vec<Finding> {
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
pub(super) fn lacks<'a>(
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
    use super::super::github::of_reading;
    use super::super::text;
    use super::*;
    use crate::github::Reading;

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
