//! Scripts in `tests/contract`, run with node and with Python, and the packages installed there.

use std::path::{Path, PathBuf};
use std::process::Output;

use tokio::process::Command;

/// The folder with the scripts; `None` where the packages are missing, which is said aloud.
pub fn contract() -> Option<PathBuf> {
    let folder = folder();
    if !folder.join("node_modules/ajv").is_dir() {
        crate::support::skip(
            "the node packages of tests/contract are not installed: run `npm ci` in tests/contract",
        );
        return None;
    }
    Some(folder)
}

/// The Python with PyGithub; `None` where it is missing, which is said aloud.
pub fn python() -> Option<PathBuf> {
    let python = folder().join(".venv/bin/python");
    if !python.is_file() {
        crate::support::skip(
            "PyGithub is not installed: run `python3 -m venv .venv && .venv/bin/pip install -r requirements.txt` in tests/contract",
        );
        return None;
    }
    Some(python)
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/contract")
}

/// Runs a script of the folder with node.
pub async fn run(
    folder: &Path,
    script: &str,
    args: &[&str],
    environment: &[(&str, String)],
) -> Output {
    let script = folder.join(script);
    let mut all = vec![script.to_str().unwrap()];
    all.extend(args);
    program(Path::new("node"), &all, environment).await
}

/// Runs a program with what it needs in its environment.
pub async fn program(program: &Path, args: &[&str], environment: &[(&str, String)]) -> Output {
    Command::new(program)
        .args(args)
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .kill_on_drop(true)
        .output()
        .await
        .unwrap()
}

/// What a script printed, both ways.
pub fn said(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}
