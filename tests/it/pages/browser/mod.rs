//! Every page in a real browser: axe-core finds nothing, the keyboard reaches everything, nothing is too wide. And people's
//! whole ways through their pages.

mod candidate;
mod checks;
mod disturbed;
mod gallery;
mod looks;
mod sample_states;
mod sign_in;
mod states;
mod team_states;

use serde_json::json;
use worksample::rehearsal::World;

use super::{LIST, launched};
use crate::launching::world;
use crate::support::browser::Browser;
use crate::support::visitor::Visitor;
use checks::{START, axe, examine, tabbed, violations};

/// A browser that is signed in where `visitor` is, with pages to look at.
struct Tour<'a> {
    world: &'a World,
    browser: Browser,
    paths: Vec<String>,
}

impl<'a> Tour<'a> {
    async fn begin(world: &'a World) -> Option<Tour<'a>> {
        let browser = Browser::open(1280, 900).await?;
        let mut visitor = Visitor::signed_in(world, "Lea Lead", "lead").await;
        let mut tour = Tour {
            world,
            browser,
            paths: Vec::new(),
        };
        let batch = launched(world, &mut visitor).await;
        let url = format!("http://{}/", world.address);
        for (name, value) in &visitor.cookies {
            tour.browser.give_cookie(&url, name, value).await;
        }
        tour.paths.extend(
            [
                "/",
                "/samples",
                "/jobs",
                "/specs",
                "/specs/greeting",
                "/launch",
                "/launches",
                "/launches/new",
                &batch,
                "/pages/components",
            ]
            .map(str::to_owned),
        );
        Some(tour)
    }

    async fn visit(&self, path: &str) {
        let url = format!("http://{}{path}", self.world.address);
        self.browser.client.goto(&url).await.unwrap();
    }

    /// A form that was sent back, and a dry run.
    async fn check_list(&self, list: &str) {
        self.visit("/launches/new").await;
        let script = "document.getElementById('list').value = arguments[0]";
        let client = &self.browser.client;
        client.execute(script, vec![json!(list)]).await.unwrap();
        self.browser.press("Dry run").await;
        self.browser.sees("/launches/check", "").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn axe_finds_no_violation_on_pages_of_launches() {
    let Some(axe) = axe() else { return };
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path(), None).await;
    let Some(tour) = Tour::begin(&world).await else {
        return;
    };
    let browser = &tour.browser;
    let mut wrong = Vec::new();
    for path in &tour.paths {
        tour.visit(path).await;
        examine(browser, &axe, path, &mut wrong).await;
    }
    for (name, list) in [("a dry run", LIST), ("a list with an error", "salary\n1")] {
        tour.check_list(list).await;
        examine(browser, &axe, name, &mut wrong).await;
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let complaints = browser.complaints().await;
    let refused: Vec<&String> = complaints
        .iter()
        .filter(|one| one.contains("Content Security Policy"))
        .collect();
    assert!(refused.is_empty(), "{refused:#?}");
    tour.browser.close().await;
    world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn axe_sees_what_is_wrong_with_a_bad_page() {
    let Some(axe) = axe() else { return };
    let Some(browser) = Browser::open(1280, 900).await else {
        return;
    };
    let page = "data:text/html,<title>x</title><input><p style='color:%23ccc'>pale</p>";
    browser.client.goto(page).await.unwrap();
    let found = violations(&browser, &axe).await.join("\n");
    for rule in ["color-contrast", "label", "html-has-lang"] {
        assert!(found.contains(rule), "{rule} is missing in {found}");
    }
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keyboard_reaches_everything_in_order_with_visible_focus() {
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path(), None).await;
    let Some(tour) = Tour::begin(&world).await else {
        return;
    };
    let mut wrong = Vec::new();
    for (width, height) in [(1280, 900), (360, 740)] {
        tour.browser.resize(width, height).await;
        for path in &tour.paths {
            tour.visit(path).await;
            tabbed(&tour.browser, &format!("{path} at {width} px"), &mut wrong).await;
        }
    }
    tour.check_list("salary\n1").await;
    tabbed(&tour.browser, "a list with an error", &mut wrong).await;
    assert!(wrong.is_empty(), "{wrong:#?}");
    tour.browser.close().await;
    world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn skip_link_leads_the_keyboard_to_the_main_part() {
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path(), None).await;
    let Some(tour) = Tour::begin(&world).await else {
        return;
    };
    tour.visit("/launches").await;
    tour.browser
        .client
        .execute(START, Vec::new())
        .await
        .unwrap();
    tour.browser.tab().await;
    let link = tour.browser.client.active_element().await.unwrap();
    assert_eq!(link.text().await.unwrap(), "Skip to the content");
    link.send_keys("\u{e007}").await.unwrap();
    assert!(tour.browser.has_the_focus("main").await);
    tour.browser.close().await;
    world.stop().await.unwrap();
}
