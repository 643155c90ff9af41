//! A season: some candidates of one organisation, the service, and GitHub with everything that goes wrong there, on one
//! virtual clock. All of it follows from one seed: ids, what each candidate does, what meets which fault, which lives end
//! when. So a season that failed fails again.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, OnceLock};

use chrono::Duration;
use reqwest::Method;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use worksample::app::{self, Application, Parts, Surroundings};
use worksample::clock::{Clock as _, SimulatedClock, Timestamp};
use worksample::config::{GitHubSettings, Identity, Settings};
use worksample::ids::{SeededIds, WorkSampleId};
use worksample::stand_in::{Fault, FaultPlan, Limits, StandIn, StandInSettings, WebhookFault};
use worksample::store::{JobFilter, JobState, Tap};
use worksample::work_sample::{Actor, Command, State};
use worksample::workflow::launch::Launch;
use worksample::workflow::worker::{Outcome, Worker};
use worksample::workflow::{Services, act, jobs, launch, publish, reconcile, show};

use super::candidate::{Candidate, Kind};
use super::compare;
use super::dice::{Dice, mixed};
use super::people::People;
use crate::steps::Moments;
use crate::support::app_world::{ANYWHERE, As, new_app};
use crate::support::flaky::{Breaks, Flaky};
use crate::support::small;

pub const ORG: &str = "acme-work-samples";

/// Of a hundred requests, five meet a fault.
const FAULTS: [(Fault, f64); 8] = [
    (Fault::ServerError, 0.7),
    (Fault::ServerErrorAfter, 0.7),
    (Fault::Timeout, 0.7),
    (Fault::TimeoutAfter, 0.7),
    (Fault::HalfClosed, 0.5),
    (Fault::Forbidden, 0.6),
    (Fault::NotYetVisible, 0.5),
    (Fault::Cut, 0.6),
];
/// Of a hundred webhooks, ten.
const WEBHOOK_FAULTS: [(WebhookFault, f64); 5] = [
    (WebhookFault::Late, 2.0),
    (WebhookFault::OutOfOrder, 2.0),
    (WebhookFault::Duplicate, 2.0),
    (WebhookFault::Drop, 2.0),
    (WebhookFault::Lose, 2.0),
];
/// One step of the worker in so many is its last: its process dies in the middle.
const DEATHS: u64 = 25;

/// What was counted in one season or several.
#[derive(Debug, Clone, Copy, Default)]
pub struct Figures {
    pub runs: usize,
    pub candidates: usize,
    pub with_commits: usize,
    pub requests: u64,
    pub faults: usize,
    pub webhook_faults: usize,
    pub deaths: usize,
    pub retried: usize,
    pub texts: usize,
    pub pushes: usize,
    pub refused: u64,
}

impl std::ops::AddAssign for Figures {
    fn add_assign(&mut self, other: Figures) {
        let Figures {
            runs,
            candidates,
            with_commits,
            requests,
            faults,
            webhook_faults,
            deaths,
            retried,
            texts,
            pushes,
            refused,
        } = other;
        self.runs += runs;
        self.candidates += candidates;
        self.with_commits += with_commits;
        self.requests += requests;
        self.faults += faults;
        self.webhook_faults += webhook_faults;
        self.deaths += deaths;
        self.retried += retried;
        self.texts += texts;
        self.pushes += pushes;
        self.refused += refused;
    }
}

pub struct Season {
    pub stand_in: StandIn,
    pub services: Arc<Services>,
    pub people: People,
    clock: Arc<SimulatedClock>,
    /// What the process with the worker is made of: it shares nothing but the database with the one that serves.
    works_with: Arc<Services>,
    worker: Worker,
    /// The commits of that process.
    moments: Arc<Moments>,
    dice: Dice,
    pub figures: Figures,
    /// Requests that were made only to compare.
    pub compared: u64,
    stop: watch::Sender<bool>,
    serving: JoinHandle<std::io::Result<()>>,
    /// What webhooks go through: GitHub is told of it before the service has an address.
    _way: Flaky,
    _dir: tempfile::TempDir,
}

/// Who the service is at GitHub: an App made from its own manifest and installed, or a token beside a hook that the
/// organisation's owner set up.
async fn known_at_github(
    who: As,
    stand_in: &StandIn,
    people: &People,
    (webhook, now): (&str, Timestamp),
) -> (Identity, SecretString) {
    if who == As::App {
        let at = (stand_in, &*stand_in.api_url(), ORG);
        let app = new_app(at, "worksample", (webhook, ANYWHERE), now).await;
        stand_in.install_app(app.id, ORG).unwrap();
        let (id, key) = (app.id, app.key);
        return (Identity::App { id, key }, app.webhook_secret.unwrap());
    }
    let secret = "the webhooks' secret of this season";
    let hook = json!({
        "name": "web", "active": true, "events": ["*"],
        "config": { "url": webhook, "content_type": "json", "secret": secret },
    });
    people
        .service(Method::POST, &format!("orgs/{ORG}/hooks"), Some(&hook))
        .await
        .unwrap();
    let token = stand_in.service_token().to_owned().into();
    (Identity::Token(token), secret.to_owned().into())
}

impl Season {
    /// Plays a whole season with so many candidates and so many runs each, and compares after each of these what the
    /// service knows with what happened.
    pub async fn play(seed: u64, candidates: usize, runs: usize) -> Figures {
        let who = if seed.is_multiple_of(2) {
            As::Token
        } else {
            As::App
        };
        // Neighbouring seeds have nothing in common.
        let mut season = Season::open(who, mixed(seed), candidates).await;
        let mut cast = season.accepted(candidates).await;
        for run in 1..=runs {
            let (is_first, is_last) = (run == 1, run == runs);
            season.goes_wrong();
            if is_first {
                season.provisions().await;
                for candidate in &mut cast {
                    candidate.finds_the_way(&season).await;
                }
            }
            for candidate in &mut cast {
                candidate.plans((is_first, is_last), &mut season.dice);
            }
            // In each round all of them do something; only then the service gets to work on it.
            while cast.iter().any(|one| !one.is_done()) {
                for candidate in &mut cast {
                    candidate.act(&season.people, &mut season.figures).await;
                }
                let now = season.clock.now();
                season.works_until(now + Duration::minutes(1)).await;
                season.clock.advance_to(now + Duration::minutes(1));
            }
            season.follows(&cast).await;
            // What a pass found is answered, one comment a second, and the answers are looked for.
            season.answers().await;
            if is_last {
                season.follows(&cast).await;
            }
            compare::everything(&mut season, &cast, is_last).await;
        }
        season.close().await
    }

    /// From now on things go wrong at GitHub.
    fn goes_wrong(&mut self) {
        let plan = FaultPlan {
            seed: u64::try_from(self.dice.below(1 << 48)).unwrap(),
            percent: BTreeMap::from(FAULTS),
            webhooks: BTreeMap::from(WEBHOOK_FAULTS),
            ..FaultPlan::default()
        };
        self.stand_in.set_faults(plan).unwrap();
    }

    async fn open(who: As, seed: u64, candidates: usize) -> Season {
        let dir = tempfile::tempdir().unwrap();
        let clock = SimulatedClock::starting_at("2026-03-02T09:00:00Z".parse().unwrap());
        let free = ([127, 0, 0, 1], 0).into();
        let stand_in = StandIn::start(StandInSettings {
            bind: free,
            data_dir: dir.path().join("stand-in"),
            clock: clock.clone(),
            ids: Arc::new(SeededIds::new(seed)),
            orgs: vec![ORG.to_owned()],
            service_login: "worksample-bot".to_owned(),
            path: worksample::config::program_path(),
            limits: Limits::GITHUB,
        })
        .await
        .unwrap();
        let people = People::new(&stand_in, candidates);
        let served: Arc<OnceLock<SocketAddr>> = Arc::default();
        let known = Arc::clone(&served);
        let nobody = (Ipv4Addr::LOCALHOST, 9).into();
        let upstream = move || known.get().copied().unwrap_or(nobody);
        let way = Flaky::start_where(upstream, Breaks::Before, |_| false).await;
        let webhook = format!("{}/webhooks/github", way.url());
        let (identity, secret) =
            known_at_github(who, &stand_in, &people, (&webhook, clock.now())).await;
        let settings = Settings {
            public_url: way.url(),
            github: Some(GitHubSettings {
                teams: Vec::new(),
                lead_teams: Vec::new(),
                reviewer_teams: Vec::new(),
                client: None,
                api_url: stand_in.api_url(),
                orgs: vec![ORG.parse().unwrap()],
                identity,
                paced: true,
            }),
            webhook_secret: Some(secret.expose_secret().parse().unwrap()),
            ..small::settings(dir.path())
        };
        let surroundings = Surroundings {
            clock: clock.clone(),
            ids: Arc::new(SeededIds::new(mixed(seed))),
        };
        let application = Application::build(&settings, &surroundings, None, Parts::WebOnly)
            .await
            .unwrap();
        served.set(application.address().unwrap()).unwrap();
        let services = application.services();
        let moments = Moments::new(None);
        let surroundings = Surroundings {
            clock: clock.clone(),
            ids: Arc::new(SeededIds::new(mixed(mixed(seed)))),
        };
        let works_with = app::services(&settings, &surroundings, None).await.unwrap();
        let works_with = Arc::new(works_with);
        works_with.store.tap(Arc::clone(&moments) as Arc<dyn Tap>);
        let (stop, stopped) = watch::channel(false);
        let serving = tokio::spawn(application.run(stopped));
        stand_in.settle().await;
        reconcile::wake(&services).await.unwrap();
        Season {
            worker: Worker::new(Arc::clone(&works_with), "worker"),
            works_with,
            stand_in,
            services,
            people,
            clock,
            moments,
            dice: Dice::new(seed),
            figures: Figures::default(),
            compared: 0,
            stop,
            serving,
            _way: way,
            _dir: dir,
        }
    }

    /// Everybody was offered the work, and accepted.
    async fn accepted(&mut self, candidates: usize) -> Vec<Candidate> {
        let services = &self.services;
        let (version, _) = publish::publish(services, small::folder()).await.unwrap();
        let mut cast = Vec::new();
        for number in 0..candidates {
            let wanted = Launch {
                spec: version.digest.clone(),
                candidate: format!("Candidate {number}"),
                email: None,
                organization: None,
                again: false,
                lead: "Lea Lead".to_owned(),
            };
            let offered = launch::launch(services, wanted, None).await.unwrap();
            let accept = Command::Accept {
                login: People::login(number).parse().unwrap(),
                due_at: self.clock.now() + Duration::days(3),
                terms_sha256: None,
            };
            act::act(services, &offered.id, accept, Actor::Candidate)
                .await
                .unwrap();
            let kind = if number % 4 == 0 {
                Kind::Whole
            } else {
                Kind::Talk
            };
            cast.push(Candidate::new(number, offered.id, kind));
        }
        cast
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Everybody gets a repository.
    async fn provisions(&mut self) {
        for _ in 0..1000 {
            let end = self.clock.now() + Duration::minutes(2);
            self.works_until(end).await;
            self.clock.advance_to(end);
            let rows = show::work_samples(&self.services, Default::default()).await;
            if rows
                .unwrap()
                .iter()
                .all(|row| row.state == State::Provisioned)
            {
                return;
            }
        }
        panic!("some are never provisioned");
    }

    /// The service works at what is due until then; time passes where nothing is.
    pub async fn works_until(&mut self, end: Timestamp) {
        loop {
            self.stand_in.settle().await;
            match self.step().await {
                Some(Outcome::Idle { next }) => match next.filter(|next| *next <= end) {
                    Some(next) => self.clock.advance_to(next),
                    None => return,
                },
                Some(Outcome::Dead { .. }) => self.somebody_retries().await,
                Some(Outcome::Done { .. } | Outcome::Postponed { .. } | Outcome::Paced { .. }) => {}
                // The lease of the dead process runs out.
                None => self.clock.advance(Duration::seconds(31)),
            }
        }
    }

    /// One step of the worker; `None` if it died in the middle.
    async fn step(&mut self) -> Option<Outcome> {
        let dies = self.dice.one_in(DEATHS);
        if !dies {
            return Some(self.worker.step().await.unwrap());
        }
        self.moments.hold_after(1 + self.dice.below(12));
        let moments = Arc::clone(&self.moments);
        let lived = tokio::select! {
            outcome = self.worker.step() => Some(outcome.unwrap()),
            () = moments.held() => None,
        };
        self.moments.release();
        if lived.is_none() {
            self.figures.deaths += 1;
            let name = format!("worker-{}", self.figures.deaths);
            self.worker = Worker::new(Arc::clone(&self.works_with), name);
        }
        lived
    }

    /// What an operator does with a job that is dead.
    async fn somebody_retries(&mut self) {
        let dead = JobFilter {
            state: Some(JobState::Dead),
            ..JobFilter::default()
        };
        for job in jobs::list(&self.services, dead).await.unwrap() {
            println!("dead: {} {}", job.kind, job.last_error.unwrap_or_default());
            self.figures.retried += 1;
            jobs::retry(&self.services, job.id).await.unwrap();
        }
    }

    /// Time passes: what webhooks did not tell is asked for again, and then looked for.
    async fn follows(&mut self, cast: &[Candidate]) {
        for _ in 0..2 {
            let later = self.clock.now() + Duration::minutes(20);
            self.clock.advance_to(later);
            self.works_until(later).await;
        }
        // Lists lag; a pass later than that sees everything.
        self.clock.advance(Duration::hours(1));
        for candidate in cast {
            self.passes(&candidate.id).await;
        }
    }

    /// Until all deliveries are recorded and answered.
    async fn answers(&mut self) {
        for _ in 0..12 {
            let later = self.clock.now() + Duration::minutes(10);
            self.works_until(later).await;
            self.clock.advance_to(later);
            let waiting = JobFilter {
                state: Some(JobState::Ready),
                ..JobFilter::default()
            };
            let waiting = jobs::list(&self.services, waiting).await.unwrap();
            let mut waiting = waiting.iter().map(|job| job.kind.as_str());
            if !waiting.any(|kind| matches!(kind, "answer" | "record_delivery")) {
                return;
            }
        }
        panic!("some deliveries are never answered");
    }

    /// A whole pass over one repository, as often as it takes.
    pub async fn passes(&self, id: &WorkSampleId) -> usize {
        let mut events = 0;
        for _ in 0..60 {
            match reconcile::reconcile(&self.services, id).await {
                Ok(passed) => {
                    events += passed.events;
                    if passed.again_at.is_none() {
                        return events;
                    }
                }
                Err(error) if error.is_transient() || error.not_before(self.now()).is_some() => {}
                Err(error) => println!("a pass failed: {error}"),
            }
            self.clock.advance(Duration::minutes(2));
        }
        panic!("no pass over {id} ends well");
    }

    async fn close(self) -> Figures {
        self.stop.send_replace(true);
        self.serving.await.unwrap().unwrap();
        self.works_with.store.close().await;
        self.services.store.close().await;
        self.stand_in.stop().await;
        self.figures
    }
}
