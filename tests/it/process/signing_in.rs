//! Signing in at a running `serve`, and the commands for it. No token that opens anything is in the log.

use tokio::io::{AsyncBufReadExt as _, BufReader};

use super::place::{On, Place, SECRET};
use crate::pages::markup::faults;
use crate::support::visitor::Visitor;

#[tokio::test(flavor = "multi_thread")]
async fn first_lead_signs_in_by_the_printed_link_and_no_token_is_logged() {
    let Some(place) = Place::new(On::Sqlite).await else {
        return;
    };
    let log = place.path().join("served.log");
    let mut child = place
        .command(&["serve", "--bind", "127.0.0.1:0", "--web-only"])
        .env("WORKSAMPLE_LOG", "trace")
        .stdout(std::process::Stdio::piped())
        .stderr(std::fs::File::create(&log).unwrap())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let listening = lines.next_line().await.unwrap().unwrap();
    let address = listening.split("http://").nth(1).unwrap().parse().unwrap();
    let printed = lines.next_line().await.unwrap().unwrap();
    let token = printed.split("/l/").nth(1).unwrap();
    let token = token.split(' ').next().unwrap();
    let link = format!("/l/{token}");

    let mut ada = Visitor::at(address);
    let form_token = ada.get(&link).await.form_token(&link);
    let fields = [("form_token", form_token.as_str()), ("name", "Ada First")];
    ada.post(&link, &fields).await.leads_to("/");
    let session = ada.cookie("worksample_session").unwrap().to_owned();
    assert_eq!(ada.get("/launches").await.status, 200);
    let form_token = ada.get("/tokens").await.form_token("/tokens");
    let fields = [
        ("form_token", form_token.as_str()),
        ("label", "script"),
        ("role", "lead"),
        ("days", "1"),
    ];
    let made = ada.post("/tokens", &fields).await.text;
    let secret = made.split("value=\"wst_").nth(1).unwrap();
    let secret = secret.split('"').next().unwrap();
    // Addresses that were copied wrongly.
    ada.get(&format!("/o/{token}/more")).await;
    ada.get(&format!("/nowhere/{token}")).await;

    let link = place
        .ok(&["sign-in-link", "--name", "Rita", "--role", "reviewer"])
        .await;
    let other = link.trim().split("/l/").nth(1).unwrap().to_owned();
    let mut rita = Visitor::at(address);
    rita.use_link(&format!("/l/{other}")).await.leads_to("/");
    assert_eq!(rita.get("/account").await.status, 200);
    let unknown = place.run(&["sign-in-link", "--name", "Nobody"]).await;
    assert_eq!(unknown.status, 1);
    assert!(unknown.err.contains("error[person_unknown]"), "{unknown:?}");
    let promoted = place
        .run(&["sign-in-link", "--name", "Rita", "--role", "lead"])
        .await;
    assert!(promoted.err.contains("error[role_missing]"), "{promoted:?}");

    let make = [
        "token", "make", "--person", "Rita", "--role", "reviewer", "--label", "laptop",
    ];
    let text = place.ok(&make).await;
    assert!(text.starts_with("wst_"), "{text}");
    let listed = place.json(&["token", "list", "--json"]).await;
    assert_eq!(listed[0]["label"], "laptop");
    assert_eq!(listed[1]["name"], "Ada First");
    let id = listed[0]["id"].as_str().unwrap();
    place.ok(&["token", "revoke", id, "--by", "Ada"]).await;
    let table = place.ok(&["token", "list"]).await;
    assert!(table.contains("revoked"), "{table}");
    // The form without a verb makes signed tokens as before.
    let signed = place
        .ok(&["token", "--role", "lead", "--name", "Lea"])
        .await;
    assert!(signed.starts_with("eyJ"), "{signed}");

    child.kill().await.unwrap();
    let log = std::fs::read_to_string(log).unwrap();
    assert!(log.contains("/l/…"), "requests are logged");
    for secret in [token, &other, &session, secret, &form_token] {
        assert!(!log.contains(secret), "a token is in the log");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn serve_prints_no_link_once_somebody_is_known() {
    let Some(place) = Place::new(On::Sqlite).await else {
        return;
    };
    let add = ["people", "add", "--name", "Lea", "--by", "Lea"];
    place.ok(&add).await;
    let mut child = place
        .command(&["serve", "--bind", "127.0.0.1:0"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut printed = String::new();
    while !printed.contains("working as") {
        printed += &lines.next_line().await.unwrap().unwrap();
    }
    assert!(!printed.contains("/l/"), "{printed}");
    child.kill().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn first_lead_link_that_cannot_be_printed_is_not_logged() {
    let Some(place) = Place::new(On::Sqlite).await else {
        return;
    };
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full");
    let mut child = place
        .command(&["serve", "--bind", "127.0.0.1:0", "--web-only"])
        .stdout(full.unwrap())
        .stderr(std::process::Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut log = String::new();
    while !log.contains("sign-in-link") {
        let line = lines.next_line().await.unwrap();
        log += &line.unwrap_or_else(|| panic!("it ended: {log}"));
    }
    assert!(!log.contains("/l/"), "{log}");
    assert!(
        log.contains("could not write the first lead's link"),
        "{log}"
    );
    child.kill().await.unwrap();
    let link = place
        .ok(&["sign-in-link", "--name", "Ada", "--role", "lead"])
        .await;
    assert!(link.contains("/l/"), "{link}");
}

#[tokio::test(flavor = "multi_thread")]
async fn person_is_enabled_by_its_own_command_only() {
    let Some(place) = Place::new(On::Sqlite).await else {
        return;
    };
    let add = |name: &'static str| {
        [
            "people", "add", "--name", name, "--role", "lead", "--by", "Lea", "--json",
        ]
    };
    let lea = place.json(&add("Lea")).await;
    let lea = lea[0]["id"].as_str().unwrap().to_owned();
    let last = place.run(&["people", "disable", &lea, "--by", "Lea"]).await;
    assert_eq!(last.status, 1);
    assert!(last.err.contains("error[last_lead]"), "{last:?}");
    let rita = place.json(&add("Rita")).await;
    let rita = rita[0]["id"].as_str().unwrap().to_owned();
    let on = |verb: &'static str| ["people", verb, rita.as_str(), "--by", "Lea", "--json"];
    let disabled = place.json(&on("disable")).await;
    assert!(disabled[0]["disabled_at"].is_string(), "{disabled}");
    let mut set = on("set").to_vec();
    set.extend(["--email", "rita@example.org"]);
    let changed = place.json(&set).await;
    assert!(changed[0]["disabled_at"].is_string(), "{changed}");
    let enabled = place.json(&on("enable")).await;
    assert!(enabled[0]["disabled_at"].is_null(), "{enabled}");
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_page_shows_what_doctor_finds_and_no_secret() {
    let Some(place) = Place::new(On::Sqlite).await else {
        return;
    };
    let mut child = place
        .command(&["serve", "--bind", "127.0.0.1:0", "--web-only"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let listening = lines.next_line().await.unwrap().unwrap();
    let address = listening.split("http://").nth(1).unwrap().parse().unwrap();
    let link = place
        .ok(&["sign-in-link", "--name", "Lea", "--role", "lead"])
        .await;
    let link = link.trim().split("/l/").nth(1).unwrap().to_owned();
    let mut lea = Visitor::at(address);
    lea.use_link(&format!("/l/{link}")).await.leads_to("/");
    let before = lea.get("/settings").await;
    assert!(
        before.text.contains("was not examined since it started"),
        "{}",
        before.text
    );
    let token = before.form_token("/settings");
    let fields = [("form_token", token.as_str())];
    lea.post("/settings", &fields).await.leads_to("/settings");
    let found = lea.get("/settings").await;
    assert_eq!(faults(&found.text), Vec::<String>::new());
    for words in [
        "The service was examined",
        "up to date",
        "WORKSAMPLE_BIND",
        "(set)",
        "public address",
    ] {
        assert!(found.text.contains(words), "{words}: {}", found.text);
    }
    assert!(!found.text.contains(SECRET));
    child.kill().await.unwrap();
}
