//! One connection to either database, and how it is set up.

use std::path::Path;
use std::time::Duration;

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection, RunQueryDsl as _, SqliteConnection};

use super::error::{StoreError, sort};
use super::url::{DatabaseUrl, Kind};

/// A connection to SQLite or PostgreSQL: the queries of this room are written against it once.
#[derive(diesel::MultiConnection)]
pub(super) enum Db {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

/// What a query cannot say in the common language is said in both: the body is compiled for each database.
macro_rules! on_each {
    ($db:expr, $connection:ident => $body:expr) => {
        match $db {
            $crate::store::db::Db::Sqlite($connection) => $body,
            $crate::store::db::Db::Postgres($connection) => $body,
        }
    };
}
pub(super) use on_each;

/// How to open connections.
#[derive(Debug, Clone)]
pub(super) struct Connector {
    pub url: DatabaseUrl,
    /// How long a statement waits for another process's lock.
    pub busy_timeout: Duration,
}

impl Connector {
    /// A connection for many small writes.
    pub fn connect_writer(&self) -> Result<Db, StoreError> {
        let mut db = self.connect()?;
        if let Db::Sqlite(connection) = &mut db {
            // What a savepoint keeps for going back stays in memory: it is no bigger than what one write changes. The
            // write-ahead log grows to 8 MB before it is worked into the file, so that a page written often is worked in
            // once.
            connection
                .batch_execute("PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 1000;")
                .map_err(|error| sort(error).0)?;
        }
        Ok(db)
    }

    /// A connection that may write.
    pub fn connect(&self) -> Result<Db, StoreError> {
        match self.url.kind() {
            Kind::Sqlite(path) => {
                let mut connection = self.open_sqlite(path)?;
                connection
                    .batch_execute("PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL;")
                    .map_err(|error| sort(error).0)?;
                Ok(Db::Sqlite(connection))
            }
            Kind::Postgres(url) => {
                let mut connection = PgConnection::establish(&with_defaults(url)).map_err(away)?;
                connection
                    .batch_execute(&format!(
                        "SET TIME ZONE 'UTC'; SET client_min_messages = warning; \
                         SET lock_timeout = {}; \
                         SET default_transaction_isolation = 'serializable';",
                        self.busy_timeout.as_millis()
                    ))
                    .map_err(|error| sort(error).0)?;
                Ok(Db::Postgres(connection))
            }
        }
    }

    /// A connection on which the database itself refuses writes.
    pub fn connect_read_only(&self) -> Result<Db, StoreError> {
        let mut db = self.connect()?;
        let setting = match &db {
            Db::Sqlite(_) => "PRAGMA query_only = ON;",
            Db::Postgres(_) => {
                "SET default_transaction_read_only = on; \
                 SET default_transaction_isolation = 'repeatable read';"
            }
        };
        db.batch_execute(setting).map_err(|error| sort(error).0)?;
        Ok(db)
    }

    fn open_sqlite(&self, path: &Path) -> Result<SqliteConnection, StoreError> {
        let mut connection = SqliteConnection::establish(&file_name(path)).map_err(away)?;
        connection
            .batch_execute(&format!(
                "PRAGMA busy_timeout = {};",
                self.busy_timeout.as_millis()
            ))
            .map_err(|error| sort(error).0)?;
        Ok(connection)
    }
}

/// The name in a form that SQLite never takes for a URI.
fn file_name(path: &Path) -> String {
    let name = path.to_string_lossy();
    if path.is_absolute() {
        name.into_owned()
    } else {
        format!("./{name}")
    }
}

/// Without a limit of its own a connection attempt to a silent host hangs for minutes.
fn with_defaults(postgres_url: &str) -> String {
    let mut url = postgres_url.to_owned();
    for (name, value) in [
        ("connect_timeout", "10"),
        ("application_name", "worksample"),
    ] {
        if !url.contains(&format!("{name}=")) {
            url.push(if url.contains('?') { '&' } else { '?' });
            url.push_str(&format!("{name}={value}"));
        }
    }
    url
}

fn away(error: diesel::ConnectionError) -> StoreError {
    StoreError::Away(error.to_string())
}

/// Creates the file and its folder at the first start, readable for the owner only: it will hold names and addresses.
pub(super) fn create_sqlite_file(path: &Path) -> Result<(), StoreError> {
    use std::os::unix::fs::OpenOptionsExt as _;

    let unusable = |error: std::io::Error| {
        StoreError::Unusable(format!("cannot create {}: {error}", path.display()))
    };
    if path.to_str().is_none() {
        return Err(StoreError::Unusable(format!(
            "{} is not UTF-8",
            path.display()
        )));
    }
    if let Some(folder) = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        std::fs::create_dir_all(folder).map_err(unusable)?;
    }
    match std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
    {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(unusable(error)),
    }
}

#[derive(diesel::QueryableByName)]
struct JournalMode {
    #[diesel(sql_type = diesel::sql_types::Text)]
    journal_mode: String,
}

/// Turns on the write-ahead log, which stays on in the file. SQLite does not wait for locks in this one statement, so
/// the lock is waited for by a transaction that changes nothing.
pub(super) fn use_write_ahead_log(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    const TRIES: u32 = 50;
    let mut last = None;
    for _ in 0..TRIES {
        match diesel::sql_query("PRAGMA journal_mode = WAL").get_result::<JournalMode>(connection) {
            Ok(mode) if mode.journal_mode == "wal" => return Ok(()),
            Ok(mode) => {
                return Err(StoreError::Unusable(format!(
                    "the write-ahead log cannot be used here (journal mode is {}); put the file on a local disk",
                    mode.journal_mode
                )));
            }
            Err(error) => {
                let (error, _) = sort(error);
                if !matches!(error, StoreError::Busy(_)) {
                    return Err(error);
                }
                last = Some(error);
            }
        }
        connection
            .batch_execute("BEGIN IMMEDIATE; COMMIT;")
            .map_err(|error| sort(error).0)?;
    }
    Err(last.unwrap_or_else(|| StoreError::Busy("the write-ahead log".to_owned())))
}
