//! R6: many requests at once under one key.

use std::sync::{Arc, Barrier};

use orders::http::Response;

use crate::junit;
use crate::support::*;

const AT_ONCE: usize = 12;

#[test]
fn many_at_once() {
    junit::run(
        "many at once",
        "target/acceptance/ac05.xml",
        &[
            (
                "a burst of requests under one key makes one charge and one order",
                a_burst,
            ),
            (
                "requests that arrive during the charge make no charge of their own",
                during_the_charge,
            ),
            (
                "bursts under several keys make one charge for each key",
                several_keys,
            ),
        ],
    );
}

fn a_burst() {
    for _ in 0..20 {
        let desk = Desk::new();
        let answers = burst(&desk, &[KEY; AT_ONCE]);
        assert_one_order(&desk, &answers);
    }
}

fn during_the_charge() {
    let desk = Desk::new();
    let gate = Gate::new();
    let _open = OpenAtEnd(gate.clone());
    desk.provider.next([Step::Hold(gate.clone())]);
    let first = desk.aside(|desk| desk.post(Some(KEY), ORDER));
    gate.wait_for_arrival();
    let others: Vec<_> = (0..4)
        .map(|_| desk.aside(|desk| desk.post(Some(KEY), ORDER)))
        .collect();
    // Whether the others are answered before the charge is through or after it is theirs to decide.
    let early: Vec<_> = others
        .iter()
        .map(|other| {
            other
                .recv_timeout(std::time::Duration::from_millis(200))
                .ok()
        })
        .collect();
    assert_eq!(
        desk.provider.calls(),
        1,
        "charges while the first one is held"
    );
    gate.open();
    let mut answers = vec![soon(&first, "the first request")];
    for (other, early) in others.iter().zip(early) {
        answers
            .push(early.unwrap_or_else(|| soon(other, "a request that arrived during the charge")));
    }
    assert_one_order(&desk, &answers);
}

fn several_keys() {
    let keys: Vec<String> = (0..4).map(|number| format!("basket-{number:04}")).collect();
    let desk = Desk::new();
    let all: Vec<&str> = (0..AT_ONCE)
        .map(|turn| keys[turn % keys.len()].as_str())
        .collect();
    let answers = burst(&desk, &all);
    assert_eq!(desk.provider.calls(), keys.len());
    assert_eq!(desk.orders(), keys.len());
    let firsts = answers
        .iter()
        .filter(|answer| answer.status() == 201 && !is_replay(answer))
        .count();
    assert_eq!(
        firsts,
        keys.len(),
        "answers 201 without Idempotency-Replayed"
    );
}

/// Sends one request for each key, all from the same starting line.
fn burst(desk: &Desk, keys: &[&str]) -> Vec<Response> {
    let line = Arc::new(Barrier::new(keys.len()));
    let waiting: Vec<_> = keys
        .iter()
        .map(|key| {
            let (line, key) = (line.clone(), (*key).to_owned());
            desk.aside(move |desk| {
                line.wait();
                desk.post(Some(&key), ORDER)
            })
        })
        .collect();
    waiting
        .iter()
        .map(|one| soon(one, "a request of the burst"))
        .collect()
}

fn assert_one_order(desk: &Desk, answers: &[Response]) {
    assert_eq!(desk.provider.calls(), 1, "charges");
    assert_eq!(desk.orders(), 1, "orders");
    let placed: Vec<_> = answers
        .iter()
        .filter(|answer| answer.status() == 201)
        .collect();
    let firsts: Vec<_> = placed.iter().filter(|answer| !is_replay(answer)).collect();
    assert_eq!(firsts.len(), 1, "answers 201 without Idempotency-Replayed");
    for answer in &placed {
        assert_eq!(answer.body(), firsts[0].body(), "the 201 answers differ");
    }
    let after = desk.post(Some(KEY), ORDER);
    assert_replay_of(firsts[0], &after);
}
