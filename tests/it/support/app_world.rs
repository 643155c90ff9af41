//! GitHub with two organisations, and the service in them: as an App made from its own manifest, or with a token. Webhooks
//! take a way that can be cut off.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use chrono::Duration;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::watch;
use worksample::app::{Application, Parts, Surroundings};
use worksample::clock::{Clock as _, SimulatedClock, SystemClock, Timestamp};
use worksample::config::{GitHubSettings, Identity, Settings};
use worksample::github::{Choice, NewApp, exchange_code, manifest};
use worksample::ids::{Login, SeededIds, WorkSampleId};
use worksample::spec::Folder;
use worksample::stand_in::{DeliveryRecord, Limits, StandIn, StandInSettings};
use worksample::work_sample::{Actor, Command};
use worksample::workflow::worker::{Outcome, Worker};
use worksample::workflow::{Services, act, launch, publish};

use super::flaky::{Breaks, Flaky};
use super::small;

/// The organisations, the first being the one that is meant where none is named.
pub const ORGS: [&str; 2] = ["acme", "beta"];

/// An App that others than its owner may install.
pub const ANYWHERE: Choice = Choice {
    public: true,
    workflows: false,
};

/// How the service shows who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum As {
    App,
    Token,
}

pub struct AppWorld {
    dir: tempfile::TempDir,
    pub stand_in: StandIn,
    pub clock: Arc<SimulatedClock>,
    pub services: Arc<Services>,
    pub worker: Worker,
    /// The App's id, where it is one.
    pub app: Option<u64>,
    /// What the webhooks go through.
    pub way: Flaky,
    cut: Arc<AtomicBool>,
    stop: watch::Sender<bool>,
}

/// Creates an App as a lead's browser does, from our own manifest; it belongs to `owner`.
pub async fn new_app(
    (stand_in, api_url, owner): (&StandIn, &str, &str),
    name: &str,
    (webhook, choice): (&str, Choice),
    now: Timestamp,
) -> NewApp {
    let back = "http://127.0.0.1:1/created";
    let manifest = manifest(name, "https://example.com", webhook, back, choice);
    let answer = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap()
        .post(format!(
            "{}organizations/{owner}/settings/apps/new?state=s",
            stand_in.api_url()
        ))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(super::form(&[("manifest", &manifest.to_string())]))
        .send()
        .await
        .unwrap();
    let location = answer.headers()["location"].to_str().unwrap().to_owned();
    let code = location
        .split(['?', '&'])
        .find_map(|pair| pair.strip_prefix("code="))
        .unwrap();
    exchange_code(api_url, code, now).await.unwrap()
}

impl AppWorld {
    pub async fn start(identity: As) -> AppWorld {
        AppWorld::behind(identity, |stand_in| format!("http://{stand_in}")).await
    }

    /// The service finds GitHub where `between` says, given the stand-in's address.
    pub async fn behind(identity: As, between: impl FnOnce(SocketAddr) -> String) -> AppWorld {
        let dir = tempfile::tempdir().unwrap();
        let clock = SimulatedClock::starting_at(SystemClock.now());
        let stand_in = StandIn::start(StandInSettings {
            bind: (Ipv4Addr::LOCALHOST, 0).into(),
            data_dir: dir.path().join("stand-in"),
            clock: clock.clone(),
            ids: Arc::new(SeededIds::new(21)),
            orgs: ORGS.map(str::to_owned).to_vec(),
            service_login: "worksample-bot".to_owned(),
            path: worksample::config::program_path(),
            limits: Limits::GITHUB,
        })
        .await
        .unwrap();
        let cut = Arc::new(AtomicBool::new(false));
        let served: Arc<OnceLock<SocketAddr>> = Arc::default();
        let (known, is_cut) = (Arc::clone(&served), Arc::clone(&cut));
        let way = Flaky::start_where(
            // An App is pinged before there is anybody to hear it.
            move || {
                let nobody = (Ipv4Addr::LOCALHOST, 9).into();
                known.get().copied().unwrap_or(nobody)
            },
            Breaks::Before,
            move |_| is_cut.load(Ordering::SeqCst),
        )
        .await;
        let webhook = format!("{}/webhooks/github", way.url());
        let api_url = between(stand_in.address());
        let mut made = None;
        let (identity, secret) = match identity {
            As::App => {
                let app = new_app(
                    (&stand_in, &api_url, ORGS[0]),
                    "worksample",
                    (&webhook, ANYWHERE),
                    clock.now(),
                )
                .await;
                for org in ORGS {
                    stand_in.install_app(app.id, org).unwrap();
                }
                made = Some(app.id);
                let (id, key) = (app.id, app.key);
                (Identity::App { id, key }, app.webhook_secret.unwrap())
            }
            As::Token => {
                let token = stand_in.service_token().to_owned().into();
                (
                    Identity::Token(token),
                    SecretString::from("a secret of the hooks"),
                )
            }
        };
        let settings = Settings {
            public_url: way.url(),
            github: Some(GitHubSettings {
                teams: Vec::new(),
                lead_teams: Vec::new(),
                reviewer_teams: Vec::new(),
                client: None,
                api_url,
                orgs: ORGS.map(|org| org.parse().unwrap()).to_vec(),
                identity,
                paced: true,
            }),
            webhook_secret: Some(secret.expose_secret().parse().unwrap()),
            ..small::settings(dir.path())
        };
        let surroundings = Surroundings {
            clock: clock.clone(),
            ids: Arc::new(SeededIds::new(22)),
        };
        let application = Application::build(&settings, &surroundings, None, Parts::WebOnly)
            .await
            .unwrap();
        served.set(application.address().unwrap()).unwrap();
        let services = application.services();
        let (stop, stopped) = watch::channel(false);
        tokio::spawn(application.run(stopped));
        AppWorld {
            dir,
            stand_in,
            clock,
            worker: Worker::new(Arc::clone(&services), "worker"),
            app: made,
            services,
            way,
            cut,
            stop,
        }
    }

    pub fn dir(&self) -> &std::path::Path {
        self.dir.path()
    }

    /// From now on webhooks are lost, or are no more.
    pub fn cut_off(&self, cut: bool) {
        self.cut.store(cut, Ordering::SeqCst);
    }

    /// With a token nobody but the organisation's owner sets a webhook up.
    pub async fn add_hook(&self, org: &str) {
        self.add_hook_with(org, "a secret of the hooks").await;
    }

    /// [`Self::add_hook`] with another secret than ours.
    pub async fn add_hook_with(&self, org: &str, secret: &str) {
        let hook = serde_json::json!({
            "name": "web", "active": true, "events": ["*"],
            "config": {
                "url": self.services.hook_url, "content_type": "json", "secret": secret,
            },
        });
        let answer = reqwest::Client::new()
            .post(format!("{}orgs/{org}/hooks", self.stand_in.api_url()))
            .bearer_auth(self.stand_in.service_token())
            .header("user-agent", "test")
            .json(&hook)
            .send()
            .await
            .unwrap();
        assert!(answer.status().is_success(), "{}", answer.status());
    }

    /// Launched in an organisation, accepted by an account called `login`, and worked on until nothing is due.
    pub async fn accepted(&self, org: Option<&str>, login: &str) -> WorkSampleId {
        self.accepted_for(small::folder(), org, login).await
    }

    /// [`Self::accepted`] with another spec.
    pub async fn accepted_for(&self, spec: Folder, org: Option<&str>, login: &str) -> WorkSampleId {
        self.stand_in.add_user(login, login).unwrap();
        let (version, _) = publish::publish(&self.services, spec).await.unwrap();
        let wanted = launch::Launch {
            spec: version.digest.clone(),
            candidate: login.to_owned(),
            email: None,
            organization: org.map(str::to_owned),
            again: false,
            lead: "Lea Lead".to_owned(),
        };
        let made = launch::launch(&self.services, wanted, None).await.unwrap();
        let command = Command::Accept {
            login: login.parse::<Login>().unwrap(),
            due_at: self.clock.now() + Duration::days(2),
            terms_sha256: None,
        };
        act::act(&self.services, &made.id, command, Actor::Candidate)
            .await
            .unwrap();
        self.settle().await;
        made.id
    }

    /// Works until nothing is due within some minutes.
    pub async fn settle(&self) -> Vec<Outcome> {
        let mut all = Vec::new();
        loop {
            self.stand_in.settle().await;
            match self.worker.step().await.unwrap() {
                Outcome::Idle { next } => match next {
                    Some(next) if next - self.clock.now() < Duration::minutes(3) => {
                        self.clock.advance_to(next);
                    }
                    _ => return all,
                },
                outcome => all.push(outcome),
            }
        }
    }

    /// GUIDs of webhooks to this service of which no attempt was taken in.
    pub fn lost(&self) -> Vec<String> {
        let mut taken: BTreeMap<String, bool> = BTreeMap::new();
        for DeliveryRecord {
            guid,
            url,
            status_code,
            ..
        } in self.stand_in.deliveries()
        {
            if url.starts_with(&self.way.url()) {
                *taken.entry(guid).or_default() |= status_code == Some(202);
            }
        }
        taken
            .into_iter()
            .filter_map(|(guid, taken)| (!taken).then_some(guid))
            .collect()
    }

    pub async fn stop(self) {
        self.stop.send_replace(true);
        self.stand_in.stop().await;
        self.services.store.close().await;
        drop(self.dir);
    }
}
