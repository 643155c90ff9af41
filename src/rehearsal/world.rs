//! The little world of a rehearsal: stand-in, service and worker on free ports, one simulated clock.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::RehearsalError;
use super::client::ApiClient;
use crate::app::{Application, Parts, Surroundings};
use crate::clock::{Clock as _, SharedClock, SimulatedClock, Timestamp};
use crate::config::{DEFAULT_BODY_TIMEOUT, GitHubSettings, Identity, MailSettings, Settings};
use crate::git::Git;
use crate::ids::{Login, SharedIds};
use crate::sandbox::Sandbox;
use crate::secret::{WeakSecret, WebhookSecret};
use crate::spec::{Answers, OfferDefaults, Payer};
use crate::stand_in::{Limits, StandIn, StandInSettings};
use crate::web::{ExtraPages, Extras};
use crate::work_sample::Afterwards;
use crate::workflow::Services;
use crate::workflow::worker::{Outcome, Worker};

/// The organisation that repositories are made in.
pub const ORG: &str = "acme-work-samples";
/// The account that the service uses.
const SERVICE_LOGIN: &str = "worksample-bot";
/// The account with which the team answers.
pub const TEAM_LOGIN: &str = "team-lead";

/// Longer pauses are for the script to pass.
const LONGEST_TURN: chrono::Duration = chrono::Duration::minutes(2);

/// What a world is made of.
pub struct WorldSettings {
    /// For the database (unless another is named), repositories, clones.
    pub dir: PathBuf,
    pub database_url: Option<String>,
    /// Where simulated time begins.
    pub start: Timestamp,
    pub ids: SharedIds,
    /// `None`: deliveries wait for an assessment that does not come.
    pub sandbox: Option<Sandbox>,
    /// Where the service finds GitHub, if not at the stand-in itself: a test may put something faulty between.
    pub github_url: Option<String>,
    pub program_path: std::ffi::OsString,
    /// Where the service listens, and how people reach it; `None`: on a port of its own, under an address that is no real one.
    pub address: Option<SocketAddr>,
}

pub struct World {
    pub stand_in: StandIn,
    /// The organisation that repositories are made in.
    pub org: Login,
    pub api: ApiClient,
    pub clock: Arc<SimulatedClock>,
    pub git: Git,
    pub pages: ExtraPages,
    pub address: SocketAddr,
    pub services: Arc<Services>,
    /// Where people find GitHub: at the stand-in itself, unless a test puts something between.
    pub people_url: String,
    dir: PathBuf,
    worker: Worker,
    webhook_secret: String,
    stop: watch::Sender<bool>,
    serving: JoinHandle<std::io::Result<()>>,
}

impl World {
    /// Starts everything on free ports of this machine's own address.
    pub async fn start(settings: WorldSettings) -> Result<World, RehearsalError> {
        let clock = SimulatedClock::starting_at(settings.start);
        let shared: SharedClock = clock.clone();
        let free: SocketAddr = (Ipv4Addr::LOCALHOST, 0).into();
        let stand_in = StandIn::start(StandInSettings {
            bind: free,
            data_dir: settings.dir.join("stand-in"),
            clock: shared.clone(),
            ids: settings.ids.clone(),
            orgs: vec![ORG.to_owned()],
            service_login: SERVICE_LOGIN.to_owned(),
            path: settings.program_path.clone(),
            limits: Limits::GITHUB,
        })
        .await?;
        let org: Login = ORG
            .parse()
            .map_err(|error: crate::ids::InvalidId| RehearsalError::Api(error.to_string()))?;
        let weak = |weak: WeakSecret| RehearsalError::Api(format!("a secret {weak}"));
        let secret = settings.ids.next(settings.start).simple().to_string();
        let webhook_secret: WebhookSecret = secret.parse().map_err(weak)?;
        let surroundings = Surroundings {
            clock: shared.clone(),
            ids: settings.ids.clone(),
        };
        let service = Settings {
            database_url: settings
                .database_url
                .unwrap_or_else(|| {
                    format!("sqlite://{}", settings.dir.join("worksample.db").display())
                })
                .into(),
            bind: settings.address.unwrap_or(free),
            public_url: match settings.address {
                Some(address) => format!("http://{address}"),
                None => "http://127.0.0.1".to_owned(),
            },
            data_dir: settings.dir.join("service"),
            offer: offer(),
            github: Some(GitHubSettings {
                api_url: settings.github_url.unwrap_or_else(|| stand_in.api_url()),
                orgs: vec![org.clone()],
                teams: Vec::new(),
                lead_teams: Vec::new(),
                reviewer_teams: Vec::new(),
                client: None,
                identity: Identity::Token(stand_in.service_token().to_owned().into()),
                paced: true,
            }),
            webhook_secret: Some(webhook_secret),
            webhook_secret_previous: None,
            token_key: format!("{0}{0}", settings.ids.next(settings.start).simple())
                .parse()
                .map_err(weak)?,
            body_timeout: DEFAULT_BODY_TIMEOUT,
            mail: MailSettings::default(),
            afterwards: Afterwards::Archive,
            program_path: settings.program_path.clone(),
        };
        let pages = ExtraPages::none();
        let application = Application::build_with(
            &service,
            &surroundings,
            settings.sandbox,
            Parts::WebOnly,
            Extras {
                pages: pages.clone(),
                examiner: None,
            },
        )
        .await?;
        let address = application.address().unwrap_or(free);
        let services = application.services();
        let api = ApiClient::new(address, application.tokens().clone(), shared)?;
        stand_in.set_webhook(&format!("http://{address}/webhooks/github"), &secret)?;
        let worker = Worker::new(Arc::clone(&services), "rehearsal");
        let (stop, stopped) = watch::channel(false);
        let serving = tokio::spawn(application.run(stopped));
        Ok(World {
            people_url: stand_in.api_url(),
            stand_in,
            org,
            api,
            clock,
            git: Git::new(settings.program_path),
            pages,
            address,
            services,
            dir: settings.dir,
            worker,
            webhook_secret: secret,
            stop,
            serving,
        })
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Works through everything that was set off: webhooks on their way, jobs that are due, what those set off in turn.
    pub async fn settle(&self) -> Result<Vec<Outcome>, RehearsalError> {
        let mut all = Vec::new();
        let mut turns = BTreeSet::new();
        loop {
            self.stand_in.settle().await;
            let done = self.worker.drain().await?;
            turns.extend(done.iter().filter_map(Outcome::turn));
            let before = all.len();
            all.extend(done.into_iter().filter(|one| one.turn().is_none()));
            if all.len() > before {
                continue;
            }
            // What only waits for its turn at GitHub is done before anything else is played.
            match turns.pop_first() {
                Some(turn) if turn - self.now() <= LONGEST_TURN => self.clock.advance_to(turn),
                Some(_) | None => return Ok(all),
            }
        }
    }

    /// What the stand-in signs its webhooks with.
    pub fn webhook_secret(&self) -> &str {
        &self.webhook_secret
    }

    /// A folder for a candidate's clone.
    pub fn clone_dir(&self, name: &str) -> PathBuf {
        self.dir.join("clones").join(name)
    }

    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Waits until the service stops by itself; it does not, unless it fails.
    pub async fn stop(self) -> std::io::Result<()> {
        self.stop.send_replace(true);
        let served = self.serving.await.unwrap_or(Ok(()));
        self.stand_in.stop().await;
        self.services.store.close().await;
        served
    }
}

/// What the offers of a rehearsal say: nobody pays there.
fn offer() -> OfferDefaults {
    let text = |text: &str| text.to_owned();
    OfferDefaults {
        payer: Some(Payer {
            name: text("Example Company Ltd (a rehearsal: nobody pays)"),
            address: text("1 Example Street\nExample Town"),
            signed_by: text("Lea Lead, head of engineering"),
            contact: text("work-samples@example.com"),
            method: text("Bank transfer to the account on your invoice"),
            invoice: text("Your name, address and tax number, and the number of the work sample"),
            vat: text("Added where you are registered for it"),
            fees: text("We bear the fees of the transfer"),
            reference: text("The number of the work sample"),
        }),
        answers: Some(Answers { within_hours: 24 }),
    }
}
