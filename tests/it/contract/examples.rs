//! Every payload that octokit's maintainers collected from GitHub, through the webhook door of a running service: once as
//! it came, once as if it spoke of a work sample's repository, so that it is translated and worked through too.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;
use worksample::workflow::worker::Outcome;

use super::node;
use crate::webhooks::{Door, door};

#[derive(Deserialize)]
struct Family {
    name: String,
    examples: Vec<Value>,
}

/// All different payloads of all of the package's servers, with their event.
fn payloads(folder: &Path) -> Vec<(String, Value)> {
    let package = folder.join("node_modules/@octokit/webhooks-examples");
    let mut servers: Vec<_> = std::fs::read_dir(package)
        .unwrap()
        .map(|entry| entry.unwrap().path().join("index.json"))
        .filter(|index| index.is_file())
        .collect();
    servers.sort();
    let mut known = BTreeSet::new();
    let mut all = Vec::new();
    for server in servers {
        let families: Vec<Family> =
            serde_json::from_slice(&std::fs::read(server).unwrap()).unwrap();
        for family in families {
            for example in family.examples {
                if known.insert((family.name.clone(), example.to_string())) {
                    all.push((family.name.clone(), example));
                }
            }
        }
    }
    all
}

/// What became of the payloads of one event and action.
#[derive(Default)]
struct Row {
    payloads: usize,
    as_it_came: BTreeMap<String, usize>,
    as_ours: BTreeMap<String, usize>,
}

/// Posts a payload under a guid of its own; says what became of it.
async fn post(door: &Door, event: &str, guid: &str, payload: &Value) -> String {
    let headers = [
        ("x-github-event", Some(event)),
        ("x-github-delivery", Some(guid)),
    ];
    let body = payload.to_string().into_bytes();
    let (status, answer) = door.post(body, &headers).await;
    assert_eq!(status, 202, "{event} {guid}: {answer}");
    let code = answer["code"].as_str().or(answer["outcome"].as_str());
    code.unwrap().to_owned()
}

/// Works through what came in; says what became of the delivery.
async fn worked_through(door: &Door, guid: &str) -> String {
    let outcomes = door.world.settle().await.unwrap();
    let dead: Vec<_> = outcomes
        .iter()
        .filter(|one| !matches!(one, Outcome::Done { .. }))
        .collect();
    assert!(dead.is_empty(), "{guid}: {dead:?}");
    let guid = guid.to_owned();
    let delivery = door
        .world
        .services
        .store
        .read(move |tx| tx.delivery(&guid))
        .await
        .unwrap()
        .unwrap();
    let outcome = delivery.outcome.unwrap();
    assert!(outcome.starts_with("recorded"), "{outcome}");
    let known = outcome == "recorded: 0 event(s)";
    if known { "known already" } else { "an event" }.to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_known_payload_is_an_event_or_knowingly_ignored() {
    let Some(folder) = node::contract() else {
        return;
    };
    let door = door().await;
    let mut table: BTreeMap<String, Row> = BTreeMap::new();
    for (number, (event, mut payload)) in payloads(&folder).into_iter().enumerate() {
        let action = payload["action"].as_str().unwrap_or_default();
        let name = [event.as_str(), action].join(" ").trim().to_owned();
        let row = table.entry(name).or_default();
        row.payloads += 1;
        let came = post(&door, &event, &format!("came-{number}"), &payload).await;
        *row.as_it_came.entry(came).or_default() += 1;
        if !payload["repository"].is_object() {
            *row.as_ours.entry("of no repository".into()).or_default() += 1;
            continue;
        }
        payload["repository"]["id"] = door.repository.into();
        let guid = format!("ours-{number}");
        let mut ours = post(&door, &event, &guid, &payload).await;
        if ours == "kept" {
            ours = worked_through(&door, &guid).await;
        }
        *row.as_ours.entry(ours).or_default() += 1;
    }
    door.world.stop().await.unwrap();

    let counts = |counts: &BTreeMap<String, usize>| {
        let texts: Vec<_> = counts
            .iter()
            .map(|(what, count)| format!("{count} {what}"))
            .collect();
        texts.join(", ")
    };
    let mut text = format!(
        "{:<46} {:>8}  {:<38} as if of a work sample's repository\n",
        "event and action", "payloads", "as it came"
    );
    for (name, row) in &table {
        text += &format!(
            "{name:<46} {:>8}  {:<38} {}\n",
            row.payloads,
            counts(&row.as_it_came),
            counts(&row.as_ours)
        );
    }
    let total: usize = table.values().map(|row| row.payloads).sum();
    text += &format!("{total} payloads of {} kinds, none failed\n", table.len());
    println!("{text}");
    insta::assert_snapshot!(text);
}
