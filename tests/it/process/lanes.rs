//! One job that takes long does not hold up another's.

use reqwest::Method;
use serde_json::json;

use super::flood::{comment, post};
use super::place::{On, Place, until, within};
use crate::support::flaky::Breaks;

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_is_worked_through_while_another_work_sample_waits_for_github() {
    let Some(place) = Place::new(On::Sqlite).await else {
        return;
    };
    let offer = place.offer().await;
    let service = place.serve(&[]).await;
    offer.accept(&service).await;
    until("the first is provisioned", async || {
        (place.show(&offer.id).await["state"] == "provisioned").then_some(())
    })
    .await;
    let repositories = place.github("orgs/acme-work-samples/repos").await;
    let repository = repositories[0]["id"].as_u64().unwrap();

    place.stand_in.add_user("bo-example", "Bo Example").unwrap();
    let first = place.gate.seen().len() + 1;
    place.gate.hold((first, Breaks::Before));
    let again = place
        .json(&[
            "launch",
            "greeting",
            "--candidate",
            "Bo Example",
            "--by",
            "Lea Lead",
            "--json",
        ])
        .await;
    let due_at =
        worksample::clock::Clock::now(&worksample::clock::SystemClock) + chrono::Duration::days(2);
    let (status, answer) = service
        .send(
            Method::POST,
            "/api/v1/offer/accept",
            again["candidate_token"].as_str(),
            Some(&json!({ "login": "bo-example", "due_at": due_at })),
        )
        .await;
    assert_eq!(status, 200, "{answer}");
    within("the second waits for GitHub", place.gate.held()).await;

    let client = reqwest::Client::new();
    let body = comment(repository, 7, "a word");
    let answer = post(&client, service.address(), "meanwhile", body).await;
    assert_eq!(answer.unwrap().0, 202);
    until("the webhook is worked through", async || {
        let jobs = place.json(&["jobs", "list", "--json"]).await;
        let jobs = jobs.as_array().unwrap();
        jobs.iter()
            .any(|job| job["subject"] == "meanwhile" && job["state"] == "done")
            .then_some(())
    })
    .await;
    let waits = place.json(&["jobs", "list", "--json"]).await;
    let mut provisioning = waits.as_array().unwrap().iter();
    assert!(
        provisioning.any(|job| job["kind"] == "provision" && job["state"] != "done"),
        "the second waits still: {waits}"
    );
    service.kill().await;
}
