//! Stories of the one door for writes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use worksample::store::{NewJob, Store, StoreError};
use worksample::work_sample::{Source, State};

use super::stage::{Stage, happening, job, minutes, on_both_databases, spec, start, work_sample};

on_both_databases!(
    a_failing_write_among_many_harms_no_other,
    a_panic_is_an_error_for_its_own_caller_and_for_nobody_else,
    an_error_that_a_closure_swallows_commits_nothing,
    two_launches_of_one_candidate_at_the_same_time_give_one_work_sample,
    a_full_queue_makes_writers_wait_and_loses_none,
    a_write_whose_caller_went_away_is_carried_out,
    a_read_sees_one_moment_and_nothing_of_an_uncommitted_write,
    a_panic_in_a_read_leaves_the_store_well,
);

/// An error of a use case, as rooms above have it.
#[derive(Debug, PartialEq)]
enum Refused {
    Because(&'static str),
    Store(StoreError),
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Refused::Store(error)
    }
}

async fn count(store: &Store) -> usize {
    store.read(|tx| tx.specs()).await.unwrap().len()
}

async fn a_failing_write_among_many_harms_no_other(stage: Stage) {
    let store = stage.open().await;
    let writes: Vec<_> = (0..60)
        .map(|number: u32| {
            let store = store.clone();
            tokio::spawn(async move {
                store
                    .write(move |tx| {
                        tx.publish_spec(&spec(&number.to_string()))?;
                        match number % 3 {
                            0 => Ok(number),
                            1 => Err(Refused::Because("the use case says no")),
                            _ => {
                                // Refused by the database: its spec does not exist.
                                let mut row = work_sample(u64::from(number));
                                row.spec_digest = spec("unknown").digest;
                                tx.insert_work_sample(&row)?;
                                Ok(number)
                            }
                        }
                    })
                    .await
            })
        })
        .collect();
    for (number, write) in writes.into_iter().enumerate() {
        match (number % 3, write.await.unwrap()) {
            (0, result) => assert_eq!(result, Ok(u32::try_from(number).unwrap())),
            (1, result) => assert_eq!(result, Err(Refused::Because("the use case says no"))),
            (_, Err(Refused::Store(error))) => assert_eq!(error.code(), "store_refused", "{error}"),
            (_, result) => panic!("{result:?}"),
        }
    }
    assert_eq!(count(&store).await, 20);
}

async fn a_panic_is_an_error_for_its_own_caller_and_for_nobody_else(stage: Stage) {
    let store = stage.open().await;
    let before = store.write(|tx| tx.publish_spec(&spec("1")));
    let panics = store.write(|tx| -> Result<(), StoreError> {
        tx.publish_spec(&spec("2"))?;
        panic!("a bug in a use case");
    });
    let after = store.write(|tx| tx.publish_spec(&spec("3")));
    let (before, panicked, after) = tokio::join!(before, panics, after);
    assert_eq!((before, after), (Ok(true), Ok(true)));
    assert_eq!(
        panicked,
        Err(StoreError::Panicked("a bug in a use case".to_owned()))
    );
    assert_eq!(count(&store).await, 2);
}

async fn an_error_that_a_closure_swallows_commits_nothing(stage: Stage) {
    let store = stage.open().await;
    let result: Result<(), StoreError> = store
        .write(|tx| {
            tx.publish_spec(&spec("1"))?;
            let mut row = work_sample(1);
            row.spec_digest = spec("unknown").digest;
            let _ = tx.insert_work_sample(&row);
            Ok(())
        })
        .await;
    assert_eq!(result.unwrap_err().code(), "store_refused");
    assert_eq!(count(&store).await, 0);
}

async fn two_launches_of_one_candidate_at_the_same_time_give_one_work_sample(stage: Stage) {
    let store = stage.open().await;
    let other = stage.open().await;
    store.write(|tx| tx.publish_spec(&spec("1"))).await.unwrap();
    for round in 0..10_u64 {
        let launch = |store: &Store, number: u64| {
            let store = store.clone();
            let key = format!("candidate {round}");
            tokio::spawn(async move {
                store
                    .write(move |tx| {
                        let mut row = work_sample(number);
                        row.candidate_key.clone_from(&key);
                        if !tx.same_candidate(&row.slug, &key)?.is_empty() {
                            return Err(Refused::Because("has one already"));
                        }
                        tx.insert_work_sample(&row)?;
                        Ok(())
                    })
                    .await
            })
        };
        let (first, second) = (
            launch(&store, 100 + round * 2),
            launch(&other, 101 + round * 2),
        );
        let mut results = [first.await.unwrap(), second.await.unwrap()];
        results.sort_by_key(Result::is_err);
        assert_eq!(results, [Ok(()), Err(Refused::Because("has one already"))]);
    }
}

async fn a_full_queue_makes_writers_wait_and_loses_none(stage: Stage) {
    let store = stage
        .open_with(|options| {
            options.queue = 1;
            options.batch = 3;
        })
        .await;
    let writes: Vec<_> = (0..50)
        .map(|number: u32| {
            let store = store.clone();
            tokio::spawn(async move {
                store
                    .write(move |tx| tx.publish_spec(&spec(&number.to_string())))
                    .await
            })
        })
        .collect();
    for write in writes {
        assert_eq!(write.await.unwrap(), Ok(true));
    }
    assert_eq!(count(&store).await, 50);
}

async fn a_write_whose_caller_went_away_is_carried_out(stage: Stage) {
    let store = stage
        .open_with(|options| options.postgres_writers = 1)
        .await;
    let (release, released) = std::sync::mpsc::channel::<()>();
    let blocker = tokio::spawn({
        let store = store.clone();
        async move {
            store
                .write(move |tx| {
                    // Run again after a collision, it does not wait again.
                    let _ = released.recv();
                    tx.specs()
                })
                .await
        }
    });
    let mut abandoned = Box::pin(store.write(|tx| tx.publish_spec(&spec("1"))));
    // Polled once, the write stands in the queue.
    {
        use std::future::Future as _;
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(abandoned.as_mut().poll(&mut context).is_pending());
    }
    drop(abandoned);
    release.send(()).unwrap();
    drop(release);
    blocker.await.unwrap().unwrap();
    store.close().await;
    assert_eq!(count(&store).await, 1);
}

async fn a_read_sees_one_moment_and_nothing_of_an_uncommitted_write(stage: Stage) {
    let (store, id) = stage.open_with_work_sample().await;
    let (go, gone) = std::sync::mpsc::channel::<()>();
    let (first_look, looked) = tokio::sync::oneshot::channel();
    let reading = tokio::spawn({
        let (store, id) = (store.clone(), id.clone());
        async move {
            store
                .read(move |tx| {
                    let before = tx.events(&id)?.len();
                    first_look.send(()).unwrap();
                    gone.recv().unwrap();
                    Ok::<_, StoreError>((before, tx.events(&id)?.len()))
                })
                .await
        }
    });
    looked.await.unwrap();
    let (row, at) = (id.clone(), start());
    store
        .write(move |tx| tx.append(&row, 0, &[happening("a")], at, Source::Service))
        .await
        .unwrap();
    go.send(()).unwrap();
    assert_eq!(reading.await.unwrap(), Ok((0, 0)));
    assert_eq!(store.read(move |tx| tx.events(&id)).await.unwrap().len(), 1);
}

async fn a_panic_in_a_read_leaves_the_store_well(stage: Stage) {
    let store = stage.open_with(|options| options.readers = 1).await;
    for _ in 0..3 {
        let result = store
            .read(|_| -> Result<(), StoreError> { panic!("a bug") })
            .await;
        assert_eq!(result, Err(StoreError::Panicked("a bug".to_owned())));
    }
    assert_eq!(count(&store).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn collisions_on_postgres_are_run_again_until_each_write_was_as_if_alone() {
    let Some(stage) = Stage::postgres() else {
        return;
    };
    let (store, id) = stage.open_with_work_sample().await;
    let runs = Arc::new(AtomicUsize::new(0));
    let writes: Vec<_> = (0..40)
        .map(|_| {
            let (store, id, runs) = (store.clone(), id.clone(), Arc::clone(&runs));
            tokio::spawn(async move {
                store
                    .write(move |tx| {
                        runs.fetch_add(1, Ordering::Relaxed);
                        let row = tx.work_sample_row(&id)?.unwrap();
                        let summary = worksample::store::Summary {
                            state: State::Offered,
                            last_seq: row.last_seq + 1,
                            login: None,
                            repository_id: None,
                            repository_full_name: None,
                            due_at: None,
                            offer_expires_at: None,
                            invitation_failed: None,
                        };
                        tx.update_summary(&id, &summary, minutes(1))
                    })
                    .await
            })
        })
        .collect();
    for write in writes {
        assert_eq!(write.await.unwrap(), Ok::<(), StoreError>(()));
    }
    let row = store.read(move |tx| tx.work_sample_row(&id)).await;
    assert_eq!(row.unwrap().unwrap().last_seq, 40);
    assert!(runs.load(Ordering::Relaxed) >= 40);
}

#[tokio::test]
async fn a_job_and_the_fact_it_comes_from_are_written_together_or_not_at_all() {
    let stage = Stage::sqlite();
    let (store, id) = stage.open_with_work_sample().await;
    let failing = id.clone();
    let result: Result<usize, StoreError> = store
        .write(move |tx| {
            let new = NewJob {
                dedupe_key: Some("k".to_owned()),
                ..job(failing.as_str())
            };
            tx.enqueue(&new, start())?;
            tx.append(&failing, 7, &[happening("a")], start(), Source::Webhook)
        })
        .await;
    assert_eq!(result.unwrap_err().code(), "conflict");
    assert_eq!(store.read(|tx| tx.count_jobs()).await, Ok(vec![]));
}
