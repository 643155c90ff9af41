//! The shipped rehearsals, played on the pure core alone: commands through `decide`, conversation and pushes as GitHub
//! facts. What the scripts expect of the conversation must come out of the fold, in whatever order the facts came.

#![expect(
    clippy::unwrap_used,
    reason = "a rehearsal that cannot be played has failed its test"
)]

mod player;

use std::path::Path;

use player::Player;
use worksample::clock::Timestamp;
use worksample::evidence::{Dimension, findings};
use worksample::ids::{SeededIds, WorkSampleId};
use worksample::spec::SpecVersion;
use worksample::spec::candidate;
use worksample::spec::forms::Form;
use worksample::spec::script::{self, Script};
use worksample::work_sample::*;

fn version(slug: &str) -> SpecVersion {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("specs")
        .join(slug);
    SpecVersion::read(worksample::disk::read_folder(&dir).unwrap()).unwrap()
}

fn scripts(version: &SpecVersion) -> Vec<Script> {
    version
        .folder
        .files
        .iter()
        .filter(|(path, _)| path.starts_with("rehearsal/") && path.ends_with(".toml"))
        .filter(|(path, _)| !path["rehearsal/".len()..].contains('/'))
        .map(|(path, file)| script::parse(file.as_text().unwrap(), path).unwrap())
        .collect()
}

fn played(version: &SpecVersion, script: &Script) -> (WorkSample, Vec<Event>) {
    let mut player = Player::offered(version, script);
    for step in &script.steps {
        player.step(&step.step);
        player.settle();
    }
    (fold(&player.log).unwrap(), player.log)
}

fn number_of(ws: &WorkSample, kind: EntryKind) -> u32 {
    u32::try_from(ws.entries_of(kind).count()).unwrap()
}

#[test]
fn the_shipped_rehearsals_are_read_as_their_scripts_expect() {
    for slug in ["order-idempotency", "webhook-relay"] {
        let version = version(slug);
        let scripts = scripts(&version);
        assert!(scripts.len() >= 3, "{slug}");
        for script in scripts {
            let (ws, _) = played(&version, &script);
            let name = format!("{slug}/{}", script.name);
            let expect = &script.expect;
            for (expected, kind) in [
                (expect.questions, EntryKind::Question),
                (expect.updates, EntryKind::Progress),
                (expect.decisions, EntryKind::Decision),
            ] {
                if let Some(expected) = expected {
                    assert_eq!(number_of(&ws, kind), expected, "{kind:?} of {name}");
                }
            }
            if let Some(late) = expect.late {
                let delivery = ws.effective_delivery();
                assert_eq!(delivery.is_some_and(|one| one.late), late, "{name}");
            }
            for answer in ws.entries_of(EntryKind::Answer) {
                assert!(answer.about.is_some(), "an answer to nothing in {name}");
            }
            for delivery in &ws.deliveries {
                assert!(delivery.sha.is_some(), "a delivery of nothing in {name}");
            }
            let all = findings(&version.spec, &ws);
            for dimension in Dimension::ALL {
                assert!(all.iter().any(|one| one.dimension == dimension), "{name}");
            }
        }
    }
}

#[test]
fn facts_in_reverse_tell_the_same_rehearsal() {
    let version = version("order-idempotency");
    for script in scripts(&version) {
        let (ws, log) = played(&version, &script);
        let (mut facts, lifecycle): (Vec<Event>, Vec<Event>) = log
            .into_iter()
            .partition(|event| event.happening.body.is_github_fact());
        facts.reverse();
        let mut reversed = lifecycle;
        reversed.extend(facts);
        for (seq, event) in (1..).zip(&mut reversed) {
            event.seq = seq;
        }
        let other = fold(&reversed).unwrap();
        assert_eq!(ws, other, "{}", script.name);
        assert_eq!(
            findings(&version.spec, &ws),
            findings(&version.spec, &other)
        );
    }
}

#[test]
fn the_forms_that_candidates_get_are_the_forms_that_are_read() {
    for (form, kind) in [
        (Form::Question, EntryKind::Question),
        (Form::Progress, EntryKind::Progress),
        (Form::Decision, EntryKind::Decision),
    ] {
        let given: Vec<&str> = form.fields().iter().map(|field| field.label).collect();
        let read: Vec<&str> = entry::labels(kind).iter().map(|label| label.text).collect();
        assert_eq!(given, read);
    }
    let version = version("order-idempotency");
    let ids = SeededIds::new(1);
    let due: Timestamp = "2026-03-07T09:00:00Z".parse().unwrap();
    let id = WorkSampleId::new(&ids, due);
    let kickoff = candidate::kickoff(&version, &id, &"dana".parse().unwrap(), due);
    assert_eq!(entry::form_of(&kickoff.body), Some(EntryKind::Memo));
}
