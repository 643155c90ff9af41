//! One work sample, accepted and not yet provisioned, and the processes that live and die over it.
//!
//! All plays begin with a copy of one prepared database and an organisation without repositories: so every play of the
//! same moments is the same play.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use chrono::Duration;
use futures_util::future::BoxFuture;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::watch;
use worksample::app::{self, Surroundings};
use worksample::clock::{Clock as _, SimulatedClock, SystemClock};
use worksample::config::{Overrides, Settings};
use worksample::ids::{RandomIds, SeededIds, WorkSampleId};
use worksample::spec::candidate::KICKOFF_MARKER;
use worksample::stand_in::{Limits, StandIn, StandInSettings};
use worksample::store::{JobFilter, JobState, StoreError, Tap};
use worksample::work_sample::{Actor, Command, State, WorkSample};
use worksample::workflow::launch::Launch;
use worksample::workflow::worker::{Outcome, Worker};
use worksample::workflow::{Services, WorkflowError, act, launch, publish, reconcile, show};

use crate::support::gate::Gate;
use crate::support::postgres::{self, PostgresDatabase};
use crate::support::small;

const ORG: &str = "acme-work-samples";
/// Plays going on at the same time.
pub const LANES: usize = 4;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    Sqlite,
    Postgres,
}

/// Counts the moments of one life, and holds it up at the one that is asked for: for good, unless somebody lets it go on.
pub struct Moments {
    seen: AtomicUsize,
    hold_at: AtomicUsize,
    /// How often it was held up, and how often let go on.
    held: watch::Sender<usize>,
    released: watch::Sender<usize>,
}

impl Moments {
    pub fn new(hold_at: Option<usize>) -> Arc<Moments> {
        Arc::new(Moments {
            seen: AtomicUsize::new(0),
            hold_at: AtomicUsize::new(hold_at.unwrap_or(usize::MAX)),
            held: watch::channel(0).0,
            released: watch::channel(0).0,
        })
    }

    /// Returns while the life is held up.
    pub async fn held(&self) {
        let mut held = self.held.subscribe();
        held.wait_for(|held| *held > *self.released.borrow())
            .await
            .unwrap();
    }

    /// Lets it go on, if it is held up, and holds it up no more.
    pub fn release(&self) {
        self.release_until(usize::MAX);
    }

    /// Lets it go on to its next moment.
    pub fn release_for_one(&self) {
        self.release_until(self.seen() + 1);
    }

    /// Will hold it up at the `count`th moment from now.
    pub fn hold_after(&self, count: usize) {
        self.hold_at.store(self.seen() + count, Ordering::SeqCst);
    }

    fn release_until(&self, moment: usize) {
        self.hold_at.store(moment, Ordering::SeqCst);
        self.released.send_replace(*self.held.borrow());
    }

    pub fn was_released(&self) -> bool {
        *self.released.borrow() > 0
    }

    pub fn seen(&self) -> usize {
        self.seen.load(Ordering::SeqCst)
    }
}

impl Tap for Moments {
    fn moment(&self) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let number = self.seen.fetch_add(1, Ordering::SeqCst) + 1;
            if self.hold_at.load(Ordering::SeqCst) == number {
                let mut released = self.released.subscribe();
                self.held.send_modify(|held| *held += 1);
                let times = *self.held.borrow();
                released
                    .wait_for(|released| *released >= times)
                    .await
                    .unwrap();
            }
        })
    }
}

/// What all plays share.
pub struct Stage {
    /// Those at which nothing is played just now.
    lanes: Mutex<Vec<Lane>>,
    client: reqwest::Client,
    dir: tempfile::TempDir,
    prepared: Prepared,
    clock: Arc<SimulatedClock>,
    plays: AtomicUsize,
    /// Are calls to GitHub paced? Then a wait and a job given back stand between any two writes.
    paced: bool,
}

/// A database with one work sample that was accepted.
struct Prepared {
    id: WorkSampleId,
    database: Database,
}

enum Database {
    Sqlite(PathBuf),
    Postgres(PostgresDatabase),
}

impl Database {
    fn url(&self) -> String {
        match self {
            Database::Sqlite(path) => format!("sqlite://{}", path.display()),
            Database::Postgres(database) => database.url.clone(),
        }
    }

    /// A copy, of which nobody may be using the original.
    fn copied_to(&self, path: PathBuf) -> Database {
        match self {
            Database::Sqlite(original) => {
                std::fs::copy(original, &path).unwrap();
                Database::Sqlite(path)
            }
            Database::Postgres(original) => Database::Postgres(original.copied()),
        }
    }
}

/// A GitHub, and the way to it.
struct Lane {
    stand_in: StandIn,
    gate: Gate,
}

impl Lane {
    async fn new(data_dir: PathBuf) -> Lane {
        let stand_in = StandIn::start(StandInSettings {
            bind: ([127, 0, 0, 1], 0).into(),
            data_dir,
            clock: Arc::new(SystemClock),
            ids: Arc::new(RandomIds),
            orgs: vec![ORG.to_owned()],
            service_login: "worksample-bot".to_owned(),
            path: worksample::config::program_path(),
            limits: Limits::NONE,
        })
        .await
        .unwrap();
        stand_in.add_user("ada-example", "Ada Example").unwrap();
        let gate = Gate::start(stand_in.address()).await;
        Lane { stand_in, gate }
    }
}

impl Stage {
    /// `None` where the database is missing on this machine.
    pub async fn new(on: On, paced: bool) -> Option<Arc<Stage>> {
        let dir = tempfile::tempdir().unwrap();
        let mut lanes = Vec::new();
        for lane in 0..LANES {
            lanes.push(Lane::new(dir.path().join(format!("stand-in-{lane}"))).await);
        }
        let database = match on {
            On::Sqlite => Database::Sqlite(dir.path().join("prepared.db")),
            On::Postgres => Database::Postgres(postgres::database()?),
        };
        let mut stage = Stage {
            lanes: Mutex::new(lanes),
            // A connection that was idle may end at the very moment at which it is used again.
            client: reqwest::Client::builder()
                .pool_max_idle_per_host(0)
                .build()
                .unwrap(),
            prepared: Prepared {
                id: "ws_00000000000000000000000000000000".parse().unwrap(),
                database,
            },
            dir,
            clock: SimulatedClock::starting_at("2026-03-02T09:00:00Z".parse().unwrap()),
            plays: AtomicUsize::new(0),
            paced,
        };
        stage.prepared.id = stage.accepted().await;
        Some(Arc::new(stage))
    }

    fn settings(&self, database: &Database, github: (String, &str)) -> Settings {
        let limits = if self.paced { "github.com" } else { "none" };
        let pairs = [
            ("WORKSAMPLE_GITHUB_API_URL", github.0),
            ("WORKSAMPLE_GITHUB_TOKEN", github.1.to_owned()),
            ("WORKSAMPLE_GITHUB_ORG", ORG.to_owned()),
            ("WORKSAMPLE_GITHUB_LIMITS", limits.to_owned()),
            ("WORKSAMPLE_TOKEN_KEY", "k".repeat(32)),
        ];
        let source: BTreeMap<String, String> = pairs
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        let overrides = Overrides {
            database_url: Some(database.url()),
            bind: None,
            data_dir: Some(self.dir.path().join("data")),
        };
        Settings::read(&source, overrides).unwrap()
    }

    /// Launches a work sample and accepts it in the prepared database.
    async fn accepted(&self) -> WorkSampleId {
        let nowhere = "http://127.0.0.1:9".to_owned();
        let settings = self.settings(
            &self.prepared.database,
            (nowhere, "a-token-that-nobody-takes"),
        );
        let surroundings = Surroundings {
            clock: self.clock.clone(),
            ids: Arc::new(SeededIds::new(1)),
        };
        let services = app::services(&settings, &surroundings, None).await.unwrap();
        let (version, _) = publish::publish(&services, small::folder()).await.unwrap();
        let wanted = Launch {
            spec: version.digest,
            candidate: "Ada Example".to_owned(),
            email: None,
            organization: None,
            again: false,
            lead: "Lea Lead".to_owned(),
        };
        let offered = launch::launch(&services, wanted, None).await.unwrap();
        let accept = Command::Accept {
            login: "ada-example".parse().unwrap(),
            due_at: self.clock.now() + Duration::days(2),
            terms_sha256: None,
        };
        act::act(&services, &offered.id, accept, Actor::Candidate)
            .await
            .unwrap();
        services.store.close().await;
        offered.id
    }
}

/// One work sample in a database and an organisation of its own, with a clock of its own.
pub struct Play {
    stage: Arc<Stage>,
    lane: Lane,
    database: Database,
    clock: Arc<SimulatedClock>,
    lives: AtomicUsize,
    id: WorkSampleId,
    /// Is it provisioned already, and the service at work to post an answer?
    answers: AtomicBool,
}

/// A process.
pub struct Process {
    pub services: Arc<Services>,
    pub worker: Worker,
}

impl Play {
    pub async fn new(stage: &Arc<Stage>) -> Play {
        let number = stage.plays.fetch_add(1, Ordering::SeqCst) + 1;
        let lane = stage.lanes.lock().unwrap().pop();
        let path = stage.dir.path().join(format!("{number}.db"));
        Play {
            stage: Arc::clone(stage),
            lane: lane.unwrap(),
            database: stage.prepared.database.copied_to(path),
            clock: SimulatedClock::starting_at(stage.clock.now()),
            lives: AtomicUsize::new(0),
            id: stage.prepared.id.clone(),
            answers: AtomicBool::new(false),
        }
    }

    /// A process that was just started. `moments` is told before and after each of its commits and exchanges.
    pub async fn process(&self, moments: Option<&Arc<Moments>>) -> Process {
        let life = self.lives.fetch_add(1, Ordering::SeqCst);
        // Each process has a token of its own, by which the gate knows it.
        let token = format!("the-token-of-the-life-{life}");
        let tap = moments.map(|moments| Arc::clone(moments) as Arc<dyn Tap>);
        let Lane { stand_in, gate } = &self.lane;
        gate.know(&token, stand_in.service_token(), tap.clone());
        let github = (gate.url(), token.as_str());
        let settings = self.stage.settings(&self.database, github);
        let surroundings = Surroundings {
            clock: self.clock.clone(),
            ids: Arc::new(SeededIds::new(2 + life as u64)),
        };
        let services = app::services(&settings, &surroundings, None).await.unwrap();
        if let Some(tap) = tap {
            services.store.tap(tap);
        }
        let services = Arc::new(services);
        Process {
            worker: Worker::new(Arc::clone(&services), token),
            services,
        }
    }

    /// One process's life: until the work sample is provisioned, or until the moment at which it is stopped. Returns how
    /// many moments it had.
    pub async fn life(&self, stop_at: Option<usize>) -> usize {
        let moments = Moments::new(stop_at);
        let process = self.process(Some(&moments)).await;
        tokio::select! {
            () = self.work(&process) => {}
            () = moments.held() => {}
        }
        self.leases_run_out();
        moments.seen()
    }

    pub fn leases_run_out(&self) {
        self.clock.advance(Duration::minutes(1));
    }

    /// Steps until the work sample is provisioned. Time passes where nothing is due and nobody is at work.
    pub async fn work(&self, process: &Process) {
        self.work_unless(process, || false).await;
    }

    /// [`Self::work`], which ends between two steps once `enough` says so.
    pub async fn work_unless(&self, process: &Process, enough: impl Fn() -> bool) {
        for _ in 0..100_000 {
            if enough() {
                return;
            }
            let (work_sample, _) = show::work_sample(&process.services, &self.id)
                .await
                .unwrap();
            if self.is_there(&work_sample) {
                return;
            }
            match process.worker.step().await {
                Ok(Outcome::Idle { .. }) if self.somebody_works(&process.services).await => {
                    tokio::task::yield_now().await;
                }
                Ok(Outcome::Idle { next }) => self.clock.advance_to(next.unwrap()),
                Ok(Outcome::Dead { error, .. }) => panic!("a job is dead: {error}"),
                Ok(Outcome::Done { .. } | Outcome::Postponed { .. } | Outcome::Paced { .. }) => {}
                // Somebody else went on with it meanwhile.
                Err(WorkflowError::Store(StoreError::LeaseLost { .. })) => {}
                Err(error) => panic!("{error}"),
            }
        }
        panic!("it never comes to its end");
    }

    /// Is there what the processes of this play are at work for?
    fn is_there(&self, work_sample: &WorkSample) -> bool {
        if self.answers.load(Ordering::SeqCst) {
            !work_sample.comments.is_empty()
        } else {
            work_sample.state == State::Provisioned
        }
    }

    /// A play in which the repository is there, and the candidate wrote something that asks for one answer.
    pub async fn misread(stage: &Arc<Stage>) -> Play {
        let play = Play::new(stage).await;
        play.life(None).await;
        let name = play.full_name().await;
        let token = play.lane.stand_in.add_user("ada-example", "Ada").unwrap();
        let invitations = "user/repository_invitations";
        let open = play
            .as_somebody(&token, Method::GET, invitations, None)
            .await;
        let path = format!("{invitations}/{}", open[0]["id"]);
        play.as_somebody(&token, Method::PATCH, &path, None).await;
        let path = format!("repos/{name}/issues/1/comments");
        let words = json!({ "body": "/submit" });
        play.as_somebody(&token, Method::POST, &path, Some(words))
            .await;
        play.answers.store(true, Ordering::SeqCst);
        play.reconcile().await;
        play
    }

    async fn full_name(&self) -> String {
        let provisioning = self.work_sample().await.provisioning;
        provisioning.repository.unwrap().full_name
    }

    /// Does the lease of somebody who may be alive still run?
    async fn somebody_works(&self, services: &Services) -> bool {
        let leased = JobFilter {
            state: Some(JobState::Leased),
            ..JobFilter::default()
        };
        let jobs = services
            .store
            .read(move |tx| tx.jobs(&leased))
            .await
            .unwrap();
        jobs.iter()
            .any(|job| job.leased_until > Some(self.clock.now()))
    }

    /// A pass over the repository, as it comes by itself later.
    pub async fn reconcile(&self) {
        let process = self.process(None).await;
        // Lists lag behind what was written a moment ago.
        self.clock.advance(Duration::hours(1));
        reconcile::reconcile(&process.services, &self.id)
            .await
            .unwrap();
    }

    async fn work_sample(&self) -> WorkSample {
        let process = self.process(None).await;
        show::work_sample(&process.services, &self.id)
            .await
            .unwrap()
            .0
    }

    async fn at_github(&self, method: Method, path: &str) -> Value {
        let token = self.lane.stand_in.service_token();
        self.as_somebody(token, method, path, None).await
    }

    async fn as_somebody(
        &self,
        token: &str,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Value {
        let mut request = self
            .stage
            .client
            .request(method, format!("{}{path}", self.lane.stand_in.api_url()))
            .bearer_auth(token)
            .header("user-agent", "test");
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        answer.json().await.unwrap_or_default()
    }

    /// There is one of each at GitHub, and the log says so too. Then the stand-in is left as it was found.
    pub async fn ends_with_one_of_each(self, how: &str) {
        let work_sample = self.work_sample().await;
        assert_eq!(work_sample.state, State::Provisioned, "{how}");
        let provisioning = work_sample.provisioning;
        let name = provisioning.repository.unwrap().full_name;
        let list = async |path: &str| match self.at_github(Method::GET, path).await {
            Value::Array(all) => all,
            other => panic!("{how}: {other}"),
        };
        let repositories = list(&format!("orgs/{ORG}/repos")).await;
        let invitations = list(&format!("repos/{name}/invitations")).await;
        let commits = list(&format!("repos/{name}/commits")).await;
        let open = list(&format!("repos/{name}/issues")).await;
        let kickoffs = open
            .iter()
            .filter(|one| one["body"].as_str().unwrap().contains(KICKOFF_MARKER))
            .count();
        let counted = (
            repositories.len(),
            invitations.len(),
            commits.len(),
            kickoffs,
            open.len(),
        );
        assert_eq!(counted, (1, 1, 1, 1, 1), "{how}");
        assert_eq!(open[0]["number"], provisioning.kickoff.unwrap(), "{how}");
        self.leave(&name).await;
    }

    /// There is one answer at GitHub, and the log says so too. Then the stand-in is left as it was found.
    pub async fn ends_with_one_answer(self, how: &str) {
        let work_sample = self.work_sample().await;
        let name = self.full_name().await;
        let comments = self
            .at_github(Method::GET, &format!("repos/{name}/issues/1/comments"))
            .await;
        let ours: Vec<u64> = comments
            .as_array()
            .unwrap()
            .iter()
            .filter(|one| one["user"]["login"] == "worksample-bot")
            .map(|one| one["id"].as_u64().unwrap())
            .collect();
        let known: Vec<u64> = work_sample
            .comments
            .iter()
            .map(|one| one.comment_id)
            .collect();
        assert_eq!(ours.len(), 1, "{how}");
        assert_eq!(ours, known, "{how}");
        self.leave(&name).await;
    }

    async fn leave(self, name: &str) {
        self.at_github(Method::DELETE, &format!("repos/{name}"))
            .await;
        let Play {
            stage,
            lane,
            database,
            ..
        } = self;
        if let Database::Sqlite(path) = database {
            std::fs::remove_file(path).unwrap();
        }
        stage.lanes.lock().unwrap().push(lane);
    }
}
