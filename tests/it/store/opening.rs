//! Stories of the first start, of many starts at once, and of databases that cannot be used.

use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use diesel::connection::SimpleConnection as _;
use worksample::ids::Slug;
use worksample::store::{
    DatabaseUrl, MessageFilter, MessageState, SpecHours, Store, StoreError, StoreOptions,
    WorkSampleRow,
};
use worksample::work_sample::messages::MessageKind;

use super::stage::{Stage, minutes, on_both_databases, spec, work_sample};

on_both_databases!(
    what_was_written_is_there_after_the_next_start,
    many_starts_at_once_on_an_empty_database_all_succeed,
    a_database_of_a_newer_version_is_left_alone,
    messages_of_an_earlier_version_are_kept_with_what_is_known_of_them,
    hours_of_an_earlier_version_are_counted_by_people,
);

async fn what_was_written_is_there_after_the_next_start(stage: Stage) {
    let store = stage.open().await;
    store.write(|tx| tx.publish_spec(&spec("1"))).await.unwrap();
    store.close().await;
    let store = stage.open().await;
    let read = store.read(|tx| tx.spec(&spec("1").digest)).await;
    assert_eq!(read, Ok(Some(spec("1"))));
}

async fn many_starts_at_once_on_an_empty_database_all_succeed(stage: Stage) {
    let starts: Vec<_> = (0..8)
        .map(|number: u32| {
            let url = stage.url.clone();
            tokio::spawn(async move {
                let patient = StoreOptions {
                    busy_timeout: Duration::from_secs(60),
                    ..StoreOptions::default()
                };
                let store = Store::open(&url, patient).await?;
                let version = number.to_string();
                store
                    .write(move |tx| tx.publish_spec(&spec(&version)))
                    .await
            })
        })
        .collect();
    for start in starts {
        assert_eq!(start.await.unwrap(), Ok::<bool, StoreError>(true));
    }
    let migrations = stage.texts("SELECT version AS text FROM __diesel_schema_migrations");
    let distinct: std::collections::BTreeSet<_> = migrations.iter().collect();
    assert_eq!(migrations.len(), distinct.len());
}

async fn a_database_of_a_newer_version_is_left_alone(stage: Stage) {
    stage.open().await.close().await;
    stage
        .shell("INSERT INTO __diesel_schema_migrations (version) VALUES ('99990101000001')")
        .unwrap();
    let error = Store::open(&stage.url, StoreOptions::default())
        .await
        .unwrap_err();
    assert_eq!(error.code(), "store_newer");
    assert!(!error.is_transient());
    assert!(error.to_string().contains("99990101000001"), "{error}");
}

#[tokio::test]
async fn the_first_start_creates_the_folder_and_a_file_that_only_its_owner_reads() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("var/data/store.db");
    let url: DatabaseUrl = format!("sqlite://{}", file.display()).parse().unwrap();
    let store = Store::open(&url, StoreOptions::default()).await.unwrap();
    store.write(|tx| tx.publish_spec(&spec("1"))).await.unwrap();
    for entry in std::fs::read_dir(file.parent().unwrap()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", entry.path().display());
    }
}

#[tokio::test]
async fn a_database_locked_by_another_program_is_busy_for_now_and_well_again_afterwards() {
    let stage = Stage::sqlite();
    let store = stage
        .open_with(|options| options.busy_timeout = Duration::from_millis(20))
        .await;
    // To open a connection for reading may take longer than the store has patience.
    let reader = stage.open().await;
    assert_eq!(reader.read(|tx| tx.specs()).await, Ok(vec![]));
    let mut other = stage.sqlite_shell();
    other.batch_execute("BEGIN EXCLUSIVE").unwrap();
    let error = store
        .write(|tx| tx.publish_spec(&spec("1")))
        .await
        .unwrap_err();
    assert_eq!(error.code(), "store_busy");
    assert!(error.is_transient());
    insta::assert_snapshot!(error, @"the database is busy (database is locked): another process holds its lock; try again, and if it stays so, look for a second program on the same database");
    // Reading goes on: the write-ahead log lets it.
    assert_eq!(reader.read(|tx| tx.specs()).await, Ok(vec![]));
    let second = StoreOptions {
        busy_timeout: Duration::from_millis(20),
        ..StoreOptions::default()
    };
    assert_eq!(
        Store::open(&stage.url, second).await.unwrap_err().code(),
        "store_busy"
    );
    other.batch_execute("COMMIT").unwrap();
    assert_eq!(
        store.write(|tx| tx.publish_spec(&spec("1"))).await,
        Ok(true)
    );
}

#[tokio::test]
async fn a_write_that_waits_for_a_lock_on_postgres_gives_up_in_time() {
    let Some(stage) = Stage::postgres() else {
        return;
    };
    let store = stage
        .open_with(|options| options.busy_timeout = Duration::from_millis(20))
        .await;
    use diesel::Connection as _;
    let mut other = diesel::PgConnection::establish(&stage.full_address()).unwrap();
    other
        .batch_execute("BEGIN; LOCK TABLE specs IN ACCESS EXCLUSIVE MODE")
        .unwrap();
    let error = store
        .write(|tx| tx.publish_spec(&spec("1")))
        .await
        .unwrap_err();
    assert_eq!(error.code(), "store_busy", "{error}");
    other.batch_execute("ROLLBACK").unwrap();
    assert_eq!(
        store.write(|tx| tx.publish_spec(&spec("1"))).await,
        Ok(true)
    );
}

#[tokio::test]
async fn a_connection_that_the_server_ended_is_replaced_without_anybody_noticing() {
    let Some(stage) = Stage::postgres() else {
        return;
    };
    let store = stage
        .open_with(|options| options.postgres_writers = 1)
        .await;
    store.write(|tx| tx.publish_spec(&spec("1"))).await.unwrap();
    assert_eq!(store.read(|tx| tx.specs()).await.unwrap().len(), 1);
    stage
        .shell(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )
        .unwrap();
    assert_eq!(
        store.write(|tx| tx.publish_spec(&spec("2"))).await,
        Ok(true)
    );
    assert_eq!(store.read(|tx| tx.specs()).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_postgres_that_is_away_is_said_without_the_password() {
    let url: DatabaseUrl = "postgres://amy:s3cret@127.0.0.1:1/ws".parse().unwrap();
    let error = Store::open(&url, StoreOptions::default())
        .await
        .unwrap_err();
    assert_eq!(error.code(), "store_away");
    assert!(error.is_transient());
    assert!(!error.to_string().contains("s3cret"), "{error}");
    assert!(
        error.to_string().contains("WORKSAMPLE_DATABASE_URL"),
        "{error}"
    );
}

#[tokio::test]
async fn what_is_not_a_database_is_not_touched() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("notes.txt");
    let text = "my notes, more than a hundred bytes of them, ".repeat(20);
    std::fs::write(&file, &text).unwrap();
    let url = DatabaseUrl::sqlite_file(&file);
    let error = Store::open(&url, StoreOptions::default())
        .await
        .unwrap_err();
    assert_eq!(error.code(), "store_corrupt", "{error}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), text);

    let url = DatabaseUrl::sqlite_file(folder.path());
    let error = Store::open(&url, StoreOptions::default())
        .await
        .unwrap_err();
    assert!(
        matches!(error, StoreError::Away(_) | StoreError::Unusable(_)),
        "{error}"
    );

    let below_a_file = DatabaseUrl::sqlite_file(file.join("x.db"));
    let error = Store::open(&below_a_file, StoreOptions::default())
        .await
        .unwrap_err();
    assert_eq!(error.code(), "store_unusable");
    assert!(error.to_string().contains("x.db"), "{error}");
}

#[tokio::test]
async fn a_closed_store_takes_no_more_writes_and_still_reads() {
    let stage = Stage::sqlite();
    let store = stage.open().await;
    store.write(|tx| tx.publish_spec(&spec("1"))).await.unwrap();
    let clone = store.clone();
    store.close().await;
    let error = clone
        .write(|tx| tx.forget_idempotent(minutes(0)))
        .await
        .unwrap_err();
    assert_eq!(error.code(), "store_closed");
    assert_eq!(clone.read(|tx| tx.specs()).await.unwrap().len(), 1);
}

/// The statements that made the table of messages before there were messages of no use any more.
fn earlier_messages(is_postgres: bool) -> String {
    let statements = if is_postgres {
        include_str!("../../../migrations/postgres/2026-12-01-000013_messages/up.sql")
    } else {
        include_str!("../../../migrations/sqlite/2026-12-01-000013_messages/up.sql")
    };
    let (messages, _) = statements.split_once("-- Kinds of messages").unwrap();
    format!(
        "DROP TABLE unsubscribe_links; DROP TABLE messages; {messages};
         DELETE FROM __diesel_schema_migrations WHERE version = '20261201000017';"
    )
}

async fn messages_of_an_earlier_version_are_kept_with_what_is_known_of_them(stage: Stage) {
    let (store, id) = stage.open_with_work_sample().await;
    store.close().await;
    stage
        .shell(&earlier_messages(stage.url.is_postgres()))
        .unwrap();
    let at = "2026-03-02 09:00:00.000000";
    for (number, state) in ["sending", "sent", "failed", "waiting"].iter().enumerate() {
        let blob = if stage.url.is_postgres() {
            "'/o/token'"
        } else {
            "CAST('/o/token' AS BLOB)"
        };
        let row = format!(
            "INSERT INTO messages VALUES ('msg_{number:032}', '{id}', 'offer_ends', 'offer_ends:{number}', 'candidate',
             'dana@example.org', 'Subject', '{{}}', '{state}', 1, 0, 0, NULL, '<{number}@localhost>', 'hash{number}', {blob},
             NULL, '{at}', NULL, '{at}', NULL)"
        );
        stage.shell(&row).unwrap();
    }
    let store = stage.open().await;
    let read = id.clone();
    let (rows, link) = store
        .read(move |tx| {
            let filter = MessageFilter {
                work_sample: Some(read.clone()),
                ..MessageFilter::default()
            };
            Ok::<_, StoreError>((tx.messages(&filter)?, tx.unsubscribe_link("hash1")?))
        })
        .await
        .unwrap();
    assert_eq!(link, Some((id.to_string(), MessageKind::OfferEnds)));
    assert_eq!(rows.len(), 4);
    for row in rows {
        // An earlier version may have handed over what it was sending.
        let is_sending = row.state == MessageState::Sending;
        assert_eq!(row.handed_over_at.is_some(), is_sending, "{row:?}");
        // What failed keeps no link that is good, and nobody is told of it now.
        let has_failed = row.state == MessageState::Failed;
        assert_eq!(row.eml.is_empty(), has_failed, "{row:?}");
        assert!(row.failed_at.is_none() && row.rendered_at.is_none());
    }
}

/// What an earlier version kept of hours: by work sample, without the order of first words.
async fn hours_of_an_earlier_version_are_counted_by_people(stage: Stage) {
    let store = stage.open().await;
    let slugs = ["few", "many"];
    store
        .write(move |tx| {
            tx.publish_spec(&spec("1"))?;
            // Three people, one of them twice; and five words of four people, one known again by their login.
            for (slug, number, address, login, tenths) in [
                ("few", 1, "dana@example.org", "dana", 10),
                ("few", 2, "eli@example.org", "eli", 20),
                ("few", 3, "fay@example.org", "fay", 30),
                ("few", 4, "dana@example.org", "dana", 40),
                ("many", 5, "dana@example.org", "dana", 50),
                ("many", 6, "eli@example.org", "eli", 60),
                ("many", 7, "fay@example.org", "fay", 70),
                ("many", 8, "gil@example.org", "gil", 80),
                ("many", 9, "private@example.org", "Eli", 90),
            ] {
                let row = WorkSampleRow {
                    slug: slug.parse().unwrap(),
                    candidate_key: address.to_owned(),
                    login: Some(login.parse().unwrap()),
                    ..work_sample(number)
                };
                tx.insert_work_sample(&row)?;
                let at = minutes(i64::try_from(number).unwrap());
                tx.set_candidate_hours(&row.id, tenths, at)?;
            }
            Ok::<_, StoreError>(())
        })
        .await
        .unwrap();
    store.close().await;
    stage
        .shell(
            "DROP TABLE spec_hours;
             DELETE FROM __diesel_schema_migrations WHERE version = '20261201000018';",
        )
        .unwrap();
    let store = stage.open().await;
    let said: [Slug; 2] = slugs.map(|slug| slug.parse().unwrap());
    let [few, many] = store
        .read(move |tx| Ok::<_, StoreError>([tx.spec_hours(&said[0])?, tx.spec_hours(&said[1])?]))
        .await
        .unwrap();
    let figures = |said: &[SpecHours]| -> Vec<(i32, String, i32)> {
        let row = |one: &SpecHours| (one.ordinal, one.candidate_key.clone(), one.tenths);
        said.iter().map(row).collect()
    };
    let row = |number, name: &str, tenths| (number, format!("{name}@example.org"), tenths);
    // Too few to have been shown.
    let expected = [row(0, "dana", 40), row(1, "eli", 20), row(2, "fay", 30)];
    assert_eq!(figures(&few), expected);
    // Five words were shown: they wait for five more people.
    let expected = [
        row(-4, "gil", 80),
        row(-3, "fay", 70),
        row(-2, "eli", 90),
        row(-1, "dana", 50),
    ];
    assert_eq!(figures(&many), expected);
}
