//! Something faulty between the service and GitHub: lets HTTP exchanges through one by one, and breaks the one it is told
//! to, before it reaches the other side or after it had its effect there.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// When an exchange breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Breaks {
    /// The request is lost.
    Before,
    /// The request has its effect, the answer is lost.
    After,
    /// The request is refused with this status and body, and has no effect.
    Answers(u16, &'static str),
}

pub struct Flaky {
    address: SocketAddr,
    seen: Arc<AtomicUsize>,
    lines: Arc<Mutex<Vec<String>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Flaky {
    /// Breaks exchange number `at` (from 1); `at` 0 breaks none.
    pub async fn start(
        upstream: impl Fn() -> SocketAddr + Send + 'static,
        at: usize,
        breaks: Breaks,
    ) -> Flaky {
        Flaky::start_where(upstream, breaks, move |number| number == at).await
    }

    /// Breaks the exchanges whose numbers (from 1) are `broken`.
    pub async fn start_where(
        upstream: impl Fn() -> SocketAddr + Send + 'static,
        breaks: Breaks,
        broken: impl Fn(usize) -> bool + Send + Sync + 'static,
    ) -> Flaky {
        Flaky::start_with(upstream, move |number| broken(number).then_some(breaks)).await
    }

    /// Breaks each exchange in the way that `broken` gives its number (from 1).
    pub async fn start_with(
        upstream: impl Fn() -> SocketAddr + Send + 'static,
        broken: impl Fn(usize) -> Option<Breaks> + Send + Sync + 'static,
    ) -> Flaky {
        let broken = Arc::new(broken);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&seen);
        let lines: Arc<Mutex<Vec<String>>> = Arc::default();
        let written = Arc::clone(&lines);
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let counter = Arc::clone(&counter);
                let upstream = upstream();
                let broken = Arc::clone(&broken);
                let written = Arc::clone(&written);
                // A client that went away is its own business.
                tokio::spawn(async move {
                    drop(exchanges(client, upstream, (&counter, &written), &*broken).await)
                });
            }
        });
        Flaky {
            address,
            seen,
            lines,
            task,
        }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The requests so far, as in `GET /user`.
    pub fn requests(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }

    /// Exchanges so far.
    pub fn seen(&self) -> usize {
        self.seen.load(Ordering::SeqCst)
    }
}

impl Drop for Flaky {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// One exchange a connection, so that a broken one breaks no other.
async fn exchanges(
    mut client: TcpStream,
    upstream: SocketAddr,
    (counter, lines): (&AtomicUsize, &Mutex<Vec<String>>),
    broken: &(dyn Fn(usize) -> Option<Breaks> + Send + Sync),
) -> std::io::Result<()> {
    let request = message(&mut client).await?;
    if request.is_empty() {
        return Ok(());
    }
    let line: Vec<u8> = request
        .iter()
        .copied()
        .take_while(|byte| *byte != b'\r')
        .collect();
    let line = String::from_utf8_lossy(&line).replace(" HTTP/1.1", "");
    let broken = {
        let mut lines = lines.lock().unwrap();
        lines.push(line);
        broken(counter.fetch_add(1, Ordering::SeqCst) + 1)
    };
    if broken == Some(Breaks::Before) {
        return Ok(());
    }
    if let Some(Breaks::Answers(status, body)) = broken {
        let answer = format!(
            "HTTP/1.1 {status} So\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        return client.write_all(answer.as_bytes()).await;
    }
    let mut server = TcpStream::connect(upstream).await?;
    server.write_all(&closing(&request)).await?;
    let mut answer = Vec::new();
    server.read_to_end(&mut answer).await?;
    if broken.is_none() {
        client.write_all(&closing(&answer)).await?;
        client.shutdown().await?;
    }
    Ok(())
}

/// A whole HTTP/1.1 message with a content length (or none).
pub(super) async fn message(from: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut chunk = [0_u8; 16 * 1024];
    loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length:"))
                .and_then(|value| value.trim().parse::<usize>().ok())
                .unwrap_or(0);
            if bytes.len() >= end + 4 + length {
                return Ok(bytes);
            }
        }
        let read = from.read(&mut chunk).await?;
        if read == 0 {
            return Ok(bytes);
        }
        bytes.extend_from_slice(&chunk[..read]);
    }
}

/// The message with `Connection: close`, so that its end is seen.
pub(super) fn closing(message: &[u8]) -> Vec<u8> {
    let end = message
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .unwrap_or(message.len());
    let head = String::from_utf8_lossy(&message[..end]);
    let mut lines: Vec<&str> = head
        .split("\r\n")
        .filter(|line| !line.to_lowercase().starts_with("connection:"))
        .collect();
    lines.push("Connection: close");
    let mut bytes = lines.join("\r\n").into_bytes();
    bytes.extend_from_slice(&message[end..]);
    bytes
}
