//! The end of the work: frozen at the due time, reduced to reading, kept, put away.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rstest::rstest;
use worksample::ids::WorkSampleId;
use worksample::rehearsal::play;
use worksample::stand_in::{Fault, FaultPlan, PlannedFault};
use worksample::work_sample::{Afterwards, Command, DecisionOutcome};
use worksample::workflow::worker::Outcome;
use worksample::workflow::{Services, act, end};

use crate::support::flaky::Breaks;
use crate::support::played::{
    Beside, On, Stage, as_account, behind_its_back, first_meets, folded, lead,
};
use crate::support::small;

const NOT_FOUND: Breaks = Breaks::Answers(404, r#"{"message":"Not Found"}"#);

/// Nothing between the service and GitHub breaks.
const WHOLE: (usize, Breaks) = (0, Breaks::Before);

/// A candidate who pushed twice, by force the second time, and did not deliver.
async fn worked(on: On) -> Option<Stage> {
    Stage::up_to("do = \"deliver\"", on).await
}

async fn permission(stage: &Stage) -> String {
    let (_, answer) = stage
        .at_github("/collaborators/toni-talks/permission")
        .await;
    answer["permission"].as_str().unwrap_or("none").to_owned()
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn at_the_due_time_the_work_is_frozen_and_an_extension_opens_it_again(#[case] on: On) {
    let Some(stage) = worked(on).await else {
        return;
    };
    let services = &stage.world.services;
    let before = folded(services, &stage.id).await;
    assert_eq!(permission(&stage).await, "write");
    stage.world.clock.advance_to(before.due_at.unwrap());
    stage.world.settle().await.unwrap();
    let frozen = folded(services, &stage.id).await;
    assert_eq!(permission(&stage).await, "read");
    assert!(frozen.end.reduced);
    assert_eq!(
        frozen.end.frozen.as_ref().unwrap().sha,
        before.provisioning.first_commit,
        "nothing was delivered, and nothing pushed to the default branch"
    );
    assert_eq!(frozen.state, before.state, "freezing delivers nothing");

    let due_at = stage.world.now() + chrono::Duration::days(1);
    let extend = Command::Extend {
        due_at,
        reason: "ill".into(),
    };
    act::act(services, &stage.id, extend, lead()).await.unwrap();
    stage.world.settle().await.unwrap();
    let open = folded(services, &stage.id).await;
    assert_eq!(permission(&stage).await, "write");
    assert_eq!((open.end.frozen, open.end.reduced), (None, false));
    stage.world.clock.advance_to(due_at);
    stage.world.settle().await.unwrap();
    assert_eq!(permission(&stage).await, "read");
    stage.world.stop().await.unwrap();
}

/// Ends the work early: the lead cancels nothing that was delivered, so the work sample here has no delivery.
async fn cancel(services: &Services, id: &WorkSampleId) {
    let command = Command::Cancel {
        reason: "the need is gone".into(),
    };
    act::act(services, id, command, lead()).await.unwrap();
}

/// The bundle holds what the candidate pushed, also what a force push left behind.
async fn check_bundle(stage: &Stage, twin: &Beside) {
    let (services, dir) = (&twin.services, twin.dir());
    let work_sample = folded(services, &stage.id).await;
    let kept = work_sample.end.kept.as_ref().unwrap();
    let path = services.artifacts.verified(&kept.sha256).unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().len(), kept.bytes);
    let clone = dir.join("from-bundle");
    let git = |arguments: &[&str], at: &std::path::Path| {
        let output = std::process::Command::new("git")
            .args(arguments)
            .current_dir(at)
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    git(
        &[
            "clone",
            "--quiet",
            "--mirror",
            path.to_str().unwrap(),
            clone.to_str().unwrap(),
        ],
        dir,
    );
    for push in work_sample
        .pushes
        .iter()
        .filter(|push| !push.after.is_zero())
    {
        assert_eq!(
            git(&["cat-file", "-t", push.after.as_str()], &clone).trim(),
            "commit"
        );
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn whichever_exchange_breaks_the_end_is_reached_once_and_a_rerun_calls_nobody(
    #[values(Breaks::Before, Breaks::After)] breaks: Breaks,
    #[values(On::Sqlite, On::Postgres)] on: On,
) {
    let Some(stage) = worked(on).await else {
        return;
    };
    // The looks before the freeze are broken in the tests of following; these are the steps themselves.
    let all = breaks_at(stage, (0, breaks)).await;
    assert!(all > 10, "{all}");
    // Every break is tried on one database; on the other those of the last writes.
    let many = match on {
        On::Sqlite => 4,
        On::Postgres => 1,
    };
    for at in all - many..=all {
        let stage = worked(on).await.unwrap();
        breaks_at(stage, (at, breaks)).await;
    }
}

/// Drains the second service through some minutes, in which one job waits so many times.
async fn put_off(stage: &Stage, twin: &Beside, times: usize) -> Vec<Outcome> {
    let mut outcomes = twin.worker.drain().await.unwrap();
    for _ in 0..6 {
        stage.world.clock.advance(chrono::Duration::minutes(2));
        outcomes.extend(twin.worker.drain().await.unwrap());
    }
    let postponed = outcomes
        .iter()
        .filter(|one| matches!(one, Outcome::Postponed { .. }))
        .count();
    assert_eq!(postponed, times, "{outcomes:?}");
    outcomes
}

/// Breaks exchange number `at` of the end, none if it is 0; returns how many there were.
async fn breaks_at(stage: Stage, (at, breaks): (usize, Breaks)) -> usize {
    let twin = stage
        .beside((at, breaks), Afterwards::DeleteAfter { days: 30 })
        .await;
    let services = &twin.services;
    cancel(services, &stage.id).await;
    put_off(&stage, &twin, usize::from(at > 0)).await;
    let ended = folded(services, &stage.id).await;
    assert!(
        ended.end.reduced && ended.end.archived_at.is_some(),
        "{:?}",
        ended.end
    );
    assert_eq!(stage.at_github("").await.1["archived"], true);
    check_bundle(&stage, &twin).await;

    let seen = twin.flaky.seen();
    end::end(services, &stage.id).await.unwrap();
    assert_eq!(twin.flaky.seen(), seen, "a rerun calls nobody");
    twin.services.store.close().await;
    stage.world.stop().await.unwrap();
    seen
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn a_repository_is_deleted_only_after_its_days_and_only_if_its_bundle_is_whole(
    #[case] on: On,
) {
    let Some(stage) = worked(on).await else {
        return;
    };
    let twin = stage
        .beside(WHOLE, Afterwards::DeleteAfter { days: 30 })
        .await;
    let services = &twin.services;
    cancel(services, &stage.id).await;
    twin.worker.drain().await.unwrap();
    stage.world.clock.advance(chrono::Duration::days(29));
    twin.worker.drain().await.unwrap();
    assert_eq!(stage.at_github("").await.0, 200, "its days are not over");

    let kept = folded(services, &stage.id).await.end.kept.unwrap();
    let path = services.artifacts.verified(&kept.sha256).unwrap();
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[1..]).unwrap();
    stage.world.clock.advance(chrono::Duration::days(2));
    let outcomes = twin.worker.drain().await.unwrap();
    assert!(
        outcomes
            .iter()
            .any(|one| matches!(one, Outcome::Dead { error, .. } if error.contains("artifact"))),
        "{outcomes:?}"
    );
    assert_eq!(
        stage.at_github("").await.0,
        200,
        "what was kept is not whole"
    );

    std::fs::write(&path, &whole).unwrap();
    end::end(services, &stage.id).await.unwrap();
    assert_eq!(stage.at_github("").await.0, 404);
    let ended = folded(services, &stage.id).await;
    assert!(ended.end.deleted_at.is_some());
    assert!(ended.repository_events.iter().all(|event| !event.alarm));
    services.artifacts.verified(&kept.sha256).unwrap();
    twin.services.store.close().await;
    stage.world.stop().await.unwrap();
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn after_the_decision_the_repository_is_kept_and_archived(#[case] on: On) {
    let (Some(sandbox), Some(database)) = (crate::sandbox::sandbox().cloned(), on.database())
    else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let world = small::world(dir.path(), database.url(), Some(sandbox)).await;
    let scripts = vec![small::script(small::TALKATIVE)];
    let played = play(&world, &small::version(), scripts, &mut |_| {})
        .await
        .unwrap();
    world.settle().await.unwrap();
    let work_sample = folded(&world.services, &played[0].id).await;
    let decision = work_sample.decision.as_ref().unwrap();
    assert_eq!(decision.outcome, DecisionOutcome::Proceed);
    assert!(work_sample.end.kept.is_some() && work_sample.end.archived_at.is_some());
    assert_eq!(
        work_sample.end.frozen.as_ref().unwrap().sha,
        work_sample.effective_delivery().unwrap().sha,
        "the delivered commit"
    );
    world.stop().await.unwrap();
}

/// Who is handed the repositories.
const KEEPER: &str = "keeper";

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_repository_is_handed_over_once_with_its_bundle_kept_whichever_exchange_breaks(
    #[values(Breaks::Before, Breaks::After)] breaks: Breaks,
    #[values(On::Sqlite, On::Postgres)] on: On,
) {
    let Some(stage) = worked(on).await else {
        return;
    };
    let all = hands_over(stage, (0, breaks), 0).await;
    // Is it there still? And the transfer: once it is gone from our sight, that could have other reasons for some minutes.
    let unseen = usize::from(breaks == Breaks::After);
    for (at, times) in [(all - 1, 1), (all, 1 + unseen)] {
        hands_over(worked(on).await.unwrap(), (at, breaks), times).await;
    }
}

/// Whom the repository was handed over to, as GitHub tells by webhook.
async fn new_owners(stage: &Stage) -> Vec<String> {
    stage.world.stand_in.settle().await;
    let transfers = stage.world.stand_in.deliveries();
    transfers
        .iter()
        .filter(|one| one.action.as_deref() == Some("transferred"))
        .map(|one| &one.payload["repository"]["owner"]["login"])
        .map(|login| login.as_str().unwrap().to_owned())
        .collect()
}

/// Hands over with exchange number `at` broken, for which it is put off so many times; returns how many there were.
async fn hands_over(stage: Stage, (at, breaks): (usize, Breaks), times: usize) -> usize {
    stage.world.stand_in.add_user(KEEPER, "Keeper").unwrap();
    let afterwards = Afterwards::HandOver(KEEPER.parse().unwrap());
    let twin = stage.beside((at, breaks), afterwards).await;
    let services = &twin.services;
    cancel(services, &stage.id).await;
    let outcomes = put_off(&stage, &twin, times).await;
    let ended = folded(services, &stage.id).await;
    assert!(ended.end.handed_over_at.is_some(), "{outcomes:?}");
    assert_eq!(ended.end.archived_at, None);
    check_bundle(&stage, &twin).await;
    assert_eq!(new_owners(&stage).await, [KEEPER], "once");

    let seen = twin.flaky.seen();
    end::end(services, &stage.id).await.unwrap();
    assert_eq!(twin.flaky.seen(), seen, "a rerun calls nobody");
    twin.services.store.close().await;
    stage.world.stop().await.unwrap();
    seen
}

/// What the open invitation allows.
async fn allowed(stage: &Stage) -> Vec<String> {
    let (_, listed) = stage.at_github("/invitations").await;
    let listed = listed.as_array().unwrap();
    listed
        .iter()
        .map(|one| one["permissions"].as_str().unwrap().to_owned())
        .collect()
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_invited_or_joins_after_the_due_time_comes_to_read_until_it_is_moved(
    #[case] on: On,
) {
    let Some(stage) = Stage::up_to("do = \"wait\"", on).await else {
        return;
    };
    let services = &stage.world.services;
    assert_eq!(allowed(&stage).await, ["write"]);
    let due_at = folded(services, &stage.id).await.due_at.unwrap();
    stage.world.clock.advance_to(due_at);
    stage.world.settle().await.unwrap();
    assert_eq!(allowed(&stage).await, ["read"], "the open one is reduced");
    let changed = stage.world.stand_in.calls();
    assert_eq!(
        changed.get("PATCH /repos/{owner}/{repo}/invitations/{id}"),
        Some(&1),
        "{changed:?}"
    );

    act::act(services, &stage.id, Command::Reinvite, lead())
        .await
        .unwrap();
    stage.world.settle().await.unwrap();
    assert_eq!(allowed(&stage).await, ["read"], "a new one allows no more");

    let due_at = stage.world.now() + chrono::Duration::days(1);
    let reason = "ill".to_owned();
    act::act(
        services,
        &stage.id,
        Command::Extend { due_at, reason },
        lead(),
    )
    .await
    .unwrap();
    stage.world.settle().await.unwrap();
    assert_eq!(allowed(&stage).await, ["write"]);
    stage.world.stop().await.unwrap();
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn a_repository_that_somebody_archived_is_kept_all_the_same(#[case] on: On) {
    let Some(stage) = worked(on).await else {
        return;
    };
    let twin = stage.beside(WHOLE, Afterwards::Archive).await;
    let services = &twin.services;
    let url = format!(
        "{}repos/{}",
        stage.world.stand_in.api_url(),
        stage.full_name
    );
    let archive = reqwest::Client::new()
        .patch(url)
        .json(&serde_json::json!({ "archived": true }));
    let archived = as_account(archive, stage.world.stand_in.service_token()).await;
    assert!(archived.status().is_success());
    cancel(services, &stage.id).await;
    let outcomes = twin.worker.drain().await.unwrap();
    let dead = |one: &&Outcome| matches!(one, Outcome::Dead { .. });
    assert_eq!(outcomes.iter().filter(dead).count(), 0, "{outcomes:?}");
    let ended = folded(services, &stage.id).await;
    assert!(ended.end.reduced && ended.end.archived_at.is_some());
    assert_eq!(ended.stuck, []);
    check_bundle(&stage, &twin).await;
    twin.services.store.close().await;
    stage.world.stop().await.unwrap();
}

/// How many exchanges an end after a cancellation has, of which none breaks.
async fn exchanges(on: On, afterwards: Afterwards) -> Option<usize> {
    let stage = worked(on).await?;
    stage.world.stand_in.add_user(KEEPER, "Keeper").unwrap();
    let twin = stage.beside(WHOLE, afterwards).await;
    cancel(&twin.services, &stage.id).await;
    twin.worker.drain().await.unwrap();
    let end = folded(&twin.services, &stage.id).await.end;
    assert!(end.deleted_at.is_some() || end.handed_over_at.is_some());
    twin.services.store.close().await;
    stage.world.stop().await.unwrap();
    Some(twin.flaky.seen())
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn a_repository_that_is_not_shown_at_times_is_not_believed_to_be_deleted(#[case] on: On) {
    let afterwards = || Afterwards::DeleteAfter { days: 0 };
    let Some(all) = exchanges(on, afterwards()).await else {
        return;
    };
    let (look, deletion) = (all - 1, all);
    // Once, or twice with a look in between that sees it.
    for wrong in [vec![look], vec![deletion], vec![look, look + 2]] {
        let stage = worked(on).await.unwrap();
        let broken = wrong.clone();
        let not_found = move |number| broken.contains(&number).then_some(NOT_FOUND);
        let twin = stage.beside_with(not_found, afterwards()).await;
        cancel(&twin.services, &stage.id).await;
        twin.worker.drain().await.unwrap();
        for _ in &wrong {
            let ended = folded(&twin.services, &stage.id).await;
            assert_eq!(
                (ended.end.deleted_at, ended.stuck),
                (None, vec![]),
                "{wrong:?}"
            );
            assert_eq!(stage.at_github("").await.0, 200, "it is there");
            stage.world.clock.advance(chrono::Duration::minutes(11));
            twin.worker.drain().await.unwrap();
        }
        let ended = folded(&twin.services, &stage.id).await;
        assert!(ended.end.deleted_at.is_some(), "{wrong:?}");
        assert_eq!(stage.at_github("").await.0, 404, "it is really gone");
        twin.services.store.close().await;
        stage.world.stop().await.unwrap();
    }
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn a_repository_that_is_not_shown_once_is_not_believed_to_be_handed_over(#[case] on: On) {
    let afterwards = || Afterwards::HandOver(KEEPER.parse().unwrap());
    let Some(all) = exchanges(on, afterwards()).await else {
        return;
    };
    // The transfer is never heard of at GitHub, or refused, and the look after that sees nothing.
    for lost in [Breaks::Before, NOT_FOUND] {
        let stage = worked(on).await.unwrap();
        stage.world.stand_in.add_user(KEEPER, "Keeper").unwrap();
        let broken = move |number| match number {
            number if number == all => Some(lost),
            number if number == all + 1 => Some(NOT_FOUND),
            _ => None,
        };
        let twin = stage.beside_with(broken, afterwards()).await;
        cancel(&twin.services, &stage.id).await;
        twin.worker.drain().await.unwrap();
        for _ in 0..4 {
            stage.world.clock.advance(chrono::Duration::minutes(2));
            twin.worker.drain().await.unwrap();
        }
        let ended = folded(&twin.services, &stage.id).await;
        assert_eq!(ended.stuck, []);
        if lost == Breaks::Before {
            assert_eq!(ended.end.handed_over_at, None, "it may be on its way");
            assert_eq!(twin.flaky.seen(), all + 1, "both were met");
        }
        stage.world.clock.advance(chrono::Duration::minutes(5));
        twin.worker.drain().await.unwrap();
        let ended = folded(&twin.services, &stage.id).await;
        assert!(ended.end.handed_over_at.is_some());
        assert_eq!(new_owners(&stage).await, [KEEPER], "it is really theirs");
        twin.services.store.close().await;
        stage.world.stop().await.unwrap();
    }
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn a_repository_that_somebody_else_deleted_first_is_deleted(#[case] on: On) {
    let Some(stage) = worked(on).await else {
        return;
    };
    let afterwards = Afterwards::DeleteAfter { days: 30 };
    let twin = stage.beside(WHOLE, afterwards).await;
    cancel(&twin.services, &stage.id).await;
    twin.worker.drain().await.unwrap();
    let nothing = serde_json::Value::Null;
    let path = format!("repos/{}", stage.full_name);
    behind_its_back(&stage.world, reqwest::Method::DELETE, &path, nothing).await;
    stage.world.clock.advance(chrono::Duration::days(31));
    let mut outcomes = twin.worker.drain().await.unwrap();
    stage.world.clock.advance(chrono::Duration::minutes(11));
    outcomes.extend(twin.worker.drain().await.unwrap());
    let ended = folded(&twin.services, &stage.id).await;
    assert!(ended.end.deleted_at.is_some(), "{outcomes:?}");
    assert_eq!(ended.stuck, []);
    twin.services.store.close().await;
    stage.world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_never_asked_to_be_handed_over_is_not_said_to_be() {
    let afterwards = || Afterwards::HandOver(KEEPER.parse().unwrap());
    let Some(all) = exchanges(On::Sqlite, afterwards()).await else {
        return;
    };
    let stage = worked(On::Sqlite).await.unwrap();
    stage.world.stand_in.add_user(KEEPER, "Keeper").unwrap();
    let hidden = move |number| (number >= all - 1).then_some(NOT_FOUND);
    let twin = stage.beside_with(hidden, afterwards()).await;
    cancel(&twin.services, &stage.id).await;
    for _ in 0..30 {
        twin.worker.drain().await.unwrap();
        stage.world.clock.advance(chrono::Duration::minutes(10));
    }
    let ended = folded(&twin.services, &stage.id).await;
    assert_eq!(ended.end.handed_over_at, None);
    assert!(!ended.whereabouts.there);
    let alarms = ended.repository_events.iter().filter(|one| one.alarm);
    assert_eq!(alarms.count(), 1, "the lead hears of it");
    assert_eq!(ended.stuck, []);
    let looks = twin.flaky.seen();
    stage.world.clock.advance(chrono::Duration::hours(7));
    twin.worker.drain().await.unwrap();
    assert!(
        twin.flaky.seen() > looks,
        "it is looked for, for some weeks"
    );
    twin.services.store.close().await;
    stage.world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn where_somebody_deleted_the_repository_during_the_work_there_is_nothing_to_put_away() {
    let Some(stage) = worked(On::Sqlite).await else {
        return;
    };
    let world = &stage.world;
    let path = format!("repos/{}", stage.full_name);
    behind_its_back(
        world,
        reqwest::Method::DELETE,
        &path,
        serde_json::Value::Null,
    )
    .await;
    world.settle().await.unwrap();
    let known = folded(&world.services, &stage.id).await;
    assert!(!known.whereabouts.there);
    world.clock.advance_to(known.due_at.unwrap());
    world.settle().await.unwrap();
    cancel(&world.services, &stage.id).await;
    for _ in 0..4 {
        world.settle().await.unwrap();
        world.clock.advance(chrono::Duration::hours(1));
    }
    let ended = folded(&world.services, &stage.id).await;
    assert!(ended.end.frozen.is_some());
    assert_eq!((ended.end.archived_at, ended.stuck), (None, vec![]));
    let alarms = ended.repository_events.iter().filter(|one| one.alarm);
    assert_eq!(alarms.count(), 1, "it is told");
    stage.world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_that_comes_back_into_sight_is_put_away_after_all() {
    let Some(stage) = worked(On::Sqlite).await else {
        return;
    };
    let hidden = Arc::new(AtomicBool::new(false));
    let hides = Arc::clone(&hidden);
    let broken = move |_| hides.load(Ordering::SeqCst).then_some(NOT_FOUND);
    let twin = stage.beside_with(broken, Afterwards::Archive).await;
    let services = &twin.services;
    twin.worker.drain().await.unwrap();
    hidden.store(true, Ordering::SeqCst);
    cancel(services, &stage.id).await;
    for _ in 0..12 {
        twin.worker.drain().await.unwrap();
        stage.world.clock.advance(chrono::Duration::minutes(10));
    }
    let gone = folded(services, &stage.id).await;
    assert!(!gone.whereabouts.there);
    assert_eq!((gone.end.archived_at, gone.stuck), (None, vec![]));
    hidden.store(false, Ordering::SeqCst);
    stage.world.clock.advance(chrono::Duration::hours(7));
    twin.worker.drain().await.unwrap();
    let back = folded(services, &stage.id).await;
    assert!(back.whereabouts.there && back.end.archived_at.is_some());
    assert_eq!(stage.at_github("").await.1["archived"], true);
    services.store.close().await;
    stage.world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_404_to_the_change_of_access_leaves_nobody_with_write_access() {
    let Some(stage) = worked(On::Sqlite).await else {
        return;
    };
    let world = &stage.world;
    let plan = first_meets(
        format!("PUT /repos/{}/collaborators/toni-talks", stage.full_name),
        Fault::NotYetVisible,
    );
    world.stand_in.set_faults(plan).unwrap();
    let due_at = folded(&world.services, &stage.id).await.due_at.unwrap();
    world.clock.advance_to(due_at);
    world.settle().await.unwrap();
    assert_eq!(world.stand_in.faults_met().len(), 1);
    assert_eq!(permission(&stage).await, "write");
    world.clock.advance(chrono::Duration::minutes(2));
    world.settle().await.unwrap();
    assert_eq!(permission(&stage).await, "read");
    assert_eq!(folded(&world.services, &stage.id).await.stuck, []);
    stage.world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_that_is_hidden_at_the_due_time_is_looked_at_again_before_it_is_frozen() {
    let Some(stage) = worked(On::Sqlite).await else {
        return;
    };
    let world = &stage.world;
    let due_at = folded(&world.services, &stage.id).await.due_at.unwrap();
    let twin = stage.beside(WHOLE, Afterwards::Archive).await;
    let plan = first_meets(
        format!("GET /repos/{}", stage.full_name),
        Fault::NotYetVisible,
    );
    world.stand_in.set_faults(plan).unwrap();
    world.clock.advance_to(due_at);
    let outcomes = twin.worker.drain().await.unwrap();
    assert_eq!(world.stand_in.faults_met().len(), 1, "{outcomes:?}");
    assert_eq!(folded(&twin.services, &stage.id).await.end.frozen, None);
    world.clock.advance(chrono::Duration::minutes(2));
    twin.worker.drain().await.unwrap();
    let frozen = folded(&twin.services, &stage.id).await;
    assert!(frozen.end.frozen.is_some() && !frozen.pushes.is_empty());
    twin.services.store.close().await;
    stage.world.stop().await.unwrap();
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn no_look_that_fails_keeps_the_work_from_being_frozen(#[case] on: On) {
    let Some(stage) = worked(on).await else {
        return;
    };
    let world = &stage.world;
    let due_at = folded(&world.services, &stage.id).await.due_at.unwrap();
    // One answer that no waiting mends, and then a GitHub that is away for longer than anybody waits.
    for (seed, fault) in [(1, Fault::Forbidden), (2, Fault::ServerError)] {
        let request = format!("GET /repos/{}", stage.full_name);
        let at = (1..=40)
            .map(|nth| PlannedFault {
                request: request.clone(),
                nth,
                fault,
            })
            .collect();
        let plan = FaultPlan {
            seed,
            at,
            ..FaultPlan::default()
        };
        world.stand_in.set_faults(plan).unwrap();
        let twin = stage.beside(WHOLE, Afterwards::Archive).await;
        world.clock.advance_to(due_at);
        for _ in 0..12 {
            twin.worker.drain().await.unwrap();
            world.clock.advance(chrono::Duration::minutes(1));
        }
        let ended = folded(&twin.services, &stage.id).await;
        assert!(ended.end.frozen.is_some() && ended.end.reduced, "{fault:?}");
        let met = world.stand_in.faults_met().len();
        assert!(met > 0);
        twin.services.store.close().await;
    }
    stage.world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn who_accepts_between_the_two_looks_of_the_freeze_reads_only_all_the_same() {
    let Some(stage) = worked(On::Sqlite).await else {
        return;
    };
    let world = &stage.world;
    // What a freeze sees that looks for a collaborator right before the invitation is accepted, and for the invitation
    // right after: neither.
    let plan = first_meets(
        format!(
            "GET /repos/{}/collaborators/toni-talks/permission",
            stage.full_name
        ),
        Fault::NotYetVisible,
    );
    world.stand_in.set_faults(plan).unwrap();
    let due_at = folded(&world.services, &stage.id).await.due_at.unwrap();
    world.clock.advance_to(due_at);
    world.settle().await.unwrap();
    assert_eq!(world.stand_in.faults_met().len(), 1);
    assert!(folded(&world.services, &stage.id).await.end.reduced);
    assert_eq!(permission(&stage).await, "read");
    stage.world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_that_vanishes_under_the_freeze_is_not_taken_for_reduced() {
    let Some(stage) = Stage::up_to("do = \"join\"", On::Sqlite).await else {
        return;
    };
    let world = &stage.world;
    let (_, open) = stage.at_github("/invitations").await;
    let gone = |nth| PlannedFault {
        request: format!(
            "PATCH /repos/{}/invitations/{}",
            stage.full_name, open[0]["id"]
        ),
        nth,
        fault: Fault::NotYetVisible,
    };
    world
        .stand_in
        .set_faults(FaultPlan {
            at: vec![gone(1), gone(2)],
            ..FaultPlan::default()
        })
        .unwrap();
    let due_at = folded(&world.services, &stage.id).await.due_at.unwrap();
    world.clock.advance_to(due_at);
    world.settle().await.unwrap();
    assert!(!folded(&world.services, &stage.id).await.end.reduced);
    world.clock.advance(chrono::Duration::minutes(5));
    world.settle().await.unwrap();
    assert!(folded(&world.services, &stage.id).await.end.reduced);
    let (_, open) = stage.at_github("/invitations").await;
    assert_eq!(open[0]["permissions"], "read");
    stage.world.stop().await.unwrap();
}

/// Gives the repository another name.
async fn renamed(stage: &Stage) {
    let path = format!("repos/{}", stage.full_name);
    let called = serde_json::json!({ "name": "elsewhere" });
    behind_its_back(&stage.world, reqwest::Method::PATCH, &path, called).await;
}

#[rstest]
#[case::archived(Afterwards::Archive)]
#[case::handed_over(Afterwards::HandOver(KEEPER.parse().unwrap()))]
#[case::deleted(Afterwards::DeleteAfter { days: 0 })]
#[tokio::test(flavor = "multi_thread")]
async fn a_repository_whose_new_name_was_not_told_is_put_away_under_it(
    #[case] afterwards: Afterwards,
) {
    let Some(stage) = worked(On::Sqlite).await else {
        return;
    };
    let world = &stage.world;
    world.stand_in.add_user(KEEPER, "Keeper").unwrap();
    // The second service hears no webhooks.
    let twin = stage.beside(WHOLE, afterwards.clone()).await;
    let due_at = folded(&twin.services, &stage.id).await.due_at;
    world.clock.advance_to(due_at.unwrap());
    twin.worker.drain().await.unwrap();
    cancel(&twin.services, &stage.id).await;
    renamed(&stage).await;
    for _ in 0..4 {
        twin.worker.drain().await.unwrap();
        world.clock.advance(chrono::Duration::minutes(2));
    }
    let ended = folded(&twin.services, &stage.id).await;
    assert_eq!(ended.stuck, []);
    let (status, there) = stage.at_github("").await;
    match afterwards {
        Afterwards::Archive => {
            assert!(ended.end.archived_at.is_some(), "{:?}", ended.end);
            assert_eq!(there["name"], "elsewhere");
            assert_eq!(there["archived"], true);
        }
        Afterwards::HandOver(_) => {
            assert!(ended.end.handed_over_at.is_some(), "{:?}", ended.end);
            assert_eq!(status, 404, "it is theirs to accept and to show");
        }
        Afterwards::DeleteAfter { .. } => {
            assert!(ended.end.deleted_at.is_some(), "{:?}", ended.end);
            assert_eq!(status, 404);
        }
    }
    twin.services.store.close().await;
    stage.world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_given_more_time_gets_it_in_a_repository_whose_new_name_was_not_told() {
    let Some(stage) = worked(On::Sqlite).await else {
        return;
    };
    let world = &stage.world;
    let twin = stage.beside(WHOLE, Afterwards::Archive).await;
    let due_at = folded(&twin.services, &stage.id).await.due_at;
    world.clock.advance_to(due_at.unwrap());
    twin.worker.drain().await.unwrap();
    assert_eq!(permission(&stage).await, "read");
    renamed(&stage).await;
    let extend = Command::Extend {
        due_at: world.now() + chrono::Duration::days(1),
        reason: "ill".into(),
    };
    act::act(&twin.services, &stage.id, extend, lead())
        .await
        .unwrap();
    for _ in 0..4 {
        twin.worker.drain().await.unwrap();
        world.clock.advance(chrono::Duration::minutes(2));
    }
    assert_eq!(permission(&stage).await, "write");
    twin.services.store.close().await;
    stage.world.stop().await.unwrap();
}

#[rstest]
#[case::archived(Afterwards::Archive)]
#[case::handed_over(Afterwards::HandOver(KEEPER.parse().unwrap()))]
#[case::deleted(Afterwards::DeleteAfter { days: 0 })]
#[tokio::test(flavor = "multi_thread")]
async fn anothers_repository_under_the_former_name_is_left_alone(#[case] afterwards: Afterwards) {
    let Some(stage) = worked(On::Sqlite).await else {
        return;
    };
    let world = &stage.world;
    world.stand_in.add_user(KEEPER, "Keeper").unwrap();
    let twin = stage.beside(WHOLE, afterwards).await;
    let due_at = folded(&twin.services, &stage.id).await.due_at;
    world.clock.advance_to(due_at.unwrap());
    twin.worker.drain().await.unwrap();
    cancel(&twin.services, &stage.id).await;
    let known = folded(&twin.services, &stage.id).await;
    renamed(&stage).await;
    let (owner, name) = stage.full_name.split_once('/').unwrap();
    let path = format!("orgs/{owner}/repos");
    let another = serde_json::json!({ "name": name, "private": true, "auto_init": true });
    let another = behind_its_back(world, reqwest::Method::POST, &path, another).await;
    for _ in 0..10 {
        twin.worker.drain().await.unwrap();
        world.clock.advance(chrono::Duration::minutes(20));
    }
    let (_, there) = stage.at_github("").await;
    assert_eq!(there["id"], another["id"]);
    assert_eq!(there["archived"], false);
    assert_eq!(there["full_name"], stage.full_name);
    let ended = folded(&twin.services, &stage.id).await;
    let end = &ended.end;
    assert_eq!((&end.kept, end.archived_at), (&None, None));
    assert_eq!((end.handed_over_at, end.deleted_at), (None, None));
    assert!(!ended.whereabouts.there, "ours is out of sight");
    assert_eq!(ended.stuck, []);
    assert_eq!(ended.pushes, known.pushes, "nothing of the other is read");
    twin.services.store.close().await;
    stage.world.stop().await.unwrap();
}
