//! kill -9 in a flood of signed webhooks: what was answered with 2xx is there afterwards, once, and its job was done.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use hmac::{Hmac, Mac as _};
use rstest::rstest;
use serde_json::json;
use sha2::Sha256;
use tokio::sync::watch;
use worksample::store::{JobFilter, JobState, Store, StoreOptions};

use super::place::{On, Place, SECRET, until, within};

const WEBHOOKS: u64 = 400;
const LANES: usize = 24;
const KILLS: usize = 5;

pub fn signature(body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(body);
    format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
}

/// A comment of Ada's; the number makes it another one.
pub fn comment(repository: u64, number: u64, text: &str) -> Vec<u8> {
    let account = json!({ "id": 5, "login": "ada-example" });
    json!({
        "action": "created",
        "issue": { "number": 1, "updated_at": "2026-03-02T12:00:00Z" },
        "comment": {
            "id": number, "body": text, "html_url": "https://example.com/1", "user": account,
            "created_at": "2026-03-02T12:00:00Z", "updated_at": "2026-03-02T12:00:00Z",
        },
        "repository": { "id": repository, "full_name": "acme/r", "updated_at": "2026-03-02T12:00:00Z" },
        "sender": account,
    })
    .to_string()
    .into_bytes()
}

/// Posts a webhook; its status, or `None` if no whole answer came.
pub async fn post(
    client: &reqwest::Client,
    address: SocketAddr,
    guid: &str,
    body: Vec<u8>,
) -> Option<(u16, String)> {
    let answer = client
        .post(format!("http://{address}/webhooks/github"))
        .header("x-github-event", "issue_comment")
        .header("x-github-delivery", guid)
        .header("x-hub-signature-256", signature(&body))
        .body(body)
        .send()
        .await
        .ok()?;
    let status = answer.status().as_u16();
    Some((status, answer.text().await.ok()?))
}

/// What the senders know.
#[derive(Default)]
struct Told {
    acknowledged: Mutex<BTreeSet<u64>>,
    unanswered: Mutex<BTreeSet<u64>>,
    next: AtomicU64,
}

/// One sender: on to the next webhook after each answer; without an answer it waits until the service is up again, at an
/// address of its own, and then every second webhook is delivered again.
async fn lane(repository: u64, told: Arc<Told>, mut up: watch::Receiver<Option<SocketAddr>>) {
    let client = reqwest::Client::new();
    loop {
        let number = told.next.fetch_add(1, Ordering::SeqCst) + 1;
        if number > WEBHOOKS {
            return;
        }
        let mut tries = 0;
        loop {
            let address = up.wait_for(Option::is_some).await.unwrap().unwrap();
            let body = comment(repository, number, "a word");
            match post(&client, address, &format!("flood-{number}"), body).await {
                Some((202, _)) => {
                    told.acknowledged.lock().unwrap().insert(number);
                    break;
                }
                Some((status, answer)) => panic!("{status}: {answer}"),
                None => {
                    told.unanswered.lock().unwrap().insert(number);
                    tries += 1;
                    if number.is_multiple_of(2) && tries == 1 {
                        break;
                    }
                }
            }
        }
    }
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn every_acknowledged_webhook_outlives_kills_in_the_flood_once(#[case] on: On) {
    let Some(place) = Place::new(on).await else {
        return;
    };
    let offer = place.offer().await;
    let mut service = place.serve(&[]).await;
    offer.accept(&service).await;
    until("the work sample is provisioned", async || {
        (place.show(&offer.id).await["state"] == "provisioned").then_some(())
    })
    .await;
    let full_name = place.show(&offer.id).await["repository"]["full_name"].clone();
    let path = format!("repos/{}", full_name.as_str().unwrap());
    let repository = place.github(&path).await["id"].as_u64().unwrap();

    let told = Arc::new(Told::default());
    let (up, is_up) = watch::channel(Some(service.address()));
    let lanes: Vec<_> = (0..LANES)
        .map(|_| tokio::spawn(lane(repository, Arc::clone(&told), is_up.clone())))
        .collect();
    for kill in 1..=KILLS {
        let enough = kill * WEBHOOKS as usize / (KILLS + 2);
        within("the flood goes on", async {
            while told.acknowledged.lock().unwrap().len() < enough {
                tokio::task::yield_now().await;
            }
        })
        .await;
        up.send_replace(None);
        service.kill().await;
        service = place.serve(&[]).await;
        up.send_replace(Some(service.address()));
    }
    for lane in lanes {
        lane.await.unwrap();
    }
    check(&place, &offer.id, &told).await;
    service.kill().await;
}

async fn check(place: &Place, id: &str, told: &Told) {
    let url = place.database_url.parse().unwrap();
    let store = Store::open(&url, StoreOptions::default()).await.unwrap();
    let intake = JobFilter {
        kind: Some("intake".to_owned()),
        ..JobFilter::default()
    };
    let jobs = until("every job is settled", async || {
        let filter = intake.clone();
        let jobs = store.read(move |tx| tx.jobs(&filter)).await.unwrap();
        let settled = |state| matches!(state, JobState::Done | JobState::Dead);
        jobs.iter().all(|job| settled(job.state)).then_some(jobs)
    })
    .await;
    let mut by_guid: BTreeMap<&str, Vec<JobState>> = BTreeMap::new();
    for job in &jobs {
        by_guid.entry(&job.subject).or_default().push(job.state);
    }
    let id = id.parse().unwrap();
    let events = store.read(move |tx| tx.events(&id)).await.unwrap();
    let mut recorded: BTreeMap<&str, usize> = BTreeMap::new();
    for event in &events {
        *recorded.entry(&event.happening.key.0).or_default() += 1;
    }
    let acknowledged = told.acknowledged.lock().unwrap().clone();
    let mut stored = 0;
    for number in 1..=WEBHOOKS {
        let guid = format!("flood-{number}");
        let wanted = guid.clone();
        let delivery = store.read(move |tx| tx.delivery(&wanted)).await.unwrap();
        let key = format!("issue_comment:{number}:created");
        let events = recorded.get(key.as_str()).copied().unwrap_or(0);
        let jobs = by_guid.get(guid.as_str()).cloned().unwrap_or_default();
        let Some(delivery) = delivery else {
            assert!(
                !acknowledged.contains(&number),
                "{guid} was acknowledged and is lost"
            );
            assert_eq!((events, jobs), (0, vec![]), "{guid} is there in part");
            continue;
        };
        stored += 1;
        assert_eq!(
            delivery.outcome.as_deref(),
            Some("recorded: 1 event(s)"),
            "{guid}"
        );
        assert_eq!((events, jobs), (1, vec![JobState::Done]), "{guid}");
    }
    let repeated = jobs.iter().filter(|job| job.attempts > 1).count();
    println!(
        "{} webhooks, {} kills: {} acknowledged, {} once without an answer; {stored} deliveries, {} jobs done \
         ({repeated} of them taken up again), each recorded as one event; 0 lost, 0 doubled",
        WEBHOOKS,
        KILLS,
        acknowledged.len(),
        told.unanswered.lock().unwrap().len(),
        by_guid
            .keys()
            .filter(|guid| guid.starts_with("flood-"))
            .count(),
    );
}
