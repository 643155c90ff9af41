//! The page that `worksample github setup` serves on this machine while an App is being created: a form that posts the
//! manifest to GitHub, and the address to which GitHub sends its reader back with a code.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use actix_web::dev::ServerHandle;
use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_SECURITY_POLICY;
use actix_web::{App, HttpResponse, HttpServer, web};
use askama::Template;
use serde::Deserialize;
use tokio::sync::mpsc;

use super::pages::{self, Frame};

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
                .configure(pages::configure_statics)
                .service(web::resource("/").route(web::get().to(page)))
                .service(web::resource("/created").route(web::get().to(created)))
                .default_service(web::to(unknown))
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

/// What the page says.
enum Step<'a> {
    Create(&'a ManifestForm),
    Done(&'static str),
    Failed(&'static str),
}

#[derive(Template)]
#[template(path = "pages/setup.html")]
struct Page<'a> {
    frame: Frame,
    step: Step<'a>,
}

async fn page(shared: web::Data<Shared>) -> HttpResponse {
    let form = &shared.form;
    let step = Step::Create(form);
    answer(StatusCode::OK, "Create the GitHub App", step, &form.origin)
}

async fn unknown(shared: web::Data<Shared>) -> HttpResponse {
    let step = Step::Failed("The setup has no page at this address.");
    answer(
        StatusCode::NOT_FOUND,
        "Page not found",
        step,
        &shared.form.origin,
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
        let step =
            Step::Failed("GitHub sent no code, so no App was created. Go back and try again.");
        return answer(StatusCode::BAD_REQUEST, "No App was created", step, origin);
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
        // The receiver is gone once the setup timed out.
        drop(shared.sender.send(Returned::AnotherState));
        let step = Step::Failed(
            "This does not come from the form that was given out here, or it came before. Nothing was done.",
        );
        return answer(StatusCode::BAD_REQUEST, "Refused", step, origin);
    }
    drop(shared.sender.send(Returned::Code(code.clone())));
    let step =
        Step::Done("The App is created. Go on in the terminal, where its key is being stored.");
    answer(StatusCode::OK, "Created", step, origin)
}

fn answer(status: StatusCode, title: &str, step: Step<'_>, origin: &str) -> HttpResponse {
    let policy = format!(
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action {origin} 'self'; base-uri 'none'; frame-ancestors 'none'"
    );
    let page = Page {
        frame: Frame::new(title),
        step,
    };
    let html = page.render().unwrap_or_else(|error| {
        tracing::error!(%error, "could not render the setup page");
        title.to_owned()
    });
    HttpResponse::build(status)
        .insert_header((CONTENT_SECURITY_POLICY, policy))
        .insert_header(("cache-control", "no-store"))
        .insert_header(("referrer-policy", "no-referrer"))
        .insert_header(("x-content-type-options", "nosniff"))
        .content_type("text/html; charset=utf-8")
        .body(html)
}
