//! What waits for somebody: for GitHub to answer again, for an App to be let in, for settings, for a lead. No job is given up
//! meanwhile, nothing is spent on waiting, and what was missed is made up for.

use std::collections::BTreeMap;

use chrono::Duration;
use reqwest::Method;
use serde_json::json;
use worksample::app::{self, Surroundings};
use worksample::clock::Clock as _;
use worksample::ids::WorkSampleId;
use worksample::stand_in::{Fault, FaultPlan};
use worksample::work_sample::{Actor, Command, State, WorkSample};
use worksample::workflow::worker::{Outcome, Worker};
use worksample::workflow::{act, jobs, redeliver, show};

use crate::support::app_world::{AppWorld, As};
use crate::support::played::{as_account, first_meets};
use crate::support::small;

async fn folded(world: &AppWorld, id: &WorkSampleId) -> WorkSample {
    show::work_sample(&world.services, id).await.unwrap().0
}

/// The service as an App, and the number of its installation in `acme`.
async fn installed() -> (AppWorld, u64) {
    let world = AppWorld::start(As::App).await;
    let app = world.app.unwrap();
    let installation = world.stand_in.install_app(app, "acme").unwrap();
    (world, installation)
}

async fn goes_on(world: &AppWorld, time: Duration) {
    let end = world.clock.now() + time;
    while world.clock.now() < end {
        world.clock.advance(Duration::minutes(5));
        world.settle().await;
    }
}

/// Why the one job that provisions it waits.
async fn waits_for(world: &AppWorld, id: &WorkSampleId) -> String {
    let all = jobs::about(&world.services, id).await.unwrap();
    let job = all.into_iter().find(|job| job.kind == "provision").unwrap();
    job.last_error.unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_of_a_day_gives_up_no_job() {
    let world = AppWorld::start(As::App).await;
    let away = FaultPlan {
        percent: BTreeMap::from([(Fault::ServerError, 100.0)]),
        ..FaultPlan::default()
    };
    world.stand_in.set_faults(away).unwrap();
    let id = world.accepted(Some("acme"), "toni-waits").await;
    goes_on(&world, Duration::hours(26)).await;
    let waiting = folded(&world, &id).await;
    assert_eq!((waiting.state, waiting.stuck), (State::Accepted, vec![]));
    let why = waits_for(&world, &id).await;
    assert!(why.starts_with("github_broken"), "{why}");
    // After it, too, an attempt may fail.
    let plan = first_meets("POST /repos/{owner}/{repo}/issues", Fault::NotYetVisible);
    world.stand_in.set_faults(plan).unwrap();
    goes_on(&world, Duration::minutes(20)).await;
    let ready = folded(&world, &id).await;
    assert_eq!((ready.state, ready.stuck), (State::Provisioned, vec![]));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_waits_for_a_suspended_app_spends_nothing_of_the_limits() {
    let (world, installation) = installed().await;
    // The token was made before: it is refused from now on.
    let before = world.accepted(Some("acme"), "toni-before").await;
    assert_eq!(folded(&world, &before).await.state, State::Provisioned);
    world.stand_in.suspend_app(installation, true).unwrap();
    let mut ids = Vec::new();
    for number in 0..6 {
        let login = format!("toni-{number}");
        ids.push(world.accepted(Some("acme"), &login).await);
    }
    goes_on(&world, Duration::hours(2)).await;
    let why = waits_for(&world, &ids[0]).await;
    assert!(why.starts_with("github_installation_suspended"), "{why}");
    let mut announced = 0;
    for id in ids.clone() {
        let read = world
            .services
            .store
            .read(move |tx| tx.effect(&id, "repository"));
        announced += usize::from(read.await.unwrap().is_some());
    }
    assert!(announced <= 1, "by whoever found out: {announced}");
    world.stand_in.suspend_app(installation, false).unwrap();
    goes_on(&world, Duration::minutes(10)).await;
    for id in &ids {
        assert_eq!(folded(&world, id).await.state, State::Provisioned);
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_written_while_the_app_was_suspended_is_known_once_it_is_not() {
    let (world, installation) = installed().await;
    let id = world.accepted(Some("acme"), "toni-asks").await;
    let known = folded(&world, &id).await;
    let name = known.provisioning.repository.unwrap().full_name;
    // The next regular pass is hours away.
    goes_on(&world, Duration::hours(2)).await;
    world.stand_in.suspend_app(installation, true).unwrap();
    let url = format!("{}repos/{name}/issues", world.stand_in.api_url());
    let question = json!({ "title": "Which of the two?", "body": "/question blocking" });
    let request = reqwest::Client::new().request(Method::POST, url);
    let asked = as_account(request.json(&question), world.stand_in.service_token()).await;
    assert_eq!(asked.status(), 201);
    goes_on(&world, Duration::minutes(10)).await;
    // The log of the App's webhooks can be read meanwhile, and there is nothing in it.
    redeliver::redeliver(&world.services).await.unwrap();
    world.settle().await;
    let texts = async || {
        let read = id.clone();
        let events = world.services.store.read(move |tx| tx.events(&read)).await;
        let events = events.unwrap();
        events
            .iter()
            .filter(|event| format!("{:?}", event.happening.body).contains("Which of the two?"))
            .count()
    };
    assert_eq!(texts().await, 0);
    world.stand_in.suspend_app(installation, false).unwrap();
    world.settle().await;
    assert_eq!(texts().await, 1);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_invited_into_work_that_was_due_before_it_was_ready() {
    let (world, installation) = installed().await;
    world.stand_in.suspend_app(installation, true).unwrap();
    let id = world.accepted(Some("acme"), "toni-late").await;
    world.clock.advance(Duration::days(3));
    world.stand_in.suspend_app(installation, false).unwrap();
    goes_on(&world, Duration::minutes(20)).await;
    let waiting = folded(&world, &id).await;
    assert_eq!(waiting.state, State::Accepted);
    assert!(waiting.provisioning.repository.is_none());
    assert_eq!(waiting.stuck.len(), 1, "the lead is told, once");
    let due = waiting.due_at.unwrap().format("%Y-%m-%d %H:%M:%S UTC");
    let why = waits_for(&world, &id).await;
    insta::assert_snapshot!(why.replace(&due.to_string(), "TIME"), @"due_before_ready: the work was due at TIME, before its repository was ready, so nobody is invited: extend the due time and it goes on, or cancel");

    let extend = Command::Extend {
        due_at: world.clock.now() + Duration::days(2),
        reason: "we were late".into(),
    };
    let lead = Actor::Lead {
        name: "Lea Lead".into(),
    };
    act::act(&world.services, &id, extend, lead).await.unwrap();
    goes_on(&world, Duration::minutes(10)).await;
    let open = folded(&world, &id).await;
    assert_eq!((open.state, open.end.frozen), (State::Provisioned, None));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_with_other_settings_gives_up_no_job_that_another_can_do() {
    let world = AppWorld::start(As::App).await;
    let away = FaultPlan {
        percent: BTreeMap::from([(Fault::ServerError, 100.0)]),
        ..FaultPlan::default()
    };
    world.stand_in.set_faults(away).unwrap();
    let id = world.accepted(Some("acme"), "toni-waits").await;
    world.stand_in.set_faults(FaultPlan::default()).unwrap();
    world.clock.advance(Duration::hours(1));
    let surroundings = Surroundings {
        clock: world.clock.clone(),
        ids: world.services.ids.clone(),
    };
    let settings = small::settings(world.dir());
    assert!(settings.github.is_none());
    let strange = app::services(&settings, &surroundings, None).await.unwrap();
    let strange = Worker::new(std::sync::Arc::new(strange), "without GitHub");
    let outcomes = strange.drain().await.unwrap();
    assert!(!outcomes.is_empty());
    assert!(
        outcomes
            .iter()
            .all(|one| matches!(one, Outcome::Postponed { .. } | Outcome::Done { .. })),
        "{outcomes:?}"
    );
    let why = waits_for(&world, &id).await;
    assert!(why.starts_with("github_not_configured"), "{why}");
    goes_on(&world, Duration::minutes(10)).await;
    assert_eq!(folded(&world, &id).await.state, State::Provisioned);
    world.stop().await;
}
