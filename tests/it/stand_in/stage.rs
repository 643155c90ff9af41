//! A stand-in in a temporary folder, clients for it, and a receiver of webhooks.

#![expect(
    clippy::unwrap_used,
    reason = "a stage that cannot be set is a failed test"
)]

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use chrono::Duration;
use hmac::{Hmac, Mac};
use octocrab::Octocrab;
use serde_json::{Value, json};
use sha2::Sha256;
use tempfile::TempDir;
use tokio::process::Command;
use worksample::clock::SimulatedClock;
use worksample::ids::RandomIds;
use worksample::stand_in::{Limits, StandIn, StandInError, StandInSettings};

pub const ORG: &str = "acme";
pub const OTHER_ORG: &str = "umbrella";
pub const SERVICE: &str = "acme-worksamples";
pub const SECRET: &str = "It's a Secret to Everybody";

pub struct Stage {
    pub dir: TempDir,
    pub clock: Arc<SimulatedClock>,
    limits: Limits,
    pub stand_in: StandIn,
}

impl Stage {
    pub async fn new() -> Stage {
        Stage::with(Limits::GITHUB).await
    }

    pub async fn with(limits: Limits) -> Stage {
        let dir = tempfile::tempdir().unwrap();
        let clock = SimulatedClock::starting_at("2026-03-02T09:00:00Z".parse().unwrap());
        let stand_in = start(&dir.path().join("stand-in"), &clock, limits)
            .await
            .unwrap();
        Stage {
            dir,
            clock,
            limits,
            stand_in,
        }
    }

    /// Stops the stand-in and starts it again on the same folder.
    pub async fn restart(self) -> Stage {
        let Stage {
            dir,
            clock,
            limits,
            stand_in,
        } = self;
        stand_in.stop().await;
        let stand_in = start(&dir.path().join("stand-in"), &clock, limits)
            .await
            .unwrap();
        Stage {
            dir,
            clock,
            limits,
            stand_in,
        }
    }

    /// The address of a path, which begins without a slash.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.stand_in.api_url())
    }

    /// `METHOD URL`, as `raw::ask` takes it.
    pub fn request(&self, method: &str, path: &str) -> String {
        format!("{method} {}", self.url(path))
    }

    pub fn minutes_pass(&self, minutes: i64) {
        self.clock.advance(Duration::minutes(minutes));
    }

    pub fn service(&self) -> Octocrab {
        self.client(self.stand_in.service_token())
    }

    pub fn person(&self, login: &str) -> Octocrab {
        self.client(&self.stand_in.add_user(login, login).unwrap())
    }

    pub fn client(&self, token: &str) -> Octocrab {
        Octocrab::builder()
            .base_uri(self.stand_in.api_url())
            .unwrap()
            .personal_token(token.to_owned())
            .build()
            .unwrap()
    }

    /// A private repository of the organisation, with the person as a collaborator who may push.
    pub async fn repository_with(&self, name: &str, login: &str) -> Octocrab {
        let person = self.person(login);
        create_repo(&self.service(), name).await.unwrap();
        let invitation: Value = self
            .service()
            .put(
                format!("/repos/{ORG}/{name}/collaborators/{login}"),
                Some(&json!({})),
            )
            .await
            .unwrap();
        let accepted = person
            ._patch(
                format!("/user/repository_invitations/{}", invitation["id"]),
                None::<&()>,
            )
            .await
            .unwrap();
        assert_eq!(accepted.status(), 204);
        person
    }

    pub fn clone_url(&self, name: &str, token: &str) -> String {
        let url = self.stand_in.api_url();
        let url = url.replace("http://", &format!("http://x-access-token:{token}@"));
        format!("{url}{ORG}/{name}.git")
    }

    pub async fn clone(&self, name: &str, token: &str) -> Clone {
        let dir = self.dir.path().join(format!("{name}-{}", &token[4..12]));
        let url = self.clone_url(name, token);
        git(
            self.dir.path(),
            &["clone", "--quiet", &url, dir.to_str().unwrap()],
        )
        .await
        .unwrap();
        let clone = Clone { dir };
        clone.git(&["switch", "-C", "main"]).await;
        clone
    }
}

pub async fn create_repo(client: &Octocrab, name: &str) -> octocrab::Result<Value> {
    let body = json!({"name": name, "private": true});
    client.post(format!("/orgs/{ORG}/repos"), Some(&body)).await
}

pub async fn start(
    dir: &Path,
    clock: &Arc<SimulatedClock>,
    limits: Limits,
) -> Result<StandIn, StandInError> {
    StandIn::start(StandInSettings {
        bind: "127.0.0.1:0".parse().unwrap(),
        data_dir: dir.to_owned(),
        clock: Arc::clone(clock) as _,
        ids: Arc::new(RandomIds),
        orgs: vec![ORG.to_owned(), OTHER_ORG.to_owned()],
        service_login: SERVICE.to_owned(),
        path: env!("PATH").into(),
        limits,
    })
    .await
}

/// A working copy.
pub struct Clone {
    pub dir: PathBuf,
}

impl Clone {
    pub async fn git(&self, args: &[&str]) -> String {
        git(&self.dir, args).await.unwrap()
    }

    /// Writes a file, commits it and returns the commit's SHA.
    pub async fn commit(&self, path: &str, text: &str, message: &str) -> String {
        std::fs::write(self.dir.join(path), text).unwrap();
        self.git(&["add", "--all"]).await;
        self.git(&["commit", "--quiet", "-m", message]).await;
        self.git(&["rev-parse", "HEAD"]).await
    }
}

/// Runs git apart from the machine's settings; `Err` holds what it complained of.
pub async fn git(dir: &Path, args: &[&str]) -> Result<String, String> {
    let output = Command::new("git")
        .args(["-c", "protocol.version=2"])
        .args(args)
        .current_dir(dir)
        .env_clear()
        .env("PATH", env!("PATH"))
        .env("HOME", dir)
        .env("LC_ALL", "C")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_AUTHOR_NAME", "Dana")
        .env("GIT_AUTHOR_EMAIL", "dana@users.noreply.github.com")
        .env("GIT_COMMITTER_NAME", "Dana")
        .env("GIT_COMMITTER_EMAIL", "dana@users.noreply.github.com")
        .output()
        .await
        .unwrap();
    if output.status.success() {
        Ok(String::from_utf8(output.stdout).unwrap().trim().to_owned())
    } else {
        Err(String::from_utf8(output.stderr).unwrap())
    }
}

/// One webhook as it arrived.
#[derive(Debug, Clone)]
pub struct Received {
    pub event: String,
    pub guid: String,
    pub signature_is_right: bool,
    pub payload: Value,
}

impl Received {
    pub fn action(&self) -> &str {
        self.payload["action"].as_str().unwrap_or_default()
    }
}

/// A server that keeps the webhooks it receives.
pub struct Receiver {
    pub url: String,
    received: Arc<Mutex<Vec<Received>>>,
}

impl Receiver {
    pub fn start() -> Receiver {
        let received: Arc<Mutex<Vec<Received>>> = Arc::default();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let kept = web::Data::from(Arc::clone(&received));
        let server = HttpServer::new(move || {
            App::new()
                .app_data(kept.clone())
                .app_data(web::PayloadConfig::new(25_000_000))
                .route("/hook", web::post().to(receive))
        })
        .workers(1)
        .disable_signals()
        .listen(listener)
        .unwrap()
        .run();
        tokio::spawn(server);
        Receiver { url, received }
    }

    pub fn all(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }

    /// `event.action` of all that came, in order.
    pub fn names(&self) -> Vec<String> {
        self.all()
            .iter()
            .map(|one| match one.action() {
                "" => one.event.clone(),
                action => format!("{}.{action}", one.event),
            })
            .collect()
    }

    pub fn of(&self, event: &str) -> Vec<Received> {
        self.all()
            .into_iter()
            .filter(|one| one.event == event)
            .collect()
    }
}

async fn receive(
    request: HttpRequest,
    body: web::Bytes,
    kept: web::Data<Mutex<Vec<Received>>>,
) -> HttpResponse {
    let header = |name: &str| {
        let value = request.headers().get(name);
        value.map_or_else(String::new, |value| value.to_str().unwrap().to_owned())
    };
    let mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    let expected = hex::encode(mac.chain_update(&body).finalize().into_bytes());
    kept.lock().unwrap().push(Received {
        event: header("X-GitHub-Event"),
        guid: header("X-GitHub-Delivery"),
        signature_is_right: header("X-Hub-Signature-256") == format!("sha256={expected}"),
        payload: serde_json::from_slice(&body).unwrap(),
    });
    HttpResponse::Accepted().finish()
}
