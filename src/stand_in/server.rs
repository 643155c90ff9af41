//! Starting and stopping.

use std::ffi::OsString;
use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;

use actix_web::dev::ServerHandle;
use actix_web::middleware::from_fn;
use actix_web::{App, HttpServer, web};

use super::accounts::{account, check_login, person};
use super::error::StandInError;
use super::folder::Folder;
use super::git::Git;
use super::journal::Journal;
use super::limits::Limits;
use super::queues::Queues;
use super::records::{Kind, Outcome, UserId};
use super::refusal::Refusal;
use super::state::State;
use super::world::{Tx, World};
use super::{front, http, recovery, routes, webhooks};
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
    /// The organisations that own the candidates' repositories; at least one. The first is the one Apps are registered with.
    pub orgs: Vec<String>,
    /// The account the service acts with; an owner of every organisation.
    pub service_login: String,
    /// The value of `PATH`, where git is found.
    pub path: OsString,
    /// How much one account may ask for.
    pub limits: Limits,
}

/// A running stand-in. Dropping it ends it at once.
pub struct StandIn {
    pub(super) world: Arc<World>,
    pub(super) orgs: Vec<UserId>,
    server: ServerHandle,
    address: SocketAddr,
    service_token: String,
    _folder: Folder,
}

impl StandIn {
    /// Starts listening. Must be called inside a tokio runtime, which then also sends the webhooks.
    pub async fn start(settings: StandInSettings) -> Result<StandIn, StandInError> {
        let StandInSettings {
            bind,
            data_dir,
            clock,
            ids,
            orgs,
            service_login,
            path,
            limits,
        } = settings;
        check_login(&service_login)?;
        let folder = Folder::take(&data_dir)?;
        let (journal, mut state) = Journal::open(&data_dir)?;
        mark_unsent(&mut state, clock.now());
        let git = Git::new(&data_dir, path);
        fs::create_dir_all(git.root()).map_err(|source| StandInError::Folder {
            path: data_dir.clone(),
            source,
        })?;
        git.version().await?;
        git.lay_hooks()
            .await
            .map_err(|source| StandInError::Folder {
                path: git.hooks(),
                source,
            })?;

        let listen_error = |source| StandInError::Listen {
            address: bind,
            source,
        };
        let listener = TcpListener::bind(bind).map_err(listen_error)?;
        let address = listener.local_addr().map_err(listen_error)?;
        let base = format!("http://{address}");
        let now = clock.now();
        let orgs = orgs
            .iter()
            .map(|org| {
                check_login(org)?;
                account(&mut state, org, org, Kind::Organization, now)
            })
            .collect::<Result<Vec<UserId>, StandInError>>()?;
        if orgs.is_empty() {
            return Err(StandInError::NoOrganisation);
        }
        let service = account(&mut state, &service_login, &service_login, Kind::User, now)?;
        let world = Arc::new(World::new(
            (state, journal),
            base,
            service,
            (clock, ids),
            git,
            Queues::new(),
            limits,
        ));
        webhooks::attach(&world)?;
        recovery::make_up(&world)
            .await
            .map_err(|error| StandInError::State {
                reason: error.to_string(),
            })?;

        let shared = web::Data::from(Arc::clone(&world));
        let server = HttpServer::new(move || {
            App::new()
                .app_data(shared.clone())
                .app_data(web::PayloadConfig::new(LARGEST_BODY))
                .wrap(from_fn(front::pass))
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
            orgs,
            server: handle,
            address,
            service_token: String::new(),
            _folder: folder,
        };
        let orgs = stand_in.orgs.clone();
        stand_in.service_token = stand_in.change(|tx| {
            let (id, token) = person(tx, &service_login, &service_login)?;
            for org in orgs {
                tx.state.members.insert((org, id), true);
            }
            Ok(token)
        })?;
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

    /// The token of the account the service acts with. It also opens the pages below `_stand_in/`.
    pub fn service_token(&self) -> &str {
        &self.service_token
    }

    /// Ends the server. Requests under way are cut off; webhooks not yet sent count as failed at the next start.
    pub async fn stop(self) {
        self.world.queues.stop();
        self.server.stop(false).await;
    }

    pub(super) fn change<T>(
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
        self.world.queues.stop();
        // The order to stop is given by the call itself; there is nobody left to wait for it.
        drop(self.server.stop(false));
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
