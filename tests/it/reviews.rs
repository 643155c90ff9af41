//! Reviews and review comments of pull requests, from webhooks and from the REST API.

use std::collections::BTreeSet;

use chrono::Duration;
use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};
use worksample::store::StoreError;
use worksample::work_sample::{
    Afterwards, Entry, EntryKind, Event, Place, ReadBy, Side, Source, WorkSample,
};
use worksample::workflow::{Services, reconcile};

use crate::following::{reports_of, requests_left};
use crate::support::flaky::Breaks;
use crate::support::played::{Beside, On, Stage, as_account, behind_its_back, folded, hear};

/// A question and its answer on a line, an approval, a request for changes, and a delivery in a review.
pub const REVIEWED: &str = r#"
name = "reviewed"
title = "Talks about lines and delivers in a review"
login = "toni-talks"
full_name = "Toni Talks"

[expect]

[[step]]
do = "accept"
due_in = "2d"
[[step]]
do = "wait"
for = "1h"
[[step]]
do = "join"
[[step]]
do = "comment"
on = "kickoff"
text = "I write one line into one file."
[[step]]
do = "branch"
name = "greet"
[[step]]
do = "write"
path = "greeting.txt"
text = "hello world!\n"
[[step]]
do = "commit"
message = "Greet"
[[step]]
do = "push"
[[step]]
do = "pull_request"
id = "pr"
title = "Greeting"
text = "As agreed."
[[step]]
do = "review_comment"
id = "q"
on = "pr"
path = "greeting.txt"
line = 1
text = "/question Is a mark meant here? R1 does not say."
[[step]]
do = "wait"
for = "2h"
[[step]]
do = "review_comment"
as = "team"
on = "pr"
path = "greeting.txt"
line = 1
text = "/answer Keep the mark."
[[step]]
do = "review"
as = "team"
on = "pr"
outcome = "request_changes"
text = "Say who greets."
[[step]]
do = "review"
as = "team"
on = "pr"
outcome = "approve"
[[step]]
do = "review"
id = "delivery"
on = "pr"
text = "/deliver\n\nAll of it is there."
"#;

pub const EDITED: &str = r#"
[[step]]
do = "wait"
for = "1h"
[[step]]
do = "edit"
target = "q"
text = "/question Is a mark meant here? R1 does not say. I keep it."
[[step]]
do = "edit"
target = "delivery"
text = "All of it is there."
"#;

fn at(work_sample: &WorkSample, is: fn(&Place) -> bool) -> Vec<&Entry> {
    let entries = work_sample.entries.iter();
    entries.filter(|entry| is(&entry.place)).collect()
}

fn reviews(work_sample: &WorkSample) -> Vec<&Entry> {
    at(work_sample, |place| matches!(place, Place::Review { .. }))
}

fn review_comments(work_sample: &WorkSample) -> Vec<&Entry> {
    at(work_sample, |place| {
        matches!(place, Place::ReviewComment { .. })
    })
}

async fn events(stage: &Stage) -> Vec<Event> {
    let id = stage.id.clone();
    let read = stage.world.services.store.read(move |tx| tx.events(&id));
    read.await.map_err(|error: StoreError| error).unwrap()
}

/// A service that heard no webhook.
async fn deaf(stage: &Stage) -> Beside {
    stage.beside((0, Breaks::Before), Afterwards::Archive).await
}

/// Lets it hear that people joined, which the REST API does not tell.
async fn hear_members(stage: &Stage, beside: &Beside) {
    let secret = stage.world.webhook_secret();
    for one in stage.world.stand_in.deliveries() {
        if one.event == "member" {
            hear(&beside.services, &one, secret).await;
        }
    }
    beside.worker.drain().await.unwrap();
}

async fn look(services: &Services, stage: &Stage) -> usize {
    let passed = reconcile::reconcile(services, &stage.id).await.unwrap();
    passed.events
}

/// Waits until lists that lag are believed.
fn later(stage: &Stage) {
    stage.world.clock.advance(Duration::minutes(5));
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn question_in_review_comment_is_an_answered_entry(#[case] on: On) {
    let Some(stage) = Stage::of(REVIEWED, on).await else {
        return;
    };
    let work_sample = folded(&stage.world.services, &stage.id).await;
    let comments = review_comments(&work_sample);
    let [question, answer] = comments[..] else {
        panic!("{comments:#?}")
    };
    assert_eq!(question.kind, EntryKind::Question);
    assert_eq!(
        (question.side, question.read_by),
        (Side::Candidate, ReadBy::SlashCommand)
    );
    assert!(
        question.html_url.contains("#discussion_r"),
        "{}",
        question.html_url
    );
    assert_eq!((answer.kind, answer.side), (EntryKind::Answer, Side::Team));
    assert_eq!(answer.about.as_ref(), Some(&question.key));
    let markdown = reports_of(&stage.world.services, &stage.id).await.markdown;
    for words in [
        "review comment on pull request #2",
        "review of pull request #2",
        "Pull request #2 was approved",
        "Changes were requested on pull request #2",
    ] {
        assert!(markdown.contains(words), "{words}\n{markdown}");
    }
    stage.world.stop().await.unwrap();
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn deliver_in_review_body_delivers_pull_request_head(#[case] on: On) {
    let Some(stage) = Stage::of(REVIEWED, on).await else {
        return;
    };
    let work_sample = folded(&stage.world.services, &stage.id).await;
    let [delivery] = &work_sample.deliveries[..] else {
        panic!("{:#?}", work_sample.deliveries)
    };
    let head = &work_sample.pushes.last().unwrap().after;
    assert_eq!(delivery.sha.as_ref(), Some(head));
    assert!(delivery.effective && !delivery.late);
    assert!(matches!(delivery.place, Some(Place::Review { .. })));
    assert!(delivery.key.0.starts_with("pull_request_review:"));
    assert!(delivery.key.0.ends_with(":submitted"));
    stage.world.stop().await.unwrap();
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn edits_by_webhook_keep_first_texts_and_the_delivery(#[case] on: On) {
    let Some(stage) = Stage::of(&format!("{REVIEWED}{EDITED}"), on).await else {
        return;
    };
    let work_sample = folded(&stage.world.services, &stage.id).await;
    let question = review_comments(&work_sample)[0];
    assert!(question.text.ends_with("I keep it."));
    assert_eq!(question.history.len(), 1);
    assert!(question.history[0].text.ends_with("does not say."));
    let reviews = reviews(&work_sample);
    let review = reviews.last().unwrap();
    assert_eq!(review.text, "All of it is there.");
    assert!(review.history[0].text.starts_with("/deliver"));
    assert_eq!(review.remark, None);
    assert_eq!(work_sample.deliveries.len(), 1, "it stands");
    stage.world.stop().await.unwrap();
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn webhook_and_reconciliation_of_reviews_give_one_row(#[case] on: On) {
    let Some(stage) = Stage::of(REVIEWED, on).await else {
        return;
    };
    let heard = reports_of(&stage.world.services, &stage.id).await;
    let rows = events(&stage).await.len();
    assert_eq!(look(&stage.world.services, &stage).await, 0);
    assert_eq!(events(&stage).await.len(), rows);
    // Two reviews with text, four without (two of them hold a comment each), two verdicts, two comments.
    let keys: BTreeSet<String> = events(&stage)
        .await
        .into_iter()
        .filter(|event| event.source == Source::Webhook)
        .map(|event| event.happening.key.0)
        .filter(|key| key.starts_with("pull_request_review"))
        .collect();
    let count = |end: &str| keys.iter().filter(|key| key.ends_with(end)).count();
    assert_eq!(count(":submitted"), 5, "{keys:#?}");
    assert_eq!(count(":created"), 2, "{keys:#?}");
    assert_eq!(count(":approved") + count(":changes_requested"), 2);

    let deaf = deaf(&stage).await;
    hear_members(&stage, &deaf).await;
    assert!(look(&deaf.services, &stage).await > 5);
    let seen = reports_of(&deaf.services, &stage.id).await;
    assert_eq!(seen.markdown, heard.markdown);
    assert_eq!(seen, heard);
    assert_eq!(look(&deaf.services, &stage).await, 0);
    let secret = stage.world.webhook_secret();
    for one in stage.world.stand_in.deliveries().iter().rev() {
        hear(&deaf.services, one, secret).await;
    }
    deaf.worker.drain().await.unwrap();
    assert_eq!(reports_of(&deaf.services, &stage.id).await, heard);
    deaf.services.store.close().await;
    stage.world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn unchanged_reviews_cost_nothing_to_look_at() {
    let Some(stage) = Stage::of(REVIEWED, On::Sqlite).await else {
        return;
    };
    look(&stage.world.services, &stage).await;
    let before = requests_left(&stage.world).await;
    let calls = stage.world.stand_in.calls();
    assert_eq!(look(&stage.world.services, &stage).await, 0);
    assert_eq!(requests_left(&stage.world).await, before);
    let after = stage.world.stand_in.calls();
    for route in [
        "GET /repos/{owner}/{repo}/pulls/{number}/reviews",
        "GET /repos/{owner}/{repo}/pulls/comments",
    ] {
        assert_eq!(after[route], calls[route] + 1, "{route}");
    }
    stage.world.stop().await.unwrap();
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn review_webhooks_after_a_look_have_the_last_word(#[case] on: On) {
    let Some(stage) = Stage::of(&format!("{REVIEWED}{EDITED}"), on).await else {
        return;
    };
    let heard = reports_of(&stage.world.services, &stage.id).await;
    let deaf = deaf(&stage).await;
    look(&deaf.services, &stage).await;
    assert_ne!(reports_of(&deaf.services, &stage.id).await, heard);
    let secret = stage.world.webhook_secret();
    for one in stage.world.stand_in.deliveries().iter().rev() {
        hear(&deaf.services, one, secret).await;
    }
    deaf.worker.drain().await.unwrap();
    let after = reports_of(&deaf.services, &stage.id).await;
    assert_eq!(after.markdown, heard.markdown);
    assert_eq!(after, heard);
    deaf.services.store.close().await;
    stage.world.stop().await.unwrap();
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn deleted_review_comment_is_found_gone_by_looking(#[case] on: On) {
    let Some(stage) = Stage::of(REVIEWED, on).await else {
        return;
    };
    let deaf = deaf(&stage).await;
    look(&deaf.services, &stage).await;
    let id = match review_comments(&folded(&deaf.services, &stage.id).await)[0].place {
        Place::ReviewComment { comment_id, .. } => comment_id,
        _ => unreachable!("a review comment"),
    };
    later(&stage);
    let path = format!("repos/{}/pulls/comments/{id}", stage.full_name);
    behind_its_back(&stage.world, Method::DELETE, &path, json!({})).await;
    let deleted_at = stage.world.now();
    later(&stage);
    look(&deaf.services, &stage).await;
    let work_sample = folded(&deaf.services, &stage.id).await;
    let comments = review_comments(&work_sample);
    assert_eq!(
        comments[0].deleted_at.map(|at| at.timestamp()),
        Some(deleted_at.timestamp()),
        "GitHub touches the pull request then"
    );
    assert_eq!(comments[1].deleted_at, None);
    assert_eq!(look(&deaf.services, &stage).await, 0);
    deaf.services.store.close().await;
    stage.world.stop().await.unwrap();
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn review_edit_no_webhook_told_is_edited_unseen(#[case] on: On) {
    let Some(stage) = Stage::of(REVIEWED, on).await else {
        return;
    };
    let deaf = deaf(&stage).await;
    look(&deaf.services, &stage).await;
    later(&stage);
    let place = reviews(&folded(&deaf.services, &stage.id).await)[0]
        .place
        .clone();
    let Place::Review { number, review_id } = place else {
        unreachable!("a review")
    };
    let path = format!(
        "repos/{}/pulls/{number}/reviews/{review_id}",
        stage.full_name
    );
    let text = json!({ "body": "Say who greets whom." });
    behind_its_back(&stage.world, Method::PUT, &path, text).await;
    later(&stage);
    let looked_at = stage.world.now();
    assert!(look(&deaf.services, &stage).await > 0);
    let work_sample = folded(&deaf.services, &stage.id).await;
    let review = reviews(&work_sample)[0];
    assert_eq!(review.text, "Say who greets whom.");
    assert_eq!(review.history[0].text, "Say who greets.");
    assert_eq!(
        review.history[0].until.timestamp(),
        looked_at.timestamp(),
        "when is not known, only that it was before the look"
    );
    assert_eq!(
        review.remark.as_deref(),
        Some("edited unseen: GitHub does not say later by whom")
    );
    assert_eq!(look(&deaf.services, &stage).await, 0);
    deaf.services.store.close().await;
    stage.world.stop().await.unwrap();
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn pending_review_is_read_from_its_submission_on(#[case] on: On) {
    let until = REVIEWED.find("[[step]]\ndo = \"review_comment\"").unwrap();
    let Some(stage) = Stage::of(&REVIEWED[..until], on).await else {
        return;
    };
    let world = &stage.world;
    let token = world.stand_in.add_user("toni-talks", "Toni Talks").unwrap();
    let api = format!("{}repos/{}", world.stand_in.api_url(), stage.full_name);
    let post = async |path: &str, body: Value| -> Value {
        let request = reqwest::Client::new().post(format!("{api}{path}"));
        let answer = as_account(request.json(&body), &token).await;
        assert!(answer.status().is_success(), "{}", answer.status());
        answer.json().await.unwrap()
    };
    let comment = json!({ "path": "greeting.txt", "line": 1, "body": "/question A mark?" });
    let pending = post(
        "/pulls/2/reviews",
        json!({ "body": "/deliver", "comments": [comment] }),
    )
    .await;
    assert_eq!(pending["state"], "PENDING");
    world.settle().await.unwrap();
    let deaf = deaf(&stage).await;
    look(&deaf.services, &stage).await;
    for services in [&world.services, &deaf.services] {
        let work_sample = folded(services, &stage.id).await;
        assert_eq!(reviews(&work_sample).len(), 0, "nobody but Toni sees it");
        assert_eq!(review_comments(&work_sample).len(), 0);
        assert_eq!(work_sample.deliveries.len(), 0);
    }
    world.clock.advance(Duration::hours(2));
    let submitted_at = world.now();
    let path = format!("/pulls/2/reviews/{}/events", pending["id"]);
    post(&path, json!({ "event": "COMMENT" })).await;
    world.settle().await.unwrap();
    look(&deaf.services, &stage).await;
    // A pass records what was declared before it began.
    look(&deaf.services, &stage).await;
    for services in [&world.services, &deaf.services] {
        let work_sample = folded(services, &stage.id).await;
        let question = review_comments(&work_sample)[0];
        assert_eq!(question.at.timestamp(), submitted_at.timestamp());
        assert_eq!(question.remark, None);
        assert_eq!(
            work_sample.deliveries[0].at.timestamp(),
            submitted_at.timestamp()
        );
    }
    deaf.services.store.close().await;
    stage.world.stop().await.unwrap();
}
