//! The whole path in a real browser without scripts: sign in, paste a list, dry run, launch, progress, results.

use fantoccini::{Client, Locator};
use worksample::rehearsal::World;

use super::{lead, world};
use crate::support::browser::Browser;

const LIST: &str = "name,email,github_login,again,note\n\
    Ada Example,ada@example.com,ada-example,,met at a fair\n\
    Bob <b>Bold</b>,bob@example.com,,,=HYPERLINK(\"http://evil.example\")\n\
    Cy,nowhere,,,\n\
    Dora Dotted,dora.with.a.very.long.address.that.has.to.wrap@subdomain.of.some.example.com,,,\n";

async fn on(client: &Client, path: &str) {
    let at = client.current_url().await.unwrap();
    assert!(at.path().starts_with(path), "at {at}");
}

async fn text(client: &Client) -> String {
    // In one command: a page that loads itself again would take an element away between two.
    let script = "return document.querySelector('main').innerText";
    let text = client.execute(script, Vec::new()).await.unwrap();
    text.as_str().unwrap().to_owned()
}

async fn press(client: &Client, label: &str) {
    let path = format!("//button[contains(., '{label}')] | //a[contains(., '{label}')]");
    let button = client.find(Locator::XPath(&path)).await.unwrap();
    button.click().await.unwrap();
}

/// Nothing is wider than the page.
async fn fits(client: &Client) {
    let script =
        "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
    let over = client.execute(script, Vec::new()).await.unwrap();
    assert_eq!(over, 0, "the page has to be scrolled sideways");
}

#[expect(
    clippy::disallowed_methods,
    reason = "where a person who looks at the pages wants their pictures"
)]
async fn picture(client: &Client, name: &str) {
    if let Some(folder) = std::env::var_os("WORKSAMPLE_TEST_PICTURES") {
        let path = std::path::Path::new(&folder).join(format!("{name}.png"));
        std::fs::write(path, client.screenshot().await.unwrap()).unwrap();
    }
}

async fn looked_at(browser: &Browser, name: &str) {
    for (width, height) in [(390, 844), (1280, 900)] {
        browser.resize(width, height).await;
        fits(&browser.client).await;
        picture(&browser.client, &format!("{name}-{width}")).await;
    }
}

async fn signed_in(world: &World, client: &Client) {
    client
        .goto(&format!("http://{}/launches", world.address))
        .await
        .unwrap();
    on(client, "/sign-in").await;
    // The field has the focus: a person types and presses Enter.
    let field = client.active_element().await.unwrap();
    let token = world.api.token(&lead()).unwrap();
    field.send_keys(&format!("{token}\u{e007}")).await.unwrap();
    on(client, "/launches").await;
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
    signed_in(&world, client).await;
    assert!(
        text(client)
            .await
            .contains("Nobody was launched from a list yet.")
    );

    press(client, "Launch many").await;
    on(client, "/launches/new").await;
    looked_at(&browser, "new").await;
    press(client, "Dry run").await;
    assert!(
        text(client).await.contains("list_empty"),
        "said on the form itself"
    );
    let list = client.find(Locator::Css("#list")).await.unwrap();
    list.send_keys(LIST).await.unwrap();
    press(client, "Dry run").await;
    // The form that was refused stands under the same address.
    let plan = Locator::XPath("//button[contains(., 'Offer it to')]");
    client.wait().for_element(plan).await.unwrap();
    on(client, "/launches/check").await;
    let said = text(client).await;
    assert!(said.contains("3 people would be offered"), "{said}");
    assert!(
        said.contains("`nowhere` is not an e-mail address"),
        "{said}"
    );
    assert!(said.contains("Bob <b>Bold</b>"), "as text: {said}");
    looked_at(&browser, "plan").await;

    press(client, "Offer it to 3 people").await;
    on(client, "/launches/batch_").await;
    let said = text(client).await;
    assert!(said.contains("1 of 4 done"), "{said}");
    assert!(said.contains("loads itself again"), "{said}");
    looked_at(&browser, "running").await;
    press(client, "Stop what waits").await;
    let stopped = Locator::XPath("//p[@role='status'][contains(., 'It is stopped.')]");
    client.wait().for_element(stopped).await.unwrap();
    press(client, "Go on").await;
    // A press is over before what it asks for has come to the service.
    let going_on = Locator::XPath("//button[contains(., 'Stop what waits')]");
    client.wait().for_element(going_on).await.unwrap();
    world.settle().await.unwrap();
    // The page loads itself again.
    let finished = Locator::XPath("//p[@role='status'][contains(., 'finished')]");
    client.wait().for_element(finished).await.unwrap();
    let said = text(client).await;
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

    press(client, "Launches").await;
    assert!(text(client).await.contains("A greeting in a file"));
    looked_at(&browser, "launches").await;
    press(client, "Sign out").await;
    client
        .goto(&format!("http://{}/launches", world.address))
        .await
        .unwrap();
    on(client, "/sign-in").await;
    browser.close().await;
    world.stop().await.unwrap();
}
