//! GitHub's limits: launching many with two processes on one database, in virtual time and through real HTTP. The hour as a
//! whole is a property of the calculation (`github/budget`); here the processes, the database and the wire are real.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock};

use chrono::Duration;
use rstest::rstest;
use worksample::app::{self, Surroundings};
use worksample::clock::{SharedClock, Timestamp, to_the_second};
use worksample::config::{Overrides, Settings};
use worksample::github::{Seen, SharedLimits as _};
use worksample::ids::{SeededIds, WorkSampleId};
use worksample::rehearsal::World;
use worksample::store::JobState;
use worksample::web::api::views::WaitView;
use worksample::work_sample::{Actor, Command, State};
use worksample::workflow::governor::Governor;
use worksample::workflow::jobs::JobKind;
use worksample::workflow::worker::{Outcome, Worker};
use worksample::workflow::{Services, act, jobs, launch, publish, show};

use crate::support::flaky::{Breaks, Flaky};
use crate::support::{postgres, small};

const CANDIDATES: usize = 8;

struct Stage {
    dir: tempfile::TempDir,
    world: World,
    flaky: Flaky,
    times: Arc<Mutex<Vec<Timestamp>>>,
    database: Option<postgres::PostgresDatabase>,
}

impl Stage {
    async fn set(database: Option<postgres::PostgresDatabase>) -> Stage {
        let dir = tempfile::tempdir().unwrap();
        let upstream: Arc<OnceLock<SocketAddr>> = Arc::default();
        let known = Arc::clone(&upstream);
        let clock: Arc<OnceLock<SharedClock>> = Arc::default();
        let looked_at = Arc::clone(&clock);
        let times: Arc<Mutex<Vec<Timestamp>>> = Arc::default();
        let noted = Arc::clone(&times);
        let flaky = Flaky::start_where(
            move || *known.get().unwrap(),
            Breaks::Before,
            move |_| {
                let now = looked_at.get().unwrap().now();
                noted.lock().unwrap().push(now);
                false
            },
        )
        .await;
        let url = database.as_ref().map(|database| database.url.clone());
        let world = small::world_behind(dir.path(), url, None, Some(flaky.url())).await;
        upstream.set(world.stand_in.address()).unwrap();
        assert!(clock.set(world.clock.clone()).is_ok());
        Stage {
            dir,
            world,
            flaky,
            times,
            database,
        }
    }

    /// What was sent to GitHub, and when.
    fn sent(&self) -> Vec<(Timestamp, String)> {
        let times = self.times.lock().unwrap().clone();
        times.into_iter().zip(self.flaky.requests()).collect()
    }

    fn add_users(&self, count: usize) {
        for number in 0..count {
            let login = format!("toni-{number}");
            self.world.stand_in.add_user(&login, "Toni").unwrap();
        }
    }

    /// Another process of the service: its own pool, worker and token, the same database.
    async fn process(&self, seed: u64) -> Arc<Services> {
        let sqlite = format!(
            "sqlite://{}",
            self.dir.path().join("worksample.db").display()
        );
        let url = self.database.as_ref().map_or(sqlite, |one| one.url.clone());
        let source: BTreeMap<String, String> = [
            ("WORKSAMPLE_GITHUB_API_URL", self.flaky.url()),
            ("WORKSAMPLE_GITHUB_ORG", self.world.org.to_string()),
            (
                "WORKSAMPLE_GITHUB_TOKEN",
                self.world.stand_in.service_token().to_owned(),
            ),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
        let overrides = Overrides {
            database_url: Some(url),
            data_dir: Some(self.dir.path().join(format!("process-{seed}"))),
            bind: None,
        };
        let settings = Settings::read(&source, overrides).unwrap();
        let surroundings = Surroundings {
            clock: self.world.clock.clone(),
            ids: Arc::new(SeededIds::new(seed)),
        };
        Arc::new(app::services(&settings, &surroundings, None).await.unwrap())
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }
}

/// Launched and accepted: each waits to be provisioned.
async fn accepted(services: &Services, count: usize) -> Vec<WorkSampleId> {
    let (version, _) = publish::publish(services, small::folder()).await.unwrap();
    let mut ids = Vec::new();
    for number in 0..count {
        let wanted = launch::Launch {
            spec: version.digest.clone(),
            candidate: format!("Toni {number}"),
            email: None,
            organization: None,
            again: false,
            lead: "Lea Lead".to_owned(),
        };
        let made = launch::launch(services, wanted, None).await.unwrap();
        let command = Command::Accept {
            login: format!("toni-{number}").parse().unwrap(),
            due_at: services.now() + Duration::days(2),
            terms_sha256: None,
        };
        act::act(services, &made.id, command, Actor::Candidate)
            .await
            .unwrap();
        ids.push(made.id);
    }
    ids
}

/// Lets the workers step in turn, and time pass when none has anything to do, until `count` were provisioned or an hour is
/// over.
async fn work(world: &World, workers: &[Worker], count: usize) -> Vec<Outcome> {
    let end = world.now() + Duration::hours(1);
    let mut outcomes = Vec::new();
    loop {
        let provisioned = |one: &&Outcome| {
            matches!(
                one,
                Outcome::Done {
                    kind: JobKind::Provision,
                    ..
                }
            )
        };
        if outcomes.iter().filter(provisioned).count() == count {
            return outcomes;
        }
        let mut next: Option<Timestamp> = None;
        let mut busy = false;
        for worker in workers {
            match worker.step().await.unwrap() {
                Outcome::Idle { next: due } => next = due,
                outcome => {
                    busy = true;
                    outcomes.push(outcome);
                }
            }
        }
        match next {
            _ if busy => {}
            Some(next) if next < end => world.clock.advance_to(next),
            Some(_) | None => return outcomes,
        }
    }
}

#[rstest]
#[case::sqlite(false)]
#[case::postgres(true)]
#[tokio::test(flavor = "multi_thread")]
async fn two_processes_provision_many_within_the_limits_at_three_calls_each(
    #[case] on_postgres: bool,
) {
    let database = if on_postgres {
        postgres::database()
    } else {
        None
    };
    if on_postgres && database.is_none() {
        return;
    }
    let stage = Stage::set(database).await;
    let world = &stage.world;
    stage.add_users(CANDIDATES);
    let (one, other) = (stage.process(11).await, stage.process(12).await);
    let ids = accepted(&one, CANDIDATES).await;
    let began = world.now();
    let workers = [
        Worker::new(Arc::clone(&one), "one"),
        Worker::new(Arc::clone(&other), "other"),
    ];
    let outcomes = work(world, &workers, CANDIDATES).await;

    for id in &ids {
        let (work_sample, _) = show::work_sample(&one, id).await.unwrap();
        assert_eq!(work_sample.state, State::Provisioned, "{outcomes:?}");
    }
    assert_eq!(
        stage.flaky.seen(),
        3 * CANDIDATES,
        "three calls a candidate"
    );
    assert!(
        outcomes
            .iter()
            .all(|outcome| matches!(outcome, Outcome::Done { .. } | Outcome::Paced { .. })),
        "nobody was refused: {outcomes:?}"
    );
    // Three calls a second apart, and a gap for people: four seconds a candidate.
    let took = world.now() - began;
    let planned = Duration::seconds(4 * i64::try_from(CANDIDATES).unwrap() + 4);
    assert!(took <= planned, "{took} for {CANDIDATES} candidates");
    println!(
        "{CANDIDATES} candidates, {} calls, {} s of virtual time",
        stage.flaky.seen(),
        took.num_seconds()
    );
    assert!(stage.path().exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_that_one_process_is_asked_for_holds_for_the_other_and_jobs_say_until_when_and_why()
{
    let stage = Stage::set(None).await;
    let world = &stage.world;
    let (one, other) = (stage.process(11).await, stage.process(12).await);
    let ids = accepted(&one, 1).await;
    let until = world.now() + Duration::minutes(7);
    let governor = Governor::new(one.store.clone(), one.clock.clone());
    let budget = one.github.first().unwrap().budget();
    let seen = Seen::AskedToWait {
        until,
        why: "You have exceeded a secondary rate limit".to_owned(),
    };
    governor.seen(&budget, seen).await;

    let outcome = Worker::new(Arc::clone(&other), "other")
        .step()
        .await
        .unwrap();
    assert_eq!(outcome.turn(), Some(until), "{outcome:?}");
    assert_eq!(stage.flaky.seen(), 0);
    let waiting = jobs::about(&other, &ids[0]).await.unwrap();
    let job = waiting.iter().find(|job| job.kind == "provision").unwrap();
    assert_eq!((job.state, job.attempts), (JobState::Ready, 0));
    let wait = WaitView::of(job).unwrap();
    assert_eq!(wait.until, Some(until));
    insta::assert_snapshot!(wait.why, @"github_pace: GitHub asked us to wait: You have exceeded a secondary rate limit; its turn is at 2026-03-02 09:07:00 UTC");
    let wanted = ids[0].clone();
    let announced = other
        .store
        .read(move |tx| tx.effects(&wanted))
        .await
        .unwrap();
    assert!(
        announced.is_empty(),
        "waiting announces nothing: {announced:?}"
    );
}

/// How many are to be ready within an hour.
const IN_AN_HOUR: usize = 160;

#[tokio::test(flavor = "multi_thread")]
async fn in_an_hour_160_candidates_are_provisioned_over_the_wire_and_github_refuses_nothing() {
    let stage = Stage::set(None).await;
    let world = &stage.world;
    stage.add_users(IN_AN_HOUR);
    let services = stage.process(11).await;
    let ids = accepted(&services, IN_AN_HOUR).await;
    let began = world.now();
    let workers = [Worker::new(Arc::clone(&services), "one")];
    let outcomes = work(world, &workers, IN_AN_HOUR).await;
    let took = world.now() - began;

    let mut ready = 0;
    for id in &ids {
        let (work_sample, _) = show::work_sample(&services, id).await.unwrap();
        ready += usize::from(work_sample.state == State::Provisioned);
    }
    assert_eq!(ready, IN_AN_HOUR);
    assert!(took <= Duration::hours(1), "{took}");
    assert_eq!(world.stand_in.refused_by_limits(), 0);
    assert!(
        outcomes
            .iter()
            .all(|outcome| matches!(outcome, Outcome::Done { .. } | Outcome::Paced { .. })),
        "nobody was refused: {outcomes:?}"
    );
    let sent = stage.sent();
    assert_eq!(sent.len(), 3 * IN_AN_HOUR, "calls a candidate: 3");
    println!(
        "{ready} candidates in {} s of virtual time, calls a candidate: {}, refused by limits: {}",
        took.num_seconds(),
        sent.len() / ready,
        world.stand_in.refused_by_limits()
    );
}

/// Lets the workers step in turn, and time pass as long as something is due soon.
async fn until_quiet(world: &World, workers: &[Worker]) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    loop {
        world.stand_in.settle().await;
        let mut next: Option<Timestamp> = None;
        let mut busy = false;
        for worker in workers {
            match worker.step().await.unwrap() {
                Outcome::Idle { next: due } => next = due,
                outcome => {
                    busy = true;
                    outcomes.push(outcome);
                }
            }
        }
        match next {
            _ if busy => {}
            Some(next) if next - world.now() < Duration::minutes(5) => {
                world.clock.advance_to(next);
            }
            Some(_) | None => return outcomes,
        }
    }
}

fn is_write(request: &str) -> bool {
    !request.starts_with("GET ")
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_writes_to_github_asks_for_its_turn_and_what_waits_says_until_when() {
    const MANY: usize = 5;
    let stage = Stage::set(None).await;
    let world = &stage.world;
    stage.add_users(MANY);
    world.stand_in.add_user("toni-works", "Toni").unwrap();
    let services = stage.process(11).await;
    let other = stage.process(12).await;
    let ids = accepted(&services, MANY).await;
    let workers = [
        Worker::new(Arc::clone(&services), "one"),
        Worker::new(Arc::clone(&other), "other"),
    ];
    let lead = || Actor::Lead {
        name: "Lea Lead".to_owned(),
    };
    let do_it = async |id: &WorkSampleId, command: Command, actor: Actor| {
        act::act(&services, id, command, actor).await.unwrap();
    };
    let mut outcomes = until_quiet(world, &workers).await;

    // Taking an invitation back is a write, and sending another one is the next.
    let login = "toni-works".parse().unwrap();
    do_it(&ids[0], Command::CorrectLogin { login }, Actor::Candidate).await;
    outcomes.extend(until_quiet(world, &workers).await);
    let (work_sample, _) = show::work_sample(&services, &ids[0]).await.unwrap();
    assert!(work_sample.provisioning.invited);

    // All are due at the same time.
    world.clock.advance_to(work_sample.due_at.unwrap());
    outcomes.extend(until_quiet(world, &workers).await);
    let due_at = world.now() + Duration::days(1);
    let reason = "ill".to_owned();
    do_it(&ids[1], Command::Extend { due_at, reason }, lead()).await;
    outcomes.extend(until_quiet(world, &workers).await);
    let (work_sample, _) = show::work_sample(&services, &ids[1]).await.unwrap();
    assert!(!work_sample.end.reduced, "may write again");
    for id in &ids {
        let reason = "the need is gone".to_owned();
        do_it(id, Command::Cancel { reason }, lead()).await;
    }
    outcomes.extend(until_quiet(world, &workers).await);
    for id in &ids {
        let (work_sample, _) = show::work_sample(&services, id).await.unwrap();
        assert!(work_sample.end.archived_at.is_some(), "{outcomes:?}");
    }

    assert_eq!(world.stand_in.refused_by_limits(), 0);
    let writes: Vec<(Timestamp, String)> = stage
        .sent()
        .into_iter()
        .filter(|(_, request)| is_write(request))
        .collect();
    // Three each, one taken back and one sent; reduced, one given back and reduced again; archived.
    assert_eq!(writes.len(), 3 * MANY + 2 + MANY + 2 + MANY, "{writes:#?}");
    for two in writes.windows(2) {
        let apart = two[1].0 - two[0].0;
        assert!(apart >= Duration::seconds(1), "{two:?}");
    }
    let paced: BTreeSet<String> = outcomes
        .iter()
        .filter_map(|outcome| match outcome {
            Outcome::Paced {
                kind, why, until, ..
            } => {
                let why = why.replace(&to_the_second(*until), "THEN");
                Some(format!("{}: {why}", kind.name()))
            }
            _ => None,
        })
        .collect();
    let paced: Vec<String> = paced.into_iter().collect();
    insta::assert_snapshot!(paced.join("\n"), @r"
    end: github_pace: writes to GitHub are spaced by a second, and others are before it in the line; its turn is at THEN
    invite: github_pace: writes to GitHub are spaced by a second, and others are before it in the line; its turn is at THEN
    provision: github_pace: writes to GitHub are spaced by a second, and others are before it in the line; its turn is at THEN
    ");
    let (done, all) = (
        outcomes
            .iter()
            .filter(|one| matches!(one, Outcome::Done { .. }))
            .count(),
        outcomes.len(),
    );
    assert!(all <= 4 * done, "{all} steps for {done} jobs");
}
