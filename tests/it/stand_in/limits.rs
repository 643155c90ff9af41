//! GitHub's limits, with GitHub's headers and words, by the clock that is passed in.

use serde_json::{Value, json};
use worksample::stand_in::Limits;

use super::raw::{Answer, ask};
use super::stage::{ORG, Stage, create_repo};

async fn user(stage: &Stage, token: &str) -> Answer {
    ask(&stage.request("GET", "user"), token, None)
        .await
        .unwrap()
}

#[tokio::test]
async fn the_eighty_first_issue_within_a_minute_is_refused_and_after_the_wait_it_is_taken() {
    let stage = Stage::new().await;
    let token = stage.stand_in.service_token().to_owned();
    create_repo(&stage.service(), "order-api").await.unwrap();
    let issues = stage.request("POST", &format!("repos/{ORG}/order-api/issues"));
    let body = json!({"title": "One of many"});
    let mut answers = Vec::new();
    for _ in 0..80 {
        answers.push(ask(&issues, &token, Some(&body)).await.unwrap());
    }
    let refused = answers.pop().unwrap();
    assert!(
        answers.iter().all(|answer| answer.status == 201),
        "the repository was the first"
    );
    assert_eq!(refused.status, 403);
    assert!(refused.message().starts_with("You have exceeded a secondary rate limit and have been temporarily blocked from content creation."), "{}", refused.message());
    assert_eq!(
        refused.body["documentation_url"],
        "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits"
    );
    let wait: i64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=61).contains(&wait), "{wait}");
    assert_eq!(
        user(&stage, &token).await.status,
        200,
        "reading is still free"
    );
    assert_eq!(stage.stand_in.refused_by_limits(), 1);
    stage.clock.advance(chrono::Duration::seconds(wait));
    assert_eq!(ask(&issues, &token, Some(&body)).await.unwrap().status, 201);
    let calls = stage.stand_in.calls();
    assert_eq!(calls["POST /repos/{owner}/{repo}/issues"], 81);
    assert_eq!(calls["POST /orgs/{org}/repos"], 1);
}

#[tokio::test]
async fn who_has_used_the_hour_is_told_when_it_is_over() {
    let stage = Stage::with(Limits {
        requests_an_hour: 3,
        ..Limits::GITHUB
    })
    .await;
    let token = stage.stand_in.add_user("dana", "Dana").unwrap();
    let me = user(&stage, &token).await;
    assert_eq!(
        (
            me.header("x-ratelimit-limit"),
            me.header("x-ratelimit-remaining")
        ),
        ("3", "2")
    );
    let id = me.body["id"].clone();
    let tag = me.header("etag").to_owned();
    assert!(tag.starts_with("W/\""));
    // What has not changed costs nothing.
    let again = super::raw::client()
        .get(stage.url("user"))
        .bearer_auth(&token)
        .header("if-none-match", &tag)
        .send()
        .await
        .unwrap();
    assert_eq!(
        (
            again.status().as_u16(),
            again.headers()["x-ratelimit-remaining"].as_bytes()
        ),
        (304, b"2".as_slice())
    );
    user(&stage, &token).await;
    user(&stage, &token).await;
    let refused = user(&stage, &token).await;
    assert_eq!(
        (refused.status, refused.header("x-ratelimit-remaining")),
        (403, "0")
    );
    assert!(
        refused
            .message()
            .starts_with(&format!("API rate limit exceeded for user ID {id}.")),
        "{}",
        refused.message()
    );
    assert_eq!(refused.header("retry-after"), "");
    let limits: Value = ask(&stage.request("GET", "rate_limit"), &token, None)
        .await
        .unwrap()
        .body;
    assert_eq!(limits["rate"]["remaining"], 0);
    assert_eq!(
        limits["rate"]["reset"].to_string(),
        refused.header("x-ratelimit-reset")
    );
    let other = stage.stand_in.add_user("eve", "Eve").unwrap();
    assert_eq!(user(&stage, &other).await.status, 200);
    stage.minutes_pass(60);
    assert_eq!(user(&stage, &token).await.status, 200);
}

#[tokio::test]
async fn too_many_points_within_a_minute_are_answered_with_429() {
    let stage = Stage::with(Limits {
        points_a_minute: 7,
        ..Limits::GITHUB
    })
    .await;
    let token = stage.stand_in.service_token().to_owned();
    create_repo(&stage.service(), "order-api").await.unwrap();
    user(&stage, &token).await;
    assert_eq!(
        user(&stage, &token).await.status,
        200,
        "five and one and one"
    );
    let refused = user(&stage, &token).await;
    assert_eq!(refused.status, 429);
    assert!(refused.header("retry-after").parse::<u64>().unwrap() <= 61);
}

#[tokio::test]
async fn nobody_may_have_more_requests_under_way_than_allowed() {
    use tokio::io::AsyncWriteExt as _;
    let limits = Limits {
        concurrent: 1,
        ..Limits::GITHUB
    };
    let stage = Stage::with(limits).await;
    let token = stage.stand_in.service_token().to_owned();
    create_repo(&stage.service(), "order-api").await.unwrap();
    // A request whose body does not end is under way until its sender goes.
    let mut slow = tokio::net::TcpStream::connect(stage.stand_in.address())
        .await
        .unwrap();
    let head = format!(
        "POST /repos/{ORG}/order-api/issues HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\ncontent-length: 1000\r\n\r\n{{"
    );
    slow.write_all(head.as_bytes()).await.unwrap();
    let until = async |status: u16| {
        for _ in 0..200 {
            let answer = user(&stage, &token).await;
            if answer.status == status {
                return answer;
            }
            tokio::task::yield_now().await;
        }
        panic!("{status} never came");
    };
    let refused = until(429).await;
    assert_eq!(refused.header("retry-after"), "60");
    drop(slow);
    until(200).await;
}
