//! Reviews and review comments: who sees and changes them, what hooks hear, and that they survive a restart.

use octocrab::Octocrab;
use serde_json::{Value, json};

use super::stage::{ORG, Receiver, SECRET, Stage};

const PULLS: &str = "/repos/acme/order-api/pulls";

/// Dana's pull request number 1, which adds the lines `one` and `two` to `a`.
async fn pull_request(stage: &Stage) -> Octocrab {
    let dana = stage.repository_with("order-api", "dana").await;
    let token = stage.stand_in.add_user("dana", "Dana").unwrap();
    let copy = stage.clone("order-api", &token).await;
    copy.commit("a", "zero\n", "Start").await;
    copy.git(&["push", "--quiet", "origin", "main"]).await;
    copy.git(&["switch", "--quiet", "-c", "work"]).await;
    copy.commit("a", "zero\none\ntwo\n", "Add").await;
    copy.git(&["push", "--quiet", "origin", "work"]).await;
    let pulls = dana.pulls(ORG, "order-api");
    pulls.create("Add", "work", "main").send().await.unwrap();
    dana
}

async fn head(client: &Octocrab) -> String {
    let pull: Value = client.get(format!("{PULLS}/1"), None::<&()>).await.unwrap();
    pull["head"]["sha"].as_str().unwrap().to_owned()
}

async fn get(client: &Octocrab, path: &str) -> octocrab::Result<Value> {
    client.get(format!("{PULLS}{path}"), None::<&()>).await
}

async fn post(client: &Octocrab, path: &str, body: Value) -> octocrab::Result<Value> {
    client.post(format!("{PULLS}{path}"), Some(&body)).await
}

fn refused(answer: octocrab::Result<Value>) -> (u16, String) {
    match answer {
        Err(octocrab::Error::GitHub { source, .. }) => {
            let errors = source.errors.unwrap_or_default();
            (source.status_code.as_u16(), json!(errors).to_string())
        }
        other => panic!("not refused: {other:?}"),
    }
}

#[tokio::test]
async fn pending_review_is_shown_to_its_author_and_told_when_submitted() {
    let stage = Stage::new().await;
    let receiver = Receiver::start();
    stage.stand_in.set_webhook(&receiver.url, SECRET).unwrap();
    let dana = pull_request(&stage).await;
    let service = stage.service();
    let comment = json!({ "path": "a", "line": 2, "body": "Why?" });
    let review = post(&dana, "/1/reviews", json!({ "comments": [comment] }))
        .await
        .unwrap();
    let path = format!("/1/reviews/{}", review["id"]);
    assert_eq!(review["state"], "PENDING");
    assert_eq!(
        get(&dana, "/1/reviews").await.unwrap()[0]["id"],
        review["id"]
    );
    assert_eq!(get(&service, "/1/reviews").await.unwrap(), json!([]));
    assert_eq!(refused(get(&service, &path).await).0, 404);
    assert_eq!(get(&service, "/comments").await.unwrap(), json!([]));
    let second = post(&dana, "/1/reviews", json!({ "body": "Another" })).await;
    assert!(refused(second).1.contains("one pending review"));
    stage.stand_in.settle().await;
    assert!(receiver.of("pull_request_review").is_empty());

    stage.minutes_pass(10);
    let body = json!({ "event": "COMMENT", "body": "See below" });
    let submitted = post(&dana, &format!("{path}/events"), body).await.unwrap();
    assert_eq!(submitted["state"], "COMMENTED");
    stage.stand_in.settle().await;
    let told = receiver.of("pull_request_review");
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].action(), "submitted");
    assert_eq!(told[0].payload["review"]["state"], "commented");
    assert_eq!(
        told[0].payload["review"]["submitted_at"],
        submitted["submitted_at"]
    );
    let comment = &receiver.of("pull_request_review_comment")[0].payload["comment"];
    assert_eq!(comment["updated_at"], submitted["submitted_at"]);
    assert_ne!(comment["created_at"], submitted["submitted_at"]);
    assert_eq!(comment["line"], 2);
    assert_eq!(comment["diff_hunk"], "@@ -1 +1,3 @@\n zero\n+one");
    let html_url = comment["html_url"].as_str().unwrap();
    assert!(html_url.contains("/pull/1#discussion_r"), "{html_url}");
}

#[tokio::test]
async fn own_pull_request_cannot_be_approved_and_approvals_can_be_dismissed() {
    let stage = Stage::new().await;
    let dana = pull_request(&stage).await;
    let service = stage.service();
    let approve = json!({ "event": "APPROVE" });
    let own = post(&dana, "/1/reviews", approve.clone()).await;
    assert!(refused(own).1.contains("your own pull request"));
    let blank = json!({ "event": "REQUEST_CHANGES" });
    assert_eq!(refused(post(&service, "/1/reviews", blank).await).0, 422);
    let approved = post(&service, "/1/reviews", approve).await.unwrap();
    assert_eq!(approved["state"], "APPROVED");
    let path = format!("{PULLS}/1/reviews/{}", approved["id"]);
    let message = json!({ "message": "Looked at the wrong branch" });
    let dismissed: Value = service
        .put(format!("{path}/dismissals"), Some(&message))
        .await
        .unwrap();
    assert_eq!(dismissed["state"], "DISMISSED");
    let kept = service._delete(&path, None::<&()>).await.unwrap();
    assert_eq!(kept.status(), 422, "a submitted review stays");
}

#[tokio::test]
async fn review_comments_are_answered_edited_deleted_and_found_by_time() {
    let stage = Stage::new().await;
    let receiver = Receiver::start();
    stage.stand_in.set_webhook(&receiver.url, SECRET).unwrap();
    let dana = pull_request(&stage).await;
    let service = stage.service();
    let commit = head(&dana).await;
    let on = |line: u64| json!({ "commit_id": commit, "path": "a", "line": line, "body": "Why?" });
    let outside = post(&dana, "/1/comments", on(9)).await;
    assert!(refused(outside).1.contains("must be part of the diff"));
    let first = post(&dana, "/1/comments", on(3)).await.unwrap();
    let id = first["id"].as_u64().unwrap();
    stage.minutes_pass(10);
    let reply = json!({ "body": "Because." });
    let reply = post(&service, &format!("/1/comments/{id}/replies"), reply)
        .await
        .unwrap();
    assert_eq!(reply["in_reply_to_id"], id);
    assert_eq!(reply["line"], 3);
    let since = reply["created_at"].as_str().unwrap();
    let recent = get(&service, &format!("/comments?since={since}"))
        .await
        .unwrap();
    assert_eq!(recent.as_array().unwrap().len(), 1);
    let page = get(&service, "/1/comments?per_page=1&page=2")
        .await
        .unwrap();
    assert_eq!(page[0]["id"], reply["id"]);

    stage.minutes_pass(10);
    let path = format!("{PULLS}/comments/{id}");
    let body = json!({ "body": "Why two?" });
    let edited: Value = dana.patch(&path, Some(&body)).await.unwrap();
    assert_ne!(edited["updated_at"], first["updated_at"]);
    let erin = stage.person("erin");
    assert_eq!(refused(get(&erin, &format!("/comments/{id}")).await).0, 404);
    let deleted = dana._delete(&path, None::<&()>).await.unwrap();
    assert_eq!(deleted.status(), 204);
    assert_eq!(
        refused(get(&service, &format!("/comments/{id}")).await).0,
        404
    );
    let reviews = get(&service, "/1/reviews").await.unwrap();
    assert_eq!(reviews.as_array().unwrap().len(), 1, "only the reply's");
    stage.stand_in.settle().await;
    let actions: Vec<_> = receiver
        .of("pull_request_review_comment")
        .iter()
        .map(|one| one.action().to_owned())
        .collect();
    assert_eq!(actions, ["created", "created", "edited", "deleted"]);
    let edited = &receiver.of("pull_request_review_comment")[2].payload;
    assert_eq!(edited["changes"]["body"]["from"], "Why?");
}

#[tokio::test]
async fn reviews_are_there_after_a_restart() {
    let stage = Stage::new().await;
    let dana = pull_request(&stage).await;
    let commit = head(&dana).await;
    let comment = json!({ "commit_id": commit, "path": "a", "line": 2, "body": "Why?" });
    post(&dana, "/1/comments", comment).await.unwrap();
    let review = json!({ "event": "COMMENT", "body": "Done" });
    post(&dana, "/1/reviews", review).await.unwrap();
    let service = stage.service();
    let before = [
        get(&service, "/1/reviews").await.unwrap(),
        get(&service, "/comments").await.unwrap(),
    ];

    let stage = stage.restart().await;
    let service = stage.service();
    // Addresses have another port now.
    let told = |lists: &[Value]| -> Vec<(Value, Value)> {
        let all = lists.iter().flat_map(|list| list.as_array().unwrap());
        all.map(|one| (one["id"].clone(), one["body"].clone()))
            .collect()
    };
    let after = [
        get(&service, "/1/reviews").await.unwrap(),
        get(&service, "/comments").await.unwrap(),
    ];
    assert_eq!(told(&after), told(&before));
    assert_eq!(told(&after).len(), 3);
}

#[tokio::test]
async fn reviewing_needs_the_permission_for_pull_requests() {
    let stage = Stage::new().await;
    let dana = pull_request(&stage).await;
    let token = stage.stand_in.service_token().to_owned();
    let issues = [("metadata", "read"), ("issues", "write")];
    stage.stand_in.narrow_token(&token, &issues).unwrap();
    let review = json!({ "event": "COMMENT", "body": "Fine" });
    let narrowed = stage.service();
    let answer = post(&narrowed, "/1/reviews", review.clone()).await;
    assert_eq!(refused(answer).0, 403);
    assert_eq!(refused(get(&narrowed, "/1/reviews").await).0, 403);
    assert_eq!(refused(get(&narrowed, "/comments").await).0, 403);
    post(&dana, "/1/reviews", review).await.unwrap();
}
