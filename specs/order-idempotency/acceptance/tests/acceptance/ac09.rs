//! R8: an attempt that ended is over.

use orders::http::Response;

use crate::support::*;

#[test]
fn after_a_503_the_key_is_not_taken_for_running() {
    let desk = Desk::new();
    desk.provider.next([Step::BeUnavailable]);
    assert_eq!(desk.post(Some(KEY), ORDER).status(), 503);
    assert_is_over(&desk);
}

#[test]
fn after_a_504_the_key_is_not_taken_for_running() {
    let desk = Desk::new();
    desk.provider.next([Step::TimeOut]);
    assert_eq!(desk.post(Some(KEY), ORDER).status(), 504);
    assert_is_over(&desk);
}

#[test]
fn after_a_panic_the_key_is_not_taken_for_running_and_the_service_goes_on() {
    let desk = Desk::new();
    desk.provider.next([Step::Panic]);
    // The panic may reach the caller or become an answer; both end the attempt.
    let ended = desk.aside(|desk| desk.post(Some(KEY), ORDER));
    if let Ok(answer) = ended.recv_timeout(PATIENCE) {
        assert!(answer.status() >= 500, "{}", json(&answer));
    }
    assert_is_over(&desk);
    let other = soon(
        &desk.aside(|desk| desk.post(Some(OTHER_KEY), ORDER)),
        "an order under another key after a panic",
    );
    assert_placed(&other);
    let again = soon(
        &desk.aside(|desk| desk.post(Some(OTHER_KEY), ORDER)),
        "its retry",
    );
    assert_replay_of(&other, &again);
}

/// A retry is answered: with an order, with a stored answer, or with whatever else is not what a duplicate of a running
/// request gets. Where such a duplicate waits, that the retry was answered `soon` says it already.
fn assert_is_over(desk: &Desk) {
    let retry = soon(
        &desk.aside(|desk| desk.post(Some(KEY), ORDER)),
        "a retry after the attempt ended",
    );
    if retry.status() == 201 || is_replay(&retry) {
        let again = soon(
            &desk.aside(|desk| desk.post(Some(KEY), ORDER)),
            "a second retry",
        );
        assert_eq!((again.status(), is_replay(&again)), (retry.status(), true));
        return;
    }
    if let Some(duplicate) = answer_to_a_running_duplicate() {
        assert_ne!(
            (retry.status(), code(&retry)),
            (duplicate.status(), code(&duplicate)),
            "a retry after the attempt ended is answered like a duplicate of a running request"
        );
    }
}

/// What a duplicate gets while the first request runs; nothing if it waits.
fn answer_to_a_running_duplicate() -> Option<Response> {
    let desk = Desk::new();
    let gate = Gate::new();
    let _open = OpenAtEnd(gate.clone());
    desk.provider.next([Step::Hold(gate.clone())]);
    let _first = desk.aside(|desk| desk.post(Some(KEY), ORDER));
    gate.wait_for_arrival();
    desk.aside(|desk| desk.post(Some(KEY), ORDER))
        .recv_timeout(PATIENCE)
        .ok()
}
