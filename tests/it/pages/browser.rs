//! Every page in a real browser: axe-core finds nothing, the keyboard reaches everything, nothing is too wide.

use std::path::Path;

use serde_json::{Value, json};
use worksample::rehearsal::World;

use super::{LIST, launched};
use crate::launching::world;
use crate::support::browser::Browser;
use crate::support::visitor::Visitor;

/// axe-core's source, as `npm ci` in tests/browser installs it; `None` skips, loudly.
fn axe() -> Option<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/browser/node_modules/axe-core/axe.min.js");
    let source = std::fs::read_to_string(path).ok();
    if source.is_none() {
        crate::support::skip("axe-core is not installed: run `npm ci` in tests/browser");
    }
    source
}

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
            paths: vec!["/sign-in".into(), "/".into(), "/nowhere".into()],
        };
        let batch = launched(world, &mut visitor).await;
        let url = format!("http://{}/", world.address);
        for (name, value) in &visitor.cookies {
            tour.browser.give_cookie(&url, name, value).await;
        }
        tour.paths
            .extend(["/launches", "/launches/new", &batch, "/pages/components"].map(str::to_owned));
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

/// What axe finds wrong with the page that is shown.
async fn violations(browser: &Browser, axe: &str) -> Vec<String> {
    let client = &browser.client;
    let loaded = "return typeof window.axe";
    if client.execute(loaded, Vec::new()).await.unwrap() != json!("object") {
        client.execute(axe, Vec::new()).await.unwrap();
    }
    let script = "
        const done = arguments[arguments.length - 1];
        const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
        axe.run(document, { runOnly: tags, resultTypes: ['violations'], preload: false }).then(
            (found) => done(found.violations.map((one) => `${one.id}: ${one.help}: ` +
                one.nodes.map((node) => node.target + ' ' + node.failureSummary).join('; '))),
            (error) => done(['axe failed: ' + error]));";
    let found = client.execute_async(script, Vec::new()).await.unwrap();
    let found = found.as_array().unwrap().iter();
    found.map(|one| one.as_str().unwrap().to_owned()).collect()
}

/// The page that is shown, wide and narrow, light and dark.
async fn examine(browser: &Browser, axe: &str, page: &str, wrong: &mut Vec<String>) {
    for (width, dark) in [(1280, false), (1280, true), (360, false), (360, true)] {
        browser.resize(width, 900).await;
        browser.dark(dark).await;
        let look = if dark { "dark" } else { "light" };
        let found = violations(browser, axe).await.into_iter();
        wrong.extend(found.map(|one| format!("{page} at {width} px, {look}: {one}")));
    }
    browser.dark(false).await;
    for width in [320, 768] {
        browser.resize(width, 900).await;
        let over = browser.sideways().await;
        if over > 0 {
            wrong.push(format!("{page} at {width} px is {over} px too wide"));
        }
    }
    browser.resize(1280, 900).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn axe_finds_no_violation_on_any_page() {
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

/// Makes the next press of the tabulator key lead to the page's first stop.
const START: &str = "
    document.body.setAttribute('tabindex', '-1');
    document.body.focus();
    document.body.removeAttribute('tabindex');
    window.scrollTo(0, 0);
    const seen = (one) => one.getClientRects().length > 0;
    const radios = new Set();
    window.stops = [...document.querySelectorAll('a[href], button, input, select, textarea, summary')]
        .filter((one) => !one.disabled && one.type !== 'hidden' && seen(one))
        .filter((one) => one.type !== 'radio' || one.checked ||
            (!document.querySelector(`[name=\"${one.name}\"]:checked`) && !radios.has(one.name) && radios.add(one.name)));
    return window.stops.length;";

/// Where the focus is: its number among the stops, and whether it can be seen.
const STOP: &str = "
    const at = document.activeElement;
    if (!at || at === document.body) return null;
    const box = at.getBoundingClientRect();
    const style = getComputedStyle(at);
    const hit = (part) => at.contains(document.elementFromPoint(part.x + part.width / 2, part.y + Math.min(part.height / 2, 20)));
    return {
        stop: window.stops.indexOf(at),
        name: at.outerHTML.slice(0, 120),
        outlined: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
        shown: box.width > 0 && box.top >= -1 && box.left >= -1 && box.top < innerHeight && box.left < innerWidth
            && [...at.getClientRects()].some(hit),
    };";

/// Tabs through the page that is shown: the stops in their order, and what is wrong with them.
async fn tabbed(browser: &Browser, page: &str, wrong: &mut Vec<String>) {
    let client = &browser.client;
    let count = client.execute(START, Vec::new()).await.unwrap();
    let count = count.as_i64().unwrap();
    let mut reached = -1;
    // A field for a time has several parts; each is a press.
    for _ in 0..(count * 2 + 40) {
        browser.tab().await;
        let at = client.execute(STOP, Vec::new()).await.unwrap();
        let Some(stop) = at["stop"].as_i64() else {
            break;
        };
        if stop != reached && stop != reached + 1 {
            wrong.push(format!("{page}: stop {stop} after {reached}: {at}"));
        }
        if at["outlined"] != Value::Bool(true) || at["shown"] != Value::Bool(true) {
            wrong.push(format!("{page}: the focus cannot be seen: {at}"));
        }
        reached = stop;
        if reached + 1 == count && !at["name"].as_str().unwrap().contains("datetime-local") {
            break;
        }
    }
    if reached + 1 != count || count < 2 {
        wrong.push(format!("{page}: {} of {count} stops reached", reached + 1));
    }
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

#[tokio::test(flavor = "multi_thread")]
async fn axe_finds_no_violation_on_candidates_pages() {
    use super::candidate::{accept, offered};
    use crate::support::small;

    let Some(axe) = axe() else { return };
    let dir = tempfile::tempdir().unwrap();
    let world = small::world(dir.path(), None, None).await;
    let Some(browser) = Browser::open(1280, 900).await else {
        return;
    };
    world.stand_in.add_user("ada", "Ada").unwrap();
    let id = offered(&world, "Ada Able").await;
    let mut ada = Visitor::candidate(&world, &id).await;
    let url = format!("http://{}/offer", world.address);
    for (name, value) in ada.cookies.clone() {
        browser.give_cookie(&url, &name, &value).await;
    }
    let mut wrong = Vec::new();
    browser.client.goto(&url).await.unwrap();
    examine(&browser, &axe, "the offer", &mut wrong).await;
    accept(&world, &mut ada, "ada").await.leads_to("/offer");
    world.settle().await.unwrap();
    browser.client.goto(&url).await.unwrap();
    examine(&browser, &axe, "the work", &mut wrong).await;
    assert!(wrong.is_empty(), "{wrong:#?}");
    browser.close().await;
    world.stop().await.unwrap();
}
