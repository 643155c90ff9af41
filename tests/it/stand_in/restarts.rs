//! Stopped, started again, and killed.

use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use super::raw::ask;
use super::stage::{ORG, OTHER_ORG, Receiver, SECRET, Stage, create_repo, git};

#[tokio::test]
async fn a_stand_in_starts_again_on_its_folder_while_children_of_this_process_come_and_go() {
    // What is started holds, for a moment, copies of all that this process has open.
    let children: Vec<_> = (0..4)
        .map(|_| {
            tokio::spawn(async {
                loop {
                    let mut git = Command::new("git");
                    git.arg("version").stdout(Stdio::null());
                    git.status().await.unwrap();
                }
            })
        })
        .collect();
    let mut stage = Stage::new().await;
    create_repo(&stage.service(), "order-api").await.unwrap();
    let token = stage.stand_in.service_token().to_owned();
    let copy = stage.clone("order-api", &token).await;
    for round in 0..30 {
        copy.commit("a", &format!("{round}"), "More").await;
        let url = stage.clone_url("order-api", &token);
        // A push that is cut off leaves git children behind that are just ending.
        let dir = copy.dir.clone();
        let push = tokio::spawn(async move { git(&dir, &["push", &url, "main"]).await });
        tokio::time::sleep(Duration::from_millis(round)).await;
        stage = stage.restart().await;
        let _ = push.await.unwrap();
    }
    for child in children {
        child.abort();
    }
    let repo = stage.service().repos(ORG, "order-api").get().await.unwrap();
    assert_eq!(repo.name, "order-api");
}

/// What a kill between git's write and the journal's leaves behind, made by hand: a branch that moved without a word.
#[tokio::test]
async fn a_ref_that_moved_untold_is_told_at_the_next_start_as_the_last_pushers_push() {
    let stage = Stage::new().await;
    let receiver = Receiver::start();
    stage.stand_in.set_webhook(&receiver.url, SECRET).unwrap();
    let dana = stage.repository_with("order-api", "dana").await;
    let token = stage.stand_in.add_user("dana", "Dana").unwrap();
    let copy = stage.clone("order-api", &token).await;
    copy.commit("a", "1", "One").await;
    copy.git(&["push", "--quiet", "origin", "main"]).await;
    copy.git(&["switch", "--quiet", "-c", "work"]).await;
    let told = copy.commit("b", "2", "Two").await;
    copy.git(&["push", "--quiet", "origin", "work"]).await;
    let pulls = dana.pulls(ORG, "order-api");
    pulls
        .create("Delivery", "work", "main")
        .send()
        .await
        .unwrap();
    stage.stand_in.settle().await;
    let heard = receiver.all().len();

    let repo = dana.repos(ORG, "order-api").get().await.unwrap().id;
    let bare = stage.dir.path().join(format!("stand-in/git/{repo}.git"));
    let message = [
        "commit-tree",
        "-p",
        &told,
        "-m",
        "Untold",
        &format!("{told}^{{tree}}"),
    ];
    let untold = git(&bare, &message).await.unwrap();
    git(&bare, &["update-ref", "refs/heads/work", &untold])
        .await
        .unwrap();
    // A repository that was never answered for, and a push that nobody ends.
    let stranger = stage.dir.path().join("stand-in/git/4711.git");
    std::fs::create_dir(&stranger).unwrap();
    let apart = bare.join("objects/tmp_objdir-incoming-x");
    std::fs::create_dir(&apart).unwrap();

    let stage = stage.restart().await;
    stage.stand_in.settle().await;
    let news = receiver.all().split_off(heard);
    let names: Vec<&str> = news.iter().map(|one| one.event.as_str()).collect();
    assert_eq!(names, ["push", "pull_request"]);
    let push = &news[0].payload;
    assert_eq!(
        (&push["before"], &push["after"]),
        (&json!(told), &json!(untold))
    );
    assert_eq!(push["pusher"]["name"], "dana");
    assert_eq!(news[1].action(), "synchronize");
    let pull = stage
        .service()
        .pulls(ORG, "order-api")
        .get(1)
        .await
        .unwrap();
    assert_eq!(pull.head.sha, untold);
    assert!(!stranger.exists() && !apart.exists());
    let stage = stage.restart().await;
    stage.stand_in.settle().await;
    assert_eq!(receiver.all().len(), heard + 2, "told once");
}

/// The program, as somebody starts it.
struct Process {
    child: Child,
    url: String,
    service: String,
    dana: String,
}

async fn start(dir: &std::path::Path, further: &[&str]) -> Process {
    let mut child = Command::new(env!("CARGO_BIN_EXE_worksample"))
        .args(["stand-in", "--bind", "127.0.0.1:0", "--org", ORG])
        .args(["--service-login", "team", "--user", "dana", "--data"])
        .arg(dir)
        .args(further)
        .stdout(Stdio::piped())
        .stderr(std::fs::File::create(dir.with_extension("stderr")).unwrap())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut after = async |start: &str| {
        loop {
            let Some(line) = lines.next_line().await.unwrap() else {
                let complaint = std::fs::read_to_string(dir.with_extension("stderr"));
                panic!("the stand-in ended: {}", complaint.unwrap());
            };
            if let Some(rest) = line.strip_prefix(start) {
                return rest.to_owned();
            }
        }
    };
    let url = after("stand-in at ").await;
    let service = after("token of team: ").await;
    let dana = after("token of dana: ").await;
    Process {
        child,
        url,
        service,
        dana,
    }
}

impl Process {
    async fn get(&self, path: &str) -> Value {
        let request = format!("GET {}{path}", self.url);
        let answer = ask(&request, &self.service, None).await.unwrap();
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.body
    }

    async fn send(&self, method: &str, path: &str, body: Value) -> Value {
        let request = format!("{method} {}{path}", self.url);
        let answer = ask(&request, &self.service, Some(&body)).await.unwrap();
        assert!(answer.status < 300, "{path}: {}", answer.body);
        answer.body
    }

    fn git_url(&self, token: &str) -> String {
        let url = self.url.replace("http://", &format!("http://x:{token}@"));
        format!("{url}{ORG}/order-api.git")
    }
}

/// Killed again and again in the middle of pushes: whatever git kept is told, each move once, in one unbroken chain, and
/// the pull request stands where its branch does.
#[tokio::test]
async fn what_git_kept_before_a_kill_is_told_after_the_next_start() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let mut process = start(&data, &[]).await;
    process
        .send(
            "POST",
            &format!("orgs/{ORG}/repos"),
            json!({"name": "order-api", "private": true}),
        )
        .await;
    // Nobody listens there: what counts is the log.
    let hook = json!({"name": "web", "events": ["push", "pull_request"], "config": {"url": "http://127.0.0.1:9/hook", "content_type": "json"}});
    let hook = process
        .send("POST", &format!("repos/{ORG}/order-api/hooks"), hook)
        .await;
    process
        .send(
            "PUT",
            &format!("repos/{ORG}/order-api/collaborators/dana"),
            json!({}),
        )
        .await;
    let invitations = process
        .get(&format!("repos/{ORG}/order-api/invitations"))
        .await;
    let accept = format!(
        "PATCH {}user/repository_invitations/{}",
        process.url, invitations[0]["id"]
    );
    assert_eq!(ask(&accept, &process.dana, None).await.unwrap().status, 204);
    let copy = dir.path().join("copy");
    git(
        dir.path(),
        &["init", "--quiet", "--initial-branch=main", "copy"],
    )
    .await
    .unwrap();
    let commit = async |message: &str| {
        git(
            &copy,
            &["commit", "--quiet", "--allow-empty", "-m", message],
        )
        .await
        .unwrap();
    };
    commit("Start").await;
    git(
        &copy,
        &["push", "--quiet", &process.git_url(&process.dana), "main"],
    )
    .await
    .unwrap();
    git(&copy, &["switch", "--quiet", "-c", "work"])
        .await
        .unwrap();
    commit("Work").await;
    git(
        &copy,
        &["push", "--quiet", &process.git_url(&process.dana), "work"],
    )
    .await
    .unwrap();
    let pull = json!({"title": "Delivery", "head": "work", "base": "main"});
    process
        .send("POST", &format!("repos/{ORG}/order-api/pulls"), pull)
        .await;

    let mut cut = 0;
    for round in 0..12_u64 {
        commit("More").await;
        let (dir, url) = (copy.clone(), process.git_url(&process.dana));
        let push = tokio::spawn(async move { git(&dir, &["push", "--quiet", &url, "work"]).await });
        // Anywhere between the first request and the answer of the last one.
        tokio::time::sleep(Duration::from_millis(15 + round * 6)).await;
        process.child.start_kill().unwrap();
        process.child.wait().await.unwrap();
        cut += usize::from(push.await.unwrap().is_err());
        process = start(&data, &[]).await;
    }
    commit("Last").await;
    git(
        &copy,
        &["push", "--quiet", &process.git_url(&process.dana), "work"],
    )
    .await
    .unwrap();
    let head = git(&copy, &["rev-parse", "HEAD"]).await.unwrap();
    let pull = process.get(&format!("repos/{ORG}/order-api/pulls/1")).await;
    assert_eq!(pull["head"]["sha"], head);
    let refs = git(&copy, &["ls-remote", &process.git_url(&process.dana)])
        .await
        .unwrap();
    assert!(
        refs.contains(&format!("{head}\trefs/pull/1/head")),
        "{refs}"
    );

    let settle = format!("POST {}_stand_in/settle", process.url);
    ask(&settle, &process.service, None).await.unwrap();
    let log = format!("repos/{ORG}/order-api/hooks/{}/deliveries", hook["id"]);
    let rows = process.get(&format!("{log}?per_page=100")).await;
    let mut at = "0".repeat(40);
    let mut moves = 0;
    for row in rows.as_array().unwrap().iter().rev() {
        if row["event"] != "push" {
            continue;
        }
        let full = process.get(&format!("{log}/{}", row["id"])).await;
        let push = &full["request"]["payload"];
        if push["ref"] == "refs/heads/work" {
            assert_eq!(
                push["before"], at,
                "no move is missing and none is told twice"
            );
            assert_eq!(push["pusher"]["name"], "dana");
            at = push["after"].as_str().unwrap().to_owned();
            moves += 1;
        }
    }
    assert_eq!(at, head);
    eprintln!("{cut} of 12 pushes were cut off by the kill; {moves} moves were told");
    assert!(cut > 0, "no kill met a push: the waits are wrong");
}

#[tokio::test]
async fn the_command_line_takes_organisations_limits_and_a_plan_of_faults() {
    let dir = tempfile::tempdir().unwrap();
    let plan = dir.path().join("faults.toml");
    let text = "[[at]]\nrequest = \"GET /user\"\nnth = 1\nfault = \"server_error\"\n";
    std::fs::write(&plan, text).unwrap();
    let further = [
        "--org",
        OTHER_ORG,
        "--creations-a-minute",
        "1",
        "--faults",
        plan.to_str().unwrap(),
    ];
    let process = start(&dir.path().join("data"), &further).await;
    let me = format!("GET {}user", process.url);
    assert_eq!(ask(&me, &process.service, None).await.unwrap().status, 502);
    assert_eq!(ask(&me, &process.service, None).await.unwrap().status, 200);
    let create = format!("POST {}orgs/{OTHER_ORG}/repos", process.url);
    let named = |name: &str| json!({"name": name, "private": true});
    let first = ask(&create, &process.service, Some(&named("one"))).await;
    assert_eq!(first.unwrap().status, 201);
    let second = ask(&create, &process.service, Some(&named("two"))).await;
    assert_eq!(second.unwrap().status, 403);
    let counted = process.get("_stand_in/calls").await;
    assert_eq!(counted["refused_by_limits"], 1);
    assert_eq!(counted["calls"]["POST /orgs/{org}/repos"], 2);
}
