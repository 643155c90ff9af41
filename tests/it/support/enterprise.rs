//! An Enterprise Server as the stand-in cannot be one: its API lies below a path, and at its root there is something else.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::flaky::{closing, message};

/// Where the API of an Enterprise Server begins (docs.github.com).
const PATH: &str = "/api/v3";

pub struct Enterprise {
    address: SocketAddr,
    task: tokio::task::JoinHandle<()>,
}

impl Enterprise {
    /// Passes on what is asked for below the path, to `upstream` and without it.
    pub fn before(upstream: SocketAddr) -> Enterprise {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let listener = tokio::net::TcpListener::from_std(listener).unwrap();
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                // A client that went away is its own business.
                tokio::spawn(async move { drop(exchange(client, upstream).await) });
            }
        });
        Enterprise { address, task }
    }

    /// The address of the API.
    pub fn api_url(&self) -> String {
        format!("http://{}{PATH}", self.address)
    }
}

impl Drop for Enterprise {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn exchange(mut client: TcpStream, upstream: SocketAddr) -> std::io::Result<()> {
    let request = message(&mut client).await?;
    let line_end = request.iter().position(|byte| *byte == b'\r');
    let line = String::from_utf8_lossy(&request[..line_end.unwrap_or(0)]).into_owned();
    let Some((method, below)) = line.split_once(&format!(" {PATH}/")) else {
        let page = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\nConnection: close\r\n\r\n<html>";
        return client.write_all(page.as_bytes()).await;
    };
    let mut stripped = format!("{method} /{below}").into_bytes();
    stripped.extend_from_slice(&request[line.len()..]);
    let mut server = TcpStream::connect(upstream).await?;
    server.write_all(&closing(&stripped)).await?;
    let mut answer = Vec::new();
    server.read_to_end(&mut answer).await?;
    client.write_all(&closing(&answer)).await?;
    client.shutdown().await
}
