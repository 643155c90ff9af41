//! The pages' doors: who is let in, what forms have to carry, and that nothing leads elsewhere.

use reqwest::{Method, RequestBuilder, Response, StatusCode};
use worksample::rehearsal::World;
use worksample::web::tokens::Bearer;

use super::{lead, people, world};

const BOUNDARY: &str = "----a-boundary";

/// Somebody at a browser that keeps cookies and follows nothing by itself.
struct Visitor<'a> {
    world: &'a World,
    http: reqwest::Client,
    cookies: Vec<(String, String)>,
}

struct Page {
    status: StatusCode,
    location: String,
    policy: String,
    text: String,
    set_cookie: Vec<String>,
}

impl Page {
    /// The first form token on the page that belongs to a form with this action.
    fn form_token(&self, action: &str) -> String {
        let form = self
            .text
            .split(&format!("action=\"{action}\""))
            .nth(1)
            .unwrap();
        field(form, "form_token")
    }
}

fn field(html: &str, name: &str) -> String {
    let rest = html
        .split(&format!("name=\"{name}\" value=\""))
        .nth(1)
        .unwrap();
    rest.split('"').next().unwrap().to_owned()
}

impl<'a> Visitor<'a> {
    fn new(world: &'a World) -> Self {
        Visitor {
            world,
            http: reqwest::Client::builder()
                .pool_max_idle_per_host(0)
                .redirect(reqwest::redirect::Policy::none())
                .build()
                .unwrap(),
            cookies: Vec::new(),
        }
    }

    async fn signed_in(world: &'a World) -> Self {
        let mut visitor = Visitor::new(world);
        let page = visitor.get("/sign-in").await;
        let token = world.api.token(&lead()).unwrap();
        let form_token = page.form_token("/sign-in");
        let entered = visitor
            .post(
                "/sign-in",
                &[("form_token", &form_token), ("token", &token)],
            )
            .await;
        assert_eq!(
            (entered.status.as_u16(), entered.location.as_str()),
            (303, "/launches")
        );
        visitor
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        self.http
            .request(method, format!("http://{}{path}", self.world.address))
            .header("cookie", cookies.join("; "))
    }

    async fn get(&mut self, path: &str) -> Page {
        let response = self.request(Method::GET, path).send().await.unwrap();
        self.read(response).await
    }

    async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let body: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!("{name}={}", encoded(value)))
            .collect();
        let request = self
            .request(Method::POST, path)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body.join("&"));
        let response = request.send().await.unwrap();
        self.read(response).await
    }

    async fn post_parts(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let parts: String = fields
            .iter()
            .map(|(name, value)| {
                let file = if *name == "file" { "; filename=\"c.csv\"\r\nContent-Type: text/csv" } else { "" };
                format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n{value}\r\n")
            })
            .collect();
        let request = self
            .request(Method::POST, path)
            .header(
                "content-type",
                format!("multipart/form-data; boundary={BOUNDARY}"),
            )
            .body(format!("{parts}--{BOUNDARY}--\r\n"));
        let response = request.send().await.unwrap();
        self.read(response).await
    }

    async fn read(&mut self, response: Response) -> Page {
        let status = response.status();
        let header = |name: &str| {
            let value = response.headers().get(name);
            value
                .map(|value| value.to_str().unwrap().to_owned())
                .unwrap_or_default()
        };
        let (location, policy) = (header("location"), header("content-security-policy"));
        let set_cookie: Vec<String> = response
            .headers()
            .get_all("set-cookie")
            .iter()
            .map(|value| value.to_str().unwrap().to_owned())
            .collect();
        for cookie in &set_cookie {
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.retain(|(known, _)| known != name);
            self.cookies.push((name.to_owned(), value.to_owned()));
        }
        Page {
            status,
            location,
            policy,
            text: response.text().await.unwrap(),
            set_cookie,
        }
    }
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_sees_a_page_before_signing_in_and_is_then_led_where_they_wanted() {
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path(), None).await;
    let mut visitor = Visitor::new(&world);
    for path in [
        "/launches",
        "/launches/new",
        "/launches/batch_1",
        "/launches/batch_1/results.csv",
    ] {
        let page = visitor.get(path).await;
        assert_eq!(page.status, 303);
        assert_eq!(page.location, format!("/sign-in?to={path}"));
    }
    let page = visitor.get("/sign-in?to=/launches/new").await;
    let form_token = page.form_token("/sign-in");
    let to = field(&page.text, "to");
    let token = world.api.token(&lead()).unwrap();
    let fields = [
        ("form_token", form_token.as_str()),
        ("token", &token),
        ("to", &to),
    ];
    let entered = visitor.post("/sign-in", &fields).await;
    assert_eq!(entered.location, "/launches/new");
    let cookie = &entered.set_cookie[0];
    for wanted in ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age="] {
        assert!(cookie.contains(wanted), "{cookie}");
    }
    assert!(!cookie.contains(&token), "the cookie is no bearer token");
    assert_eq!(visitor.get("/launches/new").await.status, 200);
    world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn only_leads_sign_in_and_what_is_wrong_is_said_on_the_form() {
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path(), None).await;
    let mut visitor = Visitor::new(&world);
    let reviewer = world
        .api
        .token(&Bearer::Reviewer {
            name: "Rita".into(),
        })
        .unwrap();
    let expired = world.api.token(&lead()).unwrap();
    world.clock.advance(chrono::Duration::minutes(6));
    for (token, status, code) in [
        (reviewer.as_str(), 401, "token_expired"),
        (expired.as_str(), 401, "token_expired"),
        ("", 401, "token_invalid"),
        ("eyJhbGciOiJub25lIn0.e30.", 401, "token_invalid"),
    ] {
        let form_token = visitor.get("/sign-in").await.form_token("/sign-in");
        let page = visitor
            .post("/sign-in", &[("form_token", &form_token), ("token", token)])
            .await;
        assert_eq!(page.status, status);
        assert!(page.text.contains(code), "{}", page.text);
        assert!(token.is_empty() || !page.text.contains(token));
    }
    let reviewer = world
        .api
        .token(&Bearer::Reviewer {
            name: "Rita".into(),
        })
        .unwrap();
    let form_token = visitor.get("/sign-in").await.form_token("/sign-in");
    let page = visitor
        .post(
            "/sign-in",
            &[("form_token", &form_token), ("token", &reviewer)],
        )
        .await;
    assert_eq!(page.status, 403);
    // Another site's form has no token of this visit.
    let token = world.api.token(&lead()).unwrap();
    let foreign = Visitor::new(&world)
        .get("/sign-in")
        .await
        .form_token("/sign-in");
    let page = visitor
        .post("/sign-in", &[("form_token", &foreign), ("token", &token)])
        .await;
    assert_eq!(page.status, 403);
    assert!(page.text.contains("form_stale"), "{}", page.text);
    assert!(
        !page
            .set_cookie
            .iter()
            .any(|one| one.starts_with("worksample_session"))
    );
    world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cookie_is_no_bearer_token_and_a_bearer_token_no_cookie() {
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path(), None).await;
    let visitor = Visitor::signed_in(&world).await;
    let (_, cookie) = visitor
        .cookies
        .iter()
        .find(|(name, _)| name == "worksample_session")
        .unwrap();
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
    // A visit is no session either.
    let mut third = Visitor::new(&world);
    third.get("/sign-in").await;
    let visit = third.cookies[0].1.clone();
    third.cookies.push(("worksample_session".into(), visit));
    assert_eq!(third.get("/launches").await.status, 303);
    world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_with_the_token_it_was_opened_with() {
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path(), None).await;
    let mut visitor = Visitor::signed_in(&world).await;
    assert_eq!(visitor.get("/launches").await.status, 200);
    world.clock.advance(chrono::Duration::minutes(5));
    assert_eq!(visitor.get("/launches").await.status, 303);
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
    let mut visitor = Visitor::signed_in(&world).await;
    let mut other = Visitor::signed_in(&world).await;
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
    let mut visitor = Visitor::signed_in(&world).await;
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
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
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
    assert!(offers.text.contains("eyJ"), "{}", offers.text);
    world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_forms_are_pages_that_say_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path(), None).await;
    let mut visitor = Visitor::signed_in(&world).await;
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
