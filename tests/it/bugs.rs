//! Bugs of our own, played by a tap that panics at one of the store's writes: one takes its job with it, and never the
//! worker; where it does take the worker, the process ends, instead of looking well and working at nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::Duration;
use futures_util::future::BoxFuture;
use tokio::sync::watch;
use worksample::app::{Application, Parts, Surroundings};
use worksample::clock::{Clock as _, SimulatedClock};
use worksample::ids::{SeededIds, WorkSampleId};
use worksample::store::{JobFilter, JobState, Tap};
use worksample::work_sample::{Actor, Command, State};
use worksample::workflow::launch::{Launch, launch};
use worksample::workflow::worker::{Outcome, Worker};
use worksample::workflow::{Services, act, jobs, publish, show};

use crate::support::small;

/// Panics once, so many moments from when it is told to.
#[derive(Default)]
struct Bug {
    /// How many moments to go; 0 is never.
    to_go: AtomicUsize,
}

impl Tap for Bug {
    fn moment(&self) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let last = self
                .to_go
                .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
                    left.checked_sub(1)
                });
            assert_ne!(last, Ok(1), "a bug, on purpose");
        })
    }
}

async fn application(
    dir: &std::path::Path,
    parts: Parts,
) -> (Application, Arc<SimulatedClock>, Arc<Bug>) {
    let clock = SimulatedClock::starting_at("2026-03-02T09:00:00Z".parse().unwrap());
    let surroundings = Surroundings {
        clock: clock.clone(),
        ids: Arc::new(SeededIds::new(5)),
    };
    let application = Application::build(&small::settings(dir), &surroundings, None, parts)
        .await
        .unwrap();
    let bug = Arc::new(Bug::default());
    application
        .services()
        .store
        .tap(Arc::clone(&bug) as Arc<dyn Tap>);
    (application, clock, bug)
}

/// A work sample that was offered.
async fn offered(services: &Services) -> WorkSampleId {
    let (version, _) = publish::publish(services, small::folder()).await.unwrap();
    let wanted = Launch {
        spec: version.digest,
        candidate: "Ada Example".to_owned(),
        email: None,
        organization: None,
        again: false,
        lead: "Lea Lead".to_owned(),
    };
    launch(services, wanted, None).await.unwrap().id
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bug_that_a_job_meets_buries_that_job_and_the_worker_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let (application, clock, bug) = application(dir.path(), Parts::WebOnly).await;
    let services = application.services();
    let id = offered(&services).await;
    let worker = Worker::new(Arc::clone(&services), "worker");
    clock.advance(Duration::days(100));

    // The job is claimed in two moments, before and after the write; the third is its own.
    bug.to_go.store(3, Ordering::SeqCst);
    let Outcome::Dead { error, .. } = worker.step().await.unwrap() else {
        panic!("the job survived the bug");
    };
    insta::assert_snapshot!(error, @"panicked: worksample itself failed: a bug, whose place stands in the output of its process");

    let dead = JobFilter {
        state: Some(JobState::Dead),
        ..JobFilter::default()
    };
    let [job] = &jobs::list(&services, dead).await.unwrap()[..] else {
        panic!("not one dead job");
    };
    jobs::retry(&services, job.id.clone()).await.unwrap();
    assert!(matches!(worker.step().await.unwrap(), Outcome::Done { .. }));
    let (work_sample, _) = show::work_sample(&services, &id).await.unwrap();
    assert_eq!(work_sample.state, State::Expired);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_whose_worker_met_a_bug_between_jobs_ends_and_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let (application, _clock, bug) = application(dir.path(), Parts::WebAndWorker).await;
    let (_stop, stopped) = watch::channel(false);
    bug.to_go.store(1, Ordering::SeqCst);
    let error = application.run(stopped).await.unwrap_err();
    insta::assert_snapshot!(error, @"the worker of this process ended badly: its output holds the place of the bug");
}

#[tokio::test(flavor = "multi_thread")]
async fn work_that_killed_its_workers_is_given_up_and_the_timeline_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let (application, clock, _) = application(dir.path(), Parts::WebOnly).await;
    let services = application.services();
    let id = offered(&services).await;
    let accept = Command::Accept {
        login: "ada-example".parse().unwrap(),
        due_at: clock.now() + Duration::days(3),
        terms_sha256: None,
    };
    act::act(&services, &id, accept, Actor::Candidate)
        .await
        .unwrap();
    let lease = Duration::seconds(30);
    loop {
        let claimed = services
            .store
            .claim_job("dies", &["provision"], clock.now(), lease)
            .await;
        clock.advance(Duration::minutes(1));
        let job = claimed.unwrap().unwrap();
        if job.attempts == job.max_attempts {
            break;
        }
    }
    let Outcome::Dead { error, .. } = Worker::new(Arc::clone(&services), "worker")
        .step()
        .await
        .unwrap()
    else {
        panic!("it was tried again");
    };
    let (work_sample, _) = show::work_sample(&services, &id).await.unwrap();
    assert_eq!(work_sample.stuck.len(), 1);
    insta::assert_snapshot!(error, @"given_up: 12 attempts ended without a word, the last by dies; earlier error: none");
}
