//! A mail server in this process: takes messages, and fails in the ways in which mail servers do.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use worksample::store::Tap;

/// What becomes of one connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behaves {
    Takes,
    /// Takes the connection and never says a word.
    Silent,
    /// Closes the connection before it says a word.
    HangsUp,
    /// Refuses the recipient with this answer.
    Refuses(&'static str),
    /// Takes the message and closes the connection without saying so.
    TakesAndHangsUp,
    /// Closes the connection once the message is there, and does not take it.
    LosesIt,
    /// Takes the message and never says so.
    Hangs,
}

/// A message that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    pub from: String,
    pub to: String,
    pub message: String,
}

impl Taken {
    /// The value of a header in one line.
    pub fn header(&self, name: &str) -> Option<String> {
        let (head, _) = self.message.split_once("\r\n\r\n")?;
        let unfolded = head.replace("\r\n ", " ").replace("\r\n\t", " ");
        let start = format!("{name}: ");
        let line = unfolded.lines().find(|line| line.starts_with(&start))?;
        Some(line[start.len()..].to_owned())
    }
}

#[derive(Default)]
struct Shared {
    taken: Mutex<Vec<Taken>>,
    next: Mutex<VecDeque<Behaves>>,
    connections: Mutex<usize>,
    tap: Mutex<Option<Arc<dyn Tap>>>,
}

pub struct SmtpServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for SmtpServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl SmtpServer {
    pub async fn start() -> SmtpServer {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::<Shared>::default();
        let all = Arc::clone(&shared);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                *all.connections.lock().unwrap() += 1;
                let behaves = all.next.lock().unwrap().pop_front();
                let shared = Arc::clone(&all);
                // A client that goes away ends its conversation.
                tokio::spawn(async move {
                    let _ = converse(stream, behaves.unwrap_or(Behaves::Takes), &shared).await;
                });
            }
        });
        SmtpServer {
            address,
            shared,
            task,
        }
    }

    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// The next connections go like this, later ones well.
    pub fn behave(&self, next: &[Behaves]) {
        self.shared.next.lock().unwrap().extend(next);
    }

    /// Tells somebody before and after a message is taken.
    pub fn tap(&self, tap: Option<Arc<dyn Tap>>) {
        *self.shared.tap.lock().unwrap() = tap;
    }

    pub fn taken(&self) -> Vec<Taken> {
        self.shared.taken.lock().unwrap().clone()
    }

    pub fn connections(&self) -> usize {
        *self.shared.connections.lock().unwrap()
    }
}

async fn converse(stream: TcpStream, behaves: Behaves, shared: &Shared) -> std::io::Result<()> {
    if behaves == Behaves::HangsUp {
        return Ok(());
    }
    if behaves == Behaves::Silent {
        moment(shared).await;
        std::future::pending::<()>().await;
    }
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read);
    let (mut from, mut to) = (String::new(), String::new());
    write.write_all(b"220 test ESMTP\r\n").await?;
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let line = line.trim_end();
        let path = || line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
        let answer = match line.split([' ', ':']).next().unwrap_or_default() {
            "EHLO" => "250-test\r\n250 8BITMIME",
            "MAIL" => {
                from = path();
                "250 ok"
            }
            "RCPT" => {
                to = path();
                match behaves {
                    Behaves::Refuses(answer) => answer,
                    _ => "250 ok",
                }
            }
            "DATA" => {
                write.write_all(b"354 go on\r\n").await?;
                let mut message = String::new();
                while !message.ends_with("\r\n.\r\n") {
                    if lines.read_line(&mut message).await? == 0 {
                        return Ok(());
                    }
                }
                if behaves == Behaves::LosesIt {
                    return Ok(());
                }
                moment(shared).await;
                let message = message[..message.len() - 3].replace("\r\n..", "\r\n.");
                let taken = Taken {
                    from: from.clone(),
                    to: to.clone(),
                    message,
                };
                shared.taken.lock().unwrap().push(taken);
                moment(shared).await;
                match behaves {
                    Behaves::TakesAndHangsUp => return Ok(()),
                    Behaves::Hangs => std::future::pending::<()>().await,
                    _ => {}
                }
                "250 taken"
            }
            "QUIT" => {
                write.write_all(b"221 bye\r\n").await?;
                return Ok(());
            }
            _ => "250 ok",
        };
        write.write_all(format!("{answer}\r\n").as_bytes()).await?;
    }
}

async fn moment(shared: &Shared) {
    let tap = shared.tap.lock().unwrap().clone();
    if let Some(tap) = tap {
        tap.moment().await;
    }
}
