//! Stories of the append-only log.

use proptest::prelude::*;
use worksample::clock::Timestamp;
use worksample::ids::WorkSampleId;
use worksample::store::{Store, StoreError};
use worksample::work_sample::{Event, Happening, Source};

use super::stage::{Stage, happening, minutes, on_both_databases, start};

on_both_databases!(
    happenings_are_numbered_from_one_without_holes_and_read_back_as_they_were,
    a_happening_that_is_known_is_passed_over_wherever_it_comes_again,
    an_append_after_a_stale_seq_is_a_conflict_and_writes_nothing,
    an_append_to_an_unknown_work_sample_is_not_found,
    writers_that_decide_on_the_log_at_the_same_time_leave_no_hole_and_no_double,
    the_database_itself_refuses_to_change_or_delete_an_event_or_to_change_a_spec,
    an_event_that_does_not_parse_is_corrupt_and_names_its_row,
);

async fn append(
    store: &Store,
    id: &WorkSampleId,
    after: i64,
    happenings: Vec<Happening>,
) -> Result<usize, StoreError> {
    let id = id.clone();
    store
        .write(move |tx| tx.append(&id, after, &happenings, minutes(5), Source::Webhook))
        .await
}

async fn log(store: &Store, id: &WorkSampleId) -> Vec<Event> {
    let id = id.clone();
    store.read(move |tx| tx.events(&id)).await.unwrap()
}

fn keys(events: &[Event]) -> Vec<(i64, &str)> {
    events
        .iter()
        .map(|event| (event.seq, event.happening.key.0.as_str()))
        .collect()
}

async fn happenings_are_numbered_from_one_without_holes_and_read_back_as_they_were(stage: Stage) {
    let (store, id) = stage.open_with_work_sample().await;
    let first = vec![happening("a"), happening("b")];
    assert_eq!(append(&store, &id, 0, first.clone()).await, Ok(2));
    assert_eq!(append(&store, &id, 2, vec![happening("c")]).await, Ok(1));
    let events = log(&store, &id).await;
    assert_eq!(keys(&events), [(1, "a"), (2, "b"), (3, "c")]);
    assert_eq!(
        events[0],
        Event {
            work_sample: id,
            seq: 1,
            happening: first[0].clone(),
            received_at: minutes(5),
            source: Source::Webhook,
        }
    );
    assert_eq!(
        stage.texts("SELECT kind AS text FROM events")[0],
        "issue_closed"
    );
}

async fn a_happening_that_is_known_is_passed_over_wherever_it_comes_again(stage: Stage) {
    let (store, id) = stage.open_with_work_sample().await;
    let twice_in_one = vec![happening("a"), happening("b"), happening("a")];
    assert_eq!(append(&store, &id, 0, twice_in_one).await, Ok(2));
    let again = vec![
        happening("b"),
        happening("c"),
        happening("a"),
        happening("d"),
    ];
    assert_eq!(append(&store, &id, 2, again).await, Ok(2));
    assert_eq!(append(&store, &id, 4, vec![happening("d")]).await, Ok(0));
    let events = log(&store, &id).await;
    assert_eq!(keys(&events), [(1, "a"), (2, "b"), (3, "c"), (4, "d")]);
}

async fn an_append_after_a_stale_seq_is_a_conflict_and_writes_nothing(stage: Stage) {
    let (store, id) = stage.open_with_work_sample().await;
    append(&store, &id, 0, vec![happening("a")]).await.unwrap();
    let error = append(&store, &id, 0, vec![happening("b")])
        .await
        .unwrap_err();
    assert_eq!(error.code(), "conflict");
    assert!(!error.is_transient());
    assert!(
        error.to_string().contains("stands at event 1, not at 0"),
        "{error}"
    );
    assert_eq!(keys(&log(&store, &id).await), [(1, "a")]);
}

async fn an_append_to_an_unknown_work_sample_is_not_found(stage: Stage) {
    let store = stage.open().await;
    let id = super::stage::work_sample(9).id;
    let error = append(&store, &id, 0, vec![happening("a")])
        .await
        .unwrap_err();
    assert_eq!(error.code(), "not_found");
    assert!(error.to_string().contains(id.as_str()), "{error}");
}

async fn writers_that_decide_on_the_log_at_the_same_time_leave_no_hole_and_no_double(stage: Stage) {
    const WRITERS: usize = 8;
    const ROUNDS: usize = 10;
    let (store, id) = stage.open_with_work_sample().await;
    // A second store on the same database stands for a second process.
    let other = stage.open().await;
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let store = if writer % 2 == 0 {
                store.clone()
            } else {
                other.clone()
            };
            let id = id.clone();
            tokio::spawn(async move {
                for round in 0..ROUNDS {
                    let id = id.clone();
                    let decided = store.write(move |tx| {
                        let log = tx.events(&id)?;
                        let key = format!("{writer}:{round} after {}", log.len());
                        let after = i64::try_from(log.len()).unwrap();
                        tx.append(&id, after, &[happening(&key)], start(), Source::Command)
                    });
                    assert_eq!(decided.await, Ok::<usize, StoreError>(1));
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let events = log(&store, &id).await;
    assert_eq!(events.len(), WRITERS * ROUNDS);
    for (place, event) in events.iter().enumerate() {
        assert_eq!(event.seq, i64::try_from(place).unwrap() + 1);
        // Each was decided on exactly the log that it follows.
        let key = &event.happening.key.0;
        assert!(key.ends_with(&format!("after {place}")), "{key} at {place}");
    }
}

async fn the_database_itself_refuses_to_change_or_delete_an_event_or_to_change_a_spec(
    stage: Stage,
) {
    let (store, id) = stage.open_with_work_sample().await;
    append(&store, &id, 0, vec![happening("a")]).await.unwrap();
    for (sql, reason) in [
        ("UPDATE events SET natural_key = 'x'", "append-only"),
        ("DELETE FROM events", "append-only"),
        ("UPDATE specs SET title = 'x'", "immutable"),
    ] {
        let error = stage.shell(sql).unwrap_err().to_string();
        assert!(error.contains(reason), "{sql}: {error}");
    }
    if stage.url.is_postgres() {
        let error = stage.shell("TRUNCATE events").unwrap_err().to_string();
        assert!(error.contains("append-only"), "{error}");
    }
    assert_eq!(keys(&log(&store, &id).await), [(1, "a")]);
}

async fn an_event_that_does_not_parse_is_corrupt_and_names_its_row(stage: Stage) {
    let (store, id) = stage.open_with_work_sample().await;
    let at: Timestamp = start();
    stage
        .shell(&format!(
            "INSERT INTO events VALUES ('{id}', 1, 'a', 'k', '{{\"kind\":\"candidate\"}}', '{{\"type\":\"nonsense\"}}', '{at}', '{at}', 'webhook')",
            at = at.format("%Y-%m-%d %H:%M:%S%.f")
        ))
        .unwrap();
    let error = store.read(move |tx| tx.events(&id)).await.unwrap_err();
    assert_eq!(error.code(), "store_corrupt");
    let text = error.to_string();
    assert!(text.contains("column body of events"), "{text}");
    assert!(text.contains("nonsense"), "{text}");
}

proptest! {
    // Each case opens a database of its own.
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn however_facts_come_in_the_log_has_each_once_in_the_order_of_their_first_coming(
        batches in proptest::collection::vec(proptest::collection::vec(0_u8..12, 0..6), 0..8)
    ) {
        let mut expected: Vec<String> = Vec::new();
        for key in batches.iter().flatten().map(u8::to_string) {
            if !expected.contains(&key) {
                expected.push(key);
            }
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let events = runtime.block_on(async {
            let stage = Stage::sqlite();
            let (store, id) = stage.open_with_work_sample().await;
            let mut seq = 0;
            for batch in &batches {
                let facts = batch.iter().map(|key| happening(&key.to_string())).collect();
                let new = append(&store, &id, seq, facts).await.unwrap();
                seq += i64::try_from(new).unwrap();
            }
            log(&store, &id).await
        });
        let keys: Vec<&str> = events.iter().map(|event| event.happening.key.0.as_str()).collect();
        prop_assert_eq!(keys, expected);
        let numbers: Vec<i64> = events.iter().map(|event| event.seq).collect();
        let unbroken: Vec<i64> = (1..).take(numbers.len()).collect();
        prop_assert_eq!(numbers, unbroken);
    }
}
