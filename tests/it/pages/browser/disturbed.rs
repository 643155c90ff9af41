//! What goes wrong around people's pages: sessions and links that end, scanners, two tabs, the back button, the wrong page.

use chrono::Duration;
use worksample::rehearsal::World;
use worksample::secret_token::SecretToken;
use worksample::work_sample::State;
use worksample::workflow::offer_links::{self, Which};
use worksample::workflow::{sessions, show};

use super::candidate::{browser_for, link_in_mail, offered_by_mail};
use super::looks::looks;
use crate::launching::world;
use crate::support::browser::Browser;
use crate::support::small;
use crate::support::visitor::{Visitor, person, sign_in_path};

async fn open(world: &World) -> Option<Browser> {
    browser_for(world, looks()[0]).await
}

/// The address of the service, as its mails name it.
const BASE: &str = "http://127.0.0.1";

async fn goto(browser: &Browser, path: &str) {
    browser.goto(&format!("{BASE}{path}")).await;
}

/// Opens a link that signs in, and presses its button.
async fn sign_in(browser: &Browser, world: &World, name: &str) {
    let link = sign_in_path(&world.services, name, "lead").await;
    goto(browser, &link).await;
    browser.sees("/l/", name).await;
    browser.press("Sign in").await;
    browser.sees("/", "Today").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn revoked_sessions_lead_to_what_to_do_next() {
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path(), None).await;
    let Some(browser) = open(&world).await else {
        return;
    };
    // A lead is signed out everywhere while a form is open: they sign in and are back on the form's page.
    sign_in(&browser, &world, "Lea Lead").await;
    goto(&browser, "/launches/new").await;
    browser
        .fill("list", "name,email\nAda,ada@example.com\n")
        .await;
    let lea = person(&world.services, "Lea Lead", "lead").await;
    sessions::end_all(&world.services, &lea.id, "another lead")
        .await
        .unwrap();
    browser.press("Dry run").await;
    browser.sees("/sign-in", "With a link").await;
    let address = browser.client.current_url().await.unwrap();
    assert_eq!(address.query(), Some("to=/launches/new"));
    assert_eq!(
        show::work_samples(&world.services, Default::default())
            .await
            .unwrap()
            .len(),
        0
    );

    // A candidate whose link is revoked while the offer is open is told to open a newer one, which then works.
    world.stand_in.add_user("ada", "Ada").unwrap();
    let id = offered_by_mail(&world).await;
    let link = link_in_mail(&world).await;
    browser.goto(&link).await;
    browser.sees("/offer", "Accept the offer").await;
    let token = SecretToken::read(link.rsplit('/').next().unwrap()).unwrap();
    let which = Which::One(token.hash().as_str().to_owned());
    offer_links::revoke(&world.services, &id, which, "test")
        .await
        .unwrap();
    browser.fill("login", "ada").await;
    browser.press("Accept the offer").await;
    let ended = browser.sees("/offer", "This link works no more").await;
    assert!(ended.contains("newest one"), "{ended}");
    let (work_sample, _) = show::work_sample(&world.services, &id).await.unwrap();
    assert_eq!(work_sample.state, State::Offered);
    browser.goto(&link).await;
    let revoked = browser.sees("/o/", "This link works no more").await;
    assert!(revoked.contains("newest one"), "{revoked}");
    let newer = offer_links::make(&world.services, BASE, &id, "Lea Lead")
        .await
        .unwrap();
    browser.goto(&newer).await;
    browser.sees("/offer", "Accept the offer").await;
    browser.close().await;
    world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn links_that_expire_or_are_scanned_say_so_or_still_work() {
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path(), None).await;
    let Some(browser) = open(&world).await else {
        return;
    };
    // Scanners ask for every address that they see, without cookies.
    offered_by_mail(&world).await;
    let offer = link_in_mail(&world).await;
    let offer_path = offer.strip_prefix(BASE).unwrap().to_owned();
    let link = sign_in_path(&world.services, "Lea Lead", "lead").await;
    for _ in 0..2 {
        for path in [&offer_path, &link] {
            let mut scanner = Visitor::new(&world);
            for method in [reqwest::Method::HEAD, reqwest::Method::GET] {
                let answer = scanner.send(method, path).await;
                assert!(!answer.status.is_client_error(), "{path}: {}", answer.text);
            }
        }
    }
    browser.goto(&offer).await;
    browser.sees("/offer", "Accept the offer").await;
    goto(&browser, &link).await;
    browser.sees("/l/", "Sign in as Lea Lead").await;

    // The page is open for longer than the link is good.
    world.clock.advance(Duration::minutes(16));
    browser.press("Sign in").await;
    let expired = browser.sees("/l/", "This link works no more").await;
    assert!(expired.contains("ask for another"), "{expired}");
    goto(&browser, &link).await;
    browser.sees("/l/", "This link works no more").await;
    goto(&browser, "/launches").await;
    browser.sees("/sign-in", "With a link").await;
    browser.close().await;
    world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_others_say_where_to_go() {
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path(), None).await;
    let Some(browser) = open(&world).await else {
        return;
    };
    // A lead without a candidate's link has no offer.
    sign_in(&browser, &world, "Lea Lead").await;
    goto(&browser, "/offer").await;
    browser.sees("/offer", "Open your link again").await;
    browser.press("To the start page").await;
    browser.sees("/", "Today").await;

    // They open a candidate's link, and stay signed in.
    offered_by_mail(&world).await;
    browser.goto(&link_in_mail(&world).await).await;
    browser.sees("/offer", "Accept the offer").await;
    goto(&browser, "/people").await;
    browser.sees("/people", "Lea Lead").await;

    // A candidate who is not of the team is led back to their offer.
    browser.forget_cookies().await;
    browser.goto(&link_in_mail(&world).await).await;
    browser.sees("/offer", "Accept the offer").await;
    for team_page in ["/launches", "/people", "/messages"] {
        goto(&browser, team_page).await;
        browser.sees("/sign-in", "You need not sign in here").await;
    }
    browser.press("To your offer").await;
    browser.sees("/offer", "Accept the offer").await;
    goto(&browser, "/").await;
    browser.sees("/offer", "Accept the offer").await;
    browser.close().await;
    world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn second_tab_and_back_button_do_nothing_twice() {
    let dir = tempfile::tempdir().unwrap();
    let world = small::world(dir.path(), None, None).await;
    world.stand_in.add_user("ada", "Ada").unwrap();
    let id = offered_by_mail(&world).await;
    let Some(browser) = open(&world).await else {
        return;
    };
    let client = &browser.client;
    browser.goto(&link_in_mail(&world).await).await;
    browser.sees("/offer", "Accept the offer").await;
    let first = client.window().await.unwrap();
    let second = client.new_window(true).await.unwrap().handle;
    client.switch_to_window(second.clone()).await.unwrap();
    goto(&browser, "/offer").await;
    browser.sees("/offer", "Accept the offer").await;
    browser.fill("login", "ada").await;
    browser.press("Accept the offer").await;
    browser
        .sees("/offer", "Your repository is being made")
        .await;
    let accepted = events(&world, &id).await;

    // The first tab still shows the offer. To accept it once more does nothing; to decline it is refused in words.
    client.switch_to_window(first.clone()).await.unwrap();
    browser.unfold("Decline the offer").await;
    browser.fill("reason", "No time.").await;
    browser.press("Decline the offer").await;
    browser.sees("/offer", "There is a problem").await;
    assert_eq!(events(&world, &id).await, accepted);
    client.back().await.unwrap();
    // The page is not kept: what is shown is how things stand.
    let script = "return document.querySelector('main').innerText";
    let text = browser
        .until(script, |text| text.as_str().map(str::to_owned))
        .await
        .unwrap();
    if text.contains("Accept the offer") {
        browser.fill("login", "ada").await;
        browser.press("Accept the offer").await;
    }
    browser
        .sees("/offer", "Your repository is being made")
        .await;
    assert_eq!(events(&world, &id).await, accepted);

    // In the second tab, back after accepting.
    client.switch_to_window(second).await.unwrap();
    client.back().await.unwrap();
    let text = browser
        .until(script, |text| text.as_str().map(str::to_owned))
        .await
        .unwrap();
    if text.contains("Accept the offer") {
        browser.fill("login", "ada").await;
        browser.press("Accept the offer").await;
    }
    browser
        .sees("/offer", "Your repository is being made")
        .await;
    assert_eq!(events(&world, &id).await, accepted);

    // One tab leaves; the other is told to open the link again.
    browser.press("Sign out").await;
    browser.sees("/", "You have an offer").await;
    client.switch_to_window(first).await.unwrap();
    browser.unfold("Show times").await;
    browser.press("Use this time zone").await;
    browser.sees("/offer", "Open your link again").await;
    browser.close().await;
    world.stop().await.unwrap();
}

async fn events(world: &World, id: &worksample::ids::WorkSampleId) -> i64 {
    let (work_sample, _) = show::work_sample(&world.services, id).await.unwrap();
    work_sample.last_seq
}

/// A press of a button is a double press for some people.
#[tokio::test(flavor = "multi_thread")]
async fn double_press_accepts_and_delivers_once() {
    let dir = tempfile::tempdir().unwrap();
    let world = small::world(dir.path(), None, None).await;
    let token = world.stand_in.add_user("ada", "Ada").unwrap();
    let id = offered_by_mail(&world).await;
    let Some(browser) = open(&world).await else {
        return;
    };
    browser.goto(&link_in_mail(&world).await).await;
    browser.sees("/offer", "Accept the offer").await;
    browser.fill("login", "ada").await;
    press_twice(&browser, "/offer/accept").await;
    browser
        .sees("/offer", "Your repository is being made")
        .await;
    world.settle().await.unwrap();
    let github = crate::support::at_github::AtGitHub::join(&world, &id, &token).await;
    let (_, sha) = github.pushes("hello world!\n").await;
    goto(&browser, "/offer").await;
    browser.sees("/offer", "Deliver from here").await;
    browser.fill("sha", sha.as_str()).await;
    press_twice(&browser, "/offer/deliver").await;
    browser
        .sees("/offer", "Your delivery is being checked")
        .await;
    let (work_sample, _) = show::work_sample(&world.services, &id).await.unwrap();
    assert_eq!(work_sample.deliveries.len(), 1);
    browser.close().await;
    world.stop().await.unwrap();
}

async fn press_twice(browser: &Browser, action: &str) {
    let script = "const form = document.querySelector(`form[action='${arguments[0]}']`);
        const button = form.querySelector('button');
        button.click();
        button.click();";
    let action = vec![serde_json::json!(action)];
    browser.client.execute(script, action).await.unwrap();
}
