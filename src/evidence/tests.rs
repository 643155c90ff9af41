//! Findings on small stories, read as people read them.

use super::*;
use crate::work_sample::testing::*;
use crate::work_sample::{EventBody, Occurrence, key};

const HOUR: i64 = 60;

fn read(all: &[Finding]) -> String {
    all.iter()
        .map(|finding| {
            let mark = match finding.observation {
                Observation::Observed => "+",
                Observation::NotObserved => "·",
            };
            format!(
                "{mark} {} [{}]\n  {}",
                finding.id,
                finding.events.len(),
                finding.statement
            )
        })
        .collect::<Vec<_>>()
        .join("\n")
}

fn of(dimension: Dimension, story: &Story) -> String {
    let all: Vec<Finding> = findings(&spec(), &story.fold())
        .into_iter()
        .filter(|finding| finding.dimension == dimension)
        .collect();
    read(&all)
}

fn of_each(dimension: Dimension) -> String {
    [
        ("diligent", diligent()),
        ("silent", silent()),
        ("asking", asking()),
    ]
    .iter()
    .map(|(name, story)| format!("── {name}\n{}", of(dimension, story)))
    .collect::<Vec<_>>()
    .join("\n\n")
}

const QUESTION: &str = "### Clause\n\nr3\n\n### What I already know\n\nR3 says they are kept.\n\n### My own assessment\n\nA day would do.\n\n### What I do if I hear nothing\n\nKeys expire after a day.\n\n### Blocking?\n\nNo";
const DECISION: &str = "### Clause\n\nR1\n\n### What the spec leaves open\n\nA second request in flight.\n\n### Options\n\nwait or refuse\n\n### What I chose and why\n\nRefuse: no thread hangs. Needs web/status.html, though N1.";
const UPDATE: &str = "### Done\n\nkeys\n\n### Next\n\nreplay\n\n### Blocked\n\nno\n\n### Changed estimate\n\n_No response_";

/// Keeps the team in the picture and keeps working.
fn diligent() -> Story {
    let mut story = Story::provisioned();
    story.issue(team(), KICKOFF, 1, "Kickoff", "Please");
    story.comment(
        candidate(),
        KICKOFF,
        30,
        "## What I understood\nKeys.\n## My approach\nSmall steps.",
    );
    story.issue(candidate(), 2, HOUR, "Question: How long?", QUESTION);
    story.push(2 * HOUR, MAIN, '1', '2');
    story.comment(team(), 2, 4 * HOUR, "/answer a day");
    story.issue(candidate(), 3, 5 * HOUR, "Progress: first day", UPDATE);
    story.issue(candidate(), 4, 6 * HOUR, "Decision: In flight", DECISION);
    story.comment(team(), 4, 8 * HOUR, "/confirm");
    story.push(26 * HOUR, MAIN, '2', '3');
    let body = EventBody::CheckCompleted {
        name: "test".to_owned(),
        sha: sha('3'),
        conclusion: "success".to_owned(),
        occurrence: Occurrence::FIRST,
    };
    story.add(key::check_completed(9), team(), at(26 * HOUR + 5), body);
    story.comment(candidate(), KICKOFF, 27 * HOUR, "/deliver");
    let mut result = assessment('3');
    result.changed_files = changed(&[
        "src/orders/keys.rs",
        "tests/replay.rs",
        "web/status.html",
        "Makefile",
    ]);
    story.assessed(28 * HOUR, result);
    let body = EventBody::Judged {
        criterion: "AC-3".parse().unwrap(),
        sha: sha('3'),
        verdict: crate::acceptance::Verdict::Passed,
        note: "names are as in the brief".to_owned(),
    };
    story.add(key::judged(1), reviewer(), at(30 * HOUR), body);
    story
}

/// Says nothing and delivers late.
fn silent() -> Story {
    let mut story = Story::provisioned();
    story.push(6 * 24 * HOUR, MAIN, '1', '2');
    story.comment(candidate(), KICKOFF, 6 * 24 * HOUR + 5, "/deliver");
    story.assessed(7 * 24 * HOUR, assessment('2'));
    story
}

/// Asks what the brief answers, in free text.
fn asking() -> Story {
    let mut story = Story::provisioned();
    story.comment(candidate(), KICKOFF, 10, "/progress reading");
    story.issue(
        candidate(),
        2,
        20,
        "Bodies",
        "/question Is another body refused (R2)?",
    );
    story.comment(team(), 2, 50, "/answer see R2");
    story.issue(candidate(), 3, 60, "Colours", "/question which colours?");
    story.issue(candidate(), 4, 70, "R3", "/question is R3 needed?");
    story
}

#[test]
fn technical_depth_of_a_delivery_that_was_assessed_and_judged() {
    insta::assert_snapshot!(of(Dimension::TechnicalDepth, &diligent()));
}

#[test]
fn technical_depth_before_a_delivery_is_not_observed() {
    insta::assert_snapshot!(of(Dimension::TechnicalDepth, &asking()));
}

#[test]
fn technical_depth_of_a_late_delivery() {
    let all = of(Dimension::TechnicalDepth, &silent());
    assert!(all.contains("after the due time"), "{all}");
}

#[test]
fn technical_depth_names_a_build_that_ended_otherwise() {
    let mut story = Story::provisioned();
    story.comment(candidate(), KICKOFF, 60, "/deliver");
    let mut result = assessment('1');
    result.build = Some(run(crate::acceptance::Exit::Code { code: 101 }));
    story.assessed(70, result);
    let all = of(Dimension::TechnicalDepth, &story);
    assert!(
        all.contains("The build `sh` ended with exit code 101 on 1111111."),
        "{all}"
    );
}

#[test]
fn async_communication_of_someone_who_writes() {
    insta::assert_snapshot!(of(Dimension::AsyncCommunication, &diligent()));
}

#[test]
fn async_communication_in_free_text() {
    insta::assert_snapshot!(of(Dimension::AsyncCommunication, &asking()));
}

#[test]
fn async_communication_of_silence() {
    insta::assert_snapshot!(of(Dimension::AsyncCommunication, &silent()));
}

#[test]
fn spec_reading_lays_questions_beside_the_gaps() {
    insta::assert_snapshot!(of_each(Dimension::SpecReading));
}

#[test]
fn scope_discipline_names_what_lies_outside_and_whether_it_was_said() {
    insta::assert_snapshot!(of_each(Dimension::ScopeDiscipline));
}

#[test]
fn judgement_on_gaps_says_what_was_built_and_what_was_said() {
    insta::assert_snapshot!(of_each(Dimension::JudgementOnGaps));
}

fn stories() -> Vec<Story> {
    vec![
        Story::drafted(),
        Story::offered(),
        Story::accepted(),
        Story::provisioned(),
        diligent(),
        silent(),
        asking(),
    ]
}

#[test]
fn no_statement_praises_blames_or_concludes() {
    let verdicts = [
        "good",
        "bad",
        "poor",
        "excellent",
        "weak",
        "strong",
        "score",
        "hire",
        "recommend",
        "impressive",
        "disappoint",
        "great",
        "fail",
        "unfortunately",
        "only",
        "lazy",
        "careful",
        "should",
        "well-",
        "rating",
        "rank",
    ];
    for story in stories() {
        for finding in findings(&spec(), &story.fold()) {
            let statement = finding.statement.to_lowercase();
            for word in verdicts {
                assert!(
                    !words::begins_a_word(&statement, word),
                    "“{word}” in: {statement}"
                );
            }
        }
    }
}

#[test]
fn every_finding_is_found_by_its_id_and_observations_rest_on_events_of_the_log() {
    for story in stories() {
        let keys: Vec<_> = story.happenings.iter().map(|one| &one.key).collect();
        let all = findings(&spec(), &story.fold());
        let ids: std::collections::BTreeSet<_> = all.iter().map(|one| &one.id).collect();
        assert_eq!(ids.len(), all.len(), "{}", read(&all));
        for finding in &all {
            for event in &finding.events {
                assert!(keys.contains(&event), "{event} of {}", finding.id);
            }
        }
        for dimension in Dimension::ALL {
            assert!(all.iter().any(|one| one.dimension == dimension));
        }
    }
}

#[test]
fn what_tells_of_gaps_is_for_reviewers() {
    for story in stories() {
        for finding in findings(&spec(), &story.fold()) {
            if finding.gap.is_some() || finding.statement.contains("gap") {
                assert!(finding.reviewer_only, "{}", finding.statement);
            }
        }
    }
}

#[test]
fn plain_reply_of_the_team_ends_the_waiting() {
    let mut story = Story::provisioned();
    story.issue(candidate(), 2, 10, "Shifts", "/question may shifts touch?");
    story.issue(
        candidate(),
        3,
        11,
        "Retention",
        "/decision how long: for ever",
    );
    let before = of(Dimension::AsyncCommunication, &story);
    assert!(before.contains("has no answer from the team"), "{before}");
    story.comment(team(), 2, 70, "No, touching shifts are fine. Go on.");
    story.comment(team(), 3, 71, "Fine.");
    let after = of(Dimension::AsyncCommunication, &story);
    assert!(!after.contains("no answer"), "{after}");
    assert!(
        after.contains(
            "question “Shifts” got a reply from lee after 1 h"
                .replace("question", "Question")
                .as_str()
        ),
        "{after}"
    );
    assert!(
        after.contains("The team replied to 1 of 1 question, after 1 h."),
        "{after}"
    );
    let gaps = of(Dimension::JudgementOnGaps, &story);
    assert!(gaps.contains("replied to by lee after 1 h"), "{gaps}");
}
