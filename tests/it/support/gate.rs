//! A gate between the service and GitHub: lets HTTP exchanges through one by one, REST and git alike, and holds up the
//! one it is told to, before it reaches the other side or after it had its effect there. Whoever watches the gate then
//! does what the story wants, such as killing the process that waits for the answer.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use worksample::store::Tap;

use super::flaky::{Breaks, closing, message};

/// A place to be held up at: the number of the exchange (from 1, among those that count), and the side of its effect.
pub type Point = (usize, Breaks);

pub struct Gate {
    address: SocketAddr,
    shared: Arc<Shared>,
    task: tokio::task::JoinHandle<()>,
}

#[derive(Clone)]
struct Known {
    real: String,
    tap: Option<Arc<dyn Tap>>,
}

struct Shared {
    upstream: SocketAddr,
    address: SocketAddr,
    /// The first line of each exchange that counts so far: writes, and all that git does. Following goes on in between and
    /// only looks.
    seen: Mutex<Vec<String>>,
    hold: Mutex<Option<Point>>,
    /// By the token that they show: who comes through, and who is told of it.
    known: Mutex<BTreeMap<String, Known>>,
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
            known: Mutex::default(),
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

    /// Lets those who show `token` through with the token `real`. `tap` is told right before and right after each of their
    /// exchanges takes effect, and they go on once it answered.
    pub fn know(&self, token: &str, real: &str, tap: Option<Arc<dyn Tap>>) {
        let real = real.to_owned();
        lock(&self.shared.known).insert(token.to_owned(), Known { real, tap });
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
        let (request, tap) = self.known(request);
        let tap = tap.as_deref();
        told(tap, &mut client).await?;
        self.pass(number, Breaks::Before, &mut client).await?;
        let mut server = TcpStream::connect(self.upstream).await?;
        server.write_all(&closing(&request)).await?;
        let mut answer = Vec::new();
        server.read_to_end(&mut answer).await?;
        told(tap, &mut client).await?;
        self.pass(number, Breaks::After, &mut client).await?;
        client
            .write_all(&self.readdressed(&closing(&answer)))
            .await?;
        client.shutdown().await
    }

    /// The request with the real token of whoever sent it.
    fn known(&self, request: Vec<u8>) -> (Vec<u8>, Option<Arc<dyn Tap>>) {
        let end = end_of_head(&request);
        let (head, body) = request.split_at(end);
        let head = String::from_utf8_lossy(head);
        let known = lock(&self.known);
        let found = head.split("\r\n").find_map(|line| {
            let (name, value) = line.split_once(": ")?;
            let token = name
                .eq_ignore_ascii_case("authorization")
                .then(|| token_in(value))??;
            Some((line, known.get(&token)?.clone()))
        });
        let Some((line, known)) = found else {
            return (request, None);
        };
        let basic = STANDARD.encode(format!("x-access-token:{}", known.real));
        let head = head.replace(line, &format!("Authorization: Basic {basic}"));
        ([head.as_bytes(), body].concat(), known.tap)
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
        let (head, body) = answer.split_at(end_of_head(answer));
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

/// Returns once `tap` answered, unless the client is gone before.
async fn told(tap: Option<&dyn Tap>, client: &mut TcpStream) -> std::io::Result<()> {
    let Some(tap) = tap else {
        return Ok(());
    };
    let mut more = [0_u8; 1];
    tokio::select! {
        () = tap.moment() => Ok(()),
        _ = client.read(&mut more) => Err(std::io::ErrorKind::ConnectionAborted.into()),
    }
}

/// The token in an `Authorization`, as REST calls or git show it.
fn token_in(value: &str) -> Option<String> {
    let (scheme, rest) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return Some(rest.to_owned());
    }
    let decoded = String::from_utf8(STANDARD.decode(rest).ok()?).ok()?;
    Some(decoded.split_once(':')?.1.to_owned())
}

fn end_of_head(message: &[u8]) -> usize {
    message
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .unwrap_or(message.len())
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
