//! The database locked, full or away under a running service: each is told with its own code, nothing is acknowledged
//! that is not on disk, and when it is mended the same process goes on.

use std::process::Stdio;

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection, SqliteConnection};
use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};
use tokio::process::Command;

use super::flood::{comment, post};
use super::place::{Offer, On, Place, Service, until, within};
use crate::support::{postgres, skip, small};

/// A running service with a provisioned work sample, so that webhooks of its repository are kept.
struct Scene {
    place: Place,
    service: Service,
    repository: u64,
    lead: String,
}

async fn provisioned(place: Place, service: Service) -> Scene {
    let lead = place
        .ok(&["token", "--role", "lead", "--name", "Lea Lead"])
        .await;
    let mut scene = Scene {
        place,
        service,
        repository: 0,
        lead: lead.trim().to_owned(),
    };
    let files: serde_json::Map<String, Value> = small::folder()
        .files
        .iter()
        .map(|(path, file)| (path.clone(), json!({ "text": file.as_text().unwrap() })))
        .collect();
    let body = json!({ "files": files });
    scene.asks(Method::POST, "/api/v1/specs", Some(&body)).await;
    let body = json!({ "spec": "greeting", "candidate": "Ada Example" });
    let path = "/api/v1/work-samples";
    let launched = scene.asks(Method::POST, path, Some(&body)).await;
    let offer = Offer {
        id: text(&launched["work_sample"]["id"]),
        token: text(&launched["candidate_token"]),
    };
    offer.accept(&scene.service).await;
    let path = format!("{path}/{}", offer.id);
    until("the work sample is provisioned", async || {
        let one = scene.asks(Method::GET, &path, None).await;
        (one["state"] == "provisioned").then_some(())
    })
    .await;
    let all = format!("orgs/{}/repos", super::place::ORG);
    scene.repository = scene.place.github(&all).await[0]["id"].as_u64().unwrap();
    scene
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

impl Scene {
    /// Sends a lead's request that succeeds.
    async fn asks(&self, method: Method, path: &str, body: Option<&Value>) -> Value {
        let (status, answer) = self
            .service
            .send(method, path, Some(&self.lead), body)
            .await;
        assert!((200..300).contains(&status), "{path}: {answer}");
        answer
    }

    async fn webhook(&self, number: u64) -> (u16, Value) {
        let body = comment(self.repository, number, "a word");
        let guid = format!("delivery-{number}");
        let client = reqwest::Client::new();
        let sent = post(&client, self.service.address(), &guid, body);
        let (status, text) = within("the webhook is answered", sent).await.unwrap();
        (status, serde_json::from_str(&text).unwrap())
    }

    async fn launch(&self) -> (u16, Value) {
        let bob = json!({ "spec": "greeting", "candidate": "Bob" });
        self.service
            .send(
                Method::POST,
                "/api/v1/work-samples",
                Some(&self.lead),
                Some(&bob),
            )
            .await
    }

    /// Webhook and launch are refused with this code.
    async fn refuses(&self, number: u64, code: &str) {
        for (status, answer) in [self.webhook(number).await, self.launch().await] {
            assert_eq!((status, &answer["code"]), (503, &json!(code)), "{answer}");
            let detail = answer["detail"].as_str().unwrap();
            assert!(detail.contains("nothing was changed"), "{detail}");
        }
    }

    /// The same webhook and the same launch succeed, and no other did. What was committed together with a write that still
    /// found the database as it was is refused once more, and asked to try again.
    async fn goes_on(&self, number: u64) {
        let (status, answer) = until("the webhook is taken in", async || {
            let answered = self.webhook(number).await;
            (answered.0 != 503).then_some(answered)
        })
        .await;
        assert_eq!(
            (status, &answer["outcome"]),
            (202, &json!("kept")),
            "{answer}"
        );
        let (status, answer) = self.launch().await;
        assert_eq!(status, 201, "{answer}");
        let (status, ready) = self.service.send(Method::GET, "/readyz", None, None).await;
        assert_eq!(status, 200, "{ready}");
    }
}

/// Holds what a write needs, for as long as it lives.
#[expect(dead_code, reason = "the connections hold locks")]
enum Lock {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

fn lock(place: &Place) -> Lock {
    match place.database_url.strip_prefix("sqlite://") {
        Some(path) => {
            let mut connection = SqliteConnection::establish(path).unwrap();
            connection
                .batch_execute("PRAGMA busy_timeout = 10000; BEGIN IMMEDIATE")
                .unwrap();
            Lock::Sqlite(connection)
        }
        None => {
            let mut connection = PgConnection::establish(&place.database_url).unwrap();
            let tables = "work_samples, deliveries, jobs";
            connection
                .batch_execute(&format!("BEGIN; LOCK TABLE {tables} IN EXCLUSIVE MODE"))
                .unwrap();
            Lock::Postgres(connection)
        }
    }
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn a_locked_database_is_told_and_when_it_is_free_the_service_goes_on(#[case] on: On) {
    let Some(place) = Place::new(on).await else {
        return;
    };
    let service = place.serve(&[]).await;
    let scene = provisioned(place, service).await;
    let locked = lock(&scene.place);
    scene.refuses(1, "store_busy").await;
    let finished = scene
        .place
        .run(&[
            "launch",
            "greeting",
            "--candidate",
            "Bob",
            "--by",
            "Lea Lead",
        ])
        .await;
    assert_eq!(finished.status, 1, "{finished:?}");
    assert!(
        finished.err.starts_with("error[store_busy]: "),
        "{finished:?}"
    );
    assert_eq!(finished.err.lines().count(), 1, "{finished:?}");
    until("the failed requests are errors in the log", async || {
        let log = std::fs::read_to_string(scene.place.log()).unwrap();
        let is_error = |line: &str| line.contains("ERROR") && line.contains("store_busy");
        log.lines().any(is_error).then_some(())
    })
    .await;
    drop(locked);
    scene.goes_on(1).await;
    scene.service.kill().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_away_is_told_and_when_it_is_back_the_service_goes_on() {
    let Some(mut server) = postgres::own_server() else {
        return;
    };
    let Some(mut place) = Place::new(On::Sqlite).await else {
        return;
    };
    place.database_url = server.url.clone();
    let service = place.serve(&[]).await;
    let scene = provisioned(place, service).await;
    let mut server = tokio::task::spawn_blocking(move || {
        server.stop();
        server
    })
    .await
    .unwrap();
    scene.refuses(1, "store_away").await;
    let (status, answer) = scene.service.send(Method::GET, "/readyz", None, None).await;
    assert_eq!((status, &answer["code"]), (503, &json!("not_ready")));
    let (status, _) = scene
        .service
        .send(Method::GET, "/healthz", None, None)
        .await;
    assert_eq!(status, 200, "the process itself is well");
    let finished = scene.place.run(&["show"]).await;
    assert_eq!(finished.status, 1, "{finished:?}");
    assert!(
        finished.err.starts_with("error[store_away]: "),
        "{finished:?}"
    );
    let _server = tokio::task::spawn_blocking(move || {
        server.start();
        server
    })
    .await
    .unwrap();
    scene.goes_on(1).await;
    until("the worker goes on", async || {
        let jobs = scene.place.json(&["jobs", "list", "--json"]).await;
        let intake = |job: &&Value| job["kind"] == "intake" && job["state"] == "done";
        jobs.as_array().unwrap().iter().find(intake).map(drop)
    })
    .await;
    scene.service.kill().await;
}

/// A service whose data folder is a volume of 12 MiB that nobody else sees.
async fn on_a_small_volume(place: &Place) -> Option<Service> {
    let volume = place.path().join("data");
    std::fs::create_dir_all(&volume).unwrap();
    let script = format!(
        "mount -t tmpfs -o size=12m tmpfs '{}' && exec \"$@\"",
        volume.display()
    );
    let unshare = ["--user", "--map-root-user", "--mount", "sh", "-c"];
    let tried = Command::new("unshare")
        .args(unshare)
        .args([&script, "sh", "true"])
        .stderr(Stdio::null())
        .status()
        .await;
    if !tried.is_ok_and(|status| status.success()) {
        skip("no small volume can be mounted in a namespace of its own (unshare)");
        return None;
    }
    let mut command = Command::new("unshare");
    place.settle_in(&mut command);
    command
        .args(unshare)
        .args([&script, "sh", env!("CARGO_BIN_EXE_worksample"), "serve"])
        .args(["--bind", "127.0.0.1:0"]);
    Some(Service::start(command, &place.path().join("service.log")).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_database_is_told_and_when_there_is_room_the_service_goes_on() {
    let Some(mut place) = Place::new(On::Sqlite).await else {
        return;
    };
    place.database_url = format!(
        "sqlite://{}",
        place.path().join("data/worksample.db").display()
    );
    let Some(service) = on_a_small_volume(&place).await else {
        return;
    };
    // The volume is seen by others only through the service's own view of it.
    let inside = format!("/proc/{}/root", service.process());
    let filler = format!("{inside}{}/filler", place.path().join("data").display());
    let scene = provisioned(place, service).await;

    let mut room = std::fs::File::create(&filler).unwrap();
    let filled = std::io::copy(&mut std::io::repeat(b'x'), &mut room).unwrap_err();
    assert_eq!(filled.kind(), std::io::ErrorKind::StorageFull);
    // What the write-ahead log holds room for is used up first.
    let mut number = 0;
    loop {
        number += 1;
        let (status, answer) = scene.webhook(number).await;
        if status != 202 {
            assert_eq!((status, &answer["code"]), (503, &json!("store_full")));
            break;
        }
        assert!(number < 10_000, "it is never full");
    }
    scene.refuses(number, "store_full").await;
    std::fs::remove_file(&filler).unwrap();
    drop(room);
    scene.goes_on(number).await;
    scene.service.kill().await;
}
