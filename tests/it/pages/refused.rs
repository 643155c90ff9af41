//! Refusals and unknown addresses: a page for a browser, problem details for a program.

use reqwest::{Method, Response};
use rstest::rstest;
use serde_json::Value;
use worksample::rehearsal::World;

use crate::launching::world;
use crate::support::visitor::Visitor;

const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

async fn send(world: &World, method: Method, path: &str, accept: &str) -> Response {
    let request = Visitor::new(world).request(method, path);
    request.header("accept", accept).send().await.unwrap()
}

fn header<'a>(answer: &'a Response, name: &str) -> &'a str {
    let value = answer.headers().get(name);
    value.map_or("", |value| value.to_str().unwrap())
}

#[rstest]
#[case::unknown_address(Method::GET, "/nowhere", 404, "no_such_address")]
#[case::unknown_file(Method::GET, "/pages/other.css", 404, "no_such_address")]
#[case::wrong_method(Method::DELETE, "/sign-in", 405, "method_not_allowed")]
#[case::wrong_method_on_a_file(Method::POST, "/favicon.svg", 405, "method_not_allowed")]
#[case::bad_query(Method::GET, "/sign-in?to=%FF&to=2", 400, "query_invalid")]
#[tokio::test(flavor = "multi_thread")]
async fn refusal_is_a_page_for_browsers_and_json_for_programs(
    #[case] method: Method,
    #[case] path: &str,
    #[case] status: u16,
    #[case] code: &str,
) {
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path(), None).await;
    let page = send(&world, method.clone(), path, BROWSER).await;
    assert_eq!(page.status(), status);
    assert_eq!(header(&page, "content-type"), "text/html; charset=utf-8");
    assert_eq!(header(&page, "vary"), "Accept");
    assert_eq!(header(&page, "x-content-type-options"), "nosniff");
    assert!(!header(&page, "x-request-id").is_empty());
    assert!(header(&page, "content-security-policy").contains("default-src 'none'"));
    let allow = header(&page, "allow").to_owned();
    let text = page.text().await.unwrap();
    assert!(text.contains(code) && text.contains("<h1>"), "{text}");

    for accept in [
        "*/*",
        "application/json",
        "application/json, text/html;q=0.5",
    ] {
        let problem = send(&world, method.clone(), path, accept).await;
        assert_eq!(problem.status(), status);
        let kind = header(&problem, "content-type");
        assert_eq!(kind, "application/problem+json", "{accept}");
        assert_eq!(header(&problem, "x-content-type-options"), "nosniff");
        assert_eq!(header(&problem, "allow"), allow);
        let problem: Value = problem.json().await.unwrap();
        assert_eq!(problem["code"], code);
    }
    world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn api_and_webhooks_answer_with_json_whatever_is_accepted() {
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path(), None).await;
    for (method, path) in [
        (Method::GET, "/api/v1/offer"),
        (Method::GET, "/api/v1/nowhere"),
        (Method::GET, "/webhooks/github"),
    ] {
        let answer = send(&world, method, path, BROWSER).await;
        assert!(answer.status().is_client_error(), "{path}");
        let kind = header(&answer, "content-type");
        assert_eq!(kind, "application/problem+json", "{path}");
    }
    world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_address_is_shown_as_text_not_markup() {
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path(), None).await;
    let path = "/%3Cimg%20src=x%20onerror=alert(1)%3E";
    let page = send(&world, Method::GET, path, BROWSER).await;
    let text = page.text().await.unwrap();
    assert!(!text.contains("<img"), "{text}");
    world.stop().await.unwrap();
}

#[rstest]
#[case::start_page("/", 200)]
#[case::sign_in("/sign-in", 200)]
#[case::stylesheet("/pages/style.css", 200)]
#[case::needs_sign_in("/launches", 303)]
#[case::unknown("/nowhere", 404)]
#[tokio::test(flavor = "multi_thread")]
async fn head_is_answered_like_get_without_a_body(#[case] path: &str, #[case] status: u16) {
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path(), None).await;
    let get = send(&world, Method::GET, path, BROWSER).await;
    let head = send(&world, Method::HEAD, path, BROWSER).await;
    assert_eq!(
        (get.status().as_u16(), head.status().as_u16()),
        (status, status)
    );
    for name in ["content-type", "content-security-policy", "location"] {
        assert_eq!(header(&head, name), header(&get, name), "{name}");
    }
    assert_eq!(head.text().await.unwrap(), "");
    world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn start_page_leads_leads_on_and_tells_others_where_to_sign_in() {
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path(), None).await;
    let page = Visitor::new(&world).get("/").await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("href=\"/sign-in\""), "{}", page.text);
    let page = Visitor::signed_in(&world, "Lea Lead", "lead")
        .await
        .get("/")
        .await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("Nothing is under way"), "{}", page.text);
    world.stop().await.unwrap();
}

#[rstest]
#[case::svg("/favicon.svg", "image/svg+xml", b"<svg")]
#[case::ico("/favicon.ico", "image/x-icon", b"\0\0\x01\0")]
#[case::stylesheet("/pages/style.css", "text/css; charset=utf-8", b"/*")]
#[tokio::test(flavor = "multi_thread")]
async fn file_has_its_type_and_may_be_kept(
    #[case] path: &str,
    #[case] kind: &str,
    #[case] begin: &[u8],
) {
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path(), None).await;
    let file = send(&world, Method::GET, path, "*/*").await;
    assert_eq!(file.status(), 200);
    assert_eq!(header(&file, "content-type"), kind);
    assert!(header(&file, "cache-control").starts_with("public, max-age="));
    let content = file.bytes().await.unwrap();
    assert!(content.starts_with(begin));
    assert!(content.len() < 25_000, "{}", content.len());
    world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn error_page_keeps_name_and_navigation_of_who_is_signed_in() {
    let dir = tempfile::tempdir().unwrap();
    let world = crate::launching::world(dir.path(), None).await;
    let mut lea = crate::support::visitor::Visitor::signed_in(&world, "Lea Lead", "lead").await;
    let missing = format!("/launches/batch_{}", "0".repeat(32));
    for path in [missing.as_str(), "/messages/nonsense", "/nowhere"] {
        let request = lea.request(reqwest::Method::GET, path);
        let answer = request.header("accept", "text/html").send().await.unwrap();
        assert!(answer.status().is_client_error(), "{path}");
        let text = answer.text().await.unwrap();
        for shown in ["Lea Lead", "href=\"/people\"", "action=\"/sign-out\""] {
            assert!(text.contains(shown), "{path}: {shown}: {text}");
        }
    }
    lea.cookies.clear();
    let request = lea.request(reqwest::Method::GET, "/nowhere");
    let answer = request.header("accept", "text/html").send().await.unwrap();
    let text = answer.text().await.unwrap();
    assert!(!text.contains("Lea Lead"), "{text}");
    world.stop().await.unwrap();
}
