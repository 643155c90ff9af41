//! The page that `worksample github setup` serves on this machine while an App is being created: a form that posts the
//! manifest to GitHub, and the address to which GitHub sends its reader back with a code.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use actix_web::dev::ServerHandle;
use actix_web::http::header::CONTENT_SECURITY_POLICY;
use actix_web::{App, HttpResponse, HttpServer, web};
use serde::Deserialize;
use tokio::sync::mpsc;

/// What the form is made of.
#[derive(Debug, Clone)]
pub struct ManifestForm {
    /// For people.
    pub org: String,
    /// Where the form is posted to, the state included.
    pub action: String,
    /// The manifest, as JSON.
    pub manifest: String,
    /// Where GitHub's pages are; the form may be sent nowhere else.
    pub origin: String,
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Returned {
    Code(String),
    /// Somebody came with another state than the one that was given out: not from this page's form.
    AnotherState,
}

struct Shared {
    form: ManifestForm,
    /// Given out once; `None` after it came back.
    state: Mutex<Option<String>>,
    sender: mpsc::UnboundedSender<Returned>,
}

/// The page, while it is served. Dropping it does not end it: say [`SetupPage::stop`].
pub struct SetupPage {
    address: SocketAddr,
    server: ServerHandle,
    returned: mpsc::UnboundedReceiver<Returned>,
}

impl SetupPage {
    /// Serves the page on a free port of this machine's own address. `form` is handed the address to which GitHub is to send
    /// its reader back.
    ///
    /// # Errors
    /// Where no port can be had.
    pub fn serve(
        state: String,
        form: impl FnOnce(&str) -> ManifestForm,
    ) -> std::io::Result<SetupPage> {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let (sender, returned) = mpsc::unbounded_channel();
        let shared = web::Data::from(Arc::new(Shared {
            form: form(&format!("http://{address}/created")),
            state: Mutex::new(Some(state)),
            sender,
        }));
        let server = HttpServer::new(move || {
            App::new()
                .app_data(shared.clone())
                .service(web::resource("/").route(web::get().to(page)))
                .service(web::resource("/created").route(web::get().to(created)))
        })
        .workers(1)
        .disable_signals()
        .listen(listener)?
        .run();
        let handle = server.handle();
        tokio::spawn(server);
        Ok(SetupPage {
            address,
            server: handle,
            returned,
        })
    }

    /// What to open in a browser.
    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// Waits for whoever comes back from GitHub.
    pub async fn returned(&mut self) -> Option<Returned> {
        self.returned.recv().await
    }

    /// Ends it once the answers on their way are out.
    pub async fn stop(self) {
        self.server.stop(true).await;
    }
}

async fn page(shared: web::Data<Shared>) -> HttpResponse {
    let form = &shared.form;
    let body = format!(
        "<p>This creates a GitHub App in <strong>{org}</strong> with the least permissions that work, and hands its key to this \
         machine. You may change its name on the next page: names are unique at GitHub.</p>\
         <form action=\"{action}\" method=\"post\"><input type=\"hidden\" name=\"manifest\" value=\"{manifest}\">\
         <button>Continue at GitHub</button></form>",
        org = escaped(&form.org),
        action = escaped(&form.action),
        manifest = escaped(&form.manifest),
    );
    answer(
        HttpResponse::Ok(),
        "Create the GitHub App",
        &body,
        &form.origin,
    )
}

#[derive(Deserialize)]
struct Back {
    code: Option<String>,
    state: Option<String>,
}

async fn created(shared: web::Data<Shared>, back: web::Query<Back>) -> HttpResponse {
    let origin = &shared.form.origin;
    let Some(code) = &back.code else {
        let text = "<p>GitHub sent no code, so no App was created. Go back and try again.</p>";
        return answer(HttpResponse::BadRequest(), "No code came", text, origin);
    };
    let expected = {
        let mut state = shared.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.is_some() && *state == back.state {
            state.take()
        } else {
            None
        }
    };
    if expected.is_none() {
        // Whoever waits has gone where this cannot be sent.
        drop(shared.sender.send(Returned::AnotherState));
        let text = "<p>This does not come from the form that was given out here, or it came before. Nothing was done.</p>";
        return answer(HttpResponse::BadRequest(), "Refused", text, origin);
    }
    drop(shared.sender.send(Returned::Code(code.clone())));
    let text = "<p>The App is created. Go on in the terminal, where its key is being stored.</p>";
    answer(HttpResponse::Ok(), "Created", text, origin)
}

fn answer(
    mut response: actix_web::HttpResponseBuilder,
    title: &str,
    body: &str,
    origin: &str,
) -> HttpResponse {
    let policy = format!(
        "default-src 'none'; form-action {origin} 'self'; base-uri 'none'; frame-ancestors 'none'"
    );
    response
        .insert_header((CONTENT_SECURITY_POLICY, policy))
        .insert_header(("cache-control", "no-store"))
        .insert_header(("referrer-policy", "no-referrer"))
        .content_type("text/html; charset=utf-8")
        .body(format!(
            "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{title}</title><h1>{title}</h1>{body}</html>"
        ))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
