//! Webhooks: what is sent, in which order, and what is kept of it.

use octocrab::models::IssueState;
use octocrab::models::webhook_events::{WebhookEvent, WebhookEventPayload};
use serde_json::{Value, json};

use super::stage::{ORG, Receiver, SECRET, Stage, create_repo};

#[tokio::test]
async fn every_change_is_told_in_order_signed_and_readable_by_octocrab() {
    let stage = Stage::new().await;
    let receiver = Receiver::start();
    stage.stand_in.set_webhook(&receiver.url, SECRET).unwrap();
    let dana = stage.repository_with("order-api", "dana").await;
    let issues = dana.issues(ORG, "order-api");
    issues
        .create("Question: status")
        .body("Which?")
        .send()
        .await
        .unwrap();
    issues.update(1).body("Which status?").send().await.unwrap();
    let comment = issues.create_comment(1, "200 or 409").await.unwrap();
    issues
        .update_comment(comment.id, "200, 201 or 409")
        .await
        .unwrap();
    issues.delete_comment(comment.id).await.unwrap();
    issues
        .update(1)
        .state(IssueState::Closed)
        .send()
        .await
        .unwrap();
    issues
        .update(1)
        .state(IssueState::Open)
        .send()
        .await
        .unwrap();
    stage
        .stand_in
        .delete_issue(ORG, "order-api", 1, "acme-worksamples")
        .unwrap();
    let service = stage.service();
    let path = format!("/repos/{ORG}/order-api");
    let _: Value = service
        .patch(&path, Some(&json!({"name": "orders"})))
        .await
        .unwrap();
    let path = format!("/repos/{ORG}/orders");
    let _: Value = service
        .patch(&path, Some(&json!({"private": false})))
        .await
        .unwrap();
    service.repos(ORG, "orders").delete().await.unwrap();
    stage.stand_in.settle().await;

    assert_eq!(
        receiver.names(),
        [
            "repository.created",
            "member.added",
            "issues.opened",
            "issues.edited",
            "issue_comment.created",
            "issue_comment.edited",
            "issue_comment.deleted",
            "issues.closed",
            "issues.reopened",
            "issues.deleted",
            "repository.renamed",
            "repository.publicized",
            "public",
            "repository.deleted",
        ]
    );
    for one in receiver.all() {
        assert!(one.signature_is_right, "{}", one.event);
        let event =
            WebhookEvent::try_from_header_and_body(&one.event, &one.payload.to_string()).unwrap();
        assert_eq!(event.organization.unwrap().login, ORG);
        assert!(
            event.sender.is_some() && event.repository.is_some(),
            "{}",
            one.event
        );
        if let WebhookEventPayload::IssueComment(comment) = event.specific
            && one.action() == "edited"
        {
            assert_eq!(comment.changes.unwrap().body.from, "200 or 409");
        }
    }
    let answer = dana
        ._get(format!("/repos/{ORG}/orders/issues/1"))
        .await
        .unwrap();
    assert_eq!(answer.status(), 404);
}

#[tokio::test]
async fn a_redelivery_has_the_old_guid_and_the_old_bytes() {
    let stage = Stage::new().await;
    let receiver = Receiver::start();
    stage.stand_in.set_webhook(&receiver.url, SECRET).unwrap();
    create_repo(&stage.service(), "order-api").await.unwrap();
    stage.stand_in.settle().await;
    let first = receiver.all().remove(0);
    stage.stand_in.redeliver(&first.guid).unwrap();
    stage.stand_in.settle().await;

    let all = receiver.all();
    assert_eq!(all.len(), 2);
    assert_eq!(all[1].guid, first.guid);
    assert_eq!(all[1].payload, first.payload);
    assert!(stage.stand_in.deliveries()[1].redelivery);
}

#[tokio::test]
async fn a_receiver_that_is_away_gets_one_attempt_and_the_log_says_so() {
    let stage = Stage::new().await;
    // Nobody listens at the discard port.
    let gone = "127.0.0.1:9";
    stage
        .stand_in
        .set_webhook(&format!("http://{gone}/hook"), SECRET)
        .unwrap();
    create_repo(&stage.service(), "order-api").await.unwrap();
    stage.stand_in.settle().await;
    let log = stage.stand_in.deliveries();
    assert_eq!(log.len(), 1);
    assert_eq!(log[0].status_code, Some(0));

    let receiver = Receiver::start();
    stage.stand_in.set_webhook(&receiver.url, SECRET).unwrap();
    stage.stand_in.redeliver(&log[0].guid).unwrap();
    stage.stand_in.settle().await;
    assert_eq!(receiver.names(), ["repository.created"]);
    let stage = stage.restart().await;
    assert_eq!(stage.stand_in.deliveries().len(), 2, "the log is kept");
}

#[tokio::test]
async fn hooks_of_a_repository_hear_what_they_asked_for_and_nothing_else() {
    let stage = Stage::new().await;
    let receiver = Receiver::start();
    let dana = stage.repository_with("order-api", "dana").await;
    let service = stage.service();
    let path = format!("/repos/{ORG}/order-api/hooks");
    let body = json!({
        "name": "web", "events": ["issues"],
        "config": {"url": receiver.url, "content_type": "json", "secret": SECRET},
    });
    let hook: Value = service.post(&path, Some(&body)).await.unwrap();
    assert_eq!(hook["config"]["secret"], "********");
    assert!(
        service.post::<_, Value>(&path, Some(&body)).await.is_err(),
        "twice is refused"
    );
    assert_eq!(
        dana._get(&path).await.unwrap().status(),
        404,
        "hooks are for administrators"
    );
    let issues = dana.issues(ORG, "order-api");
    issues.create("Question").send().await.unwrap();
    issues
        .create_comment(1, "Nobody asked for comments")
        .await
        .unwrap();
    stage.stand_in.settle().await;
    assert_eq!(receiver.names(), ["ping", "issues.opened"]);
    assert!(receiver.all().iter().all(|one| one.signature_is_right));

    let log: Vec<Value> = service
        .get(format!("{path}/{}/deliveries", hook["id"]), None::<&()>)
        .await
        .unwrap();
    assert_eq!(log[0]["event"], "issues");
    let again = format!("{path}/{}/deliveries/{}/attempts", hook["id"], log[0]["id"]);
    assert_eq!(
        service._post(&again, None::<&()>).await.unwrap().status(),
        202
    );
    stage.stand_in.settle().await;
    assert_eq!(receiver.names(), ["ping", "issues.opened", "issues.opened"]);
}
