//! Databases of earlier versions are read as those versions read them: the same state, deliveries and obligation, to the
//! cent and the second.

mod stories;
mod told;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use worksample::ids::{SeededIds, WorkSampleId};
use worksample::rehearsal::play;
use worksample::store::{Store, StoreError, WorkSampleFilter, WorkSampleRow, candidate_key};
use worksample::work_sample::{Event, State, WorkSample, fold, terms_of};
use worksample::workflow::publish;
use worksample::workflow::record::record;

use crate::support::played::On;
use crate::support::small;
use crate::support::stored::{Dump, FIRST_READER, dump};

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

async fn reads_as_expected(stored: Dump, on: On) {
    let Some(database) = stored.load(on) else {
        return;
    };
    let expected: BTreeMap<String, Value> =
        serde_json::from_str(&std::fs::read_to_string(stored.expected_file(on)).unwrap()).unwrap();
    let store = database.open().await;
    let logs = logs(&store).await;
    store.close().await;
    let candidates: BTreeSet<_> = logs.keys().collect();
    assert_eq!(
        candidates,
        expected.keys().collect(),
        "the work samples of the dump"
    );
    for (candidate, log) in &logs {
        let mut read = facts(&fold(log).unwrap());
        read["story"] = expected[candidate]["story"].clone();
        assert_eq!(
            read, expected[candidate],
            "{candidate} is not read as the version that wrote the log read it"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn logs_of_the_first_reader_on_sqlite_keep_their_deliveries_and_pay() {
    reads_as_expected(FIRST_READER, On::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn logs_of_the_first_reader_on_postgres_keep_their_deliveries_and_pay() {
    reads_as_expected(FIRST_READER, On::Postgres).await;
}

/// Writes the dump of this version. Does nothing unless `WORKSAMPLE_WRITE_STORED_LOGS` names a new folder below
/// `tests/fixtures/stored`; a folder that exists is never written to.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(
    clippy::disallowed_methods,
    reason = "the switch for whoever freezes the logs of another version"
)]
async fn stored_logs_are_written_where_a_new_folder_is_named() {
    let Ok(name) = std::env::var("WORKSAMPLE_WRITE_STORED_LOGS") else {
        return;
    };
    let folder = FIRST_READER.folder().with_file_name(name);
    std::fs::create_dir(&folder).unwrap();
    for (on, kind) in [(On::Sqlite, "sqlite"), (On::Postgres, "postgres")] {
        let database = on.database().unwrap();
        let dir = tempfile::tempdir().unwrap();
        let world = small::world(dir.path(), database.url(), None).await;
        // Without a sandbox nothing is assessed, so it is played until somebody judges.
        let script = small::script(&small::until(small::TALKATIVE, "do = \"judge\""));
        play(&world, &small::version(), vec![script], &mut |_| {})
            .await
            .unwrap();
        world
            .clock
            .advance_to(world.now() + chrono::Duration::days(3));
        world.settle().await.unwrap();
        let (version, _) = publish::publish(&world.services, small::folder())
            .await
            .unwrap();
        let terms = terms_of(&version.spec);
        let mut stories = BTreeMap::new();
        let ids = SeededIds::new(1100);
        for told in stories::all(&version.digest, &terms) {
            stories.insert(told.candidate.clone(), told.name);
            write(&world.services.store, &version, told, &ids).await;
        }
        let store = world.services.store.clone();
        let mut expected = BTreeMap::new();
        for (candidate, log) in logs(&store).await {
            let mut facts = facts(&fold(&log).unwrap());
            facts["story"] = json!(stories.get(&candidate).copied().unwrap_or("played"));
            expected.insert(candidate, facts);
        }
        let raw_url = match database.url() {
            Some(url) => url,
            None => dir.path().join("worksample.db").display().to_string(),
        };
        std::fs::write(
            folder.join(format!("expected.{kind}.json")),
            format!("{}\n", serde_json::to_string_pretty(&expected).unwrap()),
        )
        .unwrap();
        std::fs::write(folder.join(format!("{kind}.sql")), dump(on, &raw_url)).unwrap();
        world.stop().await.unwrap();
    }
}

async fn write(
    store: &Store,
    version: &worksample::spec::SpecVersion,
    told: told::Told,
    ids: &SeededIds,
) {
    let created_at = told.events[0].0.occurred_at;
    let id = WorkSampleId::new(ids as &dyn worksample::ids::IdSource, created_at);
    let row = WorkSampleRow {
        id: id.clone(),
        spec_digest: version.digest.clone(),
        slug: version.spec.slug.clone(),
        candidate_key: candidate_key(&told.candidate, None),
        candidate: told.candidate,
        email: None,
        created_at,
        updated_at: created_at,
        login: None,
        repository_id: None,
        repository_full_name: None,
        state: State::Drafted,
        last_seq: 0,
        due_at: None,
        offer_expires_at: None,
    };
    let events = told.events;
    store
        .write(move |tx| {
            tx.insert_work_sample(&row)?;
            let mut last_seq = 0;
            for (happening, source) in &events {
                let now = happening.occurred_at + chrono::Duration::seconds(2);
                let after = record(
                    tx,
                    &row.id,
                    last_seq,
                    std::slice::from_ref(happening),
                    *source,
                    now,
                )?;
                last_seq = after.last_seq;
            }
            Ok::<_, worksample::workflow::WorkflowError>(())
        })
        .await
        .unwrap();
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
        let mut fields = body.clone();
        flatten(&mut fields);
        examples.entry(format!("{kind} {fields}")).or_insert(body);
    }
    Some(examples)
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
