//! What happens at GitHub more than once: each time is a fact of its own, however it is told.

use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};
use worksample::ids::{CommitSha, WorkSampleId};
use worksample::stand_in::DeliveryRecord;
use worksample::store::StoreError;
use worksample::work_sample::{Afterwards, Event, Happening, InvitationState, Source, WorkSample};
use worksample::workflow::record::record;
use worksample::workflow::{Services, reconcile, show};

use crate::support::flaky::Breaks;
use crate::support::played::{Beside, On, Stage, as_account, behind_its_back, folded, hear};

/// Toni, who has pushed to a branch of their own and delivered nothing yet.
struct Toni {
    stage: Stage,
    token: String,
    /// The starter's commit, at the head of `main`.
    starter: String,
    /// A commit that builds on it.
    work: String,
}

impl Toni {
    async fn on(on: On) -> Option<Toni> {
        let stage = Stage::up_to("do = \"pull_request\"", on).await?;
        let added = stage.world.stand_in.add_user("toni-talks", "Toni Talks");
        let head = async |branch: &str| {
            let (_, found) = stage.at_github(&format!("/git/ref/heads/{branch}")).await;
            found["object"]["sha"].as_str().unwrap().to_owned()
        };
        let (starter, work) = (head("main").await, head("greet").await);
        Some(Toni {
            token: added.unwrap(),
            starter,
            work,
            stage,
        })
    }

    async fn ask(&self, method: Method, path: &str, body: Value) -> Value {
        let url = format!("{}{path}", self.stage.world.stand_in.api_url());
        let request = reqwest::Client::new().request(method, url).json(&body);
        let answer = as_account(request, &self.token).await;
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        answer.json().await.unwrap_or_default()
    }

    async fn in_repository(&self, method: Method, path: &str, body: Value) {
        let path = format!("repos/{}{path}", self.stage.full_name);
        self.ask(method, &path, body).await;
    }

    fn wait(&self, minutes: i64) {
        let clock = &self.stage.world.clock;
        clock.advance(chrono::Duration::minutes(minutes));
    }

    /// Moves `main` with a force push.
    async fn push(&self, sha: &str) {
        let body = json!({ "sha": sha, "force": true });
        self.in_repository(Method::PATCH, "/git/refs/heads/main", body)
            .await;
    }

    async fn deliver(&self) {
        let kickoff = self.work_sample().await.provisioning.kickoff.unwrap();
        let path = format!("/issues/{kickoff}/comments");
        self.in_repository(Method::POST, &path, json!({ "body": "/deliver" }))
            .await;
    }

    async fn settle(&self) {
        self.stage.world.settle().await.unwrap();
    }

    fn services(&self) -> &Services {
        &self.stage.world.services
    }

    async fn work_sample(&self) -> WorkSample {
        folded(self.services(), &self.stage.id).await
    }

    /// A second service that was told nothing.
    async fn beside(&self) -> Beside {
        let nothing = (0, Breaks::Before);
        self.stage.beside(nothing, Afterwards::Archive).await
    }

    async fn look(&self, services: &Services) -> usize {
        let passed = reconcile::reconcile(services, &self.stage.id).await;
        passed.unwrap().events
    }

    /// Takes Toni out of the repository.
    async fn remove(&self) {
        let path = format!("repos/{}/collaborators/toni-talks", self.stage.full_name);
        behind_its_back(&self.stage.world, Method::DELETE, &path, json!({})).await;
    }

    /// Invites Toni, who joins.
    async fn join(&self) {
        let path = format!("repos/{}/collaborators/toni-talks", self.stage.full_name);
        let body = json!({ "permission": "push" });
        let invited = behind_its_back(&self.stage.world, Method::PUT, &path, body).await;
        let path = format!("user/repository_invitations/{}", invited["id"]);
        self.ask(Method::PATCH, &path, json!({})).await;
    }
}

/// What it is called, which of the pushes' webhooks arrive, and whether there is a look before and after them.
type Way<'a> = (&'a str, fn(usize) -> bool, [bool; 2]);

fn delivered(work_sample: &WorkSample) -> Option<&str> {
    let delivery = work_sample.effective_delivery()?;
    delivery.sha.as_ref().map(CommitSha::as_str)
}

async fn report(services: &Services, id: &WorkSampleId) -> String {
    show::report(services, id).await.unwrap().to_json()
}

async fn log(services: &Services, id: &WorkSampleId) -> Vec<Event> {
    let id = id.clone();
    let events = services.store.read(move |tx| tx.events(&id)).await;
    events.unwrap()
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn pushes_that_recur_are_delivered_however_they_are_told(#[case] on: On) {
    let Some(toni) = Toni::on(on).await else {
        return;
    };
    for sha in [&toni.work, &toni.starter, &toni.work] {
        toni.push(sha).await;
        toni.wait(1);
    }
    let other = json!({ "ref": "refs/heads/other", "sha": toni.work });
    for again in [false, true] {
        if again {
            toni.in_repository(Method::DELETE, "/git/refs/heads/other", json!({}))
                .await;
            toni.wait(1);
        }
        toni.in_repository(Method::POST, "/git/refs", other.clone())
            .await;
        toni.wait(1);
    }
    toni.deliver().await;
    toni.settle().await;

    let told = toni.work_sample().await;
    assert_eq!(delivered(&told), Some(toni.work.as_str()));
    let of_other = told
        .pushes
        .iter()
        .filter(|one| one.git_ref.ends_with("/other"));
    let made: Vec<bool> = of_other.map(|push| !push.after.is_zero()).collect();
    assert_eq!(made, [true, false, true]);
    let keys: Vec<String> = told.pushes.iter().map(|one| one.key.0.clone()).collect();
    let recurring = keys.iter().filter(|key| key.ends_with(":2")).count();
    assert_eq!(recurring, 2, "{keys:?}");

    let heard = toni.stage.world.stand_in.deliveries();
    let before = told.last_seq;
    assert_eq!(toni.look(toni.services()).await, 0);
    for one in &heard {
        toni.stage.world.stand_in.redeliver(&one.guid).unwrap();
    }
    toni.settle().await;
    assert_eq!(toni.work_sample().await.last_seq, before);

    let expected = report(toni.services(), &toni.stage.id).await;
    let ways: [Way<'_>; 5] = [
        (
            "webhooks alone, the last one first",
            |_| true,
            [false, false],
        ),
        ("looks alone", |_| false, [false, true]),
        (
            "every second webhook, then a look",
            |nth| nth % 2 == 0,
            [false, true],
        ),
        (
            "the other webhooks, then a look",
            |nth| nth % 2 == 1,
            [false, true],
        ),
        (
            "a look, then all webhooks, then a look",
            |_| true,
            [true, true],
        ),
    ];
    for (way, arrives, [look_before, look_after]) in ways {
        let beside = toni.beside().await;
        if look_before {
            assert!(toni.look(&beside.services).await > 0, "{way}");
        }
        let mut pushes = 0;
        for one in heard.iter().rev() {
            let is_lost = one.event == "push" && {
                pushes += 1;
                !arrives(pushes)
            };
            if !is_lost {
                hear(&beside.services, one, toni.stage.world.webhook_secret()).await;
            }
        }
        beside.worker.drain().await.unwrap();
        if look_after {
            toni.look(&beside.services).await;
            assert_eq!(toni.look(&beside.services).await, 0, "{way}");
        }
        let work_sample = folded(&beside.services, &toni.stage.id).await;
        assert_eq!(delivered(&work_sample), Some(toni.work.as_str()), "{way}");
        let here: Vec<String> = work_sample
            .pushes
            .iter()
            .map(|one| one.key.0.clone())
            .collect();
        assert_eq!(here, keys, "{way}");
        assert_eq!(
            report(&beside.services, &toni.stage.id).await,
            expected,
            "{way}"
        );
        beside.services.store.close().await;
    }
    toni.stage.world.stop().await.unwrap();
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn pushes_of_one_second_are_counted_by_a_look(#[case] on: On) {
    let Some(toni) = Toni::on(on).await else {
        return;
    };
    for sha in [&toni.work, &toni.starter, &toni.work] {
        toni.push(sha).await;
    }
    toni.deliver().await;
    // The webhooks alone cannot tell; they make the service look by itself.
    toni.settle().await;
    let told = toni.work_sample().await;
    assert_eq!(delivered(&told), Some(toni.work.as_str()));
    let beside = toni.beside().await;
    toni.look(&beside.services).await;
    let looked = folded(&beside.services, &toni.stage.id).await;
    assert_eq!(looked.pushes, told.pushes);
    beside.services.store.close().await;
    toni.stage.world.stop().await.unwrap();
}

/// What the report says of the members, and whether Toni is one of them.
async fn members(services: &Services, id: &WorkSampleId) -> (String, bool) {
    let work_sample = folded(services, id).await;
    let events = work_sample.repository_events.iter();
    let said = events.filter_map(|event| match event.text.as_str() {
        "toni-talks became a collaborator" => Some('+'),
        "toni-talks is no longer a collaborator" => Some('-'),
        _ => None,
    });
    let mut members = work_sample.members.iter();
    let is_one = members.any(|one| one.login == "toni-talks" && !one.left);
    (said.collect(), is_one)
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn collaborator_removed_and_added_again_is_one_however_it_is_told(#[case] on: On) {
    let Some(toni) = Toni::on(on).await else {
        return;
    };
    let secret = toni.stage.world.webhook_secret().to_owned();
    let (deaf, mixed) = (toni.beside().await, toni.beside().await);
    let id = &toni.stage.id;
    let hear_members = async |services: &Services, action: &str| {
        let heard = toni.stage.world.stand_in.deliveries();
        let is_told =
            |one: &&DeliveryRecord| one.event == "member" && one.action.as_deref() == Some(action);
        for one in heard.iter().filter(is_told) {
            hear(services, one, &secret).await;
        }
    };
    let mut expected = "+".to_owned();
    toni.settle().await;
    toni.look(&deaf.services).await;
    hear_members(&mixed.services, "added").await;
    mixed.worker.drain().await.unwrap();
    for (sign, there) in [('-', false), ('+', true), ('-', false), ('+', true)] {
        toni.wait(5);
        if there {
            toni.join().await;
        } else {
            toni.remove().await;
        }
        expected.push(sign);
        toni.settle().await;
        // No removal reaches the third service but by its looks.
        hear_members(&mixed.services, "added").await;
        mixed.worker.drain().await.unwrap();
        toni.wait(5);
        for services in [toni.services(), &deaf.services, &mixed.services] {
            toni.look(services).await;
            assert_eq!(members(services, id).await, (expected.clone(), there));
            // The next look sees what that means for the invitation.
            toni.look(services).await;
            assert_eq!(toni.look(services).await, 0);
        }
    }
    let invitation = folded(&deaf.services, id).await.invitation.unwrap();
    assert_eq!(invitation.state, InvitationState::Accepted);

    // All webhooks in the end, the last one first.
    let told = folded(toni.services(), id).await.repository_events;
    for one in toni.stage.world.stand_in.deliveries().iter().rev() {
        hear(&deaf.services, one, &secret).await;
        hear(&mixed.services, one, &secret).await;
    }
    for beside in [deaf, mixed] {
        beside.worker.drain().await.unwrap();
        let heard = folded(&beside.services, id).await.repository_events;
        assert_eq!(heard, told);
        beside.services.store.close().await;
    }
    toni.stage.world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn repository_renamed_forth_and_back_has_its_present_name() {
    let toni = Toni::on(On::Sqlite).await.unwrap();
    let beside = toni.beside().await;
    let (owner, first) = toni.stage.full_name.split_once('/').unwrap();
    let mut name = first;
    for _ in 0..4 {
        let next = if name == first { "elsewhere" } else { first };
        let path = format!("repos/{owner}/{name}");
        behind_its_back(
            &toni.stage.world,
            Method::PATCH,
            &path,
            json!({ "name": next }),
        )
        .await;
        name = next;
        toni.settle().await;
        for services in [toni.services(), &beside.services] {
            toni.look(services).await;
            let repository = folded(services, &toni.stage.id)
                .await
                .provisioning
                .repository;
            assert_eq!(repository.unwrap().full_name, format!("{owner}/{name}"));
        }
        toni.wait(5);
    }
    beside.services.store.close().await;
    toni.stage.world.stop().await.unwrap();
}

/// A fact as an earlier version stored it.
fn as_it_was(happening: &Happening) -> Happening {
    let mut old = serde_json::to_value(happening).unwrap();
    let body = old["body"].as_object_mut().unwrap();
    body.remove("sent_at");
    body.remove("looked_at");
    if body["type"] == "member_removed" {
        body.remove("id");
    }
    let key = happening.key.0.as_str();
    if let Some((key, _)) = key.split_once(":added:").or(key.split_once(":removed:")) {
        let verb = if happening.key.0.contains(":added:") {
            "added"
        } else {
            "removed"
        };
        old["key"] = json!(format!("{key}:{verb}"));
    }
    serde_json::from_value(old).unwrap()
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn log_of_an_earlier_version_holds_all_that_a_look_finds(#[case] on: On) {
    let Some(toni) = Toni::on(on).await else {
        return;
    };
    toni.push(&toni.work).await;
    toni.wait(1);
    toni.deliver().await;
    toni.settle().await;
    let id = &toni.stage.id;
    let looked = toni.beside().await;
    toni.look(&looked.services).await;
    for services in [toni.services(), &looked.services] {
        let facts: Vec<Happening> = log(services, id)
            .await
            .into_iter()
            .map(|event| as_it_was(&event.happening))
            .filter(|happening| happening.body.is_github_fact())
            .collect();
        let stored = serde_json::to_string(&facts).unwrap();
        for added in ["occurrence", "sent_at", "looked_at", "back_at"] {
            assert!(!stored.contains(added), "{added} is new");
        }
        let old = toni.beside().await;
        let (of, now) = (id.clone(), old.services.now());
        let written = old.services.store.write(move |tx| {
            let row = tx
                .work_sample_row(&of)?
                .ok_or_else(|| StoreError::NotFound {
                    what: of.to_string(),
                })?;
            record(tx, &of, row.last_seq, &facts, Source::Webhook, now)
        });
        written.await.unwrap();
        assert_eq!(toni.look(&old.services).await, 0);
        old.services.store.close().await;
    }
    looked.services.store.close().await;
    toni.stage.world.stop().await.unwrap();
}
