//! Real git against the stand-in, and what the REST API says of what was pushed.

use octocrab::models::IssueState;
use serde_json::{Value, json};

use super::stage::{ORG, Receiver, SECRET, Stage, create_repo, git};

#[tokio::test]
async fn what_is_pushed_is_cloned_again_and_read_through_the_api() {
    let stage = Stage::new().await;
    let dana = stage.repository_with("order-api", "dana").await;
    let token = stage.stand_in.add_user("dana", "Dana").unwrap();
    let copy = stage.clone("order-api", &token).await;
    copy.commit("README.md", "# Order API\n", "Start").await;
    let second = copy.commit("src.txt", "two\n", "Second").await;
    copy.git(&["push", "--quiet", "origin", "main"]).await;

    let other = stage
        .clone("order-api", stage.stand_in.service_token())
        .await;
    assert_eq!(other.git(&["rev-parse", "origin/main"]).await, second);

    let commits = dana
        .repos(ORG, "order-api")
        .list_commits()
        .send()
        .await
        .unwrap();
    assert_eq!(commits.items.len(), 2);
    assert_eq!(commits.items[0].sha, second);
    assert_eq!(commits.items[0].author.as_ref().unwrap().login, "dana");
    let detail: Value = dana
        .get(
            format!("/repos/{ORG}/order-api/commits/{second}"),
            None::<&()>,
        )
        .await
        .unwrap();
    assert_eq!(detail["files"][0]["filename"], "src.txt");
    let files = dana
        .repos(ORG, "order-api")
        .get_content()
        .path("README.md")
        .send()
        .await
        .unwrap();
    assert_eq!(
        files.items[0].decoded_content().as_deref(),
        Some("# Order API\n")
    );
}

#[tokio::test]
async fn unknown_commits_and_empty_repositories_are_refused_as_on_github() {
    let stage = Stage::new().await;
    let service = stage.service();
    create_repo(&service, "order-api").await.unwrap();
    let path = format!("/repos/{ORG}/order-api");
    assert_eq!(
        service
            ._get(format!("{path}/commits"))
            .await
            .unwrap()
            .status(),
        409
    );

    let body = json!({"message": "Start", "content": "aGkK"});
    let made: Value = service
        .put(format!("{path}/contents/docs/a.txt"), Some(&body))
        .await
        .unwrap();
    assert_eq!(made["content"]["path"], "docs/a.txt");
    let unknown = "0123456789012345678901234567890123456789";
    let answer = service
        ._get(format!("{path}/commits/{unknown}"))
        .await
        .unwrap();
    assert_eq!(answer.status(), 422);
    let answer = service
        ._get(format!("{path}/commits?sha=nowhere"))
        .await
        .unwrap();
    assert_eq!(answer.status(), 404);
    let answer = service
        ._put(format!("{path}/contents/docs/a.txt"), Some(&body))
        .await
        .unwrap();
    assert_eq!(
        answer.status(),
        422,
        "without the old file's sha nothing is overwritten"
    );
    for odd in ["..%2f..%2fHEAD", ".git/config", "a%00b"] {
        let answer = service
            ._get(format!("{path}/contents/{odd}"))
            .await
            .unwrap();
        assert_eq!(answer.status(), 404, "{odd}");
    }
}

#[tokio::test]
async fn git_is_refused_without_the_right_token() {
    let stage = Stage::new().await;
    let _ = stage.repository_with("order-api", "dana").await;
    let stranger = stage.stand_in.add_user("mallory", "Mallory").unwrap();
    let here = stage.dir.path();

    let wrong = stage.clone_url("order-api", "ghp_wrong");
    let error = git(here, &["clone", &wrong, "wrong"]).await.unwrap_err();
    assert!(error.contains("Authentication failed"), "{error}");
    let error = git(
        here,
        &[
            "clone",
            &stage.clone_url("order-api", &stranger),
            "stranger",
        ],
    )
    .await
    .unwrap_err();
    assert!(error.contains("not found"), "{error}");
    let error = git(
        here,
        &["clone", &stage.clone_url("../../etc", &stranger), "odd"],
    )
    .await
    .unwrap_err();
    assert!(error.contains("not found"), "{error}");

    let token = stage.stand_in.add_user("dana", "Dana").unwrap();
    let copy = stage.clone("order-api", &token).await;
    copy.commit("a", "1", "One").await;
    let path = format!("/repos/{ORG}/order-api/collaborators/dana");
    stage
        .service()
        ._put(&path, Some(&json!({"permission": "pull"})))
        .await
        .unwrap();
    let error = git(&copy.dir, &["push", "origin", "main"])
        .await
        .unwrap_err();
    assert!(error.contains("403"), "{error}");
}

#[tokio::test]
async fn a_large_push_and_a_shallow_clone_pass() {
    let stage = Stage::new().await;
    let _ = stage.repository_with("order-api", "dana").await;
    let token = stage.stand_in.add_user("dana", "Dana").unwrap();
    let copy = stage.clone("order-api", &token).await;
    // Bytes that do not compress, so that the pack is larger than any default limit on a body.
    let mut state = 1_u64;
    let bytes: Vec<u8> = std::iter::repeat_with(|| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        state.to_be_bytes()[0]
    })
    .take(3_000_000)
    .collect();
    std::fs::write(copy.dir.join("big.bin"), bytes).unwrap();
    copy.commit("small", "1", "Big").await;
    copy.commit("small", "2", "Small").await;
    copy.git(&["push", "--quiet", "origin", "main"]).await;

    let url = stage.clone_url("order-api", &token);
    git(
        stage.dir.path(),
        &["clone", "--quiet", "--depth=1", &url, "shallow"],
    )
    .await
    .unwrap();
    let count = git(
        &stage.dir.path().join("shallow"),
        &["rev-list", "--count", "HEAD"],
    )
    .await;
    assert_eq!(count.unwrap(), "1");
}

#[tokio::test]
async fn each_push_is_told_in_order_with_its_commits_and_a_forced_one_says_so() {
    let stage = Stage::new().await;
    let receiver = Receiver::start();
    stage.stand_in.set_webhook(&receiver.url, SECRET).unwrap();
    let _ = stage.repository_with("order-api", "dana").await;
    let token = stage.stand_in.add_user("dana", "Dana").unwrap();
    let copy = stage.clone("order-api", &token).await;
    let first = copy.commit("a", "1", "One").await;
    copy.git(&["push", "--quiet", "origin", "main"]).await;
    stage.minutes_pass(5);
    let second = copy.commit("b", "2", "Two").await;
    copy.git(&["push", "--quiet", "origin", "main"]).await;
    copy.git(&["reset", "--quiet", "--hard", &first]).await;
    let other = copy.commit("c", "3", "Three").await;
    copy.git(&["push", "--quiet", "--force", "origin", "main"])
        .await;
    stage.stand_in.settle().await;

    let pushes: Vec<Value> = receiver
        .of("push")
        .into_iter()
        .map(|one| one.payload)
        .collect();
    let ends: Vec<(&str, &str, bool)> = pushes
        .iter()
        .map(|push| {
            let text = |key: &str| push[key].as_str().unwrap();
            (
                text("before"),
                text("after"),
                push["forced"].as_bool().unwrap(),
            )
        })
        .collect();
    let zero = "0".repeat(40);
    assert_eq!(
        ends,
        [
            (zero.as_str(), first.as_str(), false),
            (first.as_str(), second.as_str(), false),
            (second.as_str(), other.as_str(), true),
        ]
    );
    assert_eq!(pushes[0]["created"], true);
    assert_eq!(pushes[1]["commits"][0]["added"], json!(["b"]));
    assert_eq!(pushes[1]["commits"][0]["author"]["username"], "dana");
    assert_eq!(pushes[1]["head_commit"]["message"], "Two");
    assert_eq!(pushes[1]["pusher"]["name"], "dana");
    let seconds = "2026-03-02T09:05:00Z"
        .parse::<worksample::clock::Timestamp>()
        .unwrap()
        .timestamp();
    assert_eq!(pushes[1]["repository"]["pushed_at"], seconds);

    // What a force push left behind can still be fetched, for a frozen delivery needs it.
    let url = stage.clone_url("order-api", &token);
    git(stage.dir.path(), &["init", "--quiet", "frozen"])
        .await
        .unwrap();
    let frozen = stage.dir.path().join("frozen");
    git(&frozen, &["fetch", "--quiet", "--depth=1", &url, &second])
        .await
        .unwrap();
}

#[tokio::test]
async fn a_pull_request_follows_its_branch_and_is_merged() {
    let stage = Stage::new().await;
    let receiver = Receiver::start();
    stage.stand_in.set_webhook(&receiver.url, SECRET).unwrap();
    let dana = stage.repository_with("order-api", "dana").await;
    let token = stage.stand_in.add_user("dana", "Dana").unwrap();
    let copy = stage.clone("order-api", &token).await;
    copy.commit("a", "1\n", "One").await;
    copy.git(&["push", "--quiet", "origin", "main"]).await;
    copy.git(&["switch", "--quiet", "-c", "work"]).await;
    copy.commit("b", "2\n", "Two").await;
    copy.git(&["push", "--quiet", "origin", "work"]).await;

    let pulls = dana.pulls(ORG, "order-api");
    let pull = pulls
        .create("Delivery", "work", "main")
        .body("Done")
        .send()
        .await
        .unwrap();
    assert_eq!((pull.commits, pull.changed_files), (Some(1), Some(1)));
    assert!(pulls.create("Again", "work", "main").send().await.is_err());
    assert!(pulls.create("Odd", "nowhere", "main").send().await.is_err());
    let head = copy.commit("b", "3\n", "Three").await;
    copy.git(&["push", "--quiet", "origin", "work"]).await;
    let pull = pulls.get(pull.number).await.unwrap();
    assert_eq!(pull.head.sha, head);
    assert_eq!(pull.mergeable, Some(true));
    let refs = copy.git(&["ls-remote", "origin", "refs/pull/1/head"]).await;
    assert!(refs.starts_with(&head), "{refs}");

    pulls.merge(pull.number).send().await.unwrap();
    let pull = pulls.get(pull.number).await.unwrap();
    assert_eq!(
        (pull.merged, pull.state),
        (Some(true), Some(IssueState::Closed))
    );
    stage.stand_in.settle().await;
    let actions: Vec<String> = receiver
        .of("pull_request")
        .iter()
        .map(|one| one.action().to_owned())
        .collect();
    assert_eq!(actions, ["opened", "synchronize", "closed"]);
    assert_eq!(receiver.of("push").len(), 4);
}

#[tokio::test]
async fn a_pull_request_closes_with_its_branch() {
    let stage = Stage::new().await;
    let dana = stage.repository_with("order-api", "dana").await;
    let token = stage.stand_in.add_user("dana", "Dana").unwrap();
    let copy = stage.clone("order-api", &token).await;
    copy.commit("a", "1", "One").await;
    copy.git(&["push", "--quiet", "origin", "main"]).await;
    copy.git(&["switch", "--quiet", "-c", "work"]).await;
    copy.commit("b", "2", "Two").await;
    copy.git(&["push", "--quiet", "origin", "work"]).await;
    let pulls = dana.pulls(ORG, "order-api");
    let pull = pulls
        .create("Delivery", "work", "main")
        .send()
        .await
        .unwrap();
    copy.git(&["push", "--quiet", "origin", "--delete", "work"])
        .await;
    let pull = pulls.get(pull.number).await.unwrap();
    assert_eq!(
        (pull.merged, pull.state),
        (Some(false), Some(IssueState::Closed))
    );
}

#[tokio::test]
async fn continuous_integration_reports_on_a_commit() {
    let stage = Stage::new().await;
    let receiver = Receiver::start();
    stage.stand_in.set_webhook(&receiver.url, SECRET).unwrap();
    let dana = stage.repository_with("order-api", "dana").await;
    let token = stage.stand_in.add_user("dana", "Dana").unwrap();
    let copy = stage.clone("order-api", &token).await;
    let sha = copy.commit("a", "1", "One").await;
    copy.git(&["push", "--quiet", "origin", "main"]).await;
    let path = format!("/repos/{ORG}/order-api");
    let body = json!({"name": "tests", "head_sha": sha, "conclusion": "success"});
    let _: Value = dana
        .post(format!("{path}/check-runs"), Some(&body))
        .await
        .unwrap();
    let body = json!({"state": "failure", "context": "lint"});
    let _: Value = dana
        .post(format!("{path}/statuses/{sha}"), Some(&body))
        .await
        .unwrap();

    let runs: octocrab::models::checks::ListCheckRuns = dana
        .get(format!("{path}/commits/main/check-runs"), None::<&()>)
        .await
        .unwrap();
    assert_eq!(runs.check_runs[0].conclusion.as_deref(), Some("success"));
    let combined: Value = dana
        .get(format!("{path}/commits/{sha}/status"), None::<&()>)
        .await
        .unwrap();
    assert_eq!(combined["state"], "failure");
    stage.stand_in.settle().await;
    assert_eq!(
        receiver.of("check_run").last().unwrap().action(),
        "completed"
    );
}
