//! Stands between two servers, hands every exchange on unchanged, and writes it down, a line of JSON each.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use actix_web::http::{StatusCode, header};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use serde_json::{Value, json};

/// The file that several recorders write to.
#[derive(Clone)]
pub struct Tape {
    path: PathBuf,
    file: Arc<Mutex<File>>,
}

impl Tape {
    pub fn in_dir(dir: &Path) -> Tape {
        let path = dir.join("exchanges.jsonl");
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&path)
            .unwrap();
        Tape {
            path,
            file: Arc::new(Mutex::new(file)),
        }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn write(&self, line: &Value) {
        let mut file = self.file.lock().unwrap();
        writeln!(file, "{line}").unwrap();
    }
}

/// Whose exchanges are recorded, and how they are to be judged.
#[derive(Clone, Copy)]
pub struct Who {
    pub name: &'static str,
    /// `rest` or `webhook`
    pub kind: &'static str,
    /// A wrong request is in order if it is refused; and addresses in answers lead back here, for clients that
    /// follow none to elsewhere.
    pub tolerant: bool,
}

pub struct Recorder {
    address: SocketAddr,
    server: actix_web::dev::ServerHandle,
}

struct Desk {
    who: Who,
    upstream: Box<dyn Fn() -> SocketAddr + Send + Sync>,
    tape: Tape,
    client: reqwest::Client,
}

impl Recorder {
    pub fn start(
        who: Who,
        tape: &Tape,
        upstream: impl Fn() -> SocketAddr + Send + Sync + 'static,
    ) -> Recorder {
        let desk = web::Data::new(Desk {
            who,
            upstream: Box::new(upstream),
            tape: tape.clone(),
            client: reqwest::Client::builder()
                .pool_max_idle_per_host(0)
                .redirect(reqwest::redirect::Policy::none())
                .no_proxy()
                .build()
                .unwrap(),
        });
        let server = HttpServer::new(move || {
            App::new()
                .app_data(desk.clone())
                .app_data(web::PayloadConfig::new(64 * 1024 * 1024))
                .default_service(web::to(exchange))
        })
        .workers(1)
        .disable_signals()
        .bind("127.0.0.1:0")
        .unwrap();
        let address = server.addrs()[0];
        let server = server.run();
        let handle = server.handle();
        tokio::spawn(server);
        Recorder {
            address,
            server: handle,
        }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        let server = self.server.clone();
        tokio::spawn(async move { server.stop(false).await });
    }
}

/// What belongs to one connection, not to the message.
const OF_THE_CONNECTION: [&str; 3] = ["connection", "transfer-encoding", "keep-alive"];

async fn exchange(desk: web::Data<Desk>, request: HttpRequest, body: web::Bytes) -> HttpResponse {
    let target = request
        .uri()
        .path_and_query()
        .map_or("/", |path| path.as_str());
    let upstream = (desk.upstream)();
    let url = format!("http://{upstream}{target}");
    let method = reqwest::Method::from_bytes(request.method().as_str().as_bytes()).unwrap();
    let mut onward = desk.client.request(method, url).body(body.clone());
    let mut request_headers = BTreeMap::new();
    for (name, value) in request.headers() {
        let name = name.as_str().to_lowercase();
        let value = value.to_str().unwrap_or_default();
        request_headers.insert(name.clone(), value.to_owned());
        if !OF_THE_CONNECTION.contains(&name.as_str()) && name != "host" && name != "content-length"
        {
            onward = onward.header(name, value);
        }
    }
    let Ok(answer) = onward.send().await else {
        return HttpResponse::BadGateway().finish();
    };
    let status = answer.status().as_u16();
    // Git speaks another language at the same address.
    let is_git = target.contains(".git/");
    let here = request.app_config().local_addr().to_string();
    let leading_back = |text: &str| match desk.who.tolerant && !is_git {
        true => text.replace(&upstream.to_string(), &here),
        false => text.to_owned(),
    };
    let mut back = HttpResponse::build(StatusCode::from_u16(status).unwrap());
    let mut headers = BTreeMap::new();
    for (name, value) in answer.headers() {
        let value = value.to_str().unwrap_or_default();
        headers.insert(name.as_str().to_owned(), value.to_owned());
        if !OF_THE_CONNECTION.contains(&name.as_str()) && name != header::CONTENT_LENGTH.as_str() {
            back.append_header((name.as_str(), leading_back(value)));
        }
    }
    let Ok(mut answered) = answer.bytes().await else {
        return HttpResponse::BadGateway().finish();
    };
    if !is_git {
        desk.tape.write(&json!({
            "kind": desk.who.kind, "who": desk.who.name, "tolerant": desk.who.tolerant,
            "method": request.method().as_str(), "target": target,
            "request_headers": request_headers, "request_body": String::from_utf8_lossy(&body),
            "status": status, "headers": headers, "body": String::from_utf8_lossy(&answered),
        }));
    }
    if !is_git {
        answered = leading_back(&String::from_utf8_lossy(&answered)).into();
    }
    back.body(answered)
}
