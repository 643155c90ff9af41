//! Judges raw runs: what a criterion's command did, what a probe said, what the candidate's CI claims. Every verdict comes
//! with a sentence that a person can check against the run beside it.

use crate::ids::{CommitSha, InterpretationId};
use crate::spec::{Criterion, Gap};

use super::{
    CommandRun, CriterionResult, Exit, JunitProblem, Limit, ProbeResult, TestCase, TestOutcome,
    Verdict,
};

/// Judges a command criterion. `junit` is what the file said that the criterion names, `None` where it names none.
///
/// The command must exit with 0 and, where JUnit is asked for, report at least one test and no failure. A test that was
/// skipped proves nothing, so a file with skipped tests only fails as an empty one does.
pub fn judge_command(
    criterion: &Criterion,
    run: CommandRun,
    junit: Option<Result<Vec<TestCase>, JunitProblem>>,
) -> CriterionResult {
    let (verdict, because, tests) = match junit {
        None => {
            let (verdict, because) = judge_exit(&run.exit);
            (verdict, because, Vec::new())
        }
        Some(Ok(tests)) => {
            let (verdict, because) = judge_tests(&run.exit, &tests);
            (verdict, because, tests)
        }
        Some(Err(problem)) => {
            let (verdict, because) = without_tests(&run.exit, &problem);
            (verdict, because, Vec::new())
        }
    };
    CriterionResult {
        criterion: criterion.id.clone(),
        verdict,
        because,
        run: Some(run),
        tests,
    }
}

fn judge_exit(exit: &Exit) -> (Verdict, String) {
    match exit {
        Exit::Code { code: 0 } => (Verdict::Passed, "The command exited with 0.".into()),
        Exit::NotStarted { .. } => (Verdict::Undetermined, sentence(exit)),
        Exit::Code { .. } | Exit::Signal { .. } | Exit::LimitReached { .. } => {
            (Verdict::Failed, sentence(exit))
        }
    }
}

fn judge_tests(exit: &Exit, tests: &[TestCase]) -> (Verdict, String) {
    let with = |outcome| tests.iter().filter(|test| test.outcome == outcome).count();
    let (passed, failed, skipped) = (
        with(TestOutcome::Passed),
        with(TestOutcome::Failed),
        with(TestOutcome::Skipped),
    );
    let also_skipped = if skipped == 0 {
        String::new()
    } else {
        format!(", {skipped} skipped")
    };
    if failed > 0 {
        let named: Vec<_> = tests
            .iter()
            .filter(|test| test.outcome == TestOutcome::Failed)
            .take(3)
            .map(|test| format!("`{}`", test.name))
            .collect();
        let more = if failed > named.len() { ", …" } else { "" };
        let because = format!(
            "{failed} of {} failed{also_skipped}: {}{more}.",
            count(tests.len(), "test"),
            named.join(", ")
        );
        return (Verdict::Failed, because);
    }
    if passed == 0 {
        let because = match skipped {
            0 => "The JUnit file names no test, so nothing was shown.".into(),
            _ => format!("Every test was skipped ({skipped}), so nothing was shown."),
        };
        return (Verdict::Failed, because);
    }
    match judge_exit(exit) {
        (Verdict::Passed, _) => (
            Verdict::Passed,
            format!("{} passed{also_skipped}.", count(passed, "test")),
        ),
        (verdict, because) => (
            verdict,
            format!("{} passed, but: {because}", count(passed, "test")),
        ),
    }
}

fn without_tests(exit: &Exit, problem: &JunitProblem) -> (Verdict, String) {
    let because = match exit {
        Exit::Code { code: 0 } => format!("The command exited with 0, but {problem}."),
        other => format!("{} Also, {problem}.", sentence(other)),
    };
    let verdict = match (exit, problem) {
        (Exit::NotStarted { .. }, _) | (_, JunitProblem::Unreadable(_)) => Verdict::Undetermined,
        _ => Verdict::Failed,
    };
    (verdict, because)
}

/// How a command ended, as a sentence.
fn sentence(exit: &Exit) -> String {
    match exit {
        Exit::Code { code } => format!("The command exited with {code}."),
        Exit::Signal { signal } => format!("The command was ended by signal {signal}."),
        Exit::LimitReached { limit } => {
            let limit = match limit {
                Limit::WallTime => "wall time",
                Limit::CpuTime => "CPU time",
                Limit::Memory => "memory",
                Limit::Processes => "processes",
                Limit::FileSize => "file size",
                Limit::Output => "output",
            };
            format!("The command reached the limit of {limit} and was ended.")
        }
        Exit::NotStarted { why } => format!("The command could not be started: {why}."),
    }
}

fn count(number: usize, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}

/// A result where the harness could not tell, and why, as a sentence.
pub fn undetermined(criterion: &Criterion, because: impl Into<String>) -> CriterionResult {
    CriterionResult {
        criterion: criterion.id.clone(),
        verdict: Verdict::Undetermined,
        because: because.into(),
        run: None,
        tests: Vec::new(),
    }
}

/// The result of a criterion that waits for a reviewer's eye.
pub fn leave_open(criterion: &Criterion) -> CriterionResult {
    CriterionResult {
        criterion: criterion.id.clone(),
        verdict: Verdict::Open,
        because: "Waits for a reviewer's eye.".into(),
        run: None,
        tests: Vec::new(),
    }
}

/// Judges a CI criterion by the conclusions that GitHub reported for finished checks of that name on the commit, oldest
/// first. The last one counts, since a check can be run again.
pub fn judge_ci(
    criterion: &Criterion,
    name: &str,
    sha: &CommitSha,
    conclusions: &[&str],
) -> CriterionResult {
    let commit = sha.short();
    let (verdict, because) = match conclusions.last() {
        None => (
            Verdict::Undetermined,
            format!("No check named `{name}` was reported on {commit}."),
        ),
        Some(conclusion) => match *conclusion {
            "success" => (
                Verdict::Passed,
                format!("The candidate's CI claims that `{name}` succeeded on {commit}."),
            ),
            "failure" | "timed_out" | "startup_failure" | "action_required" => (
                Verdict::Failed,
                format!("The candidate's CI reports `{conclusion}` for `{name}` on {commit}."),
            ),
            other => (
                Verdict::Undetermined,
                format!(
                    "The candidate's CI reports `{other}` for `{name}` on {commit}, which shows nothing."
                ),
            ),
        },
    };
    CriterionResult {
        criterion: criterion.id.clone(),
        verdict,
        because,
        run: None,
        tests: Vec::new(),
    }
}

/// Reads what a gap's probe found: exactly one line `built: <interpretation>` that names one the spec knows. Anything
/// else is "could not tell", with the reason, rather than a guess.
pub fn read_probe(gap: &Gap, run: CommandRun) -> ProbeResult {
    let (built, because) = match built(gap, &run) {
        Ok(id) => {
            let text = gap
                .interpretation(&id)
                .map_or("", |interpretation| interpretation.text.as_str());
            (Some(id), format!("The probe found: {text}"))
        }
        Err(why) => (None, why),
    };
    ProbeResult {
        gap: gap.id.clone(),
        built,
        because,
        run,
    }
}

fn built(gap: &Gap, run: &CommandRun) -> Result<InterpretationId, String> {
    if run.exit != (Exit::Code { code: 0 }) {
        return Err(format!("The probe could not tell. {}", sentence(&run.exit)));
    }
    // The middle of a long output is not kept, so what stands in it is not known.
    if !run.stdout.tail.is_empty() {
        return Err("The probe could not tell: it printed more than is kept.".into());
    }
    let said: Vec<&str> = run
        .stdout
        .head
        .lines()
        .filter_map(|line| line.trim().strip_prefix("built:"))
        .map(str::trim)
        .collect();
    match said.as_slice() {
        [] => Err("The probe could not tell: it printed no line `built: …`.".into()),
        [one] => one
            .parse()
            .ok()
            .filter(|id| gap.interpretation(id).is_some())
            .ok_or_else(|| {
                let one: String = one.chars().take(60).collect();
                format!("The probe could not tell: it printed `built: {one}`, which the spec does not know.")
            }),
        _ => Err("The probe could not tell: it printed more than one line `built: …`.".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::acceptance::Output;
    use crate::spec::{Check, Interpretation};
    use proptest::prelude::*;

    fn criterion() -> Criterion {
        Criterion {
            id: "AC-1".parse().unwrap(),
            title: "It works".into(),
            clauses: vec![],
            hidden: false,
            check: Check::Command {
                run: vec!["true".into()],
                junit: None,
                timeout_seconds: None,
            },
        }
    }

    fn gap() -> Gap {
        let interpretation = |id: &str| Interpretation {
            id: id.parse().unwrap(),
            text: format!("It does {id}."),
        };
        Gap {
            id: "G1".parse().unwrap(),
            title: "Which?".into(),
            clauses: vec![],
            words: vec![],
            interpretations: vec![interpretation("keep-first"), interpretation("keep-last")],
            probe: None,
        }
    }

    fn run(exit: Exit, stdout: &str) -> CommandRun {
        CommandRun {
            command: vec!["true".into()],
            exit,
            duration_ms: 1,
            stdout: Output {
                head: stdout.into(),
                tail: String::new(),
                bytes: stdout.len() as u64,
            },
            stderr: Output::default(),
        }
    }

    fn test(name: &str, outcome: TestOutcome) -> TestCase {
        TestCase {
            name: name.into(),
            outcome,
            message: String::new(),
        }
    }

    const DONE: Exit = Exit::Code { code: 0 };

    #[test]
    fn a_command_passes_by_its_exit_and_says_so() {
        let passed = judge_command(&criterion(), run(DONE, ""), None);
        assert_eq!(passed.verdict, Verdict::Passed);
        assert_eq!(passed.because, "The command exited with 0.");
        let limit = Exit::LimitReached {
            limit: Limit::WallTime,
        };
        let failed = judge_command(&criterion(), run(limit, ""), None);
        assert_eq!(failed.verdict, Verdict::Failed);
        assert_eq!(
            failed.because,
            "The command reached the limit of wall time and was ended."
        );
    }

    #[test]
    fn a_command_that_could_not_be_started_tells_nothing_about_the_work() {
        let exit = Exit::NotStarted {
            why: "No such file".into(),
        };
        let result = judge_command(&criterion(), run(exit, ""), None);
        assert_eq!(result.verdict, Verdict::Undetermined);
    }

    #[test]
    fn failing_tests_fail_the_criterion_whatever_the_exit_says() {
        let tests = vec![
            test("a", TestOutcome::Passed),
            test("b", TestOutcome::Failed),
        ];
        let result = judge_command(&criterion(), run(DONE, ""), Some(Ok(tests)));
        assert_eq!(result.verdict, Verdict::Failed);
        assert_eq!(result.because, "1 of 2 tests failed: `b`.");
    }

    #[test]
    fn passing_tests_do_not_save_a_command_that_failed() {
        let tests = vec![test("a", TestOutcome::Passed)];
        let exit = Exit::Code { code: 1 };
        let result = judge_command(&criterion(), run(exit, ""), Some(Ok(tests)));
        assert_eq!(result.verdict, Verdict::Failed);
        assert_eq!(
            result.because,
            "1 test passed, but: The command exited with 1."
        );
    }

    #[test]
    fn no_test_or_only_skipped_tests_show_nothing() {
        let none = judge_command(&criterion(), run(DONE, ""), Some(Ok(vec![])));
        assert_eq!(none.verdict, Verdict::Failed);
        let skipped = vec![test("a", TestOutcome::Skipped)];
        let skipped = judge_command(&criterion(), run(DONE, ""), Some(Ok(skipped)));
        assert_eq!(skipped.verdict, Verdict::Failed);
        assert_eq!(
            skipped.because,
            "Every test was skipped (1), so nothing was shown."
        );
    }

    #[test]
    fn a_missing_or_broken_file_fails_with_its_reason() {
        let missing = Some(Err(JunitProblem::Missing("out.xml".into())));
        let result = judge_command(&criterion(), run(DONE, ""), missing);
        assert_eq!(result.verdict, Verdict::Failed);
        assert_eq!(
            result.because,
            "The command exited with 0, but the command wrote no JUnit file `out.xml`."
        );
    }

    #[test]
    fn ci_is_reported_as_a_claim_and_its_last_word_counts() {
        let sha = "da39a3ee5e6b4b0d3255bfef95601890afd80709".parse().unwrap();
        let judged = |conclusions: &[&str]| judge_ci(&criterion(), "build", &sha, conclusions);
        let passed = judged(&["failure", "success"]);
        assert_eq!(passed.verdict, Verdict::Passed);
        assert!(passed.because.contains("claims"));
        assert_eq!(judged(&[]).verdict, Verdict::Undetermined);
        assert_eq!(judged(&["skipped"]).verdict, Verdict::Undetermined);
        assert_eq!(judged(&["timed_out"]).verdict, Verdict::Failed);
    }

    #[test]
    fn a_probe_is_believed_only_when_it_says_one_known_thing() {
        let found = |stdout: &str| read_probe(&gap(), run(DONE, stdout)).built;
        assert_eq!(
            found("noise\n built: keep-last \n"),
            Some("keep-last".parse().unwrap())
        );
        assert_eq!(found(""), None);
        assert_eq!(found("built: keep-first\nbuilt: keep-first\n"), None);
        assert_eq!(found("built: something-else\n"), None);
        let failed = read_probe(&gap(), run(Exit::Code { code: 2 }, "built: keep-last\n"));
        assert_eq!(failed.built, None);
        assert_eq!(
            failed.because,
            "The probe could not tell. The command exited with 2."
        );
    }

    fn exits() -> impl Strategy<Value = Exit> {
        prop_oneof![
            (-2_i32..3).prop_map(|code| Exit::Code { code }),
            (1_i32..32).prop_map(|signal| Exit::Signal { signal }),
            Just(Exit::LimitReached {
                limit: Limit::Memory
            }),
            Just(Exit::NotStarted { why: "gone".into() }),
        ]
    }

    fn outcomes() -> impl Strategy<Value = Vec<TestCase>> {
        let outcome = prop_oneof![
            Just(TestOutcome::Passed),
            Just(TestOutcome::Failed),
            Just(TestOutcome::Skipped)
        ];
        proptest::collection::vec(outcome.prop_map(|outcome| test("t", outcome)), 0..6)
    }

    proptest! {
        #[test]
        fn a_criterion_passes_only_with_exit_0_one_passed_and_no_failed_test(exit in exits(), tests in outcomes()) {
            let passes = exit == DONE
                && tests.iter().any(|test| test.outcome == TestOutcome::Passed)
                && tests.iter().all(|test| test.outcome != TestOutcome::Failed);
            let result = judge_command(&criterion(), run(exit, ""), Some(Ok(tests)));
            prop_assert_eq!(result.verdict == Verdict::Passed, passes, "{}", result.because);
            prop_assert!(result.because.ends_with('.'));
        }

        #[test]
        fn a_probe_never_finds_what_the_spec_does_not_know(stdout in "(built: ?[a-z-]{0,12}\n|[a-z ]{0,5}\n){0,4}") {
            let result = read_probe(&gap(), run(DONE, &stdout));
            if let Some(id) = result.built {
                prop_assert!(gap().interpretation(&id).is_some());
            }
        }
    }
}
