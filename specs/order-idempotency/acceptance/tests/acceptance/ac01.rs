//! R1: a retry of a placed order gets the stored answer.

use crate::support::*;

#[test]
fn a_retry_gets_the_same_answer_and_charges_nothing() {
    let desk = Desk::new();
    let first = desk.post(Some(KEY), ORDER);
    assert_placed(&first);
    for _ in 0..3 {
        assert_replay_of(&first, &desk.post(Some(KEY), ORDER));
    }
    assert_eq!(desk.provider.calls(), 1);
    assert_eq!(desk.orders(), 1);
}

#[test]
fn the_stored_answer_stays_as_it_was_when_the_order_is_cancelled() {
    let desk = Desk::new();
    let first = desk.post(Some(KEY), ORDER);
    assert_placed(&first);
    assert_eq!(desk.cancel(&id(&first), None).status(), 200);
    assert_replay_of(&first, &desk.post(Some(KEY), ORDER));
    assert_eq!(desk.provider.calls(), 1);
}

#[test]
fn two_keys_are_two_orders_even_with_the_same_body() {
    let desk = Desk::new();
    let first = desk.post(Some(KEY), ORDER);
    let second = desk.post(Some(OTHER_KEY), ORDER);
    assert_placed(&first);
    assert_placed(&second);
    assert_ne!(id(&first), id(&second));
    assert_replay_of(&second, &desk.post(Some(OTHER_KEY), ORDER));
    assert_replay_of(&first, &desk.post(Some(KEY), ORDER));
    assert_eq!(desk.provider.calls(), 2);
}
