//! The command line by itself: what it refuses, with which code, and that reading makes nothing.

use std::path::Path;
use std::process::{Command, Output};

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_worksample"))
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env_clear()
        .env("PATH", worksample::config::program_path())
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn reading_commands_make_no_data_folder() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("mistyped");
    for arguments in [
        &["show"][..],
        &["people", "list"],
        &["jobs", "list"],
        &["doctor"],
        &["report", "ws_00000000000000000000000000000000"],
    ] {
        let refused = run(&[&["--data-dir", text(&data)], arguments].concat());
        assert_eq!(refused.status.code(), Some(1), "{arguments:?}");
        let said = said(&refused);
        assert!(said.contains("error[data_dir_missing]"), "{said}");
        assert!(said.contains(text(&data)), "{said}");
        assert!(!data.exists(), "{arguments:?}");
    }
    let database = dir.path().join("mistyped.db");
    let url = format!("sqlite://{}", database.display());
    let refused = run(&[
        "--data-dir",
        text(dir.path()),
        "--database-url",
        &url,
        "show",
    ]);
    assert!(said(&refused).contains("error[database_missing]"));
    assert!(!database.exists());
}

#[test]
fn unreadable_command_line_has_a_code() {
    for arguments in [
        &["show", "--nonsense"][..],
        &["show", "ws_1"],
        &["nonsense"],
        &["extend"],
    ] {
        let refused = run(arguments);
        assert_eq!(refused.status.code(), Some(2), "{arguments:?}");
        let said = said(&refused);
        assert!(said.starts_with("error[usage]: "), "{said}");
    }
    let help = run(&["--help"]);
    assert_eq!((help.status.code(), said(&help)), (Some(0), String::new()));
    assert!(!help.stdout.is_empty());
}

#[test]
fn failed_file_is_named() {
    let refused = run(&["demo", "--once", "--out", "/proc/nowhere"]);
    let said = said(&refused);
    assert!(said.contains("error[io_failed]: /proc/nowhere"), "{said}");
}

#[test]
fn token_is_made_for_names_that_can_be_read() {
    let dir = tempfile::tempdir().unwrap();
    let data = ["--data-dir", text(dir.path())];
    for name in ["", "\u{200b}", "\u{1b}[31mLea"] {
        let token = ["token", "--role", "lead", "--name", name];
        let refused = run(&[&data[..], &token].concat());
        let said = said(&refused);
        assert!(said.contains("error[name_unusable]"), "{said}");
        assert!(!said.contains('\u{1b}'), "{said}");
    }
    let token = ["token", "--role", "lead", "--name", "Lea Lead"];
    assert!(run(&[&data[..], &token].concat()).status.success());
}
