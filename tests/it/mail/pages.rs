//! The pages of messages, and the API.

use reqwest::{Method, StatusCode};
use serde_json::Value;
use worksample::store::MessageFilter;
use worksample::web::tokens::Bearer;
use worksample::workflow::launch::Launch;
use worksample::workflow::{launch, messages, publish};

use crate::support::small;
use crate::support::visitor::Visitor;

async fn world(dir: &std::path::Path) -> worksample::rehearsal::World {
    let world = small::world(dir, None, None).await;
    let (version, _) = publish::publish(&world.services, small::folder())
        .await
        .unwrap();
    let wanted = Launch {
        spec: version.digest,
        candidate: "Toni <b>Talks</b>".into(),
        email: Some("toni@example.org".into()),
        organization: None,
        again: false,
        lead: "Lea Lead".into(),
    };
    launch::launch(&world.services, wanted, None).await.unwrap();
    world.settle().await.unwrap();
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn lead_sees_what_was_not_sent_and_downloads_it() {
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path()).await;
    let row = messages::list(&world.services, MessageFilter::default())
        .await
        .unwrap()
        .remove(0);
    let mut visitor = Visitor::signed_in(&world, "Lea Lead", "lead").await;
    let page = visitor.get("/messages").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.contains("NOT SENT") && page.text.contains("toni@example.org"));
    assert!(page.text.contains("WORKSAMPLE_SMTP_URL"));
    assert!(!page.text.contains("<b>Talks"));
    let none = visitor.get("/messages?state=sent").await;
    assert!(none.text.contains("No messages in this state"));
    let one = visitor.get(&format!("/messages/{}", row.id)).await;
    assert!(one.text.contains("(personal link removed here)"));
    assert!(!one.text.contains("/o/removed"), "{}", one.text);
    assert!(one.text.contains("Make another link"), "{}", one.text);
    let file = visitor.get(&format!("/messages/{}.eml", row.id)).await;
    assert_eq!(file.text.as_bytes(), row.eml);
    let odd = visitor.get("/messages?state=lost").await;
    assert_eq!(odd.status, StatusCode::BAD_REQUEST);

    let action = format!("/messages/{}/resend", row.id);
    let form_token = one.form_token(&action);
    let stale = visitor.post(&action, &[("form_token", "x")]).await;
    assert_eq!(stale.status, StatusCode::FORBIDDEN);
    let again = visitor.post(&action, &[("form_token", &form_token)]).await;
    assert_eq!(again.status, StatusCode::SEE_OTHER);
    let mut stranger = Visitor::new(&world);
    for path in ["/messages", &format!("/messages/{}.eml", row.id)] {
        assert_eq!(
            stranger.get(path).await.status,
            StatusCode::SEE_OTHER,
            "{path}"
        );
    }
    world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn link_in_mail_turns_off_with_its_button_and_with_one_click() {
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path()).await;
    world.clock.advance(chrono::Duration::days(6));
    world.settle().await.unwrap();
    let rows = messages::list(&world.services, MessageFilter::default())
        .await
        .unwrap();
    let reminder = rows
        .iter()
        .find(|row| row.unsubscribe_hash.is_some())
        .unwrap();
    let eml = String::from_utf8(reminder.eml.clone())
        .unwrap()
        .replace("\r\n ", "");
    let header = eml
        .lines()
        .find(|line| line.starts_with("List-Unsubscribe: "))
        .unwrap();
    let path = header.split(['<', '>']).nth(1).unwrap();
    let path = path.strip_prefix("http://127.0.0.1").unwrap();
    let mut visitor = Visitor::new(&world);
    let button = visitor.get(path).await;
    assert!(button.text.contains("Turn them off"), "{}", button.text);
    let again = visitor.get(path).await;
    assert!(
        again.text.contains("Turn them off"),
        "looking turns nothing off"
    );
    let off = visitor
        .post(path, &[("List-Unsubscribe", "One-Click")])
        .await;
    assert!(off.status.is_success() && off.text.contains("Turned off"));
    let on = visitor.post(path, &[("turn", "on")]).await;
    assert!(on.text.contains("Turn them off"));
    let wrong = visitor
        .get(&format!("/unsubscribe/{}", "x".repeat(43)))
        .await;
    assert_eq!(wrong.status, StatusCode::NOT_FOUND);
    world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn api_lists_shows_and_sends_messages_again_for_leads_only() {
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path()).await;
    let call = async |method: Method, path: &str, bearer: Option<&Bearer>| -> (u16, Value) {
        let url = format!("http://{}/api/v1{path}", world.address);
        let mut request = reqwest::Client::new().request(method, url);
        if let Some(bearer) = bearer {
            request = request.bearer_auth(world.api.token(bearer).unwrap());
        }
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    };
    let lead = Bearer::Lead {
        name: "Lea Lead".into(),
    };
    let reviewer = Bearer::Reviewer {
        name: "Rita".into(),
    };
    let (status, list) = call(Method::GET, "/messages?state=not_sent", Some(&lead)).await;
    assert_eq!(
        (status, list[0]["kind"].as_str()),
        (200, Some("offer")),
        "{list}"
    );
    let id = list[0]["id"].as_str().unwrap();
    let (status, one) = call(Method::GET, &format!("/messages/{id}"), Some(&lead)).await;
    assert_eq!(status, 200);
    assert!(
        one["text"].as_str().unwrap().contains("/o/removed"),
        "{one}"
    );
    let (status, again) = call(Method::POST, &format!("/messages/{id}/resend"), Some(&lead)).await;
    assert_eq!(
        (status, again["state"].as_str()),
        (200, Some("not_sent")),
        "{again}"
    );
    assert_ne!(again["message_id"], list[0]["message_id"]);
    for (who, status) in [(Some(&reviewer), 403), (None, 401)] {
        assert_eq!(call(Method::GET, "/messages", who).await.0, status);
    }
    world.stop().await.unwrap();
}
