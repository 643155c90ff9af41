//! Stories of the queue.

use std::collections::BTreeMap;

use chrono::Duration;
use worksample::clock::Timestamp;
use worksample::store::{Among, JobFilter, JobRow, JobState, NewJob, Store, StoreError};

use super::stage::{Stage, job, minutes, on_both_databases, start};

on_both_databases!(
    eight_workers_of_two_processes_take_four_hundred_jobs_exactly_once,
    a_job_waits_for_its_time_its_kind_and_its_turn,
    urgent_jobs_that_are_not_due_hold_nobody_up_and_an_abandoned_one_has_its_turn,
    a_dedupe_key_is_taken_for_good_unless_asked_for_again,
    a_lease_that_ran_out_is_claimed_again_and_counts_an_attempt,
    a_worker_whose_lease_was_taken_can_no_longer_settle_the_job,
    a_job_whose_workers_all_die_is_given_up_with_the_reason,
    a_failed_job_is_ready_later_then_dead_then_retried_by_an_operator,
    a_postponed_job_has_not_used_up_an_attempt,
    a_lease_can_be_prolonged_while_it_is_held,
    the_leases_of_a_worker_that_is_gone_end_at_once_and_no_others,
    the_next_run_is_the_earliest_due_time_or_end_of_a_lease,
    workers_are_woken_by_the_commit_that_enqueues_and_not_by_one_that_fails,
    unfinished_jobs_are_listed_before_done_ones_and_new_ones_before_old_ones,
    work_that_is_asked_for_again_goes_first_or_once_more_after_the_present_run,
    what_is_asked_for_again_while_an_attempt_fails_is_not_lost_with_it,
);

const LEASE: Duration = Duration::minutes(10);

async fn enqueue(store: &Store, jobs: Vec<NewJob>) -> Vec<bool> {
    store
        .write(move |tx| {
            jobs.iter()
                .map(|job| tx.enqueue(job, start()))
                .collect::<Result<Vec<bool>, StoreError>>()
        })
        .await
        .unwrap()
}

async fn claim(store: &Store, worker: &str, now: Timestamp) -> Option<JobRow> {
    store
        .claim_job(worker, &["intake"], now, LEASE)
        .await
        .unwrap()
}

async fn only_job(store: &Store) -> JobRow {
    let mut jobs = store
        .read(|tx| tx.jobs(&JobFilter::default()))
        .await
        .unwrap();
    assert_eq!(jobs.len(), 1);
    jobs.remove(0)
}

async fn eight_workers_of_two_processes_take_four_hundred_jobs_exactly_once(stage: Stage) {
    const JOBS: usize = 400;
    let store = stage.open().await;
    let other = stage.open().await;
    enqueue(&store, (0..JOBS).map(|n| job(&n.to_string())).collect()).await;
    let workers: Vec<_> = (0..8)
        .map(|number| {
            let store = if number % 2 == 0 {
                store.clone()
            } else {
                other.clone()
            };
            tokio::spawn(async move {
                let mut taken = Vec::new();
                while let Some(job) = claim(&store, &format!("worker-{number}"), start()).await {
                    taken.push(job.subject.clone());
                    store
                        .write(move |tx| tx.complete_job(&job, minutes(1)))
                        .await
                        .unwrap();
                }
                taken
            })
        })
        .collect();
    let mut times: BTreeMap<String, u32> = BTreeMap::new();
    for worker in workers {
        for subject in worker.await.unwrap() {
            *times.entry(subject).or_default() += 1;
        }
    }
    assert_eq!(times.len(), JOBS);
    assert!(times.values().all(|&times| times == 1));
    let jobs = store.read(|tx| tx.jobs(&JobFilter::default())).await;
    assert!(jobs.unwrap().iter().all(|job| job.attempts == 1));
    let counts = store.read(|tx| tx.count_jobs()).await;
    assert_eq!(counts, Ok(vec![(JobState::Done, 400)]));
}

async fn a_job_waits_for_its_time_its_kind_and_its_turn(stage: Stage) {
    let store = stage.open().await;
    let of_kind = |kind: &str, subject: &str| NewJob {
        kind: kind.to_owned(),
        ..job(subject)
    };
    enqueue(
        &store,
        vec![
            NewJob {
                run_at: minutes(30),
                ..job("later")
            },
            of_kind("assess", "another kind"),
            NewJob {
                run_at: minutes(2),
                ..job("second")
            },
            NewJob {
                run_at: minutes(1),
                ..job("first")
            },
            NewJob {
                run_at: minutes(3),
                priority: 5,
                ..job("urgent")
            },
        ],
    )
    .await;
    assert_eq!(claim(&store, "w", start()).await, None);
    let mut order = Vec::new();
    while let Some(job) = claim(&store, "w", minutes(3)).await {
        order.push(job.subject);
    }
    assert_eq!(order, ["urgent", "first", "second"]);
    let none_wanted = store.claim_job("w", &[], minutes(99), LEASE).await;
    assert_eq!(none_wanted, Ok(None));

    // Whoever looks between bounds finds what is there.
    let stage = [job("at"), job("above"), job("below"), job("far below")].map(|job| {
        let priority = match job.subject.as_str() {
            "above" => 1,
            "at" => 0,
            "below" => -1,
            _ => -2,
        };
        NewJob { priority, ..job }
    });
    enqueue(&store, stage.to_vec()).await;
    let at_most = |at_most| Among {
        kinds: vec!["intake"],
        at_least: -1,
        at_most,
    };
    let too_low = store.claim_job("w", at_most(-2), minutes(3), LEASE).await;
    assert_eq!(too_low, Ok(None));
    let mut order = Vec::new();
    while let Some(job) = store
        .claim_job("w", at_most(0), minutes(3), LEASE)
        .await
        .unwrap()
    {
        order.push(job.subject);
    }
    assert_eq!(order, ["at", "below"]);
}

async fn urgent_jobs_that_are_not_due_hold_nobody_up_and_an_abandoned_one_has_its_turn(
    stage: Stage,
) {
    let store = stage.open().await;
    let urgent = |key: &str, at| NewJob {
        priority: 30,
        run_at: at,
        ..job(key)
    };
    let later = (0..50).map(|number| urgent(&format!("later-{number}"), minutes(60)));
    let plain = NewJob {
        priority: -10,
        ..job("plain")
    };
    let jobs = later.chain([plain, urgent("abandoned", minutes(0))]);
    enqueue(&store, jobs.collect()).await;
    let subject = |job: Option<JobRow>| job.map(|job| job.subject);
    let first = claim(&store, "dies", minutes(1)).await;
    assert_eq!(subject(first).as_deref(), Some("abandoned"));
    // Its lease ran out: it is more urgent than what is ready.
    let again = claim(&store, "lives", minutes(30)).await;
    assert_eq!(subject(again).as_deref(), Some("abandoned"));
    let then = claim(&store, "lives", minutes(30)).await;
    assert_eq!(subject(then).as_deref(), Some("plain"));
    assert_eq!(claim(&store, "lives", minutes(30)).await, None);
}

async fn a_dedupe_key_is_taken_for_good_unless_asked_for_again(stage: Stage) {
    let store = stage.open().await;
    let keyed = NewJob {
        dedupe_key: Some("delivery:1".to_owned()),
        ..job("1")
    };
    let new = enqueue(
        &store,
        vec![keyed.clone(), keyed.clone(), job("1"), job("1")],
    )
    .await;
    assert_eq!(new, [true, false, true, true]);

    let again = NewJob {
        payload: serde_json::json!("second run"),
        ..keyed.clone()
    };
    let enqueue_again = async |again: &NewJob| {
        let again = again.clone();
        store
            .write(move |tx| tx.enqueue_again(&again, minutes(1)))
            .await
            .unwrap()
    };
    assert!(!enqueue_again(&again).await, "it is still waiting");
    while let Some(job) = claim(&store, "w", start()).await {
        store
            .write(move |tx| tx.complete_job(&job, start()))
            .await
            .unwrap();
    }
    assert_eq!(enqueue(&store, vec![keyed]).await, [false]);
    assert!(enqueue_again(&again).await);
    let claimed = claim(&store, "w", start()).await.unwrap();
    assert_eq!(claimed.payload, serde_json::json!("second run"));
    assert_eq!(claimed.attempts, 1);
}

async fn a_lease_that_ran_out_is_claimed_again_and_counts_an_attempt(stage: Stage) {
    let store = stage.open().await;
    enqueue(&store, vec![job("1")]).await;
    let first = claim(&store, "dies", start()).await.unwrap();
    assert_eq!(
        (first.attempts, first.leased_until),
        (1, Some(start() + LEASE))
    );
    let too_early = start() + LEASE - Duration::microseconds(1);
    assert_eq!(claim(&store, "other", too_early).await, None);
    let second = claim(&store, "other", start() + LEASE).await.unwrap();
    assert_eq!(second.id, first.id);
    assert_eq!(second.attempts, 2);
    assert_eq!(second.leased_by.as_deref(), Some("other"));
}

async fn a_worker_whose_lease_was_taken_can_no_longer_settle_the_job(stage: Stage) {
    let store = stage.open().await;
    enqueue(&store, vec![job("1")]).await;
    // Even a worker of the same name: the attempt tells the leases apart.
    let stale = claim(&store, "w", start()).await.unwrap();
    let current = claim(&store, "w", minutes(20)).await.unwrap();
    let row = stale.clone();
    let error = store
        .write(move |tx| tx.complete_job(&row, minutes(21)))
        .await
        .unwrap_err();
    assert_eq!(error.code(), "lease_lost");
    let error = store
        .write(move |tx| tx.fail_job(&stale, "slow", None, minutes(21)))
        .await
        .unwrap_err();
    assert_eq!(error.code(), "lease_lost");
    let row = current.clone();
    store
        .write(move |tx| tx.complete_job(&row, minutes(22)))
        .await
        .unwrap();
    let again = store
        .write(move |tx| tx.complete_job(&current, minutes(23)))
        .await;
    assert_eq!(again.unwrap_err().code(), "lease_lost");
}

async fn a_job_whose_workers_all_die_is_given_up_with_the_reason(stage: Stage) {
    let store = stage.open().await;
    enqueue(&store, vec![job("1")]).await;
    for attempt in 0..3 {
        let claimed = claim(&store, "dies", minutes(attempt * 10)).await.unwrap();
        assert!(!claimed.is_given_up());
    }
    // Whoever finds that dies over it too, and the next one finds the same.
    for attempt in 3..5 {
        let claimed = claim(&store, "other", minutes(attempt * 10)).await.unwrap();
        assert!(claimed.is_given_up());
        assert_eq!(
            claimed.last_error.as_deref(),
            Some("3 attempts ended without a word, the last by dies; earlier error: none")
        );
    }
}

async fn a_failed_job_is_ready_later_then_dead_then_retried_by_an_operator(stage: Stage) {
    let store = stage.open().await;
    enqueue(
        &store,
        vec![NewJob {
            max_attempts: 2,
            ..job("1")
        }],
    )
    .await;
    let fail = async |now: Timestamp, retry_at: Option<Timestamp>| {
        let row = claim(&store, "w", now).await.unwrap();
        store
            .write(move |tx| tx.fail_job(&row, "GitHub answered 502\0", retry_at, now))
            .await
            .unwrap()
    };
    assert_eq!(fail(start(), Some(minutes(5))).await, JobState::Ready);
    assert_eq!(claim(&store, "w", minutes(4)).await, None);
    assert_eq!(fail(minutes(5), Some(minutes(15))).await, JobState::Dead);
    let dead = only_job(&store).await;
    assert_eq!(
        dead.last_error.as_deref(),
        Some("GitHub answered 502\u{fffd}"),
        "PostgreSQL stores no NUL"
    );
    assert_eq!(claim(&store, "w", minutes(500)).await, None);

    let id = dead.id.clone();
    let retried = store
        .write(move |tx| tx.retry_job(&id, minutes(60)))
        .await
        .unwrap();
    assert_eq!((retried.state, retried.attempts), (JobState::Ready, 0));
    let id = dead.id.clone();
    let error = store
        .write(move |tx| tx.retry_job(&id, minutes(60)))
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("is ready: only a dead job"),
        "{error}"
    );
    // Without a time to retry at it is dead at once.
    assert_eq!(fail(minutes(60), None).await, JobState::Dead);
}

async fn a_postponed_job_has_not_used_up_an_attempt(stage: Stage) {
    let store = stage.open().await;
    enqueue(
        &store,
        vec![NewJob {
            max_attempts: 1,
            ..job("1")
        }],
    )
    .await;
    for round in 0..3 {
        let row = claim(&store, "w", minutes(round)).await.unwrap();
        assert_eq!(row.attempts, 1);
        store
            .write(move |tx| {
                tx.postpone_job(&row, "rate limit", minutes(round + 1), minutes(round))
            })
            .await
            .unwrap();
    }
    let waiting = only_job(&store).await;
    assert_eq!((waiting.state, waiting.attempts), (JobState::Ready, 0));
    assert_eq!(waiting.run_at, minutes(3));
}

async fn a_lease_can_be_prolonged_while_it_is_held(stage: Stage) {
    let store = stage.open().await;
    enqueue(&store, vec![job("1")]).await;
    let row = claim(&store, "w", start()).await.unwrap();
    let held = row.clone();
    store
        .write(move |tx| tx.extend_lease(&held, minutes(9), LEASE))
        .await
        .unwrap();
    assert_eq!(claim(&store, "other", minutes(18)).await, None);
    assert!(claim(&store, "other", minutes(19)).await.is_some());
    let error = store
        .write(move |tx| tx.extend_lease(&row, minutes(19), LEASE))
        .await
        .unwrap_err();
    assert_eq!(error.code(), "lease_lost");
}

async fn the_next_run_is_the_earliest_due_time_or_end_of_a_lease(stage: Stage) {
    let store = stage.open().await;
    let next = async || store.read(|tx| tx.next_run_at(&["intake"])).await.unwrap();
    assert_eq!(next().await, None);
    enqueue(
        &store,
        vec![
            job("1"),
            NewJob {
                run_at: minutes(90),
                ..job("2")
            },
        ],
    )
    .await;
    assert_eq!(next().await, Some(start()));
    claim(&store, "w", start()).await.unwrap();
    assert_eq!(next().await, Some(start() + LEASE));
    let other_kind = store.read(|tx| tx.next_run_at(&["assess"])).await;
    assert_eq!(other_kind, Ok(None));
}

async fn workers_are_woken_by_the_commit_that_enqueues_and_not_by_one_that_fails(stage: Stage) {
    let store = stage.open().await;
    let mut signal = store.jobs_enqueued();
    let failed: Result<(), StoreError> = store
        .write(|tx| {
            tx.enqueue(&job("1"), start())?;
            Err(StoreError::Conflict("no".to_owned()))
        })
        .await;
    assert!(failed.is_err());
    assert!(
        store
            .read(|tx| tx.jobs(&JobFilter::default()))
            .await
            .unwrap()
            .is_empty()
    );
    let woken_already = {
        use std::future::Future as _;
        let waiting = std::pin::pin!(signal.notified());
        waiting
            .poll(&mut std::task::Context::from_waker(std::task::Waker::noop()))
            .is_ready()
    };
    assert!(!woken_already);
    enqueue(&store, vec![job("1")]).await;
    // Enqueued before anybody waited, and yet not missed.
    signal.notified().await;
}

async fn the_leases_of_a_worker_that_is_gone_end_at_once_and_no_others(stage: Stage) {
    let store = stage.open().await;
    enqueue(&store, vec![job("a"), job("b")]).await;
    let gone = claim(&store, "gone", start()).await.unwrap();
    let alive = claim(&store, "alive", start()).await.unwrap();
    assert_eq!(claim(&store, "next", minutes(1)).await, None);
    let ended = store.write(|tx| tx.end_leases("gone", minutes(1))).await;
    assert_eq!(ended, Ok::<usize, StoreError>(1));
    let taken = claim(&store, "next", minutes(1)).await.unwrap();
    assert_eq!(
        (taken.id, taken.attempts),
        (gone.id, 2),
        "the attempt stays counted"
    );
    assert_eq!(claim(&store, "next", minutes(1)).await, None, "{alive:?}");
}

async fn unfinished_jobs_are_listed_before_done_ones_and_new_ones_before_old_ones(stage: Stage) {
    let store = stage.open().await;
    for (minute, subject) in (0..).zip(["dead", "done", "done too", "ready"]) {
        let new = job(subject);
        store
            .write(move |tx| tx.enqueue(&new, minutes(minute)))
            .await
            .unwrap();
        if subject == "ready" {
            continue;
        }
        let row = claim(&store, "w", minutes(minute)).await.unwrap();
        store
            .write(move |tx| match row.subject.as_str() {
                "dead" => tx.fail_job(&row, "no", None, start()).map(drop),
                _ => tx.complete_job(&row, start()),
            })
            .await
            .unwrap();
    }
    let list = async |filter: JobFilter| {
        let rows = store.read(move |tx| tx.jobs(&filter)).await.unwrap();
        let subjects: Vec<String> = rows.into_iter().map(|row| row.subject).collect();
        subjects
    };
    let all = list(JobFilter::default()).await;
    assert_eq!(all, ["ready", "dead", "done too", "done"]);
    let few = JobFilter {
        limit: Some(2),
        ..JobFilter::default()
    };
    assert_eq!(list(few).await, ["ready", "dead"]);
}

async fn work_that_is_asked_for_again_goes_first_or_once_more_after_the_present_run(stage: Stage) {
    let store = stage.open().await;
    let keyed = |priority: i32, run_at: Timestamp| NewJob {
        dedupe_key: Some("reconcile:1".to_owned()),
        priority,
        run_at,
        ..job("1")
    };
    let nudge = async |job: NewJob, now: Timestamp| {
        store.write(move |tx| tx.nudge(&job, now)).await.unwrap()
    };
    enqueue(&store, vec![keyed(-10, minutes(60))]).await;
    nudge(keyed(5, minutes(1)), minutes(1)).await;
    let waiting = only_job(&store).await;
    assert_eq!((waiting.priority, waiting.run_at), (5, minutes(1)));

    let running = claim(&store, "w", minutes(1)).await.unwrap();
    assert!(nudge(keyed(5, minutes(1)), minutes(1)).await);
    assert_eq!(
        claim(&store, "other", minutes(2)).await,
        None,
        "one at a time"
    );
    store
        .write(move |tx| tx.complete_job(&running, minutes(3)))
        .await
        .unwrap();
    let again = claim(&store, "w", minutes(3)).await.unwrap();
    assert_eq!(again.attempts, 1);
    store
        .write(move |tx| tx.complete_job(&again, minutes(4)))
        .await
        .unwrap();
    assert_eq!(only_job(&store).await.state, JobState::Done, "and no more");
}

async fn what_is_asked_for_again_while_an_attempt_fails_is_not_lost_with_it(stage: Stage) {
    let store = stage.open().await;
    let asked = |run_at: Timestamp| NewJob {
        dedupe_key: Some("reconcile:1".to_owned()),
        max_attempts: 2,
        run_at,
        ..job("1")
    };
    enqueue(&store, vec![asked(start())]).await;
    let fail_while_asked = async |now: Timestamp, retry_at: Option<Timestamp>| {
        let running = claim(&store, "w", now).await.unwrap();
        store
            .write(move |tx| tx.nudge(&asked(now), now))
            .await
            .unwrap();
        store
            .write(move |tx| tx.fail_job(&running, "GitHub answered 502", retry_at, now))
            .await
            .unwrap()
    };
    for (now, retry_at) in [(minutes(1), Some(minutes(9))), (minutes(2), None)] {
        assert_eq!(fail_while_asked(now, retry_at).await, JobState::Ready);
        let waiting = only_job(&store).await;
        assert_eq!((waiting.state, waiting.attempts), (JobState::Ready, 0));
        assert_eq!(waiting.last_error.as_deref(), Some("GitHub answered 502"));
        assert!(waiting.run_at < now + chrono::Duration::seconds(1));
    }
    let running = claim(&store, "w", minutes(3)).await.unwrap();
    let failed = store
        .write(move |tx| tx.fail_job(&running, "GitHub answered 404", None, minutes(3)))
        .await;
    assert_eq!(failed.unwrap(), JobState::Dead, "nobody asked");
}
