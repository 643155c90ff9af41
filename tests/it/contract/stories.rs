//! Whole stories under record.

use chrono::Duration;
use worksample::clock::Clock as _;
use worksample::rehearsal::play;
use worksample::work_sample::{Actor, Afterwards, Command, InvitationProblem, Place};
use worksample::workflow::{act, reconcile, redeliver};

use super::node;
use super::recorder::{Recorder, Tape};
use super::{Recorded, SERVICE, validate};
use crate::reviews::{EDITED, REVIEWED};
use crate::support::app_world::{AppWorld, As, ORGS};
use crate::support::flaky::Breaks;
use crate::support::played::{behind_its_back, folded};
use crate::support::small;

#[tokio::test(flavor = "multi_thread")]
async fn a_work_sample_from_launch_to_delivery_speaks_githubs_language() {
    let Some(folder) = node::contract() else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let tape = Tape::in_dir(dir.path());
    let recorded = Recorded::start(dir.path(), &tape).await;
    let script = small::until(small::TALKATIVE, "do = \"judge\"");
    play(
        &recorded.world,
        &small::version(),
        vec![small::script(&script)],
        &mut |_| {},
    )
    .await
    .unwrap();
    recorded.world.stop().await.unwrap();
    validate(&folder, &tape).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn looking_before_writing_again_speaks_githubs_language() {
    let Some(folder) = node::contract() else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let tape = Tape::in_dir(dir.path());
    let accepts = small::until(small::TALKATIVE, "do = \"wait\"");
    for at in 1..=3 {
        for breaks in [Breaks::Before, Breaks::After] {
            let place = dir.path().join(format!("{at}-{breaks:?}"));
            std::fs::create_dir(&place).unwrap();
            let recorded = Recorded::behind(&place, &tape, at, breaks).await;
            play(
                &recorded.world,
                &small::version(),
                vec![small::script(&accepts)],
                &mut |_| {},
            )
            .await
            .unwrap();
            recorded.world.clock.advance(Duration::minutes(1));
            recorded.world.settle().await.unwrap();
            recorded.world.stop().await.unwrap();
        }
    }
    validate(&folder, &tape).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_mended_and_put_away_speaks_githubs_language() {
    let Some(folder) = node::contract() else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let tape = Tape::in_dir(dir.path());
    let keeper = Afterwards::HandOver("keeper".parse().unwrap());
    for (name, afterwards) in [
        ("gone", Afterwards::DeleteAfter { days: 0 }),
        ("given", keeper),
    ] {
        let place = dir.path().join(name);
        std::fs::create_dir(&place).unwrap();
        let recorded = Recorded::start(&place, &tape).await;
        let world = &recorded.world;
        world.stand_in.add_user("keeper", "Keeper").unwrap();
        world.stand_in.add_user("toni-works", "Toni").unwrap();
        // Who has worked is not exchanged any more.
        let script = small::until(small::TALKATIVE, "do = \"comment\"");
        let script = vec![small::script(&script)];
        let played = play(world, &small::version(), script, &mut |_| {})
            .await
            .unwrap();
        let id = &played[0].id;
        let repository = folded(&world.services, id).await.provisioning.repository;
        let full_name = repository.unwrap().full_name;
        // A second kickoff issue, which is put aside.
        let issues = format!("repos/{full_name}/issues");
        let nothing = serde_json::Value::Null;
        let path = format!("{issues}/1");
        let first = behind_its_back(world, reqwest::Method::GET, &path, nothing).await;
        let second = serde_json::json!({ "title": first["title"], "body": first["body"] });
        behind_its_back(world, reqwest::Method::POST, &issues, second).await;

        let beside = place.join("beside");
        std::fs::create_dir(&beside).unwrap();
        let behind = (Some(recorded.service_url()), afterwards);
        let twin = small::twin(&beside, None, world, id, behind).await;
        let services = &twin.services;
        reconcile::reconcile(services, id).await.unwrap();
        let provisioning = folded(&world.services, id).await.provisioning;
        let first_commit = provisioning.first_commit.unwrap();
        let github = services.github.first().unwrap();
        assert!(github.has_commit(&full_name, &first_commit).await.unwrap());
        assert!(github.has_issue(&full_name, 1).await.unwrap());
        assert!(!github.has_comment(&full_name, 4711).await.unwrap());
        for (login, problem) in [
            ("toni-talks", None),
            (
                "nobody-is-called-so",
                Some(InvitationProblem::NoSuchAccount),
            ),
        ] {
            let login = login.parse().unwrap();
            assert_eq!(github.account_problem(&login).await.unwrap(), problem);
        }
        let by = || Actor::Lead {
            name: "Lea Lead".into(),
        };
        let login = "toni-works".parse().unwrap();
        let correct = Command::CorrectLogin { login };
        act::act(services, id, correct, by()).await.unwrap();
        twin.worker.drain().await.unwrap();
        let reason = "the need is gone".to_owned();
        let cancel = Command::Cancel { reason };
        act::act(services, id, cancel, by()).await.unwrap();
        for _ in 0..4 {
            twin.worker.drain().await.unwrap();
            world.clock.advance(Duration::minutes(5));
        }
        let end = folded(services, id).await.end;
        assert!(
            end.deleted_at.is_some() || end.handed_over_at.is_some(),
            "{end:?}"
        );
        services.store.close().await;
        recorded.world.stop().await.unwrap();
    }
    let said = std::fs::read_to_string(tape.path()).unwrap();
    for request in [
        "/transfer",
        "\"DELETE\"",
        "\"PATCH\"",
        "/collaborators/toni-talks",
    ] {
        assert!(said.contains(request), "nobody sent {request}");
    }
    validate(&folder, &tape).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reviews_and_their_reconciliation_speak_githubs_language() {
    let Some(folder) = node::contract() else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let tape = Tape::in_dir(dir.path());
    let recorded = Recorded::start(dir.path(), &tape).await;
    let world = &recorded.world;
    let script = vec![small::script(&format!("{REVIEWED}{EDITED}"))];
    let played = play(world, &small::version(), script, &mut |_| {})
        .await
        .unwrap();
    let id = &played[0].id;
    reconcile::reconcile(&world.services, id).await.unwrap();
    let work_sample = folded(&world.services, id).await;
    let full_name = work_sample.provisioning.repository.unwrap().full_name;
    let github = world.services.github.first().unwrap();
    assert!(!github.has_review_comment(&full_name, 4711).await.unwrap());
    let mut kinds = [0, 0];
    for entry in &work_sample.entries {
        match entry.place {
            Place::ReviewComment { comment_id, .. } => {
                kinds[0] += 1;
                let found = github.has_review_comment(&full_name, comment_id).await;
                assert!(found.unwrap());
            }
            Place::Review { number, review_id } => {
                kinds[1] += 1;
                let found = github.review(&full_name, number, review_id).await;
                assert!(found.unwrap().is_some());
            }
            _ => {}
        }
    }
    assert_eq!(kinds, [2, 2]);
    recorded.world.stop().await.unwrap();
    validate(&folder, &tape).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_speaks_githubs_language_in_all_its_organisations() {
    let Some(folder) = node::contract() else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let tape = Tape::in_dir(dir.path());
    let mut recorder = None;
    let world = AppWorld::behind(As::App, |stand_in| {
        let recorder = recorder.insert(Recorder::start(SERVICE, &tape, move || stand_in));
        recorder.url()
    })
    .await;
    world.cut_off(true);
    let mut ids = Vec::new();
    for org in ORGS {
        ids.push(world.accepted(Some(org), &format!("toni-{org}")).await);
    }
    world.cut_off(false);
    redeliver::redeliver(&world.services).await.unwrap();
    world.settle().await;
    assert_eq!(world.lost(), Vec::<String>::new());
    let lead = || Actor::Lead {
        name: "Lea Lead".into(),
    };
    let services = &world.services;
    world.stand_in.add_user("toni-works", "Toni").unwrap();
    let login = "toni-works".parse().unwrap();
    let correct = Command::CorrectLogin { login };
    act::act(services, &ids[0], correct, lead()).await.unwrap();
    world.settle().await;
    world.clock.advance(Duration::days(2));
    world.settle().await;
    for id in &ids {
        reconcile::reconcile(services, id).await.unwrap();
        let reason = "the need is gone".to_owned();
        let cancel = Command::Cancel { reason };
        act::act(services, id, cancel, lead()).await.unwrap();
    }
    world.settle().await;
    // What the doctor asks.
    let github = services.github.first().unwrap();
    github.app_found().await.unwrap();
    github.app_hook().await.unwrap();
    github.installation_found().await.unwrap();
    github.reading().await.unwrap();
    github.plan().await.unwrap();
    world.stop().await;
    validate(&folder, &tape).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_and_its_doctor_speak_githubs_language() {
    let Some(folder) = node::contract() else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let tape = Tape::in_dir(dir.path());
    let mut recorder = None;
    let world = AppWorld::behind(As::Token, |stand_in| {
        let recorder = recorder.insert(Recorder::start(SERVICE, &tape, move || stand_in));
        recorder.url()
    })
    .await;
    world.add_hook("acme").await;
    world.cut_off(true);
    world.accepted(Some("acme"), "toni-acme").await;
    world.cut_off(false);
    redeliver::redeliver(&world.services).await.unwrap();
    world.settle().await;
    let github = world.services.github.first().unwrap();
    let probed = github.probe().await.unwrap();
    assert_eq!((probed.refused, probed.untried), (Vec::new(), Vec::new()));
    let hook = github.our_hook(&world.services.hook_url).await.unwrap();
    let since = world.clock.now() - Duration::days(3);
    let log = hook.log().unwrap();
    let deliveries = github.failed_deliveries(&log, since).await.unwrap();
    assert!(deliveries.of > 0 && deliveries.failed > 0, "{deliveries:?}");
    world.stop().await;
    validate(&folder, &tape).await;
}
