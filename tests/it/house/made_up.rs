//! The test of the test: houses made up to be wrong must be found guilty, and those that only look wrong must not.

use super::source::Source;
use super::{MOST_LINES, inspect};

/// What is wrong with these files, one line each.
fn found(files: &[(&str, &str)]) -> Vec<String> {
    let sources = files
        .iter()
        .map(|(path, text)| Source {
            path: (*path).to_owned(),
            text: (*text).to_owned(),
        })
        .collect();
    inspect(sources).iter().map(ToString::to_string).collect()
}

#[track_caller]
fn guilty(path: &str, text: &str, line: u32, because: &str) {
    let told = found(&[(path, text)]);
    let expected = format!("src/{path}:{line}: ");
    assert!(
        told.iter()
            .any(|one| one.starts_with(&expected) && one.contains(because)),
        "expected {expected}…{because}…, found {told:#?}"
    );
}

#[track_caller]
fn innocent(path: &str, text: &str) {
    let told = found(&[(path, text)]);
    assert!(told.is_empty(), "{told:#?}");
}

#[test]
fn an_upward_import_is_found_however_it_is_written() {
    for text in [
        "use crate::workflow::Worker;",
        "use crate::workflow;",
        "use crate::{clock::Clock, workflow::{Worker, step}};",
        "use crate :: workflow as below;",
        "pub(crate) use crate::workflow::Worker;",
        "fn f() -> crate::workflow::Worker { todo!() }",
        "fn f() { let x = Some::<crate::workflow::Worker>(g()); }",
        "use super::workflow::Worker;",
        "mod inner { use super::super::workflow::Worker; }",
        "#[cfg(test)]\nmod tests { use super::*; }\nimpl From<super::workflow::Worker> for X {}",
        "#[serde(with = \"x\")] struct S(crate::workflow::Worker);",
        "macro_rules! m { () => { $crate::workflow::Worker } }",
        "const S: &str = r#\"\"#; type W = crate::workflow::Worker;",
        "const C: char = '\"'; type W = crate::workflow::Worker; const D: char = '\"';",
        "fn f<'a>(x: &'a str) -> crate::workflow::W<'a> { g(x) }",
    ] {
        let line = u32::from(text.starts_with("#[cfg")) * 2 + 1;
        guilty(
            "store.rs",
            text,
            line,
            "upward: `store` (edges) must not know `crate::workflow` (use cases)",
        );
    }
}

#[test]
fn a_nested_file_belongs_to_its_room() {
    guilty(
        "work_sample/fold/texts.rs",
        "use crate::report::Report;",
        1,
        "upward: `work_sample`",
    );
    guilty(
        "work_sample/fold/mod.rs",
        "\nuse super::super::report::Report;",
        2,
        "upward: `work_sample`",
    );
}

#[test]
fn test_code_may_not_look_upward_either() {
    guilty(
        "store.rs",
        "#[cfg(test)]\nmod tests {\n    use crate::web::Door;\n}",
        3,
        "upward",
    );
}

#[test]
fn edges_and_tools_do_not_know_each_other() {
    for (one, other) in [
        ("store", "github"),
        ("github", "store"),
        ("sandbox", "stand_in"),
        ("stand_in", "sandbox"),
        ("disk", "git"),
    ] {
        guilty(
            &format!("{one}.rs"),
            &format!("use crate::{other}::X;"),
            1,
            "sideways",
        );
    }
}

#[test]
fn the_ground_has_an_order_of_its_own() {
    innocent("ids.rs", "use crate::clock::Timestamp;");
    guilty("clock.rs", "use crate::ids::JobId;", 1, "sideways");
}

#[test]
fn a_room_that_nobody_put_on_a_floor_is_found() {
    guilty("cellar.rs", "", 1, "`cellar` stands on no floor");
}

#[test]
fn what_only_looks_like_an_import_is_innocent() {
    innocent(
        "spec/mod.rs",
        r###"
//! See crate::workflow::Worker.
/* use crate::web; /* and crate::web::X */ crate::web::Y */
/// As [`crate::report::Report`] says.
const A: &str = "use crate::workflow::Worker; std::env::var";
const B: &str = r#"crate::web::Door "quoted" Utc::now()"#;
const C: &[u8] = b"tokio::spawn \" crate::web::X";
const D: char = '\'';
fn web() {} fn workflow() { web() } struct Utc; fn now() {}
fn asynchronous() { self_awaited.awaits(); env!("X"); }
"###,
    );
    innocent(
        "store.rs",
        "use crate::ids::JobId; use crate::clock::Clock; use crate::disk;",
    );
    innocent(
        "main.rs",
        "fn main() -> std::process::ExitCode { worksample::cli::run() }",
    );
    innocent(
        "sandbox.rs",
        "fn arch() -> &'static str { std::env::consts::ARCH }",
    );
}

#[test]
fn a_crate_outside_of_its_room_is_found() {
    for (path, text, because) in [
        (
            "workflow/launch.rs",
            "use diesel::prelude::*;",
            "`diesel` is at home in `store`",
        ),
        (
            "workflow/launch.rs",
            "fn f() { octocrab::instance(); }",
            "`octocrab` is at home in `github`",
        ),
        (
            "cli/mod.rs",
            "#[actix_web::main] async fn main() {}",
            "`actix_web` is at home in `web`, `stand_in`",
        ),
        (
            "web/mod.rs",
            "#[derive(clap::Parser)] struct A;",
            "`clap` is at home in `cli`, `config`",
        ),
        (
            "store.rs",
            "use rusqlite::Connection;",
            "`rusqlite` is at home in no room",
        ),
        (
            "github.rs",
            "use reqwest as http_client;",
            "`reqwest` is at home in",
        ),
        (
            "github.rs",
            "use {reqwest::Client, hex};",
            "`reqwest` is at home in",
        ),
        (
            "github.rs",
            "type C = ::reqwest::Client;",
            "`reqwest` is at home in",
        ),
        (
            "cli/mod.rs",
            "use tokio::{fs, process::Command};",
            "`tokio::process` is at home in",
        ),
    ] {
        guilty(path, text, 1, because);
    }
    innocent("store.rs", "use diesel::prelude::*; mod octocrab_free {}");
}

#[test]
fn the_clock_and_the_environment_are_read_in_one_room_each() {
    for text in [
        "fn f() { chrono::Utc::now(); }",
        "use chrono::Utc; fn f() { Utc::now(); }",
        "use chrono::Utc as Time; fn f() { Time::now(); }",
        "use chrono as c; fn f() { c::Utc::now(); }",
        "use std::time::{Duration, SystemTime}; fn f() { SystemTime::now(); }",
        "use std::time; fn f() { time::SystemTime::now(); }",
    ] {
        guilty("workflow/mod.rs", text, 1, "is at home in `clock`");
        innocent("clock.rs", text);
    }
    for text in [
        "fn f() { std::env::var(\"X\"); }",
        "use std::env;",
        "use std::{env, fmt};",
        "use std::env::var_os as look;",
    ] {
        guilty(
            "workflow/mod.rs",
            text,
            1,
            "`std::env` is at home in `config`",
        );
        innocent("config.rs", text);
    }
}

#[test]
fn the_pure_core_neither_waits_nor_touches_a_disk() {
    for room in [
        "money.rs",
        "spec/check/words.rs",
        "acceptance/mod.rs",
        "work_sample/fold.rs",
        "evidence/mod.rs",
        "report/html.rs",
    ] {
        for text in [
            "async fn f() {}",
            "fn f() { g().await }",
            "fn f() { let x = async move { 1 }; }",
            "use std::fs;",
            "use std::{fmt, fs::File};",
            "use tokio::sync::Mutex;",
            "fn f() { std::process::Command::new(\"ls\"); }",
        ] {
            guilty(room, text, 1, "is pure: no");
        }
    }
    innocent("disk/mod.rs", "use std::fs; async fn f() { g().await }");
}

#[test]
fn a_file_too_long_to_read_is_found_and_the_longest_allowed_is_not() {
    innocent("store.rs", &"\n".repeat(MOST_LINES));
    guilty("store.rs", &"\n".repeat(MOST_LINES + 1), 1, "451 lines");
}

#[test]
fn a_module_put_elsewhere_by_an_attribute_is_found() {
    guilty(
        "store.rs",
        "#[path = \"hidden.rs\"]\nmod shown;",
        1,
        "where its name says",
    );
}

#[test]
fn a_circle_between_the_files_of_a_room_is_found() {
    let told = found(&[
        ("spec/mod.rs", "mod a; mod b; mod c; pub use c::Thing;"),
        ("spec/a.rs", "use super::b::B;"),
        ("spec/b.rs", "use super::c::C;"),
        ("spec/c.rs", "fn f(a: crate::spec::a::A) {}"),
    ]);
    assert_eq!(
        told,
        ["src/spec/a.rs:1: a circle: spec::a → spec::b → spec::c → spec::a"]
    );
}

#[test]
fn a_circle_through_a_re_export_of_the_parent_is_found() {
    for import in [
        "use super::B;",
        "use crate::spec::B;",
        "use super::{B as Other};",
    ] {
        let told = found(&[
            (
                "spec/mod.rs",
                "mod a; mod b; pub use b::B; pub use self::a::A;",
            ),
            ("spec/a.rs", import),
            ("spec/b.rs", "\nuse super::A;"),
        ]);
        assert_eq!(
            told,
            ["src/spec/a.rs:1: a circle: spec::a → spec::b → spec::a"],
            "{import}"
        );
    }
}

#[test]
fn a_circle_between_deeper_files_counts_for_the_modules_they_lie_in() {
    let told = found(&[
        ("spec/mod.rs", "mod a; mod b;"),
        ("spec/a/mod.rs", "mod deep;"),
        ("spec/a/deep.rs", "use crate::spec::b::B;"),
        ("spec/b.rs", "use super::a::deep::D;"),
    ]);
    assert_eq!(
        told,
        ["src/spec/a/deep.rs:1: a circle: spec::a → spec::b → spec::a"]
    );
}

#[test]
fn parent_and_child_may_know_each_other_and_tests_may_look_at_a_sibling() {
    let told = found(&[
        (
            "spec/mod.rs",
            "mod a; mod b; pub struct Problem; fn f() { a::check(); }",
        ),
        ("spec/a.rs", "use super::Problem; use super::b::B;"),
        (
            "spec/b.rs",
            "#[cfg(test)]\nmod tests { use crate::spec::a::check; }",
        ),
    ]);
    assert!(told.is_empty(), "{told:#?}");
}

#[test]
fn a_file_of_tests_may_look_at_its_siblings_too() {
    let told = found(&[
        ("spec/mod.rs", "mod a; #[cfg(test)] mod laws;"),
        ("spec/a.rs", "#[cfg(test)]\nuse super::laws::strategy;"),
        ("spec/laws.rs", "use super::a::A;"),
    ]);
    assert!(told.is_empty(), "{told:#?}");
}

#[test]
fn a_file_that_nobody_declares_is_found() {
    let files = [
        ("main.rs", "mod store;"),
        ("store/mod.rs", "mod jobs; #[cfg(test)] mod tests;"),
        ("store/jobs.rs", ""),
        ("store/tests.rs", ""),
        ("store/together.rs", "mod jobs;"),
        ("jobs.rs", ""),
    ];
    let sources = files.map(|(path, text)| Source {
        path: path.to_owned(),
        text: text.to_owned(),
    });
    assert_eq!(
        super::unheard_of(&sources),
        ["store/together.rs", "jobs.rs"]
    );
}
