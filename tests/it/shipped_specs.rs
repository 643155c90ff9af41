//! The specs in `specs/` keep what they promise: they are bounded, the starter fails what the reference passes, and what
//! each rehearsal's candidate delivers is judged as the script expects, checked inside the real sandbox.

use std::path::{Path, PathBuf};

use rstest::rstest;
use worksample::acceptance::{CriterionResult, ProbeResult, Verdict};
use worksample::disk::read_folder;
use worksample::sandbox::{Sandbox, WorkTree};
use worksample::spec::script::{self, Script, Step};
use worksample::spec::{File, SpecVersion, Tree, check_as};
use worksample::workflow::harness::{self, Checked, Ci};
use worksample::workflow::rehearse_spec::rehearse;

fn specs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("specs")
}

fn version(slug: &str) -> SpecVersion {
    SpecVersion::read(read_folder(&specs().join(slug)).unwrap()).unwrap()
}

/// A sandbox with the spec's toolchains, or a loud word that the test says nothing here.
fn sandbox_for(version: &SpecVersion) -> Option<Sandbox> {
    match Sandbox::prove(&version.spec.sandbox.toolchain) {
        Ok(sandbox) => Some(sandbox),
        Err(refusal) => {
            crate::support::skip(&format!("there is no sandbox on this machine: {refusal}"));
            None
        }
    }
}

async fn checked(sandbox: &Sandbox, version: &SpecVersion, tree: WorkTree) -> Checked {
    let quiet = |_: &str| {};
    let (spec, folder) = (&version.spec, &version.folder);
    harness::check(sandbox, spec, folder, tree, Ci::None, &quiet)
        .await
        .unwrap()
}

#[test]
fn every_shipped_spec_is_checked_without_an_error_or_a_warning() {
    let mut slugs = Vec::new();
    for entry in std::fs::read_dir(specs()).unwrap() {
        let path = entry.unwrap().path();
        let slug = path.file_name().unwrap().to_str().unwrap().to_owned();
        let problems: Vec<String> = check_as(&read_folder(&path).unwrap(), &slug)
            .iter()
            .map(ToString::to_string)
            .collect();
        assert!(problems.is_empty(), "{}", problems.join("\n"));
        slugs.push(slug);
    }
    slugs.sort();
    assert_eq!(slugs, ["order-idempotency", "webhook-relay"]);
}

#[rstest]
#[case::order_idempotency("order-idempotency")]
#[case::webhook_relay("webhook-relay")]
#[tokio::test]
async fn the_starter_fails_what_the_reference_passes(#[case] slug: &str) {
    let version = version(slug);
    let Some(sandbox) = sandbox_for(&version) else {
        return;
    };
    let rehearsal = rehearse(&sandbox, &version, &|_: &str| {}).await.unwrap();
    assert!(rehearsal.ok, "{rehearsal}");
}

#[rstest]
#[case::order_idempotency("order-idempotency")]
#[case::webhook_relay("webhook-relay")]
#[tokio::test]
async fn what_a_scripted_candidate_delivers_is_judged_as_the_script_expects(#[case] slug: &str) {
    let version = version(slug);
    let Some(sandbox) = sandbox_for(&version) else {
        return;
    };
    for (path, text) in scripts(&version) {
        let script = script::parse(&text, &path).unwrap();
        let Some(delivered) = delivered(&version, &script) else {
            continue;
        };
        let tree = WorkTree::empty().unwrap();
        tree.lay(&delivered).unwrap();
        let checked = checked(&sandbox, &version, tree).await;
        let wrong = disappointed(&script, &checked.results, &checked.probes);
        assert!(wrong.is_empty(), "{path}:\n{}", wrong.join("\n"));
    }
}

#[tokio::test]
async fn a_delivered_configuration_of_cargo_does_not_say_what_runs_instead_of_the_tests() {
    let version = version("order-idempotency");
    let Some(sandbox) = sandbox_for(&version) else {
        return;
    };
    let tree = WorkTree::empty().unwrap();
    tree.lay(&version.folder.below("starter")).unwrap();
    let forged = "[target.'cfg(all())']\nrunner = 'true'\n";
    tree.lay(&Tree::from([
        (".cargo/config.toml".to_owned(), File::text(forged)),
        (".cargo/config".to_owned(), File::text(forged)),
    ]))
    .unwrap();
    let checked = checked(&sandbox, &version, tree).await;
    let passed: Vec<_> = checked
        .results
        .iter()
        .filter(|result| result.verdict == Verdict::Passed)
        .collect();
    assert!(passed.is_empty(), "{passed:?}");
}

fn scripts(version: &SpecVersion) -> Vec<(String, String)> {
    let files = version.folder.below("rehearsal").into_iter();
    files
        .filter(|(name, _)| !name.contains('/') && name.ends_with(".toml"))
        .map(|(name, file)| {
            let text = file.as_text().unwrap_or_default().to_owned();
            (format!("rehearsal/{name}"), text)
        })
        .collect()
}

/// The starter with everything that the script writes up to its last delivery; `None` where it never delivers.
fn delivered(version: &SpecVersion, script: &Script) -> Option<Tree> {
    let last = script
        .steps
        .iter()
        .rposition(|timed| delivers(&timed.step))?;
    let mut tree = version.folder.below("starter");
    for timed in &script.steps[..last] {
        match &timed.step {
            Step::Write {
                path,
                text: Some(text),
                ..
            } => {
                tree.insert(path.clone(), File::text(text));
            }
            Step::Write {
                path,
                from: Some(from),
                ..
            } => match version.folder.files.get(from) {
                Some(file) => {
                    tree.insert(path.clone(), file.clone());
                }
                None => {
                    let below = |name: &String| match path.as_str() {
                        "." => name.clone(),
                        folder => format!("{folder}/{name}"),
                    };
                    let files = version.folder.below(from);
                    tree.extend(files.iter().map(|(name, file)| (below(name), file.clone())));
                }
            },
            Step::Remove { path } => {
                tree.retain(|name, _| name != path && !name.starts_with(&format!("{path}/")));
            }
            _ => {}
        }
    }
    Some(tree)
}

fn delivers(step: &Step) -> bool {
    match step {
        Step::Deliver { .. } => true,
        Step::Comment { text, .. }
        | Step::Review { text, .. }
        | Step::ReviewComment { text, .. }
        | Step::Issue {
            text: Some(text), ..
        } => text.starts_with("/deliver"),
        _ => false,
    }
}

/// Where the results differ from what the script expects; what waits for a reviewer's eye is left out.
fn disappointed(
    script: &Script,
    results: &[CriterionResult],
    probes: &[ProbeResult],
) -> Vec<String> {
    let mut wrong = Vec::new();
    for result in results
        .iter()
        .filter(|result| result.verdict != Verdict::Open)
    {
        let expected = if script.expect.passed.contains(&result.criterion) {
            Verdict::Passed
        } else if script.expect.failed.contains(&result.criterion) {
            Verdict::Failed
        } else {
            continue;
        };
        if result.verdict != expected {
            let run = result
                .run
                .as_ref()
                .map(|run| format!("{}\n{}", run.stdout.head, run.stderr.head));
            wrong.push(format!(
                "{} is {:?}, expected {expected:?}: {}\n{}",
                result.criterion,
                result.verdict,
                result.because,
                run.unwrap_or_default()
            ));
        }
    }
    for (gap, expected) in &script.expect.built {
        let found = probes
            .iter()
            .find(|probe| probe.gap == *gap)
            .and_then(|probe| probe.built.as_ref());
        if found != Some(expected) {
            wrong.push(format!("{gap}: found {found:?}, expected {expected}"));
        }
    }
    wrong
}
