//! The pages of the team, of signing in and of errors in every state, looked at with axe and the keyboard.

use chrono::Duration;
use worksample::rehearsal::World;
use worksample::spec::File;
use worksample::store::MessageFilter;
use worksample::workflow::people::{self, PersonDetails};
use worksample::workflow::{api_tokens, links, messages, publish};

use super::candidate::offered_by_mail;
use super::gallery::Gallery;
use crate::launching::world;
use crate::sign_in::github::{PUBLIC_URL, entrance};
use crate::store::stage::Stage;
use crate::support::browser::Browser;
use crate::support::small;
use crate::support::visitor::{Visitor, person, sign_in_path};

const LONG: &str = "Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh-Cholmondeley Maximiliana Konstantinopolitanskaja";
const RIGHT_TO_LEFT: &str = "\u{5d3}\u{5e0}\u{5d4} \u{5dc}\u{5d5}\u{5d9}";

async fn gallery_of(world: &World) -> Option<Gallery> {
    Gallery::open(format!("http://{}", world.address)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_signing_in_and_of_errors_are_sound() {
    let dir = tempfile::tempdir().unwrap();
    let world = small::world(dir.path(), None, None).await;
    let Some(mut gallery) = gallery_of(&world).await else {
        return;
    };
    gallery.show("/", "You have an offer", "home").await;
    gallery.show("/sign-in", "With a link", "sign-in").await;
    let first = links::first_lead_link(&world.services).await.unwrap();
    let first = links::sign_in_url("", &first.unwrap());
    gallery
        .show(&first, "Become the first lead", "link-first-lead")
        .await;
    gallery.browser.fill("name", "\u{202e}").await;
    gallery.browser.press("Sign in").await;
    gallery
        .look("/l/", "There is a problem", "link-first-lead-refused")
        .await;
    let link = sign_in_path(&world.services, "Lea Lead", "lead").await;
    gallery.show(&link, "Sign in as Lea Lead", "link").await;
    let long = sign_in_path(&world.services, LONG, "lead").await;
    gallery.show(&long, "Sign in as", "link-long-name").await;
    Visitor::new(&world).use_link(&link).await.leads_to("/");
    gallery
        .show(&link, "This link works no more", "link-used")
        .await;
    gallery
        .show("/l/short", "No such link", "link-unknown")
        .await;
    gallery
        .show("/o/short", "No such link", "offer-link-unknown")
        .await;
    gallery
        .show("/nowhere", "Page not found", "error-not-found")
        .await;
    gallery
        .show("/launches/check", "works differently", "error-method")
        .await;
    let rita = Visitor::signed_in(&world, "Rita Reviewer", "reviewer").await;
    gallery
        .show_to(&rita, "/people", "for leads", "error-not-allowed")
        .await;
    gallery
        .show("/account", "Your account", "account-reviewer")
        .await;

    offered_by_mail(&world).await;
    world.clock.advance(Duration::days(6));
    world.settle().await.unwrap();
    let path = unsubscribe_path(&world).await;
    gallery
        .show(&path, "Turn messages off", "unsubscribe")
        .await;
    gallery.browser.press("Turn them off").await;
    gallery
        .look("/unsubscribe", "Turned off", "unsubscribed")
        .await;
    gallery
        .show(
            &format!("/unsubscribe/{}", "x".repeat(43)),
            "Page not found",
            "unsubscribe-unknown",
        )
        .await;
    gallery
        .show(&long, "This link works no more", "link-expired")
        .await;
    gallery.close().await;
    world.stop().await.unwrap();
}

/// The address in the mail's header by which its reader turns its kind off.
async fn unsubscribe_path(world: &World) -> String {
    let rows = messages::list(&world.services, MessageFilter::default())
        .await
        .unwrap();
    let optional = rows.iter().find(|row| row.unsubscribe_hash.is_some());
    let mail = String::from_utf8(optional.unwrap().eml.clone()).unwrap();
    let mail = mail.replace("\r\n ", "");
    let header = mail
        .lines()
        .find(|line| line.starts_with("List-Unsubscribe: "));
    let url = header.unwrap().split(['<', '>']).nth(1).unwrap();
    url.strip_prefix("http://127.0.0.1").unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_the_team_are_sound() {
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path(), None).await;
    let Some(mut gallery) = gallery_of(&world).await else {
        return;
    };
    let lea = Visitor::signed_in(&world, "Lea Lead", "lead").await;
    gallery
        .show_to(&lea, "/people", "Invite somebody", "people-first")
        .await;
    gallery
        .show("/tokens", "Nobody made a token yet", "tokens-empty")
        .await;
    gallery
        .show("/messages", "No messages yet", "messages-empty")
        .await;
    gallery.show("/account", "Your account", "account").await;
    gallery
        .show("/launches", "Nobody was launched", "launches-empty")
        .await;

    gallery.goto("/people").await;
    gallery.browser.fill("name", LONG).await;
    gallery.browser.fill("login", "nobody-there").await;
    gallery.browser.press("Invite").await;
    gallery
        .look("/people", "There is a problem", "people-refused")
        .await;
    for (name, email) in [
        ("Rita Reviewer", Some("rita@example.com")),
        (
            LONG,
            Some("dora.with.a.very.long.address@subdomain.of.some.example.com"),
        ),
        (RIGHT_TO_LEFT, None),
    ] {
        let details = PersonDetails {
            name: Some(name.to_owned()),
            email: email.map(str::to_owned),
            roles: Some(vec!["reviewer".to_owned()]),
            ..PersonDetails::default()
        };
        people::add(&world.services, details, "Lea Lead")
            .await
            .unwrap();
    }
    let rita = person(&world.services, "Rita Reviewer", "reviewer").await;
    people::disable(&world.services, &rita.id, "Lea Lead")
        .await
        .unwrap();
    gallery.show("/people", "Rita Reviewer", "people").await;
    gallery.browser.press("Make a link").await;
    gallery
        .look("/people", "The link is shown only now", "people-link-made")
        .await;

    gallery.goto("/tokens").await;
    gallery.browser.fill("label", "payroll script").await;
    gallery.browser.press("Make a token").await;
    gallery
        .look("/tokens", "The token is shown only now", "tokens-made")
        .await;
    gallery.goto("/tokens").await;
    gallery.browser.fill("label", &LONG[..90]).await;
    gallery.browser.press("Make a token").await;
    gallery
        .browser
        .sees("/tokens", "The token is shown only now")
        .await;
    let all = api_tokens::list(&world.services).await.unwrap();
    let (short, _) = all
        .iter()
        .find(|(one, _)| one.label.starts_with("payroll"))
        .unwrap();
    api_tokens::revoke(&world.services, &short.id, "Lea Lead")
        .await
        .unwrap();
    gallery.show("/tokens", "Revoked", "tokens").await;
    gallery.browser.fill("label", "laptop").await;
    gallery.browser.fill("days", "4000").await;
    let script = "document.querySelector('form.fields').noValidate = true";
    gallery
        .browser
        .client
        .execute(script, Vec::new())
        .await
        .unwrap();
    gallery.browser.press("Make a token").await;
    gallery
        .look("/tokens", "There is a problem", "tokens-refused")
        .await;
    assert_eq!(gallery.browser.value_of("label").await, "laptop", "kept");
    assert_eq!(gallery.browser.value_of("days").await, "4000", "kept");

    offered_by_mail(&world).await;
    gallery
        .show("/messages", "NOT SENT", "messages-not-sent")
        .await;
    let rows = messages::list(&world.services, MessageFilter::default())
        .await
        .unwrap();
    let one = format!("/messages/{}", rows[0].id);
    gallery.show(&one, "Download .eml", "message").await;
    gallery
        .show(
            "/messages?state=sent",
            "No messages in this state",
            "messages-none-sent",
        )
        .await;
    gallery
        .show("/messages/nonsense", "could not be read", "error-id")
        .await;
    gallery.close().await;
    world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_signing_in_with_github_are_sound() {
    let stage = Stage::sqlite();
    let entrance = entrance(&stage).await;
    let host = "work.example.com:80";
    let Some(browser) = Browser::open_where(1280, 900, host, entrance.address).await else {
        return;
    };
    let Some(mut gallery) = Gallery::of(browser, PUBLIC_URL.to_owned()) else {
        return;
    };
    gallery
        .show("/sign-in", "With GitHub", "sign-in-github")
        .await;
    gallery.browser.press("Sign in with GitHub").await;
    gallery.browser.press("Continue as mallory").await;
    gallery
        .look("/sign-in/github", "ask a lead", "sign-in-not-invited")
        .await;
    gallery.close().await;
    entrance.stop().await;
}

/// Published with another brief, so that there is something to compare.
async fn publish_again(world: &World) {
    let mut folder = small::folder();
    let text = folder.text("spec.toml").unwrap();
    let text = text.replace("version = \"1.0\"", "version = \"1.1\"");
    let brief = folder.text("brief.md").unwrap();
    let brief = brief.replace("to each visitor", &format!("to everybody, {LONG}"));
    for (path, text) in [("spec.toml", text), ("brief.md", brief)] {
        folder.files.insert(path.to_owned(), File::text(text));
    }
    publish::publish(&world.services, folder).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_specs_and_of_one_launch_are_sound() {
    let dir = tempfile::tempdir().unwrap();
    let world = small::world(dir.path(), None, None).await;
    let Some(mut gallery) = gallery_of(&world).await else {
        return;
    };
    let lea = Visitor::signed_in(&world, "Lea Lead", "lead").await;
    gallery
        .show_to(&lea, "/specs", "No spec is published yet", "specs-empty")
        .await;
    gallery
        .show("/launch", "No spec is published yet", "launch-one-empty")
        .await;
    gallery
        .show("/settings", "cannot examine", "settings-none")
        .await;
    let (version, _) = publish::publish(&world.services, small::folder())
        .await
        .unwrap();
    gallery
        .show(
            &format!("/specs/{}/changes", version.digest),
            "This is the first version",
            "spec-changes-first",
        )
        .await;
    world.clock.advance(Duration::hours(1));
    publish_again(&world).await;
    gallery.show("/specs", "2 versions", "specs").await;
    gallery
        .show("/specs/greeting", "What the check finds", "spec")
        .await;
    gallery
        .show("/specs/greeting/offer", "The brief", "spec-offer")
        .await;
    gallery
        .show("/specs/greeting/changes", "brief.md", "spec-changes")
        .await;
    gallery
        .show("/launch", "Show the offer", "launch-one")
        .await;
    gallery.browser.fill("candidate", LONG).await;
    gallery.browser.fill("email", "ada@example.com").await;
    gallery.browser.press("Show the offer").await;
    gallery
        .look("/launch/preview", "Nothing has been sent", "launch-preview")
        .await;
    gallery.browser.press("Make the offer").await;
    gallery
        .look("/samples/", "Personal links of", "launch-made")
        .await;
    gallery
        .show("/launch", "Show the offer", "launch-one")
        .await;
    gallery.browser.fill("candidate", LONG).await;
    gallery.browser.fill("email", "ada@example.com").await;
    gallery.browser.press("Show the offer").await;
    gallery
        .look("/launch/preview", "There is a problem", "launch-one-again")
        .await;
    gallery.close().await;
    world.stop().await.unwrap();
}
