//! Bringing the database up to date at start. The migrations of both databases have equal names and are compiled in.

use std::collections::BTreeSet;

use diesel::connection::{AnsiTransactionManager, SimpleConnection as _, TransactionManager as _};
use diesel::migration::{Migration as _, MigrationVersion};
use diesel::{PgConnection, SqliteConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::db::{Connector, Db, create_sqlite_file, use_write_ahead_log};
use super::error::{StoreError, sort};
use super::turn::Turnstile;

const FOR_SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const FOR_POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// Any number that no other program on the same PostgreSQL database is likely to lock.
const POSTGRES_LOCK: i64 = 0x776f_726b_7361_6d70;

/// Creates what is missing and runs the migrations that were not yet run. Several processes may start at once: one
/// migrates, the others wait for it.
pub(super) fn migrate(connector: &Connector) -> Result<(), StoreError> {
    if let Some(path) = connector.url.sqlite_path() {
        create_sqlite_file(path)?;
    }
    match connector.connect()? {
        Db::Sqlite(mut connection) => {
            let turnstile = connector
                .url
                .sqlite_path()
                .map(Turnstile::open)
                .transpose()?;
            let _turn = turnstile
                .as_ref()
                .map(|turnstile| turnstile.take(connector.busy_timeout))
                .transpose()?;
            migrate_sqlite(&mut connection)
        }
        Db::Postgres(mut connection) => migrate_postgres(&mut connection),
    }
}

fn migrate_sqlite(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    // Heeded only by a file that is still empty. A packed webhook takes about 2 KB, of which a page of the usual 4 KB would
    // hold one, and one of 8 KB holds three.
    connection
        .batch_execute("PRAGMA page_size = 8192;")
        .map_err(|error| sort(error).0)?;
    use_write_ahead_log(connection)?;
    // All migrations in one transaction that holds the write lock from its start.
    AnsiTransactionManager::begin_transaction_sql(connection, "BEGIN IMMEDIATE")
        .map_err(|error| sort(error).0)?;
    match run(connection, FOR_SQLITE) {
        Ok(()) => AnsiTransactionManager::commit_transaction(connection).map_err(|e| sort(e).0),
        Err(error) => {
            if let Err(second) = AnsiTransactionManager::rollback_transaction(connection) {
                tracing::warn!(error = %second, "the failed migration could not be rolled back");
            }
            Err(error)
        }
    }
}

fn migrate_postgres(connection: &mut PgConnection) -> Result<(), StoreError> {
    // The lock belongs to the session, and so is let go with the connection whatever happens.
    connection
        .batch_execute(&format!(
            "SET default_transaction_isolation = 'read committed'; SET lock_timeout = 0; \
             SELECT pg_advisory_lock({POSTGRES_LOCK});"
        ))
        .map_err(|error| sort(error).0)?;
    run(connection, FOR_POSTGRES)
}

fn run<C, DB>(connection: &mut C, source: EmbeddedMigrations) -> Result<(), StoreError>
where
    DB: diesel::backend::Backend,
    C: MigrationHarness<DB>,
    EmbeddedMigrations: diesel::migration::MigrationSource<DB>,
{
    let failed =
        |error: Box<dyn std::error::Error + Send + Sync>| StoreError::Migration(error.to_string());
    let known: BTreeSet<String> = diesel::migration::MigrationSource::<DB>::migrations(&source)
        .map_err(failed)?
        .iter()
        .map(|migration| migration.name().version().to_string())
        .collect();
    let applied: Vec<MigrationVersion<'static>> =
        connection.applied_migrations().map_err(failed)?;
    if let Some(unknown) = applied
        .iter()
        .map(ToString::to_string)
        .find(|version| !known.contains(version))
    {
        return Err(StoreError::Newer(unknown));
    }
    let ran = connection.run_pending_migrations(source).map_err(failed)?;
    if !ran.is_empty() {
        tracing::info!(count = ran.len(), "the database was brought up to date");
    }
    Ok(())
}
