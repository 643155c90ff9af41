//! The listening server: routes, limits, and how it stops.

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::http::header::CONTENT_SECURITY_POLICY;
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::{DefaultHeaders, from_fn};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, ResponseError as _, web};
use tracing_actix_web::TracingLogger;

use super::door::Door;
use super::room::Room;
use super::tokens::Tokens;
use super::{Metrics, Problem, api, body, health, pages, traced, webhook};
use crate::workflow::Services;
use crate::workflow::findings::Examiner;

#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    #[error(
        "cannot listen on {address}: {source}; choose another WORKSAMPLE_BIND, or end what listens there"
    )]
    Listen {
        address: SocketAddr,
        source: std::io::Error,
    },
    #[error("the metrics could not be set up: {0}")]
    Metrics(#[from] prometheus::Error),
}

/// Pages added for one process only: the demo shows its reports this way. Each is a path and a whole document.
#[derive(Clone, Default)]
pub struct ExtraPages(Arc<Mutex<BTreeMap<String, Page>>>);

#[derive(Clone)]
struct Page {
    html: String,
    policy: String,
}

/// How long the head of a connection's first request may take to arrive. The server's clock for it goes in steps of half a
/// second, so a much shorter time would refuse heads that are on their way.
const HEAD_TIMEOUT: Duration = Duration::from_secs(5);

/// A page that brings nothing but itself.
const PLAIN_POLICY: &str =
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

impl ExtraPages {
    pub fn none() -> Self {
        Self::default()
    }

    /// Shows `html` at `path` from now on, under a content security policy of its own or the strictest.
    pub fn show(&self, path: &str, html: String, policy: Option<String>) {
        let policy = policy.unwrap_or_else(|| PLAIN_POLICY.to_owned());
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(path.to_owned(), Page { html, policy });
    }

    /// What is shown at `path`, if something is.
    pub(super) fn response(&self, path: &str) -> Option<HttpResponse> {
        let pages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let page = pages.get(path)?.clone();
        Some(
            HttpResponse::Ok()
                .content_type("text/html; charset=utf-8")
                .insert_header((CONTENT_SECURITY_POLICY, page.policy))
                .body(page.html),
        )
    }
}

/// What a process shows besides the service's own pages.
#[derive(Clone, Default)]
pub struct Extras {
    pub pages: ExtraPages,
    /// Examines the service for the settings page; `None`: the page says that nothing does.
    pub examiner: Option<Examiner>,
}

/// A server that listens; it serves once [`Server::run`] is awaited.
pub struct Server {
    address: SocketAddr,
    server: actix_web::dev::Server,
}

impl Server {
    /// Binds `address`; port 0 takes any free one.
    pub fn bind(
        address: SocketAddr,
        services: Arc<Services>,
        tokens: Tokens,
        public_url: &str,
        extras: Extras,
        body_timeout: Duration,
    ) -> Result<Server, ServerError> {
        let failed = |source| ServerError::Listen { address, source };
        let listener = TcpListener::bind(address).map_err(failed)?;
        let bound = listener.local_addr().map_err(failed)?;
        let door = web::Data::new(Door {
            services,
            tokens,
            metrics: Metrics::new()?,
            public_url: public_url.to_owned(),
            webhooks: Room::default(),
            examiner: extras.examiner.clone(),
            examined: Mutex::default(),
        });
        let server = HttpServer::new(move || {
            let metrics = door.metrics.clone();
            App::new()
                .app_data(door.clone())
                .app_data(web::PayloadConfig::new(1024 * 1024))
                .app_data(web::QueryConfig::default().error_handler(|error, _| {
                    Problem::bad_request("query_invalid", error.to_string()).into()
                }))
                .wrap(from_fn(move |request, next| {
                    body::limit(body_timeout, request, next)
                }))
                .wrap_fn(move |mut request, next| {
                    use actix_web::dev::Service as _;
                    let metrics = metrics.clone();
                    pages::head_as_get(&mut request);
                    let answer = next.call(request);
                    async move {
                        let mut answer = answer.await;
                        match &mut answer {
                            Ok(response) => {
                                traced::tell_id(response);
                                metrics.request(response.status().as_u16());
                            }
                            Err(error) => {
                                metrics.request(error.as_response_error().status_code().as_u16())
                            }
                        }
                        answer
                    }
                })
                .wrap(TracingLogger::<traced::RequestSpan>::new())
                .wrap(from_fn(super::problem::tell))
                .wrap(from_fn(pages::as_page))
                .wrap(from_fn(pages::tell_once))
                // Outermost: what the framework refuses carries them, too.
                .wrap(
                    DefaultHeaders::new()
                        .add(("X-Content-Type-Options", "nosniff"))
                        .add(("Referrer-Policy", "no-referrer"))
                        .add(("X-Frame-Options", "DENY"))
                        .add(("Cache-Control", "no-store")),
                )
                .configure(routes)
                .app_data(web::Data::new(extras.pages.clone()))
                .default_service(web::to(elsewhere))
        })
        .workers(2)
        .client_request_timeout(HEAD_TIMEOUT)
        .shutdown_timeout(10)
        .disable_signals()
        .listen(listener)
        .map_err(failed)?
        .run();
        Ok(Server {
            address: bound,
            server,
        })
    }

    /// The address that is listened on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops the server from elsewhere.
    pub fn handle(&self) -> ServerHandle {
        self.server.handle()
    }

    /// Serves until stopped.
    pub async fn run(self) -> std::io::Result<()> {
        self.server.await
    }
}

fn routes(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/webhooks/github").route(web::post().to(webhook::github)))
        .service(web::resource("/healthz").route(web::get().to(health::healthz)))
        .service(web::resource("/readyz").route(web::get().to(health::readyz)))
        .service(web::resource("/metrics").route(web::get().to(health::metrics)))
        .service(web::resource("/").route(web::get().to(start)))
        .configure(pages::configure)
        .configure(api::configure);
}

/// The start page, or the demo's.
async fn start(
    request: HttpRequest,
    extra: web::Data<ExtraPages>,
) -> actix_web::Result<HttpResponse> {
    match extra.response(request.path()) {
        Some(page) => Ok(page),
        None => Ok(pages::home(request).await?),
    }
}

async fn elsewhere(request: HttpRequest, extra: web::Data<ExtraPages>) -> HttpResponse {
    if *request.method() == Method::GET
        && let Some(page) = extra.response(request.path())
    {
        return page;
    }
    Problem::new(
        StatusCode::NOT_FOUND,
        "no_such_address",
        format!(
            "nothing is at {}; /api/openapi.json lists what there is",
            request.path()
        ),
    )
    .error_response()
}
