//! The pages' doors: who is let in, what forms have to carry, and that nothing leads elsewhere.

use super::{LEA, lead, people, world};
use crate::support::visitor::{Visitor, field, person, sign_in_path};

async fn signed_in(world: &worksample::rehearsal::World) -> Visitor {
    Visitor::signed_in(world, LEA, "lead").await
}

#[tokio::test(flavor = "multi_thread")]
async fn page_without_session_leads_to_sign_in() {
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path(), None).await;
    let mut visitor = Visitor::new(&world);
    for path in [
        "/launches",
        "/launches/new",
        "/launches/batch_1",
        "/launches/batch_1/results.csv",
        "/people",
        "/tokens",
        "/account",
    ] {
        let page = visitor.get(path).await;
        page.leads_to(&format!("/sign-in?to={path}"));
    }
    let page = visitor.get("/sign-in?to=/launches/new").await;
    assert_eq!(page.status, 200);
    let link = sign_in_path(&world.services, LEA, "lead").await;
    let entered = visitor.use_link(&link).await;
    entered.leads_to("/");
    let cookie = entered
        .set_cookie
        .iter()
        .find(|one| one.starts_with("worksample_session="))
        .unwrap();
    for wanted in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age="] {
        assert!(cookie.contains(wanted), "{cookie}");
    }
    let token = link.rsplit('/').next().unwrap();
    assert!(!cookie.contains(token), "the cookie is not the link");
    assert_eq!(visitor.get("/launches/new").await.status, 200);
    // Who is signed in already goes on at once.
    visitor
        .get("/sign-in?to=/launches/new")
        .await
        .leads_to("/launches/new");
    world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn cookie_opens_no_api_and_bearer_token_no_page() {
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path(), None).await;
    let visitor = signed_in(&world).await;
    let cookie = visitor.cookie("worksample_session").unwrap();
    let answer = reqwest::Client::new()
        .get(format!("http://{}/api/v1/launches", world.address))
        .bearer_auth(cookie)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 401);
    let mut other = Visitor::new(&world);
    other.cookies = vec![(
        "worksample_session".into(),
        world.api.token(&lead()).unwrap(),
    )];
    assert_eq!(other.get("/launches").await.status, 303);
    // Nor does the cookie of somebody at a sign-in form.
    let mut third = Visitor::new(&world);
    third
        .get(&sign_in_path(&world.services, LEA, "lead").await)
        .await;
    let visit = third.cookie("worksample_visit").unwrap().to_owned();
    third.cookies.push(("worksample_session".into(), visit));
    assert_eq!(third.get("/launches").await.status, 303);
    world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn page_of_leads_is_closed_to_reviewers() {
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path(), None).await;
    let mut reviewer = Visitor::signed_in(&world, "Rita", "reviewer").await;
    reviewer.get("/").await.leads_to("/samples");
    assert_eq!(reviewer.get("/account").await.status, 200);
    for path in ["/launches", "/people", "/tokens"] {
        reviewer.get(path).await.is_problem(403, "not_allowed");
    }
    let lea = person(&world.services, LEA, "lead").await;
    let form_token = reviewer.get("/account").await.form_token("/sign-out");
    let path = format!("/people/{}/disable", lea.id);
    let fields = [("form_token", form_token.as_str())];
    reviewer
        .post(&path, &fields)
        .await
        .is_problem(403, "not_allowed");
    world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_sent_without_a_session_leads_to_its_page_and_is_not_sent() {
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path(), None).await;
    let mut visitor = Visitor::new(&world);
    let batch = "/launches/batch_00000000000000000000000000000000";
    for (form, page) in [
        ("/launches", "/launches/new"),
        (&format!("{batch}/stop"), batch),
        (&format!("{batch}/resume"), batch),
        (&format!("{batch}/offers.csv"), batch),
        ("/people", "/people"),
        ("/tokens", "/tokens"),
    ] {
        let answer = visitor.post(form, &[("form_token", "old")]).await;
        assert_eq!(
            (answer.status.as_u16(), answer.location.as_str()),
            (303, format!("/sign-in?to={page}").as_str())
        );
    }
    world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn every_form_needs_its_sessions_token() {
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path(), None).await;
    let mut visitor = signed_in(&world).await;
    let mut other = signed_in(&world).await;
    let foreign = other
        .get("/launches/new")
        .await
        .form_token("/launches/check");
    let id = format!("/launches/batch_{}", "0".repeat(32));
    for path in ["stop", "resume", "offers.csv"] {
        let page = visitor
            .post(&format!("{id}/{path}"), &[("form_token", &foreign)])
            .await;
        assert_eq!(page.status, 403, "{path}");
        assert!(page.text.contains("form_stale"));
    }
    let list = people(1);
    let fields = [
        ("form_token", foreign.as_str()),
        ("spec", "greeting"),
        ("list", &list),
    ];
    for path in ["/launches", "/launches/check"] {
        assert_eq!(
            visitor.post_parts(path, &fields).await.status,
            403,
            "{path}"
        );
    }
    assert_eq!(
        visitor
            .post("/sign-out", &[("form_token", &foreign)])
            .await
            .status,
        403
    );
    assert_eq!(
        visitor.get("/launches").await.status,
        200,
        "still signed in"
    );
    world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_sent_twice_is_one_launch_and_tokens_come_only_when_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path(), None).await;
    let mut visitor = signed_in(&world).await;
    let form_token = visitor
        .get("/launches/new")
        .await
        .form_token("/launches/check");
    let list = "name,email,note\n\"O'Neil & \"\"Co\"\"\",oneil@example.com,\"a, b\"\n";
    let fields = [
        ("form_token", form_token.as_str()),
        ("spec", "greeting"),
        ("file", list),
    ];
    let plan = visitor.post_parts("/launches/check", &fields).await;
    assert_eq!(plan.status, 200, "{}", plan.text);
    assert_eq!(
        plan.policy,
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    );
    let kept = field(&plan.text, "list")
        .replace("&#34;", "\"")
        .replace("&#39;", "'")
        .replace("&#38;", "&");
    assert_eq!(kept, list, "the list comes back as it was sent");
    let (spec, key) = (field(&plan.text, "spec"), field(&plan.text, "key"));
    let fields = [
        ("form_token", form_token.as_str()),
        ("spec", &spec),
        ("list", &kept),
        ("key", &key),
    ];
    let first = visitor.post_parts("/launches", &fields).await;
    let second = visitor.post_parts("/launches", &fields).await;
    assert_eq!(
        (first.status.as_u16(), &first.location),
        (303, &second.location)
    );

    let running = visitor.get(&first.location).await;
    assert!(
        running.text.contains("http-equiv=\"refresh\""),
        "{}",
        running.text
    );
    world.settle().await.unwrap();
    let finished = visitor.get(&first.location).await;
    assert!(!finished.text.contains("http-equiv=\"refresh\""));
    let results = visitor
        .get(&format!("{}/results.csv", first.location))
        .await;
    assert!(!results.text.contains("candidate_token") && results.text.contains("O'Neil"));
    let path = format!("{}/offers.csv", first.location);
    assert_eq!(
        visitor.get(&path).await.status,
        405,
        "no link leads to secrets"
    );
    let offers = visitor.post(&path, &[("form_token", &form_token)]).await;
    assert!(!offers.text.contains("eyJ"), "{}", offers.text);
    assert!(offers.text.lines().next().unwrap().ends_with(",link"));
    let link = offers.text.split("/o/").nth(1).unwrap();
    let link = format!("/o/{}", link.split(['"', '\r', ',']).next().unwrap());
    let mut candidate = Visitor::new(&world);
    candidate.get(&link).await.leads_to("/offer");
    assert_eq!(candidate.get("/offer").await.status, 200);
    world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_forms_are_pages_that_say_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path(), None).await;
    let mut visitor = signed_in(&world).await;
    let form_token = visitor
        .get("/launches/new")
        .await
        .form_token("/launches/check");
    let list = people(1);
    let large = "x".repeat(1024 * 1024 + 1);
    let larger = "x".repeat(3 * 1024 * 1024);
    let with = |more: &[(&'static str, &str)]| -> Vec<(&'static str, String)> {
        let mut fields = vec![("form_token", form_token.clone())];
        fields.extend(
            more.iter()
                .map(|(name, value)| (*name, (*value).to_owned())),
        );
        fields
    };
    for (fields, status, code) in [
        (
            with(&[("spec", "greeting"), ("list", &list), ("file", &list)]),
            422,
            "list_twice",
        ),
        (
            with(&[("spec", "greeting"), ("list", "salary\n1")]),
            422,
            "list_header_wrong",
        ),
        (
            with(&[("spec", "none"), ("list", &list)]),
            422,
            "unknown_spec",
        ),
        (
            with(&[("spec", "greeting"), ("file", &large)]),
            413,
            "list_too_large",
        ),
        (
            with(&[("spec", "greeting"), ("file", &larger)]),
            413,
            "list_too_large",
        ),
        (with(&[("list", &list)]), 400, "form_unreadable"),
        (
            with(&[("spec", "greeting"), ("surprise", "x")]),
            400,
            "form_unreadable",
        ),
    ] {
        let fields: Vec<(&str, &str)> = fields
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let page = visitor.post_parts("/launches/check", &fields).await;
        assert_eq!(
            page.status,
            status,
            "{code}: {}",
            page.text.chars().take(2000).collect::<String>()
        );
        assert!(
            page.text.contains(code),
            "{code}: {}",
            page.text.chars().take(2000).collect::<String>()
        );
        assert!(page.text.contains("<!doctype html>"));
    }
    let unknown = format!("/launches/batch_{}", "0".repeat(32));
    for (path, status, code) in [
        (unknown.as_str(), 404, "not_found"),
        ("/launches/nonsense", 400, "id_invalid"),
    ] {
        let page = visitor.get(path).await;
        assert_eq!(page.status, status);
        assert!(page.text.contains(code), "{}", page.text);
    }
    let style = visitor.get("/pages/style.css").await;
    assert_eq!(style.status, 200);
    world.stop().await.unwrap();
}
