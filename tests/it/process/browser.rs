//! The reports that the demo serves, in a real browser: nothing is fetched but the page, nothing is complained about under
//! its strict policy, every link within leads somewhere, and all fits a phone, dark and light, with scripts forbidden too.

use std::process::Stdio;

use fantoccini::Locator;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use super::place::{On, Place, within};
use crate::sandbox::sandbox;
use crate::support::browser::Browser;
use crate::support::small;

/// Starts a demo that goes on serving, and returns its address once it serves.
async fn served(mut demo: Command) -> (Child, String) {
    let mut child = demo
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let address = within("the demo serves its reports", async {
        while let Some(line) = lines.next_line().await.unwrap() {
            if let Some((_, rest)) = line.split_once("The reports are served at ") {
                return rest.split(' ').next().unwrap().to_owned();
            }
        }
        panic!("the demo ended without serving anything");
    })
    .await;
    (child, address)
}

async fn ask(browser: &Browser, script: &str) -> Value {
    browser.client.execute(script, Vec::new()).await.unwrap()
}

const BROKEN: &str = "return [...document.querySelectorAll('a[href^=\"#\"]')].map(a => a.getAttribute('href'))\
    .filter(href => !document.getElementById(decodeURIComponent(href.slice(1))))";
const WITHIN: &str = "return document.querySelectorAll('a[href^=\"#\"]').length";
const WIDER: &str =
    "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
/// Pictures without words for those who cannot see them, and headings that jump a level.
const UNSAID: &str = "const unsaid = [...document.querySelectorAll('svg')]\
    .filter(svg => svg.getAttribute('aria-hidden') !== 'true' && !svg.querySelector('title') && !svg.getAttribute('aria-label') && !svg.getAttribute('aria-labelledby'))\
    .map(svg => svg.outerHTML.slice(0, 80));\
    let last = 0;\
    for (const heading of document.querySelectorAll('h1,h2,h3,h4,h5,h6')) {\
        const level = Number(heading.tagName[1]);\
        if (level > last + 1) unsaid.push(heading.outerHTML.slice(0, 80));\
        last = level;\
    }\
    return unsaid";
/// The links that the keyboard comes by, in its order, must be those on the page, in the page's order.
const FOCUSED: &str = "return document.activeElement.getAttribute('href')";
const FIRST_LINK: &str = "return document.querySelector('a[href]').getAttribute('href')";
/// A link within, scrolled to and made known by an id.
const VISIBLE: &str = "const one = [...document.querySelectorAll('a[href^=\"#\"]')]\
    .find(a => {\
        if (!(a instanceof HTMLAnchorElement)) return false;\
        a.scrollIntoView({ block: 'center' });\
        const box = a.getBoundingClientRect();\
        const there = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);\
        return there !== null && (there === a || a.contains(there));\
    });\
    one.id = 'to-be-pressed'; return one.getAttribute('href')";

/// `brings`: the page loads the service's stylesheet and icon, and nothing else besides itself.
async fn stands_alone(browser: &Browser, page: &str, brings: bool, how: &str) {
    browser.requests().await;
    browser.client.goto(page).await.unwrap();
    let mut requests = browser.requests().await;
    if brings {
        requests.retain(|one| !one.ends_with("/pages/style.css") && !one.ends_with("/favicon.svg"));
    }
    assert_eq!(requests, [page], "{how}");
    assert_eq!(browser.complaints().await, [""; 0], "{how}");
    assert_eq!(ask(browser, WIDER).await, 0, "{how}: wider than the page");
    assert_eq!(ask(browser, BROKEN).await, json!([]), "{how}");
    assert_eq!(ask(browser, UNSAID).await, json!([]), "{how}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_served_report_needs_nothing_but_itself_and_fits_a_phone() {
    if sandbox().is_none() {
        return;
    }
    let Some(place) = Place::new(On::Sqlite).await else {
        return;
    };
    let Some(browser) = Browser::open(1280, 900).await else {
        return;
    };
    let spec = place.spec();
    std::fs::create_dir_all(spec.join("rehearsal")).unwrap();
    // Days after the decision the archived repository is still looked at.
    let script = format!(
        "{}[[step]]\ndo = \"wait\"\nfor = \"3d\"\n",
        small::TALKATIVE
    );
    std::fs::write(spec.join("rehearsal/talkative.toml"), script).unwrap();
    let demo = place.command(&["demo", "--spec", spec.to_str().unwrap()]);
    let (_demo, index) = served(demo).await;
    let home = index.strip_suffix("reports").unwrap().to_owned();
    let report = format!("{home}talkative");

    for dark in [false, true] {
        browser.dark(dark).await;
        for (width, height) in [(1280, 900), (390, 844)] {
            browser.resize(width, height).await;
            for page in [&index, &report] {
                let how = format!("{page}, {width} pixels wide, dark: {dark}");
                stands_alone(&browser, page, page == &index, &how).await;
            }
        }
    }
    assert!(ask(&browser, WITHIN).await.as_u64() > Some(10));
    browser.tab().await;
    assert_eq!(
        ask(&browser, FOCUSED).await,
        ask(&browser, FIRST_LINK).await
    );

    browser.without_scripts().await;
    stands_alone(&browser, &report, false, "without scripts").await;
    let href = ask(&browser, VISIBLE).await;
    let link = Locator::Css("#to-be-pressed");
    let link = browser.client.find(link).await.unwrap();
    link.click().await.unwrap();
    let there = |hash: &Value| (*hash == href).then_some(());
    browser.until("return location.hash", there).await.unwrap();
    browser.close().await;
}
