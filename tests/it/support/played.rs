//! A work sample that was played up to some step, on either database, and a second service that goes on from there.

use std::path::Path;
use std::sync::Arc;

use hmac::{Hmac, Mac as _};
use reqwest::Method;
use serde_json::Value;
use sha2::Sha256;
use worksample::ids::WorkSampleId;
use worksample::rehearsal::{World, play};
use worksample::stand_in::{DeliveryRecord, Fault, FaultPlan, PlannedFault};
use worksample::work_sample::{Actor, Afterwards, Command, WorkSample};
use worksample::workflow::intake::{self, Incoming};
use worksample::workflow::launch::Launch;
use worksample::workflow::worker::Worker;
use worksample::workflow::{Services, act, launch, publish, show};

use super::flaky::{Breaks, Flaky};
use super::{postgres, small};

/// What a story's databases are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    Sqlite,
    Postgres,
}

/// A database of a story's own: a file, or one on the server that the tests share.
pub struct Database(Option<postgres::PostgresDatabase>);

impl On {
    /// A new one; `None` skips the story, loudly.
    pub fn database(self) -> Option<Database> {
        match self {
            On::Sqlite => Some(Database(None)),
            On::Postgres => postgres::database().map(|one| Database(Some(one))),
        }
    }
}

impl Database {
    /// Its address, unless it is the file that a service makes by itself.
    pub fn url(&self) -> Option<String> {
        self.0.as_ref().map(|database| database.url.clone())
    }
}

/// The work sample, and the world it was played in.
pub struct Stage {
    _dir: tempfile::TempDir,
    _database: Database,
    on: On,
    pub world: World,
    pub id: WorkSampleId,
    /// The repository's name at GitHub.
    pub full_name: String,
}

impl Stage {
    /// [`small::TALKATIVE`] up to the step that holds `line`; `None` skips the story, loudly.
    pub async fn up_to(line: &str, on: On) -> Option<Stage> {
        Stage::of(&small::until(small::TALKATIVE, line), on).await
    }

    /// A script played to its end; `None` skips the story, loudly.
    pub async fn of(script: &str, on: On) -> Option<Stage> {
        let database = on.database()?;
        let dir = tempfile::tempdir().unwrap();
        let world = small::world(dir.path(), database.url(), None).await;
        let script = small::script(script);
        let played = play(&world, &small::version(), vec![script], &mut |_| {})
            .await
            .unwrap();
        let id = played[0].id.clone();
        let work_sample = folded(&world.services, &id).await;
        Some(Stage {
            _dir: dir,
            _database: database,
            on,
            full_name: work_sample.provisioning.repository.unwrap().full_name,
            world,
            id,
        })
    }

    /// What GitHub shows the service of the repository: status and body.
    pub async fn at_github(&self, path: &str) -> (u16, Value) {
        let url = format!(
            "{}repos/{}{path}",
            self.world.stand_in.api_url(),
            self.full_name
        );
        let token = self.world.stand_in.service_token();
        let answer = as_account(reqwest::Client::new().get(url), token).await;
        let status = answer.status().as_u16();
        (status, answer.json().await.unwrap_or_default())
    }

    /// A service beside the first, with a database of its own that knows all that the first decided. Its exchange number
    /// `at` with GitHub breaks, none if that is 0.
    pub async fn beside(&self, (at, breaks): (usize, Breaks), afterwards: Afterwards) -> Beside {
        let broken = move |number| (number == at).then_some(breaks);
        self.beside_with(broken, afterwards).await
    }

    /// [`Stage::beside`], where each exchange breaks in the way that `broken` gives its number.
    pub async fn beside_with(
        &self,
        broken: impl Fn(usize) -> Option<Breaks> + Send + Sync + 'static,
        afterwards: Afterwards,
    ) -> Beside {
        let database = self.on.database().unwrap();
        let dir = tempfile::tempdir().unwrap();
        let upstream = self.world.stand_in.address();
        let flaky = Flaky::start_with(move || upstream, broken).await;
        let behind = (Some(flaky.url()), afterwards);
        let small::Twin { services, worker } =
            small::twin(dir.path(), database.url(), &self.world, &self.id, behind).await;
        Beside {
            dir,
            _database: database,
            flaky,
            services,
            worker,
        }
    }
}

/// A second service.
pub struct Beside {
    dir: tempfile::TempDir,
    _database: Database,
    /// What stands between it and GitHub.
    pub flaky: Flaky,
    pub services: Arc<Services>,
    pub worker: Worker,
}

impl Beside {
    /// A folder that goes with it.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }
}

pub async fn folded(services: &Services, id: &WorkSampleId) -> WorkSample {
    show::work_sample(services, id).await.unwrap().0
}

pub fn lead() -> Actor {
    Actor::Lead {
        name: "Lea Lead".into(),
    }
}

/// Sends a request with somebody's token.
pub async fn as_account(request: reqwest::RequestBuilder, token: &str) -> reqwest::Response {
    request
        .bearer_auth(token)
        .header("user-agent", "test")
        .send()
        .await
        .unwrap()
}

/// Launched, with nothing at GitHub yet but Toni's account.
pub async fn launched(world: &World) -> WorkSampleId {
    let services = &world.services;
    let (version, _) = publish::publish(services, small::folder()).await.unwrap();
    let wanted = Launch {
        spec: version.digest,
        candidate: "Toni Talks".into(),
        email: None,
        organization: None,
        again: false,
        lead: "Lea Lead".into(),
    };
    let made = launch::launch(services, wanted, None).await.unwrap();
    world.stand_in.add_user("toni-talks", "Toni Talks").unwrap();
    made.id
}

/// Toni accepts, to deliver within a day; nothing is done about it yet.
pub async fn accept(world: &World, id: &WorkSampleId) {
    let command = Command::Accept {
        login: "toni-talks".parse().unwrap(),
        due_at: world.now() + chrono::Duration::days(1),
        terms_sha256: None,
    };
    act::act(&world.services, id, command, Actor::Candidate)
        .await
        .unwrap();
}

/// Changes something at GitHub behind the service's back; what GitHub answered.
pub async fn behind_its_back(world: &World, method: Method, path: &str, body: Value) -> Value {
    let url = format!("{}{path}", world.stand_in.api_url());
    let request = reqwest::Client::new().request(method, url).json(&body);
    let answer = as_account(request, world.stand_in.service_token()).await;
    assert!(answer.status().is_success(), "{path}: {}", answer.status());
    answer.json().await.unwrap_or_default()
}

/// A plan in which GitHub meets the first request of this kind with a fault, and no other.
pub fn first_meets(request: impl Into<String>, fault: Fault) -> FaultPlan {
    let first = PlannedFault {
        request: request.into(),
        nth: 1,
        fault,
    };
    FaultPlan {
        at: vec![first],
        ..FaultPlan::default()
    }
}

/// Hears one webhook as it was sent.
pub async fn hear(services: &Services, one: &DeliveryRecord, secret: &str) {
    let body = one.payload.to_string().into_bytes();
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(&body);
    let signature = hex::encode(mac.finalize().into_bytes());
    let incoming = Incoming {
        guid: Some(one.guid.clone()),
        event: Some(one.event.clone()),
        signature: Some(format!("sha256={signature}")),
        body,
    };
    intake::receive(services, incoming).await.unwrap();
}
