//! Stories of the door at which writes of one kind are made as one.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::join_all;
use tokio::sync::oneshot;
use worksample::store::{Store, StoreError, Together};

use super::stage::{Stage, on_both_databases, spec, work_sample};

on_both_databases!(
    each_is_answered_for_itself_and_many_share_a_write,
    an_error_is_everybodys_and_leaves_nothing,
    a_panic_is_everybodys_and_the_door_stays_open,
    whoever_goes_away_is_written_all_the_same,
    who_waits_at_a_store_that_closes_is_written_and_who_comes_later_is_not,
    batches_that_collide_lose_nobody,
);

/// Publishes spec versions by name; the answer is whether it was new. Counts its runs.
fn door(store: &Store) -> (Together<String, bool>, Arc<AtomicUsize>) {
    let runs = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&runs);
    let door = store.together(move |tx, names: &[String]| {
        counted.fetch_add(1, Ordering::SeqCst);
        names
            .iter()
            .map(|name| {
                if name == "panics" {
                    panic!("a bug in a use case");
                }
                if name == "fails" {
                    let mut row = work_sample(1);
                    row.spec_digest = spec("unknown").digest;
                    tx.insert_work_sample(&row)?;
                }
                tx.publish_spec(&spec(name))
            })
            .collect()
    });
    (door, runs)
}

async fn count(store: &Store) -> usize {
    store.read(|tx| tx.specs()).await.unwrap().len()
}

/// A store with one writer, also on PostgreSQL.
async fn open(stage: &Stage) -> Store {
    stage
        .open_with(|options| options.postgres_writers = 1)
        .await
}

/// Keeps the writer busy until what is returned is dropped: whoever comes meanwhile waits.
async fn busy(store: &Store) -> oneshot::Sender<()> {
    let (end, ended) = oneshot::channel();
    let (begin, begun) = oneshot::channel();
    let mut once = Some((begin, ended));
    let store = store.clone();
    tokio::spawn(async move {
        store
            .write(move |_| {
                if let Some((begin, ended)) = once.take() {
                    let _ = (begin.send(()), ended.blocking_recv());
                }
                Ok::<_, StoreError>(())
            })
            .await
    });
    begun.await.unwrap();
    end
}

/// Lets these writes wait for each other, and then go.
async fn at_once(
    store: &Store,
    door: &Together<String, bool>,
    names: &[&str],
) -> Vec<Result<bool, StoreError>> {
    let busy = busy(store).await;
    let writes = join_all(names.iter().map(|name| door.write((*name).to_owned())));
    let let_go = async {
        while store.waiting_writes() < names.len() {
            tokio::task::yield_now().await;
        }
        drop(busy);
    };
    tokio::join!(writes, let_go).0
}

async fn each_is_answered_for_itself_and_many_share_a_write(stage: Stage) {
    let store = open(&stage).await;
    let (door, runs) = door(&store);
    assert_eq!(door.write("1".to_owned()).await, Ok(true));
    let before = runs.load(Ordering::SeqCst);
    let answers = at_once(&store, &door, &["1", "2", "3", "2", "4"]).await;
    assert_eq!(
        answers,
        [Ok(false), Ok(true), Ok(true), Ok(false), Ok(true)]
    );
    assert_eq!(runs.load(Ordering::SeqCst) - before, 1, "one write for all");
    assert_eq!(count(&store).await, 4);
    assert_eq!(store.waiting_writes(), 0);
}

async fn an_error_is_everybodys_and_leaves_nothing(stage: Stage) {
    let store = open(&stage).await;
    let (door, _) = door(&store);
    for answer in at_once(&store, &door, &["1", "fails", "2"]).await {
        assert_eq!(answer.unwrap_err().code(), "store_refused");
    }
    assert_eq!(count(&store).await, 0);
    assert_eq!(door.write("1".to_owned()).await, Ok(true));
}

async fn a_panic_is_everybodys_and_the_door_stays_open(stage: Stage) {
    let store = open(&stage).await;
    let (door, _) = door(&store);
    let panicked = Err(StoreError::Panicked("a bug in a use case".to_owned()));
    let answers = at_once(&store, &door, &["1", "panics", "2"]).await;
    assert_eq!(answers, [panicked.clone(), panicked.clone(), panicked]);
    assert_eq!(count(&store).await, 0);
    assert_eq!(door.write("1".to_owned()).await, Ok(true));
}

async fn whoever_goes_away_is_written_all_the_same(stage: Stage) {
    let store = open(&stage).await;
    let (door, runs) = door(&store);
    let busy = busy(&store).await;
    let mut first = Box::pin(door.write("1".to_owned()));
    let mut second = Box::pin(door.write("2".to_owned()));
    assert!(futures_util::poll!(&mut first).is_pending());
    assert!(futures_util::poll!(&mut second).is_pending());
    drop(first);
    drop(busy);
    assert_eq!(second.await, Ok(true));
    assert_eq!(runs.load(Ordering::SeqCst), 1);
    assert_eq!(count(&store).await, 2);
}

async fn who_waits_at_a_store_that_closes_is_written_and_who_comes_later_is_not(stage: Stage) {
    let store = open(&stage).await;
    let (door, _) = door(&store);
    let busy = busy(&store).await;
    let mut waiting = Box::pin(join_all(
        ["1", "2", "3"].map(|name| door.write(name.to_owned())),
    ));
    assert!(futures_util::poll!(&mut waiting).is_pending());
    let (closed, answers) = tokio::join!(
        async {
            let mut close = Box::pin(store.close());
            assert!(futures_util::poll!(&mut close).is_pending());
            drop(busy);
            close.await;
        },
        waiting
    );
    assert_eq!((closed, answers), ((), vec![Ok(true); 3]));
    assert_eq!(door.write("4".to_owned()).await, Err(StoreError::Closed));
    assert_eq!(store.waiting_writes(), 0);
    assert_eq!(count(&stage.open().await).await, 3);
}

/// On PostgreSQL writes run at the same time, collide and are run again; each batch with those it took along.
async fn batches_that_collide_lose_nobody(stage: Stage) {
    let store = stage.open().await;
    let door = store.together(|tx, names: &[String]| {
        let before = tx.specs()?.len();
        names
            .iter()
            .zip(before..)
            .map(|(name, number)| tx.publish_spec(&spec(name)).map(|is_new| (number, is_new)))
            .collect()
    });
    let door = Arc::new(door);
    let writes = (0..60).map(|number| {
        let door = Arc::clone(&door);
        tokio::spawn(async move { door.write(format!("{number}")).await.unwrap() })
    });
    let mut numbers: Vec<usize> = Vec::new();
    for write in writes.collect::<Vec<_>>() {
        let (number, is_new) = write.await.unwrap();
        assert!(is_new);
        numbers.push(number);
    }
    numbers.sort_unstable();
    assert_eq!(
        numbers,
        (0..60).collect::<Vec<_>>(),
        "as if one after the other"
    );
    assert_eq!(store.waiting_writes(), 0);
}
