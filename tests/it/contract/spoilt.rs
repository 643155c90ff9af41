//! The judge can say no: exchanges spoilt one by one, and what is said about each.

use std::path::Path;

use serde_json::{Value, json};
use worksample::rehearsal::play;

use super::node;
use super::recorder::Tape;
use super::{Recorded, judge};
use crate::support::small;

/// The exchanges of one acceptance, as they were recorded.
async fn recorded(dir: &Path) -> Vec<Value> {
    let tape = Tape::in_dir(dir);
    let recorded = Recorded::start(dir, &tape).await;
    let accepts = small::until(small::TALKATIVE, "do = \"wait\"");
    play(
        &recorded.world,
        &small::version(),
        vec![small::script(&accepts)],
        &mut |_| {},
    )
    .await
    .unwrap();
    recorded.world.stop().await.unwrap();
    let text = std::fs::read_to_string(tape.path()).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Changes a JSON text that stands as a string in the exchange.
fn within(exchange: &mut Value, field: &str, change: impl FnOnce(&mut Value)) {
    let mut inner: Value = serde_json::from_str(exchange[field].as_str().unwrap()).unwrap();
    change(&mut inner);
    exchange[field] = inner.to_string().into();
}

type Spoil = (&'static str, &'static str, fn(&mut Value));

/// What is spoilt, in which exchange (the end of its target, or a webhook's event), and how.
const SPOILS: [Spoil; 9] = [
    ("an answer lacks a field", "/repos", |exchange| {
        within(exchange, "body", |body| {
            body.as_object_mut().unwrap().remove("full_name");
        });
    }),
    (
        "an answer's field has another type",
        "/issues",
        |exchange| {
            within(exchange, "body", |body| body["number"] = json!("one"));
        },
    ),
    ("a deep field has another word", "/repos", |exchange| {
        within(exchange, "body", |body| {
            body["merge_commit_title"] = json!("WHATEVER")
        });
    }),
    ("a status that is not documented", "/issues", |exchange| {
        exchange["status"] = json!(299);
    }),
    (
        "a request's field that nobody knows",
        "/repos",
        |exchange| {
            within(exchange, "request_body", |body| {
                body["privat"] = json!(true)
            });
        },
    ),
    ("a request lacks what is required", "/issues", |exchange| {
        within(exchange, "request_body", |body| {
            body.as_object_mut().unwrap().remove("title");
        });
    }),
    ("a query nobody knows", "/issues", |exchange| {
        exchange["target"] = format!("{}?marker=x", exchange["target"].as_str().unwrap()).into();
    }),
    ("a webhook lacks its sender", "webhook issues", |exchange| {
        within(exchange, "request_body", |body| {
            body.as_object_mut().unwrap().remove("sender");
        });
    }),
    ("a webhook nobody knows", "webhook issues", |exchange| {
        within(exchange, "request_body", |body| {
            body["action"] = json!("sung")
        });
    }),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_spoilt_exchange_is_found_and_named() {
    let Some(folder) = node::contract() else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let exchanges = recorded(dir.path()).await;
    let place = dir.path().join("spoilt");
    std::fs::create_dir(&place).unwrap();
    let tape = Tape::in_dir(&place);
    for (what, place, spoil) in SPOILS {
        let one = exchanges
            .iter()
            .find(|exchange| match place.strip_prefix("webhook ") {
                Some(event) => exchange["request_headers"]["x-github-event"] == event,
                None => exchange["target"].as_str().unwrap().ends_with(place),
            });
        let mut one = one.unwrap().clone();
        spoil(&mut one);
        one["who"] = what.into();
        tape.write(&one);
    }
    let output = judge(&folder, &tape).await;
    assert_eq!(output.status.code(), Some(1));
    let said = node::said(&output);
    let violations: Vec<_> = said
        .lines()
        .filter_map(|line| line.strip_prefix("VIOLATION "))
        .collect();
    for (what, _, _) in SPOILS {
        let named = violations.iter().any(|line| line.starts_with(what));
        assert!(named, "nothing was said about `{what}`:\n{said}");
    }
    insta::assert_snapshot!(violations.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_tape_proves_nothing() {
    let Some(folder) = node::contract() else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let output = judge(&folder, &Tape::in_dir(dir.path())).await;
    assert_eq!(output.status.code(), Some(1), "{}", node::said(&output));
}
