//! GitHub's limits: launching many with two processes on one database, in virtual time and through real HTTP. The hour as a
//! whole is a property of the calculation (`github/budget`); here the processes, the database and the wire are real.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use chrono::Duration;
use rstest::rstest;
use worksample::app::{self, Surroundings};
use worksample::clock::Timestamp;
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
    database: Option<postgres::PostgresDatabase>,
}

impl Stage {
    async fn set(database: Option<postgres::PostgresDatabase>) -> Stage {
        let dir = tempfile::tempdir().unwrap();
        let upstream: Arc<OnceLock<SocketAddr>> = Arc::default();
        let known = Arc::clone(&upstream);
        let flaky = Flaky::start(move || *known.get().unwrap(), 0, Breaks::Before).await;
        let url = database.as_ref().map(|database| database.url.clone());
        let world = small::world_behind(dir.path(), url, None, Some(flaky.url())).await;
        upstream.set(world.stand_in.address()).unwrap();
        Stage {
            dir,
            world,
            flaky,
            database,
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
    for number in 0..CANDIDATES {
        world
            .stand_in
            .add_user(&format!("toni-{number}"), "Toni")
            .unwrap();
    }
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
    assert_eq!(wait.until, until);
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
