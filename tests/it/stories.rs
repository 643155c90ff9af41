//! Whole work samples, through every door, on both databases.

use std::path::Path;
use std::process::Command;

use rstest::rstest;
use worksample::ids::CommitSha;
use worksample::rehearsal::{Played, World, play};
use worksample::sandbox::Sandbox;
use worksample::store::{JobFilter, JobState};
use worksample::workflow::show;

use crate::sandbox::sandbox;
use crate::support::played::On;
use crate::support::small;

/// Does the branch that is checked out lead to the commit?
fn reaches(clone: &Path, sha: &CommitSha) -> bool {
    let listed = Command::new("git")
        .arg("-C")
        .arg(clone)
        .args(["rev-list", "HEAD"])
        .output()
        .unwrap();
    assert!(listed.status.success(), "{listed:?}");
    let listed = String::from_utf8(listed.stdout).unwrap();
    listed.lines().any(|line| line == sha.as_str())
}

async fn played(world: &World, scripts: &[&str]) -> Vec<Played> {
    let scripts = scripts.iter().map(|text| small::script(text)).collect();
    play(world, &small::version(), scripts, &mut |_| {})
        .await
        .unwrap()
}

fn proved() -> Option<Sandbox> {
    sandbox().cloned()
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn a_work_sample_goes_from_offer_to_decision_as_scripted(#[case] on: On) {
    let (Some(database), Some(sandbox)) = (on.database(), proved()) else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let world = small::world(dir.path(), database.url(), Some(sandbox)).await;
    let played = played(&world, &[small::TALKATIVE]).await;
    assert_eq!(played[0].expected.differences, Vec::<String>::new());

    let (work_sample, _) = show::work_sample(&world.services, &played[0].id)
        .await
        .unwrap();
    assert_eq!(work_sample.outstanding(), None, "it was paid");
    assert_eq!(
        work_sample.decision.as_ref().unwrap().reason,
        "Said what was decided and why."
    );
    let memo = work_sample
        .entries
        .iter()
        .find(|entry| !entry.history.is_empty())
        .unwrap();
    assert_eq!(
        memo.history[0].text, "I write one line into one file.",
        "the first text is kept"
    );
    let forced = work_sample.pushes.iter().find(|push| push.forced).unwrap();
    assert!(!forced.before.is_zero() && forced.before != forced.after);
    assert!(
        !reaches(&world.clone_dir("talkative"), &forced.before),
        "no branch leads to what was replaced"
    );
    let page = played[0].report.to_html();
    let told = format!(
        "by force, from {} to {}",
        forced.before.short(),
        forced.after.short()
    );
    assert!(page.contains(&told), "the timeline shows both commits");
    let dead = world
        .services
        .store
        .read(|tx| {
            tx.jobs(&JobFilter {
                state: Some(JobState::Dead),
                ..JobFilter::default()
            })
        })
        .await
        .unwrap();
    assert_eq!(dead, [], "nothing waits for an operator");
    world.stop().await.unwrap();
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn every_webhook_sent_again_changes_nothing(#[case] on: On) {
    let Some(database) = on.database() else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let world = small::world(dir.path(), database.url(), None).await;
    let until_delivery = small::until(small::TALKATIVE, "do = \"judge\"");
    let played = played(&world, &[&until_delivery]).await;
    let before = show::report(&world.services, &played[0].id).await.unwrap();
    let guids: std::collections::BTreeSet<String> = world
        .stand_in
        .deliveries()
        .into_iter()
        .map(|one| one.guid)
        .collect();
    assert!(guids.len() > 10, "there was something to send again");
    for guid in guids {
        world.stand_in.redeliver(&guid).unwrap();
    }
    world.settle().await.unwrap();
    let after = show::report(&world.services, &played[0].id).await.unwrap();
    assert_eq!(before.to_json(), after.to_json());
    assert_eq!(before.to_html(), after.to_html());
    assert_eq!(before.to_markdown(), after.to_markdown());
    world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn reviewer_only_material_reaches_neither_the_repository_nor_the_candidates_answers() {
    let dir = tempfile::tempdir().unwrap();
    let world = small::world(dir.path(), None, None).await;
    let until_join = small::until(small::TALKATIVE, "do = \"comment\"");
    let played = played(&world, &[&until_join]).await;

    let mut seen = String::new();
    let clone = world.clone_dir("talkative");
    for (path, file) in worksample::disk::read_folder(&clone).unwrap().files {
        seen.push_str(&path);
        seen.push_str(file.as_text().unwrap_or_default());
    }
    let bearer = worksample::web::tokens::Bearer::Candidate {
        work_sample: played[0].id.clone(),
    };
    seen.push_str(&world.api.get(&bearer, "/offer").await.unwrap().to_string());
    for delivery in world.stand_in.deliveries() {
        seen.push_str(&delivery.payload.to_string());
    }
    assert!(seen.contains("hello world"), "the brief is there");
    for hidden in [
        "with-mark",
        "exclamation",
        "greets.sh",
        "built:",
        "Does the greeting end",
    ] {
        assert!(!seen.contains(hidden), "the candidate can read `{hidden}`");
    }
    world.stop().await.unwrap();
}
