//! A place to run the program in: a folder, a database, the stand-in, and a gate before it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use worksample::clock::SystemClock;
use worksample::ids::RandomIds;
use worksample::stand_in::{Limits, StandIn, StandInSettings};

use crate::support::gate::Gate;
use crate::support::{postgres, small};

pub const ORG: &str = "acme-work-samples";
pub const SECRET: &str = "the webhooks' secret of this place";
const TOKEN_KEY: &str = "the key of the tokens of this place, long enough";
/// How long anything may take on a machine that has much else to do.
const PATIENCE: Duration = Duration::from_secs(240);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    Sqlite,
    Postgres,
}

pub struct Place {
    dir: tempfile::TempDir,
    pub stand_in: StandIn,
    pub gate: Gate,
    pub database_url: String,
    /// Ada's token at GitHub.
    pub ada: String,
    _postgres: Option<postgres::PostgresDatabase>,
}

/// What a command printed, and its status.
#[derive(Debug)]
pub struct Finished {
    pub status: i32,
    pub out: String,
    pub err: String,
}

impl Place {
    /// An empty place; `None` where its database is missing on this machine.
    pub async fn new(on: On) -> Option<Place> {
        let database = match on {
            On::Sqlite => None,
            On::Postgres => Some(postgres::database()?),
        };
        let dir = tempfile::tempdir().unwrap();
        let stand_in = StandIn::start(StandInSettings {
            bind: ([127, 0, 0, 1], 0).into(),
            data_dir: dir.path().join("stand-in"),
            clock: Arc::new(SystemClock),
            ids: Arc::new(RandomIds),
            orgs: vec![ORG.to_owned()],
            service_login: "worksample-bot".to_owned(),
            path: worksample::config::program_path(),
            limits: Limits::GITHUB,
        })
        .await
        .unwrap();
        let ada = stand_in.add_user("ada-example", "Ada Example").unwrap();
        let gate = Gate::start(stand_in.address()).await;
        let database_url = match &database {
            Some(database) => database.url.clone(),
            None => format!("sqlite://{}", dir.path().join("worksample.db").display()),
        };
        Some(Place {
            dir,
            stand_in,
            gate,
            database_url,
            ada,
            _postgres: database,
        })
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// What its services say.
    pub fn log(&self) -> PathBuf {
        self.path().join("service.log")
    }

    /// The program with this place's settings and none of the machine's.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_worksample"));
        self.settle_in(&mut command);
        command.args(arguments);
        command
    }

    /// Gives a command this place's settings.
    pub fn settle_in(&self, command: &mut Command) {
        command
            .env_clear()
            .env("PATH", worksample::config::program_path())
            .env("WORKSAMPLE_DATABASE_URL", &self.database_url)
            .env("WORKSAMPLE_DATA_DIR", self.path().join("data"))
            .env("WORKSAMPLE_GITHUB_API_URL", self.gate.url())
            .env("WORKSAMPLE_GITHUB_ORG", ORG)
            .env("WORKSAMPLE_GITHUB_TOKEN", self.stand_in.service_token())
            .env("WORKSAMPLE_GITHUB_LIMITS", "none")
            .env("WORKSAMPLE_WEBHOOK_SECRET", SECRET)
            .env("WORKSAMPLE_TOKEN_KEY", TOKEN_KEY)
            .stdin(Stdio::null())
            .current_dir(self.path())
            .kill_on_drop(true);
    }

    /// Runs a command to its end.
    pub async fn run(&self, arguments: &[&str]) -> Finished {
        let output = self.command(arguments).output().await.unwrap();
        Finished {
            status: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Runs a command that succeeds; what it printed.
    pub async fn ok(&self, arguments: &[&str]) -> String {
        let finished = self.run(arguments).await;
        assert_eq!(finished.status, 0, "{arguments:?}: {finished:?}");
        finished.out
    }

    /// Runs a command that prints JSON.
    pub async fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.ok(arguments).await).unwrap()
    }

    /// The folder of the small spec.
    pub fn spec(&self) -> PathBuf {
        let folder = self.path().join("greeting");
        if !folder.exists() {
            worksample::disk::write_tree(&folder, &small::folder().files).unwrap();
        }
        folder
    }

    /// Publishes the small spec and offers it to Ada.
    pub async fn offer(&self) -> Offer {
        let spec = self.spec();
        self.ok(&["spec", "publish", spec.to_str().unwrap()]).await;
        let launched = self
            .json(&[
                "launch",
                "greeting",
                "--candidate",
                "Ada Example",
                "--by",
                "Lea Lead",
                "--json",
            ])
            .await;
        Offer {
            id: launched["work_sample"]["id"].as_str().unwrap().to_owned(),
            token: launched["candidate_token"].as_str().unwrap().to_owned(),
        }
    }

    /// Starts the service on any free port and waits until it is ready.
    pub async fn serve(&self, arguments: &[&str]) -> Service {
        let mut all = vec!["serve", "--bind", "127.0.0.1:0"];
        all.extend(arguments);
        Service::start(self.command(&all), &self.log()).await
    }

    /// Asks the stand-in itself, past the gate.
    pub async fn github(&self, path: &str) -> Value {
        let url = format!("{}{path}", self.stand_in.api_url());
        reqwest::Client::new()
            .get(url)
            .bearer_auth(self.stand_in.service_token())
            .header("user-agent", "test")
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap()
    }

    /// Repositories, and the invitations and issues in them.
    pub async fn at_github(&self) -> (usize, usize, usize) {
        let repositories = self.github(&format!("orgs/{ORG}/repos")).await;
        let repositories = repositories.as_array().unwrap();
        let (mut invitations, mut issues) = (0, 0);
        for repository in repositories {
            let name = repository["full_name"].as_str().unwrap();
            let all = self.github(&format!("repos/{name}/invitations")).await;
            invitations += all.as_array().unwrap().len();
            let all = self.github(&format!("repos/{name}/issues?state=all")).await;
            issues += all.as_array().unwrap().len();
        }
        (repositories.len(), invitations, issues)
    }

    /// A work sample as `show` prints it.
    pub async fn show(&self, id: &str) -> Value {
        self.json(&["show", id, "--json"]).await
    }
}

pub struct Offer {
    pub id: String,
    pub token: String,
}

impl Offer {
    pub async fn accept(&self, service: &Service) {
        let due_at = worksample::clock::Clock::now(&SystemClock) + chrono::Duration::days(2);
        let (status, answer) = service
            .send(
                Method::POST,
                "/api/v1/offer/accept",
                Some(&self.token),
                Some(&json!({ "login": "ada-example", "due_at": due_at })),
            )
            .await;
        assert_eq!(status, 200, "{answer}");
    }
}

/// A running `worksample serve`.
pub struct Service {
    child: Child,
    /// Where its web door listens, if it has one.
    address: Option<SocketAddr>,
    pub worker: Option<String>,
}

impl Service {
    /// Starts `command` and waits until it says that it is ready, in each of its parts.
    pub async fn start(mut command: Command, log: &Path) -> Service {
        let log_file = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(log)
            .unwrap();
        command.stderr(log_file);
        Service::start_and_wait(command, Some(log)).await
    }

    /// [`Service::start`] with the standard error that the command has already.
    pub async fn start_with_its_log(command: Command) -> Service {
        Service::start_and_wait(command, None).await
    }

    async fn start_and_wait(mut command: Command, log: Option<&Path>) -> Service {
        let web = !has(&command, "--worker-only");
        let worker = !has(&command, "--web-only");
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        // With it goes the command's own copy of a pipe.
        drop(command);
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut service = Service {
            child,
            address: None,
            worker: None,
        };
        while (web && service.address.is_none()) || (worker && service.worker.is_none()) {
            let line = within("the service starts", lines.next_line())
                .await
                .unwrap();
            let Some(line) = line else {
                let said = log.and_then(|log| std::fs::read_to_string(log).ok());
                let said = said.unwrap_or_default();
                panic!("the service ended before it was ready: {said}");
            };
            if let Some(address) = line.strip_prefix("listening on http://") {
                service.address = Some(address.parse().unwrap());
            }
            if let Some(name) = line.strip_prefix("working as ") {
                service.worker = Some(name.to_owned());
            }
        }
        if web {
            let (status, answer) = service.send(Method::GET, "/readyz", None, None).await;
            assert_eq!(status, 200, "{answer}");
        }
        service
    }

    pub fn address(&self) -> SocketAddr {
        self.address.unwrap()
    }

    pub fn process(&self) -> u32 {
        self.child.id().unwrap()
    }

    /// SIGKILL; returns when nothing is left of the process.
    pub async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }

    /// SIGTERM, and the status it ends with.
    pub async fn end(mut self) -> Option<i32> {
        let asked = Command::new("kill")
            .arg(self.process().to_string())
            .status()
            .await
            .unwrap();
        assert!(asked.success());
        let status = within("the service ends", self.child.wait()).await.unwrap();
        status.code()
    }

    /// The status and JSON of an answer of the web door.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        body: Option<&Value>,
    ) -> (u16, Value) {
        let url = format!("http://{}{path}", self.address());
        let mut request = reqwest::Client::new().request(method, url);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let text = answer.text().await.unwrap();
        (
            status,
            serde_json::from_str(&text).unwrap_or(Value::String(text)),
        )
    }
}

fn has(command: &Command, argument: &str) -> bool {
    command.as_std().get_args().any(|one| one == argument)
}

/// The future's output; fails the test if it does not come.
pub async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, future).await {
        Ok(output) => output,
        Err(_) => panic!("waited {} s in vain: {what}", PATIENCE.as_secs()),
    }
}

/// Looks again and again at another process's doing, until it is as it should be.
pub async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    within(what, async {
        loop {
            if let Some(seen) = look().await {
                return seen;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    })
    .await
}
