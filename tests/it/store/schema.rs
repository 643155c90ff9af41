//! The two databases and the code agree on the schema.

use std::collections::BTreeSet;
use std::path::Path;

use super::stage::Stage;

fn names(database: &str) -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("migrations")
        .join(database);
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

#[test]
fn both_databases_have_migrations_of_the_same_names() {
    assert!(!names("sqlite").is_empty());
    assert_eq!(names("sqlite"), names("postgres"));
}

/// `table.column type nullable` for every column, from the code.
fn in_code() -> BTreeSet<String> {
    let mut columns = BTreeSet::new();
    let mut table = "";
    for line in include_str!("../../../src/store/schema.rs").lines() {
        let line = line.trim();
        if let Some((name, "{")) = line.rsplit_once(' ') {
            table = name.split(' ').next().unwrap_or_default();
        } else if let Some((column, kind)) = line.split_once(" -> ") {
            let kind = kind.trim_end_matches(',');
            let (kind, null) = match kind.strip_prefix("Nullable<") {
                Some(inner) => (inner.trim_end_matches('>'), "null"),
                None => (kind, "not null"),
            };
            columns.insert(format!("{table}.{column} {kind} {null}"));
        }
    }
    columns
}

/// The code's types as a database names them.
fn as_in(database_types: fn(&str) -> &'static str) -> BTreeSet<String> {
    in_code()
        .into_iter()
        .map(|line| {
            let parts: Vec<&str> = line.splitn(3, ' ').collect();
            format!("{} {} {}", parts[0], database_types(parts[1]), parts[2])
        })
        .collect()
}

#[tokio::test]
async fn the_schema_of_the_code_is_the_schema_of_sqlite() {
    let stage = Stage::sqlite();
    stage.open().await.close().await;
    let columns = stage.texts(
        "SELECT m.name || '.' || c.name || ' ' || c.type || \
         CASE WHEN c.\"notnull\" = 1 THEN ' not null' ELSE ' null' END AS text \
         FROM sqlite_master m JOIN pragma_table_info(m.name) c \
         WHERE m.type = 'table' AND m.name NOT LIKE '\\_\\_%' ESCAPE '\\' AND m.name NOT LIKE 'sqlite%'",
    );
    let expected = as_in(|kind| match kind {
        "Text" | "Timestamp" => "TEXT",
        "Binary" => "BLOB",
        "Integer" | "BigInt" | "Bool" => "INTEGER",
        other => panic!("{other}"),
    });
    assert_eq!(columns.into_iter().collect::<BTreeSet<_>>(), expected);
}

#[tokio::test]
async fn the_schema_of_the_code_is_the_schema_of_postgres() {
    let Some(stage) = Stage::postgres() else {
        return;
    };
    stage.open().await.close().await;
    let columns = stage.texts(
        "SELECT table_name || '.' || column_name || ' ' || data_type || \
         CASE WHEN is_nullable = 'NO' THEN ' not null' ELSE ' null' END AS text \
         FROM information_schema.columns \
         WHERE table_schema = 'public' AND table_name NOT LIKE '\\_\\_%'",
    );
    let expected = as_in(|kind| match kind {
        "Text" => "text",
        "Timestamp" => "timestamp without time zone",
        "Binary" => "bytea",
        "Integer" => "integer",
        "BigInt" => "bigint",
        "Bool" => "boolean",
        other => panic!("{other}"),
    });
    assert_eq!(columns.into_iter().collect::<BTreeSet<_>>(), expected);
}

#[tokio::test]
async fn both_databases_have_the_same_indexes_and_triggers() {
    let Some(postgres) = Stage::postgres() else {
        return;
    };
    let sqlite = Stage::sqlite();
    for stage in [&postgres, &sqlite] {
        stage.open().await.close().await;
    }
    let set = |texts: Vec<String>| texts.into_iter().collect::<BTreeSet<_>>();
    let indexes = set(sqlite
        .texts("SELECT name AS text FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"));
    assert!(indexes.contains("jobs_to_run"));
    assert_eq!(
        indexes,
        set(postgres.texts(
            "SELECT indexname::text AS text FROM pg_indexes WHERE schemaname = 'public' \
             AND indexname NOT LIKE '%\\_pkey' AND indexname NOT LIKE '%\\_key'",
        ))
    );
    let mut triggers =
        set(sqlite.texts("SELECT name AS text FROM sqlite_master WHERE type = 'trigger'"));
    // SQLite has no TRUNCATE; its DELETE without a condition fires the other trigger.
    triggers.insert("events_are_never_emptied".to_owned());
    assert_eq!(
        triggers,
        set(postgres.texts("SELECT tgname::text AS text FROM pg_trigger WHERE NOT tgisinternal"))
    );
}
