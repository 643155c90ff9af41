//! Several organisations at once: what one of them has against us harms no other, and a work sample always has a GitHub.

use std::collections::BTreeMap;

use chrono::Duration;
use rstest::rstest;
use worksample::clock::Clock as _;
use worksample::github::{EVENTS, PERMISSIONS, WORKFLOWS};
use worksample::ids::WorkSampleId;
use worksample::spec::File;
use worksample::stand_in::Fault;
use worksample::work_sample::State;
use worksample::workflow::jobs::JobKind;
use worksample::workflow::worker::Outcome;
use worksample::workflow::{Services, jobs, publish, reconcile, redeliver, show};

use crate::support::app_world::{AppWorld, As, ORGS};
use crate::support::enterprise::Enterprise;
use crate::support::played::first_meets;
use crate::support::small;

fn resent(outcomes: &[Outcome]) -> usize {
    outcomes
        .iter()
        .filter(|one| {
            matches!(
                one,
                Outcome::Done {
                    kind: JobKind::Resend,
                    ..
                }
            )
        })
        .count()
}

async fn folded(services: &Services, id: &WorkSampleId) -> worksample::work_sample::WorkSample {
    show::work_sample(services, id).await.unwrap().0
}

#[rstest]
#[case::as_an_app(As::App)]
#[case::with_a_token(As::Token)]
#[tokio::test(flavor = "multi_thread")]
async fn after_an_outage_the_webhooks_of_all_organisations_are_asked_for_once_each(
    #[case] identity: As,
) {
    let world = AppWorld::start(identity).await;
    if identity == As::Token {
        for org in ORGS {
            world.add_hook(org).await;
        }
    }
    world.cut_off(true);
    let mut ids = Vec::new();
    for org in ORGS {
        ids.push(world.accepted(Some(org), &format!("toni-{org}")).await);
    }
    let lost = world.lost();
    assert!(lost.len() >= 4, "{lost:?}");
    world.cut_off(false);

    redeliver::redeliver(&world.services).await.unwrap();
    let outcomes = world.settle().await;
    assert_eq!(resent(&outcomes), lost.len(), "{outcomes:?}");
    assert_eq!(world.lost(), Vec::<String>::new());
    assert_eq!(world.stand_in.refused_by_limits(), 0);
    let attempts = world.stand_in.deliveries().len();
    redeliver::redeliver(&world.services).await.unwrap();
    assert_eq!(resent(&world.settle().await), 0);
    assert_eq!(world.stand_in.deliveries().len(), attempts, "nothing twice");
    for id in &ids {
        let passed = reconcile::reconcile(&world.services, id).await.unwrap();
        assert_eq!(passed.events, 0, "nothing was left for reconciliation");
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_organisation_that_cannot_be_looked_at_keeps_no_other_from_it() {
    let world = AppWorld::start(As::Token).await;
    for org in ORGS {
        world.add_hook(org).await;
    }
    world.cut_off(true);
    world.accepted(Some("beta"), "toni-beta").await;
    let lost = world.lost();
    assert!(!lost.is_empty());
    world.cut_off(false);
    let plan = first_meets("GET /orgs/acme/hooks", Fault::ServerError);
    world.stand_in.set_faults(plan).unwrap();
    let error = redeliver::redeliver(&world.services).await.unwrap_err();
    assert_eq!(error.code(), "github_broken", "{error}");
    assert_eq!(world.stand_in.faults_met().len(), 1);
    assert_eq!(resent(&world.settle().await), lost.len());
    assert_eq!(world.lost(), Vec::<String>::new());
    let next = redeliver::redeliver(&world.services).await.unwrap();
    assert!(next.is_some(), "and the first is looked at again");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_that_moves_between_our_organisations_is_followed_where_it_is() {
    let world = AppWorld::start(As::App).await;
    let id = world.accepted(Some("acme"), "toni-moves").await;
    let before = folded(&world.services, &id).await;
    let full_name = before.provisioning.repository.unwrap().full_name;
    assert!(full_name.starts_with("acme/"), "{full_name}");
    let moved = reqwest::Client::new()
        .post(format!(
            "{}repos/{full_name}/transfer",
            world.stand_in.api_url()
        ))
        .bearer_auth(world.stand_in.service_token())
        .header("user-agent", "test")
        .json(&serde_json::json!({ "new_owner": "beta" }))
        .send()
        .await
        .unwrap();
    assert_eq!(moved.status(), 202);
    world.settle().await;
    let after = folded(&world.services, &id).await;
    let full_name = after.provisioning.repository.unwrap().full_name;
    assert!(full_name.starts_with("beta/"), "{full_name}");
    let passed = reconcile::reconcile(&world.services, &id).await.unwrap();
    assert_eq!(passed.again_at, None, "it is seen where it is");
    let github = &world.services;
    world.clock.advance(Duration::minutes(11));
    reconcile::reconcile(github, &id).await.unwrap();
    assert!(folded(github, &id).await.whereabouts.there);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_that_is_refused_again_and_again_is_not_asked_for_for_ever() {
    let world = AppWorld::start(As::Token).await;
    // The hook has another secret than the service.
    world.add_hook_with("beta", "a mistyped secret").await;
    let id = world.accepted(Some("beta"), "toni-beta").await;
    let hopeless = world.lost().len();
    assert!(hopeless > 0);
    let attempts = || {
        let mut attempts: BTreeMap<String, usize> = BTreeMap::new();
        for one in world.stand_in.deliveries() {
            if one.url.starts_with(&world.way.url()) {
                *attempts.entry(one.guid).or_default() += 1;
            }
        }
        assert_eq!(attempts.len(), hopeless);
        attempts
    };
    let go_on = async |hours: i64| {
        for _ in 0..hours * 4 {
            redeliver::redeliver(&world.services).await.unwrap();
            world.settle().await;
            world.clock.advance(Duration::minutes(15));
        }
    };
    go_on(3).await;
    let early = attempts();
    assert!(
        early.values().all(|many| (4..=5).contains(many)),
        "{early:?}"
    );
    // Ever more rarely, and for three days.
    go_on(5 * 24).await;
    let late = attempts();
    assert!(
        late.values().all(|many| (12..=16).contains(many)),
        "{late:?}"
    );
    go_on(24).await;
    assert_eq!(attempts(), late, "and no longer");
    let passes = jobs::about(&world.services, &id).await.unwrap();
    let pass = passes.iter().find(|job| job.kind == "reconcile").unwrap();
    assert!(
        pass.run_at > world.clock.now(),
        "what is known to be missed asks for no further pass: {pass:?}"
    );
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_webhook_that_github_will_not_send_again_keeps_no_other_from_it() {
    let world = AppWorld::start(As::App).await;
    world.cut_off(true);
    world.accepted(Some("acme"), "toni-acme").await;
    let lost = world.lost();
    assert!(lost.len() > 1);
    world.cut_off(false);
    let plan = first_meets("POST /app/hook/deliveries/{id}/attempts", Fault::Forbidden);
    world.stand_in.set_faults(plan).unwrap();
    redeliver::redeliver(&world.services).await.unwrap();
    world.settle().await;
    assert_eq!(world.stand_in.faults_met().len(), 1);
    assert!(world.lost().len() <= 1, "{:?}", world.lost());
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_of_hours_or_a_wrong_404_loses_no_webhook() {
    let world = AppWorld::start(As::App).await;
    world.cut_off(true);
    world.accepted(Some("acme"), "toni-acme").await;
    let plan = first_meets(
        "POST /app/hook/deliveries/{id}/attempts",
        Fault::NotYetVisible,
    );
    world.stand_in.set_faults(plan).unwrap();
    // Whoever works goes on working; nobody is reached.
    for _ in 0..6 * 4 {
        redeliver::redeliver(&world.services).await.unwrap();
        world.settle().await;
        world.clock.advance(Duration::minutes(15));
    }
    assert_eq!(world.stand_in.faults_met().len(), 1);
    assert!(!world.lost().is_empty());
    world.cut_off(false);
    for _ in 0..8 * 4 {
        redeliver::redeliver(&world.services).await.unwrap();
        world.settle().await;
        world.clock.advance(Duration::minutes(15));
    }
    assert_eq!(world.lost(), Vec::<String>::new());
    world.stop().await;
}

#[rstest]
#[case::as_an_app(As::App)]
#[case::with_a_token(As::Token)]
#[tokio::test(flavor = "multi_thread")]
async fn an_enterprise_server_is_reached_below_its_path(#[case] identity: As) {
    let mut server = None;
    let world = AppWorld::behind(identity, |stand_in| {
        let server = server.insert(Enterprise::before(stand_in));
        server.api_url()
    })
    .await;
    if identity == As::Token {
        world.add_hook("acme").await;
    }
    world.cut_off(true);
    let id = world.accepted(Some("acme"), "toni-acme").await;
    assert_eq!(folded(&world.services, &id).await.state, State::Provisioned);
    world.cut_off(false);
    redeliver::redeliver(&world.services).await.unwrap();
    world.settle().await;
    assert_eq!(world.lost(), Vec::<String>::new());
    world.clock.advance(Duration::days(2));
    world.settle().await;
    let frozen = folded(&world.services, &id).await;
    assert!(frozen.end.reduced && frozen.stuck.is_empty());
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_starter_with_a_ci_workflow_waits_for_the_permission_to_push_one() {
    let world = AppWorld::start(As::App).await;
    let mut spec = small::folder();
    let workflow = File::text("on: push\njobs: {}\n");
    spec.files
        .insert("starter/.github/workflows/ci.yml".to_owned(), workflow);
    let id = world.accepted_for(spec, Some("acme"), "toni-ci").await;
    let named = publish::with_workflows(&world.services).await.unwrap();
    assert_eq!(named, ["greeting"], "which the doctor names");
    let stuck = folded(&world.services, &id).await.stuck;
    insta::assert_snapshot!(stuck[0].reason, @"workflows_permission_missing: the starter of greeting holds a CI workflow, and GitHub takes one only from those with the permission Workflows: write. Grant it to the App (Permissions & events; the organisation's owner then accepts it) or to the token, then retry the job");

    let installation = world
        .stand_in
        .install_app(world.app.unwrap(), "acme")
        .unwrap();
    let all: Vec<(&str, &str)> = PERMISSIONS
        .iter()
        .chain([&WORKFLOWS])
        .map(|need| (need.name, need.level))
        .collect();
    let events: Vec<&str> = EVENTS.iter().map(|event| event.name).collect();
    world
        .stand_in
        .app_asks_for(world.app.unwrap(), &all, &events)
        .unwrap();
    world.settle().await;
    let waiting = folded(&world.services, &id).await;
    assert_eq!(
        waiting.provisioned_at, None,
        "the owner has not approved it"
    );
    world.stand_in.approve_app(installation).unwrap();
    // GitHub tells so, and the job goes on by itself with a new token.
    world.settle().await;
    let work_sample = folded(&world.services, &id).await;
    assert!(
        work_sample.provisioned_at.is_some(),
        "{:?}",
        work_sample.stuck
    );
    world.stop().await;
}
