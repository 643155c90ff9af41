//! kill -9 during provisioning, right before and right after every exchange with GitHub takes effect: after a restart
//! there is one repository, one invitation, one kickoff issue, and nobody waits for the dead process's lease.

use std::time::{Duration, Instant};

use futures_util::{StreamExt as _, stream};
use rstest::rstest;

use super::place::{On, Place, Service, until};
use crate::support::flaky::Breaks;
use crate::support::gate::Point;

/// What runs: one process on SQLite, a web and a worker process on PostgreSQL.
struct Running {
    web: Option<Service>,
    worker: Service,
}

impl Running {
    async fn start(place: &Place, on: On) -> Running {
        match on {
            On::Sqlite => Running {
                web: None,
                worker: place.serve(&[]).await,
            },
            On::Postgres => Running {
                web: Some(place.serve(&["--web-only"]).await),
                worker: place.serve(&["--worker-only"]).await,
            },
        }
    }

    fn web(&self) -> &Service {
        self.web.as_ref().unwrap_or(&self.worker)
    }

    async fn kill(self) {
        self.worker.kill().await;
        if let Some(web) = self.web {
            web.kill().await;
        }
    }
}

async fn provisioned(place: &Place, id: &str) {
    until("the work sample is provisioned", async || {
        let state = place.show(id).await["state"].clone();
        (state == "provisioned").then_some(())
    })
    .await;
}

/// The exchanges of an undisturbed run, as their first lines.
async fn smooth(on: On) -> Option<Vec<String>> {
    let place = Place::new(on).await?;
    let offer = place.offer().await;
    let running = Running::start(&place, on).await;
    offer.accept(running.web()).await;
    provisioned(&place, &offer.id).await;
    assert_eq!(place.at_github().await, (1, 1, 1));
    assert_eq!(running.worker.end().await, Some(0), "it ends in order");
    Some(place.gate.seen())
}

/// Kills everything at `point`, starts it again; how long the rest then took.
async fn killed_at(on: On, point: Point) -> Duration {
    let place = Place::new(on).await.unwrap();
    let offer = place.offer().await;
    place.gate.hold(point);
    let running = Running::start(&place, on).await;
    offer.accept(running.web()).await;
    super::place::within("the gate holds", place.gate.held()).await;
    running.kill().await;
    place.gate.open();

    let again = Instant::now();
    let running = Running::start(&place, on).await;
    provisioned(&place, &offer.id).await;
    let took = again.elapsed();
    assert_eq!(place.at_github().await, (1, 1, 1), "killed at {point:?}");
    let jobs = until("the job is settled", async || {
        let jobs = place.json(&["jobs", "list", "--json"]).await;
        let all = jobs.as_array().unwrap();
        // The others have their own times.
        let mut provisioning = all.iter().filter(|job| job["kind"] == "provision");
        provisioning
            .all(|job| job["state"] == "done" || job["state"] == "dead")
            .then_some(jobs)
    })
    .await;
    for job in jobs.as_array().unwrap() {
        assert_ne!(job["state"], "dead", "killed at {point:?}: {jobs}");
    }
    running.kill().await;
    let log = std::fs::read_to_string(place.log()).unwrap();
    let freed = |line: &str| {
        line.contains("a worker is gone; its jobs are free") && !line.contains("jobs=0")
    };
    assert!(
        log.lines().any(freed),
        "killed at {point:?}, the dead process's lease was waited for: {log}"
    );
    took
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn a_kill_at_any_exchange_of_provisioning_leaves_one_of_each(#[case] on: On) {
    let Some(exchanges) = smooth(on).await else {
        return;
    };
    assert!(
        exchanges
            .iter()
            .any(|line| line.contains("git-receive-pack")),
        "pushes come through the gate too: {exchanges:?}"
    );
    let points = (1..=exchanges.len())
        .flat_map(|number| [(number, Breaks::Before), (number, Breaks::After)]);
    let took: Vec<(Point, Duration)> = stream::iter(points)
        .map(async |point| (point, killed_at(on, point).await))
        .buffer_unordered(4)
        .collect()
        .await;
    assert_eq!(took.len(), 2 * exchanges.len());
    for ((number, breaks), took) in took {
        let line = &exchanges[number - 1];
        println!(
            "killed {breaks:?} {line}: one of each {:.1} s after the restart",
            took.as_secs_f32()
        );
    }
}
