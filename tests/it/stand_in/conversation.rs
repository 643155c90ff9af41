//! Repositories, people, issues and comments through octocrab, which must find everything it finds on GitHub.

use octocrab::models::IssueState;
use octocrab::params::State;
use serde_json::{Value, json};

use worksample::stand_in::Limits;

use super::stage::{ORG, SERVICE, Stage, create_repo, start};

fn github_error(error: octocrab::Error) -> (u16, String) {
    match error {
        octocrab::Error::GitHub { source, .. } => (source.status_code.as_u16(), source.message),
        other => panic!("not an answer of GitHub: {other:?}"),
    }
}

#[tokio::test]
async fn a_repository_is_created_once_and_its_name_is_taken_then() {
    let stage = Stage::new().await;
    let service = stage.service();
    create_repo(&service, "order-api").await.unwrap();

    let repo = service.repos(ORG, "order-api").get().await.unwrap();
    assert_eq!(repo.full_name.as_deref(), Some("acme/order-api"));
    assert_eq!(repo.private, Some(true));
    assert!(repo.permissions.unwrap().admin);

    let error = create_repo(&service, "Order-API").await.unwrap_err();
    let octocrab::Error::GitHub { source, .. } = error else {
        panic!("not an answer of GitHub")
    };
    assert_eq!(source.status_code.as_u16(), 422);
    assert_eq!(source.message, "Repository creation failed.");
    let errors = source.errors.unwrap();
    assert_eq!(errors[0]["message"], "name already exists on this account");
}

#[tokio::test]
async fn a_private_repository_does_not_exist_for_strangers_and_wrong_tokens_open_nothing() {
    let stage = Stage::new().await;
    create_repo(&stage.service(), "secret").await.unwrap();

    let stranger = stage.person("mallory");
    let refused = stranger.repos(ORG, "secret").get().await.unwrap_err();
    assert_eq!(github_error(refused), (404, "Not Found".to_owned()));
    let refused = create_repo(&stranger, "mine").await.unwrap_err();
    assert_eq!(github_error(refused).0, 404);

    let nobody = stage.client("ghp_000000000000000000000000000000000000");
    let refused = nobody.current().user().await.unwrap_err();
    assert_eq!(github_error(refused), (401, "Bad credentials".to_owned()));
}

#[tokio::test]
async fn an_invited_person_becomes_a_collaborator_by_accepting() {
    let stage = Stage::new().await;
    let (service, dana) = (stage.service(), stage.person("dana"));
    create_repo(&service, "order-api").await.unwrap();
    let path = format!("/repos/{ORG}/order-api/collaborators/dana");

    let body = json!({"permission": "push"});
    let first: Value = service.put(&path, Some(&body)).await.unwrap();
    let again: Value = service.put(&path, Some(&body)).await.unwrap();
    assert_eq!(first["id"], again["id"], "one pending invitation is enough");
    let pending = service
        .repos(ORG, "order-api")
        .list_invitations()
        .send()
        .await
        .unwrap();
    assert_eq!(pending.items.len(), 1);
    assert_eq!(pending.items[0].expired, Some(false));
    assert!(dana.repos(ORG, "order-api").get().await.is_err());

    let own: Vec<Value> = dana
        .get("/user/repository_invitations", None::<&()>)
        .await
        .unwrap();
    let accept = format!("/user/repository_invitations/{}", own[0]["id"]);
    assert_eq!(
        dana._patch(&accept, None::<&()>).await.unwrap().status(),
        204
    );
    assert_eq!(
        dana._patch(&accept, None::<&()>).await.unwrap().status(),
        404
    );

    assert!(dana.repos(ORG, "order-api").get().await.is_ok());
    let permission: Value = service
        .get(format!("{path}/permission"), None::<&()>)
        .await
        .unwrap();
    assert_eq!(permission["permission"], "write");

    let lowered = service
        ._put(&path, Some(&json!({"permission": "pull"})))
        .await
        .unwrap();
    assert_eq!(lowered.status(), 204);
    let permission: Value = service
        .get(format!("{path}/permission"), None::<&()>)
        .await
        .unwrap();
    assert_eq!(permission["permission"], "read");
}

#[tokio::test]
async fn an_invitation_lapses_after_seven_days() {
    let stage = Stage::new().await;
    let (service, dana) = (stage.service(), stage.person("dana"));
    create_repo(&service, "order-api").await.unwrap();
    let path = format!("/repos/{ORG}/order-api/collaborators/dana");
    let first: Value = service.put(&path, Some(&json!({}))).await.unwrap();

    stage.minutes_pass(7 * 24 * 60);
    let rows: Vec<Value> = service
        .get(format!("/repos/{ORG}/order-api/invitations"), None::<&()>)
        .await
        .unwrap();
    assert_eq!(rows[0]["expired"], true);
    let accept = format!("/user/repository_invitations/{}", first["id"]);
    assert_eq!(
        dana._patch(&accept, None::<&()>).await.unwrap().status(),
        404
    );
    let second: Value = service.put(&path, Some(&json!({}))).await.unwrap();
    assert_ne!(first["id"], second["id"]);
}

#[tokio::test]
async fn issues_and_comments_are_opened_edited_closed_and_found_by_time() {
    let stage = Stage::new().await;
    let dana = stage.repository_with("order-api", "dana").await;
    let issues = dana.issues(ORG, "order-api");

    let first = issues
        .create("Kickoff")
        .body("Please read BRIEF.md")
        .send()
        .await
        .unwrap();
    assert_eq!((first.number, first.comments), (1, 0));
    let said = issues
        .create_comment(1, "I understood it so")
        .await
        .unwrap();
    stage.minutes_pass(10);
    let second = issues
        .create("Question: status")
        .body("Which?")
        .labels(vec!["question".to_owned()])
        .send()
        .await
        .unwrap();
    assert_eq!(second.labels[0].name, "question");

    let since = second.created_at;
    let recent = issues
        .list()
        .since(since)
        .state(State::All)
        .send()
        .await
        .unwrap();
    assert_eq!(recent.items.len(), 1, "only the second is as young");
    stage.minutes_pass(10);
    let edited = issues
        .update_comment(said.id, "I understood it otherwise")
        .await
        .unwrap();
    assert_eq!(edited.body.as_deref(), Some("I understood it otherwise"));
    let recent = issues
        .list_issue_comments()
        .since(since)
        .send()
        .await
        .unwrap();
    assert_eq!(recent.items.len(), 1, "an edit makes a comment young again");

    let closed = issues
        .update(2)
        .state(IssueState::Closed)
        .send()
        .await
        .unwrap();
    assert!(closed.closed_at.is_some());
    let open = issues.list().send().await.unwrap();
    assert_eq!(
        open.items
            .iter()
            .map(|issue| issue.number)
            .collect::<Vec<_>>(),
        [1]
    );

    issues.delete_comment(said.id).await.unwrap();
    assert_eq!(issues.get(1).await.unwrap().comments, 0);
    assert!(issues.get(99).await.is_err());
}

#[tokio::test]
async fn long_lists_come_in_linked_pages() {
    let stage = Stage::new().await;
    let dana = stage.repository_with("order-api", "dana").await;
    let issues = dana.issues(ORG, "order-api");
    for number in 1..=5 {
        issues
            .create(format!("Issue {number}"))
            .send()
            .await
            .unwrap();
    }

    let page = issues.list().per_page(2).send().await.unwrap();
    assert!(page.prev.is_none() && page.next.is_some() && page.last.is_some());
    let all = dana.all_pages(page).await.unwrap();
    let numbers: Vec<u64> = all.iter().map(|issue| issue.number).collect();
    assert_eq!(numbers, [5, 4, 3, 2, 1]);
}

#[tokio::test]
async fn people_change_only_what_is_theirs() {
    let stage = Stage::new().await;
    let dana = stage.repository_with("order-api", "dana").await;
    let service = stage.service();
    let kickoff = service
        .issues(ORG, "order-api")
        .create("Kickoff")
        .send()
        .await
        .unwrap();
    let path = format!("/repos/{ORG}/order-api/collaborators/dana");
    service
        ._put(&path, Some(&json!({"permission": "pull"})))
        .await
        .unwrap();

    let refused = dana
        .issues(ORG, "order-api")
        .update(kickoff.number)
        .title("Mine now")
        .send()
        .await
        .unwrap_err();
    assert_eq!(github_error(refused).0, 403);
    let refused = dana.repos(ORG, "order-api").delete().await.unwrap_err();
    assert_eq!(github_error(refused).0, 403);
    assert!(
        dana.issues(ORG, "order-api")
            .create_comment(1, "But I may speak")
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn everything_answered_is_there_after_a_restart_and_tokens_stay_the_same() {
    let stage = Stage::new().await;
    let token = stage.stand_in.add_user("dana", "Dana").unwrap();
    let dana = stage.repository_with("order-api", "dana").await;
    dana.issues(ORG, "order-api")
        .create("Question")
        .send()
        .await
        .unwrap();
    let service_token = stage.stand_in.service_token().to_owned();

    let stage = stage.restart().await;
    assert_eq!(stage.stand_in.add_user("DANA", "Dana").unwrap(), token);
    assert_eq!(stage.stand_in.service_token(), service_token);
    let issue = stage
        .person("dana")
        .issues(ORG, "order-api")
        .get(1)
        .await
        .unwrap();
    assert_eq!(issue.title, "Question");
    let me = stage.service().current().user().await.unwrap();
    assert_eq!(me.login, SERVICE);
}

#[tokio::test]
async fn one_folder_serves_one_stand_in_and_is_closed_to_others() {
    use std::os::unix::fs::PermissionsExt as _;
    let stage = Stage::new().await;
    let dir = stage.dir.path().join("stand-in");
    let error = start(&dir, &stage.clock, Limits::GITHUB)
        .await
        .err()
        .unwrap();
    assert!(
        error.to_string().contains("in use by another stand-in"),
        "{error}"
    );
    let mode = std::fs::metadata(dir.join("state.jsonl"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[tokio::test]
async fn a_renamed_repository_is_found_under_its_old_name() {
    let stage = Stage::new().await;
    let service = stage.service();
    create_repo(&service, "before").await.unwrap();
    let body = json!({"name": "after"});
    let _: Value = service
        .patch(format!("/repos/{ORG}/before"), Some(&body))
        .await
        .unwrap();

    let moved = service._get(format!("/repos/{ORG}/before")).await.unwrap();
    let status = moved.status();
    assert!(status == 301 || status == 200, "{status}");
    let repo = service.repos(ORG, "after").get().await.unwrap();
    assert_eq!(repo.name, "after");
    create_repo(&service, "before").await.unwrap();
    let repo = service.repos(ORG, "before").get().await.unwrap();
    assert_eq!(repo.name, "before");
}

#[tokio::test]
async fn the_same_api_answers_below_the_prefix_of_an_enterprise_server() {
    let stage = Stage::new().await;
    let service = stage.service();
    let user: Value = service.get("/api/v3/user", None::<&()>).await.unwrap();
    assert_eq!(user["login"], SERVICE);
    let unknown = service._get("/api/v3/nothing/here").await.unwrap();
    assert_eq!(unknown.status(), 404);
    let limits = service._get("/rate_limit").await.unwrap();
    let headers = limits.headers();
    assert_eq!(headers["x-ratelimit-limit"], "5000");
    assert!(headers.contains_key("x-github-request-id"));
}
