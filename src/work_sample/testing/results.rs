//! Hand-made results of checks.

use super::{at, sha};
use crate::acceptance::{
    Assessment, ChangeKind, ChangedFile, CommandRun, CriterionResult, Exit, Output, ProbeResult,
    Verdict,
};
use crate::ids::SpecDigest;

pub(crate) fn run(exit: Exit) -> CommandRun {
    CommandRun {
        command: vec!["sh".to_owned()],
        exit,
        duration_ms: 12,
        stdout: Output::default(),
        stderr: Output::default(),
    }
}

/// AC-1 passed, AC-2 failed, AC-3 open, AC-4 undetermined; G1 built for ever.
pub(crate) fn assessment(of: char) -> Assessment {
    let verdicts = [
        ("AC-1", Verdict::Passed),
        ("AC-2", Verdict::Failed),
        ("AC-3", Verdict::Open),
        ("AC-4", Verdict::Undetermined),
    ];
    Assessment {
        sha: sha(of),
        spec: SpecDigest::of(b"spec"),
        sandbox: "test".to_owned(),
        started_at: at(1000),
        build: None,
        results: verdicts
            .into_iter()
            .map(|(id, verdict)| CriterionResult {
                criterion: id.parse().unwrap(),
                verdict,
                because: "so it came out".to_owned(),
                run: None,
                tests: Vec::new(),
            })
            .collect(),
        probes: vec![ProbeResult {
            gap: "G1".parse().unwrap(),
            built: Some("for-ever".parse().unwrap()),
            because: "it printed `built: for-ever`".to_owned(),
            run: run(Exit::Code { code: 0 }),
        }],
        changed_files: changed(&["src/orders/keys.rs", "tests/replay.rs"]),
    }
}

pub(crate) fn changed(paths: &[&str]) -> Vec<ChangedFile> {
    paths
        .iter()
        .map(|path| ChangedFile {
            path: (*path).to_owned(),
            change: ChangeKind::Added,
            added: 10,
            removed: 0,
        })
        .collect()
}
