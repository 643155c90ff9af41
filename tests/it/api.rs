//! The API's doors: who may, what is refused and how, and that keys make a repeated request one.

use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};
use worksample::rehearsal::World;
use worksample::web::tokens::Bearer;

use crate::support::played::{Database, On};
use crate::support::small;

struct Api {
    _dir: tempfile::TempDir,
    _database: Database,
    world: World,
}

async fn api() -> Api {
    api_on(On::Sqlite.database().unwrap()).await
}

async fn api_on(database: Database) -> Api {
    let dir = tempfile::tempdir().unwrap();
    let world = small::world(dir.path(), database.url(), None).await;
    let api = Api {
        _dir: dir,
        _database: database,
        world,
    };
    let files: Value = small::folder()
        .files
        .iter()
        .map(|(path, file)| (path.clone(), json!({ "text": file.as_text().unwrap() })))
        .collect::<serde_json::Map<_, _>>()
        .into();
    let (status, answer) = api
        .send(
            Method::POST,
            "/specs",
            Some(&lead()),
            &[],
            &json!({ "files": files }).to_string(),
        )
        .await;
    assert_eq!(status, 201, "{answer}");
    api
}

fn lead() -> Bearer {
    Bearer::Lead {
        name: "Lea Lead".into(),
    }
}

fn reviewer() -> Bearer {
    Bearer::Reviewer {
        name: "Rita Reviewer".into(),
    }
}

impl Api {
    async fn send(
        &self,
        method: Method,
        path: &str,
        bearer: Option<&Bearer>,
        headers: &[(&str, &str)],
        body: &str,
    ) -> (u16, Value) {
        let mut request = reqwest::Client::new()
            .request(
                method,
                format!("http://{}/api/v1{path}", self.world.address),
            )
            .body(body.to_owned());
        if let Some(bearer) = bearer {
            request = request.bearer_auth(self.world.api.token(bearer).unwrap());
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let text = response.text().await.unwrap();
        (
            status,
            serde_json::from_str(&text).unwrap_or(Value::String(text)),
        )
    }

    async fn launch(&self, body: Value, key: Option<&str>) -> (u16, Value) {
        let headers: Vec<(&str, &str)> = key
            .map(|key| ("idempotency-key", key))
            .into_iter()
            .collect();
        self.send(
            Method::POST,
            "/work-samples",
            Some(&lead()),
            &headers,
            &body.to_string(),
        )
        .await
    }
}

fn ada() -> Value {
    json!({ "spec": "greeting", "candidate": "Ada Example", "email": "ada@example.com" })
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_candidate_on_the_same_spec_is_launched_twice_only_when_said() {
    let api = api().await;
    let (status, first) = api.launch(ada(), None).await;
    assert_eq!(status, 201, "{first}");
    assert_eq!(first["work_sample"]["state"], "offered");
    let (status, refused) = api.launch(ada(), None).await;
    assert_eq!(
        (status, &refused["code"]),
        (409, &json!("already_launched"))
    );
    let mut again = ada();
    again["again"] = true.into();
    assert_eq!(api.launch(again, None).await.0, 201);
    api.world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_launch_repeated_with_its_key_is_the_same_launch_and_the_key_fits_no_other() {
    let api = api().await;
    let (_, first) = api.launch(ada(), Some("k1")).await;
    let (status, again) = api.launch(ada(), Some("k1")).await;
    assert_eq!(
        (status, &again["work_sample"]["id"]),
        (201, &first["work_sample"]["id"])
    );
    let bob = json!({ "spec": "greeting", "candidate": "Bob" });
    let (status, refused) = api.launch(bob, Some("k1")).await;
    assert_eq!(
        (status, &refused["code"]),
        (422, &json!("idempotency_key_reused"))
    );
    let (_, all) = api
        .send(Method::GET, "/work-samples", Some(&lead()), &[], "")
        .await;
    assert_eq!(all.as_array().unwrap().len(), 1);
    api.world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn every_door_asks_who_is_there() {
    let api = api().await;
    let (_, launched) = api.launch(ada(), None).await;
    let id = launched["work_sample"]["id"].as_str().unwrap().to_owned();
    let candidate = Bearer::Candidate {
        work_sample: id.parse().unwrap(),
    };
    let one = format!("/work-samples/{id}");
    let decide = format!("{one}/decide");
    let decision = json!({ "outcome": "proceed", "reason": "x" }).to_string();
    let cases = [
        (Method::GET, one.as_str(), None, "", 401, "token_missing"),
        (
            Method::GET,
            one.as_str(),
            Some(&candidate),
            "",
            403,
            "not_allowed",
        ),
        (
            Method::POST,
            decide.as_str(),
            Some(&candidate),
            decision.as_str(),
            403,
            "not_allowed",
        ),
        (Method::GET, "/offer", None, "", 401, "token_missing"),
        (
            Method::GET,
            "/jobs",
            Some(&candidate),
            "",
            403,
            "not_allowed",
        ),
    ];
    for (method, path, bearer, body, status, code) in cases {
        let (found, answer) = api.send(method, path, bearer, &[], body).await;
        assert_eq!(
            (found, answer["code"].as_str()),
            (status, Some(code)),
            "{path}: {answer}"
        );
    }
    let (lead, reviewer) = (lead(), reviewer());
    assert_eq!(
        api.send(Method::GET, "/jobs", Some(&reviewer), &[], "")
            .await
            .0,
        403
    );
    assert_eq!(
        api.send(Method::POST, &decide, Some(&reviewer), &[], &decision)
            .await
            .0,
        403
    );
    assert_eq!(
        api.send(Method::GET, "/offer", Some(&lead), &[], "")
            .await
            .0,
        403
    );
    let forged = [("authorization", "Bearer eyJhbGciOiJub25lIn0.e30.")];
    let (status, answer) = api.send(Method::GET, &one, None, &forged, "").await;
    assert_eq!((status, &answer["code"]), (401, &json!("token_invalid")));
    api.world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_requests_say_what_and_where_and_change_nothing() {
    let api = api().await;
    let (_, launched) = api.launch(ada(), None).await;
    let id = launched["work_sample"]["id"].as_str().unwrap().to_owned();
    let candidate = Bearer::Candidate {
        work_sample: id.parse().unwrap(),
    };
    let lead = lead();
    let cases = [
        (
            Method::POST,
            "/work-samples".to_owned(),
            &lead,
            "{".to_owned(),
            400,
            "body_not_json",
        ),
        (
            Method::POST,
            "/work-samples".to_owned(),
            &lead,
            "{\"spec\": 1}".to_owned(),
            422,
            "body_misshapen",
        ),
        (
            Method::POST,
            "/work-samples".to_owned(),
            &lead,
            json!({ "spec": "none", "candidate": "A" }).to_string(),
            422,
            "unknown_spec",
        ),
        (
            Method::POST,
            "/work-samples".to_owned(),
            &lead,
            json!({ "spec": "greeting", "candidate": " " }).to_string(),
            422,
            "candidate_name_invalid",
        ),
        (
            Method::GET,
            "/work-samples/none".to_owned(),
            &lead,
            String::new(),
            400,
            "id_invalid",
        ),
        (
            Method::GET,
            format!("/work-samples/ws_{}", "0".repeat(32)),
            &lead,
            String::new(),
            404,
            "not_found",
        ),
        (
            Method::GET,
            format!("/work-samples/{id}/report?format=pdf"),
            &lead,
            String::new(),
            400,
            "format_unknown",
        ),
        (
            Method::POST,
            "/specs".to_owned(),
            &lead,
            json!({ "files": {} }).to_string(),
            422,
            "spec_unbounded",
        ),
        (
            Method::POST,
            "/offer/accept".to_owned(),
            &candidate,
            json!({ "login": "-no-", "due_at": "2026-03-03T09:00:00Z" }).to_string(),
            422,
            "body_misshapen",
        ),
        (
            Method::POST,
            "/offer/accept".to_owned(),
            &candidate,
            json!({ "login": "ada", "due_at": "2020-03-03T09:00:00Z" }).to_string(),
            409,
            "due_in_past",
        ),
        (
            Method::POST,
            "/offer/accept".to_owned(),
            &candidate,
            json!({ "login": "ada", "due_at": "2027-03-03T09:00:00Z" }).to_string(),
            409,
            "due_too_late",
        ),
        (
            Method::POST,
            "/offer/deliver".to_owned(),
            &candidate,
            "{}".to_owned(),
            409,
            "not_accepted",
        ),
        (
            Method::DELETE,
            "/offer".to_owned(),
            &candidate,
            String::new(),
            405,
            "method_not_allowed",
        ),
    ];
    for (method, path, bearer, body, status, code) in cases {
        let (found, answer) = api.send(method, &path, Some(bearer), &[], &body).await;
        assert_eq!(
            (found, answer["code"].as_str().unwrap_or_default()),
            (status, code),
            "{path}: {answer}"
        );
    }
    let (_, all) = api
        .send(Method::GET, "/work-samples", Some(&lead), &[], "")
        .await;
    assert_eq!(all.as_array().unwrap().len(), 1);
    assert_eq!(all[0]["state"], "offered");
    api.world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_has_the_id_under_which_the_log_has_the_request() {
    let api = api().await;
    let mut seen = std::collections::BTreeSet::new();
    for (method, path, status) in [
        (Method::GET, "/healthz", 200),
        (Method::GET, "/nowhere", 404),
        (Method::DELETE, "/api/v1/offer", 405),
    ] {
        let url = format!("http://{}{path}", api.world.address);
        let answer = reqwest::Client::new()
            .request(method, url)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), status, "{path}");
        let id = answer.headers()["x-request-id"].to_str().unwrap();
        assert_eq!(id.len(), 36, "{path}: {id}");
        seen.insert(id.to_owned());
    }
    assert_eq!(seen.len(), 3, "each has its own");
    api.world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_kept_by_leads_only() {
    let api = api().await;
    let person = json!({
        "name": "Lena", "email": "lena@example.org", "roles": ["reviewer", "lead"],
    });
    let send = async |method, path: &str, by: &Bearer, body: &Value| {
        api.send(method, path, Some(by), &[], &body.to_string())
            .await
    };
    let (status, _) = send(Method::POST, "/people", &reviewer(), &person).await;
    assert_eq!(status, 403);
    let (status, made) = send(Method::POST, "/people", &lead(), &person).await;
    assert_eq!(status, 201, "{made}");
    assert_eq!(made["roles"], json!(["lead", "reviewer"]));
    assert_eq!(made["created_by"], "Lea Lead");
    let (status, twice) = send(Method::POST, "/people", &lead(), &person).await;
    assert_eq!((status, &twice["code"]), (422, &json!("person_known")));
    let odd = json!({ "name": "Odd", "roles": ["boss"] });
    let (status, odd) = send(Method::POST, "/people", &lead(), &odd).await;
    assert_eq!((status, &odd["code"]), (422, &json!("role_unknown")));

    let path = format!("/people/{}", made["id"].as_str().unwrap());
    let change = json!({ "name": "Lena Lead" });
    let (status, changed) = send(Method::POST, &path, &lead(), &change).await;
    assert_eq!(status, 200, "{changed}");
    assert_eq!(changed["email"], "lena@example.org", "left as it was");
    let disable = format!("{path}/disable");
    let (status, last) = send(Method::POST, &disable, &lead(), &Value::Null).await;
    assert_eq!((status, &last["code"]), (409, &json!("last_lead")));
    let another = json!({ "name": "Lotte", "roles": ["lead"] });
    send(Method::POST, "/people", &lead(), &another).await;
    let (status, _) = send(Method::POST, &disable, &lead(), &Value::Null).await;
    assert_eq!(status, 200);
    let (_, all) = send(Method::GET, "/people", &lead(), &Value::Null).await;
    let all = all.as_array().unwrap();
    let lena = all.iter().find(|one| one["id"] == made["id"]).unwrap();
    assert_eq!(lena["name"], "Lena Lead");
    assert!(lena["disabled_at"].is_string());
    let unknown = format!("/people/person_{}/disable", "0".repeat(32));
    let (status, _) = send(Method::POST, &unknown, &lead(), &Value::Null).await;
    assert_eq!(status, 404);
    api.world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_openapi_description_lists_every_route_that_answers() {
    let api = api().await;
    let url = format!("http://{}/api/openapi.json", api.world.address);
    let text = reqwest::get(url).await.unwrap().text().await.unwrap();
    let description: Value = serde_json::from_str(&text).unwrap();
    assert!(description["openapi"].as_str().unwrap().starts_with("3.1"));
    for (path, operations) in description["paths"].as_object().unwrap() {
        let address = path.replace("{id}", "x").replace("{spec}", "x");
        for method in operations.as_object().unwrap().keys() {
            let method: Method = method.to_uppercase().parse().unwrap();
            let url = format!("http://{}{address}", api.world.address);
            let status = reqwest::Client::new()
                .request(method.clone(), url)
                .send()
                .await
                .unwrap()
                .status();
            assert!(
                status != 405 && status != 404,
                "{method} {path} is described, but answers {status}"
            );
        }
    }
    api.world.stop().await.unwrap();
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn names_and_addresses_that_cannot_be_read_are_refused(#[case] on: On) {
    let Some(database) = on.database() else {
        return;
    };
    let api = api_on(database).await;
    let lead = lead();
    for name in [
        "Ada\0",
        "Ada\nL",
        "\u{1b}[31mAda",
        "Ada\u{202e}",
        "\u{200b}",
    ] {
        let body = json!({ "name": name }).to_string();
        let (status, answer) = api
            .send(Method::POST, "/people", Some(&lead), &[], &body)
            .await;
        assert_eq!(status, 422, "{name:?}: {answer}");
        let code = answer["code"].as_str().unwrap();
        assert!(
            matches!(code, "person_name_invalid" | "text_unusable"),
            "{name:?}: {code}"
        );
        let launch = json!({ "spec": "greeting", "candidate": name }).to_string();
        let (status, answer) = api
            .send(Method::POST, "/work-samples", Some(&lead), &[], &launch)
            .await;
        assert_eq!(status, 422, "{name:?}: {answer}");
    }
    for email in ["ada\0@example.com", "ada@exa\u{202e}mple.com"] {
        let body = json!({ "name": "Ada", "email": email }).to_string();
        let (status, answer) = api
            .send(Method::POST, "/people", Some(&lead), &[], &body)
            .await;
        assert_eq!(status, 422, "{email:?}: {answer}");
    }
    for path in [
        "/jobs?kind=%00",
        "/work-samples?state=%00",
        "/people/%00/disable",
    ] {
        let method = match path.ends_with("disable") {
            true => Method::POST,
            false => Method::GET,
        };
        let (status, answer) = api.send(method, path, Some(&lead), &[], "").await;
        assert!(status < 500, "{path}: {answer}");
    }
    api.world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn person_is_not_enabled_by_a_change() {
    let api = api().await;
    let lead = lead();
    let body = json!({ "name": "Ada" }).to_string();
    let (_, person) = api
        .send(Method::POST, "/people", Some(&lead), &[], &body)
        .await;
    let path = format!("/people/{}", person["id"].as_str().unwrap());
    let disable = format!("{path}/disable");
    let (status, _) = api.send(Method::POST, &disable, Some(&lead), &[], "").await;
    assert_eq!(status, 200);
    let (status, refused) = api.send(Method::POST, &path, Some(&lead), &[], "{}").await;
    assert_eq!(
        (status, refused["code"].as_str()),
        (422, Some("nothing_to_change"))
    );
    let (_, changed) = api.send(Method::POST, &path, Some(&lead), &[], &body).await;
    assert!(changed["disabled_at"].is_string(), "{changed}");
    let enable = format!("{path}/enable");
    let (_, enabled) = api.send(Method::POST, &enable, Some(&lead), &[], "").await;
    assert_eq!(enabled["disabled_at"], Value::Null);
    api.world.stop().await.unwrap();
}
