//! Databases of earlier versions are read as those versions read them: the same state, deliveries and obligation, to the
//! cent and the second.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Value, json};
use worksample::app::{self, Surroundings};
use worksample::clock::{SimulatedClock, Timestamp};
use worksample::config::Settings;
use worksample::ids::RandomIds;
use worksample::store::{JobFilter, Store, StoreError, WorkSampleFilter};
use worksample::work_sample::{Event, EventBody, OpenDeliveryStatus, WorkSample, fold, records};
use worksample::workflow::upgrade;

use crate::support::played::On;
use crate::support::small;
use crate::support::stored::{Dump, FIRST_READER};

/// What the log says that money or legal effect depends on, in a form that does not change with the code.
pub fn facts(work_sample: &WorkSample) -> Value {
    let time = |at: worksample::clock::Timestamp| at.to_rfc3339();
    let counts = work_sample.effective_delivery();
    json!({
        "state": work_sample.state,
        "due_at": work_sample.due_at.map(time),
        "counts": counts.map(|one| json!({
            "key": one.key, "at": time(one.at), "sha": one.sha, "late": one.late,
        })),
        "deliveries": work_sample.deliveries.iter().map(|one| json!({
            "key": one.key, "at": time(one.at), "sha": one.sha, "late": one.late,
            "effective": one.effective,
        })).collect::<Vec<_>>(),
        "obligation": work_sample.obligation.as_ref().map(|one| json!({
            "because": one.because, "reason": one.reason, "amount": one.amount,
            "fell_due_at": time(one.fell_due_at), "pay_by": time(one.pay_by),
        })),
        "outstanding": work_sample.outstanding(),
    })
}

/// Every log of a database, by candidate.
pub async fn logs(store: &Store) -> BTreeMap<String, Vec<Event>> {
    store
        .read(|tx| {
            let mut logs = BTreeMap::new();
            for row in tx.work_samples(&WorkSampleFilter::default())? {
                logs.insert(row.candidate.clone(), tx.events(&row.id)?);
            }
            Ok::<_, StoreError>(logs)
        })
        .await
        .unwrap()
}

/// What the version that wrote the log said of each work sample, by candidate.
fn expected(stored: Dump, on: On) -> BTreeMap<String, Value> {
    serde_json::from_str(&std::fs::read_to_string(stored.expected_file(on)).unwrap()).unwrap()
}

fn compare(logs: &BTreeMap<String, Vec<Event>>, expected: &BTreeMap<String, Value>) {
    let candidates: BTreeSet<_> = logs.keys().collect();
    assert_eq!(
        candidates,
        expected.keys().collect(),
        "the work samples of the dump"
    );
    for (candidate, log) in logs {
        let mut read = facts(&fold(log).unwrap());
        read["story"] = expected[candidate]["story"].clone();
        assert_eq!(
            read, expected[candidate],
            "{candidate} is not read as the version that wrote the log read it"
        );
    }
}

/// When the logs are upgraded: long after the last event in them.
fn upgraded_at() -> Timestamp {
    "2027-01-15T12:00:00Z".parse().unwrap()
}

async fn upgrade(stored: Dump, on: On) {
    let Some(database) = stored.load(on) else {
        return;
    };
    let expected = expected(stored, on);
    let store = database.open().await;
    let before = logs(&store).await;

    // A process that stopped in between has upgraded some of them.
    let first = before.values().next().unwrap()[0].work_sample.clone();
    store
        .write(move |tx| upgrade::upgrade_log(tx, &first, upgraded_at()))
        .await
        .unwrap();
    // Two processes start at once.
    let (one, other) = tokio::join!(
        upgrade::upgrade_logs(&store, upgraded_at()),
        upgrade::upgrade_logs(&store, upgraded_at()),
    );
    assert!(one.is_ok() && other.is_ok(), "{one:?} {other:?}");
    let after = logs(&store).await;
    compare(&after, &expected);

    let again = upgrade::upgrade_logs(&store, upgraded_at()).await.unwrap();
    assert_eq!(again, 0, "nothing is left to upgrade");
    for (candidate, log) in &after {
        let (old, new) = log.split_at(before[candidate].len());
        assert_eq!(old, before[candidate], "the old log of {candidate} stays");
        let marks = new
            .iter()
            .filter(|one| matches!(one.happening.body, EventBody::Upgraded { log_format: 2 }));
        assert_eq!(marks.count(), 1, "{candidate} is upgraded once");
    }
    assert_eq!(logs(&store).await, after);
    assert_eq!(
        queued_records(&store).await,
        0,
        "nothing old is recorded by itself"
    );
    store.close().await;

    let unread: BTreeMap<&str, Vec<OpenDeliveryStatus>> = after
        .iter()
        .map(|(candidate, log)| {
            let story = expected[candidate]["story"].as_str().unwrap();
            let open = records::open(&fold(log).unwrap());
            (story, open.into_iter().map(|one| one.status).collect())
        })
        .filter(|(_, open): &(&str, Vec<_>)| !open.is_empty())
        .collect();
    let stories: Vec<&str> = unread.keys().copied().collect();
    assert_eq!(
        stories,
        [
            "unread_delivery_after_a_greeting",
            "unread_delivery_after_a_mention",
            "unread_delivery_after_a_paragraph",
            "unread_delivery_after_a_zero_width_space",
            "unread_delivery_after_an_html_comment",
            "unread_delivery_in_a_list",
            "unread_delivery_in_bold",
        ],
        "what only this version reads is listed for the lead"
    );
    for open in unread.values() {
        assert_eq!(open, &[OpenDeliveryStatus::UnreadBeforeUpgrade]);
    }
}

async fn queued_records(store: &Store) -> usize {
    let filter = JobFilter {
        kind: Some("record_delivery".to_owned()),
        ..JobFilter::default()
    };
    store.read(move |tx| tx.jobs(&filter)).await.unwrap().len()
}

/// Every command and every process opens its services in this way.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn services_that_open_earlier_logs_upgrade_them_first() {
    let database = FIRST_READER.load(On::Sqlite).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings {
        database_url: database.address().into(),
        ..small::settings(folder.path())
    };
    let surroundings = Surroundings {
        clock: SimulatedClock::starting_at(upgraded_at()),
        ids: Arc::new(RandomIds),
    };
    let services = app::services(&settings, &surroundings, None).await.unwrap();
    let logs = logs(&services.store).await;
    assert!(!logs.is_empty());
    for (candidate, log) in logs {
        let upgraded = log
            .iter()
            .any(|one| matches!(one.happening.body, EventBody::Upgraded { log_format: 2 }));
        assert!(upgraded, "{candidate}");
    }
    services.store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn upgraded_logs_on_sqlite_keep_their_deliveries_and_pay() {
    upgrade(FIRST_READER, On::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn upgraded_logs_on_postgres_keep_their_deliveries_and_pay() {
    upgrade(FIRST_READER, On::Postgres).await;
}

/// Kinds of events in the log of a dump, with an example of each set of fields.
pub fn examples(on: On) -> Option<BTreeMap<String, Value>> {
    let database = FIRST_READER.load(on)?;
    let rows = database
        .texts("SELECT kind || ' ' || body AS text FROM events ORDER BY work_sample_id, seq");
    let mut examples = BTreeMap::new();
    for row in rows {
        let (kind, body) = row.split_once(' ').unwrap();
        let body: Value = serde_json::from_str(body).unwrap();
        examples.entry(shape(kind, &body)).or_insert(body);
    }
    Some(examples)
}

/// The kind of an event with the fields that it has.
pub fn shape(kind: &str, body: &Value) -> String {
    let mut fields = body.clone();
    flatten(&mut fields);
    format!("{kind} {fields}")
}

/// Leaves of a value only its shape.
fn flatten(value: &mut Value) {
    match value {
        Value::Object(fields) => fields.values_mut().for_each(flatten),
        Value::Array(items) => {
            items.truncate(1);
            items.iter_mut().for_each(flatten);
        }
        Value::Null => {}
        Value::Bool(_) | Value::Number(_) | Value::String(_) => *value = json!("…"),
    }
}
