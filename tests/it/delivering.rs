//! Deliveries from their words at GitHub to the record, the pay and the answer.

use chrono::Duration;
use reqwest::Method;
use rstest::rstest;
use serde_json::Value;
use worksample::work_sample::{Command, DeliveryOutcome, State, key};
use worksample::workflow::{act, deliver};

use crate::answering::Talk;
use crate::support::played::{On, behind_its_back, lead};

/// An answer without what differs from run to run.
fn shown(talk: &Talk, answer: &str) -> String {
    let words = answer.split_once('\n').unwrap().1;
    let mut shown = String::new();
    for word in words.split_inclusive([' ', '\n']) {
        let bare = word
            .trim_end()
            .trim_matches(|c: char| !c.is_ascii_alphanumeric());
        let is_sha = matches!(bare.len(), 7 | 40) && bare.bytes().all(|b| b.is_ascii_hexdigit());
        shown.push_str(&if is_sha {
            word.replace(bare, "<sha>")
        } else {
            word.to_owned()
        });
    }
    shown.replace(talk.id.as_str(), "ws_…")
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn delivery_after_a_sentence_is_recorded_and_confirmed(#[case] on: On) {
    let Some(talk) = Talk::start(on).await else {
        return;
    };
    let text = "All done, tests are green.\n\n/deliver";
    talk.say(&talk.candidate, talk.pull, text).await;
    let ws = talk.folded().await;
    assert_eq!(ws.state, State::Delivered);
    assert_eq!(ws.delivery_records.len(), 1);
    let delivered = ws.effective_delivery().unwrap();
    let head = ws.pushes.last().unwrap();
    assert_eq!(delivered.sha.as_ref(), Some(&head.after));
    assert_eq!(ws.obligation.as_ref().unwrap().fell_due_at, delivered.at);
    let answers = talk.answers(talk.pull).await;
    assert_eq!(answers.len(), 1);
    insta::assert_snapshot!("delivered", shown(&talk, &answers[0]));

    // Our own comment came back as a webhook and is nobody's words; nothing is answered twice.
    talk.world.clock.advance(Duration::hours(7));
    talk.settle().await;
    assert_eq!(talk.answers(talk.pull).await.len(), 1);
    assert_eq!(talk.folded().await.delivery_records.len(), 1);
    talk.no_job_is_dead().await;
    talk.world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_name_delivers_nothing_and_is_answered() {
    let talk = Talk::start(On::Sqlite).await.unwrap();
    let text = "/deliver release/9 @lena-lead";
    talk.say(&talk.candidate, talk.pull, text).await;
    let ws = talk.folded().await;
    assert_eq!(ws.state, State::InProgress);
    assert_eq!(ws.obligation, None);
    let outcome = &ws.delivery_records[0].outcome;
    assert!(
        matches!(outcome, DeliveryOutcome::NotResolved { .. }),
        "{outcome:?}"
    );
    let answers = talk.answers(talk.pull).await;
    assert_eq!(answers.len(), 1);
    insta::assert_snapshot!("not_resolved", shown(&talk, &answers[0]));
    talk.no_job_is_dead().await;
    talk.world.stop().await.unwrap();
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn unchanged_starter_is_answered_and_counts_once_confirmed(#[case] on: On) {
    let Some(talk) = Talk::start(on).await else {
        return;
    };
    let kickoff = talk.kickoff().await;
    talk.say(&talk.candidate, kickoff, "/deliver").await;
    let asked = talk.folded().await;
    assert_eq!((asked.state, asked.obligation), (State::InProgress, None));
    let first_at = asked.delivery_records[0].declared_at;
    let answers = talk.answers(kickoff).await;
    assert_eq!(answers.len(), 1);
    insta::assert_snapshot!("starter", shown(&talk, &answers[0]));

    talk.world.clock.advance(Duration::hours(1));
    talk.say(&talk.candidate, kickoff, "/deliver starter").await;
    let ws = talk.folded().await;
    assert_eq!(ws.state, State::Delivered);
    assert_eq!(ws.obligation.unwrap().fell_due_at, first_at);
    assert!(ws.deliveries[0].starter);
    assert_eq!(talk.answers(kickoff).await.len(), 2);
    talk.no_job_is_dead().await;
    talk.world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn starter_through_the_api_is_refused_until_it_is_confirmed() {
    let talk = Talk::start(On::Sqlite).await.unwrap();
    let services = &talk.world.services;
    let refused = deliver::deliver(services, &talk.id, deliver::What::DefaultBranch, false).await;
    assert_eq!(refused.unwrap_err().code(), "starter_unchanged");
    let asked = talk.folded().await;
    assert_eq!((asked.state, asked.obligation), (State::InProgress, None));

    talk.world.clock.advance(Duration::hours(1));
    let delivered = deliver::deliver(services, &talk.id, deliver::What::DefaultBranch, true)
        .await
        .unwrap();
    assert_eq!(delivered.state, State::Delivered);
    let first_at = asked.delivery_records[0].declared_at;
    assert_eq!(delivered.obligation.unwrap().fell_due_at, first_at);
    talk.world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn delivery_is_owed_although_its_repository_is_deleted_at_once() {
    let talk = Talk::start(On::Sqlite).await.unwrap();
    talk.say_only(&talk.candidate, talk.pull, "/deliver").await;
    let path = format!("repos/{}", talk.full_name);
    behind_its_back(&talk.world, Method::DELETE, &path, Value::Null).await;
    for _ in 0..30 {
        talk.world.settle().await.unwrap();
        talk.world.clock.advance(Duration::minutes(1));
    }
    let ws = talk.folded().await;
    assert!(!ws.whereabouts.there);
    assert_eq!(ws.deliveries.len(), 1);
    assert_eq!(ws.obligation.unwrap().fell_due_at, ws.deliveries[0].at);
    talk.world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn lead_records_what_no_command_says_and_the_candidate_reads_why() {
    let talk = Talk::start(On::Sqlite).await.unwrap();
    let text = "Here you are, this is my delivery.";
    let comment = talk.say(&talk.candidate, talk.pull, text).await;
    let ws = talk.folded().await;
    assert_eq!(ws.deliveries, []);
    let entry = ws
        .entries
        .iter()
        .find(|entry| entry.key.0 == format!("issue_comment:{comment}:created"));
    let head = ws.pushes.last().unwrap().after.clone();
    let command = Command::CorrectDelivery {
        delivery: entry.unwrap().key.clone(),
        sha: head.clone(),
        reason: "The words say it.".to_owned(),
    };
    act::act(&talk.world.services, &talk.id, command, lead())
        .await
        .unwrap();
    talk.settle().await;
    let ws = talk.folded().await;
    assert_eq!(ws.deliveries[0].sha, Some(head));
    assert_eq!(ws.deliveries[0].recorded_by, key::delivery_recorded(1));
    let answers = talk.answers(talk.pull).await;
    assert_eq!(answers.len(), 1);
    assert!(
        answers[0].contains("Lea Lead: The words say it."),
        "{}",
        answers[0]
    );
    talk.no_job_is_dead().await;
    talk.world.stop().await.unwrap();
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn correction_to_a_commit_that_does_not_exist_is_refused(#[case] on: On) {
    let Some(talk) = Talk::start(on).await else {
        return;
    };
    talk.say(&talk.candidate, talk.pull, "/deliver").await;
    let before = talk.folded().await;
    let correct = |sha: &str| Command::CorrectDelivery {
        delivery: before.deliveries[0].delivery.clone(),
        sha: sha.parse().unwrap(),
        reason: "it was another".to_owned(),
    };
    let services = &talk.world.services;
    for digit in ["1", "0"] {
        let command = correct(&digit.repeat(40));
        let refused = act::act(services, &talk.id, command, lead()).await;
        assert_eq!(refused.unwrap_err().code(), "no_such_commit", "{digit}");
    }
    talk.settle().await;
    let after = talk.folded().await;
    assert_eq!(after.delivery_records, before.delivery_records);
    let first = after.provisioning.first_commit.clone().unwrap();
    let command = correct(first.as_str());
    act::act(services, &talk.id, command, lead()).await.unwrap();
    talk.settle().await;
    let corrected = talk.folded().await;
    assert_eq!(corrected.effective_delivery().unwrap().sha, Some(first));
    talk.world.stop().await.unwrap();
}
