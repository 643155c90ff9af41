//! Launching many through the API.

use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use worksample::rehearsal::World;
use worksample::web::tokens::Bearer;
use worksample::workflow::publish;

use super::{body, lead, people, send, world};
use crate::support::small;

async fn post(world: &World, path: &str, key: Option<&str>, body: &Value) -> (u16, Value) {
    send(world, Method::POST, path, &lead(), key, body).await
}

async fn get(world: &World, path: &str) -> (u16, Value) {
    send(world, Method::GET, path, &lead(), None, &Value::Null).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_shows_what_would_happen_and_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path(), None).await;
    let list = format!("{}Nobody,nowhere\n", people(40));
    let (status, plan) = post(&world, "/launches?dry_run=true", None, &body(&list)).await;
    assert_eq!(status, 200, "{plan}");
    assert_eq!(plan["offers"], 40);
    assert_eq!(plan["refusals"], 1);
    assert_eq!(plan["pay_at_most"]["amount_minor"], 40 * 5000);
    assert_eq!(plan["at_github"]["calls"], 120);
    assert_eq!(plan["at_github"]["seconds_if_all_accept_at_once"], 160);
    assert_eq!(plan["seats"]["at_most"], 40);
    let last = &plan["lines"][40];
    assert_eq!(
        (&last["line"], &last["code"]),
        (&json!(42), &json!("email_invalid"))
    );
    assert_eq!(get(&world, "/launches").await.1, json!([]));
    assert_eq!(get(&world, "/work-samples").await.1, json!([]));
    world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_is_created_once_a_key_and_followed_to_each_persons_result() {
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path(), None).await;
    let list = body("name,email,note\nAda,ada@example.com,=HYPERLINK(1)\nBob,bob@nowhere,\n");
    let (status, batch) = post(&world, "/launches", Some("k"), &list).await;
    assert_eq!(
        (status, &batch["state"]),
        (201, &json!("running")),
        "{batch}"
    );
    let id = batch["id"].as_str().unwrap().to_owned();
    let (_, again) = post(&world, "/launches", Some("k"), &list).await;
    assert_eq!(again["id"], batch["id"]);
    let (status, other) = post(&world, "/launches", Some("k"), &body(&people(1))).await;
    assert_eq!(
        (status, &other["code"]),
        (422, &json!("idempotency_key_reused"))
    );

    world.settle().await.unwrap();
    let (_, batch) = get(&world, &format!("/launches/{id}")).await;
    assert_eq!(
        (&batch["state"], &batch["counts"]["offered"]),
        (&json!("finished"), &json!(1))
    );
    let (_, results) = get(&world, &format!("/launches/{id}/results")).await;
    assert_eq!(results[1]["code"], "email_invalid");
    assert!(
        results[0].get("candidate_token").is_none(),
        "not unasked: {results}"
    );

    let (_, with) = get(&world, &format!("/launches/{id}/results?tokens=true")).await;
    let token = with[0]["candidate_token"].as_str().unwrap();
    assert!(with[1].get("candidate_token").is_none(), "nothing to open");
    let offer = reqwest::Client::new()
        .get(format!("http://{}/api/v1/offer", world.address))
        .bearer_auth(token)
        .send()
        .await
        .unwrap();
    let offer: Value = offer.json().await.unwrap();
    assert_eq!(
        (&offer["candidate"], &offer["id"]),
        (&json!("Ada"), &results[0]["work_sample"])
    );

    let (_, with) = get(&world, &format!("/launches/{id}/results?links=true")).await;
    assert!(with[0]["link"].as_str().unwrap().contains("/o/"), "{with}");
    assert!(with[0].get("candidate_token").is_none(), "{with}");
    assert!(with[1].get("link").is_none(), "nothing to open");

    let (_, csv) = get(&world, &format!("/launches/{id}/results?format=csv")).await;
    let csv = csv.as_str().unwrap();
    assert!(csv.contains("'=HYPERLINK(1)"), "{csv}");
    assert!(!csv.contains("candidate_token"), "{csv}");
    let (_, csv) = get(
        &world,
        &format!("/launches/{id}/results?format=csv&tokens=true"),
    )
    .await;
    assert!(
        csv.as_str()
            .unwrap()
            .contains("http://127.0.0.1/api/v1/offer"),
        "{csv}"
    );
    world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_is_stopped_and_resumed() {
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path(), None).await;
    let (_, batch) = post(&world, "/launches", None, &body(&people(3))).await;
    let path = format!("/launches/{}", batch["id"].as_str().unwrap());
    let (status, stopped) = post(&world, &format!("{path}/stop"), None, &Value::Null).await;
    assert_eq!(
        (status, &stopped["state"]),
        (200, &json!("stopped")),
        "{stopped}"
    );
    world.settle().await.unwrap();
    assert_eq!(get(&world, &path).await.1["counts"]["stopped"], 3);
    let (status, resumed) = post(&world, &format!("{path}/resume"), None, &Value::Null).await;
    assert_eq!(
        (status, &resumed["state"]),
        (200, &json!("running")),
        "{resumed}"
    );
    world.settle().await.unwrap();
    assert_eq!(get(&world, &path).await.1["counts"]["offered"], 3);
    let (status, refused) = post(&world, &format!("{path}/stop"), None, &Value::Null).await;
    assert_eq!((status, &refused["code"]), (409, &json!("batch_finished")));
    world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_requests_and_others_than_leads_change_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path(), None).await;
    let nobody = "name,email\n,x\n";
    let large = format!("name,email\n{}", "x".repeat(1024 * 1024));
    let unknown = format!("/launches/batch_{}", "0".repeat(32));
    let cases = [
        (
            Method::POST,
            "/launches".to_owned(),
            body("salary\n1\n"),
            422,
            "list_header_wrong",
        ),
        (
            Method::POST,
            "/launches".to_owned(),
            body(""),
            422,
            "list_empty",
        ),
        (
            Method::POST,
            "/launches".to_owned(),
            body(nobody),
            422,
            "nobody_to_offer",
        ),
        (
            Method::POST,
            "/launches".to_owned(),
            body(&large),
            413,
            "list_too_large",
        ),
        (
            Method::POST,
            "/launches".to_owned(),
            json!({ "spec": "greeting", "csv": people(1), "organization": "elsewhere" }),
            422,
            "organization_unknown",
        ),
        (
            Method::POST,
            "/launches?dryrun=true".to_owned(),
            body(&people(1)),
            400,
            "query_invalid",
        ),
        (
            Method::POST,
            "/launches".to_owned(),
            json!({ "spec": "none", "csv": people(1) }),
            422,
            "unknown_spec",
        ),
        (
            Method::POST,
            "/launches".to_owned(),
            json!({ "spec": "greeting" }),
            422,
            "body_misshapen",
        ),
        (
            Method::GET,
            "/launches/none".to_owned(),
            Value::Null,
            400,
            "id_invalid",
        ),
        (Method::GET, unknown.clone(), Value::Null, 404, "not_found"),
        (
            Method::GET,
            format!("{unknown}/results"),
            Value::Null,
            404,
            "not_found",
        ),
        (
            Method::GET,
            format!("{unknown}/results?format=pdf"),
            Value::Null,
            400,
            "format_unknown",
        ),
        (
            Method::POST,
            format!("{unknown}/stop"),
            Value::Null,
            404,
            "not_found",
        ),
        (
            Method::POST,
            format!("{unknown}/resume"),
            Value::Null,
            404,
            "not_found",
        ),
        (
            Method::DELETE,
            "/launches".to_owned(),
            Value::Null,
            405,
            "method_not_allowed",
        ),
    ];
    for (method, path, body, status, code) in cases {
        let (found, answer) = send(&world, method, &path, &lead(), None, &body).await;
        let found = (found, answer["code"].as_str().unwrap_or_default());
        assert_eq!(found, (status, code), "{path}: {answer}");
    }
    let candidate = Bearer::Candidate {
        work_sample: format!("ws_{}", "0".repeat(32)).parse().unwrap(),
    };
    for bearer in [
        Bearer::Reviewer {
            name: "Rita".into(),
        },
        candidate,
    ] {
        for (method, path) in [(Method::GET, "/launches"), (Method::POST, "/launches")] {
            let (status, answer) =
                send(&world, method, path, &bearer, None, &body(&people(1))).await;
            assert_eq!((status, &answer["code"]), (403, &json!("not_allowed")));
        }
    }
    assert_eq!(get(&world, "/launches").await.1, json!([]));
    world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_candidate_who_accepts_with_another_login_than_the_lists_is_told_to_the_lead() {
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path(), None).await;
    let list = body("name,email,github_login\nAda,ada@example.com,ada-listed\n");
    let (_, batch) = post(&world, "/launches", None, &list).await;
    world.settle().await.unwrap();
    let path = format!("/launches/{}/results", batch["id"].as_str().unwrap());
    let (_, results) = get(&world, &path).await;
    assert_eq!(
        results[0]["work_sample_state"], "offered",
        "nobody accepts for Ada"
    );
    let ada = Bearer::Candidate {
        work_sample: results[0]["work_sample"].as_str().unwrap().parse().unwrap(),
    };
    let due = world.now() + chrono::Duration::days(2);
    world.stand_in.add_user("ada-herself", "Ada").unwrap();
    let accept = json!({ "login": "ada-herself", "due_at": due });
    let (status, answer) = send(&world, Method::POST, "/offer/accept", &ada, None, &accept).await;
    assert_eq!(status, 200, "{answer}");
    let (_, results) = get(&world, &path).await;
    assert_eq!(
        (&results[0]["login"], &results[0]["accepted_as"]),
        (&json!("ada-listed"), &json!("ada-herself"))
    );
    world.stop().await.unwrap();
}

/// A GitHub that says nothing but what its organisation's plan is.
async fn github_with_plan(plan: Value) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0_u8; 8192];
            let _ = stream.read(&mut request).await;
            let body = json!({ "login": "acme-work-samples", "id": 1, "plan": plan }).to_string();
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                body.len()
            );
            let _ = stream.write_all(format!("{head}{body}").as_bytes()).await;
        }
    });
    url
}

#[tokio::test(flavor = "multi_thread")]
async fn the_seats_of_the_plan_are_told_where_github_shows_them() {
    for (plan, in_plan, taken) in [
        (
            json!({ "name": "team", "seats": 50, "filled_seats": 48 }),
            json!(50),
            json!(48),
        ),
        (json!({ "name": "free" }), Value::Null, Value::Null),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let url = github_with_plan(plan).await;
        let world = small::world_behind(dir.path(), None, None, Some(url)).await;
        publish::publish(&world.services, small::folder())
            .await
            .unwrap();
        let (status, plan) = post(&world, "/launches?dry_run=true", None, &body(&people(3))).await;
        assert_eq!(status, 200, "{plan}");
        let seats = &plan["seats"];
        assert_eq!((&seats["in_plan"], &seats["taken"]), (&in_plan, &taken));
        assert_eq!(
            seats["unknown_because"].is_null(),
            !in_plan.is_null(),
            "{seats}"
        );
        world.stop().await.unwrap();
    }
}
