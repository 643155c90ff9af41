//! A candidate's personal links: who hands them over, when they are opened, and what revoking one ends; on both databases.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use worksample::ids::WorkSampleId;
use worksample::rehearsal::World;
use worksample::workflow::offer_links::{self, Which};

use crate::launching::{self, LEA, lead};
use crate::store::stage::{Stage, on_both_databases};
use crate::support::visitor::{Page, Visitor};
use crate::support::{played, small};

on_both_databases! {
    link_to_hand_over_says_who_and_when_it_was_opened,
    revoked_link_ends_visits_that_it_opened_and_no_others,
    link_opened_again_keeps_forms_of_other_tabs,
    scanners_leave_few_sessions_behind,
    address_is_corrected_on_the_page_and_through_the_api,
}

struct Offered {
    _dir: tempfile::TempDir,
    world: World,
    id: WorkSampleId,
}

impl Offered {
    async fn new(stage: &Stage) -> Offered {
        let dir = tempfile::tempdir().unwrap();
        let world = small::world(dir.path(), Some(stage.full_address()), None).await;
        let id = played::launched(&world).await;
        Offered {
            _dir: dir,
            world,
            id,
        }
    }

    async fn api(&self, method: Method, path: &str, body: &Value) -> (u16, Value) {
        let path = format!("/work-samples/{}/{path}", self.id);
        launching::send(&self.world, method, &path, &lead(), None, body).await
    }

    fn path_of(&self, url: &str) -> String {
        let at = url.find("/o/").unwrap();
        url[at..].to_owned()
    }
}

/// The link that a page shows to be copied.
fn shown(page: &Page) -> String {
    assert_eq!(page.status, 200, "{}", page.text);
    let field = page.text.split("id=\"made\"").nth(1).unwrap();
    let url = field.split("value=\"").nth(1).unwrap();
    let url = url.split('"').next().unwrap();
    url[url.find("/o/").unwrap()..].to_owned()
}

async fn link_to_hand_over_says_who_and_when_it_was_opened(stage: Stage) {
    let offered = Offered::new(&stage).await;
    let world = &offered.world;
    let mut lea = Visitor::signed_in(world, LEA, "lead").await;
    let page = format!("/samples/{}/links", offered.id);
    let empty = lea.get(&page).await;
    assert!(
        empty.text.contains("There are no links yet"),
        "{}",
        empty.text
    );
    let form_token = empty.form_token(&page);
    let made = lea.post(&page, &[("form_token", &form_token)]).await;
    let link = shown(&made);
    assert!(!lea.get(&page).await.text.contains(&link), "shown once");

    let (status, links) = offered.api(Method::GET, "links", &Value::Null).await;
    assert_eq!(status, 200, "{links}");
    assert_eq!(links[0]["handed_over_by"], json!(LEA));
    assert_eq!(links[0]["first_opened_at"], Value::Null);
    assert!(!links.to_string().contains(link.rsplit('/').next().unwrap()));
    let mut candidate = Visitor::new(world);
    candidate.get(&link).await.leads_to("/offer");
    candidate.get("/offer").await;
    let (_, links) = offered.api(Method::GET, "links", &Value::Null).await;
    let opened = links[0]["first_opened_at"].as_str().unwrap();
    assert_eq!(
        opened.parse::<worksample::clock::Timestamp>().unwrap(),
        world.now()
    );
    let text = lea.get(&page).await.text;
    assert!(
        text.contains("handed over by <bdi>Lea Lead</bdi>"),
        "{text}"
    );

    let missing = WorkSampleId::new(world.services.ids.as_ref(), world.now());
    lea.get(&format!("/samples/{missing}/links"))
        .await
        .is_problem(404, "not_found");
    offered.world.stop().await.unwrap();
}

async fn revoked_link_ends_visits_that_it_opened_and_no_others(stage: Stage) {
    let offered = Offered::new(&stage).await;
    let (world, id) = (&offered.world, &offered.id);
    let make = async || {
        let (status, made) = offered.api(Method::POST, "links", &json!({})).await;
        assert_eq!(status, 201, "{made}");
        offered.path_of(made["url"].as_str().unwrap())
    };
    let (first, second) = (make().await, make().await);
    let (mut one, mut two) = (Visitor::new(world), Visitor::new(world));
    one.get(&first).await.leads_to("/offer");
    two.get(&second).await.leads_to("/offer");
    one.get("/offer").await;
    let links = offer_links::list(&world.services, id).await.unwrap();
    let of_first = links.iter().find(|link| link.first_opened_at.is_some());
    let of_first = of_first.unwrap().id.clone();

    let (status, answer) = offered.api(Method::POST, "links/revoke", &json!({})).await;
    assert_eq!((status, &answer["code"]), (422, &json!("link_missing")));
    let unknown = json!({ "link": "0".repeat(64) });
    let (status, answer) = offered.api(Method::POST, "links/revoke", &unknown).await;
    assert_eq!((status, &answer["code"]), (404, &json!("not_found")));
    let (status, answer) = offered
        .api(Method::POST, "links/revoke", &json!({ "link": of_first }))
        .await;
    assert_eq!((status, &answer["revoked"]), (200, &json!(1)));
    one.get("/offer").await.is_problem(410, "link_revoked");
    one.get(&first).await.is_problem(410, "link_revoked");
    assert_eq!(two.get("/offer").await.status, 200);

    let mut lea = Visitor::signed_in(world, LEA, "lead").await;
    let page = format!("/samples/{id}/links");
    let form_token = lea.get(&page).await.form_token(&page);
    lea.post(&format!("{page}/revoke"), &[("form_token", &form_token)])
        .await
        .leads_to(&page);
    two.get("/offer").await.is_problem(410, "link_revoked");
    let again = offer_links::revoke(&world.services, id, Which::All, LEA).await;
    assert_eq!(again.unwrap(), 0);
    offered.world.stop().await.unwrap();
}

async fn link_opened_again_keeps_forms_of_other_tabs(stage: Stage) {
    let offered = Offered::new(&stage).await;
    let (world, id) = (&offered.world, &offered.id);
    let url = offer_links::make(&world.services, "", id, LEA)
        .await
        .unwrap();
    let mut candidate = Visitor::new(world);
    candidate.get(&url).await.leads_to("/offer");
    let form_token = candidate.get("/offer").await.form_token("/offer/decline");
    // The mail's link is opened once more, and another one of the same work sample.
    candidate.get(&url).await.leads_to("/offer");
    let other = offer_links::make(&world.services, "", id, LEA)
        .await
        .unwrap();
    candidate.get(&other).await.leads_to("/offer");
    candidate.get("/offer").await;
    let links = offer_links::list(&world.services, id).await.unwrap();
    assert!(
        links.iter().all(|link| link.first_opened_at.is_some()),
        "{links:?}"
    );
    let fields = [("form_token", form_token.as_str()), ("reason", "No time.")];
    candidate
        .post("/offer/decline", &fields)
        .await
        .leads_to("/offer");
    // A session of another work sample is replaced.
    let next = crate::pages::candidate::offered(world, "Toni Talks").await;
    let next = offer_links::make(&world.services, "", &next, LEA)
        .await
        .unwrap();
    candidate.get(&next).await.leads_to("/offer");
    let page = candidate.get("/offer").await;
    assert!(page.text.contains("Accept the offer"), "{}", page.text);
    offered.world.stop().await.unwrap();
}

async fn scanners_leave_few_sessions_behind(stage: Stage) {
    let offered = Offered::new(&stage).await;
    let (world, id) = (&offered.world, &offered.id);
    let url = offer_links::make(&world.services, "", id, LEA)
        .await
        .unwrap();
    let mut candidate = Visitor::new(world);
    candidate.get(&url).await.leads_to("/offer");
    world.clock.advance(chrono::Duration::minutes(6));
    assert_eq!(candidate.get("/offer").await.status, StatusCode::OK);
    let mut first = Visitor::new(world);
    first.get(&url).await.leads_to("/offer");
    world.clock.advance(chrono::Duration::seconds(1));
    for _ in 0..49 {
        Visitor::new(world).get(&url).await.leads_to("/offer");
    }
    // Of those that came back for nothing the oldest is gone; the candidate, who did, is still in.
    world.clock.advance(chrono::Duration::seconds(1));
    assert_eq!(candidate.get("/offer").await.status, StatusCode::OK);
    Visitor::new(world).get(&url).await.leads_to("/offer");
    first.get("/offer").await.is_problem(401, "visit_ended");
    assert_eq!(candidate.get("/offer").await.status, StatusCode::OK);
    offered.world.stop().await.unwrap();
}

async fn address_is_corrected_on_the_page_and_through_the_api(stage: Stage) {
    let offered = Offered::new(&stage).await;
    let (world, id) = (&offered.world, &offered.id);
    let correct = json!({ "email": "toni@example.org" });
    let (status, answer) = offered.api(Method::POST, "email", &correct).await;
    assert_eq!((status, &answer["email"]), (200, &correct["email"]));
    let (status, answer) = offered.api(Method::POST, "email", &correct).await;
    assert_eq!((status, &answer["code"]), (409, &json!("same_email")));

    let mut lea = Visitor::signed_in(world, LEA, "lead").await;
    let page = format!("/samples/{id}/links");
    let action = format!("/samples/{id}/email");
    let form_token = lea.get(&page).await.form_token(&action);
    let send = [
        ("form_token", form_token.as_str()),
        ("email", "toni.example"),
        ("revoke", "yes"),
    ];
    let refused = lea.post(&action, &send).await;
    refused.has_error(422, "email", "is not an e-mail address");
    assert!(
        refused.text.contains("value=\"toni.example\""),
        "it is kept"
    );
    let send = [
        ("form_token", form_token.as_str()),
        ("email", "toni@right.example"),
        ("revoke", "yes"),
    ];
    lea.post(&action, &send).await.leads_to(&page);
    assert!(lea.get(&page).await.text.contains("toni@right.example"));
    offered.world.stop().await.unwrap();
}
