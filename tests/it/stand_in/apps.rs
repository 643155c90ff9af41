//! GitHub Apps: made from a manifest, installed on organisations, speaking with tokens of their own.

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use super::raw::{Answer, ask, client, submit};
use super::stage::{ORG, OTHER_ORG, Receiver, SECRET, Stage, create_repo, git};

/// An App as its owner knows it.
struct App {
    id: u64,
    slug: String,
    pem: String,
    secret: String,
}

impl App {
    /// Makes the App as a lead would in a browser: the manifest is sent, the code comes back, the code is exchanged.
    async fn from_manifest(stage: &Stage, hook: &str) -> App {
        let manifest = json!({
            "name": "Worksample of Acme", "url": "https://worksample.example", "public": true,
            "redirect_url": "http://127.0.0.1:1/back", "setup_url": "http://127.0.0.1:1/set-up",
            "hook_attributes": {"url": hook, "active": true},
            "default_permissions": {"administration": "write", "contents": "write", "issues": "write"},
            "default_events": ["issues", "push", "repository"],
        });
        let url = stage.url(&format!("organizations/{ORG}/settings/apps/new?state=abc"));
        let sent = submit(&url, ("manifest", &manifest.to_string())).await;
        assert_eq!(sent.status(), 302);
        let back = sent.headers()["location"].to_str().unwrap().to_owned();
        let (address, query) = back.split_once('?').unwrap();
        assert_eq!(address, "http://127.0.0.1:1/back");
        let code = query
            .strip_prefix("code=")
            .and_then(|rest| rest.strip_suffix("&state=abc"))
            .unwrap();
        let exchange = stage.request("POST", &format!("app-manifests/{code}/conversions"));
        let made = ask(&exchange, "", None).await.unwrap();
        assert_eq!(made.status, 201, "{}", made.body);
        let again = ask(&exchange, "", None).await.unwrap();
        assert_eq!(again.status, 404, "a code is good once");
        let text = |name: &str| made.body[name].as_str().unwrap().to_owned();
        App {
            id: made.body["id"].as_u64().unwrap(),
            slug: text("slug"),
            pem: text("pem"),
            secret: text("webhook_secret"),
        }
    }

    /// A token of the App itself, by a clock that is so many minutes off.
    fn token_at(&self, stage: &Stage, minutes_off: i64) -> String {
        use worksample::clock::Clock as _;
        let now = stage.clock.now().timestamp() + minutes_off * 60;
        let claims = json!({"iss": self.id.to_string(), "iat": now - 60, "exp": now + 540});
        let key = EncodingKey::from_rsa_pem(self.pem.as_bytes()).unwrap();
        jsonwebtoken::encode(&Header::new(Algorithm::RS256), &claims, &key).unwrap()
    }

    fn token(&self, stage: &Stage) -> String {
        self.token_at(stage, 0)
    }

    /// Clicks "Install" on the App's page.
    async fn install_on(&self, stage: &Stage, account: &str) -> u64 {
        let url = stage.url(&format!("apps/{}/installations/new", self.slug));
        let page = client().get(&url).send().await.unwrap();
        assert!(page.text().await.unwrap().contains(account));
        let clicked = submit(&url, ("account", account)).await;
        let back = clicked.headers()["location"].to_str().unwrap();
        let rest = back
            .strip_prefix("http://127.0.0.1:1/set-up?installation_id=")
            .unwrap();
        rest.strip_suffix("&setup_action=install")
            .unwrap()
            .parse()
            .unwrap()
    }

    async fn installation_token(&self, stage: &Stage, installation: u64) -> Answer {
        let request = format!("app/installations/{installation}/access_tokens");
        ask(&stage.request("POST", &request), &self.token(stage), None)
            .await
            .unwrap()
    }
}

fn token_in(answer: &Answer) -> String {
    answer.body["token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_app_made_from_a_manifest_works_on_its_own_account_and_no_other() {
    let stage = Stage::new().await;
    let receiver = Receiver::start();
    let app = App::from_manifest(&stage, &receiver.url).await;
    assert!(app.pem.starts_with("-----BEGIN RSA PRIVATE KEY-----"));
    let here = app.install_on(&stage, ORG).await;
    let there = app.install_on(&stage, OTHER_ORG).await;
    assert_ne!(here, there);
    let got = app.installation_token(&stage, here).await;
    assert_eq!(got.status, 201);
    assert_eq!(got.body["permissions"]["issues"], "write");
    assert!(got.body["permissions"]["checks"].is_null());

    let client = stage.client(&token_in(&got));
    create_repo(&client, "order-api").await.unwrap();
    let issue = client
        .issues(ORG, "order-api")
        .create("Kickoff")
        .send()
        .await
        .unwrap();
    assert_eq!(issue.user.login, format!("{}[bot]", app.slug));
    let foreign = json!({"name": "order-api", "private": true});
    let foreign_path = stage.request("POST", &format!("orgs/{OTHER_ORG}/repos"));
    let refused = ask(&foreign_path, &token_in(&got), Some(&foreign))
        .await
        .unwrap();
    assert_eq!(refused.status, 403);
    let other = app.installation_token(&stage, there).await;
    let path = stage.request("GET", &format!("repos/{ORG}/order-api"));
    let unseen = ask(&path, &token_in(&other), None).await.unwrap();
    assert_eq!(unseen.status, 404, "a foreign repository is not there");
    let repos = stage.request("GET", "installation/repositories");
    let listed = ask(&repos, &token_in(&got), None).await.unwrap();
    assert_eq!(listed.body["total_count"], 1);

    stage.stand_in.settle().await;
    assert_eq!(
        receiver.names(),
        [
            "ping",
            "installation.created",
            "installation.created",
            "repository.created",
            "issues.opened"
        ]
    );
    let opened = receiver.of("issues").remove(0);
    assert_eq!(opened.payload["installation"]["id"], here);
    assert!(
        !opened.signature_is_right,
        "the App has a secret of its own"
    );
    assert!(!app.secret.is_empty());
}

#[tokio::test]
async fn git_takes_the_token_of_an_installation() {
    let stage = Stage::new().await;
    let app = App::from_manifest(&stage, "http://127.0.0.1:1/hook").await;
    let here = app.install_on(&stage, ORG).await;
    let there = app.install_on(&stage, OTHER_ORG).await;
    create_repo(&stage.service(), "order-api").await.unwrap();
    let token = token_in(&app.installation_token(&stage, here).await);
    let copy = stage.clone("order-api", &token).await;
    copy.commit("README.md", "# Order API\n", "Start").await;
    copy.git(&["push", "--quiet", "origin", "main"]).await;

    let foreign = token_in(&app.installation_token(&stage, there).await);
    let url = stage.clone_url("order-api", &foreign);
    let error = git(stage.dir.path(), &["clone", &url, "foreign"])
        .await
        .unwrap_err();
    assert!(error.contains("not found"), "{error}");
    stage
        .stand_in
        .grant_app(here, &[("contents", "read"), ("metadata", "read")], &[])
        .unwrap();
    copy.commit("b", "b", "More").await;
    let error = git(&copy.dir, &["push", "origin", "main"])
        .await
        .unwrap_err();
    assert!(error.contains("403"), "{error}");
}

#[tokio::test]
async fn the_token_of_an_app_whose_clock_is_off_is_refused_in_githubs_words() {
    let stage = Stage::new().await;
    let app = App::from_manifest(&stage, "http://127.0.0.1:1/hook").await;
    let asked = async |token: &str| {
        ask(&stage.request("GET", "app"), token, None)
            .await
            .unwrap()
    };
    let right = asked(&app.token(&stage)).await;
    assert_eq!((right.status, &right.body["id"]), (200, &json!(app.id)));
    for (minutes, words) in [
        (
            -10,
            "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
        ),
        (
            10,
            "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
        ),
    ] {
        let refused = asked(&app.token_at(&stage, minutes)).await;
        assert_eq!((refused.status, refused.message()), (401, words));
    }
    let stranger = App { id: 4711, ..app };
    let refused = asked(&stranger.token(&stage)).await;
    assert_eq!(
        (refused.status, refused.message()),
        (404, "Integration not found")
    );
}

#[tokio::test]
async fn a_suspended_installation_gets_no_token_and_its_token_opens_nothing() {
    let stage = Stage::new().await;
    let receiver = Receiver::start();
    let app = App::from_manifest(&stage, &receiver.url).await;
    let here = app.install_on(&stage, ORG).await;
    let token = token_in(&app.installation_token(&stage, here).await);
    stage.stand_in.suspend_app(here, true).unwrap();
    let repos = stage.request("GET", "installation/repositories");
    for refused in [
        app.installation_token(&stage, here).await,
        ask(&repos, &token, None).await.unwrap(),
    ] {
        assert_eq!(
            (refused.status, refused.message()),
            (403, "This installation has been suspended")
        );
    }
    let row = stage.request("GET", &format!("app/installations/{here}"));
    let row = ask(&row, &app.token(&stage), None).await.unwrap();
    assert!(row.body["suspended_at"].is_string());
    create_repo(&stage.service(), "unheard").await.unwrap();
    stage.stand_in.suspend_app(here, false).unwrap();
    assert_eq!(ask(&repos, &token, None).await.unwrap().status, 200);

    let delete = stage.request("DELETE", &format!("app/installations/{here}"));
    let deleted = ask(&delete, &app.token(&stage), None).await.unwrap();
    assert_eq!(deleted.status, 204);
    assert_eq!(app.installation_token(&stage, here).await.status, 404);
    assert_eq!(ask(&repos, &token, None).await.unwrap().status, 401);
    stage.stand_in.settle().await;
    let names: Vec<String> = receiver.names().into_iter().skip(1).collect();
    assert_eq!(
        names,
        [
            "installation.created",
            "installation.suspend",
            "installation.unsuspend",
            "installation.deleted"
        ],
        "nothing is told to an App while it is suspended"
    );
}

#[tokio::test]
async fn what_an_installation_may_not_do_names_the_missing_permission() {
    let stage = Stage::new().await;
    let receiver = Receiver::start();
    let app = App::from_manifest(&stage, &receiver.url).await;
    let here = app.install_on(&stage, ORG).await;
    create_repo(&stage.service(), "order-api").await.unwrap();
    let permissions = [("metadata", "read"), ("issues", "read")];
    stage
        .stand_in
        .grant_app(here, &permissions, &["push"])
        .unwrap();
    let token = token_in(&app.installation_token(&stage, here).await);
    let issues = format!("repos/{ORG}/order-api/issues");
    let read = ask(&stage.request("GET", &issues), &token, None).await;
    assert_eq!(read.unwrap().status, 200);
    let body = json!({"title": "Kickoff"});
    let refused = ask(&stage.request("POST", &issues), &token, Some(&body))
        .await
        .unwrap();
    assert_eq!(
        (refused.status, refused.message()),
        (403, "Resource not accessible by integration")
    );
    assert_eq!(
        refused.header("x-accepted-github-permissions"),
        "issues=write; pull_requests=write"
    );
    let me = ask(&stage.request("GET", "user"), &token, None)
        .await
        .unwrap();
    assert_eq!(me.status, 403, "an installation is nobody's account");
    let row = stage.request("GET", &format!("orgs/{ORG}/installation"));
    let row = ask(&row, &app.token(&stage), None).await.unwrap();
    assert_eq!(row.body["events"], json!(["push"]));
    assert_eq!(
        row.body["permissions"],
        json!({"issues": "read", "metadata": "read"})
    );

    let asked = json!({"permissions": {"contents": "write"}});
    let tokens = stage.request("POST", &format!("app/installations/{here}/access_tokens"));
    let refused = ask(&tokens, &app.token(&stage), Some(&asked))
        .await
        .unwrap();
    assert_eq!(refused.status, 422);
    stage
        .service()
        .issues(ORG, "order-api")
        .create("Unheard")
        .send()
        .await
        .unwrap();
    stage.stand_in.settle().await;
    assert!(
        receiver.of("issues").is_empty(),
        "issues are not among its events any more"
    );
}

#[tokio::test]
async fn comment_on_pull_request_needs_both_permissions_and_approval() {
    let stage = Stage::new().await;
    let receiver = Receiver::start();
    let app = App::from_manifest(&stage, &receiver.url).await;
    let here = app.install_on(&stage, ORG).await;
    let dana = stage.repository_with("order-api", "dana-writes").await;
    let token = stage
        .stand_in
        .add_user("dana-writes", "Dana Writes")
        .unwrap();
    let clone = stage.clone("order-api", &token).await;
    clone.commit("a.txt", "a", "Start").await;
    clone.git(&["push", "-q", "origin", "main"]).await;
    clone.git(&["switch", "-qc", "work"]).await;
    clone.commit("b.txt", "b", "Work").await;
    clone.git(&["push", "-q", "origin", "work"]).await;
    let pulls = dana.pulls(ORG, "order-api");
    let pull = pulls.create("Work", "work", "main").send().await;
    let pull = pull.unwrap().number;
    let issues = dana.issues(ORG, "order-api");
    let issue = issues.create("Question").send().await.unwrap().number;

    let old = token_in(&app.installation_token(&stage, here).await);
    let comments = |number| format!("repos/{ORG}/order-api/issues/{number}/comments");
    let text = json!({"body": "Delivered."});
    let write = async |number, token: &str| {
        let request = stage.request("POST", &comments(number));
        ask(&request, token, Some(&text)).await.unwrap()
    };
    assert_eq!(write(issue, &old).await.status, 201, "`issues` is enough");
    let refused = write(pull, &old).await;
    assert_eq!(
        (
            refused.status,
            refused.message(),
            refused.header("x-accepted-github-permissions")
        ),
        (
            403,
            "Resource not accessible by integration",
            "issues=write,pull_requests=write"
        )
    );
    let by_dana = issues.create_comment(pull, "Done.").await.unwrap().id;
    let one = format!("repos/{ORG}/order-api/issues/comments/{by_dana}");
    for method in ["PATCH", "DELETE"] {
        let refused = ask(&stage.request(method, &one), &old, Some(&text)).await;
        assert_eq!(refused.unwrap().status, 403, "{method}");
    }
    let read = ask(&stage.request("GET", &one), &old, None).await.unwrap();
    assert_eq!(read.status, 200);

    let wanted = [
        ("administration", "write"),
        ("contents", "write"),
        ("issues", "write"),
        ("metadata", "read"),
        ("pull_requests", "write"),
    ];
    let events = ["issues", "issue_comment", "pull_request_review"];
    stage
        .stand_in
        .app_asks_for(app.id, &wanted, &events)
        .unwrap();
    let new = token_in(&app.installation_token(&stage, here).await);
    assert_eq!(write(pull, &new).await.status, 403, "not approved yet");
    let service = stage.stand_in.service_token().to_owned();
    let approve = format!("_stand_in/installations/{here}/approve");
    let approved = ask(&stage.request("POST", &approve), &service, None)
        .await
        .unwrap();
    assert_eq!(approved.body["permissions"]["pull_requests"], "write");
    assert_eq!(approved.body["events"], json!(events));
    stage.stand_in.settle().await;
    let told = receiver.of("installation");
    assert_eq!(told.last().unwrap().action(), "new_permissions_accepted");
    assert_eq!(write(pull, &new).await.status, 403, "a token keeps its own");
    let new = token_in(&app.installation_token(&stage, here).await);
    assert_eq!(write(pull, &new).await.status, 201);
}

#[tokio::test]
async fn the_apps_log_is_read_page_by_page_and_failures_are_sent_again_under_their_guid() {
    let stage = Stage::new().await;
    // Nobody listens at the discard port.
    let gone = "127.0.0.1:9";
    let app = App::from_manifest(&stage, &format!("http://{gone}/hook")).await;
    app.install_on(&stage, ORG).await;
    for name in ["one", "two", "three"] {
        create_repo(&stage.service(), name).await.unwrap();
    }
    stage.stand_in.settle().await;
    let receiver = Receiver::start();
    let change = json!({"url": receiver.url, "content_type": "json", "secret": SECRET});
    let config = stage.request("PATCH", "app/hook/config");
    let config = ask(&config, &app.token(&stage), Some(&change))
        .await
        .unwrap();
    assert_eq!(
        (config.body["url"].as_str(), config.body["secret"].as_str()),
        (Some(receiver.url.as_str()), Some("********"))
    );

    let mut next = Some(stage.url("app/hook/deliveries?status=failure&per_page=2"));
    let mut guids: Vec<(u64, String, Value)> = Vec::new();
    while let Some(url) = next {
        let page = ask(&format!("GET {url}"), &app.token(&stage), None)
            .await
            .unwrap();
        let rows = page.body.as_array().unwrap();
        assert!(rows.len() <= 2);
        guids.extend(rows.iter().map(|row| {
            (
                row["id"].as_u64().unwrap(),
                row["guid"].as_str().unwrap().to_owned(),
                row["action"].clone(),
            )
        }));
        next = page
            .header("link")
            .split_once("<")
            .and_then(|(_, rest)| rest.split_once(">; rel=\"next\""))
            .map(|(url, _)| url.to_owned());
    }
    assert_eq!(
        guids.len(),
        5,
        "ping, installation and three repositories: {guids:?}"
    );
    for (id, ..) in guids.iter().rev() {
        let again = stage.request("POST", &format!("app/hook/deliveries/{id}/attempts"));
        assert_eq!(
            ask(&again, &app.token(&stage), None).await.unwrap().status,
            202
        );
    }
    stage.stand_in.settle().await;
    let sent: Vec<String> = receiver.all().into_iter().map(|one| one.guid).collect();
    let expected: Vec<String> = guids
        .iter()
        .rev()
        .map(|(_, guid, _)| guid.clone())
        .collect();
    assert_eq!(sent, expected);
    assert!(receiver.all().iter().all(|one| one.signature_is_right));
    let good = ask(
        &stage.request("GET", "app/hook/deliveries?status=success"),
        &app.token(&stage),
        None,
    )
    .await
    .unwrap();
    assert_eq!(good.body.as_array().unwrap().len(), 5);
    stage.minutes_pass(3 * 24 * 60 + 1);
    let later = ask(
        &stage.request("GET", "app/hook/deliveries"),
        &app.token(&stage),
        None,
    )
    .await
    .unwrap();
    assert_eq!(later.body, json!([]), "after three days the log is empty");
}

#[tokio::test]
async fn a_hook_of_an_organisation_hears_of_all_its_repositories_and_of_no_others() {
    let stage = Stage::new().await;
    let receiver = Receiver::start();
    let service = stage.service();
    let hook = json!({
        "name": "web", "events": ["repository"],
        "config": {"url": receiver.url, "content_type": "json", "secret": SECRET},
    });
    let made: Value = service
        .post(format!("/orgs/{ORG}/hooks"), Some(&hook))
        .await
        .unwrap();
    assert_eq!(made["type"], "Organization");
    create_repo(&service, "one").await.unwrap();
    let body = json!({"name": "other", "private": true});
    let _: Value = service
        .post(format!("/orgs/{OTHER_ORG}/repos"), Some(&body))
        .await
        .unwrap();
    stage.stand_in.settle().await;
    assert_eq!(receiver.names(), ["ping", "repository.created"]);
    assert!(receiver.all().iter().all(|one| one.signature_is_right));
    let path = format!("/orgs/{ORG}/hooks/{}/deliveries", made["id"]);
    let log: Vec<Value> = service.get(&path, None::<&()>).await.unwrap();
    let again = format!("{path}/{}/attempts", log[0]["id"]);
    assert_eq!(
        service._post(&again, None::<&()>).await.unwrap().status(),
        202
    );
    stage.stand_in.settle().await;
    assert_eq!(receiver.all()[2].guid, receiver.all()[1].guid);
    let dana = stage.person("dana");
    let unseen = dana._get(format!("/orgs/{ORG}/hooks")).await.unwrap();
    assert_eq!(unseen.status(), 404);
}
