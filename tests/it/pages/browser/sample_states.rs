//! Today, the list of work samples and the page of each in every state, looked at with axe and the keyboard.

use super::super::samples::assessed_by_hand;
use super::gallery::Gallery;
use crate::support::played::{On, Stage};
use crate::support::small;
use crate::support::visitor::Visitor;

#[tokio::test(flavor = "multi_thread")]
async fn pages_without_work_samples_are_sound() {
    let dir = tempfile::tempdir().unwrap();
    let world = small::world(dir.path(), None, None).await;
    let Some(mut gallery) = Gallery::open(format!("http://{}", world.address)).await else {
        return;
    };
    let lea = Visitor::signed_in(&world, "Lea Lead", "lead").await;
    gallery
        .show_to(&lea, "/", "Nothing is under way", "today-empty")
        .await;
    gallery
        .show("/samples", "No work samples yet", "samples-empty")
        .await;
    gallery
        .show(
            "/samples?q=nobody",
            "No work sample fits",
            "samples-none-fits",
        )
        .await;
    gallery
        .show(
            "/samples?state=odd",
            "is no state",
            "samples-filter-unknown",
        )
        .await;
    gallery.close().await;
    world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_work_under_way_are_sound() {
    let stage = Stage::up_to("do = \"answer\"", On::Sqlite).await.unwrap();
    let (world, id) = (&stage.world, &stage.id);
    let Some(mut gallery) = Gallery::open(format!("http://{}", world.address)).await else {
        return;
    };
    let lea = Visitor::signed_in(world, "Lea Lead", "lead").await;
    gallery
        .show_to(&lea, "/", "A question waits", "today-question")
        .await;
    gallery.show("/samples", "Toni Talks", "samples").await;
    let page = format!("/samples/{id}");
    gallery
        .show(&page, "Which language?", "sample-working")
        .await;
    let rae = Visitor::signed_in(world, "Rae Reviewer", "reviewer").await;
    gallery
        .show_to(&rae, &page, "Which language?", "sample-reviewer")
        .await;
    gallery.close().await;
    stage.world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_delivered_work_are_sound() {
    let stage = Stage::up_to("do = \"judge\"", On::Sqlite).await.unwrap();
    let (world, id) = (&stage.world, &stage.id);
    assessed_by_hand(world, id).await;
    let Some(mut gallery) = Gallery::open(format!("http://{}", world.address)).await else {
        return;
    };
    let lea = Visitor::signed_in(world, "Lea Lead", "lead").await;
    gallery
        .show_to(&lea, "/", "Criteria wait", "today-delivered")
        .await;
    let page = format!("/samples/{id}");
    gallery
        .show(
            &format!("{page}/changes"),
            "outside the boundary",
            "sample-changes",
        )
        .await;
    gallery.show(&page, "AC-2", "sample-assessed").await;
    // The browser itself would keep the form back.
    let script = "document.querySelectorAll('form').forEach((one) => { one.noValidate = true; })";
    let client = &gallery.browser.client;
    client.execute(script, Vec::new()).await.unwrap();
    gallery.browser.send(&format!("{page}/decide")).await;
    gallery
        .look(
            &format!("{page}/decide"),
            "There is a problem",
            "sample-decision-refused",
        )
        .await;
    gallery.close().await;
    stage.world.stop().await.unwrap();
}
