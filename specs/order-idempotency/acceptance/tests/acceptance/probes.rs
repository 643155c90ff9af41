//! What was built where the brief says nothing. A probe prints `built: …` on a line of its own, or fails and says what it
//! saw.

use std::time::Duration;

use crate::support::*;

const DAY: u64 = 24 * 60 * 60;

fn built(interpretation: &str) {
    println!("\nbuilt: {interpretation}");
}

/// Is a retry after a failed attempt carried out again?
#[test]
fn g1() {
    let runs_again = |step: Step| {
        let desk = Desk::new();
        desk.provider.next([step]);
        desk.post(Some(KEY), ORDER);
        desk.post(Some(KEY), ORDER);
        desk.provider.calls() == 2
    };
    match (runs_again(Step::BeUnavailable), runs_again(Step::TimeOut)) {
        (true, true) => built("runs-again"),
        (false, false) => built("keeps-failure"),
        (true, false) => built("keeps-timeout-only"),
        (false, true) => panic!("a retry after a 504 is carried out, one after a 503 is not"),
    }
}

/// What does a duplicate get while the first request is running?
#[test]
fn g2() {
    let desk = Desk::new();
    let gate = Gate::new();
    let _open = OpenAtEnd(gate.clone());
    desk.provider.next([Step::Hold(gate.clone())]);
    let first = desk.aside(|desk| desk.post(Some(KEY), ORDER));
    gate.wait_for_arrival();
    let duplicate = desk.aside(|desk| desk.post(Some(KEY), ORDER));
    let early = duplicate.recv_timeout(Duration::from_secs(1)).ok();
    gate.open();
    soon(&first, "the first request");
    let waited = early.is_none();
    let answer = early.unwrap_or_else(|| soon(&duplicate, "the duplicate"));
    // On a slow machine a refusal may come late; it is a refusal all the same, for whoever waits gets a replay.
    match (answer.status(), is_replay(&answer)) {
        (400..500, false) => built("refuses"),
        (_, true) if waited => built("waits"),
        (status, _) => panic!("a duplicate of a running request got {status}"),
    }
}

/// Do two shops share their keys?
#[test]
fn g3() {
    let desk = Desk::new();
    let first = desk.post_as("roastery-7", Some(KEY), ORDER);
    assert_eq!(first.status(), 201);
    let second = desk.post_as("teahouse-3", Some(KEY), ORDER);
    match (second.status(), is_replay(&second)) {
        (201, false) if desk.orders_of("teahouse-3") == 1 => built("per-merchant"),
        (201, true) => built("global-shared"),
        (400..500, _) => built("global-refused"),
        (status, _) => panic!("another shop's request with the same key got {status}"),
    }
}

/// Which bodies are the same?
#[test]
fn g4() {
    const MEMBERS: &str =
        r#"{"currency":"EUR","lines":[{"sku":"filter-250g","quantity":3,"price_minor":990}]}"#;
    const SPACED: &str = "{ \"lines\" : [ { \"price_minor\":990, \"quantity\":3, \"sku\":\"filter-250g\" } ],\n  \"currency\" : \"EUR\" }";
    const WITH_MORE: &str = r#"{"attempt":2,"currency":"EUR","lines":[{"sku":"filter-250g","quantity":3,"price_minor":990}]}"#;
    let desk = Desk::new();
    assert_eq!(desk.post(Some(KEY), MEMBERS).status(), 201);
    assert!(
        is_replay(&desk.post(Some(KEY), MEMBERS)),
        "equal bytes are not replayed"
    );
    let spaced = is_replay(&desk.post(Some(KEY), SPACED));
    let with_more = is_replay(&desk.post(Some(KEY), WITH_MORE));
    match (spaced, with_more) {
        (false, false) => built("bytes"),
        (true, false) => built("json"),
        (true, true) => built("order"),
        (false, true) => panic!("an ignored member makes no difference, spacing does"),
    }
}

/// What happens to a key after its 24 hours?
#[test]
fn g5() {
    let desk = Desk::new();
    let first = desk.post(Some(KEY), ORDER);
    assert_eq!(first.status(), 201);
    desk.clock.advance(30 * DAY + 1);
    // A request of somebody else's in between gives lazy cleaning its occasion.
    desk.post(Some(OTHER_KEY), ORDER);
    let late = desk.post(Some(KEY), ORDER);
    match (late.status(), is_replay(&late)) {
        (201, false) => built("forgets"),
        (201, true) => built("keeps"),
        (400..500, _) => built("refuses-expired"),
        (status, _) => panic!("a retry after 30 days got {status}"),
    }
}
