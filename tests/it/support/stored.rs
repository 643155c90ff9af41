//! Databases as earlier versions left them: today's schema by the names of its migrations, the rows of a dump, and then
//! whatever later migrations the program brings.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection, QueryableByName, RunQueryDsl as _, SqliteConnection};
use worksample::ids::RandomIds;
use worksample::store::{DatabaseUrl, Store, StoreOptions};

use super::played::On;
use super::postgres::{PostgresDatabase, database};

/// A dump of both databases, with the migrations that had made their schema.
#[derive(Debug, Clone, Copy)]
pub struct Dump {
    /// The folder below `tests/fixtures/stored`.
    pub name: &'static str,
    /// Names of the migrations, in order.
    pub migrations: &'static [&'static str],
}

/// Logs written before commands were read with the Markdown parser.
pub const FIRST_READER: Dump = Dump {
    name: "first_reader",
    migrations: &[
        "2026-11-02-000001_foundation",
        "2026-11-25-000002_budgets",
        "2026-11-25-000003_looking",
        "2026-11-25-000004_batches",
        "2026-11-25-000005_packed",
    ],
};

impl Dump {
    pub fn folder(&self) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/fixtures/stored")
            .join(self.name)
    }

    pub fn sql_file(&self, on: On) -> PathBuf {
        self.folder().join(format!("{}.sql", kind(on)))
    }

    /// What the version that wrote the dump said of each work sample.
    pub fn expected_file(&self, on: On) -> PathBuf {
        self.folder().join(format!("expected.{}.json", kind(on)))
    }

    /// A database that holds the dump and has none of the later migrations; `None` skips the test, loudly.
    pub fn load(&self, on: On) -> Option<StoredDatabase> {
        let stored = StoredDatabase::migrated(on, self.migrations)?;
        stored.execute(&std::fs::read_to_string(self.sql_file(on)).unwrap());
        Some(stored)
    }
}

fn kind(on: On) -> &'static str {
    match on {
        On::Sqlite => "sqlite",
        On::Postgres => "postgres",
    }
}

/// A database of a test's own, past the store.
pub struct StoredDatabase {
    url: DatabaseUrl,
    raw_url: String,
    on: On,
    _folder: tempfile::TempDir,
    _postgres: Option<PostgresDatabase>,
}

#[derive(QueryableByName)]
struct Text {
    #[diesel(sql_type = diesel::sql_types::Text)]
    text: String,
}

impl StoredDatabase {
    /// An empty database; `None` skips the test, loudly.
    pub fn empty(on: On) -> Option<StoredDatabase> {
        let folder = tempfile::tempdir().unwrap();
        let postgres = match on {
            On::Sqlite => None,
            On::Postgres => Some(database()?),
        };
        let path = folder.path().join("stored.db");
        let (url, raw_url) = match &postgres {
            Some(postgres) => (postgres.url.parse().unwrap(), postgres.url.clone()),
            None => (
                DatabaseUrl::sqlite_file(&path),
                path.to_str().unwrap().to_owned(),
            ),
        };
        Some(StoredDatabase {
            url,
            raw_url,
            on,
            _folder: folder,
            _postgres: postgres,
        })
    }

    /// A database with the schema that these migrations make, as if an earlier version of the program had made it.
    pub fn migrated(on: On, migrations: &[&str]) -> Option<StoredDatabase> {
        let stored = StoredDatabase::empty(on)?;
        stored.execute(
            "CREATE TABLE __diesel_schema_migrations (version VARCHAR(50) PRIMARY KEY NOT NULL, \
             run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP);",
        );
        for name in migrations {
            let file = Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("migrations")
                .join(kind(on))
                .join(name)
                .join("up.sql");
            stored.execute(&std::fs::read_to_string(file).unwrap());
            // diesel's version of a migration: the digits before the first underscore.
            let version = name.split('_').next().unwrap().replace('-', "");
            stored.execute(&format!(
                "INSERT INTO __diesel_schema_migrations (version) VALUES ('{version}');"
            ));
        }
        Some(stored)
    }

    /// Opens it as the program does, which runs the migrations that are missing.
    pub async fn open(&self) -> Store {
        let options = StoreOptions::new(Arc::new(RandomIds));
        Store::open(&self.url, options).await.unwrap()
    }

    /// The address, as a setting gives it.
    pub fn address(&self) -> String {
        match self.on {
            On::Postgres => self.raw_url.clone(),
            On::Sqlite => format!("sqlite://{}", self.raw_url),
        }
    }

    pub fn execute(&self, sql: &str) {
        match self.on {
            On::Postgres => PgConnection::establish(&self.raw_url)
                .unwrap()
                .batch_execute(sql),
            On::Sqlite => SqliteConnection::establish(&self.raw_url)
                .unwrap()
                .batch_execute(sql),
        }
        .unwrap();
    }

    /// The rows of a query with one column called `text`.
    pub fn texts(&self, sql: &str) -> Vec<String> {
        texts(self.on, &self.raw_url, sql)
    }

    /// `table.column` of every table but diesel's own.
    pub fn columns(&self) -> BTreeSet<String> {
        let sql = match self.on {
            On::Sqlite => {
                "SELECT m.name || '.' || c.name AS text \
                 FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' \
                 AND m.name NOT LIKE '\\_\\_%' ESCAPE '\\' AND m.name NOT LIKE 'sqlite%'"
            }
            On::Postgres => {
                "SELECT table_name || '.' || column_name AS text FROM information_schema.columns \
                 WHERE table_schema = 'public' AND table_name NOT LIKE '\\_\\_%'"
            }
        };
        self.texts(sql).into_iter().collect()
    }
}

fn texts(on: On, raw_url: &str, sql: &str) -> Vec<String> {
    let query = diesel::sql_query(sql);
    let rows: Vec<Text> = match on {
        On::Postgres => query.load(&mut PgConnection::establish(raw_url).unwrap()),
        On::Sqlite => query.load(&mut SqliteConnection::establish(raw_url).unwrap()),
    }
    .unwrap();
    rows.into_iter().map(|row| row.text).collect()
}
