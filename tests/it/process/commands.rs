//! The command line beside a running service: a whole work sample by commands alone, and the demo on a database of its own.

use rstest::rstest;
use serde_json::{Value, json};
use tokio::process::Command;
use worksample::clock::{Clock as _, SystemClock};

use super::place::{ORG, Offer, On, Place, SECRET, until};
use crate::sandbox::sandbox;
use crate::support::small;

/// Everything that a person can ask for.
const VERBS: [&[&str]; 39] = [
    &["demo"],
    &["serve"],
    &["spec"],
    &["spec", "check"],
    &["spec", "rehearse"],
    &["spec", "schema"],
    &["spec", "publish"],
    &["launch"],
    &["show"],
    &["extend"],
    &["withdraw"],
    &["cancel"],
    &["judge"],
    &["reclassify"],
    &["answer"],
    &["confirm"],
    &["redirect"],
    &["decide"],
    &["correct-decision"],
    &["close"],
    &["report"],
    &["pay"],
    &["jobs"],
    &["jobs", "list"],
    &["jobs", "retry"],
    &["people"],
    &["people", "add"],
    &["people", "list"],
    &["people", "set"],
    &["people", "disable"],
    &["people", "enable"],
    &["people", "side"],
    &["sign-in-link"],
    &["token"],
    &["token", "make"],
    &["token", "list"],
    &["token", "revoke"],
    &["stand-in"],
    &["doctor"],
];

#[tokio::test(flavor = "multi_thread")]
async fn every_verb_says_what_it_does_and_the_list_of_verbs_names_it() {
    let Some(place) = Place::new(On::Sqlite).await else {
        return;
    };
    let list = place.ok(&["--help"]).await;
    for verb in VERBS {
        let name = format!("\n  {} ", verb[0]);
        assert!(list.contains(&name), "{verb:?} is not listed: {list}");
        let arguments: Vec<&str> = verb.iter().copied().chain(["--help"]).collect();
        let help = place.ok(&arguments).await;
        assert!(help.contains("Usage: worksample"), "{verb:?}: {help}");
    }
    assert!(!place.path().join("data").exists(), "help touches nothing");
}

/// What people read, with what differs from run to run struck out.
struct Transcript<'a> {
    place: &'a Place,
    text: String,
    /// What to strike out, and what stands in its place.
    masks: Vec<(String, &'static str)>,
}

impl Transcript<'_> {
    async fn enter(&mut self, arguments: &[&str]) -> String {
        let out = self.place.ok(arguments).await;
        let words: Vec<String> = arguments
            .iter()
            .map(|word| {
                if word.contains(' ') {
                    format!("'{word}'")
                } else {
                    (*word).to_owned()
                }
            })
            .collect();
        self.text
            .push_str(&format!("$ worksample {}\n{out}\n", words.join(" ")));
        out
    }

    fn masked(&self) -> String {
        let mut text = self.text.clone();
        for (what, mask) in &self.masks {
            text = text.replace(what, mask);
        }
        without_times(&text)
    }
}

/// `2026-03-02 09:30` and `2026-03-02T09:30:00Z` become a word.
fn without_times(text: &str) -> String {
    const SHAPES: [(&str, &str); 2] = [
        ("dddd-dd-ddTdd:dd:ddZ", "TIME"),
        ("dddd-dd-dd dd:dd", "TIME"),
    ];
    let fits = |rest: &str, shape: &str| {
        let mut found = rest.chars();
        shape.chars().all(|wanted| match (wanted, found.next()) {
            ('d', Some(one)) => one.is_ascii_digit(),
            (wanted, found) => found == Some(wanted),
        })
    };
    let mut out = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        match SHAPES.iter().find(|(shape, _)| fits(rest, shape)) {
            Some((shape, word)) => {
                out.push_str(word);
                rest = &rest[shape.len()..];
            }
            None => {
                out.push(first);
                rest = &rest[first.len_utf8()..];
            }
        }
    }
    out
}

async fn git(place: &Place, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .args(["-c", "user.name=Ada", "-c", "user.email=ada@example.com"])
        .args(arguments)
        .current_dir(place.path())
        .output()
        .await
        .unwrap();
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// What Ada does at GitHub: joins, and pushes a greeting. Returns her commit.
async fn ada_works(place: &Place, repository: &str) -> String {
    let ask = |method: reqwest::Method, path: &str| {
        reqwest::Client::new()
            .request(method, format!("{}{path}", place.stand_in.api_url()))
            .bearer_auth(&place.ada)
            .header("user-agent", "test")
            .send()
    };
    let invitations = ask(reqwest::Method::GET, "user/repository_invitations").await;
    let invitations: Value = invitations.unwrap().json().await.unwrap();
    let path = format!("user/repository_invitations/{}", invitations[0]["id"]);
    let joined = ask(reqwest::Method::PATCH, &path).await.unwrap();
    assert_eq!(joined.status(), 204);
    let address = repository.replace("http://", &format!("http://x-access-token:{}@", place.ada));
    git(place, &["clone", "-q", &address, "clone"]).await;
    std::fs::write(place.path().join("clone/greeting.txt"), "hello world!\n").unwrap();
    git(place, &["-C", "clone", "commit", "-qam", "Greet"]).await;
    git(place, &["-C", "clone", "push", "-q", "origin", "main"]).await;
    git(place, &["-C", "clone", "rev-parse", "HEAD"]).await
}

async fn state(place: &Place, id: &str, state: &str) {
    until(state, async || {
        (place.show(id).await["state"] == state).then_some(())
    })
    .await;
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn a_whole_work_sample_goes_by_commands_beside_the_running_service(#[case] on: On) {
    if sandbox().is_none() {
        return;
    }
    let Some(place) = Place::new(on).await else {
        return;
    };
    let service = place.serve(&[]).await;
    let door = format!("http://{}/webhooks/github", service.address());
    place.stand_in.set_webhook(&door, SECRET).unwrap();
    let spec = place.spec();
    let spec = spec.to_str().unwrap();
    let mut said = Transcript {
        place: &place,
        text: String::new(),
        masks: vec![
            (spec.to_owned(), "specs/greeting"),
            (place.gate.url(), "https://github.com"),
        ],
    };
    said.enter(&["spec", "check", spec]).await;
    let published = said.enter(&["spec", "publish", spec]).await;
    let digest = published.split_whitespace().last().unwrap().to_owned();
    said.enter(&["show"]).await;
    let lea = ["--by", "Lea Lead"];
    let launch = [
        "launch",
        "greeting",
        "--candidate",
        "Ada Example",
        "--email",
        "ada@example.com",
    ];
    let launched = said.enter(&[&launch[..], &lea].concat()).await;
    let link = launched.split("/o/").nth(1).unwrap();
    let link = link.split_whitespace().next().unwrap().to_owned();
    let token = launched.split("Bearer ").nth(1).unwrap();
    let token = token.split('\'').next().unwrap().to_owned();
    let all = place.json(&["show", "--json"]).await;
    let id = all[0]["id"].as_str().unwrap().to_owned();
    said.enter(&["show"]).await;

    let offer = Offer {
        id: id.clone(),
        token: token.clone(),
    };
    offer.accept(&service).await;
    state(&place, &id, "provisioned").await;
    said.enter(&["show", &id]).await;
    let due = (SystemClock.now() + chrono::Duration::days(3))
        .format("%Y-%m-%dT%H:%M:%SZ")
        .to_string();
    let extend = ["extend", &id, "--due", &due, "--reason", "You were ill."];
    said.enter(&[&extend[..], &lea].concat()).await;

    let repository = place.show(&id).await["repository"]["html_url"].clone();
    let sha = ada_works(&place, repository.as_str().unwrap()).await;
    let (status, answer) = service
        .send(
            reqwest::Method::POST,
            "/api/v1/offer/deliver",
            Some(&token),
            Some(&json!({ "sha": sha })),
        )
        .await;
    assert_eq!(status, 200, "{answer}");
    state(&place, &id, "assessed").await;
    said.enter(&[
        "judge",
        &id,
        "AC-2",
        "--verdict",
        "passed",
        "--note",
        "A sentence.",
        "--by",
        "Rita Reviewer",
    ])
    .await;
    said.enter(&[&["pay", &id, "--reference", "SEPA 1"], &lea[..]].concat())
        .await;
    // A worker would freeze the repository at the decision, before the next command has read the log or after it: that is
    // told in `ending`.
    assert_eq!(service.end().await, Some(0));
    let service = place.serve(&["--web-only"]).await;
    let decide = [
        "decide",
        &id,
        "--outcome",
        "proceed",
        "--reason",
        "Said what was decided.",
        "--feedback",
        "Thank you for the clear decisions.",
        "--anyway",
    ];
    said.enter(&[&decide[..], &lea].concat()).await;
    said.enter(&[&["close", &id], &lea[..]].concat()).await;
    said.enter(&["show"]).await;
    said.enter(&["jobs", "list", "--state", "dead"]).await;

    let repository_name = repository
        .as_str()
        .unwrap()
        .rsplit('/')
        .next()
        .unwrap()
        .to_owned();
    said.masks.extend([
        (digest.clone(), "DIGEST"),
        (
            digest
                .trim_start_matches("sha256:")
                .chars()
                .take(12)
                .collect(),
            "DIGEST",
        ),
        (token, "TOKEN"),
        (link, "LINK"),
        (id.clone(), "ws_0"),
        (repository_name, "ws-greeting-0"),
        (sha, "COMMIT"),
    ]);
    insta::assert_snapshot!("commands", said.masked());

    let report = place.ok(&["report", &id, "--format", "md"]).await;
    assert!(
        report.contains("A greeting in a file") && report.contains("AC-1"),
        "{report}"
    );
    let file = place.path().join("report.html");
    place
        .ok(&[
            "report",
            &id,
            "--format",
            "html",
            "--out",
            file.to_str().unwrap(),
        ])
        .await;
    assert!(
        std::fs::read_to_string(file)
            .unwrap()
            .starts_with("<!doctype html>")
    );
    let report = place.json(&["report", &id, "--format", "json"]).await;
    assert!(report.is_object());
    let doctor = place.run(&["doctor", "--json"]).await;
    assert_eq!(doctor.status, 1, "{doctor:?}");
    let findings: Vec<Value> = serde_json::from_str(&doctor.out).unwrap();
    let broken = findings.iter().filter(|one| one["state"] == "broken");
    let broken: Vec<&str> = broken.map(|one| one["what"].as_str().unwrap()).collect();
    assert_eq!(
        broken,
        [format!("GitHub {ORG}: webhook")],
        "nobody added one here"
    );
    let token = place
        .json(&["token", "--role", "reviewer", "--name", "Rita", "--json"])
        .await;
    let (status, _) = service
        .send(
            reqwest::Method::GET,
            &format!("/api/v1/work-samples/{id}"),
            token["token"].as_str(),
            None,
        )
        .await;
    assert_eq!(status, 200);
    assert_eq!(service.end().await, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_plays_on_an_empty_postgres_and_refuses_one_that_is_not() {
    if sandbox().is_none() {
        return;
    }
    let Some(place) = Place::new(On::Postgres).await else {
        return;
    };
    let spec = place.spec();
    std::fs::create_dir_all(spec.join("rehearsal")).unwrap();
    std::fs::write(spec.join("rehearsal/talkative.toml"), small::TALKATIVE).unwrap();
    let spec = spec.to_str().unwrap();
    let demo = [
        "demo",
        "--once",
        "--spec",
        spec,
        "--database-url",
        &place.database_url,
    ];
    let said = place.ok(&[&demo[..], &["--out", "first"]].concat()).await;
    assert!(said.contains("went as scripted"), "{said}");
    assert!(place.path().join("first/talkative/report.html").exists());
    let again = place.run(&[&demo[..], &["--out", "second"]].concat()).await;
    assert_eq!(again.status, 1, "{again:?}");
    assert!(
        again.err.starts_with("error[database_not_empty]: "),
        "{again:?}"
    );
}
