//! `worksample github setup`, as a lead does it: the binary in one hand, a browser (here a client) in the other, and the
//! stand-in as GitHub. And what comes of an App that GitHub refuses.

use std::net::Ipv4Addr;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;

use reqwest::redirect::Policy;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use worksample::clock::{Clock as _, SharedClock, SimulatedClock, SystemClock};
use worksample::ids::RandomIds;
use worksample::stand_in::{Limits, StandIn, StandInSettings};

const ORG: &str = "acme-work-samples";

async fn stand_in(dir: &Path, clock: SharedClock) -> StandIn {
    StandIn::start(StandInSettings {
        bind: (Ipv4Addr::LOCALHOST, 0).into(),
        data_dir: dir.join("stand-in"),
        clock,
        ids: Arc::new(RandomIds),
        orgs: vec![ORG.to_owned(), "beta".to_owned()],
        service_login: "worksample-bot".to_owned(),
        path: worksample::config::program_path(),
        limits: Limits::GITHUB,
    })
    .await
    .unwrap()
}

struct Setup {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Setup {
    fn start(stand_in: &StandIn, data: &Path) -> Setup {
        Setup::start_with(stand_in, data, &[])
    }

    /// With these settings in the environment, too.
    fn start_with(stand_in: &StandIn, data: &Path, more: &[(&str, &str)]) -> Setup {
        let mut child = Command::new(env!("CARGO_BIN_EXE_worksample"))
            .args(["github", "setup", "--no-browser", "--org", ORG])
            .env_clear()
            .env("PATH", worksample::config::program_path())
            .env("WORKSAMPLE_DATA_DIR", data)
            .env("WORKSAMPLE_GITHUB_API_URL", stand_in.api_url())
            .env("WORKSAMPLE_PUBLIC_URL", "https://work.example.com")
            .envs(more.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Setup { child, lines }
    }

    /// The next address that is printed.
    async fn address(&mut self) -> String {
        loop {
            let line = self.lines.next_line().await.unwrap().unwrap();
            if let Some(url) = line.trim().strip_prefix("http") {
                return format!("http{url}");
            }
        }
    }

    async fn rest(mut self) -> (String, bool) {
        let mut text = String::new();
        while let Some(line) = self.lines.next_line().await.unwrap() {
            text.push_str(&line);
            text.push('\n');
        }
        (text, self.child.wait().await.unwrap().success())
    }
}

/// What stands between two marks, with the page's escapes undone.
fn between(text: &str, before: &str, after: &str) -> String {
    let start = text.find(before).unwrap() + before.len();
    let end = start + text[start..].find(after).unwrap();
    text[start..end]
        .replace("&#34;", "\"")
        .replace("&#39;", "'")
        .replace("&#60;", "<")
        .replace("&#62;", ">")
        .replace("&#38;", "&")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lead_clicks_twice_and_has_an_app_that_lacks_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let stand_in = stand_in(dir.path(), Arc::new(SystemClock)).await;
    let data = dir.path().join("data");
    let mut setup = Setup::start(&stand_in, &data);
    let browser = reqwest::Client::builder()
        .redirect(Policy::none())
        .build()
        .unwrap();

    let page_url = setup.address().await;
    let page = browser
        .get(&page_url)
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    let action = between(&page, "action=\"", "\"");
    let manifest = between(&page, "name=\"manifest\" value=\"", "\"");
    let answer = browser
        .post(&action)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(crate::support::form(&[("manifest", &manifest)]))
        .send()
        .await
        .unwrap();
    let back = answer.headers()["location"].to_str().unwrap().to_owned();

    let forged = back.replace("state=", "state=x");
    let refused = browser.get(&forged).send().await.unwrap();
    assert_eq!(refused.status(), 400, "another state is refused");
    let accepted = browser.get(&back).send().await.unwrap();
    assert_eq!(accepted.status(), 200);
    let again = browser.get(&back).send().await;
    assert!(
        again.is_err() || again.unwrap().status() == 400,
        "a state is good once"
    );

    let install = setup.address().await;
    browser
        .post(&install)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(crate::support::form(&[("account", ORG)]))
        .send()
        .await
        .unwrap();
    let (said, _) = setup.rest().await;
    for words in [
        "Installed.",
        "GitHub App",
        "answers as the App",
        "the client secret is right",
        "https://work.example.com/sign-in/github/callback",
    ] {
        assert!(said.contains(words), "{words} is missing in:\n{said}");
    }
    assert!(!said.contains("lacks"), "{said}");

    let settings = std::fs::read_to_string(data.join("worksample.env")).unwrap();
    for name in [
        "GITHUB_ORG",
        "GITHUB_APP_ID",
        "GITHUB_APP_KEY_FILE",
        "WEBHOOK_SECRET",
        "GITHUB_CLIENT_ID",
        "GITHUB_CLIENT_SECRET",
    ] {
        assert!(
            settings.contains(&format!("WORKSAMPLE_{name}=")),
            "{settings}"
        );
    }
    use std::os::unix::fs::PermissionsExt as _;
    for file in ["worksample.env", "github-app.pem"] {
        let mode = std::fs::metadata(data.join(file))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o077, 0, "{file} is its owner's alone");
    }
    stand_in.stop().await;
}

/// The form on the setup's page: where it leads, and the manifest.
async fn form(setup: &mut Setup, browser: &reqwest::Client) -> (String, String) {
    let page_url = setup.address().await;
    let page = browser.get(&page_url).send().await.unwrap();
    let page = page.text().await.unwrap();
    (
        between(&page, "action=\"", "\""),
        between(&page, "name=\"manifest\" value=\"", "\""),
    )
}

async fn post(browser: &reqwest::Client, url: &str, manifest: &str) -> reqwest::Response {
    browser
        .post(url)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(crate::support::form(&[("manifest", manifest)]))
        .send()
        .await
        .unwrap()
}

fn browser() -> reqwest::Client {
    reqwest::Client::builder()
        .redirect(Policy::none())
        .build()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_is_taken_is_changed_at_github_and_the_setup_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let stand_in = stand_in(dir.path(), Arc::new(SystemClock)).await;
    let browser = browser();
    let name = format!("worksample {ORG}");
    let taken = serde_json::json!({ "name": name, "url": "https://example.com" });
    let url = format!(
        "{}organizations/{ORG}/settings/apps/new?state=s",
        stand_in.api_url()
    );
    post(&browser, &url, &taken.to_string()).await;

    let mut setup = Setup::start(&stand_in, &dir.path().join("data"));
    let (action, manifest) = form(&mut setup, &browser).await;
    let refused = post(&browser, &action, &manifest).await;
    assert_eq!(refused.status(), 422);
    let said = refused.text().await.unwrap();
    assert!(said.contains("Name is already taken"), "{said}");
    let another = manifest.replace(&name, "worksample two");
    assert_ne!(another, manifest);
    let answer = post(&browser, &action, &another).await;
    let back = answer.headers()["location"].to_str().unwrap().to_owned();
    assert_eq!(browser.get(&back).send().await.unwrap().status(), 200);
    let install = setup.address().await;
    assert!(install.contains("/apps/worksample-two/"), "{install}");
    stand_in.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_moves_from_a_token_to_an_app_is_told_what_keeps_it_out_of_force() {
    let dir = tempfile::tempdir().unwrap();
    let stand_in = stand_in(dir.path(), Arc::new(SystemClock)).await;
    let data = dir.path().join("data");
    std::fs::create_dir_all(&data).unwrap();
    let file = data.join("worksample.env");
    std::fs::write(
        &file,
        "WORKSAMPLE_WEBHOOK_SECRET=the former secret of the hook\n",
    )
    .unwrap();
    let token = [("WORKSAMPLE_GITHUB_TOKEN", stand_in.service_token())];
    let mut setup = Setup::start_with(&stand_in, &data, &token);
    let browser = browser();
    let (action, manifest) = form(&mut setup, &browser).await;
    let answer = post(&browser, &action, &manifest).await;
    let back = answer.headers()["location"].to_str().unwrap().to_owned();
    browser.get(&back).send().await.unwrap();
    let mut stderr = setup.child.stderr.take().unwrap();
    let install = setup.address().await;
    let account = crate::support::form(&[("account", ORG)]);
    let installed = browser
        .post(&install)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(account);
    installed.send().await.unwrap();
    setup.rest().await;
    let mut said = String::new();
    stderr.read_to_string(&mut said).await.unwrap();
    assert!(
        said.contains("goes on with that token until you take it out"),
        "{said}"
    );
    let settings = std::fs::read_to_string(&file).unwrap();
    let kept = "WORKSAMPLE_WEBHOOK_SECRET_PREVIOUS=the former secret of the hook";
    assert!(settings.contains(kept), "{settings}");

    let mut again = Setup::start_with(&stand_in, &data, &token);
    let mut stderr = again.child.stderr.take().unwrap();
    let (_, success) = again.rest().await;
    assert!(!success);
    said.clear();
    stderr.read_to_string(&mut said).await.unwrap();
    assert!(said.contains("app_configured"), "{said}");
    stand_in.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_came_back_too_late_is_said_so_and_nothing_is_stored() {
    let dir = tempfile::tempdir().unwrap();
    let clock = SimulatedClock::starting_at(SystemClock.now());
    let stand_in = stand_in(dir.path(), clock.clone()).await;
    let data = dir.path().join("data");
    let mut setup = Setup::start(&stand_in, &data);
    let browser = browser();
    let (action, manifest) = form(&mut setup, &browser).await;
    let answer = post(&browser, &action, &manifest).await;
    let back = answer.headers()["location"].to_str().unwrap().to_owned();
    clock.advance(chrono::Duration::minutes(61));
    browser.get(&back).send().await.unwrap();
    let mut stderr = setup.child.stderr.take().unwrap();
    let (_, success) = setup.rest().await;
    assert!(!success);
    let mut said = String::new();
    stderr.read_to_string(&mut said).await.unwrap();
    assert!(said.contains("setup_code_expired"), "{said}");
    assert!(said.contains("run the setup again"), "{said}");
    assert!(!data.join("worksample.env").exists());
    assert!(!data.join("github-app.pem").exists());
    stand_in.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_says_what_a_token_may_and_what_nobody_can_know_of_it() {
    let dir = tempfile::tempdir().unwrap();
    let stand_in = stand_in(dir.path(), Arc::new(SystemClock)).await;
    let output = Command::new(env!("CARGO_BIN_EXE_worksample"))
        .arg("doctor")
        .env_clear()
        .env("PATH", worksample::config::program_path())
        .env("WORKSAMPLE_DATA_DIR", dir.path().join("data"))
        .env("WORKSAMPLE_GITHUB_API_URL", stand_in.api_url())
        .env("WORKSAMPLE_GITHUB_ORG", ORG)
        .env("WORKSAMPLE_GITHUB_TOKEN", stand_in.service_token())
        .env("WORKSAMPLE_GITHUB_TEAM", "no-such-team")
        .env("WORKSAMPLE_PUBLIC_URL", "https://work.example.com")
        .output()
        .await
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    for words in [
        "the token sees no repository of the organisation yet",
        "there is none that leads here",
        "GitHub shows no team `no-such-team` in the organisation",
        "https://work.example.com/webhooks/github",
    ] {
        assert!(said.contains(words), "{words} is missing in:\n{said}");
    }
    stand_in.stop().await;
}
