//! The page of the API: its viewer runs under a strict policy, asks no other host, fits a phone, and is not needed.

use worksample::rehearsal::World;

use super::markup::faults;
use crate::launching::world;
use crate::support::browser::Browser;
use crate::support::visitor::Visitor;

async fn open(world: &World, browser: &Browser) {
    browser.goto(&format!("http://{}/api", world.address)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn api_page_lists_operations_and_has_a_strict_policy() {
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path(), None).await;
    let page = Visitor::new(&world).get("/api").await;
    assert_eq!(page.status, 200);
    assert!(
        page.policy
            .contains("default-src 'none'; script-src 'self'; style-src 'self';")
    );
    assert!(!page.policy.contains("unsafe"), "{}", page.policy);
    let other: Vec<_> = faults(&page.text)
        .into_iter()
        .filter(|one| one != "<script>")
        .collect();
    assert!(other.is_empty(), "{other:#?}");
    for words in [
        "Publish a spec",
        "/api/v1/specs",
        "href=\"/api/openapi.json\"",
    ] {
        assert!(page.text.contains(words), "{words}");
    }
    let mut lead = Visitor::signed_in(&world, "Lea Lead", "lead").await;
    assert!(lead.get("/api").await.text.contains("Lea Lead"));
    assert!(lead.get("/tokens").await.text.contains("href=\"/api\""));
    let mut reviewer = Visitor::signed_in(&world, "Rita Reviewer", "reviewer").await;
    assert!(
        reviewer
            .get("/account")
            .await
            .text
            .contains("href=\"/api\"")
    );
    world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn viewer_shows_operations_and_asks_no_other_host() {
    let Some(browser) = Browser::open(1280, 900).await else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path(), None).await;
    // What the browser asked for by itself, before any page.
    browser.requests().await;
    open(&world, &browser).await;
    browser.sees("/api", "Launch a work sample").await;
    let shown = "return document.querySelectorAll('.swagger-ui .opblock').length";
    let all = |count: &serde_json::Value| count.as_u64().filter(|count| *count > 50);
    browser.until(shown, all).await.unwrap();
    browser.picture("api-1280").await;
    let unfold = "document.querySelectorAll('.opblock-summary-control').forEach((one, at) => { if (at < 12) one.click(); })";
    browser.client.execute(unfold, Vec::new()).await.unwrap();
    for (width, dark) in [(1280, false), (768, true), (360, false), (360, true)] {
        browser.resize(width, 900).await;
        browser.dark(dark).await;
        browser.picture(&format!("api-{width}-{dark}")).await;
        assert!(browser.sideways().await <= 0, "too wide at {width} px");
    }
    assert_eq!(browser.complaints().await, Vec::<String>::new());
    let own = format!("http://{}/", world.address);
    for asked in browser.requests().await {
        assert!(
            asked.starts_with(&own) || asked.starts_with("data:"),
            "{asked}"
        );
    }
    browser.close().await;
    world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn api_page_without_scripts_shows_the_table() {
    let Some(browser) = Browser::open(360, 900).await else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path(), None).await;
    browser.without_scripts().await;
    open(&world, &browser).await;
    let text = browser.sees("/api", "Publish a spec").await;
    assert!(text.contains("/api/v1/specs"), "{text}");
    browser.picture("api-360-no-scripts").await;
    browser.close().await;
    world.stop().await.unwrap();
}
