//! Following GitHub: whatever happens to webhooks on their way, the report comes out the same.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, TestRunner};
use rstest::rstest;
use worksample::ids::WorkSampleId;
use worksample::rehearsal::{ORG, World, play};
use worksample::stand_in::{DeliveryRecord, Fault, FaultPlan, PlannedFault};
use worksample::work_sample::Afterwards;
use worksample::workflow::{Services, reconcile, redeliver, show};

use crate::support::flaky::{Breaks, Flaky};
use crate::support::played::{self, Database, On, behind_its_back};
use crate::support::small;

/// Written once a script was played; the reports' bytes.
#[derive(Debug, PartialEq)]
pub struct Reports {
    json: String,
    html: String,
    pub markdown: String,
}

async fn reports(world: &World, id: &WorkSampleId) -> Reports {
    reports_of(&world.services, id).await
}

pub async fn reports_of(services: &Services, id: &WorkSampleId) -> Reports {
    let report = show::report(services, id).await.unwrap();
    Reports {
        json: report.to_json(),
        html: report.to_html(),
        markdown: report.to_markdown(),
    }
}

/// Everything up to the delivery, without edits, of which the REST API does not tell who made them.
fn restorable() -> String {
    let script = small::until(small::TALKATIVE, "do = \"judge\"");
    let edit = script.find("[[step]]\ndo = \"edit\"").unwrap();
    let end = edit + script[edit + 8..].find("[[step]]").unwrap() + 8;
    format!("{}{}", &script[..edit], &script[end..])
}

/// What was played, and what a second service that heard nothing yet needs to hear it again.
struct Smooth {
    _dir: tempfile::TempDir,
    world: World,
    id: WorkSampleId,
    heard: Vec<DeliveryRecord>,
    reports: Reports,
}

async fn smooth(script: &str) -> Smooth {
    let dir = tempfile::tempdir().unwrap();
    let world = small::world(dir.path(), None, None).await;
    let scripts = vec![small::script(script)];
    let played = play(&world, &small::version(), scripts, &mut |_| {})
        .await
        .unwrap();
    let id = played[0].id.clone();
    Smooth {
        heard: world.stand_in.deliveries(),
        reports: reports(&world, &id).await,
        _dir: dir,
        world,
        id,
    }
}

impl Smooth {
    /// A store beside the first, with everything that the service itself decided and nothing that GitHub told.
    async fn deaf(&self, on: On) -> Option<Deaf> {
        let dir = tempfile::tempdir().unwrap();
        let database = on.database()?;
        let world = small::twin(
            dir.path(),
            database.url(),
            &self.world,
            &self.id,
            (None, Afterwards::Archive),
        )
        .await;
        Some(Deaf {
            _dir: dir,
            _database: database,
            world,
        })
    }
}

struct Deaf {
    _dir: tempfile::TempDir,
    _database: Database,
    world: small::Twin,
}

impl Deaf {
    /// Hears one webhook as it was sent.
    async fn hear(&self, one: &DeliveryRecord, secret: &str) {
        played::hear(&self.world.services, one, secret).await;
    }

    async fn reports(&self, id: &WorkSampleId) -> Reports {
        reports_of(&self.world.services, id).await
    }
}

/// What became of each webhook: lost, or heard at a place among the others, perhaps twice.
fn fates(count: usize) -> impl Strategy<Value = Vec<(u8, u16)>> {
    proptest::collection::vec((0_u8..4, any::<u16>()), count)
}

/// The webhooks of which a pass over the REST API can restore all that a report shows. It knows that somebody joined, not
/// when.
fn can_be_lost(one: &DeliveryRecord) -> bool {
    one.event != "member"
}

#[rstest]
#[case::sqlite(On::Sqlite, 12)]
#[case::postgres(On::Postgres, 4)]
#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_lost_doubled_or_mixed_up_the_report_is_the_same(
    #[case] on: On,
    #[case] cases: u32,
) {
    let smooth = smooth(&restorable()).await;
    let secret = smooth.world.webhook_secret().to_owned();
    let mut runner = TestRunner::new(Config::with_cases(cases));
    for _ in 0..cases {
        let fates = fates(smooth.heard.len())
            .new_tree(&mut runner)
            .unwrap()
            .current();
        let Some(deaf) = smooth.deaf(on).await else {
            return;
        };
        let mut order: Vec<(u16, &DeliveryRecord)> = Vec::new();
        for ((fate, place), one) in fates.iter().zip(&smooth.heard) {
            let times = match fate {
                0 | 1 if can_be_lost(one) => 0,
                3 => 2,
                _ => 1,
            };
            order.extend((0..times).map(|again| (place.wrapping_mul(again + 1), one)));
        }
        order.sort_by_key(|(place, _)| *place);
        let pass_at = usize::from(fates[0].1) % (order.len() + 1);
        for (index, (_, one)) in order.iter().enumerate() {
            if index == pass_at {
                reconcile::reconcile(&deaf.world.services, &smooth.id)
                    .await
                    .unwrap();
            }
            deaf.hear(one, &secret).await;
            deaf.world.worker.drain().await.unwrap();
        }
        reconcile::reconcile(&deaf.world.services, &smooth.id)
            .await
            .unwrap();
        let after = deaf.reports(&smooth.id).await;
        assert_eq!(after.markdown, smooth.reports.markdown, "{fates:?}");
        assert_eq!(after, smooth.reports, "{fates:?}");
        deaf.world.services.store.close().await;
    }
    smooth.world.stop().await.unwrap();
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn webhooks_that_come_after_a_pass_say_the_last_word(#[case] on: On) {
    // With edits, and with nothing heard at first: what the pass could not know is put right by what comes later.
    let smooth = smooth(&small::until(small::TALKATIVE, "do = \"judge\"")).await;
    let secret = smooth.world.webhook_secret().to_owned();
    let Some(deaf) = smooth.deaf(on).await else {
        return;
    };
    let first = reconcile::reconcile(&deaf.world.services, &smooth.id)
        .await
        .unwrap();
    assert!(first.events > 10, "{first:?}");
    let seen = deaf.reports(&smooth.id).await;
    assert_ne!(
        seen, smooth.reports,
        "the first text of the memo cannot be known"
    );
    let again = reconcile::reconcile(&deaf.world.services, &smooth.id)
        .await
        .unwrap();
    assert_eq!(
        again.events, 0,
        "a pass that finds nothing new writes nothing"
    );
    for one in smooth.heard.iter().rev() {
        deaf.hear(one, &secret).await;
    }
    deaf.world.worker.drain().await.unwrap();
    assert_eq!(deaf.reports(&smooth.id).await, smooth.reports);
    deaf.world.services.store.close().await;
    smooth.world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pass_that_breaks_off_anywhere_is_made_up_for_by_the_next() {
    let smooth = smooth(&restorable()).await;
    let secret = smooth.world.webhook_secret().to_owned();
    for at in 1.. {
        let upstream = smooth.world.stand_in.address();
        let flaky = Flaky::start(move || upstream, at, Breaks::Before).await;
        let dir = tempfile::tempdir().unwrap();
        let behind = (Some(flaky.url()), Afterwards::Archive);
        let world = small::twin(dir.path(), None, &smooth.world, &smooth.id, behind).await;
        let deaf = Deaf {
            _dir: dir,
            _database: On::Sqlite.database().unwrap(),
            world,
        };
        for one in smooth.heard.iter().filter(|one| !can_be_lost(one)) {
            deaf.hear(one, &secret).await;
        }
        deaf.world.worker.drain().await.unwrap();
        let broken = reconcile::reconcile(&deaf.world.services, &smooth.id).await;
        if broken.is_err() {
            reconcile::reconcile(&deaf.world.services, &smooth.id)
                .await
                .unwrap();
        }
        assert_eq!(
            deaf.reports(&smooth.id).await,
            smooth.reports,
            "exchange {at}"
        );
        deaf.world.services.store.close().await;
        if broken.is_ok() {
            assert!(at > 8, "a pass has exchanges to break, at least {at}");
            break;
        }
    }
    smooth.world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_github_does_not_show_yet_is_looked_at_again() {
    let smooth = smooth(&restorable()).await;
    let services = &smooth.world.services;
    let hidden = PlannedFault {
        request: "GET /repos/{owner}/{repo}/collaborators".to_owned(),
        nth: 1,
        fault: Fault::NotYetVisible,
    };
    let plan = FaultPlan {
        at: vec![hidden],
        ..FaultPlan::default()
    };
    smooth.world.stand_in.set_faults(plan).unwrap();
    let error = reconcile::reconcile(services, &smooth.id)
        .await
        .unwrap_err();
    assert_eq!(error.code(), "github_not_shown");
    assert!(error.is_transient(), "its job goes on by itself: {error}");
    reconcile::reconcile(services, &smooth.id).await.unwrap();
    smooth.world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unchanged_repository_costs_nothing_to_look_at() {
    let smooth = smooth(&restorable()).await;
    let services = &smooth.world.services;
    reconcile::reconcile(services, &smooth.id).await.unwrap();
    let before = requests_left(&smooth.world).await;
    let passed = reconcile::reconcile(services, &smooth.id).await.unwrap();
    assert_eq!(passed.events, 0);
    assert_eq!(
        requests_left(&smooth.world).await,
        before,
        "every answer was a 304"
    );
    smooth.world.stop().await.unwrap();
}

pub async fn requests_left(world: &World) -> u64 {
    let url = format!("{}rate_limit", world.stand_in.api_url());
    let answer: serde_json::Value = reqwest::Client::new()
        .get(url)
        .bearer_auth(world.stand_in.service_token())
        .header("user-agent", "test")
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    answer["resources"]["core"]["remaining"].as_u64().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn after_an_outage_github_is_asked_for_what_did_not_reach_us_and_for_nothing_twice() {
    let dir = tempfile::tempdir().unwrap();
    let world = small::world(dir.path(), None, None).await;
    // Between GitHub and us every second webhook is lost, until the outage is over.
    let over = Arc::new(AtomicBool::new(false));
    let (service, is_over) = (world.address, Arc::clone(&over));
    let outage = Flaky::start_where(
        move || service,
        Breaks::Before,
        move |number| number.is_multiple_of(2) && !is_over.load(Ordering::SeqCst),
    )
    .await;
    // The App's webhook leads nowhere; the organisation's goes through the outage.
    world
        .stand_in
        .set_webhook("http://127.0.0.1:9/nobody", "nobody")
        .unwrap();
    let hook = serde_json::json!({
        "name": "web", "active": true, "events": ["*"],
        "config": {
            "url": format!("{}/webhooks/github", outage.url()),
            "content_type": "json", "secret": world.webhook_secret(),
        },
    });
    behind_its_back(
        &world,
        reqwest::Method::POST,
        &format!("orgs/{ORG}/hooks"),
        hook,
    )
    .await;
    let script = small::until(small::TALKATIVE, "do = \"judge\"");
    let played = play(
        &world,
        &small::version(),
        vec![small::script(&script)],
        &mut |_| {},
    )
    .await
    .unwrap();
    let lost = lost(&world, &outage.url());
    assert!(lost.len() > 5, "{lost:?}");

    over.store(true, Ordering::SeqCst);
    redeliver::redeliver(&world.services).await.unwrap();
    let outcomes = world.settle().await.unwrap();
    let still = self::lost(&world, &outage.url());
    assert_eq!(still, Vec::<String>::new(), "{outcomes:?}");
    let attempts = world.stand_in.deliveries().len();
    redeliver::redeliver(&world.services).await.unwrap();
    world.settle().await.unwrap();
    assert_eq!(world.stand_in.deliveries().len(), attempts, "nothing twice");
    let passed = reconcile::reconcile(&world.services, &played[0].id)
        .await
        .unwrap();
    assert_eq!(passed.events, 0, "nothing was left for reconciliation");
    world.stop().await.unwrap();
}

/// GUIDs of which no attempt to `receiver` was taken in.
fn lost(world: &World, receiver: &str) -> Vec<String> {
    let mut taken = std::collections::BTreeMap::new();
    for one in world.stand_in.deliveries() {
        if one.url.starts_with(receiver) {
            *taken.entry(one.guid).or_insert(false) |= one.status_code == Some(202);
        }
    }
    taken
        .into_iter()
        .filter_map(|(guid, taken)| (!taken).then_some(guid))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_became_of_the_repository_is_seen_without_webhooks_and_said_once_with_them() {
    let smooth = smooth(&restorable()).await;
    let world = &smooth.world;
    let secret = world.webhook_secret().to_owned();
    let deaf = smooth.deaf(On::Sqlite).await.unwrap();
    let (work_sample, _) = show::work_sample(&world.services, &smooth.id)
        .await
        .unwrap();
    let before = work_sample.provisioning.repository.unwrap().full_name;
    let path = format!("repos/{before}");
    for change in [
        serde_json::json!({ "name": "elsewhere" }),
        serde_json::json!({ "private": false }),
    ] {
        // The old name leads on.
        let path = if change.get("name").is_some() {
            path.clone()
        } else {
            format!("repos/{ORG}/elsewhere")
        };
        behind_its_back(world, reqwest::Method::PATCH, &path, change).await;
        world.clock.advance(chrono::Duration::minutes(1));
    }
    world.settle().await.unwrap();

    reconcile::reconcile(&deaf.world.services, &smooth.id)
        .await
        .unwrap();
    let seen = changes(&deaf.world.services, &smooth.id).await;
    insta::assert_snapshot!(seen.join("\n"), @r"
    repository: toni-talks became a collaborator
    repository: repository renamed: acme-work-samples/elsewhere
    ALARM: repository publicized: acme-work-samples/elsewhere
    ");
    let (work_sample, _) = show::work_sample(&deaf.world.services, &smooth.id)
        .await
        .unwrap();
    let repository = work_sample.provisioning.repository.unwrap();
    assert_eq!(repository.full_name, format!("{ORG}/elsewhere"));
    assert!(repository.html_url.ends_with("/elsewhere"));

    for one in world.stand_in.deliveries() {
        deaf.hear(&one, &secret).await;
    }
    deaf.world.worker.drain().await.unwrap();
    assert_eq!(changes(&deaf.world.services, &smooth.id).await, seen);
    assert_eq!(
        deaf.reports(&smooth.id).await,
        reports(world, &smooth.id).await
    );
    deaf.world.services.store.close().await;
    smooth.world.stop().await.unwrap();
}

async fn changes(services: &worksample::workflow::Services, id: &WorkSampleId) -> Vec<String> {
    let (work_sample, _) = show::work_sample(services, id).await.unwrap();
    work_sample
        .repository_events
        .iter()
        .map(|event| {
            let label = if event.alarm { "ALARM" } else { "repository" };
            format!("{label}: {}", event.text)
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_that_github_does_not_show_is_believed_to_be_gone_only_after_a_while() {
    let smooth = smooth(&restorable()).await;
    let world = &smooth.world;
    let deaf = smooth.deaf(On::Sqlite).await.unwrap();
    let services = &deaf.world.services;
    let (work_sample, _) = show::work_sample(services, &smooth.id).await.unwrap();
    let name = work_sample.provisioning.repository.unwrap().full_name;
    behind_its_back(
        world,
        reqwest::Method::DELETE,
        &format!("repos/{name}"),
        serde_json::json!({}),
    )
    .await;
    let first = reconcile::reconcile(services, &smooth.id).await.unwrap();
    assert_eq!(first.events, 0);
    let again_at = first.again_at.unwrap();
    world.clock.advance_to(again_at);
    let second = reconcile::reconcile(services, &smooth.id).await.unwrap();
    assert_eq!(second.events, 1);
    let said = changes(services, &smooth.id).await;
    assert_eq!(
        said.last().unwrap(),
        &format!("ALARM: repository deleted, or moved out of reach: {name}")
    );
    services.store.close().await;
    smooth.world.stop().await.unwrap();
}
