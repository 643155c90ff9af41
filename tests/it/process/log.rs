//! The log of a running service: what strangers do is no error in it, and its reader cannot take requests down.

use std::process::Stdio;

use reqwest::Method;

use super::place::{On, Place, Service, until};
use crate::support::routes::routes;

/// What `/metrics` says of lines that were dropped.
async fn dropped(service: &Service) -> u64 {
    let (status, text) = service.send(Method::GET, "/metrics", None, None).await;
    assert_eq!(status, 200, "{text}");
    let text = text.as_str().unwrap();
    text.lines()
        .find_map(|line| line.strip_prefix("worksample_log_lines_dropped_total "))
        .unwrap_or_else(|| panic!("no such metric: {text}"))
        .parse()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn unsigned_visits_leave_no_warning_in_the_log() {
    let Some(place) = Place::new(On::Sqlite).await else {
        return;
    };
    let service = place.serve(&["--web-only"]).await;
    let mut statuses = Vec::new();
    for path in routes("get") {
        let (status, _) = service.send(Method::GET, &path, None, None).await;
        statuses.push(status);
    }
    for path in routes("post") {
        let (status, _) = service
            .send(Method::POST, &path, None, Some(&serde_json::json!({})))
            .await;
        statuses.push(status);
        let (status, _) = service
            .send(Method::POST, &path, Some("of nobody"), None)
            .await;
        statuses.push(status);
    }
    for path in ["/wp-login.php", "/api/v1/nothing", "/launches/1/nothing"] {
        let (status, _) = service.send(Method::GET, path, None, None).await;
        assert_eq!(status, 404, "{path}");
    }
    // What is no HTTP at all.
    malformed(&service).await;
    for expected in [400, 401] {
        assert!(statuses.contains(&expected), "{expected} in {statuses:?}");
    }
    assert!(statuses.iter().all(|status| *status < 500), "{statuses:?}");
    assert_eq!(dropped(&service).await, 0);
    assert_eq!(service.end().await, Some(0));
    let log = std::fs::read_to_string(place.log()).unwrap();
    assert!(log.contains("INFO"), "{log}");
    for level in ["WARN", "ERROR"] {
        // The sandbox and GitHub are not asked for here, so nothing else may warn either.
        let lines: Vec<&str> = log.lines().filter(|line| line.contains(level)).collect();
        assert!(lines.is_empty(), "{lines:#?}");
    }
}

async fn malformed(service: &Service) {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let mut stream = tokio::net::TcpStream::connect(service.address())
        .await
        .unwrap();
    stream
        .write_all(b"\x16\x03\x01 hello\r\n\r\n")
        .await
        .unwrap();
    let mut answer = String::new();
    super::place::within(
        "a malformed request is answered",
        stream.read_to_string(&mut answer),
    )
    .await
    .unwrap();
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn closed_log_pipe_drops_lines_and_serves() {
    let Some(place) = Place::new(On::Sqlite).await else {
        return;
    };
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = place.command(&["serve", "--bind", "127.0.0.1:0"]);
    command.env("WORKSAMPLE_LOG", "debug").stderr(writer);
    let service = Service::start_with_its_log(command).await;
    let (status, _) = service.send(Method::GET, "/launches", None, None).await;
    assert_ne!(status, 500);
    until("a dropped line is counted", async || {
        (dropped(&service).await > 0).then_some(())
    })
    .await;
    assert_eq!(service.end().await, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn full_log_pipe_drops_lines_and_serves() {
    let Some(place) = Place::new(On::Sqlite).await else {
        return;
    };
    // Kept open and never read.
    let (reader, writer) = std::io::pipe().unwrap();
    let mut command = place.command(&["serve", "--bind", "127.0.0.1:0"]);
    command.env("WORKSAMPLE_LOG", "trace").stderr(writer);
    let service = Service::start_with_its_log(command).await;
    let client = reqwest::Client::new();
    let url = format!("http://{}/healthz", service.address());
    until("a dropped line is counted", async || {
        for _ in 0..500 {
            let answer = client.get(&url).send().await.unwrap();
            assert_eq!(answer.status(), 200);
        }
        (dropped(&service).await > 0).then_some(())
    })
    .await;
    let (status, answer) = service.send(Method::GET, "/readyz", None, None).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(service.end().await, Some(0));
    drop(reader);
}

#[tokio::test(flavor = "multi_thread")]
async fn full_disk_behind_the_log_drops_lines_and_serves() {
    let Some(place) = Place::new(On::Sqlite).await else {
        return;
    };
    let full = || std::fs::OpenOptions::new().write(true).open("/dev/full");
    let mut command = place.command(&["serve", "--bind", "127.0.0.1:0"]);
    command
        .env("WORKSAMPLE_LOG", "debug")
        .stderr(full().unwrap());
    let service = Service::start_with_its_log(command).await;
    until("a dropped line is counted", async || {
        (dropped(&service).await > 0).then_some(())
    })
    .await;
    assert_eq!(service.end().await, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn failure_with_closed_standard_error_ends_with_status_1() {
    let Some(place) = Place::new(On::Sqlite).await else {
        return;
    };
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = place.command(&["serve", "--bind", "127.0.0.1:0"]);
    command
        .env("WORKSAMPLE_TOKEN_KEY", "short")
        .stdout(Stdio::null())
        .stderr(writer);
    let status = super::place::within("the service ends", command.status())
        .await
        .unwrap();
    assert_eq!(status.code(), Some(1), "it does not panic");
}
