//! A client that sends its body slowly or never, over a plain TCP connection to a running service.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedWriteHalf;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use worksample::app::{Application, Parts, Surroundings};
use worksample::clock::SystemClock;
use worksample::config::Settings;
use worksample::ids::SeededIds;
use worksample::web::tokens::Bearer;

use crate::support::routes::{NOBODYS, routes};
use crate::support::small;

const LIMIT: Duration = Duration::from_millis(300);
/// How long anything may take on a machine that has much else to do.
const PATIENCE: Duration = Duration::from_secs(60);

struct Running {
    _dir: tempfile::TempDir,
    address: SocketAddr,
    lead: String,
    candidate: String,
    stop: watch::Sender<bool>,
    serving: JoinHandle<std::io::Result<()>>,
}

impl Running {
    async fn start(body_timeout: Duration) -> Running {
        let dir = tempfile::tempdir().unwrap();
        let surroundings = Surroundings {
            clock: Arc::new(SystemClock),
            ids: Arc::new(SeededIds::new(3)),
        };
        let settings = Settings {
            webhook_secret: Some("the webhooks' secret here".parse().unwrap()),
            body_timeout,
            ..small::settings(dir.path())
        };
        let application = Application::build(&settings, &surroundings, None, Parts::WebOnly)
            .await
            .unwrap();
        let token = |bearer: &Bearer| {
            let now = worksample::clock::Clock::now(&SystemClock);
            let tokens = application.tokens();
            tokens.make(bearer, chrono::Duration::hours(1), now)
        };
        let lead = token(&Bearer::Lead {
            name: "Lea Lead".to_owned(),
        });
        let candidate = token(&Bearer::Candidate {
            work_sample: NOBODYS.parse().unwrap(),
        });
        let (lead, candidate) = (lead.unwrap(), candidate.unwrap());
        let address = application.address().unwrap();
        let (stop, stopped) = watch::channel(false);
        let serving = tokio::spawn(application.run(stopped));
        Running {
            _dir: dir,
            address,
            lead,
            candidate,
            stop,
            serving,
        }
    }

    /// The head of a POST with `framing` as its body's header.
    fn head(&self, path: &str, framing: &str) -> String {
        let token = match path.strip_prefix("/api/v1/") {
            Some(rest) if rest.starts_with("offer") => {
                format!("authorization: Bearer {}\r\n", self.candidate)
            }
            Some(_) => format!("authorization: Bearer {}\r\n", self.lead),
            None => String::new(),
        };
        let kind = match path {
            "/launches" | "/launches/check" => "multipart/form-data; boundary=x",
            _ if path.starts_with("/api/") || path.starts_with("/webhooks/") => "application/json",
            _ => "application/x-www-form-urlencoded",
        };
        format!(
            "POST {path} HTTP/1.1\r\nhost: here\r\n{token}content-type: {kind}\r\n{framing}\r\n\r\n"
        )
    }

    async fn end(self) {
        self.stop.send_replace(true);
        tokio::time::timeout(PATIENCE, self.serving)
            .await
            .unwrap()
            .unwrap()
            .unwrap();
    }
}

/// Sends `start`; what comes back until the connection is closed, and the half to send more on.
async fn sent(address: SocketAddr, start: &str) -> (JoinHandle<String>, OwnedWriteHalf) {
    let (mut reader, mut writer) = TcpStream::connect(address).await.unwrap().into_split();
    writer.write_all(start.as_bytes()).await.unwrap();
    let answer = tokio::spawn(async move {
        let mut bytes = Vec::new();
        let read = tokio::time::timeout(PATIENCE, reader.read_to_end(&mut bytes)).await;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        match read {
            Ok(_) => text,
            Err(_) => panic!("the connection stays open after: {text}"),
        }
    });
    (answer, writer)
}

fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or("no answer")
}

#[tokio::test(flavor = "multi_thread")]
async fn post_routes_with_unfinished_body_answer_in_time_and_close() {
    let running = Running::start(LIMIT).await;
    let mut late = Vec::new();
    for path in routes("post") {
        for framing in ["content-length: 100", "transfer-encoding: chunked"] {
            let (answer, writer) = sent(running.address, &running.head(&path, framing)).await;
            let answer = answer.await.unwrap();
            drop(writer);
            match status(&answer) {
                "408" => {
                    assert!(answer.contains("body_too_slow"), "{path}: {answer}");
                    late.push(path.clone());
                }
                // Refused, or done, without a look at the body: the connection is closed all the same.
                other => assert!(
                    other.starts_with(['2', '3', '4']),
                    "{path}, {framing}: {answer}"
                ),
            }
        }
    }
    late.dedup();
    for path in [
        "/webhooks/github",
        "/api/v1/specs",
        "/api/v1/work-samples",
        &format!("/api/v1/work-samples/{NOBODYS}/decide"),
        "/api/v1/launches",
        "/api/v1/people",
        "/api/v1/offer/accept",
        "/api/v1/offer/deliver",
    ] {
        assert!(
            late.iter().any(|one| one == path),
            "{path} is not in {late:?}"
        );
    }
    running.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn body_that_drips_is_late_although_bytes_arrive() {
    let running = Running::start(LIMIT).await;
    let head = running.head("/webhooks/github", "content-length: 1000000");
    let (answer, mut writer) = sent(running.address, &head).await;
    let mut drops = tokio::time::interval(Duration::from_millis(20));
    while !answer.is_finished() {
        drops.tick().await;
        // Once the service has closed the connection, nothing more can be sent.
        if writer.write_all(b"x").await.is_err() {
            break;
        }
    }
    let answer = answer.await.unwrap();
    assert_eq!(status(&answer), "408", "{answer}");
    running.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn head_that_never_ends_is_answered_408() {
    let running = Running::start(LIMIT).await;
    let (answer, _writer) = sent(running.address, "POST /sign-in HTTP/1.1\r\nhost: h").await;
    let answer = answer.await.unwrap();
    assert_eq!(status(&answer), "408", "{answer}");
    running.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_bodies_leave_the_service_to_others() {
    // Nobody waits for this limit here: the slow ones are still being waited for while others are served.
    let running = Running::start(PATIENCE * 10).await;
    let mut slow = Vec::new();
    for _ in 0..100 {
        let head = running.head("/webhooks/github", "content-length: 100");
        slow.push(sent(running.address, &head).await);
    }
    let answer = reqwest::get(format!("http://{}/readyz", running.address))
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    for (answer, writer) in slow {
        answer.abort();
        drop(writer);
    }
    running.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn complete_bodies_keep_the_connection() {
    let running = Running::start(PATIENCE).await;
    let (mut reader, mut writer) = TcpStream::connect(running.address)
        .await
        .unwrap()
        .into_split();
    let mut answers = String::new();
    for number in 1..=3 {
        let head = running.head("/api/v1/specs", "content-length: 2");
        writer
            .write_all(format!("{head}{{}}").as_bytes())
            .await
            .unwrap();
        // Each answer ends with the brace of its problem.
        while answers.matches("HTTP/1.1 4").count() < number || !answers.ends_with('}') {
            let mut bytes = vec![0; 4096];
            let count = reader.read(&mut bytes).await.unwrap();
            assert_ne!(count, 0, "closed after {answers}");
            answers.push_str(&String::from_utf8_lossy(&bytes[..count]));
        }
    }
    assert!(!answers.contains("connection: close"), "{answers}");
    running.end().await;
}
