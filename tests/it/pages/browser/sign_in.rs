//! Each way of signing in, in a browser.

use worksample::workflow::links;

use super::looks::{Look, looks};
use crate::sign_in::github::{Entrance, PUBLIC_URL, entrance};
use crate::store::stage::Stage;
use crate::support::browser::Browser;

/// A browser that finds the service at its public address, and GitHub where it is.
async fn browser_at(entrance: &Entrance, look: Look) -> Option<Browser> {
    let host = "work.example.com:80";
    let browser = Browser::open_where(look.width, 900, host, entrance.address).await?;
    if !look.scripts {
        browser.without_scripts().await;
    }
    Some(browser)
}

async fn goto(browser: &Browser, path: &str) {
    browser.goto(&format!("{PUBLIC_URL}{path}")).await;
}

/// Signs in with this account at GitHub, from the page that was wanted.
async fn through_github(browser: &Browser, wanted: &str, button: &str) {
    goto(browser, wanted).await;
    browser.sees("/sign-in", "With GitHub").await;
    assert_eq!(browser.sideways().await, 0);
    browser.press("Sign in with GitHub").await;
    browser.press(button).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lead_signs_in_with_github_link_and_first_link() {
    for look in looks() {
        let stage = Stage::sqlite();
        let entrance = entrance(&stage).await;
        let Some(browser) = browser_at(&entrance, look).await else {
            return;
        };
        println!("as {look:?}");
        first_lead(&browser, &entrance).await;
        member_of_a_team(&browser).await;
        invited_by_link(&browser).await;
        wrong_account(&browser).await;
        browser.close().await;
        entrance.stop().await;
    }
}

/// The link that `serve` prints on an empty database.
async fn first_lead(browser: &Browser, entrance: &Entrance) {
    let token = links::first_lead_link(&entrance.services).await.unwrap();
    let link = links::sign_in_url(PUBLIC_URL, &token.unwrap());
    browser.goto(&link).await;
    browser.sees("/l/", "Become the first lead").await;
    assert_eq!(browser.sideways().await, 0);
    // A name that cannot be one is said beside the field.
    browser.fill("name", "\u{202e}").await;
    browser.press("Sign in").await;
    let refused = browser.sees("/l/", "There is a problem").await;
    assert!(refused.contains("a name"), "{refused}");
    browser.fill("name", "Ada First").await;
    browser.press("Sign in").await;
    browser.sees("/", "Today").await;
    sign_out(browser).await;
    browser.goto(&link).await;
    let used = browser.sees("/l/", "used").await;
    assert!(used.contains("another"), "says what to do: {used}");
}

async fn sign_out(browser: &Browser) {
    browser.press("Sign out").await;
    browser.sees("/sign-in", "With a link").await;
}

async fn member_of_a_team(browser: &Browser) {
    through_github(browser, "/people", "Continue as lea").await;
    // Back on the page that was wanted, with the role that the team gives.
    let people = browser.sees("/people", "lead (by a GitHub team)").await;
    assert!(people.contains("Ada First"), "{people}");
}

/// The lead invites a reviewer and hands a link over; it works once.
async fn invited_by_link(browser: &Browser) {
    browser.fill("name", "Rita Reviewer").await;
    browser.fill("email", "nowhere").await;
    // The browser itself would keep the form back.
    let script = "document.querySelector('form.fields').noValidate = true";
    browser.client.execute(script, Vec::new()).await.unwrap();
    browser.press("Invite").await;
    browser.sees("/people", "is not an e-mail address").await;
    assert_eq!(browser.value_of("name").await, "Rita Reviewer", "kept");
    assert_eq!(browser.value_of("email").await, "nowhere", "kept");
    browser.fill("email", "rita@example.com").await;
    browser.press("Invite").await;
    browser.sees("/people", "A link to sign in for Rita").await;
    assert_eq!(browser.sideways().await, 0);
    let link = browser.value_of("link").await;
    assert!(link.starts_with(PUBLIC_URL), "{link}");
    sign_out(browser).await;
    browser.goto(&link).await;
    browser.sees("/l/", "Sign in as Rita Reviewer").await;
    browser.press("Sign in").await;
    browser.sees("/samples", "Work samples").await;
    assert_eq!(browser.sideways().await, 0);
    goto(browser, "/account").await;
    let account = browser.sees("/account", "Your account").await;
    assert!(account.contains("reviewer"), "{account}");
    assert_eq!(browser.sideways().await, 0);
    // What is for leads says so.
    goto(browser, "/people").await;
    browser.sees("/people", "for leads").await;
    goto(browser, "/account").await;
    browser.sees("/account", "Your account").await;
    sign_out(browser).await;
    browser.goto(&link).await;
    browser.sees("/l/", "used").await;
}

/// An account that nobody invited is told what to do, and may try another; so may who cancels.
async fn wrong_account(browser: &Browser) {
    through_github(browser, "/launches", "Continue as mallory").await;
    let refused = browser.sees("/sign-in/github", "mallory").await;
    assert!(refused.contains("ask a lead"), "{refused}");
    assert_eq!(browser.sideways().await, 0);
    browser.press("Sign in another way").await;
    browser.sees("/sign-in", "With GitHub").await;
    browser.press("Sign in with GitHub").await;
    browser.press("Cancel").await;
    browser.sees("/sign-in/github", "did not let GitHub").await;
    browser.press("Sign in another way").await;
    browser.sees("/sign-in", "With GitHub").await;
    browser.press("Sign in with GitHub").await;
    browser.press("Continue as lea").await;
    browser.sees("/", "Today").await;
}
