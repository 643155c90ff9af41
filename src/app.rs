//! The application: [`Application::build`] is what `serve`, the demo, rehearsals and the tests all start.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use secrecy::ExposeSecret as _;
use tokio::sync::watch;

use crate::artifacts::Artifacts;
use crate::clock::SharedClock;
use crate::config::{Identity, Settings};
use crate::git::Git;
use crate::github::{
    CALLBACK, Credentials, GitHubError, Limits, Organizations, SharedLimits, UserAuthorization,
    WebhookSecrets,
};
use crate::ids::SharedIds;
use crate::mail::{InvalidMailbox, Mailer};
use crate::sandbox::Sandbox;
use crate::store::{DatabaseUrl, InvalidDatabaseUrl, Store, StoreError, StoreOptions};
use crate::web::tokens::Tokens;
use crate::web::{Extras, Server, ServerError};
use crate::workflow::answers;
use crate::workflow::governor::Governor;
use crate::workflow::messages;
use crate::workflow::overviews::make_missing;
use crate::workflow::role_teams::TeamRoles;
use crate::workflow::upgrade::upgrade_logs;
use crate::workflow::worker::Worker;
use crate::workflow::{Services, WorkflowError, arrivals};

#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    #[error("WORKSAMPLE_DATABASE_URL cannot be used: {0}")]
    DatabaseUrl(#[from] InvalidDatabaseUrl),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("could not upgrade the logs of an earlier version: {0}")]
    Upgrade(#[from] WorkflowError),
    #[error(transparent)]
    GitHub(#[from] GitHubError),
    #[error(transparent)]
    Server(#[from] ServerError),
    #[error(transparent)]
    Mail(#[from] InvalidMailbox),
    #[error("the folder {} cannot be used: {source}", path.display())]
    Folder {
        path: PathBuf,
        source: std::io::Error,
    },
}

/// What is passed in, so that a run can be replayed.
#[derive(Clone)]
pub struct Surroundings {
    pub clock: SharedClock,
    pub ids: SharedIds,
}

/// Which parts of the service a process runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parts {
    WebAndWorker,
    WebOnly,
    WorkerOnly,
}

impl Parts {
    fn web(self) -> bool {
        matches!(self, Parts::WebAndWorker | Parts::WebOnly)
    }

    fn worker(self) -> bool {
        matches!(self, Parts::WebAndWorker | Parts::WorkerOnly)
    }
}

/// The wired service, before it serves.
pub struct Application {
    services: Arc<Services>,
    tokens: Tokens,
    server: Option<Server>,
    worker: Option<Worker>,
}

/// Opens the edges without starting anything: what the operator's commands need.
pub async fn services(
    settings: &Settings,
    surroundings: &Surroundings,
    sandbox: Option<Sandbox>,
) -> Result<Services, BuildError> {
    let folder = |path: PathBuf| {
        std::fs::create_dir_all(&path)
            .map(|()| path.clone())
            .map_err(|source| BuildError::Folder { path, source })
    };
    let data_dir = folder(settings.data_dir.clone())?;
    let scratch = folder(data_dir.join("scratch"))?;
    let url: DatabaseUrl = settings.database_url.expose_secret().parse()?;
    let store = Store::open(&url, StoreOptions::new(surroundings.ids.clone())).await?;
    messages::remember_since(&store, surroundings.clock.now()).await?;
    upgrade_logs(&store, surroundings.clock.now()).await?;
    make_missing(&store).await?;
    answers::remember_since(&store, surroundings.clock.now()).await?;
    let limits: Arc<dyn SharedLimits> =
        Arc::new(Governor::new(store.clone(), surroundings.clock.clone()));
    let github = github(settings, surroundings)?.telling(&limits);
    let paced = settings.github.as_ref().is_none_or(|github| github.paced);
    let webhook_secrets = settings
        .webhook_secret
        .clone()
        .map(|current| WebhookSecrets::new(current, settings.webhook_secret_previous.clone()));
    Ok(Services {
        arrivals: arrivals::arrivals(&store),
        store,
        clock: surroundings.clock.clone(),
        ids: surroundings.ids.clone(),
        git: Git::new(&settings.program_path),
        github,
        github_teams: settings
            .github
            .as_ref()
            .map(|github| github.teams.clone())
            .unwrap_or_default(),
        team_roles: settings
            .github
            .as_ref()
            .map(|github| TeamRoles::new(github.lead_teams.clone(), github.reviewer_teams.clone()))
            .unwrap_or_default(),
        github_sign_in: user_authorization(settings)?,
        sandbox,
        hook_url: format!("{}/webhooks/github", settings.public_url),
        limits: if paced { Limits::GITHUB } else { Limits::NONE },
        process: format!(
            "process-{}",
            surroundings.ids.next(surroundings.clock.now()).simple()
        ),
        webhook_secrets,
        mailer: mailer(settings)?,
        artifacts: Artifacts::in_folder(data_dir.join("artifacts")),
        afterwards: settings.afterwards.clone(),
        offer_defaults: settings.offer.clone(),
        scratch,
        versions: Mutex::default(),
    })
}

/// How mail leaves the service, as the settings say.
fn mailer(settings: &Settings) -> Result<Mailer, BuildError> {
    let from = match &settings.mail.from {
        Some(from) => from.clone(),
        // It stands in messages that are not sent.
        None => "worksample <worksample@localhost>".parse()?,
    };
    Ok(Mailer {
        smtp: settings.mail.smtp.clone(),
        from,
        reply_to: settings.mail.reply_to.clone(),
        public_url: settings.public_url.clone(),
        folder: settings.data_dir.join("mail"),
    })
}

/// How people sign in with GitHub, if that is configured.
pub fn user_authorization(settings: &Settings) -> Result<Option<UserAuthorization>, GitHubError> {
    let Some(github) = &settings.github else {
        return Ok(None);
    };
    let Some(client) = &github.client else {
        return Ok(None);
    };
    let callback = format!("{}{CALLBACK}", settings.public_url);
    UserAuthorization::new(&github.api_url, &client.id, &client.secret, &callback).map(Some)
}

/// The organisations that the settings name, without calling GitHub.
pub fn github(
    settings: &Settings,
    surroundings: &Surroundings,
) -> Result<Organizations, BuildError> {
    let Some(github) = &settings.github else {
        return Ok(Organizations::none());
    };
    let credentials = match &github.identity {
        Identity::Token(token) => Credentials::Token(token.clone()),
        Identity::App { id, key } => Credentials::App {
            id: *id,
            key: key.clone(),
        },
    };
    let clock = &surroundings.clock;
    Ok(Organizations::new(
        &github.api_url,
        &github.orgs,
        &credentials,
        clock,
    )?)
}

impl Application {
    /// Opens the edges, binds the address, proves nothing by itself: `sandbox` is the one that proved itself, if any.
    pub async fn build(
        settings: &Settings,
        surroundings: &Surroundings,
        sandbox: Option<Sandbox>,
        parts: Parts,
    ) -> Result<Application, BuildError> {
        Self::build_with(settings, surroundings, sandbox, parts, Extras::default()).await
    }

    /// [`Self::build`] with more to show.
    pub async fn build_with(
        settings: &Settings,
        surroundings: &Surroundings,
        sandbox: Option<Sandbox>,
        parts: Parts,
        extras: Extras,
    ) -> Result<Application, BuildError> {
        let services = Arc::new(services(settings, surroundings, sandbox).await?);
        services.github.checked()?;
        let tokens = Tokens::new(&settings.token_key);
        let server = if parts.web() {
            let services = Arc::clone(&services);
            Some(Server::bind(
                settings.bind,
                services,
                tokens.clone(),
                &settings.public_url,
                extras,
                settings.body_timeout,
            )?)
        } else {
            None
        };
        let worker = if parts.worker() {
            let name = surroundings.ids.next(surroundings.clock.now()).simple();
            let path = settings.data_dir.join("workers");
            let worker = Worker::new(Arc::clone(&services), format!("worker-{name}"))
                .on_the_roll(&path)
                .map_err(|source| BuildError::Folder { path, source })?;
            Some(worker)
        } else {
            None
        };
        Ok(Application {
            services,
            tokens,
            server,
            worker,
        })
    }

    /// Where the web door listens, if it does.
    pub fn address(&self) -> Option<SocketAddr> {
        self.server.as_ref().map(Server::address)
    }

    /// The name in the leases of this process's worker, if it has one.
    pub fn worker_name(&self) -> Option<&str> {
        self.worker.as_ref().map(Worker::name)
    }

    pub fn services(&self) -> Arc<Services> {
        Arc::clone(&self.services)
    }

    pub fn tokens(&self) -> &Tokens {
        &self.tokens
    }

    /// Serves and works until `stop` turns true; then finishes what is at hand. Also ends, with an error, if the worker
    /// does: a process that takes webhooks and works at none of them looks well and is not.
    pub async fn run(self, stop: watch::Receiver<bool>) -> std::io::Result<()> {
        let (end, ending) = watch::channel(false);
        let end = Arc::new(end);
        let at_last = Arc::clone(&end);
        let wished = tokio::spawn({
            let end = Arc::clone(&end);
            async move {
                until_true(stop).await;
                end.send_replace(true);
            }
        });
        let worker = self.worker.map(|worker| {
            let working = ending.clone();
            tokio::spawn(async move {
                let ended = tokio::spawn(async move { worker.run(working).await }).await;
                end.send_replace(true);
                ended
            })
        });
        let served = match self.server {
            None => {
                until_true(ending).await;
                Ok(())
            }
            Some(server) => {
                let handle = server.handle();
                let stopper = tokio::spawn(async move {
                    until_true(ending).await;
                    handle.stop(true).await;
                });
                let served = server.run().await;
                stopper.abort();
                served
            }
        };
        wished.abort();
        // A server that ended by itself takes the worker with it.
        at_last.send_replace(true);
        if let Some(worker) = worker
            && let Err(error) = worker.await.flatten()
        {
            // Only a panic makes this an error; the jobs' leases run out and another worker takes them.
            tracing::error!(%error, "the worker ended badly, and with it this process");
            return Err(std::io::Error::other(
                "the worker of this process ended badly: its output holds the place of the bug",
            ));
        }
        served
    }
}

async fn until_true(mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        if stop.changed().await.is_err() {
            break;
        }
    }
}
