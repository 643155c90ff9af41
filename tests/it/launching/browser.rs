//! The whole path in a real browser without scripts: sign in, paste a list, dry run, launch, progress, results.

use fantoccini::Locator;
use worksample::rehearsal::World;

use super::{LEA, world};
use crate::support::browser::Browser;
use crate::support::visitor::sign_in_path;

const LIST: &str = "name,email,github_login,again,note\n\
    Ada Example,ada@example.com,ada-example,,met at a fair\n\
    Bob <b>Bold</b>,bob@example.com,,,=HYPERLINK(\"http://evil.example\")\n\
    Cy,nowhere,,,\n\
    Dora Dotted,dora.with.a.very.long.address.that.has.to.wrap@subdomain.of.some.example.com,,,\n";

async fn looked_at(browser: &Browser, name: &str) {
    for (width, height) in [(390, 844), (1280, 900)] {
        browser.resize(width, height).await;
        let over = browser.sideways().await;
        assert_eq!(over, 0, "the page has to be scrolled sideways");
        browser.picture(&format!("launching-{name}-{width}")).await;
    }
}

async fn signed_in(world: &World, browser: &Browser) {
    let client = &browser.client;
    client
        .goto(&format!("http://{}/launches", world.address))
        .await
        .unwrap();
    browser.sees("/sign-in", "Sign in").await;
    let link = sign_in_path(&world.services, LEA, "lead").await;
    client
        .goto(&format!("http://{}{link}", world.address))
        .await
        .unwrap();
    browser.sees("/l/", LEA).await;
    browser.press("Sign in").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lead_launches_a_list_from_sign_in_to_results_without_scripts() {
    let Some(browser) = Browser::open(1280, 900).await else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path(), None).await;
    let client = &browser.client;
    browser.without_scripts().await;
    client
        .goto(&format!("http://{}/sign-in", world.address))
        .await
        .unwrap();
    looked_at(&browser, "sign-in").await;
    signed_in(&world, &browser).await;
    browser.sees("/", "Nothing is under way").await;
    client
        .goto(&format!("http://{}/launches", world.address))
        .await
        .unwrap();
    browser
        .sees("/launches", "Nobody was launched from a list yet")
        .await;

    browser.press("Launch many").await;
    browser.sees("/launches/new", "Dry run").await;
    looked_at(&browser, "new").await;
    browser.press("Dry run").await;
    // Said on the form itself.
    browser.sees("/launches/check", "list_empty").await;
    let list = client.find(Locator::Css("#list")).await.unwrap();
    list.send_keys(LIST).await.unwrap();
    browser.press("Dry run").await;
    let said = browser
        .sees("/launches/check", "3 people would be offered")
        .await;
    assert!(
        said.contains("`nowhere` is not an e-mail address"),
        "{said}"
    );
    assert!(said.contains("Bob <b>Bold</b>"), "as text: {said}");
    looked_at(&browser, "plan").await;
    // What was given can be corrected from here.
    assert_eq!(browser.value_of("list").await, LIST, "kept");

    browser.press("Offer it to 3 people").await;
    let said = browser.sees("/launches/batch_", "1 of 4 done").await;
    browser.stay().await;
    assert!(said.contains("loads itself again"), "{said}");
    looked_at(&browser, "running").await;
    // What it does is said before the button.
    for part in ["details.ask > summary", "details.ask button"] {
        let part = client.find(Locator::Css(part)).await.unwrap();
        part.click().await.unwrap();
    }
    browser.sees("/launches/batch_", "It is stopped.").await;
    browser.press("Go on").await;
    browser.sees("/launches/batch_", "Stop what waits").await;
    world.settle().await.unwrap();
    // The page loads itself again.
    let said = browser.sees("/launches/batch_", "finished").await;
    assert!(said.contains("4 of 4 done: 3 offered, 1 refused"), "{said}");
    assert!(!said.contains("eyJ"), "no token unasked: {said}");
    browser.resize(390, 844).await;
    let id = client
        .find(Locator::Css("td[data-label=Result] .id"))
        .await
        .unwrap();
    let (left, ..) = id.rectangle().await.unwrap();
    assert!(
        left > 100.0,
        "a cell's text stands beside its label, all of it: {left}"
    );
    looked_at(&browser, "results").await;
    browser.dark(true).await;
    looked_at(&browser, "results-dark").await;

    browser.press("Launches").await;
    let said = browser.sees("/launches", "Launches").await;
    assert!(said.contains("A greeting in a file"), "{said}");
    looked_at(&browser, "launches").await;
    browser.press("Sign out").await;
    browser.sees("/sign-in", "Sign in").await;
    client
        .goto(&format!("http://{}/launches", world.address))
        .await
        .unwrap();
    browser.sees("/sign-in", "Sign in").await;
    browser.close().await;
    world.stop().await.unwrap();
}
