//! The page after a form says what the form has done, once; and what cannot be undone is asked first.

use super::candidate::{accept, offered, send};
use super::markup::faults;
use crate::support::at_github::AtGitHub;
use crate::support::small;
use crate::support::visitor::{Page, Visitor, person};

/// The notice that the page shows, if it shows one.
fn notice_of(page: &Page) -> Option<String> {
    let after = page.text.split("role=\"status\">\n<p>").nth(1)?;
    Some(after.split("</p>").next().unwrap().to_owned())
}

/// The next page says this; the one after it does not.
async fn tells_once(visitor: &mut Visitor, path: &str, words: &str) {
    let page = visitor.get(path).await;
    let notice = notice_of(&page).unwrap_or_else(|| panic!("no notice: {}", page.text));
    assert!(notice.contains(words), "{words}: {notice}");
    assert_eq!(faults(&page.text), Vec::<String>::new(), "{}", page.text);
    let again = visitor.get(path).await;
    assert!(!again.text.contains(&notice), "{words} is told twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn candidate_form_is_followed_by_what_it_did() {
    let dir = tempfile::tempdir().unwrap();
    let world = small::world(dir.path(), None, None).await;
    let token = world.stand_in.add_user("ada", "Ada").unwrap();

    let declined = offered(&world, "Dora").await;
    let mut dora = Visitor::candidate(&world, &declined).await;
    send(&mut dora, "/offer/decline", &[])
        .await
        .leads_to("/offer");
    tells_once(&mut dora, "/offer", "Declined.").await;

    let id = offered(&world, "Ada").await;
    let mut ada = Visitor::candidate(&world, &id).await;
    send(&mut ada, "/offer/zone", &[("zone", "Asia/Tokyo")]).await;
    tells_once(&mut ada, "/offer", "Times are shown in Asia/Tokyo.").await;
    accept(&world, &mut ada, "ada").await.leads_to("/offer");
    tells_once(&mut ada, "/offer", "Accepted.").await;
    world.settle().await.unwrap();

    let github = AtGitHub::join(&world, &id, &token).await;
    let (_, sha) = github.pushes("hello world!\n").await;
    world.settle().await.unwrap();
    let delivering = [("sha", sha.as_str())];
    send(&mut ada, "/offer/deliver", &delivering)
        .await
        .leads_to("/offer");
    let words = format!("Delivered: commit {}. It counts.", &sha.as_str()[..10]);
    tells_once(&mut ada, "/offer", &words).await;
    send(&mut ada, "/offer/hours", &[("hours", "2")]).await;
    tells_once(&mut ada, "/offer", "Saved how long it took.").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn team_form_is_followed_by_what_it_did() {
    let dir = tempfile::tempdir().unwrap();
    let world = small::world(dir.path(), None, None).await;
    let mut lea = Visitor::signed_in(&world, "Lea Lead", "lead").await;
    let rita = person(&world.services, "Rita", "reviewer").await.id;
    for (act, words) in [
        ("sign-out", "The person is signed out everywhere."),
        ("disable", "Disabled."),
        ("enable", "Enabled."),
    ] {
        let action = format!("/people/{rita}/{act}");
        let page = lea.get("/people").await;
        let form_token = page.form_token(&action);
        lea.post(&action, &[("form_token", &form_token)])
            .await
            .leads_to("/people");
        tells_once(&mut lea, "/people", words).await;
    }
    let action = "/sign-out/everywhere";
    let form_token = lea.get("/account").await.form_token(action);
    lea.post(action, &[("form_token", &form_token)])
        .await
        .leads_to("/sign-in");
    tells_once(&mut lea, "/sign-in", "You are signed out in every browser.").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_notice_shows_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let world = small::world(dir.path(), None, None).await;
    let mut lea = Visitor::signed_in(&world, "Lea Lead", "lead").await;
    for forged in ["You-won", "<b>paid</b>", ""] {
        lea.cookies
            .push(("worksample_notice".into(), forged.into()));
        let page = lea.get("/people").await;
        assert_eq!(page.status, 200, "{forged}");
        assert_eq!(notice_of(&page), None, "{forged}");
        lea.cookies.retain(|(name, _)| name != "worksample_notice");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn button_that_cannot_be_undone_is_behind_a_summary() {
    let dir = tempfile::tempdir().unwrap();
    let world = small::world(dir.path(), None, None).await;
    let mut lea = Visitor::signed_in(&world, "Lea Lead", "lead").await;
    let rita = person(&world.services, "Rita", "reviewer").await.id;
    for (path, action) in [
        ("/people".to_owned(), format!("/people/{rita}/disable")),
        ("/people".to_owned(), format!("/people/{rita}/sign-out")),
        (format!("/people/{rita}"), format!("/people/{rita}/disable")),
        (
            format!("/people/{rita}"),
            format!("/people/{rita}/sign-out"),
        ),
        ("/account".to_owned(), "/sign-out/everywhere".to_owned()),
    ] {
        let page = lea.get(&path).await;
        let before = page
            .text
            .split(&format!("action=\"{action}\""))
            .next()
            .unwrap();
        let open = before.matches("<details").count() - before.matches("</details>").count();
        assert_eq!(open, 1, "{path} {action}");
    }
}
