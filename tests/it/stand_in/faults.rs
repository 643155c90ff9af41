//! Faults on demand: each as the client meets it, and what was done meanwhile.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use worksample::stand_in::{Fault, FaultPlan, PlannedFault, WebhookFault};

use super::raw::ask;
use super::stage::{ORG, Receiver, SECRET, Stage, create_repo};

fn nth(request: &str, nth: u64, fault: Fault) -> FaultPlan {
    FaultPlan {
        at: vec![PlannedFault {
            request: request.to_owned(),
            nth,
            fault,
        }],
        ..FaultPlan::default()
    }
}

#[tokio::test]
async fn each_fault_shows_as_itself_and_does_or_spares_the_effect() {
    let stage = Stage::new().await;
    let token = stage.stand_in.service_token().to_owned();
    let create = stage.request("POST", &format!("orgs/{ORG}/repos"));
    for (name, fault, answer, done) in [
        ("a", Fault::ServerError, Some(502), false),
        ("b", Fault::ServerErrorAfter, Some(502), true),
        ("c", Fault::Timeout, None, false),
        ("d", Fault::TimeoutAfter, None, true),
        ("e", Fault::Forbidden, Some(403), false),
        ("f", Fault::Cut, None, true),
        ("g", Fault::HalfClosed, Some(201), true),
    ] {
        stage
            .stand_in
            .set_faults(nth("POST /orgs/{org}/repos", 1, fault))
            .unwrap();
        let got = ask(
            &create,
            &token,
            Some(&json!({"name": name, "private": true})),
        )
        .await;
        if let Ok(got) = &got {
            assert_eq!(
                got.header("x-ratelimit-limit").is_empty(),
                fault != Fault::HalfClosed
            );
        }
        assert_eq!(got.ok().map(|got| got.status), answer, "{fault:?}");
        let there = ask(
            &stage.request("GET", &format!("repos/{ORG}/{name}")),
            &token,
            None,
        )
        .await;
        assert_eq!(there.unwrap().status == 200, done, "{fault:?}");
        assert_eq!(stage.stand_in.faults_met().len(), 1);
    }
    stage
        .stand_in
        .set_faults(nth(&format!("GET /repos/{ORG}/b"), 2, Fault::NotYetVisible))
        .unwrap();
    let read = stage.request("GET", &format!("repos/{ORG}/b"));
    let mut seen = Vec::new();
    for _ in 0..3 {
        seen.push(ask(&read, &token, None).await.unwrap().status);
    }
    assert_eq!(seen, [200, 404, 200]);
}

#[tokio::test]
async fn a_connection_that_ends_behind_its_answer_fails_the_next_request_or_is_noticed() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let stage = Stage::new().await;
    stage
        .stand_in
        .set_faults(nth("GET /meta", 1, Fault::HalfClosed))
        .unwrap();
    let mut socket = tokio::net::TcpStream::connect(stage.stand_in.address())
        .await
        .unwrap();
    socket
        .write_all(b"GET /meta HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .unwrap();
    let mut text = String::new();
    socket.read_to_string(&mut text).await.unwrap();
    assert!(
        text.starts_with("HTTP/1.1 200 OK") && text.ends_with('}'),
        "{text}"
    );
    assert!(
        !text.to_lowercase().contains("connection: close"),
        "nothing announced the end"
    );
}

#[tokio::test]
async fn a_push_that_is_not_answered_has_happened_all_the_same() {
    let stage = Stage::new().await;
    create_repo(&stage.service(), "order-api").await.unwrap();
    let token = stage.stand_in.service_token().to_owned();
    let copy = stage.clone("order-api", &token).await;
    let sha = copy.commit("a", "a", "Start").await;
    stage
        .stand_in
        .set_faults(nth(
            "POST /{owner}/{name}/git-receive-pack",
            1,
            Fault::TimeoutAfter,
        ))
        .unwrap();
    let error = super::stage::git(&copy.dir, &["push", "origin", "main"])
        .await
        .unwrap_err();
    assert!(!error.is_empty());
    let refs = copy.git(&["ls-remote", "origin", "refs/heads/main"]).await;
    assert!(refs.starts_with(&sha), "{refs}");
}

#[tokio::test]
async fn the_same_seed_and_requests_meet_the_same_faults() {
    let plan = FaultPlan {
        seed: 11,
        percent: BTreeMap::from([(Fault::ServerError, 20.0), (Fault::TimeoutAfter, 20.0)]),
        ..FaultPlan::default()
    };
    let mut runs: Vec<Vec<u16>> = Vec::new();
    for _ in 0..2 {
        let stage = Stage::new().await;
        let token = stage.stand_in.service_token().to_owned();
        stage.stand_in.set_faults(plan.clone()).unwrap();
        let mut run = Vec::new();
        for n in 0..30 {
            let body = json!({"name": format!("r{}", n % 10), "private": true});
            let got = ask(
                &stage.request("POST", &format!("orgs/{ORG}/repos")),
                &token,
                Some(&body),
            )
            .await;
            run.push(got.map_or(0, |got| got.status));
        }
        runs.push(run);
    }
    assert_eq!(runs[0], runs[1]);
    assert!(
        runs[0].contains(&0) && runs[0].contains(&502) && runs[0].contains(&201),
        "{:?}",
        runs[0]
    );
}

#[tokio::test]
async fn webhooks_come_late_twice_in_another_order_or_not_at_all() {
    let stage = Stage::new().await;
    let receiver = Receiver::start();
    stage.stand_in.set_webhook(&receiver.url, SECRET).unwrap();
    create_repo(&stage.service(), "order-api").await.unwrap();
    stage.stand_in.settle().await;
    let service = stage.service();
    let all = |fault| FaultPlan {
        webhooks: BTreeMap::from([(fault, 100.0)]),
        ..FaultPlan::default()
    };
    for fault in [
        WebhookFault::Duplicate,
        WebhookFault::Drop,
        WebhookFault::Lose,
        WebhookFault::Late,
    ] {
        stage.stand_in.set_faults(all(fault)).unwrap();
        service
            .issues(ORG, "order-api")
            .create("Question")
            .send()
            .await
            .unwrap();
        if fault != WebhookFault::Late {
            stage.stand_in.settle().await;
        }
    }
    assert_eq!(
        receiver.of("issues").len(),
        2,
        "the duplicate, and nothing of the others"
    );
    assert_eq!(receiver.of("issues")[0].guid, receiver.of("issues")[1].guid);
    stage.stand_in.set_faults(FaultPlan::default()).unwrap();
    service
        .issues(ORG, "order-api")
        .create("Overtakes")
        .send()
        .await
        .unwrap();
    stage.stand_in.settle().await;
    let numbers: Vec<Value> = receiver
        .of("issues")
        .iter()
        .map(|one| one.payload["issue"]["number"].clone())
        .collect();
    assert_eq!(numbers, [1, 1, 5, 4]);
    let log = stage.stand_in.deliveries();
    let told: Vec<_> = log
        .iter()
        .filter(|row| row.event == "issues")
        .map(|row| (row.payload["issue"]["number"].clone(), row.status_code))
        .collect();
    assert_eq!(
        told,
        [
            (json!(1), Some(202)),
            (json!(2), Some(0)),
            (json!(4), Some(202)),
            (json!(5), Some(202))
        ]
    );
}

#[tokio::test]
async fn a_plan_is_set_and_ended_while_the_stand_in_runs() {
    let stage = Stage::new().await;
    let service = stage.stand_in.service_token().to_owned();
    let faults = stage.request("PUT", "_stand_in/faults");
    let plan = json!({"seed": 3, "percent": {"forbidden": 100}});
    let dana = stage.stand_in.add_user("dana", "Dana").unwrap();
    assert_eq!(ask(&faults, &dana, Some(&plan)).await.unwrap().status, 403);
    let odd = json!({"percent": {"forbidden": 101}});
    assert_eq!(
        ask(&faults, &service, Some(&odd)).await.unwrap().status,
        422
    );
    assert_eq!(
        ask(&faults, &service, Some(&plan)).await.unwrap().status,
        204
    );
    let me = stage.request("GET", "user");
    assert_eq!(ask(&me, &service, None).await.unwrap().status, 403);
    let shown = ask(&stage.request("GET", "_stand_in/faults"), &service, None)
        .await
        .unwrap();
    assert_eq!(
        shown.body["met"],
        json!([{"what": "GET /user", "fault": "forbidden"}])
    );
    ask(&stage.request("DELETE", "_stand_in/faults"), &service, None)
        .await
        .unwrap();
    assert_eq!(ask(&me, &service, None).await.unwrap().status, 200);
}
