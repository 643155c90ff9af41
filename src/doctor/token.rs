//! What `doctor` says of a token and of the organisation's webhook. GitHub lists a token's permissions nowhere, so what could
//! not be known is said, too.

use chrono::Duration;

use super::{Finding, State, broken, finding, of_deliveries};
use crate::clock::{Timestamp, for_people};
use crate::github::{
    FailedDeliveries, GitHubError, Need, OrganizationHook, OurHook, Probed, missing_events,
};

/// A token that ends this soon is worth a word.
const SOON: Duration = Duration::days(14);

/// The permissions of a token that can be known, and when it ends.
pub(super) fn of_token(
    what: &str,
    probed: &Result<Probed, GitHubError>,
    workflows: &[String],
    (expires, now): (Option<Timestamp>, Timestamp),
) -> Vec<Finding> {
    let name = format!("{what}: permissions");
    let mut findings = Vec::new();
    match probed {
        Err(error) => findings.push(broken(name, error)),
        Ok(probed) => findings.extend(of_probes(&name, probed)),
    }
    if !workflows.is_empty() {
        findings.push(finding(
            format!("{what}: workflows"),
            State::Missing,
            format!(
                "the starter of {} holds a CI workflow: the token needs Workflows: read and write, which cannot be tried without writing",
                workflows.join(", ")
            ),
        ));
    }
    if let Some(expires) = expires {
        let state = if expires - now < SOON {
            State::Missing
        } else {
            State::Ok
        };
        let advice = match state {
            State::Ok => "",
            State::Missing | State::Broken => {
                ": make another in time and set WORKSAMPLE_GITHUB_TOKEN"
            }
        };
        findings.push(finding(
            format!("{what}: token"),
            state,
            format!("ends at {}{advice}", for_people(expires)),
        ));
    }
    findings
}

fn of_probes(name: &str, probed: &Probed) -> Vec<Finding> {
    let Some(repository) = &probed.repository else {
        return vec![finding(
            name,
            State::Missing,
            "not known: the token sees no repository of the organisation yet, and GitHub tells nobody what a token may do; the first work sample will show it",
        )];
    };
    let mut findings: Vec<Finding> = probed
        .refused
        .iter()
        .map(|(need, accepted)| {
            let accepted = accepted
                .as_ref()
                .map(|accepted| format!("; GitHub would take {accepted}"));
            finding(
                name,
                State::Broken,
                format!(
                    "lacks {}{}: edit the token at GitHub (Settings, Developer settings, Fine-grained tokens)",
                    named(need),
                    accepted.unwrap_or_default()
                ),
            )
        })
        .collect();
    findings.extend(probed.untried.iter().map(|(need, error)| {
        finding(
            name,
            State::Missing,
            format!("{} could not be tried: {error}", named(need)),
        )
    }));
    if findings.is_empty() {
        findings.push(finding(
            name,
            State::Ok,
            format!("reads all that is needed in {repository}; whether it may write shows at the first write, for GitHub tells nobody"),
        ));
    }
    findings
}

fn named(need: &Need) -> String {
    format!("{}: {} ({})", need.title, need.level, need.why)
}

/// The organisation's webhook.
pub(super) fn of_hook(
    what: &str,
    hook: &Result<OurHook, GitHubError>,
    deliveries: Option<&Result<FailedDeliveries, GitHubError>>,
    wanted: &str,
) -> Vec<Finding> {
    let name = format!("{what}: webhook");
    let hook = match hook {
        Err(error) => return vec![broken(name, error)],
        Ok(hook) => hook,
    };
    let mut findings = match hook {
        OurHook::App => return Vec::new(),
        OurHook::Hidden => vec![finding(
            name,
            State::Missing,
            format!(
                "not known: the token may not see the organisation's webhooks. Grant it the organisation permission Webhooks: read and write, with which missed webhooks are asked for, too; or see for yourself that there is one to {wanted} with the content type application/json"
            ),
        )],
        OurHook::Missing => vec![finding(
            name,
            State::Broken,
            format!(
                "there is none that leads here: an owner of the organisation adds one to {wanted} with the content type application/json, a secret, and the events {}",
                titles(&missing_events(&[]))
            ),
        )],
        OurHook::Organization(hook) => of_our_hook(&name, hook, wanted),
    };
    findings.extend(
        deliveries.map(|deliveries| of_deliveries(&format!("{what}: deliveries"), deliveries)),
    );
    findings
}

fn of_our_hook(name: &str, hook: &OrganizationHook, wanted: &str) -> Vec<Finding> {
    let mut wrong = Vec::new();
    let url = hook.config.url.as_deref().unwrap_or_default();
    if !hook.active {
        wrong.push("it is switched off: switch it on (Active)".to_owned());
    }
    if url != wanted {
        wrong.push(format!(
            "it leads to {url}, and this service listens at {wanted}: change the one, or WORKSAMPLE_PUBLIC_URL"
        ));
    }
    if let Some(kind) = hook
        .config
        .content_type
        .as_deref()
        .filter(|kind| *kind != "json")
    {
        wrong.push(format!(
            "its content type is `{kind}`: set application/json"
        ));
    }
    let all = hook.events.iter().any(|event| event == "*");
    let missing = missing_events(&hook.events);
    if !all && !missing.is_empty() {
        wrong.push(format!("it does not send {}: add them", titles(&missing)));
    }
    if wrong.is_empty() {
        return vec![finding(name, State::Ok, wanted)];
    }
    wrong
        .into_iter()
        .map(|wrong| finding(name, State::Broken, wrong))
        .collect()
}

fn titles(events: &[Need]) -> String {
    let titles: Vec<&str> = events.iter().map(|event| event.title).collect();
    titles.join(", ")
}

#[cfg(test)]
mod tests {
    use super::super::text;
    use super::*;
    use crate::github::PERMISSIONS;

    const HERE: &str = "https://work.example.com/webhooks/github";

    fn need(name: &str) -> Need {
        *PERMISSIONS.iter().find(|need| need.name == name).unwrap()
    }

    #[test]
    fn what_a_token_lacks_is_named_and_what_cannot_be_known_is_said() {
        let now: Timestamp = "2026-03-02T09:00:00Z".parse().unwrap();
        let probed = |repository: Option<&str>, refused: &[(Need, Option<String>)]| {
            Ok(Probed {
                repository: repository.map(str::to_owned),
                refused: refused.to_vec(),
                untried: Vec::new(),
            })
        };
        let place = Some("acme/ws-greeting-1a2b3c4d");
        let of = |probed, workflows: &[String], days| {
            let expires = Some(now + Duration::days(days));
            of_token("GitHub acme", &probed, workflows, (expires, now))
        };
        let mut findings = of(probed(place, &[]), &[], 90);
        findings.extend(of(probed(None, &[]), &["orders".to_owned()], 3));
        let refused = [
            (need("checks"), Some("checks=read".to_owned())),
            (need("issues"), None),
        ];
        findings.extend(of(probed(place, &refused), &[], 90));
        insta::assert_snapshot!("token", text(&findings));
    }

    #[test]
    fn the_organisations_webhook_is_looked_at_or_said_to_be_unknown() {
        let hook = |active, url: &str, kind: &str, events: &[&str]| {
            let hook = serde_json::from_value(serde_json::json!({
                "id": 7, "active": active, "events": events,
                "config": { "url": url, "content_type": kind },
            }));
            Ok(OurHook::Organization(hook.unwrap()))
        };
        let failed = Ok(FailedDeliveries {
            failed: 2,
            of: 9,
            last: Some("502 Bad Gateway".to_owned()),
        });
        let all = [
            (Ok(OurHook::Hidden), None),
            (Ok(OurHook::Missing), None),
            (hook(true, HERE, "json", &["*"]), Some(&failed)),
            (
                hook(
                    false,
                    "https://old.example.com/webhooks/github",
                    "form",
                    &["push", "issues"],
                ),
                None,
            ),
        ];
        let findings: Vec<Finding> = all
            .iter()
            .flat_map(|(hook, deliveries)| of_hook("GitHub acme", hook, *deliveries, HERE))
            .collect();
        insta::assert_snapshot!("organization_webhook", text(&findings));
    }
}
