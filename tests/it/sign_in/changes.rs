//! Who is let in after people are changed, disabled and enabled; on both databases.

use chrono::Duration;
use reqwest::Method;
use serde_json::{Value, json};
use worksample::rehearsal::World;
use worksample::web::tokens::Bearer;
use worksample::workflow::people::{self, PersonDetails};
use worksample::workflow::{act, api_tokens};

use super::{LEA, world};
use crate::store::stage::{Stage, on_both_databases};
use crate::support::played::launched;
use crate::support::visitor::{Visitor, field, person};

on_both_databases! {
    last_lead_stays_enabled_and_lead,
    leads_who_disable_each_other_at_once_leave_one,
    change_leaves_a_disabled_person_disabled,
    signed_token_ends_with_its_person,
    signed_token_of_candidate_ends_ninety_days_after_the_end,
    form_sent_again_makes_no_second_person,
    form_sent_again_makes_no_second_token,
}

/// Asks the API as this bearer; the status and the answer.
async fn ask(world: &World, method: Method, path: &str, by: &Bearer, body: &Value) -> (u16, Value) {
    let token = world.api.token(by).unwrap();
    let url = format!("http://{}/api/v1{path}", world.address);
    let request = reqwest::Client::new().request(method, url);
    let answer = request.bearer_auth(token).json(body).send().await.unwrap();
    let status = answer.status().as_u16();
    (status, answer.json().await.unwrap())
}

fn operator() -> Bearer {
    Bearer::Lead {
        name: "A Script".into(),
    }
}

async fn last_lead_stays_enabled_and_lead(stage: Stage) {
    let (_dir, world) = world(&stage).await;
    let services = &world.services;
    let lea = person(services, LEA, "lead").await;
    person(services, "Rita", "reviewer").await;
    let refused = people::disable(services, &lea.id, "test")
        .await
        .unwrap_err();
    assert_eq!(refused.code(), "last_lead");
    let path = format!("/people/{}", lea.id);
    let disable = format!("{path}/disable");
    let (status, refused) = ask(&world, Method::POST, &disable, &operator(), &json!({})).await;
    assert_eq!((status, &refused["code"]), (409, &json!("last_lead")));
    let demoted = json!({ "roles": ["reviewer"] });
    let (status, refused) = ask(&world, Method::POST, &path, &operator(), &demoted).await;
    assert_eq!((status, &refused["code"]), (409, &json!("last_lead")));
    let mut visitor = Visitor::signed_in(&world, LEA, "lead").await;
    let form_token = visitor.get(&path).await.form_token(&path);
    let fields = [
        ("form_token", form_token.as_str()),
        ("name", LEA),
        ("reviewer", "yes"),
    ];
    let page = visitor.post(&path, &fields).await;
    page.has_error(409, "lead", "is the last lead");
    // A disabled lead does not count.
    let lena = person(services, "Lena", "lead").await;
    people::disable(services, &lena.id, "test").await.unwrap();
    let refused = people::disable(services, &lea.id, "test")
        .await
        .unwrap_err();
    assert_eq!(refused.code(), "last_lead");
    let enable = format!("/people/{}/enable", lena.id);
    let (status, enabled) = ask(&world, Method::POST, &enable, &operator(), &json!({})).await;
    assert_eq!((status, &enabled["disabled_at"]), (200, &Value::Null));
    assert_eq!(enabled["roles_from_teams"], json!([]));
    people::disable(services, &lea.id, "test").await.unwrap();
    world.stop().await.unwrap();
}

async fn leads_who_disable_each_other_at_once_leave_one(stage: Stage) {
    let (_dir, world) = world(&stage).await;
    let services = &world.services;
    let (lea, lena) = (
        person(services, LEA, "lead").await,
        person(services, "Lena", "lead").await,
    );
    let (one, other) = tokio::join!(
        people::disable(services, &lea.id, "Lena"),
        people::disable(services, &lena.id, LEA),
    );
    let refused: Vec<&str> = [&one, &other]
        .into_iter()
        .filter_map(|done| done.as_ref().err())
        .map(|error| error.code())
        .collect();
    assert_eq!(refused, ["last_lead"]);
    world.stop().await.unwrap();
}

async fn change_leaves_a_disabled_person_disabled(stage: Stage) {
    let (_dir, world) = world(&stage).await;
    let services = &world.services;
    person(services, LEA, "lead").await;
    let rita = person(services, "Rita", "reviewer").await;
    people::disable(services, &rita.id, "test").await.unwrap();
    let change = PersonDetails {
        email: Some("rita@example.org".to_owned()),
        ..PersonDetails::default()
    };
    let changed = people::set(services, &rita.id, change, "test").await;
    let changed = changed.unwrap();
    assert_eq!(changed.email.as_deref(), Some("rita@example.org"));
    assert!(changed.disabled_at.is_some());
    let removed = PersonDetails {
        email: Some(String::new()),
        ..PersonDetails::default()
    };
    let changed = people::set(services, &rita.id, removed, "test").await;
    assert_eq!(changed.unwrap().email, None);
    world.stop().await.unwrap();
}

async fn signed_token_ends_with_its_person(stage: Stage) {
    let (_dir, world) = world(&stage).await;
    let services = &world.services;
    person(services, LEA, "lead").await;
    let rita = person(services, "Rita", "lead").await;
    let named = |name: &str| Bearer::Lead { name: name.into() };
    let reviews = Bearer::Reviewer {
        name: "Rita".into(),
    };
    let look = async |by: &Bearer| {
        let (status, answer) = ask(&world, Method::GET, "/specs", by, &json!(null)).await;
        let code = answer["code"].as_str().unwrap_or_default().to_owned();
        (status, code)
    };
    let ok = (200, String::new());
    assert_eq!(look(&named("Rita")).await, ok);
    assert_eq!(look(&reviews).await, (403, "role_missing".to_owned()));
    let reviewer = PersonDetails {
        roles: Some(vec!["reviewer".to_owned()]),
        ..PersonDetails::default()
    };
    people::set(services, &rita.id, reviewer, "test")
        .await
        .unwrap();
    assert_eq!(look(&reviews).await, ok);
    assert_eq!(look(&named("Rita")).await, (403, "role_missing".to_owned()));
    people::disable(services, &rita.id, "test").await.unwrap();
    let disabled = (403, "person_disabled".to_owned());
    assert_eq!(look(&reviews).await, disabled);
    assert_eq!(look(&named("Rita")).await, disabled);
    assert_eq!(look(&named("Nobody of the team")).await, ok);
    // Another person of the name who has the role.
    person(services, "Rita", "lead").await;
    assert_eq!(look(&named("Rita")).await, ok);
    world.stop().await.unwrap();
}

async fn signed_token_of_candidate_ends_ninety_days_after_the_end(stage: Stage) {
    let (_dir, world) = world(&stage).await;
    let id = launched(&world).await;
    let command = worksample::work_sample::Command::Cancel {
        reason: "the position was filled".into(),
    };
    let lead = crate::support::played::lead();
    act::act(&world.services, &id, command, lead).await.unwrap();
    let bearer = Bearer::Candidate { work_sample: id };
    let look = async || ask(&world, Method::GET, "/offer", &bearer, &json!(null)).await;
    world
        .clock
        .advance(Duration::days(90) - Duration::seconds(1));
    let (status, answer) = look().await;
    assert_eq!(status, 200, "{answer}");
    world.clock.advance(Duration::seconds(1));
    let (status, answer) = look().await;
    assert_eq!((status, &answer["code"]), (401, &json!("token_expired")));
    world.stop().await.unwrap();
}

async fn form_sent_again_makes_no_second_person(stage: Stage) {
    let (_dir, world) = world(&stage).await;
    let mut lea = Visitor::signed_in(&world, LEA, "lead").await;
    let page = lea.get("/people").await;
    let (form_token, key) = (page.form_token("/people"), field(&page.text, "key"));
    let invite = |name| {
        [
            ("form_token", form_token.as_str()),
            ("name", name),
            ("role", "reviewer"),
            ("key", key.as_str()),
        ]
    };
    let first = lea.post("/people", &invite("Rita")).await;
    assert!(first.text.contains("/l/"), "{}", first.text);
    let again = lea.post("/people", &invite("Rita")).await;
    assert_eq!(again.status, 200);
    assert!(again.text.contains("was sent before"), "{}", again.text);
    assert!(!again.text.contains("/l/"), "{}", again.text);
    // The back button, another name, and the same form.
    let other = lea.post("/people", &invite("Olga")).await;
    other.has_error(422, "", "sent before with other values");
    let key = field(&other.text, "key");
    let fields = [
        ("form_token", form_token.as_str()),
        ("name", "Olga"),
        ("role", "lead"),
        ("key", key.as_str()),
    ];
    let (one, two) = {
        let mut tab = Visitor::new(&world);
        tab.cookies = lea.cookies.clone();
        tokio::join!(lea.post("/people", &fields), tab.post("/people", &fields))
    };
    assert_eq!((one.status.as_u16(), two.status.as_u16()), (200, 200));
    let known = people::list(&world.services).await.unwrap();
    let mut names: Vec<&str> = known.iter().map(|one| one.name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, [LEA, "Olga", "Rita"]);
    world.stop().await.unwrap();
}

async fn form_sent_again_makes_no_second_token(stage: Stage) {
    let (_dir, world) = world(&stage).await;
    let mut lea = Visitor::signed_in(&world, LEA, "lead").await;
    let page = lea.get("/tokens").await;
    let (form_token, key) = (page.form_token("/tokens"), field(&page.text, "key"));
    let fields = [
        ("form_token", form_token.as_str()),
        ("label", "script"),
        ("role", "lead"),
        ("days", "30"),
        ("key", key.as_str()),
    ];
    let first = lea.post("/tokens", &fields).await;
    assert!(first.text.contains("value=\"wst_"), "{}", first.text);
    let again = lea.post("/tokens", &fields).await;
    assert_eq!(again.status, 200);
    assert!(again.text.contains("was sent before"), "{}", again.text);
    assert!(!again.text.contains("value=\"wst_"), "{}", again.text);
    let rows = api_tokens::list(&world.services).await.unwrap();
    assert_eq!(rows.len(), 1);
    world.stop().await.unwrap();
}
