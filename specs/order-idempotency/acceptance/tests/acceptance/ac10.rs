//! R2 and N2: what has nothing to do with keys goes on as before, also between requests that have one.

use crate::support::*;

#[test]
fn requests_without_a_key_are_orders_of_their_own_between_keyed_ones() {
    let desk = Desk::new();
    let keyed = desk.post(Some(KEY), ORDER);
    let plain = desk.post(None, ORDER);
    assert_replay_of(&keyed, &desk.post(Some(KEY), ORDER));
    let another = desk.post(None, ORDER);
    for answer in [&keyed, &plain, &another] {
        assert_placed(answer);
    }
    assert_ne!(id(&plain), id(&another));
    assert_eq!(desk.provider.calls(), 3);
    assert_eq!(desk.orders(), 3);
}

#[test]
fn a_failed_request_without_a_key_is_tried_again_each_time() {
    let desk = Desk::new();
    desk.provider
        .next([Step::Decline, Step::BeUnavailable, Step::TimeOut]);
    for status in [402, 503, 504, 201] {
        let answer = desk.post(None, ORDER);
        assert_eq!(answer.status(), status);
        assert_eq!(answer.header("Idempotency-Replayed"), None);
    }
    assert_eq!(desk.provider.calls(), 4);
}

#[test]
fn cancelling_does_not_read_the_key() {
    let desk = Desk::new();
    let keyed = desk.post(Some(KEY), ORDER);
    for key in [Some(KEY), Some("x"), None] {
        let cancelled = desk.cancel(&id(&keyed), key);
        assert_eq!(cancelled.status(), 200);
        assert_eq!(cancelled.header("Idempotency-Replayed"), None);
    }
    assert_replay_of(&keyed, &desk.post(Some(KEY), ORDER));
}
