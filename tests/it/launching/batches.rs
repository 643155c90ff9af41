//! Batches on both databases: each line settled once, however often the work is interrupted, whoever does it.

use std::collections::BTreeSet;

use chrono::Duration;
use worksample::clock::Clock as _;
use worksample::ids::BatchId;
use worksample::rehearsal::World;
use worksample::store::{LineCounts, LineState, Store, StoreOptions};
use worksample::work_sample::State;
use worksample::workflow::launch_many::{self, BatchState, Wanted};
use worksample::workflow::{Services, WorkflowError, arrivals, publish, show};

use super::{LEA, people, world};
use crate::store::stage::{Stage, on_both_databases};

on_both_databases!(
    a_list_becomes_a_work_sample_each_and_a_reason_for_every_other,
    a_death_between_any_two_transactions_leaves_each_line_settled_once,
    a_database_that_fails_at_any_line_leaves_nothing_half_done,
    four_workers_at_once_offer_each_line_once,
    a_batch_is_stopped_and_resumed_and_its_history_says_by_whom,
    a_batch_whose_work_died_is_resumed,
    history_and_results_cannot_be_changed_past_the_store,
);

struct Scene {
    _dir: tempfile::TempDir,
    world: World,
    stage: Stage,
}

async fn scene(stage: Stage) -> Scene {
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path(), Some(stage.full_address())).await;
    Scene {
        _dir: dir,
        world,
        stage,
    }
}

impl Scene {
    async fn batch(&self, list: &str) -> BatchId {
        let services = &self.world.services;
        let wanted = Wanted {
            spec: publish::find(services, "greeting").await.unwrap(),
            people: launch_many::read(list.as_bytes()).unwrap(),
            organization: None,
            lead: LEA.into(),
        };
        launch_many::create(services, wanted, None)
            .await
            .unwrap()
            .row
            .id
    }

    async fn counts(&self, id: &BatchId) -> LineCounts {
        launch_many::view(&self.world.services, id)
            .await
            .unwrap()
            .counts
    }

    /// Every offered line has a work sample of its own, every work sample a line.
    async fn nobody_was_offered_twice(&self, id: &BatchId, offered: usize) {
        let services = &self.world.services;
        let lines = launch_many::lines(services, id).await.unwrap();
        let of_lines: BTreeSet<_> = lines
            .iter()
            .filter_map(|line| line.work_sample.clone())
            .collect();
        let rows = show::work_samples(services, Default::default())
            .await
            .unwrap();
        let all: BTreeSet<_> = rows.iter().map(|row| row.id.clone()).collect();
        assert_eq!(of_lines, all);
        assert_eq!(all.len(), offered);
        let names: BTreeSet<_> = rows.iter().map(|row| row.candidate.clone()).collect();
        assert_eq!(names.len(), offered, "one each");
        assert!(rows.iter().all(|row| row.state == State::Offered));
    }
}

async fn a_list_becomes_a_work_sample_each_and_a_reason_for_every_other(stage: Stage) {
    let scene = scene(stage).await;
    let first = scene.batch("name,email\nAda,ada@example.com\n").await;
    scene.world.settle().await.unwrap();
    assert_eq!(scene.counts(&first).await.offered, 1);

    let list = "name,email,github_login,again,note\n\
        Ada,ada@example.com,,,had it\n\
        Bob,bob@example.com,bob-b,,by a friend\n\
        Cy,nowhere,,,\n\
        Ada,ADA@example.com,,yes,once more\n";
    let id = scene.batch(list).await;
    scene.world.settle().await.unwrap();
    let lines = launch_many::lines(&scene.world.services, &id)
        .await
        .unwrap();
    let seen: Vec<_> = lines
        .iter()
        .map(|line| (line.line, line.state, line.code.as_deref().unwrap_or("-")))
        .collect();
    assert_eq!(
        seen,
        [
            (2, LineState::Refused, "already_launched"),
            (3, LineState::Offered, "-"),
            (4, LineState::Refused, "email_invalid"),
            (5, LineState::Offered, "-"),
        ]
    );
    assert_eq!(lines[1].login_in_words(), "bob-b, by the list");
    assert_eq!(
        lines[1].work_sample_state,
        Some(State::Offered),
        "accepting is Bob's own act"
    );
    let view = launch_many::view(&scene.world.services, &id).await.unwrap();
    assert_eq!((view.state, view.waits), (BatchState::Finished, None));
    scene.world.stop().await.unwrap();
}

/// A process that was killed comes back: the same database under a new store.
async fn reborn(scene: &Scene, after: &Services) -> Services {
    let options = StoreOptions::new(after.ids.clone());
    let store = Store::open(&scene.stage.url, options).await.unwrap();
    Services {
        arrivals: arrivals::arrivals(&store),
        store,
        clock: after.clock.clone(),
        ids: after.ids.clone(),
        git: after.git.clone(),
        github: Default::default(),
        github_teams: Vec::new(),
        team_roles: Default::default(),
        github_sign_in: None,
        sandbox: None,
        limits: after.limits,
        process: "reborn".to_owned(),
        webhook_secrets: None,
        hook_url: after.hook_url.clone(),
        mailer: after.mailer.clone(),
        scratch: after.scratch.clone(),
        artifacts: after.artifacts.clone(),
        afterwards: after.afterwards.clone(),
        offer_defaults: after.offer_defaults.clone(),
        versions: Default::default(),
    }
}

async fn a_death_between_any_two_transactions_leaves_each_line_settled_once(stage: Stage) {
    let scene = scene(stage).await;
    let list = format!("{}Nobody,nowhere\n", people(4));
    let id = scene.batch(&list).await;
    for settled in 0..=4 {
        // One line more, then the process is gone: its store answers nobody, its lease runs out.
        let killed = reborn(&scene, &scene.world.services).await;
        let now = killed.now();
        let job = killed
            .store
            .claim_job("killed", &["launch"], now, Duration::seconds(30))
            .await
            .unwrap();
        assert!(job.is_some(), "the job is there again after each death");
        launch_many::work_on(&killed, &id, usize::from(settled > 0))
            .await
            .unwrap();
        killed.store.close().await;
        if settled < 4 {
            let gone = launch_many::work_on(&killed, &id, 1).await.unwrap_err();
            assert_eq!(gone.code(), "store_closed");
        }
        assert_eq!(scene.counts(&id).await.offered, settled);
        scene.world.clock.advance(Duration::minutes(1));
    }
    scene.world.settle().await.unwrap();
    scene.nobody_was_offered_twice(&id, 4).await;
    assert_eq!(scene.counts(&id).await.refused, 1);
    scene.world.stop().await.unwrap();
}

async fn a_database_that_fails_at_any_line_leaves_nothing_half_done(stage: Stage) {
    let scene = scene(stage).await;
    let id = scene.batch(&people(3)).await;
    for line in 2..=4_u32 {
        scene.stage.fail_at_line(line);
        scene.world.settle().await.unwrap();
        let counts = scene.counts(&id).await;
        assert_eq!((counts.offered, counts.waiting), (line - 2, 5 - line));
        scene
            .nobody_was_offered_twice(&id, usize::try_from(line - 2).unwrap())
            .await;
        let waits = launch_many::view(&scene.world.services, &id)
            .await
            .unwrap()
            .waits
            .unwrap();
        assert!(waits.until.unwrap() > scene.world.clock.now(), "{waits:?}");
        scene.stage.fail_no_more();
        scene.world.clock.advance(Duration::hours(1));
    }
    scene.world.settle().await.unwrap();
    scene.nobody_was_offered_twice(&id, 3).await;
    scene.world.stop().await.unwrap();
}

impl Stage {
    /// From now on the database finds no room when it settles this line.
    fn fail_at_line(&self, line: u32) {
        let sql = if self.url.is_postgres() {
            format!(
                "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
                 RAISE EXCEPTION 'No space left on device'; END; $$; \
                 CREATE TRIGGER full_disk BEFORE UPDATE ON batch_lines FOR EACH ROW \
                 WHEN (NEW.line = {line}) EXECUTE FUNCTION full_disk();"
            )
        } else {
            format!(
                "CREATE TRIGGER full_disk BEFORE UPDATE ON batch_lines WHEN NEW.line = {line} \
                 BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END;"
            )
        };
        self.shell(&sql).unwrap();
    }

    fn fail_no_more(&self) {
        let sql = if self.url.is_postgres() {
            "DROP TRIGGER full_disk ON batch_lines; DROP FUNCTION full_disk();"
        } else {
            "DROP TRIGGER full_disk;"
        };
        self.shell(sql).unwrap();
    }
}

async fn four_workers_at_once_offer_each_line_once(stage: Stage) {
    let scene = scene(stage).await;
    let id = scene.batch(&people(40)).await;
    let workers = (0..4).map(|_| {
        let (services, id) = (scene.world.services.clone(), id.clone());
        tokio::spawn(async move { launch_many::work_on(&services, &id, 100).await.unwrap() })
    });
    for worker in workers.collect::<Vec<_>>() {
        assert!(!worker.await.unwrap(), "nothing is left");
    }
    scene.nobody_was_offered_twice(&id, 40).await;
    scene.world.settle().await.unwrap();
    scene.nobody_was_offered_twice(&id, 40).await;
    scene.world.stop().await.unwrap();
}

async fn a_batch_is_stopped_and_resumed_and_its_history_says_by_whom(stage: Stage) {
    let scene = scene(stage).await;
    let services = &scene.world.services;
    // More than one job's slice, so that stopping and resuming meet both.
    let id = scene.batch(&people(60)).await;
    launch_many::work_on(services, &id, 10).await.unwrap();
    let stopped = launch_many::stop(services, &id, "Sam Second")
        .await
        .unwrap();
    assert_eq!(stopped.state(), BatchState::Stopped);
    launch_many::stop(services, &id, "Sam Second")
        .await
        .unwrap();
    scene.world.settle().await.unwrap();
    let counts = scene.counts(&id).await;
    assert_eq!(
        (counts.offered, counts.stopped),
        (10, 50),
        "what is stopped stays"
    );
    launch_many::resume(services, &id, LEA).await.unwrap();
    launch_many::resume(services, &id, LEA).await.unwrap();
    scene.world.settle().await.unwrap();
    scene.nobody_was_offered_twice(&id, 60).await;
    let view = launch_many::view(services, &id).await.unwrap();
    let history: Vec<String> = view
        .history
        .iter()
        .map(|event| format!("{:?} by {}", event.kind, event.person))
        .collect();
    assert_eq!(
        history,
        [
            "Created by Lea Lead",
            "Stopped by Sam Second",
            "Resumed by Lea Lead"
        ]
    );
    for refused in [
        launch_many::stop(services, &id, LEA).await,
        launch_many::resume(services, &id, LEA).await,
    ] {
        assert_eq!(refused.unwrap_err().code(), "batch_finished");
    }
    assert!(matches!(
        launch_many::stop(
            services,
            &BatchId::new(services.ids.as_ref(), services.now()),
            LEA
        )
        .await,
        Err(WorkflowError::NotFound { .. })
    ));
    scene.world.stop().await.unwrap();
}

async fn a_batch_whose_work_died_is_resumed(stage: Stage) {
    let scene = scene(stage).await;
    let services = &scene.world.services;
    let id = scene.batch(&people(2)).await;
    scene.stage.fail_at_line(2);
    for _ in 0..12 {
        scene.world.settle().await.unwrap();
        scene.world.clock.advance(Duration::hours(2));
    }
    let waits = launch_many::view(services, &id)
        .await
        .unwrap()
        .waits
        .unwrap();
    assert_eq!(waits.until, None, "it waits for an operator: {waits:?}");
    scene.stage.fail_no_more();
    launch_many::resume(services, &id, LEA).await.unwrap();
    scene.world.settle().await.unwrap();
    scene.nobody_was_offered_twice(&id, 2).await;
    assert_eq!(launch_many::view(services, &id).await.unwrap().waits, None);
    scene.world.stop().await.unwrap();
}

async fn history_and_results_cannot_be_changed_past_the_store(stage: Stage) {
    let scene = scene(stage).await;
    let id = scene.batch(&people(1)).await;
    scene.world.settle().await.unwrap();
    for sql in [
        "UPDATE batch_events SET person = 'Mallory'",
        "DELETE FROM batch_events",
        "UPDATE batch_lines SET state = 'waiting', work_sample_id = NULL, settled_at = NULL",
        "DELETE FROM batch_lines",
    ] {
        assert!(scene.stage.shell(sql).is_err(), "{sql}");
    }
    assert_eq!(scene.counts(&id).await.offered, 1);
    scene.world.stop().await.unwrap();
}
