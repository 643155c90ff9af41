//! Each of a candidate's forms sent twice at the same time: what it asks for happens once, and both answers lead to the page.

use std::collections::BTreeMap;

use worksample::ids::WorkSampleId;
use worksample::rehearsal::World;
use worksample::work_sample::EventBody;
use worksample::workflow::show;

use super::candidate::{accept, offered};
use crate::support::at_github::AtGitHub;
use crate::support::small;
use crate::support::visitor::{Page, Visitor, field};

/// Sends the form twice, at the same time; both answers.
async fn twice(visitor: &Visitor, action: &str, fields: &[(&str, &str)]) -> [Page; 2] {
    let clone = |visitor: &Visitor, address| {
        let mut other = Visitor::at(address);
        other.cookies.clone_from(&visitor.cookies);
        other
    };
    let (mut one, mut two) = (
        clone(visitor, visitor.address),
        clone(visitor, visitor.address),
    );
    let page = one.get("/offer").await;
    let token = page.form_token(action);
    let mut all = vec![("form_token", token.as_str())];
    let (sha256, number);
    match action {
        "/offer/accept" => {
            sha256 = field(&page.text, "offer_sha256");
            all.push(("offer_sha256", &sha256));
        }
        "/offer/deliver" => {
            number = field(&page.text, "number");
            all.push(("number", &number));
        }
        _ => {}
    }
    all.extend(fields);
    let (first, second) = tokio::join!(one.post(action, &all), two.post(action, &all));
    [first, second]
}

fn both_lead_to_the_page(pages: [Page; 2]) {
    for page in pages {
        page.leads_to("/offer");
    }
}

/// How many events there are of each kind that candidates make.
async fn acts(world: &World, id: &WorkSampleId) -> BTreeMap<String, usize> {
    let id = id.clone();
    let events = world
        .services
        .store
        .read(move |tx| tx.events(&id))
        .await
        .unwrap();
    let mut counts = BTreeMap::new();
    for event in events {
        let body = serde_json::to_value(&event.happening.body).unwrap();
        let kind = body["type"].as_str().unwrap_or_default().to_owned();
        *counts.entry(kind).or_insert(0) += 1;
    }
    counts
}

#[tokio::test(flavor = "multi_thread")]
async fn form_sent_twice_acts_once() {
    let dir = tempfile::tempdir().unwrap();
    let world = small::world(dir.path(), None, None).await;
    let token = world.stand_in.add_user("ada", "Ada").unwrap();
    world.stand_in.add_user("bob", "Bob").unwrap();

    let declined = offered(&world, "Dora").await;
    let dora = Visitor::candidate(&world, &declined).await;
    let reason = [("reason", "No time.")];
    both_lead_to_the_page(twice(&dora, "/offer/decline", &reason).await);
    assert_eq!(acts(&world, &declined).await["declined"], 1);

    let id = offered(&world, "Ada").await;
    let ada = Visitor::candidate(&world, &id).await;
    let accepting = [
        ("login", "ada"),
        ("due", "2026-03-04T18:00"),
        ("due-zone", "Europe/Berlin"),
    ];
    both_lead_to_the_page(twice(&ada, "/offer/accept", &accepting).await);
    assert_eq!(acts(&world, &id).await["accepted"], 1);
    world.settle().await.unwrap();

    let zone = [("zone", "Asia/Tokyo")];
    both_lead_to_the_page(twice(&ada, "/offer/zone", &zone).await);
    // The invitation is open: neither press sends another.
    let before = acts(&world, &id).await;
    for page in twice(&ada, "/offer/reinvite", &[]).await {
        assert_eq!(page.status, 409, "{}", page.text);
    }
    assert_eq!(acts(&world, &id).await, before);

    let github = AtGitHub::join(&world, &id, &token).await;
    let (_, sha) = github.pushes("hello world!\n").await;
    let delivering = [("sha", sha.as_str()), ("hours", "1.5")];
    both_lead_to_the_page(twice(&ada, "/offer/deliver", &delivering).await);
    assert_eq!(acts(&world, &id).await["delivered_by_api"], 1);
    let (work_sample, _) = show::work_sample(&world.services, &id).await.unwrap();
    assert_eq!(work_sample.deliveries.len(), 1);
    both_lead_to_the_page(twice(&ada, "/offer/hours", &[("hours", "2")]).await);
    // Another delivery of the same commit is another one: it was asked for on a page that shows the first.
    both_lead_to_the_page(twice(&ada, "/offer/deliver", &delivering).await);
    assert_eq!(acts(&world, &id).await["delivered_by_api"], 2);

    // A form that was shown before another push delivers that push.
    let mut page = Visitor::new(&world);
    page.cookies.clone_from(&ada.cookies);
    let shown = page.get("/offer").await;
    let (form_token, number) = (
        shown.form_token("/offer/deliver"),
        field(&shown.text, "number"),
    );
    let fields = [
        ("form_token", form_token.as_str()),
        ("number", number.as_str()),
        ("branch", "greet"),
        ("sha", ""),
        ("hours", ""),
    ];
    page.post("/offer/deliver", &fields)
        .await
        .leads_to("/offer");
    let newer = github.pushes_again("hello again!\n").await;
    both_lead_to_the_page([
        page.post("/offer/deliver", &fields).await,
        page.post("/offer/deliver", &fields).await,
    ]);
    assert_eq!(acts(&world, &id).await["delivered_by_api"], 4);
    let (work_sample, _) = show::work_sample(&world.services, &id).await.unwrap();
    let counts = work_sample.effective_delivery().unwrap();
    assert_eq!(counts.sha, Some(newer));
    // The default branch is delivered by no fixed commit: what it means is found out again when a push becomes known.
    let fields = fields.map(|(name, value)| match name {
        "branch" => (name, "main"),
        _ => (name, value),
    });
    let starter = page.post("/offer/deliver", &fields).await;
    assert_eq!(starter.status, 409, "{}", starter.text);
    let of = id.clone();
    let events = world.services.store.read(move |tx| tx.events(&of));
    let last = events
        .await
        .unwrap()
        .into_iter()
        .rfind(|event| matches!(event.happening.body, EventBody::DeliveredByApi { .. }));
    let by_name = EventBody::DeliveredByApi { sha: None };
    assert_eq!(last.unwrap().happening.body, by_name);

    let second = offered(&world, "Bob").await;
    let mut bob = Visitor::candidate(&world, &second).await;
    accept(&world, &mut bob, "bob").await.leads_to("/offer");
    world.stand_in.add_user("bob-two", "Bob").unwrap();
    let login = [("login", "bob-two")];
    twice(&bob, "/offer/login", &login).await;
    assert_eq!(acts(&world, &second).await["login_corrected"], 1);
    both_lead_to_the_page(twice(&bob, "/offer/withdraw", &reason).await);
    assert_eq!(acts(&world, &second).await["withdrawn"], 1);
    world.stop().await.unwrap();
}
