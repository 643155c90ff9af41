//! What candidates read: the offer, their own work, their own report; what they accept, and what must never reach them.

use std::collections::BTreeSet;

use chrono::Duration;
use rstest::rstest;
use serde_json::{Value, json};
use worksample::candidate::{Offer, OwnReport, Work, offer_text};
use worksample::clock::Clock as _;
use worksample::ids::WorkSampleId;
use worksample::rehearsal::World;
use worksample::spec::{OfferDefaults, SpecVersion};
use worksample::store::{SpecHours, StoreError};
use worksample::web::tokens::Bearer;
use worksample::work_sample::{Actor, DecisionOutcome, EventBody, WorkSample, decide, terms_of};
use worksample::workflow::launch::{Launch, launch};
use worksample::workflow::publish;
use worksample::workflow::{act, hours};

use crate::report_story::{ready, rich, version};
use crate::support::played::{On, Stage};
use crate::support::small;

const DEFAULTS: &str = r#"
    [payer]
    name = "Acme Works GmbH"
    address = "Fabrikstraße 1\n10115 Berlin\nGermany"
    signed_by = "Lea Lang, head of engineering"
    contact = "pay@acme.example"
    method = "Bank transfer (SEPA) to the account on your invoice"
    invoice = "Your name, address, tax number and the number of this work sample"
    vat = "Reverse charge within the EU; else as your country asks"
    fees = "We bear the fees of the transfer"
    reference = "The number of this work sample"
    [answers]
    within_hours = 24
"#;

fn with_payer(mut ws: WorkSample, version: &SpecVersion) -> WorkSample {
    let defaults = OfferDefaults::parse(DEFAULTS).unwrap();
    ws.terms = terms_of(&version.spec, &defaults);
    ws
}

#[test]
fn offer_text_says_all_that_candidate_agrees_to() {
    let mut version = version();
    version.spec.why = Some("Shops retry.\nWe want to see how you make that safe.".to_owned());
    let ws = with_payer(ready().fold(), &version);
    insta::assert_snapshot!(offer_text(&ws.id, &Offer::of(&ws, &version)));
}

#[test]
fn offer_without_payer_or_promise_says_so() {
    let version = version();
    let ws = ready().fold();
    let text = offer_text(&ws.id, &Offer::of(&ws, &version));
    assert!(text.contains("The offer does not say who pays. Ask before you accept."));
    assert!(text.contains("Nothing is promised about when questions are answered."));
}

/// Words that only the team may read, of a work sample that has all of them.
fn canaries(ws: &WorkSample, version: &SpecVersion) -> BTreeSet<String> {
    let spec = &version.spec;
    let hidden = spec.criteria.iter().filter(|criterion| criterion.hidden);
    let mut words: BTreeSet<String> = hidden
        .flat_map(|criterion| [criterion.id.to_string(), criterion.title.clone()])
        .collect();
    for criterion in &spec.criteria {
        match &criterion.check {
            worksample::spec::Check::Command { run, junit, .. } => {
                words.extend(run.iter().filter(|word| word.len() > 8).cloned());
                words.extend(junit.clone());
            }
            worksample::spec::Check::Eye { look_for } => {
                words.insert(look_for.clone());
            }
            worksample::spec::Check::Ci { .. } => {}
        }
    }
    for gap in &spec.gaps {
        words.insert(gap.title.clone());
        words.extend(gap.interpretations.iter().map(|one| one.text.clone()));
    }
    for assessment in &ws.assessments {
        for result in &assessment.results {
            words.extend(Some(result.because.clone()).filter(|text| text.len() > 12));
        }
    }
    words.extend(ws.judgements.iter().map(|one| one.note.clone()));
    words.extend(ws.decision.iter().map(|one| one.reason.clone()));
    words.extend(ws.stuck.iter().map(|one| one.reason.clone()));
    words.extend(ws.not_assessable.iter().map(|one| one.reason.clone()));
    words.retain(|word| !word.is_empty());
    words
}

#[test]
fn nothing_reviewer_only_is_in_what_candidate_reads() {
    let version = version();
    let ws = with_payer(rich().fold(), &version);
    let canaries = canaries(&ws, &version);
    assert!(canaries.len() > 15, "{canaries:?}");
    let report = OwnReport::of(&ws, &version).unwrap();
    let read = [
        serde_json::to_string(&Offer::of(&ws, &version)).unwrap(),
        serde_json::to_string(&Work::of(&ws, &version)).unwrap(),
        serde_json::to_string(&report).unwrap(),
        offer_text(&ws.id, &Offer::of(&ws, &version)),
    ];
    for text in read {
        for canary in &canaries {
            let quoted = serde_json::to_string(canary).unwrap();
            let quoted = quoted.trim_matches('"');
            assert!(
                !text.contains(canary.as_str()) && !text.contains(quoted),
                "{canary:?} is in {text}"
            );
        }
    }
    // The same search finds what candidates may read.
    assert!(
        serde_json::to_string(&report)
            .unwrap()
            .contains("A maintainer would take it as it is")
    );
}

#[test]
fn own_report_comes_with_the_decision_and_holds_feedback() {
    let version = version();
    assert_eq!(OwnReport::of(&ready().fold(), &version), None);
    let mut story = rich();
    story.with_feedback("Your questions came early.\nName the key's owner next time.");
    let ws = with_payer(story.fold(), &version);
    let report = OwnReport::of(&ws, &version).unwrap();
    let mut report = serde_json::to_value(report).unwrap();
    report.as_object_mut().unwrap().remove("offer");
    insta::assert_snapshot!(serde_json::to_string_pretty(&report).unwrap());
}

struct Offered {
    _dir: tempfile::TempDir,
    world: World,
    id: WorkSampleId,
}

impl Offered {
    async fn new() -> Offered {
        let dir = tempfile::tempdir().unwrap();
        let world = small::world(dir.path(), None, None).await;
        world.stand_in.add_user("ada", "Ada").unwrap();
        let (version, _) = publish::publish(&world.services, small::folder())
            .await
            .unwrap();
        let launch_it = Launch {
            spec: version.digest.clone(),
            candidate: "Ada Able".to_owned(),
            email: None,
            organization: None,
            again: false,
            lead: "Lea Lead".to_owned(),
        };
        let ws = launch(&world.services, launch_it, None).await.unwrap();
        Offered {
            _dir: dir,
            world,
            id: ws.id,
        }
    }

    async fn send(
        &self,
        method: reqwest::Method,
        path: &str,
        lead: bool,
        body: &Value,
    ) -> (u16, String) {
        let bearer = if lead {
            Bearer::Lead {
                name: "Lea Lead".into(),
            }
        } else {
            Bearer::Candidate {
                work_sample: self.id.clone(),
            }
        };
        let url = format!("http://{}/api/v1{path}", self.world.address);
        let answer = reqwest::Client::new()
            .request(method, url)
            .bearer_auth(self.world.api.token(&bearer).unwrap())
            .body(body.to_string())
            .send()
            .await
            .unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    async fn get(&self, path: &str) -> (u16, String) {
        self.send(reqwest::Method::GET, path, false, &Value::Null)
            .await
    }

    async fn accept(&self, body: Value) -> (u16, Value) {
        let (status, text) = self
            .send(reqwest::Method::POST, "/offer/accept", false, &body)
            .await;
        (status, serde_json::from_str(&text).unwrap())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn accepted_text_is_kept_word_for_word_and_both_sides_read_it() {
    let offered = Offered::new().await;
    let (status, text) = offered.get("/offer").await;
    assert_eq!(status, 200, "{text}");
    let offer: Value = serde_json::from_str(&text).unwrap();
    assert!(offer["brief"].as_str().unwrap().contains("(R1)"), "{offer}");
    assert!(!text.contains("{#R1}"), "{text}");
    assert_eq!(offered.get("/offer/terms").await.0, 404);

    let due = offered.world.now() + Duration::days(2);
    let accept = |login: &str, sha256: &Value| json!({ "login": login, "due_at": due, "offer_sha256": sha256, "zone": "Europe/Berlin" });
    let (status, refused) = offered.accept(accept("ada", &json!("00"))).await;
    assert_eq!((status, &refused["code"]), (409, &json!("offer_changed")));
    let (status, refused) = offered
        .accept(accept("nobody-there", &offer["offer_sha256"]))
        .await;
    assert_eq!((status, &refused["code"]), (422, &json!("no_such_account")));
    let (_, text) = offered.get("/offer").await;
    let same: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(same["state"], "offered", "nothing was recorded");

    let (status, accepted) = offered.accept(accept("ada", &offer["offer_sha256"])).await;
    assert_eq!((status, &accepted["state"]), (200, &json!("accepted")));
    let (status, terms) = offered.get("/offer/terms").await;
    assert_eq!(status, 200);
    assert!(terms.contains("Accepted by Ada Able on"), "{terms}");
    assert!(terms.contains("with the GitHub account ada"), "{terms}");
    let sha256 = {
        use sha2::Digest as _;
        hex::encode(sha2::Sha256::digest(&terms))
    };
    assert_eq!(accepted["work"]["accepted_terms_sha256"], json!(sha256));
    let path = format!("/work-samples/{}/accepted-terms", offered.id);
    let (status, teams) = offered
        .send(reqwest::Method::GET, &path, true, &Value::Null)
        .await;
    assert_eq!((status, teams), (200, terms));

    let id = offered.id.clone();
    let details = offered
        .world
        .services
        .store
        .read(move |tx| tx.candidate_details(&id))
        .await
        .unwrap();
    assert_eq!(details.zone.as_deref(), Some("Europe/Berlin"));
    offered.world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn login_that_github_cannot_look_up_is_accepted() {
    use worksample::stand_in::{Fault, FaultPlan};

    let offered = Offered::new().await;
    let away = FaultPlan {
        percent: [(Fault::ServerError, 100.0)].into(),
        ..FaultPlan::default()
    };
    offered.world.stand_in.set_faults(away).unwrap();
    let due = offered.world.now() + Duration::days(2);
    let (status, accepted) = offered
        .accept(json!({ "login": "perhaps-there", "due_at": due }))
        .await;
    assert_eq!((status, &accepted["state"]), (200, &json!("accepted")));
    offered.world.stop().await.unwrap();
}

#[test]
fn feedback_of_blanks_is_none() {
    let version = version();
    let story = rich();
    let mut before = story.fold();
    before.decision = None;
    before.closed_at = None;
    before.state = worksample::work_sample::State::Assessed;
    let command = worksample::work_sample::Command::Decide {
        outcome: DecisionOutcome::Stop,
        reason: "A reason.".to_owned(),
        feedback: worksample::work_sample::Feedback::Given(" \n".to_owned()),
    };
    let lead = Actor::Lead {
        name: "Lea".to_owned(),
    };
    let now = worksample::clock::SystemClock.now();
    let decided = decide(&before, &version.spec, command, lead, now).unwrap();
    assert!(matches!(
        &decided[0].body,
        EventBody::Decided { feedback: None, .. }
    ));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn own_report_is_refused_before_the_end() {
    let offered = Offered::new().await;
    let (status, text) = offered.get("/offer/report").await;
    assert_eq!(status, 404, "{text}");
    let decline = worksample::work_sample::Command::Decline { reason: None };
    act::act(
        &offered.world.services,
        &offered.id,
        decline,
        Actor::Candidate,
    )
    .await
    .unwrap();
    let (status, text) = offered.get("/offer/report").await;
    assert_eq!(status, 200, "{text}");
    offered.world.stop().await.unwrap();
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn hours_are_shown_of_five_people_and_stay_what_they_were(#[case] on: On) {
    let Some(stage) = Stage::up_to("do = \"judge\"", on).await else {
        return;
    };
    let services = &stage.world.services;
    let slug: worksample::ids::Slug = "greeting".parse().unwrap();
    let others = slug.clone();
    services
        .store
        .write(move |tx| {
            for ordinal in 0..4 {
                let said = SpecHours {
                    ordinal,
                    account: Some(1_000_000 + u64::from(ordinal.unsigned_abs())),
                    login: None,
                    candidate_key: format!("{ordinal}@example.org"),
                    tenths: 10 * (ordinal + 1),
                };
                tx.put_spec_hours(&others, &said)?;
            }
            Ok::<_, StoreError>(())
        })
        .await
        .unwrap();
    let shown = async || hours::of_spec(services, &slug).await.unwrap();
    assert_eq!(shown().await, None);
    let say = async |text: &str| hours::say(services, &stage.id, text.parse().unwrap()).await;
    say("2.5").await.unwrap();
    let five = shown().await.unwrap();
    assert_eq!((five.candidates, five.median_tenths), (5, 25));
    say("0.1").await.unwrap();
    assert_eq!(
        shown().await,
        Some(five),
        "a later word changes nothing that was shown"
    );
    let id = stage.id.clone();
    let details = services.store.read(move |tx| tx.candidate_details(&id));
    assert_eq!(
        details.await.unwrap().hours_tenths,
        Some(1),
        "the candidate reads it"
    );
    stage.world.stop().await.unwrap();
}
