//! Group commit seen from inside: what shares a transaction, and what a spoilt one means for each write in it.

use std::time::Duration;

use diesel::prelude::*;

use super::*;
use crate::ids::RandomIds;
use crate::store::body::Body;
use crate::store::migrate::migrate;
use crate::store::schema::deliveries;
use crate::store::{DatabaseUrl, DeliveryRow};

type Answer = oneshot::Receiver<Result<bool, StoreError>>;

struct Bench {
    workshop: Workshop,
    _folder: tempfile::TempDir,
}

fn bench() -> Bench {
    let folder = tempfile::tempdir().unwrap();
    let connector = Connector {
        url: DatabaseUrl::sqlite_file(folder.path().join("store.db")),
        busy_timeout: Duration::from_millis(20),
    };
    migrate(&connector).unwrap();
    Bench {
        workshop: Workshop {
            turnstile: Some(Turnstile::open(&folder.path().join("store.db")).unwrap()),
            connector,
            ids: Arc::new(RandomIds),
            signal: Arc::new(JobsEnqueued::new()),
            batch: 100,
        },
        _folder: folder,
    }
}

impl Bench {
    fn commit_together(&self, writes: Vec<Box<dyn Write>>) {
        write_together(&self.workshop, &mut None, writes);
    }

    fn stored(&self) -> Vec<String> {
        let mut db = self.workshop.connector.connect().unwrap();
        deliveries::table
            .select(deliveries::guid)
            .order(deliveries::guid)
            .load(&mut db)
            .unwrap()
    }
}

fn write(
    closure: impl FnMut(&mut Tx<'_>) -> Result<bool, StoreError> + Send + 'static,
) -> (Box<dyn Write>, Answer) {
    let (pending, answer) = Pending::new(closure, Isolation::Serializable);
    (Box::new(pending), answer)
}

fn delivery(guid: &str, size: usize) -> DeliveryRow {
    DeliveryRow {
        guid: guid.to_owned(),
        event: "push".to_owned(),
        repository_id: None,
        body: Body {
            packed: false,
            bytes: vec![b'x'; size],
        },
        received_at: "2026-03-02T09:00:00Z".parse().unwrap(),
        outcome: None,
        processed_at: None,
    }
}

fn insert(guid: &str) -> (Box<dyn Write>, Answer) {
    let row = delivery(guid, 10);
    write(move |tx| tx.insert_delivery(&row))
}

fn answered(mut answer: Answer) -> Result<bool, StoreError> {
    answer.try_recv().unwrap()
}

#[test]
fn writes_that_wait_together_share_one_transaction() {
    let bench = bench();
    let (first, one) = insert("1");
    let outside = bench.workshop.connector.clone();
    let (second, two) = write(move |tx| {
        let inside = tx.delivery("1")?.is_some();
        let mut db = outside.connect()?;
        let committed: i64 = deliveries::table.count().get_result(&mut db).unwrap();
        Ok(inside && committed == 0)
    });
    bench.commit_together(vec![first, second]);
    assert_eq!(answered(one), Ok(true));
    assert_eq!(
        answered(two),
        Ok(true),
        "seen inside before it was committed outside"
    );
    assert_eq!(bench.stored(), ["1"]);
}

#[test]
fn a_full_disk_fails_the_write_that_met_it_and_the_others_are_written() {
    let bench = bench();
    let (before, one) = insert("1");
    let (too_large, two) = write(|tx| {
        tx.run(|db| db.batch_execute("PRAGMA max_page_count = 1"))?;
        tx.insert_delivery(&delivery("2", 1_000_000))
    });
    let (after, three) = insert("3");
    bench.commit_together(vec![before, too_large, after]);
    assert_eq!((answered(one), answered(three)), (Ok(true), Ok(true)));
    let error = answered(two).unwrap_err();
    assert_eq!(error.code(), "store_full", "{error}");
    assert!(error.is_transient());
    assert_eq!(bench.stored(), ["1", "3"]);
}

#[test]
fn when_the_commit_fails_every_write_of_the_batch_is_told() {
    let bench = bench();
    let (first, one) = insert("1");
    let (second, two) = write(|_| Err(StoreError::Conflict("read in the lost transaction".into())));
    // A constraint that is checked at the end makes the commit itself fail.
    let (third, three) = write(|tx| {
        tx.run(|db| {
            db.batch_execute(
                "PRAGMA defer_foreign_keys = ON; \
                 INSERT INTO effects VALUES ('nobody', 's', 1, '2026-03-02 09:00:00', NULL, 'null')",
            )
        })?;
        Ok(true)
    });
    bench.commit_together(vec![first, second, third]);
    for answer in [one, two, three] {
        assert_eq!(answered(answer).unwrap_err().code(), "store_refused");
    }
    assert_eq!(bench.stored(), Vec::<String>::new());
}

#[test]
fn a_lock_held_elsewhere_answers_the_whole_batch_and_the_next_one_goes_through() {
    let bench = bench();
    let mut other = bench.workshop.connector.connect().unwrap();
    other.batch_execute("BEGIN IMMEDIATE").unwrap();
    let (first, one) = insert("1");
    let (second, two) = insert("2");
    bench.commit_together(vec![first, second]);
    for answer in [one, two] {
        assert_eq!(answered(answer).unwrap_err().code(), "store_busy");
    }
    other.batch_execute("ROLLBACK").unwrap();
    let (third, three) = insert("3");
    bench.commit_together(vec![third]);
    assert_eq!(answered(three), Ok(true));
    assert_eq!(bench.stored(), ["3"]);
}
