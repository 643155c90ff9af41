//! Runs the cases of a criterion side by side, each to its end, and writes a JUnit file that names them.

use std::any::Any;
use std::fmt::Write as _;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::thread;
use std::time::Instant;

pub type Case = (&'static str, fn());

/// Panics at the end if a case failed, so that the test that calls it fails too.
pub fn run(suite: &str, file: &str, cases: &[Case]) {
    let outcomes: Vec<_> = thread::scope(|scope| {
        let running: Vec<_> = cases
            .iter()
            .map(|(_, case)| {
                scope.spawn(move || {
                    let started = Instant::now();
                    let outcome = catch_unwind(AssertUnwindSafe(case));
                    (outcome, started.elapsed().as_secs_f64())
                })
            })
            .collect();
        let joined = running.into_iter().map(|case| case.join());
        joined
            .map(|outcome| outcome.expect("a case's panic was caught"))
            .collect()
    });
    let mut xml = String::new();
    let mut failed = Vec::new();
    for ((name, _), (outcome, seconds)) in cases.iter().zip(outcomes) {
        let _ = write!(
            xml,
            "  <testcase classname=\"{}\" name=\"{}\" time=\"{seconds:.3}\"",
            escape(suite),
            escape(name)
        );
        match outcome {
            Ok(()) => xml.push_str("/>\n"),
            Err(payload) => {
                let message = escape(&message(payload.as_ref()));
                let _ = write!(
                    xml,
                    ">\n    <failure message=\"{message}\"/>\n  </testcase>\n"
                );
                failed.push(*name);
            }
        }
    }
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"0\">\n{xml}</testsuite>\n",
        escape(suite),
        cases.len(),
        failed.len()
    );
    let path = Path::new(file);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).expect("the folder of the JUnit file can be made");
    }
    fs::write(path, text).expect("the JUnit file can be written");
    assert!(failed.is_empty(), "failed: {}", failed.join("; "));
}

fn message(payload: &(dyn Any + Send)) -> String {
    payload
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| {
            payload
                .downcast_ref::<&str>()
                .map(|text| (*text).to_owned())
        })
        .unwrap_or_else(|| "a panic without a message".to_owned())
}

fn escape(text: &str) -> String {
    text.chars()
        .map(|character| match character {
            '&' => "&amp;".to_owned(),
            '<' => "&lt;".to_owned(),
            '>' => "&gt;".to_owned(),
            '"' => "&quot;".to_owned(),
            '\n' => "&#10;".to_owned(),
            control if control.is_control() => "?".to_owned(),
            other => other.to_string(),
        })
        .collect()
}
