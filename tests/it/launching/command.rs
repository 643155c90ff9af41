//! Launching many from the command line, by the program itself, without any service running.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::support::small;

struct Shell {
    dir: tempfile::TempDir,
}

impl Shell {
    /// A data folder in which the small spec is published.
    fn with_the_small_spec() -> Shell {
        let shell = Shell {
            dir: tempfile::tempdir().unwrap(),
        };
        for (path, file) in small::folder().files {
            shell.write(&format!("greeting/{path}"), &file.bytes);
        }
        let published = shell.run(&["spec", "publish", "greeting"]);
        assert!(published.status.success(), "{}", err(&published));
        shell
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }

    fn write(&self, path: &str, bytes: &[u8]) {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    fn run(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_worksample"))
            .args(arguments)
            .current_dir(self.path())
            .env_clear()
            .env("WORKSAMPLE_DATA_DIR", self.path().join("data"))
            .env("WORKSAMPLE_BY", "Lea Lead")
            .output()
            .unwrap()
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let output = self.run(arguments);
        assert!(output.status.success(), "{}", err(&output));
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

const LIST: &str =
    "name,email,github_login\nAda,ada@example.com,ada-a\nBob,bob@nowhere,\nCy,cy@example.com,\n";

#[test]
fn a_list_is_shown_launched_and_followed_by_the_program_alone() {
    let shell = Shell::with_the_small_spec();
    shell.write("candidates.csv", LIST.as_bytes());
    let launch = ["launch", "greeting", "--from", "candidates.csv"];
    let dry = shell.run(&launch);
    assert!(dry.status.success(), "{}", err(&dry));
    for said in [
        "2 people would be offered",
        "column email: `bob@nowhere` is not an e-mail address",
        "at most 2 more",
        "with --yes",
    ] {
        assert!(out(&dry).contains(said), "{said}: {}", out(&dry));
    }
    assert_eq!(
        shell.json(&["launches", "list", "--json"]),
        Value::Array(Vec::new())
    );

    let done = shell.run(&[&launch[..], &["--yes"]].concat());
    assert!(done.status.success(), "{}", err(&done));
    assert!(
        err(&done).contains("3 of 3 done, 2 offered, 1 refused"),
        "{}",
        err(&done)
    );
    assert!(
        out(&done).contains("2 offered, 1 refused"),
        "{}",
        out(&done)
    );
    assert!(!out(&done).contains("eyJ"), "no token unasked");
    let batches = shell.json(&["launches", "list", "--json"]);
    let id = batches[0]["id"].as_str().unwrap();
    let shown = shell.json(&["launches", "show", id, "--json", "--tokens"]);
    assert_eq!(shown["batch"]["state"], "finished");
    assert!(
        shown["results"][0]["candidate_token"]
            .as_str()
            .unwrap()
            .starts_with("eyJ")
    );
    let asked = ["launches", "show", id, "--csv", "--links"];
    let links = shell.run(&[&asked[..], &["--by", "Lea Lead"]].concat());
    assert_eq!(out(&links).matches("/o/").count(), 2, "{}", out(&links));
    let of = shown["results"][0]["work_sample"].as_str().unwrap();
    let listed = shell.json(&["offer-links", of, "--json"]);
    assert_eq!(listed["links"][0]["handed_over_by"], "Lea Lead");
    let revoked = shell.json(&[
        "offer-links",
        of,
        "--revoke-all",
        "--by",
        "Lea Lead",
        "--json",
    ]);
    assert_eq!(revoked["revoked"], 1);
    let csv = shell.run(&["launches", "show", id, "--csv"]);
    assert_eq!(out(&csv).lines().count(), 4, "{}", out(&csv));

    // The same list again: whoever has the spec is refused, and that is a result, not a failure.
    let again = shell.run(&[&launch[..], &["--yes", "--json"]].concat());
    let again: Value = serde_json::from_slice(&again.stdout).unwrap();
    assert_eq!(
        (&again["counts"]["offered"], &again["counts"]["refused"]),
        (&0.into(), &3.into())
    );
    let stopped = shell.run(&["launches", "stop", id]);
    assert!(!stopped.status.success());
    assert!(
        err(&stopped).contains("error[batch_finished]"),
        "{}",
        err(&stopped)
    );
}

#[test]
fn what_cannot_be_read_is_said_with_a_code_and_launches_nobody() {
    let shell = Shell::with_the_small_spec();
    shell.write("wrong.csv", b"name,salary\nAda,1\n");
    for (file, code) in [
        ("wrong.csv", "list_header_wrong"),
        ("missing.csv", "list_unreadable"),
    ] {
        let output = shell.run(&["launch", "greeting", "--from", file, "--yes"]);
        assert!(!output.status.success());
        assert!(
            err(&output).contains(&format!("error[{code}]")),
            "{}",
            err(&output)
        );
    }
    // A single candidate and a list do not go together.
    let both = shell.run(&[
        "launch",
        "greeting",
        "--from",
        "wrong.csv",
        "--candidate",
        "Ada",
    ]);
    assert!(!both.status.success());
    assert_eq!(shell.json(&["show", "--json"]), Value::Array(Vec::new()));
}
