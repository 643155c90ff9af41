//! What is checked on a page that a browser shows: axe-core, the keyboard, the width.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::browser::Browser;

/// axe-core's source, as `npm ci` in tests/browser installs it; `None` skips, loudly.
pub fn axe() -> Option<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/browser/node_modules/axe-core/axe.min.js");
    let source = std::fs::read_to_string(path).ok();
    if source.is_none() {
        crate::support::skip("axe-core is not installed: run `npm ci` in tests/browser");
    }
    source
}

/// What axe finds wrong with the page that is shown.
pub async fn violations(browser: &Browser, axe: &str) -> Vec<String> {
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

/// The page that is shown, wide and narrow, light and dark, with everything open that can be opened. It is pictured as it is.
pub async fn examine(browser: &Browser, axe: &str, page: &str, wrong: &mut Vec<String>) {
    let name = page.trim_matches('/').replace(['/', '?', ' '], "-");
    browser.picture(&format!("{name}-1280")).await;
    browser.resize(360, 900).await;
    browser.dark(true).await;
    browser.picture(&format!("{name}-360-dark")).await;
    let open = "document.querySelectorAll('details').forEach((one) => { one.open = true; })";
    browser.client.execute(open, Vec::new()).await.unwrap();
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

/// Makes the next press of the tabulator key lead to the page's first stop.
pub const START: &str = "
    document.body.setAttribute('tabindex', '-1');
    document.body.focus();
    document.body.removeAttribute('tabindex');
    window.scrollTo(0, 0);
    const seen = (one) => one.checkVisibility() && one.getClientRects().length > 0;
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
pub async fn tabbed(browser: &Browser, page: &str, wrong: &mut Vec<String>) {
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
