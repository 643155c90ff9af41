//! A database for one story, and the makings of what is stored in it.

use std::sync::Arc;

use chrono::Duration;
use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection, QueryableByName, RunQueryDsl as _, SqliteConnection};
use worksample::clock::Timestamp;
use worksample::ids::{IdSource, RandomIds, SeededIds, SpecDigest, WorkSampleId};
use worksample::store::{
    DatabaseUrl, NewJob, SpecRow, Store, StoreOptions, WorkSampleRow, candidate_key,
};
use worksample::work_sample::{Actor, EventBody, Happening, NaturalKey, State};

use crate::support::postgres::{PostgresDatabase, database};

/// Runs each of the named stories on SQLite and on PostgreSQL.
macro_rules! on_both_databases {
    ($($story:ident),* $(,)?) => {
        $(mod $story {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                super::$story(crate::store::stage::Stage::sqlite()).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                if let Some(stage) = crate::store::stage::Stage::postgres() {
                    super::$story(stage).await;
                }
            }
        })*
    };
}
pub(crate) use on_both_databases;

/// An empty database that lives as long as the story.
pub struct Stage {
    pub url: DatabaseUrl,
    raw_url: String,
    _folder: tempfile::TempDir,
    _postgres: Option<PostgresDatabase>,
}

impl Stage {
    pub fn sqlite() -> Stage {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        Stage {
            url: DatabaseUrl::sqlite_file(&path),
            raw_url: path.to_str().unwrap().to_owned(),
            _folder: folder,
            _postgres: None,
        }
    }

    pub fn postgres() -> Option<Stage> {
        let postgres = database()?;
        Some(Stage {
            url: postgres.url.parse().unwrap(),
            raw_url: postgres.url.clone(),
            _folder: tempfile::tempdir().unwrap(),
            _postgres: Some(postgres),
        })
    }

    /// The address with everything in it, to hand to another process.
    pub fn full_address(&self) -> String {
        if self.url.is_postgres() {
            self.raw_url.clone()
        } else {
            self.url.to_string()
        }
    }

    pub async fn open(&self) -> Store {
        self.open_with(|_| {}).await
    }

    pub async fn open_with(&self, change: impl FnOnce(&mut StoreOptions)) -> Store {
        let mut options = StoreOptions::new(Arc::new(RandomIds));
        // SQLite does not queue processes fairly: on a busy machine one of two stores may starve for seconds.
        options.busy_timeout = std::time::Duration::from_secs(60);
        change(&mut options);
        Store::open(&self.url, options).await.unwrap()
    }

    /// A store that holds one spec and one work sample without events.
    pub async fn open_with_work_sample(&self) -> (Store, WorkSampleId) {
        let store = self.open().await;
        let row = work_sample(1);
        let id = row.id.clone();
        store
            .write(move |tx| {
                tx.publish_spec(&spec("1"))?;
                tx.insert_work_sample(&row)
            })
            .await
            .unwrap();
        (store, id)
    }

    /// Runs SQL past the store, as somebody with a database shell would.
    pub fn shell(&self, sql: &str) -> Result<(), diesel::result::Error> {
        if self.url.is_postgres() {
            PgConnection::establish(&self.raw_url)
                .unwrap()
                .batch_execute(sql)
        } else {
            self.sqlite_shell().batch_execute(sql)
        }
    }

    /// The rows of a query with one text column, past the store.
    pub fn texts(&self, sql: &str) -> Vec<String> {
        #[derive(QueryableByName)]
        struct Text {
            #[diesel(sql_type = diesel::sql_types::Text)]
            text: String,
        }
        let query = diesel::sql_query(sql);
        let rows: Vec<Text> = if self.url.is_postgres() {
            query.load(&mut PgConnection::establish(&self.raw_url).unwrap())
        } else {
            query.load(&mut self.sqlite_shell())
        }
        .unwrap();
        rows.into_iter().map(|row| row.text).collect()
    }

    pub fn sqlite_shell(&self) -> SqliteConnection {
        let mut connection = SqliteConnection::establish(&self.raw_url).unwrap();
        // A store that is just being dropped may hold the lock for its last checkpoint.
        connection
            .batch_execute("PRAGMA busy_timeout = 10000")
            .unwrap();
        connection
    }
}

pub fn start() -> Timestamp {
    "2026-03-02T09:00:00.000001Z".parse().unwrap()
}

pub fn minutes(minutes: i64) -> Timestamp {
    start() + Duration::minutes(minutes)
}

pub fn spec(version: &str) -> SpecRow {
    let bundle = format!("the folder of version {version}").into_bytes();
    SpecRow {
        digest: SpecDigest::of(&bundle),
        slug: "order-idempotency".parse().unwrap(),
        version: version.to_owned(),
        title: "Idempotency keys".to_owned(),
        bundle,
        published_at: start(),
    }
}

/// A freshly drafted work sample on version 1; the same number gives the same id.
pub fn work_sample(number: u64) -> WorkSampleRow {
    let ids = SeededIds::new(number);
    let email = Some(format!("dana{number}@example.org"));
    WorkSampleRow {
        id: WorkSampleId::new(&ids as &dyn IdSource, start()),
        spec_digest: spec("1").digest,
        slug: spec("1").slug,
        candidate: "Dana Diligent".to_owned(),
        candidate_key: candidate_key("Dana Diligent", email.as_deref()),
        email,
        created_at: start(),
        updated_at: start(),
        login: None,
        repository_id: None,
        repository_full_name: None,
        state: State::Drafted,
        last_seq: 0,
        due_at: None,
        offer_expires_at: None,
        invitation_failed: None,
        log_format: 2,
    }
}

pub fn happening(key: &str) -> Happening {
    Happening {
        key: NaturalKey(key.to_owned()),
        actor: Actor::GitHub {
            id: 7,
            login: "dana-diligent".to_owned(),
        },
        occurred_at: start(),
        body: EventBody::IssueClosed { number: 3 },
    }
}

pub fn job(subject: &str) -> NewJob {
    NewJob {
        kind: "intake".to_owned(),
        subject: subject.to_owned(),
        payload: serde_json::json!({ "n": 1 }),
        dedupe_key: None,
        run_at: start(),
        priority: 0,
        max_attempts: 3,
    }
}
