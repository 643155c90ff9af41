//! The stand-in: a GitHub-compatible server (REST, webhooks, git over smart HTTP) for rehearsals, the demo and tests. The
//! service cannot tell it from GitHub; only the base URL differs. docs/stand-in.md says what it plays and what not.
//!
//! A request changes `world::World` in one step: rows in memory (`state`), one line in the `journal`, webhooks in their
//! queues (`webhooks`). Repositories are real and bare, driven by the git program (`git`, `git_http`); what a push moved
//! is found by comparing refs (`pushes`). The bodies of answers and webhooks are all made in `render`.

mod activity;
mod apps;
mod caller;
mod checks;
mod collaborators;
mod comments;
mod commits;
mod conditional;
mod contents;
mod error;
mod git;
mod git_http;
mod hooks;
mod http;
mod invitations;
mod issues;
mod journal;
mod labels;
mod log;
mod pulls;
mod pushes;
mod records;
mod refusal;
mod render;
mod repos;
mod routes;
mod state;
mod users;
mod webhooks;
mod world;

use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use actix_web::dev::ServerHandle;
use actix_web::middleware::from_fn;
use actix_web::{App, HttpServer, web};

pub use self::error::StandInError;
use self::git::Git;
use self::journal::Journal;
use self::records::{App as AppRow, Hook, Kind, Outcome, Scope, Token, User, UserId};
use self::refusal::Refusal;
use self::state::State;
use self::webhooks::Posts;
use self::world::{Tx, World};
use crate::clock::{SharedClock, Timestamp};
use crate::ids::SharedIds;

/// GitHub takes files of up to 100 MB through its API, in base64.
const LARGEST_BODY: usize = 140 * 1024 * 1024;
const THREADS: usize = 2;

/// What a stand-in is started with.
pub struct StandInSettings {
    /// Where it listens; port 0 takes a free one.
    pub bind: SocketAddr,
    /// Where it keeps accounts, issues, hooks and repositories. Made if missing; one stand-in at a time.
    pub data_dir: PathBuf,
    pub clock: SharedClock,
    pub ids: SharedIds,
    /// The organisation that owns the candidates' repositories.
    pub org: String,
    /// The account the service acts with; an owner of the organisation.
    pub service_login: String,
    /// The value of `PATH`, where git is found.
    pub path: OsString,
}

/// A running stand-in. Dropping it ends it at once.
pub struct StandIn {
    world: Arc<World>,
    server: ServerHandle,
    address: SocketAddr,
    service_token: String,
    _folder: File,
}

/// One attempt to deliver a webhook, as the log keeps it.
#[derive(Debug, Clone, PartialEq)]
pub struct DeliveryRecord {
    pub id: u64,
    pub guid: String,
    pub event: String,
    pub action: Option<String>,
    pub url: String,
    pub redelivery: bool,
    pub payload: serde_json::Value,
    /// The receiver's HTTP status, 0 where no answer came; `None` while it waits.
    pub status_code: Option<u16>,
}

impl StandIn {
    /// Starts listening. Must be called inside a tokio runtime, which then also sends the webhooks.
    pub async fn start(settings: StandInSettings) -> Result<StandIn, StandInError> {
        let StandInSettings {
            bind,
            data_dir,
            clock,
            ids,
            org,
            service_login,
            path,
        } = settings;
        for login in [&org, &service_login] {
            check_login(login)?;
        }
        let folder = claim(&data_dir)?;
        let (journal, mut state) = Journal::open(&data_dir)?;
        mark_unsent(&mut state, clock.now());
        let git = Git::new(&data_dir, path);
        fs::create_dir_all(git.root()).map_err(|source| StandInError::Folder {
            path: data_dir.clone(),
            source,
        })?;
        git.version().await?;

        let listen_error = |source| StandInError::Listen {
            address: bind,
            source,
        };
        let listener = TcpListener::bind(bind).map_err(listen_error)?;
        let address = listener.local_addr().map_err(listen_error)?;
        let posts = Posts::new()?;
        let base = format!("http://{address}");
        let org = account(&mut state, &org, &org, Kind::Organization, clock.now())?;
        let world = Arc::new(World::new(
            (state, journal),
            base,
            org,
            (clock, ids),
            git,
            posts,
        ));
        world.posts.attach(&world);

        let shared = web::Data::from(Arc::clone(&world));
        let server = HttpServer::new(move || {
            App::new()
                .app_data(shared.clone())
                .app_data(web::PayloadConfig::new(LARGEST_BODY))
                .wrap(from_fn(conditional::answer))
                .wrap(from_fn(http::with_headers))
                .configure(routes::configure)
                .default_service(web::to(http::no_such_page))
        })
        .workers(THREADS)
        .disable_signals()
        .listen(listener)
        .map_err(listen_error)?
        .run();
        let handle = server.handle();
        tokio::spawn(server);
        let mut stand_in = StandIn {
            world,
            server: handle,
            address,
            service_token: String::new(),
            _folder: folder,
        };
        stand_in.service_token = stand_in.add_member(&service_login, &service_login)?;
        tracing::info!(url = %stand_in.api_url(), "the stand-in listens");
        Ok(stand_in)
    }

    /// The API's base URL, with a slash at the end. The same API answers below `api/v3/`, git below `owner/name.git`.
    pub fn api_url(&self) -> String {
        format!("{}/", self.world.base)
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The token of the account the service acts with.
    pub fn service_token(&self) -> &str {
        &self.service_token
    }

    /// Adds a person and returns their token; for one who is there already, the same token as before.
    pub fn add_user(&self, login: &str, name: &str) -> Result<String, StandInError> {
        check_login(login)?;
        self.change(|tx| person(tx, login, name).map(|(_, token)| token))
    }

    /// Adds a person who is an owner of the organisation: somebody of the team. Returns their token.
    pub fn add_member(&self, login: &str, name: &str) -> Result<String, StandInError> {
        check_login(login)?;
        let org = self.world.org;
        self.change(|tx| {
            let (id, token) = person(tx, login, name)?;
            tx.state.members.insert((org, id), true);
            Ok(token)
        })
    }

    /// Sends every event of every repository to `url`, signed with `secret`, as a GitHub App's webhook; replaces an earlier one.
    pub fn set_webhook(&self, url: &str, secret: &str) -> Result<(), StandInError> {
        self.change(|tx| {
            let earlier = tx
                .state
                .hooks
                .values()
                .find(|hook| hook.scope == Scope::App)
                .cloned();
            let (id, created_at) = match earlier {
                Some(hook) => (hook.id, hook.created_at),
                None => (tx.state.next_id(), tx.now),
            };
            let hook = Hook {
                id,
                scope: Scope::App,
                url: url.to_owned(),
                secret: Some(secret.to_owned()).filter(|secret| !secret.is_empty()),
                content_type: "json".to_owned(),
                insecure_ssl: "0".to_owned(),
                events: vec!["*".to_owned()],
                active: true,
                created_at,
                updated_at: tx.now,
            };
            tx.state.hooks.insert(id, hook);
            Ok(())
        })
    }

    /// Registers a GitHub App whose tokens are signed by the owner of this RSA key (PEM), installed on the organisation.
    /// Returns the installation's id.
    pub fn register_app(
        &self,
        app_id: u64,
        slug: &str,
        public_key: &str,
    ) -> Result<u64, StandInError> {
        let org = self.world.org;
        self.change(|tx| {
            let earlier = tx.state.apps.get(&app_id).cloned();
            let (installation, created_at) = match earlier {
                Some(app) => (app.installation, app.created_at),
                None => (tx.state.next_id(), tx.now),
            };
            let now = tx.now;
            let bot = account(tx.state, &format!("{slug}[bot]"), slug, Kind::Bot, now)?;
            tx.state.members.insert((org, bot), true);
            let app = AppRow {
                id: app_id,
                slug: slug.to_owned(),
                installation,
                bot,
                public_key: public_key.to_owned(),
                created_at,
            };
            tx.state.apps.insert(app_id, app);
            Ok(installation)
        })
    }

    /// Resolves when every webhook queued so far has been delivered or has failed for good.
    pub async fn settle(&self) {
        self.world.posts.settle().await;
    }

    /// All attempts to deliver webhooks, oldest first.
    pub fn deliveries(&self) -> Vec<DeliveryRecord> {
        self.world.read(|render| {
            let rows = render.state.deliveries.values();
            rows.map(|row| DeliveryRecord {
                id: row.id,
                guid: row.guid.clone(),
                event: row.event.clone(),
                action: row.action.clone(),
                url: render
                    .state
                    .hooks
                    .get(&row.hook)
                    .map(|hook| hook.url.clone())
                    .unwrap_or_default(),
                redelivery: row.redelivery,
                payload: serde_json::from_str(&row.payload).unwrap_or_default(),
                status_code: render
                    .state
                    .outcomes
                    .get(&row.id)
                    .map(|outcome| outcome.status_code),
            })
            .collect()
        })
    }

    /// Sends what went out under this guid once more, under the same guid.
    pub fn redeliver(&self, guid: &str) -> Result<(), StandInError> {
        let unknown = || StandInError::Unknown {
            what: format!("delivery {guid}"),
        };
        self.change(|tx| {
            let ids: Vec<u64> = tx
                .state
                .deliveries
                .values()
                .filter(|row| row.guid == guid && !row.redelivery)
                .map(|row| row.id)
                .collect();
            let id = *ids.first().ok_or_else(unknown)?;
            tx.redeliver(id).map(|_| ()).ok_or_else(unknown)
        })
    }

    /// Deletes an issue as its page's "Delete issue" does; the REST API of GitHub has no call for it.
    pub fn delete_issue(
        &self,
        owner: &str,
        name: &str,
        number: u64,
        by: &str,
    ) -> Result<(), StandInError> {
        let unknown = || StandInError::Unknown {
            what: format!("issue {owner}/{name}#{number} or account {by}"),
        };
        self.change(|tx| {
            let sender = tx.state.user_by_login(by).ok_or_else(unknown)?.id;
            let repo = tx.state.repo_by_name(owner, name).ok_or_else(unknown)?.id;
            let issue = tx
                .state
                .issues
                .get(&(repo, number))
                .filter(|issue| !issue.deleted);
            let issue = issue.cloned().ok_or_else(unknown)?;
            issues::emit(tx, sender, &issue, "deleted", serde_json::json!({}));
            if let Some(row) = tx.state.issues.get_mut(&(repo, number)) {
                row.deleted = true;
            }
            Ok(())
        })
    }

    /// Ends the server. Requests under way are cut off; webhooks not yet sent count as failed at the next start.
    pub async fn stop(self) {
        self.world.posts.stop();
        self.server.stop(false).await;
    }

    fn change<T>(
        &self,
        change: impl FnOnce(&mut Tx<'_>) -> Result<T, StandInError>,
    ) -> Result<T, StandInError> {
        let mut refused = None;
        let outcome = self.world.write(|tx| {
            change(tx).map_err(|error| {
                refused = Some(error);
                Refusal::not_found()
            })
        });
        outcome.map_err(|refusal| {
            refused.unwrap_or(StandInError::State {
                reason: refusal.to_string(),
            })
        })
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        self.world.posts.stop();
        // The order to stop is given by the call itself; there is nobody left to wait for it.
        drop(self.server.stop(false));
    }
}

/// The events an App may ask for that the stand-in plays.
fn webhook_events() -> Vec<&'static str> {
    vec![
        "check_run",
        "issue_comment",
        "issues",
        "member",
        "public",
        "pull_request",
        "push",
        "repository",
        "status",
    ]
}

fn check_login(login: &str) -> Result<(), StandInError> {
    let valid = login.parse::<crate::ids::Login>().is_ok();
    if valid {
        Ok(())
    } else {
        Err(StandInError::Login {
            login: login.to_owned(),
        })
    }
}

/// Makes the data folder, readable by this user only, and takes it for this process.
fn claim(dir: &Path) -> Result<File, StandInError> {
    let failed = |source| StandInError::Folder {
        path: dir.to_owned(),
        source,
    };
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .map_err(failed)?;
    let lock = File::create(dir.join("lock")).map_err(failed)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(StandInError::InUse {
            path: dir.to_owned(),
        }),
        Err(TryLockError::Error(source)) => Err(failed(source)),
    }
}

/// What was queued when an earlier process ended is never sent, as with GitHub: it shows as failed and can be redelivered.
fn mark_unsent(state: &mut State, now: Timestamp) {
    let unsent: Vec<u64> = state
        .deliveries
        .values()
        .map(|row| row.id)
        .filter(|id| state.outcomes.get(id).is_none())
        .collect();
    for id in unsent {
        let outcome = Outcome {
            at: now,
            duration: 0.0,
            status_code: 0,
            status: "the sender stopped before it was sent".to_owned(),
            response: String::new(),
        };
        state.outcomes.insert(id, outcome);
    }
}

/// The account with this login, made if it is not there.
fn account(
    state: &mut State,
    login: &str,
    name: &str,
    kind: Kind,
    now: Timestamp,
) -> Result<UserId, StandInError> {
    match state.user_by_login(login) {
        Some(user) if user.kind == kind => Ok(user.id),
        Some(_) => Err(StandInError::LoginTaken {
            login: login.to_owned(),
        }),
        None => {
            let id = state.next_id();
            let user = User {
                id,
                login: login.to_owned(),
                name: name.to_owned(),
                kind,
                created_at: now,
            };
            state.users.insert(id, user);
            Ok(id)
        }
    }
}

fn person(tx: &mut Tx<'_>, login: &str, name: &str) -> Result<(UserId, String), StandInError> {
    let now = tx.now;
    let id = account(tx.state, login, name, Kind::User, now)?;
    if let Some(token) = tx.state.token_of(id) {
        return Ok((id, token));
    }
    let token = tx.new_token("ghp");
    tx.state.tokens.insert(
        token.clone(),
        Token {
            user: id,
            expires_at: None,
        },
    );
    Ok((id, token))
}
