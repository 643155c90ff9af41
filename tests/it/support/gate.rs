//! A gate between the service and GitHub: lets HTTP exchanges through one by one, REST and git alike, and holds up the
//! one it is told to, before it reaches the other side or after it had its effect there. Whoever watches the gate then
//! does what the story wants, such as killing the process that waits for the answer.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::flaky::{Breaks, closing, message};

/// A place to be held up at: the number of the exchange (from 1, among those that count), and the side of its effect.
pub type Point = (usize, Breaks);

pub struct Gate {
    address: SocketAddr,
    shared: Arc<Shared>,
    task: tokio::task::JoinHandle<()>,
}

struct Shared {
    upstream: SocketAddr,
    address: SocketAddr,
    /// The first line of each exchange that counts so far: writes, and all that git does. Following goes on in between and
    /// only looks.
    seen: Mutex<Vec<String>>,
    hold: Mutex<Option<Point>>,
    held: watch::Sender<bool>,
}

impl Gate {
    /// Lets everything through to `upstream` at first.
    pub async fn start(upstream: SocketAddr) -> Gate {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            upstream,
            address,
            seen: Mutex::default(),
            hold: Mutex::default(),
            held: watch::channel(false).0,
        });
        let all = Arc::clone(&shared);
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let shared = Arc::clone(&all);
                // A client that went away is its own business.
                tokio::spawn(async move { drop(shared.exchange(client).await) });
            }
        });
        Gate {
            address,
            shared,
            task,
        }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The first lines of the exchanges that counted so far.
    pub fn seen(&self) -> Vec<String> {
        lock(&self.shared.seen).clone()
    }

    /// From now on holds up the exchange at `point`, for as long as its client lives.
    pub fn hold(&self, point: Point) {
        *lock(&self.shared.hold) = Some(point);
    }

    /// Lets everything through again.
    pub fn open(&self) {
        *lock(&self.shared.hold) = None;
    }

    /// Returns once an exchange was held up.
    pub async fn held(&self) {
        let mut held = self.shared.held.subscribe();
        held.wait_for(|held| *held).await.unwrap();
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Shared {
    async fn exchange(&self, mut client: TcpStream) -> std::io::Result<()> {
        let request = message(&mut client).await?;
        if request.is_empty() {
            return Ok(());
        }
        let number = self.note(&request);
        self.pass(number, Breaks::Before, &mut client).await?;
        let mut server = TcpStream::connect(self.upstream).await?;
        server.write_all(&closing(&request)).await?;
        let mut answer = Vec::new();
        server.read_to_end(&mut answer).await?;
        self.pass(number, Breaks::After, &mut client).await?;
        client
            .write_all(&self.readdressed(&closing(&answer)))
            .await?;
        client.shutdown().await
    }

    /// The number of this exchange, if it is one that counts.
    fn note(&self, request: &[u8]) -> Option<usize> {
        let line = request.split(|byte| *byte == b'\r').next().unwrap();
        let line = String::from_utf8_lossy(line);
        let looks = line.starts_with("GET ") && !line.contains(".git/");
        if looks || line.contains("/hooks") || line.contains("/app/") {
            return None;
        }
        let mut seen = lock(&self.seen);
        seen.push(line.into_owned());
        Some(seen.len())
    }

    /// Returns at once, or, held up, not before the client is gone.
    async fn pass(
        &self,
        number: Option<usize>,
        side: Breaks,
        client: &mut TcpStream,
    ) -> std::io::Result<()> {
        if number.is_none() || *lock(&self.hold) != number.map(|number| (number, side)) {
            return Ok(());
        }
        self.held.send_replace(true);
        let mut rest = Vec::new();
        client.read_to_end(&mut rest).await?;
        Err(std::io::ErrorKind::ConnectionAborted.into())
    }

    /// The stand-in's answer with the gate's address in place of its own, so that git comes through the gate too.
    fn readdressed(&self, answer: &[u8]) -> Vec<u8> {
        let end = answer
            .windows(4)
            .position(|four| four == b"\r\n\r\n")
            .unwrap_or(answer.len());
        let (head, body) = answer.split_at(end);
        let head = String::from_utf8_lossy(head);
        if !head.to_lowercase().contains("application/json") {
            return answer.to_vec();
        }
        let body = String::from_utf8_lossy(body).replace(
            &format!("http://{}", self.upstream),
            &format!("http://{}", self.address),
        );
        let length = body.len().saturating_sub(4);
        let head: Vec<String> = head
            .split("\r\n")
            .map(|line| {
                if line.to_lowercase().starts_with("content-length:") {
                    format!("Content-Length: {length}")
                } else {
                    line.to_owned()
                }
            })
            .collect();
        format!("{}{body}", head.join("\r\n")).into_bytes()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
