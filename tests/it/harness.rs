//! The harness on small specs made of shell scripts: what is checked, how it is judged, and that a hostile delivery
//! can not write its own results.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::Mutex;

use worksample::acceptance::{Exit, Limit, TestOutcome, Verdict};
use worksample::clock::Timestamp;
use worksample::ids::CommitSha;
use worksample::sandbox::{Sandbox, WorkTree};
use worksample::spec::{Check, Criterion, File, Folder, Gap, Interpretation, Probe, Spec};
use worksample::work_sample::CiCheck;
use worksample::workflow::harness::{self, Checked, Ci};
use worksample::workflow::rehearse_spec::{SpecRehearsal, rehearse_folder};

use crate::sandbox::sandbox;

macro_rules! sandbox_or_skip {
    () => {
        match sandbox() {
            Some(sandbox) => sandbox,
            None => return,
        }
    };
}

const BARE: &str = r#"{
    "slug": "answer", "title": "Answer", "version": "1", "summary": "Answers.", "timebox_hours": 4, "due_days": 7,
    "pay": { "amount_minor": 10000, "currency": "EUR", "within_days": 14, "withdrawn_percent": 50, "cancelled_percent": 100 },
    "updates": { "every_hours": 24 }, "boundary": { "allowed": ["**"] }, "ai_policy": "Say so.", "ownership": "Yours.",
    "clauses": [], "criteria": [],
    "sandbox": { "wall_seconds": 60, "cpu_seconds": 60, "memory_mib": 256, "processes": 32, "file_mib": 16 }
}"#;

fn spec(criteria: Vec<Criterion>, gaps: Vec<Gap>) -> Spec {
    let mut spec: Spec = serde_json::from_str(BARE).unwrap();
    spec.criteria = criteria;
    spec.gaps = gaps;
    spec
}

fn criterion(number: u32, check: Check) -> Criterion {
    Criterion {
        id: format!("AC-{number}").parse().unwrap(),
        title: format!("Criterion {number}"),
        clauses: vec![],
        hidden: false,
        check,
    }
}

fn script(path: &str) -> Check {
    Check::Command {
        run: vec!["sh".into(), path.into()],
        junit: None,
        timeout_seconds: None,
    }
}

fn script_with_junit(path: &str, junit: &str) -> Check {
    Check::Command {
        run: vec!["sh".into(), path.into()],
        junit: Some(junit.into()),
        timeout_seconds: None,
    }
}

fn gap(probe: &str) -> Gap {
    let interpretation = |id: &str| Interpretation {
        id: id.parse().unwrap(),
        text: format!("It keeps the {id} one."),
    };
    Gap {
        id: "G1".parse().unwrap(),
        title: "Which one?".into(),
        clauses: vec![],
        words: vec![],
        interpretations: vec![interpretation("first"), interpretation("last")],
        probe: Some(Probe {
            run: vec!["sh".into(), probe.into()],
            timeout_seconds: None,
        }),
    }
}

fn folder(files: &[(&str, &str)]) -> Folder {
    Folder {
        files: files
            .iter()
            .map(|(path, text)| ((*path).to_owned(), File::text(*text)))
            .collect(),
    }
}

async fn check(
    sandbox: &Sandbox,
    spec: &Spec,
    acceptance: &[(&str, &str)],
    deliver: impl Fn(&Path),
) -> Checked {
    let delivered = WorkTree::empty().unwrap();
    deliver(delivered.path());
    let tree = WorkTree::copy_of(delivered.path()).unwrap();
    harness::check(
        sandbox,
        spec,
        &folder(acceptance),
        tree,
        Ci::None,
        &|_: &str| {},
    )
    .await
    .unwrap()
}

fn verdicts(checked: &Checked) -> Vec<Verdict> {
    checked
        .results
        .iter()
        .map(|result| result.verdict)
        .collect()
}

#[tokio::test]
async fn every_kind_of_criterion_gets_a_result_in_the_specs_order() {
    let sandbox = sandbox_or_skip!();
    let sha: CommitSha = "da39a3ee5e6b4b0d3255bfef95601890afd80709".parse().unwrap();
    let spec = spec(
        vec![
            criterion(1, script("pass.sh")),
            criterion(2, script("fail.sh")),
            criterion(
                3,
                Check::Eye {
                    look_for: "Clarity.".into(),
                },
            ),
            criterion(
                4,
                Check::Ci {
                    name: "build".into(),
                },
            ),
        ],
        vec![gap("probe.sh")],
    );
    let acceptance = folder(&[
        ("acceptance/pass.sh", "grep -q 42 answer"),
        ("acceptance/fail.sh", "echo wanted 43 >&2; exit 1"),
        ("acceptance/probe.sh", "echo built: last"),
    ]);
    let delivered = WorkTree::empty().unwrap();
    fs::write(delivered.path().join("answer"), "42").unwrap();
    let steps = Mutex::new(Vec::new());
    let checks = [CiCheck {
        key: worksample::work_sample::key::check_completed(1),
        at: "2026-03-02T09:00:00Z".parse::<Timestamp>().unwrap(),
        name: "build".into(),
        sha: sha.clone(),
        conclusion: "success".into(),
    }];
    let checked = harness::check(
        sandbox,
        &spec,
        &acceptance,
        WorkTree::copy_of(delivered.path()).unwrap(),
        Ci::On {
            sha: &sha,
            checks: &checks,
        },
        &|step: &str| steps.lock().unwrap().push(step.to_owned()),
    )
    .await
    .unwrap();
    assert_eq!(
        verdicts(&checked),
        [
            Verdict::Passed,
            Verdict::Failed,
            Verdict::Open,
            Verdict::Passed
        ]
    );
    assert_eq!(
        checked.results[1].run.as_ref().unwrap().stderr.head,
        "wanted 43\n"
    );
    assert_eq!(checked.probes[0].built, Some("last".parse().unwrap()));
    assert_eq!(*steps.lock().unwrap(), ["AC-1", "AC-2", "probe G1"]);
}

#[tokio::test]
async fn the_build_runs_inside_the_sandbox_and_the_checks_find_what_it_made() {
    let sandbox = sandbox_or_skip!();
    let mut spec = spec(vec![criterion(1, script("check.sh"))], vec![]);
    spec.sandbox.build = Some(vec!["sh".into(), "build.sh".into()]);
    let acceptance = [("acceptance/check.sh", "[ \"$(cat made)\" = sandbox ]")];
    let checked = check(sandbox, &spec, &acceptance, |tree| {
        fs::write(
            tree.join("build.sh"),
            "cat /proc/sys/kernel/hostname > made",
        )
        .unwrap();
    })
    .await;
    assert_eq!(verdicts(&checked), [Verdict::Passed], "{checked:?}");
    assert_eq!(checked.build.unwrap().exit, Exit::Code { code: 0 });
}

#[tokio::test]
async fn junit_decides_where_a_criterion_names_it() {
    let sandbox = sandbox_or_skip!();
    let spec = spec(
        vec![
            criterion(1, script_with_junit("good.sh", "out/good.xml")),
            criterion(2, script_with_junit("bad.sh", "out/bad.xml")),
            criterion(3, script_with_junit("none.sh", "out/none.xml")),
            criterion(4, script_with_junit("broken.sh", "out/broken.xml")),
        ],
        vec![],
    );
    let acceptance = [
        (
            "acceptance/good.sh",
            "mkdir -p out; echo '<testsuite><testcase name=\"a\"/></testsuite>' > out/good.xml",
        ),
        (
            "acceptance/bad.sh",
            "mkdir -p out; echo '<testsuite><testcase name=\"a\"><failure message=\"no\"/></testcase></testsuite>' > out/bad.xml",
        ),
        ("acceptance/none.sh", ":"),
        (
            "acceptance/broken.sh",
            "mkdir -p out; echo '<testsuite' > out/broken.xml",
        ),
    ];
    let checked = check(sandbox, &spec, &acceptance, |_| {}).await;
    assert_eq!(
        verdicts(&checked),
        [
            Verdict::Passed,
            Verdict::Failed,
            Verdict::Failed,
            Verdict::Failed
        ],
        "{checked:?}"
    );
    assert_eq!(checked.results[1].tests[0].outcome, TestOutcome::Failed);
    assert!(checked.results[2].because.contains("wrote no JUnit file"));
}

#[tokio::test]
async fn a_delivery_can_not_bring_its_own_results() {
    let sandbox = sandbox_or_skip!();
    let passing = "<testsuite><testcase name=\"a\"/></testsuite>";
    let outside = WorkTree::empty().unwrap();
    fs::write(outside.path().join("good.xml"), passing).unwrap();
    let spec = spec(
        vec![
            criterion(1, script_with_junit("nothing.sh", "delivered.xml")),
            criterion(2, script_with_junit("nothing.sh", "linked.xml")),
            criterion(3, script_with_junit("nothing.sh", "folder/good.xml")),
            criterion(4, script("honest.sh")),
        ],
        vec![],
    );
    let acceptance = [
        ("acceptance/nothing.sh", ":"),
        ("acceptance/honest.sh", "exit 1"),
    ];
    let checked = check(sandbox, &spec, &acceptance, |tree| {
        fs::write(tree.join("delivered.xml"), passing).unwrap();
        symlink(outside.path().join("good.xml"), tree.join("linked.xml")).unwrap();
        symlink(outside.path(), tree.join("folder")).unwrap();
        fs::write(tree.join("honest.sh"), "exit 0").unwrap();
    })
    .await;
    assert_eq!(verdicts(&checked), [Verdict::Failed; 4], "{checked:?}");
    assert_eq!(
        fs::read_to_string(outside.path().join("good.xml")).unwrap(),
        passing
    );
}

#[tokio::test]
async fn what_a_build_overwrites_is_laid_anew_before_the_checks() {
    let sandbox = sandbox_or_skip!();
    let passing = "<testsuite><testcase name=\"a\"/></testsuite>";
    let mut spec = spec(
        vec![
            criterion(1, script("attack.sh")),
            criterion(2, script("honest.sh")),
            criterion(3, script_with_junit("nothing.sh", "late.xml")),
        ],
        vec![gap("probe.sh")],
    );
    spec.sandbox.build = Some(vec!["sh".into(), "build.sh".into()]);
    let acceptance = [
        ("acceptance/attack.sh", "exec sh build.sh"),
        ("acceptance/honest.sh", "exit 1"),
        ("acceptance/nothing.sh", ":"),
        ("acceptance/probe.sh", "echo built: first"),
    ];
    let attack = format!(
        "for name in honest.sh nothing.sh probe.sh; do rm -f $name; mkdir $name; echo 'exit 0' > $name/x; chmod 0 $name; done
         rm -rf late.xml; echo '{passing}' > late.xml; chmod 555 late.xml; chmod 500 ."
    );
    let checked = check(sandbox, &spec, &acceptance, |tree| {
        fs::write(tree.join("build.sh"), &attack).unwrap();
    })
    .await;
    assert_eq!(
        verdicts(&checked),
        [Verdict::Passed, Verdict::Failed, Verdict::Failed],
        "{checked:?}"
    );
    assert_eq!(checked.probes[0].built, Some("first".parse().unwrap()));
}

#[tokio::test]
async fn no_command_sees_what_another_left_behind() {
    let sandbox = sandbox_or_skip!();
    let mut spec = spec(
        vec![
            criterion(1, script("leave.sh")),
            criterion(2, script("look.sh")),
            criterion(3, script("leave.sh")),
            criterion(4, script_with_junit("look.sh", "result.xml")),
        ],
        vec![gap("probe.sh")],
    );
    spec.sandbox.build = Some(vec!["sh".into(), "build.sh".into()]);
    // What the build made is there, as it left it; nothing that a check left is: no file of the tree, none of the build
    // tools' folder, no changed one, no process that goes on writing.
    let look = "sleep 0.2; [ \"$(cat made)\" = built ] && [ \"$(cat /build/made)\" = built ] || exit 2
         [ \"$(cat answer)\" = 42 ] || exit 3
         [ ! -e left ] && [ ! -e /build/left ] && [ ! -e result.xml ] && [ ! -e late ] && [ ! -e /build/late ]";
    let probe = format!("({look}) && echo built: first");
    let acceptance = [
        (
            "acceptance/build.sh",
            "echo built > made; echo built > /build/made",
        ),
        (
            "acceptance/leave.sh",
            "echo x > left; echo x > /build/left; echo 43 > answer; echo forged > made; echo forged > /build/made
             echo '<testsuite><testcase name=\"a\"/></testsuite>' > result.xml; chmod 555 . /build
             setsid sh -c 'while :; do echo x > late; echo x > /build/late; sleep 0.05; done' < /dev/null > /dev/null 2>&1 & exit 0",
        ),
        ("acceptance/look.sh", look),
        ("acceptance/probe.sh", probe.as_str()),
    ];
    let checked = check(sandbox, &spec, &acceptance, |tree| {
        fs::write(tree.join("answer"), "42").unwrap();
    })
    .await;
    let passed = Verdict::Passed;
    assert_eq!(
        verdicts(&checked),
        [passed, passed, passed, Verdict::Failed],
        "{checked:?}"
    );
    assert!(checked.results[3].because.contains("wrote no JUnit file"));
    assert_eq!(checked.probes[0].built, Some("first".parse().unwrap()));
}

#[tokio::test]
async fn a_delivery_can_not_prepare_the_folder_of_the_build_tools() {
    let sandbox = sandbox_or_skip!();
    let spec = spec(vec![criterion(1, script("look.sh"))], vec![]);
    let look = "[ -z \"$(ls -A /build)\" ] || exit 2
         for folder in \"$CARGO_TARGET_DIR\" \"$CARGO_BUILD_BUILD_DIR\"; do case $folder in /build/*) ;; *) exit 3 ;; esac; done";
    let checked = check(sandbox, &spec, &[("acceptance/look.sh", look)], |tree| {
        for folder in ["target", "build", "build/target"] {
            fs::create_dir(tree.join(folder)).unwrap();
            fs::write(tree.join(folder).join("prepared"), "x").unwrap();
        }
    })
    .await;
    assert_eq!(verdicts(&checked), [Verdict::Passed], "{checked:?}");
}

#[tokio::test]
async fn a_build_that_leaves_more_than_can_be_kept_has_met_a_limit() {
    let sandbox = sandbox_or_skip!();
    let mut spec = spec(vec![criterion(1, script("look.sh"))], vec![]);
    spec.sandbox.build = Some(vec!["sh".into(), "build.sh".into()]);
    // Holes take no room on the disk, but would in a copy.
    let acceptance = [
        (
            "acceptance/build.sh",
            "i=0; while [ $i -lt 70 ]; do truncate -s 16M hole$i; i=$((i+1)); done",
        ),
        ("acceptance/look.sh", "[ ! -e hole0 ]"),
    ];
    let checked = check(sandbox, &spec, &acceptance, |_| {}).await;
    let limit = Limit::FileSize;
    assert_eq!(checked.build.unwrap().exit, Exit::LimitReached { limit });
    assert_eq!(checked.results[0].verdict, Verdict::Passed);
}

#[tokio::test]
async fn a_command_that_runs_into_a_limit_fails_and_says_which() {
    let sandbox = sandbox_or_skip!();
    let check_with_timeout = Check::Command {
        run: vec!["sh".into(), "sleep.sh".into()],
        junit: None,
        timeout_seconds: Some(1),
    };
    let spec = spec(vec![criterion(1, check_with_timeout)], vec![]);
    let checked = check(
        sandbox,
        &spec,
        &[("acceptance/sleep.sh", "sleep 60")],
        |_| {},
    )
    .await;
    assert_eq!(
        checked.results[0].because,
        "The command reached the limit of wall time and was ended."
    );
}

async fn rehearse_files(sandbox: &Sandbox, files: &[(&str, &str)]) -> SpecRehearsal {
    let spec = spec(
        vec![
            criterion(1, script("check.sh")),
            criterion(
                2,
                Check::Eye {
                    look_for: "Clarity.".into(),
                },
            ),
        ],
        vec![gap("probe.sh")],
    );
    rehearse_folder(sandbox, &spec, &folder(files), &|_: &str| {})
        .await
        .unwrap()
}

/// The table without times, which differ from run to run.
fn table(rehearsal: &SpecRehearsal) -> String {
    let mut rehearsal = rehearsal.clone();
    let rows = rehearsal.criteria.iter_mut();
    let runs = rows
        .flat_map(|row| [row.starter.run.as_mut(), row.reference.run.as_mut()])
        .flatten();
    for run in runs.chain(rehearsal.probes.iter_mut().map(|probe| &mut probe.run)) {
        run.duration_ms = 100;
    }
    rehearsal
        .to_string()
        .replace(rehearsal.digest.short(), "DIGEST")
}

#[tokio::test]
async fn a_fit_spec_fails_on_its_starter_and_passes_on_its_reference() {
    let sandbox = sandbox_or_skip!();
    let rehearsal = rehearse_files(
        sandbox,
        &[
            ("starter/answer", "41"),
            ("reference/answer", "42"),
            ("acceptance/check.sh", "grep -q 42 answer"),
            ("acceptance/probe.sh", "echo built: last"),
        ],
    )
    .await;
    assert!(rehearsal.ok, "{rehearsal}");
    insta::assert_snapshot!(table(&rehearsal), @r"
    answer 1 (DIGEST)

    criterion starter                reference              as due  what
    AC-1      failed (0.1 s)         passed (0.1 s)         yes     Criterion 1
    AC-2      —                      —                      —       Criterion 2
    G1        —                      last (0.1 s)           yes     what the probe found

    Fit to be offered: the starter fails what a command checks, the reference solution passes it.
    ");
}

#[tokio::test]
async fn an_unfit_spec_says_why() {
    let sandbox = sandbox_or_skip!();
    let rehearsal = rehearse_files(
        sandbox,
        &[
            ("starter/answer", "42"),
            ("reference/answer", "43"),
            ("acceptance/check.sh", "grep -q 42 answer"),
            ("acceptance/probe.sh", "echo built: none"),
        ],
    )
    .await;
    assert!(!rehearsal.ok);
    insta::assert_snapshot!(table(&rehearsal), @r"
    answer 1 (DIGEST)

    criterion starter                reference              as due  what
    AC-1      passed (0.1 s)         failed (0.1 s)         NO      Criterion 1
    AC-2      —                      —                      —       Criterion 2
    G1        —                      could not tell (0.1 s) NO      what the probe found

    Not fit to be offered:
    - AC-1 passes on the starter already, so passing it shows no work: The command exited with 0.
    - AC-1 fails on the reference solution: The command exited with 1.
    - G1 on the reference solution: The probe could not tell: it printed `built: none`, which the spec does not know.
    ");
}
